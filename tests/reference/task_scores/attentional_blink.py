#!/usr/bin/python3
"""Attentional blink: shares of second targets seen, where the first was named."""
from common import BLURRED, case, definition, difference, generator, share
import json

TASK = "attentional-blink"


def points(b, a):
    value, error, n = difference(b, a)
    return None if value is None else 100 * value, None if error is None else 100 * error, n


def score(trials, answer, time):
    """Of the lag: was X reported, in trials that count and have the first target right."""
    kept = [t for t, keep in zip(trials, answer) if keep]

    def seen(*names):
        return share([t[5].endswith("-x") for t in kept
                      if t[0] in names and t[5] is not None and t[5].startswith("t1-right")])

    early = seen("lag-2", "lag-3")
    return {"blink_depth": points(seen("lag-7", "lag-8"), early),
            "lag_1_sparing": points(seen("lag-1"), early),
            "t1_accuracy": share([t[5] is not None and t[5].startswith("t1-right") for t in kept]),
            **{f"t2_lag_{k}": seen(f"lag-{k}") for k in range(1, 9)},
            "false_alarm_rate": seen("absent")}


def session(rng, per_lag, absent, lags=(1, 2, 3, 5, 7, 8), first=0.85, omissions=0.02, blurred=0.03):
    share_seen = {1: 0.8, 2: 0.5, 3: 0.55, 4: 0.6, 5: 0.7, 6: 0.75, 7: 0.85, 8: 0.9}
    trials = []
    for name in [f"lag-{k}" for k in lags for _ in range(per_lag)] + ["absent"] * absent:
        there = name != "absent"
        right = bool(rng.random() < first)
        said = bool(rng.random() < (share_seen[int(name[4:])] if there else 0.1))
        flags = BLURRED if rng.random() < blurred else 0
        response = f"t1-{'right' if right else 'wrong'}-{'x' if said else 'none'}"
        if rng.random() < omissions:
            trials.append([name, False, None, flags, None, None])
        else:
            trials.append([name, right and said == there, 800.25, flags, None, response])
    return [trials[i] for i in rng.permutation(len(trials))]


def cases(rng):
    return [
        ("a usual session", session(rng, 14, 36)),
        ("all lags", session(rng, 6, 10, range(1, 9))),
        ("guessing the first", session(rng, 14, 36, first=0.3)),
        ("asleep", session(rng, 5, 5, omissions=0.5)),
        ("only late ones", session(rng, 4, 0, (7, 8))),
        ("never the first", session(rng, 3, 3, first=0)),
        ("no trials", []),
    ]


def with_own_rule(document):
    trials = document["trials"]
    right = sum(t[5] is not None and t[5].startswith("t1-right") for t in trials)
    if trials and right / len(trials) < definition(TASK)["exclusions"]["t1_accuracy"]["value"]:
        document["reasons"].append("t1_accuracy")
    return document


documents = [with_own_rule(case(label, TASK, trials, score)) for label, trials in cases(generator(TASK))]
print("[", ",\n".join(json.dumps(d, default=float) for d in documents), "]", sep="\n")
