#!/usr/bin/python3
"""Reference values for models/train/metrics.c, from numpy 1.24 (Debian 12).

Usage: metrics.py > metrics.json. Each value is computed from its definition, not from the
closed form that the program uses: the AUC by comparing all pairs, the CRPS by integrating
(F(x) - [x >= y])^2 with Gauss-Legendre nodes, coverage by inverting F. Numbers that enter
float32 fields of the program are rounded to float32 first.
"""
import json
import math
import sys

import numpy as np

rng = np.random.default_rng(20261123)


def pairs(p, happened):
    p, happened = np.asarray(p, float), np.asarray(happened, bool)
    q = np.clip(np.where(happened, p, 1 - p), 1e-7, 1 - 1e-7)
    pos, neg = p[happened], p[~happened]
    auc = None
    if len(pos) and len(neg):
        above = pos[:, None] > neg[None, :]
        equal = pos[:, None] == neg[None, :]
        auc = (above.sum() + equal.sum() / 2) / above.size
    edges = np.minimum((p * 10).astype(int), 9)
    ece = sum(np.mean(edges == b) * abs(p[edges == b].mean() - happened[edges == b].mean())
              for b in range(10) if (edges == b).any())
    return {"p": p.tolist(), "happened": happened.astype(int).tolist(), "auc": auc,
            "log_loss": -np.log(q).mean(), "brier": np.mean((p - happened) ** 2), "ece": ece}


def pair_cases():
    yield pairs([0.9], [True])
    yield pairs([0.2, 0.8, 0.5, 0.5], [False, True, True, False])
    yield pairs([0.0, 1.0, 1.0, 0.3], [True, True, False, False])
    for n in 40, 400:
        p = np.round(rng.beta(5, 1, n), 2)
        yield pairs(p, rng.random(n) < p)


def phi_cdf(x):
    return 0.5 * np.array([math.erfc(-v / math.sqrt(2)) for v in np.ravel(x)]).reshape(np.shape(x))


def cdf(f, x):
    out = (1 - f["slow"]) * phi_cdf((x - f["mu1"]) / f["sigma1"])
    if f["slow"] > 0:
        out = out + f["slow"] * phi_cdf((x - f["mu1"] - f["delta"]) / f["sigma2"])
    return out


def density(f, x):
    def normal(m, s):
        return math.exp(-((x - m) / s) ** 2 / 2) / (s * math.sqrt(2 * math.pi))
    out = (1 - f["slow"]) * normal(f["mu1"], f["sigma1"])
    if f["slow"] > 0:
        out += f["slow"] * normal(f["mu1"] + f["delta"], f["sigma2"])
    return out


def integrate(f, low, high, step):
    """Gauss-Legendre with 40 nodes on pieces of at most that length."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    pieces = max(1, math.ceil((high - low) / step))
    edges = np.linspace(low, high, pieces + 1)
    total = 0.0
    for a, b in zip(edges[:-1], edges[1:]):
        x = (a + b) / 2 + (b - a) / 2 * nodes
        total += (b - a) / 2 * np.sum(weights * f(x))
    return total


def crps(f, y):
    sd = min(f["sigma1"], f["sigma2"] if f["slow"] > 0 else f["sigma1"])
    widest = max(f["sigma1"], f["sigma2"])
    low = min(y, f["mu1"]) - 12 * widest
    high = max(y, f["mu1"] + f["delta"]) + 12 * widest
    return (integrate(lambda x: cdf(f, x) ** 2, low, y, sd)
            + integrate(lambda x: (1 - cdf(f, x)) ** 2, y, high, sd))


def quantile(f, q):
    low, high = f["mu1"] - 40, f["mu1"] + f["delta"] + 40
    for _ in range(200):
        middle = (low + high) / 2
        if cdf(f, middle) < q:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def response(mu1, sigma1, slow=0.0, delta=0.0, sigma2=1.0, y=None):
    f = dict(zip(("mu1", "sigma1", "slow", "delta", "sigma2"),
                 (float(np.float32(v)) for v in (mu1, sigma1, slow, delta, sigma2))))
    y = f["mu1"] + 0.3 if y is None else y
    return {**f, "y": y, "nll": -math.log(density(f, y)), "cdf": float(cdf(f, y)),
            "crps": crps(f, y), "inside": bool(quantile(f, 0.05) <= y <= quantile(f, 0.95))}


def response_cases():
    yield response(-0.5, 0.25)
    yield response(-0.5, 0.25, y=-1.9)
    yield response(-0.5, 0.25, 0.1, 0.6, 0.5)
    yield response(-0.7, 0.1, 0.5, 2.0, 0.05, y=0.3)
    yield response(0.2, 0.8, 0.9, 0.1, 0.2, y=1.5)
    for _ in range(12):
        yield response(rng.normal(-0.5, 0.3), rng.uniform(0.1, 0.4), rng.uniform(0.01, 0.4),
                       rng.uniform(0.05, 1.0), rng.uniform(0.1, 0.6), y=rng.normal(-0.4, 0.4))


def ks(n, power):
    u = np.round(rng.random(n) ** power, 4)
    grid = np.concatenate([u, np.nextafter(u, -1)])
    distance = max(abs(np.mean(u <= g) - g) for g in grid)
    return {"u": u.tolist(), "ks": distance, "coverage": np.mean((u >= 0.05) & (u <= 0.95))}


def regression(n, noise):
    m = np.round(rng.normal(-0.5, 0.3, n), 4)
    y = np.round(m + rng.normal(0, noise, n), 4)
    return {"y": y.tolist(), "m": m.tolist(), "r2": 1 - np.var(y - m) / np.var(y)
            - (y - m).mean() ** 2 / np.var(y), "rmse": np.linalg.norm(y - m) / math.sqrt(n),
            "r": np.corrcoef(y, m)[0, 1]}


document = {
    "pairs": list(pair_cases()),
    "responses": list(response_cases()),
    "uniform": [ks(n, power) for n, power in ((1, 1), (7, 1), (100, 1), (100, 2))],
    "regression": [regression(n, noise) for n, noise in ((3, 0.1), (50, 0.3), (300, 2.0))],
}
json.dump(document, sys.stdout, indent=1)
print()
