#!/usr/bin/python3
"""Reference values for models/stats, from numpy 1.24 and scipy 1.10 (Debian 12).

Usage: statistics.py > statistics.json. Every case holds its input and what these libraries
make of it; tests/unit/models/stats/ compare to 1e-9 relative, which two-pass sums and
different quantile algorithms keep with room to spare.
"""
import json
import sys

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261123)


def samples():
    yield [3.5]
    yield [1.0, 2.0]
    yield [2.0, 2.0, 2.0]
    yield [1e9 + 1, 1e9 + 2, 1e9 + 4]
    for n in 5, 6, 97, 240:
        yield np.round(rng.normal(600, 80, n) + rng.exponential(120, n), 3).tolist()


def describe(x):
    variance = np.var(x, ddof=1) if len(x) > 1 else None
    return {"x": x, "mean": np.mean(x), "variance": variance, "median": np.median(x),
            "mad": stats.median_abs_deviation(x)}


def line(x, y):
    fit = stats.linregress(x, y)
    residual = np.asarray(y) - fit.intercept - fit.slope * np.asarray(x)
    return {"x": x, "y": y, "slope": fit.slope, "intercept": fit.intercept,
            "slope_se": fit.stderr, "intercept_se": fit.intercept_stderr,
            "residual_sd": np.sqrt(np.sum(residual ** 2) / (len(x) - 2))}


def lines():
    yield line([3, 6, 12, 18], [510.0, 555.5, 580.25, 702.0])
    yield line([0, 1, 2], [0.0, 1.0, 2.5])
    for n in 3, 20, 160:
        x = rng.choice([3, 6, 12, 18], n).tolist()
        x[:2] = [3, 18]
        y = [round(450 + 22 * v + rng.normal(0, 90) + rng.exponential(100), 3) for v in x]
        yield line(x, y)


def detection(hits, signals, false_alarms, noises):
    def z(k, n):
        p = (k + 1) / (n + 2)
        return stats.norm.ppf((k + 0.5) / (n + 1)), p * (1 - p) / n / stats.norm.pdf(stats.norm.ppf(p)) ** 2

    (hit, hit_variance), (false, false_variance) = z(hits, signals), z(false_alarms, noises)
    error = np.sqrt(hit_variance + false_variance)
    return {"counts": [hits, signals, false_alarms, noises], "d_prime": hit - false,
            "criterion": -(hit + false) / 2, "d_prime_se": error, "criterion_se": error / 2}


def interval(mean, sd, n, level):
    low, high = stats.t.interval(level, n - 1, mean, sd / np.sqrt(n))
    return {"mean": mean, "sd": sd, "n": n, "level": level, "low": low, "high": high}


def share_interval(k, n):
    ci = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    return {"p": k / n, "n": n, "low": ci.low, "high": ci.high}


document = {
    "describe": [describe(x) for x in samples()],
    "line": list(lines()),
    "detection": [detection(*c) for c in ((75, 80, 2, 80), (80, 80, 0, 80), (0, 4, 4, 4),
                                          (40, 80, 40, 80), (1, 1, 0, 1), (517, 640, 77, 600))],
    "share_interval": [share_interval(*c) for c in ((0, 10), (47, 48), (48, 48), (1, 2), (310, 1000))],
    "interval": [interval(*c) for c in ((106.77, 73.11, 252, 0.95), (0, 1, 2, 0.95),
                                        (-3.5, 0.25, 10, 0.99), (1e6, 4e4, 12, 0.5),
                                        (1, 2, 100000, 0.95))],
}
json.dump(document, sys.stdout, indent=1)
print()
