"""Span tasks: the length at which half is right, by scipy; and a session of the classic rule."""
import numpy as np
from scipy import special

from common import BLURRED, definition

STEPS, BEYOND = 8, 3


def spans(task, trials, answer, condition):
    """[span, longest, correct] of a condition; a trial's difficulty is its length."""
    adaptive = definition(task)["adaptive"]
    grid = np.arange(0, (adaptive["max"] + BEYOND) * STEPS + 1) / STEPS
    chosen = [(t[4], t[1]) for t, keep in zip(trials, answer) if keep and t[0] == condition and t[4] is not None]
    n = len(chosen)
    if n == 0:
        return [(None, None, 0)] * 3
    log = np.zeros_like(grid)
    for length, right in chosen:
        log += special.log_expit((1 if right else -1) * adaptive["slope_min"] * (grid - length))
    weight = special.softmax(log)
    mean = np.average(grid, weights=weight)
    sd = np.sqrt(np.average((grid - mean) ** 2, weights=weight))
    right = [length for length, good in chosen if good]
    return [(mean, sd, n), (max(right, default=0), None, n), (len(right), None, n)]


def classic(rng, condition, span, start, longest, oddities=0.0, slope=1.5):
    trials = []
    for length in range(start, longest + 1):
        wrong = 0
        for _ in range(2):
            correct = bool(rng.random() < special.expit(slope * (span - length)))
            wrong += not correct
            rt = float(np.floor(4 * (900 + 500 * length + rng.exponential(400))) / 4)
            flags = BLURRED if rng.random() < oddities else 0
            if not correct and rng.random() < oddities:
                rt = None
            trials.append([condition, correct, rt, flags, length])
        if wrong == 2:
            break
    return trials
