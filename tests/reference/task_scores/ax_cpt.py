#!/usr/bin/python3
"""A then X: d' of the context, and the proactive indices."""
import math

from common import detect, generator, mean, rts, session, share, write

KINDS = ("ax", "ay", "bx", "by")


def contrast(b, a):
    if None in (b[0], a[0]) or a[0] + b[0] <= 0:
        return None, None, a[2] + b[2]
    total = a[0] + b[0]
    error = None
    if None not in (a[1], b[1]):
        # Partial derivatives of (b - a) / (b + a).
        error = math.hypot(2 * a[0] / total**2 * b[1], -2 * b[0] / total**2 * a[1])
    return (b[0] - a[0]) / total, error, a[2] + b[2]


def corrected(wrong):
    n = len(wrong)
    return ((sum(wrong) + 0.5) / (n + 1) if n else None), share(wrong)[1], n


def score(trials, answer, time):
    wrong = {k: [not t[1] for t, keep in zip(trials, answer) if keep and t[0] == k and t[2] is not None]
             for k in KINDS}
    rt = {k: mean(rts(trials, time, k)) for k in KINDS}
    hits = len(wrong["ax"]) - sum(wrong["ax"])
    return {"d_context": detect(hits, len(wrong["ax"]), sum(wrong["bx"]), len(wrong["bx"]))[0],
            "pbi_errors": contrast(corrected(wrong["ay"]), corrected(wrong["bx"])),
            "pbi_rt": contrast(rt["ay"], rt["bx"]),
            **{f"rt_{k}": rt[k] for k in KINDS}, **{f"error_rate_{k}": share(wrong[k]) for k in KINDS},
            "accuracy": share([t[1] for t, keep in zip(trials, answer) if keep])}


def cases(rng):
    """Seven AX pairs to one of each other kind."""
    for label, n, *args in (("a usual session", 105, 0.08, 0.01, 0.03), ("many oddities", 70, 0.15, 0.1, 0.2),
                            ("no errors", 35, 0, 0, 0), ("asleep", 35, 0.1, 0.4, 0), ("nothing right", 21, 1, 0, 0),
                            ("no answer", 7, 0, 1, 0), ("no trials", 0, 0, 0, 0)):
        left = {k: n if k == "ax" else n // 7 for k in KINDS}
        chosen = []
        for trial in session(rng, "ax-cpt", n, *args):
            left[trial[0]] -= 1
            if left[trial[0]] >= 0:
                chosen.append(trial)
        yield label, chosen
    yield "only A first", [t for t in session(rng, "ax-cpt", 12) if t[0].startswith("a")]


write("ax-cpt", score, cases(generator("ax-cpt")))
