#!/usr/bin/python3
"""Cueing: what an invalid cue costs."""
from common import difference, generator, mean, right, rts, session, share, write

def score(trials, answer, time):
    easy, hard = mean(rts(trials, time, "valid")), mean(rts(trials, time, "invalid"))
    return {"validity_effect": difference(hard, easy), "rt_valid": easy, "rt_invalid": hard,
            "accuracy": share(right(trials, answer, "valid", "invalid")),
            "accuracy_valid": share(right(trials, answer, "valid")),
            "accuracy_invalid": share(right(trials, answer, "invalid"))}


def mostly_valid(trials):
    """Four valid trials to an invalid one, as the task has it."""
    invalid = [i for i, t in enumerate(trials) if t[0] == "invalid"]
    drop = set(invalid[len(invalid) // 4:])
    return [t for i, t in enumerate(trials) if i not in drop]


def cases(rng):
    for label, *args in (("a usual session", 48, 0.05, 0.01, 0.03), ("many oddities", 30, 0.1, 0.1, 0.2),
                         ("asleep", 10, 0.1, 0.4, 0), ("nothing right", 10, 1, 0, 0)):
        yield label, mostly_valid(session(rng, "cueing", *args))


write("cueing", score, cases(generator("cueing")))
