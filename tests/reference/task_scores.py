#!/usr/bin/python3
"""Reference scores of whole sessions, from numpy 1.24 and scipy 1.10 (Debian 12).

Usage: task_scores.py > task_scores.json, from the top of the source tree. Written from
tasks/README.md and the definitions, whose rules it reads, and not from the C scorers. The
sessions hold what the rules are about: fast, slow and far times, trials with the page out
of sight, omissions, empty cells. Times are rounded to quarters of a millisecond, which a
float holds exactly. tests/unit/models/tasks/test_reference.c compares to 1e-9 relative.
"""
import json
import math
import sys

import numpy as np
from scipy import stats

BLURRED = 1 << 2
rng = np.random.default_rng(1935)


def definition(task):
    with open(f"tasks/{task}/task.json", encoding="utf-8") as file:
        return json.load(file)


def session(task, per_cell, errors=0.05, omissions=0.01, oddities=0.03):
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


def exclude(trials, rules):
    """Per trial: does it count as an answer, does its time count; and the rules' counts."""
    answer = [True] * len(trials)
    time = [correct and rt is not None for _, correct, rt, _ in trials]
    names = ("blurred", "rt_fast", "rt_slow", "rt_outlier")
    counts = dict.fromkeys((name for name in names if name in rules), 0)
    for i, (_, _, rt, flags) in enumerate(trials):
        if flags & BLURRED:
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


def score_pair(trials, answer, time, easy, hard, effect):
    def times(name):
        return [t[2] for t, keep in zip(trials, time) if keep and t[0] == name]

    def right(*names):
        return [t[1] for t, keep in zip(trials, answer) if keep and t[0] in names]

    fast, slow = mean(times(easy)), mean(times(hard))
    return {effect: difference(slow, fast), f"rt_{easy}": fast, f"rt_{hard}": slow,
            "accuracy": share(right(easy, hard)),
            f"accuracy_{easy}": share(right(easy)), f"accuracy_{hard}": share(right(hard))}


def score_stroop(trials, answer, time):
    return score_pair(trials, answer, time, "congruent", "incongruent", "stroop_effect")


def score_flanker(trials, answer, time):
    names = ("congruent", "neutral", "incongruent")
    rt = {n: mean([t[2] for t, keep in zip(trials, time) if keep and t[0] == n]) for n in names}
    right = {n: share([t[1] for t, keep in zip(trials, answer) if keep and t[0] == n]) for n in names}
    return {"flanker_effect": difference(rt["incongruent"], rt["congruent"]),
            "interference": difference(rt["incongruent"], rt["neutral"]),
            **{f"rt_{n}": rt[n] for n in names},
            "accuracy": share([t[1] for t, keep in zip(trials, answer) if keep]),
            **{f"accuracy_{n}": right[n] for n in names}}


def score_cueing(trials, answer, time):
    return score_pair(trials, answer, time, "valid", "invalid", "validity_effect")


def median(x):
    n = len(x)
    if n < 2:
        return (x[0] if n else None), None, n
    z = stats.norm.ppf(0.975)
    k = max(1, math.floor((n + 1) / 2 - z * math.sqrt(n / 4) + 0.5))
    ordered = np.sort(x)
    return np.median(x), (ordered[n - k] - ordered[k - 1]) / (2 * z), n


def score_pvt(trials, answer, time):
    rts = [t[2] for t, keep in zip(trials, answer) if keep]
    early = [rt is not None and rt < 100 for rt in rts]
    late = [rt is None or rt >= 355 for rt in rts if rt is None or rt >= 100]
    times = [rt for rt in rts if rt is not None and rt >= 100]
    return {"speed": mean([1000 / rt for rt in times]), "rt_median": median(times),
            "rt_mean": mean(times), "lapse_rate": share(late), "false_start_rate": share(early)}


def session_pvt(n, errors=0.03, omissions=0.01, oddities=0.03):
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


def variation(x):
    n = len(x)
    if n < 2:
        return None, None, n
    m, v, value = np.mean(x), np.var(x, ddof=1), stats.variation(x, ddof=1)
    if v == 0:
        return value, None, n
    square = ((stats.moment(x, 4) / v**2 - 1) / 4 + value**2 - stats.moment(x, 3) / (v * m)) / n
    return value, value * math.sqrt(square), n


def score_sart(trials, answer, time):
    def wrong(name):
        return [not t[1] for t, keep in zip(trials, answer) if keep and t[0] == name]

    rts = [t[2] for t, keep in zip(trials, time) if keep and t[0] == "go"]
    missed, pressed = wrong("go"), wrong("nogo")
    d_prime, criterion = detect(len(missed) - sum(missed), len(missed), sum(pressed), len(pressed))
    return {"commission_rate": share(pressed), "omission_rate": share(missed),
            "rt_go": mean(rts), "rt_cv": variation(rts), "d_prime": d_prime, "criterion": criterion}


def session_sart(per_digit, commissions=0.4, omissions=0.02, oddities=0.03):
    trials = []
    for kind, n, errors in ("go", 8 * per_digit, omissions), ("nogo", per_digit, commissions):
        for _ in range(n):
            rt = math.floor(4 * (300 + rng.normal(0, 50) + rng.exponential(60))) / 4
            if rng.random() < oddities:
                rt = rng.choice([40, 99.75, 100, 1100])
            flags = BLURRED if rng.random() < oddities else 0
            correct = bool(rng.random() >= errors)
            trials.append([kind, correct, float(rt) if correct == (kind == "go") else None, flags])
    return [trials[i] for i in rng.permutation(len(trials))]


def fit(points):
    n = len(points)
    if len({x for x, _ in points}) < 2:
        return (None, None, n), (None, None, n)
    x, y = zip(*points)
    line = stats.linregress(x, y)
    errors = (line.stderr, line.intercept_stderr) if n > 2 else (None, None)
    return (line.slope, errors[0], n), (line.intercept, errors[1], n)


def ratio(a, b):
    if None in (a[0], b[0]) or b[0] <= 0:
        return None, None, a[2] + b[2]
    value = a[0] / b[0]
    if None in (a[1], b[1]):
        return value, None, a[2] + b[2]
    error = abs(value) * math.sqrt((a[1] / a[0]) ** 2 + (b[1] / b[0]) ** 2)
    return value, error, a[2] + b[2]


def detection(trials, answer):
    counts = {"present": [0, 0], "absent": [0, 0]}
    for (name, correct, rt, _), keep in zip(trials, answer):
        if keep and rt is not None:
            kind = counts[name.split("-")[0]]
            kind[0] += correct
            kind[1] += 1
    (hits, signals), (rejections, noises) = counts["present"], counts["absent"]
    return detect(hits, signals, noises - rejections, noises)


def detect(hits, signals, false_alarms, noises):
    if not signals or not noises:
        return (None, None, signals + noises), (None, None, signals + noises)
    zs, variances = [], []
    for k, n in (hits, signals), (false_alarms, noises):
        p = (k + 0.5) / (n + 1)
        zs.append(stats.norm.ppf(p))
        variances.append(p * (1 - p) / (n * stats.norm.pdf(zs[-1]) ** 2))
    error = math.sqrt(sum(variances))
    n = signals + noises
    return (zs[0] - zs[1], error, n), (-(zs[0] + zs[1]) / 2, error / 2, n)


def score_search(trials, answer, time):
    lines = {}
    for target in "present", "absent":
        lines[target] = fit([(int(t[0].split("-")[1]), t[2])
                             for t, keep in zip(trials, time) if keep and t[0].startswith(target)])
    d_prime, criterion = detection(trials, answer)

    def right(prefix):
        return share([t[1] for t, keep in zip(trials, answer) if keep and t[0].startswith(prefix)])

    return {"present_slope": lines["present"][0], "present_intercept": lines["present"][1],
            "absent_slope": lines["absent"][0], "absent_intercept": lines["absent"][1],
            "slope_ratio": ratio(lines["absent"][0], lines["present"][0]),
            "accuracy": right(""), "accuracy_present": right("present"),
            "accuracy_absent": right("absent"), "d_prime": d_prime, "criterion": criterion}


def case(label, task, trials):
    rules = definition(task)["exclusions"]
    score = {"stroop": score_stroop, "visual-search": score_search, "cueing": score_cueing,
             "flanker": score_flanker, "sart": score_sart,
             "pvt": score_pvt}[task]
    raw = score(trials, [True] * len(trials), [t[1] and t[2] is not None for t in trials])
    answer, time, counts = exclude(trials, rules)
    kept = score(trials, answer, time)
    reasons = []
    if not trials:
        reasons.append("no_trials")
    else:
        if "accuracy" in rules and sum(t[1] for t in trials) / len(trials) < rules["accuracy"]["value"]:
            reasons.append("accuracy")
        if sum(t[2] is None and not t[1] for t in trials) / len(trials) > rules["omissions"]["value"]:
            reasons.append("omissions")
    return {"case": label, "task": task, "rules": counts, "reasons": reasons,
            "scores": {name: kept[name] + raw[name] for name in raw}, "trials": trials}


def cases():
    for task in "stroop", "visual-search":
        yield case("a usual session", task, session(task, 48 if task == "stroop" else 20))
        yield case("many oddities", task, session(task, 30, 0.1, 0.1, 0.2))
        yield case("one trial a condition", task, session(task, 1, 0, 0, 0))
        yield case("guessing", task, session(task, 20, 0.5, 0, 0))
        yield case("asleep", task, session(task, 10, 0.1, 0.4, 0))
        yield case("no error", task, session(task, 20, 0, 0, 0))
        yield case("nothing right", task, session(task, 10, 1, 0, 0))
        yield case("no trials", task, [])
        same = session(task, 8, 0, 0, 0)
        for trial in same:
            trial[2] = 500.0
        same[0][2] = 900.0
        yield case("no spread, one far", task, same)
    half = [t for t in session("visual-search", 20) if t[0].startswith("present")]
    yield case("only with target", "visual-search", half)
    single = [t for t in session("visual-search", 20) if t[0].endswith("-6")]
    yield case("one set size", "visual-search", single)
    one = [t for t in session("stroop", 20) if t[0] == "incongruent"]
    yield case("one condition", "stroop", one)
    # Four valid trials to an invalid one, as the task has it.
    for label, per_cell, errors, omissions, oddities in (
            ("a usual session", 48, 0.05, 0.01, 0.03), ("many oddities", 30, 0.1, 0.1, 0.2),
            ("asleep", 10, 0.1, 0.4, 0), ("nothing right", 10, 1, 0, 0)):
        trials = session("cueing", per_cell, errors, omissions, oddities)
        invalid = [i for i, t in enumerate(trials) if t[0] == "invalid"]
        drop = set(invalid[len(invalid) // 4:])
        yield case(label, "cueing", [t for i, t in enumerate(trials) if i not in drop])
    for label, per_cell, errors, omissions, oddities in (
            ("a usual session", 48, 0.05, 0.01, 0.03), ("many oddities", 30, 0.1, 0.1, 0.2),
            ("asleep", 10, 0.1, 0.4, 0), ("nothing right", 10, 1, 0, 0), ("no trials", 0, 0, 0, 0)):
        yield case(label, "flanker", session("flanker", per_cell, errors, omissions, oddities))
    for label, args in (
            ("a usual session", (25,)), ("many oddities", (20, 0.4, 0.1, 0.2)), ("always pressing", (20, 1, 0, 0)),
            ("asleep", (20, 0.1, 0.6, 0)), ("never pressing", (10, 0, 1, 0)), ("no trials", (0,))):
        yield case(label, "sart", session_sart(*args))
    for label, args in (
            ("a usual session", (64,)), ("many oddities", (65, 0.1, 0.1, 0.3)), ("asleep", (20, 0.1, 0.6)),
            ("only false starts", (5, 1, 0, 0)), ("one answer", (1, 0, 0, 0)), ("four answers", (4, 0, 0, 0)),
            ("no trials", (0,))):
        yield case(label, "pvt", session_pvt(*args))


print("[")
documents = [json.dumps(c, default=float) for c in cases()]
print(",\n".join(documents))
print("]")
