#!/usr/bin/python3
"""Vigilance: speed, lapses, false starts."""
import math

from common import BLURRED, generator, mean, median, share, write

def score(trials, answer, time):
    all_rts = [t[2] for t, keep in zip(trials, answer) if keep]
    early = [rt is not None and rt < 100 for rt in all_rts]
    late = [rt is None or rt >= 355 for rt in all_rts if rt is None or rt >= 100]
    times = [rt for rt in all_rts if rt is not None and rt >= 100]
    return {"speed": mean([1000 / rt for rt in times]), "rt_median": median(times),
            "rt_mean": mean(times), "lapse_rate": share(late), "false_start_rate": share(early)}


def session(rng, n, errors=0.03, omissions=0.01, oddities=0.03):
    trials = []
    for _ in range(n):
        rt = math.floor(4 * (240 + rng.normal(0, 25) + rng.exponential(50))) / 4
        if rng.random() < oddities:
            rt = rng.choice([40, 99.75, 100, 354.75, 355, 2000, 9999])
        if rng.random() < errors:
            rt = 0.0
        flags = BLURRED if rng.random() < oddities else 0
        rt = None if rng.random() < omissions else float(rt)
        trials.append(["counter", rt is not None and rt >= 100, rt, flags])
    return trials


def cases(rng):
    for label, *args in (
            ("a usual session", 64), ("many oddities", 65, 0.1, 0.1, 0.3), ("asleep", 20, 0.1, 0.6),
            ("only false starts", 5, 1, 0, 0), ("one answer", 1, 0, 0, 0), ("four answers", 4, 0, 0, 0),
            ("no trials", 0)):
        yield label, session(rng, *args)


write("pvt", score, cases(generator("pvt")))
