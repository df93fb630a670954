#!/usr/bin/python3
"""Auditory oddball: presses to rare tones, detection and times."""
import math

from common import BLURRED, detect, generator, mean, right, rts, share, variation, with_catch, write


def score(trials, answer, time):
    hits = right(trials, answer, "target")
    alarms = [not r for r in right(trials, answer, "standard")]
    times = rts(trials, time, "target")
    d_prime, criterion = detect(sum(hits), len(hits), sum(alarms), len(alarms))
    return {"d_prime": d_prime, "criterion": criterion, "hit_rate": share(hits),
            "false_alarm_rate": share(alarms), "rt_target": mean(times), "rt_cv": variation(times)}


def session(rng, targets, misses=0.05, alarms=0.02, oddities=0.03):
    trials = []
    for kind, n, errors in ("target", targets, misses), ("standard", 4 * targets, alarms):
        for _ in range(n):
            rt = math.floor(4 * (350 + rng.normal(0, 50) + rng.exponential(60))) / 4
            if rng.random() < oddities:
                rt = rng.choice([40, 99.75, 100, 899])
            flags = BLURRED if rng.random() < oddities else 0
            correct = bool(rng.random() >= errors)
            trials.append([kind, correct, float(rt) if correct == (kind == "target") else None, flags])
    return [trials[i] for i in rng.permutation(len(trials))]


def cases(rng):
    for label, *args in (
            ("a usual session", 40), ("many oddities", 30, 0.2, 0.1, 0.2), ("always pressing", 10, 0, 1, 0),
            ("never pressing", 10, 1, 0, 0), ("no trials", 0)):
        yield label, session(rng, *args)
    yield "attention checks", with_catch(rng, session(rng, 20))


write("oddball", score, cases(generator("oddball")))
