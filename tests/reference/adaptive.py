#!/usr/bin/python3
"""Reference values for models/adaptive, from mpmath 1.2 and numpy 1.24 (Debian 12).

Usage: adaptive.py > adaptive.json. QUEST+ is written here as Watson (2017) describes it: for
each level the two posteriors that its answers would leave, their entropies, and the mean
of these; models/adaptive finds the same level another way. No choice below rests on a
difference of less than 1e-9 nats, which rounding cannot turn. Answers are scripted.
"""
import json
import sys

import numpy as np
from mpmath import mp, mpf

mp.prec = 160
rng = np.random.default_rng(20261123)


def places_exp():
    yield from (0.0, -0.0, 1.0, -1.0, 1e-300, 5e-17, 709.0, 709.782, -700.0, -707.9)
    yield from rng.uniform(-1, 1, 100)
    yield from rng.uniform(-40, 40, 200)
    yield from rng.uniform(-707, 709, 100)


def places_log():
    yield from (1.0, 2.0, 0.5, 1e-300, 1e300, np.nextafter(1, 0), np.nextafter(1, 2), 2.2250738585072014e-308)
    yield from rng.uniform(0, 1, 150)
    yield from rng.uniform(0.5, 2, 150)
    yield from 2.0 ** rng.uniform(-1000, 1000, 100)


def table(f, places):
    return [[float(x).hex(), float(f(mpf(float(x)))).hex()] for x in places]


# --- QUEST+ ---

def axis(c, name):
    return np.linspace(c[name + "_min"], c[name + "_max"], int(c[name + "_points"]))


class QuestPlus:
    def __init__(self, c):
        self.c = c
        self.levels = np.float32(np.arange(c["min"], c["max"] + c["step"] / 2, c["step"])).astype(float)
        slope = np.exp(np.linspace(np.log(c["slope_min"]), np.log(c["slope_max"]), int(c["slope_points"])))
        self.location, self.slope, self.guess, self.lapse = np.meshgrid(
            axis(c, "location"), slope, axis(c, "guess"), axis(c, "lapse"), indexing="ij")
        z = self.slope * c["harder"] * (self.location - self.levels[:, None, None, None, None])
        f = 1 - np.exp(-np.exp(z)) if c["weibull"] else 1 / (1 + np.exp(-z))
        self.p = self.guess + (1 - self.guess - self.lapse) * f
        if c["prior_sd"]:
            w = np.exp(-0.5 * ((self.location - c["prior_mean"]) / c["prior_sd"]) ** 2) + 1e-9
        else:
            w = np.ones_like(self.location)
        self.w = w / w.sum()

    def posterior(self, level, correct):
        w = self.w * (self.p[level] if correct else 1 - self.p[level])
        return w / w.sum()

    def expected_entropy(self, level):
        total = 0.0
        for correct in (True, False):
            share = np.sum(self.w * (self.p[level] if correct else 1 - self.p[level]))
            w = self.posterior(level, correct)
            w = w[w > 0]
            total += share * -np.sum(w * np.log(w))
        return total

    def choose(self):
        h = np.array([self.expected_entropy(i) for i in range(len(self.levels))])
        best = int(np.argmin(h))
        gap = np.min(np.delete(h, best)) - h[best]
        assert gap > 1e-9, gap
        return best

    def moments(self, x):
        mean = np.sum(self.w * x)
        return [mean, np.sqrt(np.sum(self.w * (x - mean) ** 2))]

    def threshold(self):
        c = self.c
        f = np.clip((c["target"] - self.guess) / (1 - self.guess - self.lapse), 0.01, 0.99)
        z = np.log(-np.log(1 - f)) if c["weibull"] else np.log(f / (1 - f))
        return self.moments(self.location - c["harder"] * z / self.slope)


def questplus(config, n):
    q = QuestPlus(config)
    trials = []
    for _ in range(n):
        level = q.choose()
        correct = bool(rng.random() < 0.7)
        q.w = q.posterior(level, correct)
        trials.append({"level": q.levels[level], "correct": correct,
                       "location": q.moments(q.location), "slope": q.moments(q.slope),
                       "guess": q.moments(q.guess)[0], "lapse": q.moments(q.lapse)[0],
                       "threshold": q.threshold()})
    return {"config": config, "trials": trials}


def questplus_cases():
    two_choices = {
        "kind": 2, "harder": 1, "min": -20, "max": 20, "step": 1, "target": 0.85, "probe_every": 1,
        "prior_mean": 1.3, "prior_sd": 6, "weibull": 0,
        "location_min": -20, "location_max": 20, "location_points": 37,
        "slope_min": 0.25, "slope_max": 1, "slope_points": 4,
        "guess_min": 0.5, "guess_max": 0.5, "guess_points": 1,
        "lapse_min": 0, "lapse_max": 0.06, "lapse_points": 3}
    yield two_choices
    # Smaller is harder, as of a signal to noise ratio; four choices, all four parameters.
    yield dict(two_choices, harder=-1, weibull=1, min=-24, max=6.1, step=1.4, target=0.75, prior_sd=0,
               location_min=-24, location_max=5, location_points=23, slope_min=0.1, slope_max=0.5,
               guess_min=0.2, guess_max=0.3, guess_points=3)


# --- 2PL ---

def ability(n):
    items = [{"a": float(np.round(a, 3)), "b": float(b)}
             for a, b in zip(rng.uniform(0.6, 2.2, 12), np.linspace(-2.6, 3.1, 12))]
    a = np.array([i["a"] for i in items])
    b = np.array([i["b"] for i in items])
    theta = np.linspace(-4, 4, 81)
    w = np.exp(-0.5 * ((theta - 0.2) / 1.1) ** 2) + 1e-9
    w /= w.sum()
    trials = []
    for _ in range(n):
        mean = np.sum(w * theta)
        p = 1 / (1 + np.exp(-a * (mean - b)))
        information = a ** 2 * p * (1 - p)
        item = int(np.argmax(information))
        assert information[item] - np.sort(information)[-2] > 1e-9
        correct = bool(rng.random() < 0.6)
        p = 1 / (1 + np.exp(-a[item] * (theta - b[item])))
        w = w * (p if correct else 1 - p)
        w /= w.sum()
        mean = np.sum(w * theta)
        trials.append({"item": item, "correct": correct, "mean": mean,
                       "sd": np.sqrt(np.sum(w * (theta - mean) ** 2))})
    return {"items": items, "min": -4, "max": 4, "points": 81, "prior_mean": 0.2, "prior_sd": 1.1,
            "trials": trials}


json.dump({"exp": table(mp.exp, places_exp()), "log": table(mp.log, places_log()),
           "questplus": [questplus(c, 40) for c in questplus_cases()],
           "ability": [ability(30)]},
          sys.stdout, indent=None, separators=(",", ":"))
sys.stdout.write("\n")
