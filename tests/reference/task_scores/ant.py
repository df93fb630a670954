#!/usr/bin/python3
"""Attention networks: means of condition means, and three differences of them."""
import math

from common import difference, generator, mean, right, rts, session, share, write

CUES = ("none", "centre", "double", "spatial")
KINDS = ("neutral", "congruent", "incongruent")


def average(estimates):
    n = len(estimates)
    value = None if any(e[0] is None for e in estimates) else sum(e[0] for e in estimates) / n
    error = None if any(e[1] is None for e in estimates) else math.sqrt(sum(e[1]**2 for e in estimates)) / n
    return value, error, sum(e[2] for e in estimates)


def score(trials, answer, time):
    cell = {(c, k): mean(rts(trials, time, f"{c}-{k}")) for c in CUES for k in KINDS}
    rt = {c: average([cell[c, k] for k in KINDS]) for c in CUES}
    rt.update({k: average([cell[c, k] for c in CUES]) for k in KINDS})
    return {"alerting": difference(rt["none"], rt["double"]), "orienting": difference(rt["centre"], rt["spatial"]),
            "conflict": difference(rt["incongruent"], rt["congruent"]), "rt_mean": average(list(cell.values())),
            **{f"rt_{name}": rt[name] for name in (*CUES, *KINDS)},
            "accuracy": share([t[1] for t, keep in zip(trials, answer) if keep]),
            **{f"accuracy_{k}": share(right(trials, answer, *(f"{c}-{k}" for c in CUES))) for k in KINDS}}


def cases(rng):
    for label, *args in (("a usual session", 24, 0.05, 0.01, 0.03), ("many oddities", 12, 0.1, 0.1, 0.2),
                         ("one trial a condition", 1, 0, 0, 0), ("asleep", 5, 0.1, 0.4, 0),
                         ("nothing right", 3, 1, 0, 0), ("no trials", 0, 0, 0, 0)):
        yield label, session(rng, "ant", *args)
    yield "one condition missing", [t for t in session(rng, "ant", 6) if t[0] != "double-congruent"]


if __name__ == "__main__":
    write("ant", score, cases(generator("ant")))
