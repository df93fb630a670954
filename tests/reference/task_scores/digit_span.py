#!/usr/bin/python3
"""Digit span, forwards and backwards."""
from common import generator, write
from span import classic, spans


def score(trials, answer, time):
    names = [f"{order}_{name}" for order in ("forward", "backward") for name in ("span", "longest", "correct")]
    return dict(zip(names, spans("digit-span", trials, answer, "forward") + spans("digit-span", trials, answer, "backward")))


def session(rng, forward, backward, oddities=0.05):
    return classic(rng, "forward", forward, 3, 12, oddities) + classic(rng, "backward", backward, 3, 12, oddities)


def cases(rng):
    yield "a usual session", session(rng, 7, 5)
    yield "a long span", session(rng, 14, 11)
    yield "hardly any", session(rng, 2.5, 2)
    yield "many oddities", session(rng, 8, 6, 0.4)
    yield "forwards only", classic(rng, "forward", 7, 3, 12)
    yield "lengths that follow", [["backward", bool(rng.random() < 0.7), 4000.5, 0, int(n)] for n in rng.integers(2, 13, 20)]
    yield "no lengths known", [["forward", True, 3000.0, 0, None]]
    yield "no trials", []


write("digit-span", score, cases(generator("digit-span")))
