#!/usr/bin/python3
"""Reference values for models/engagement/lapse.c, from numpy 1.24 and scipy 1.10 (Debian 12).

Usage: lapse.py > lapse.json. Thresholds by numpy.quantile over the earlier trials of each
trial anew; intervals by inverting scipy's beta-binomial and binomial distributions.
"""
import json
import sys

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261123)


def thresholds(n, conditions, unknown, missing):
    """conditions: number of them, the first `unknown` without a mean."""
    mean = np.round(rng.normal(-0.5, 0.3, conditions), 3).astype(np.float32)
    condition = rng.integers(0, conditions, n)
    y = np.where(np.arange(conditions) < unknown, -0.4, mean)[condition] + rng.normal(0, 0.25, n)
    rt_ms = np.round(1000 * np.exp(y), 1).astype(np.float32)
    rt_ms[rng.random(n) < missing] = np.nan
    known = condition >= unknown
    own = np.where(known, mean[condition], 0).astype(float)
    residual = np.log(rt_ms.astype(float) / 1000) - own
    out = []
    for t in range(n):
        earlier = residual[:t][(known[:t] == known[t]) & ~np.isnan(residual[:t])]
        out.append(own[t] + np.quantile(earlier, 0.9) if len(earlier) >= 20 else None)
    return {"mean": [float(mean[c]) if k else None for c, k in zip(condition, known)],
            "rt_ms": [None if np.isnan(v) else float(v) for v in rt_ms], "threshold": out}


def interval(trials, rate, correlation, level):
    if correlation > 0:
        a, b = rate * (1 / correlation - 1), (1 - rate) * (1 / correlation - 1)
        cdf = stats.betabinom(trials, a, b).cdf(np.arange(trials + 1))
    else:
        cdf = stats.binom(trials, rate).cdf(np.arange(trials + 1))
    cdf[-1] = 1
    return {"trials": trials, "rate": rate, "correlation": correlation, "level": level,
            "low": int(np.argmax(cdf > (1 - level) / 2)),
            "high": int(np.argmax(cdf >= (1 + level) / 2))}


document = {
    "thresholds": [thresholds(*c) for c in ((19, 2, 0, 0), (60, 2, 0, 0.1), (90, 3, 1, 0.05),
                                            (45, 2, 2, 0))],
    "intervals": [interval(20, rate, correlation, 0.9)
                  for rate in (0.5, 0.8, 0.93, 0.99, 0.03)
                  for correlation in (0, 0.01, 0.03, 0.2, 0.5)] + [interval(7, 0.6, 0.1, 0.5)],
}
json.dump(document, sys.stdout, indent=1)
print()
