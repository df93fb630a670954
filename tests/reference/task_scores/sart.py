#!/usr/bin/python3
"""Sustained attention: presses that should not be."""
import math

from common import BLURRED, detect, generator, mean, right, rts, share, variation, write

def score(trials, answer, time):
    missed = [not r for r in right(trials, answer, "go")]
    pressed = [not r for r in right(trials, answer, "nogo")]
    times = rts(trials, time, "go")
    d_prime, criterion = detect(len(missed) - sum(missed), len(missed), sum(pressed), len(pressed))
    return {"commission_rate": share(pressed), "omission_rate": share(missed),
            "rt_go": mean(times), "rt_cv": variation(times), "d_prime": d_prime, "criterion": criterion}


def session(rng, per_digit, commissions=0.4, omissions=0.02, oddities=0.03):
    trials = []
    for kind, n, errors in ("go", 8 * per_digit, omissions), ("nogo", per_digit, commissions):
        for _ in range(n):
            rt = math.floor(4 * (300 + rng.normal(0, 50) + rng.exponential(60))) / 4
            if rng.random() < oddities:
                rt = rng.choice([40, 99.75, 100, 1100])
            flags = BLURRED if rng.random() < oddities else 0
            correct = bool(rng.random() >= errors)
            trials.append([kind, correct, float(rt) if correct == (kind == "go") else None, flags])
    return [trials[i] for i in rng.permutation(len(trials))]


def cases(rng):
    for label, *args in (
            ("a usual session", 25), ("many oddities", 20, 0.4, 0.1, 0.2), ("always pressing", 20, 1, 0, 0),
            ("asleep", 20, 0.1, 0.6, 0), ("never pressing", 10, 0, 1, 0), ("no trials", 0)):
        yield label, session(rng, *args)


write("sart", score, cases(generator("sart")))
