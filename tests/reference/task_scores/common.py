"""What the reference scores of all tasks share: the exclusion rules and the statistics.

Written from tasks/README.md and the definitions, whose rules it reads, and not from the C
scorers; numpy 1.24 and scipy 1.10 (Debian 12). A task's NAME.py has score(trials, answer,
time), which gives [value, standard error, n] of every score, and cases(), labelled
sessions. Run it from the top of the source tree:

    tests/reference/task_scores/NAME.py > tests/reference/task_scores/NAME.json

A trial is [condition, correct, time or None, flags], then, where a task needs it,
difficulty (or None) and response. Sessions hold what the rules are about: fast, slow and
far times, trials with the page out of sight, catch checks, omissions, empty cells. Times
are rounded to quarters of a millisecond, which a float holds exactly.
tests/unit/models/tasks/test_reference.c compares to 1e-9 relative.
"""
import json
import math

import numpy as np
from scipy import stats

BLURRED = 1 << 2
CATCH = 1 << 4


def generator(task):
    return np.random.default_rng([1935, *task.encode()])


def definition(task):
    with open(f"tasks/{task}/task.json", encoding="utf-8") as file:
        return json.load(file)


def session(rng, task, per_cell, errors=0.05, omissions=0.01, oddities=0.03):
    trials = []
    for condition in definition(task)["conditions"]:
        factors = condition["factors"]
        hard = "incongruent" in factors.values() or "invalid" in factors.values()
        slow = factors.get("set_size", 10 if hard else 5)
        slow *= 20 if factors.get("target") == "absent" else 10
        for _ in range(per_cell):
            rt = 450 + slow + rng.normal(0, 50) + rng.exponential(110)
            correct, flags = bool(rng.random() >= errors), 0
            if rng.random() < oddities:
                rt = rng.choice([90, 150, 200, 3000, 3500, 6000, 6100])
            if rng.random() < oddities:
                flags |= BLURRED
            rt = math.floor(4 * rt) / 4
            if rng.random() < omissions:
                rt, correct = None, False
            trials.append([condition["name"], correct, rt, flags])
    order = rng.permutation(len(trials))
    return [trials[i] for i in order]


def with_catch(rng, trials, every=12, failed=0.2):
    """Attention checks among them, whose answers would spoil every score."""
    out = []
    for i, trial in enumerate(trials):
        out.append(trial)
        if i % every == every - 1:
            out.append([trial[0], bool(rng.random() >= failed), 1500.25, CATCH, *trial[4:]])
    return out


def one_far(trials):
    for trial in trials:
        trial[2] = 500.0
    trials[0][2] = 900.0
    return trials


def exclude(trials, rules):
    """Per trial: does it count as an answer, does its time count; and the rules' counts."""
    answer = [True] * len(trials)
    time = [t[1] and t[2] is not None for t in trials]
    names = ("blurred", "rt_fast", "rt_slow", "rt_outlier")
    counts = dict.fromkeys((name for name in names if name in rules), 0)
    for i, (_, _, rt, flags, *_) in enumerate(trials):
        if flags & BLURRED and "blurred" in rules:
            counts["blurred"] += 1
            answer[i] = time[i] = False
        elif rt is not None and "rt_fast" in rules and rt < rules["rt_fast"]["value"]:
            counts["rt_fast"] += 1
            answer[i] = time[i] = False
        elif time[i] and "rt_slow" in rules and rt > rules["rt_slow"]["value"]:
            counts["rt_slow"] += 1
            time[i] = False
    for name in {t[0] for t in trials}:
        cell = [i for i, t in enumerate(trials) if t[0] == name and time[i]]
        if len(cell) < 5 or "rt_outlier" not in rules:
            continue
        rts = np.array([trials[i][2] for i in cell])
        mad = stats.median_abs_deviation(rts, scale="normal")
        for i in cell:
            if mad > 0 and abs(trials[i][2] - np.median(rts)) > rules["rt_outlier"]["value"] * mad:
                counts["rt_outlier"] += 1
                time[i] = False
    return answer, time, counts


def mean(x):
    x = np.asarray(x, float)
    error = np.std(x, ddof=1) / math.sqrt(len(x)) if len(x) > 1 else None
    return (np.mean(x) if len(x) else None), error, len(x)


def share(flags):
    n, k = len(flags), sum(flags)
    if n == 0:
        return None, None, 0
    p = (k + 0.5) / (n + 1)
    return k / n, math.sqrt(p * (1 - p) / n), n


def difference(b, a):
    value = None if None in (a[0], b[0]) else b[0] - a[0]
    error = None if None in (a[1], b[1]) else math.hypot(a[1], b[1])
    return value, error, a[2] + b[2]


def median(x):
    n = len(x)
    if n < 2:
        return (x[0] if n else None), None, n
    z = stats.norm.ppf(0.975)
    k = max(1, math.floor((n + 1) / 2 - z * math.sqrt(n / 4) + 0.5))
    ordered = np.sort(x)
    return np.median(x), (ordered[n - k] - ordered[k - 1]) / (2 * z), n


def variation(x):
    x, n = np.asarray(x, float), len(x)
    if n < 2:
        return None, None, n
    value = stats.variation(x, ddof=1)
    if n < 4 or np.var(x) == 0:
        return value, None, n
    left = np.array([stats.variation(np.delete(x, i), ddof=1) for i in range(n)])
    return value, math.sqrt((n - 1) * np.var(left)), n


def fit(points):
    """A line, with standard errors HC3."""
    n = len(points)
    if len({x for x, _ in points}) < 2:
        return (None, None, n), (None, None, n)
    x, y = np.array(points, float).T
    line = stats.linregress(x, y)
    errors = (None, None)
    if n > 2:
        design = np.column_stack([np.ones(n), x])
        bread = np.linalg.inv(design.T @ design)
        leverage = np.einsum("ij,jk,ik->i", design, bread, design)
        residual = (y - line.intercept - line.slope * x) / (1 - leverage)
        covariance = bread @ (design * residual[:, None] ** 2).T @ design @ bread
        errors = math.sqrt(covariance[1, 1]), math.sqrt(covariance[0, 0])
    return (line.slope, errors[0], n), (line.intercept, errors[1], n)


def ratio(a, b):
    """Of two estimates, without the bias of an uncertain denominator (Voinov 1985)."""
    if None in (a[0], b[0]) or b[0] <= 0:
        return None, None, a[2] + b[2]
    if None in (a[1], b[1]) or b[1] * 1e4 < b[0]:
        error = None if None in (a[1], b[1]) else math.hypot(a[1] / b[0], a[0] * b[1] / b[0] ** 2)
        return a[0] / b[0], error, a[2] + b[2]
    t = b[0] / b[1]
    mills = math.exp(stats.norm.logsf(t) - stats.norm.logpdf(t))
    error = math.hypot(a[1] * mills / b[1], a[0] * (1 - t * mills) / b[1])
    return a[0] * mills / b[1], error, a[2] + b[2]


def detect(hits, signals, false_alarms, noises):
    if not signals or not noises:
        return (None, None, signals + noises), (None, None, signals + noises)
    zs, variances = [], []
    for k, n in (hits, signals), (false_alarms, noises):
        p = (k + 1) / (n + 2)
        zs.append(stats.norm.ppf((k + 0.5) / (n + 1)))
        variances.append(p * (1 - p) / (n * stats.norm.pdf(stats.norm.ppf(p)) ** 2))
    error = math.sqrt(sum(variances))
    n = signals + noises
    return (zs[0] - zs[1], error, n), (-(zs[0] + zs[1]) / 2, error / 2, n)


def rts(trials, time, *conditions):
    return [t[2] for t, keep in zip(trials, time) if keep and t[0] in conditions]


def right(trials, answer, *conditions):
    return [t[1] for t, keep in zip(trials, answer) if keep and t[0] in conditions]


class Rng:
    """xoshiro256++ seeded by splitmix64 (models/stats/rng.h), for the same resamples."""

    MASK = (1 << 64) - 1

    def __init__(self, seed, stream):
        self.state = seed
        self.state = (self._mix() + stream) & self.MASK
        self.s = [self._mix() for _ in range(4)]

    def _mix(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & self.MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & self.MASK
        return z ^ z >> 31

    def _next(self):
        s, rotate = self.s, lambda x, k: (x << k | x >> 64 - k) & self.MASK
        result = (rotate((s[0] + s[3]) & self.MASK, 23) + s[0]) & self.MASK
        t = s[1] << 17 & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, n):
        limit = 0xFFFFFFFF - 0xFFFFFFFF % n
        while True:
            x = self._next() >> 32
            if x < limit:
                return x % n


RESAMPLES, RESAMPLES_SEED = 200, 1993
OF_TIMES = ("ms", "ms/item", "1/s", "ratio")


def resampled_errors(task, trials, score, kept):
    """Larger standard errors of times where outliers are removed (models/tasks/resample.h)."""
    told = definition(task)
    if "rt_outlier" not in told["exclusions"]:
        return kept
    cells = [[t for t in trials if t[0] == c["name"]] for c in told["conditions"]]
    rngs = [Rng(RESAMPLES_SEED, c) for c in range(len(cells))]
    values = {name: [] for name in kept}
    for _ in range(RESAMPLES):
        drawn = [cell[rng.below(len(cell))] for cell, rng in zip(cells, rngs) for _ in cell]
        answer, time, _ = exclude(drawn, told["exclusions"])
        for name, (value, *_) in score(drawn, answer, time).items():
            if value is not None:
                values[name].append(value)
    out = dict(kept)
    for s in told["scores"]:
        value, error, n = kept[s["name"]]
        again = values[s["name"]]
        if s["unit"] in OF_TIMES and error is not None and len(again) > RESAMPLES / 2:
            out[s["name"]] = value, max(error, np.std(again, ddof=1)), n
    return out


def case(label, task, given, score, finish=None):
    rules = definition(task)["exclusions"]
    trials = [t for t in given if not t[3] & CATCH]
    checks = [t for t in given if t[3] & CATCH]
    raw = score(trials, [True] * len(trials), [t[1] and t[2] is not None for t in trials])
    answer, time, counts = exclude(trials, rules)
    kept = resampled_errors(task, trials, score, score(trials, answer, time))
    if finish:
        finish(kept)
    reasons = []
    if not trials:
        reasons.append("no_trials")
    else:
        if "accuracy" in rules and sum(t[1] for t in trials) / len(trials) < rules["accuracy"]["value"]:
            reasons.append("accuracy")
        if "omissions" in rules and \
                sum(t[2] is None and not t[1] for t in trials) / len(trials) > rules["omissions"]["value"]:
            reasons.append("omissions")
    if "catch" in rules and checks and \
            sum(not t[1] for t in checks) / len(checks) > rules["catch"]["value"]:
        reasons.append("catch")
    return {"case": label, "task": task, "rules": counts, "reasons": reasons,
            "scores": {name: [*kept[name], *raw[name]] for name in raw}, "trials": given}


def write(task, score, cases, finish=None):
    documents = [json.dumps(case(label, task, trials, score, finish), default=float) for label, trials in cases]
    print("[", ",\n".join(documents), "]", sep="\n")
