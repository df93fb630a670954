#!/usr/bin/python3
"""N-back: the posterior of the level held, the mean level, and presses to matches and others."""
import math

import numpy as np

from common import BLURRED, definition, detect, difference, generator, mean, right, rts, share, write

RULE = definition("n-back")["adaptive"]


def posterior(trials):
    place = np.linspace(RULE["location_min"], RULE["location_max"], RULE["location_points"])
    weight = -((place - RULE["prior_mean"]) / RULE["prior_sd"]) ** 2 / 2
    for trial in trials:
        p = 1 / (1 + np.exp(RULE["slope_min"] * (trial[4] - place)))
        p = RULE["guess_min"] + (1 - RULE["guess_min"] - RULE["lapse_min"]) * p
        weight = weight + np.log(p if trial[1] else 1 - p)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    middle = float(weight @ place)
    return middle, math.sqrt(float(weight @ (place - middle) ** 2)), len(trials)


def score(trials, answer, time):
    kept = [t for t, keep in zip(trials, answer) if keep]
    levels = [t[4] for t in kept if t[0] != "lead"]
    hits = right(trials, answer, "target")
    alarms = [not r for r in right(trials, answer, "nontarget")]
    d_prime, criterion = detect(sum(hits), len(hits), sum(alarms), len(alarms))
    gap = difference(share(hits), share(alarms))
    return {"threshold": posterior(kept) if kept else (None, None, 0),
            "load": (float(np.mean(levels)) if levels else None, None, len(levels)),
            "d_prime": d_prime, "criterion": criterion, "hit_rate": share(hits), "false_alarm_rate": share(alarms),
            "hits_minus_false_alarms": (*(None if x is None else 100 * x for x in gap[:2]), gap[2]),
            "rt_target": mean(rts(trials, time, "target"))}


def session(rng, blocks, held=2.4, oddities=0.03):
    level, trials = 2, []
    for _ in range(blocks):
        kinds = ["lead"] * level + list(rng.permutation(["target"] * 6 + ["nontarget"] * 14))
        errors = 0
        for kind in kinds:
            correct = bool(rng.random() < 0.7 + 0.28 / (1 + math.exp(1.5 * (level - held))))
            errors += not correct
            rt = math.floor(4 * (500 + rng.normal(0, 90) + rng.exponential(120))) / 4
            if rng.random() < oddities:
                rt = float(rng.choice([100, 149.75, 2900]))
            flags = BLURRED if rng.random() < oddities else 0
            pressed = correct == (kind == "target")
            trials.append([str(kind), correct, rt if pressed else None, flags, float(level), "match" if pressed else None])
        level = min(9, max(1, level + (errors < 3) - (errors > 5)))
    return trials


def cases(rng):
    for label, *args in (
            ("a usual session", 10), ("holds many", 10, 6.0), ("holds one", 10, 0.5), ("many oddities", 5, 2.4, 0.2),
            ("one round", 1), ("no trials", 0)):
        yield label, session(rng, *args)
    yield "letters that cannot match only", [t for t in session(rng, 3) if t[0] == "lead"]


write("n-back", score, cases(generator("n-back")))
