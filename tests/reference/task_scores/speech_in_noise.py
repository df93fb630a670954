#!/usr/bin/python3
"""Digits in noise: the mean level of the staircase, and the posterior of the threshold."""
import math

import numpy as np

from common import BLURRED, definition, generator, right, share, with_catch, write

RULE = definition("speech-in-noise")["adaptive"]


def follow(level, correct):
    step = RULE["ratio"] * RULE["step_easier"] if correct else -RULE["step_easier"]
    return min(max(level + RULE["harder"] * step, RULE["min"]), RULE["max"])


def posterior(trials):
    """Mean and sd of the location on the grid of locations and slopes."""
    place = np.linspace(RULE["location_min"], RULE["location_max"], RULE["location_points"])[:, None]
    slope = np.geomspace(RULE["slope_min"], RULE["slope_max"], RULE["slope_points"])[None, :]
    weight = -((place - RULE["prior_mean"]) / RULE["prior_sd"]) ** 2 / 2 + 0 * slope
    for trial in trials:
        p = (1 - RULE["lapse_min"]) / (1 + np.exp(-slope * (trial[4] - place)))
        weight = weight + np.log(np.maximum(p if trial[1] else 1 - p, 1e-9))
    weight = np.exp(weight - weight.max())
    location = (weight / weight.sum()).sum(axis=1)
    mean = float(location @ place[:, 0])
    return mean, math.sqrt(float(location @ (place[:, 0] - mean) ** 2)), len(trials)


def score(trials, answer, time):
    kept = [i for i, keep in enumerate(answer) if keep]
    averaged = [trials[i] for i in kept if i >= 4]
    threshold = srt = (None, None, 0)
    moved = len({trials[i][4] for i in kept}) > 1
    if moved:
        threshold = posterior([trials[i] for i in kept])
    if moved and averaged:
        levels = [t[4] for t in averaged] + [follow(averaged[-1][4], averaged[-1][1])]
        srt = float(np.mean(levels)), threshold[1], len(levels)
    return {"srt": srt, "threshold": threshold, "accuracy": share(right(trials, answer, "triplet"))}


def session(rng, n, middle=-7.0, omissions=0.0, oddities=0.0):
    level, trials = RULE["start"], []
    for _ in range(n):
        correct = bool(rng.random() < 0.98 / (1 + math.exp(-0.8 * (level - middle))))
        rt = math.floor(4 * (1800 + rng.normal(0, 200) + rng.exponential(400))) / 4
        if rng.random() < omissions:
            rt, correct = None, False
        flags = BLURRED if rng.random() < oddities else 0
        trials.append(["triplet", correct, rt, flags, float(level), ("right" if correct else "wrong") if rt else None])
        level = follow(level, correct)
    return trials


def cases(rng):
    for label, *args in (
            ("a usual session", 24), ("hears well", 24, -14.0), ("hears badly", 24, 4.0), ("out of reach", 30, 15.0),
            ("omissions and the page out of sight", 40, -6.0, 0.1, 0.1), ("too few for a mean", 4), ("just enough", 5),
            ("no trials", 0)):
        yield label, session(rng, *args)
    yield "attention checks", with_catch(rng, session(rng, 24), every=6)
    yield "one level, as it was set", [[*t[:4], -6.0, t[5]] for t in session(rng, 12)]


write("speech-in-noise", score, cases(generator("speech-in-noise")))
