#!/usr/bin/python3
"""Multiple object tracking: shares of targets marked, and the capacity that explains them."""
import math

import numpy as np
from scipy.optimize import brentq

from common import BLURRED, generator, write

TASK = "mot"


def numbers(condition):
    targets, discs = condition.split("-of-")
    return int(targets), int(discs)


def marked(trials):
    """Mean share, its error with one more trial half right in the spread, targets in all."""
    if not trials:
        return None, None, 0
    x = [(0 if t[5] is None else int(t[5].split("-")[1])) / numbers(t[0])[0] for t in trials]
    error = np.std([*x, 0.5], ddof=1) / math.sqrt(len(x))
    return np.mean(x), error, sum(numbers(t[0])[0] for t in trials)


def explained(k, n, discs):
    return k / n + (1 - k / n) * (n - k) / (discs - k)


def capacity(trials):
    p, error, total = marked(trials)
    if p is None:
        return None, None, 0
    n, discs = numbers(trials[-1][0])
    if discs - 2 * n + p * n <= 0:
        return None, None, total
    # The root of the published equation, and the slope from differences around it.
    k = n if p == 1 else brentq(lambda k: explained(k, n, discs) - p, -200, n, xtol=1e-15, rtol=1e-15)
    slope = 1 / ((discs - n) ** 2 / n / (discs - k) ** 2)
    return k, slope * error, total


def score(trials, answer, time):
    kept = [t for t, keep in zip(trials, answer) if keep]
    of = {k: [t for t in kept if numbers(t[0])[0] == k] for k in range(1, 6)}
    used = [k for k in of if of[k]]
    return {"capacity": capacity(of[used[-1]]) if used else (None, None, 0), "hits": marked(kept),
            **{f"hits_{k}": marked(of[k]) for k in of}, **{f"capacity_{k}": capacity(of[k]) for k in of}}


def session(rng, per_cell, targets, discs=10, tracked=0.75, omissions=0.03, blurred=0.03):
    trials = []
    for n in [k for k in targets for _ in range(per_cell)]:
        m = int(rng.binomial(n, tracked))
        hits = m + int(rng.hypergeometric(n - m, discs - n, n - m)) if m < n else n
        flags = BLURRED if rng.random() < blurred else 0
        if rng.random() < omissions:
            trials.append([f"{n}-of-{discs}", False, None, flags, None, None])
        else:
            trials.append([f"{n}-of-{discs}", hits == n, 3000.5, flags, None, f"hits-{hits}"])
    return [trials[i] for i in rng.permutation(len(trials))]


def cases(rng):
    return [
        ("a usual session", session(rng, 16, (3, 4, 5))),
        ("all numbers of targets", session(rng, 6, (1, 2, 3, 4, 5), 12)),
        ("few discs", session(rng, 10, (4, 5), 8, 0.6)),
        ("guessing", session(rng, 12, (3, 4, 5), tracked=0)),
        ("never a miss", session(rng, 8, (2, 4), tracked=1, omissions=0)),
        ("asleep", session(rng, 6, (3, 5), omissions=0.5)),
        ("one trial", session(rng, 1, (4,), omissions=0, blurred=0)),
        ("no trials", []),
    ]


write(TASK, score, cases(generator(TASK)))
