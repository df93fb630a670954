#!/usr/bin/python3
"""Stroop: times, errors and their difference."""
from common import difference, generator, mean, one_far, right, rts, session, share, with_catch, write

def score(trials, answer, time):
    easy, hard = mean(rts(trials, time, "congruent")), mean(rts(trials, time, "incongruent"))
    return {"stroop_effect": difference(hard, easy), "rt_congruent": easy, "rt_incongruent": hard,
            "accuracy": share(right(trials, answer, "congruent", "incongruent")),
            "accuracy_congruent": share(right(trials, answer, "congruent")),
            "accuracy_incongruent": share(right(trials, answer, "incongruent"))}


def cases(rng):
    return [
        ("a usual session", session(rng, "stroop", 48)),
        ("many oddities", session(rng, "stroop", 30, 0.1, 0.1, 0.2)),
        ("one trial a condition", session(rng, "stroop", 1, 0, 0, 0)),
        ("guessing", session(rng, "stroop", 20, 0.5, 0, 0)),
        ("asleep", session(rng, "stroop", 10, 0.1, 0.4, 0)),
        ("no error", session(rng, "stroop", 20, 0, 0, 0)),
        ("nothing right", session(rng, "stroop", 10, 1, 0, 0)),
        ("no trials", []),
        ("no spread, one far", one_far(session(rng, "stroop", 8, 0, 0, 0))),
        ("attention checks", with_catch(rng, session(rng, "stroop", 20))),
        ("one condition", [t for t in session(rng, "stroop", 20) if t[0] == "incongruent"]),
    ]


write("stroop", score, cases(generator("stroop")))
