#!/usr/bin/python3
"""Task switching: costs as differences of means of condition means."""
from ant import average
from common import difference, generator, mean, right, rts, session, share, write

KINDS = ("pure", "repeat", "switch")
CONGRUENCIES = ("congruent", "incongruent")


def score(trials, answer, time):
    cell = {(k, c): mean(rts(trials, time, f"{k}-{c}")) for k in KINDS for c in CONGRUENCIES}
    rt = {k: average([cell[k, c] for c in CONGRUENCIES]) for k in KINDS}
    mixed = {c: average([cell[k, c] for k in ("repeat", "switch")]) for c in CONGRUENCIES}
    return {"switch_cost": difference(rt["switch"], rt["repeat"]), "mixing_cost": difference(rt["repeat"], rt["pure"]),
            "congruency_effect": difference(mixed["incongruent"], mixed["congruent"]),
            **{f"rt_{k}": rt[k] for k in KINDS},
            "accuracy": share([t[1] for t, keep in zip(trials, answer) if keep]),
            **{f"accuracy_{k}": share(right(trials, answer, *(f"{k}-{c}" for c in CONGRUENCIES))) for k in KINDS}}


def cases(rng):
    for label, *args in (("a usual session", 48, 0.05, 0.01, 0.03), ("many oddities", 24, 0.1, 0.1, 0.2),
                         ("one trial a condition", 1, 0, 0, 0), ("asleep", 8, 0.1, 0.4, 0),
                         ("nothing right", 5, 1, 0, 0), ("no trials", 0, 0, 0, 0)):
        yield label, session(rng, "task-switching", *args)
    yield "no pure blocks", [t for t in session(rng, "task-switching", 12) if not t[0].startswith("pure")]


write("task-switching", score, cases(generator("task-switching")))
