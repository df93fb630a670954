#!/usr/bin/python3
"""Flanker: what neighbours cost."""
from common import difference, generator, mean, right, rts, session, share, write

NAMES = ("congruent", "neutral", "incongruent")


def score(trials, answer, time):
    rt = {n: mean(rts(trials, time, n)) for n in NAMES}
    return {"flanker_effect": difference(rt["incongruent"], rt["congruent"]),
            "interference": difference(rt["incongruent"], rt["neutral"]),
            **{f"rt_{n}": rt[n] for n in NAMES},
            "accuracy": share(right(trials, answer, *NAMES)),
            **{f"accuracy_{n}": share(right(trials, answer, n)) for n in NAMES}}


def cases(rng):
    for label, *args in (("a usual session", 48, 0.05, 0.01, 0.03), ("many oddities", 30, 0.1, 0.1, 0.2),
                         ("asleep", 10, 0.1, 0.4, 0), ("nothing right", 10, 1, 0, 0), ("no trials", 0, 0, 0, 0)):
        yield label, session(rng, "flanker", *args)


write("flanker", score, cases(generator("flanker")))
