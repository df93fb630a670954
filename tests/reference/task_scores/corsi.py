#!/usr/bin/python3
"""Corsi's blocks: the span, and span times right sequences."""
from common import generator, write
from span import classic, spans


def score(trials, answer, time):
    span, longest, correct = spans("corsi", trials, answer, "forward")
    total = None if longest[0] is None else longest[0] * correct[0]
    return {"span": span, "longest": longest, "correct": correct, "total": (total, None, correct[2])}


def cases(rng):
    for label, span, oddities in (
            ("a usual session", 6, 0.05), ("a long span", 9, 0), ("hardly any", 1.5, 0), ("many oddities", 6, 0.4)):
        yield label, classic(rng, "forward", span, 2, 9, oddities)
    yield "lengths that follow", [["forward", bool(rng.random() < 0.7), 4000.5, 0, int(n)] for n in rng.integers(2, 10, 20)]
    yield "no trials", []


write("corsi", score, cases(generator("corsi")))
