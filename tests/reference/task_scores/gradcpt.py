#!/usr/bin/python3
"""Gradual onset: presses for cities, not for mountains."""
import math

from common import BLURRED, detect, generator, mean, right, rts, share, variation, write


def score(trials, answer, time):
    missed = [not r for r in right(trials, answer, "city")]
    pressed = [not r for r in right(trials, answer, "mountain")]
    times = rts(trials, time, "city")
    d_prime, criterion = detect(len(missed) - sum(missed), len(missed), sum(pressed), len(pressed))
    return {"d_prime": d_prime, "criterion": criterion, "commission_rate": share(pressed),
            "omission_rate": share(missed), "rt_city": mean(times), "rt_cv": variation(times)}


def session(rng, mountains, commissions=0.25, omissions=0.02, oddities=0.03):
    trials = []
    for kind, n, errors in ("city", 9 * mountains, omissions), ("mountain", mountains, commissions):
        for _ in range(n):
            rt = math.floor(4 * (600 + rng.normal(0, 80) + rng.exponential(60))) / 4
            if rng.random() < oddities:
                rt = rng.choice([320, 321.25, 1120])
            flags = BLURRED if rng.random() < oddities else 0
            correct = bool(rng.random() >= errors)
            trials.append([kind, correct, float(rt) if correct == (kind == "city") else None, flags])
    return [trials[i] for i in rng.permutation(len(trials))]


def cases(rng):
    for label, *args in (
            ("a usual session", 30), ("many oddities", 20, 0.4, 0.1, 0.2), ("always pressing", 10, 1, 0, 0),
            ("asleep", 10, 0.1, 0.6, 0), ("never pressing", 5, 0, 1, 0), ("no trials", 0)):
        yield label, session(rng, *args)
    yield "no mountains", [t for t in session(rng, 5) if t[0] == "city"]


write("gradcpt", score, cases(generator("gradcpt")))
