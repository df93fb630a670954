#!/usr/bin/python3
"""Visual search: lines over the number of items, and detection."""
from common import detect, fit, generator, one_far, ratio, session, share, with_catch, write

def detection(trials, answer):
    counts = {"present": [0, 0], "absent": [0, 0]}
    for (name, correct, rt, *_), keep in zip(trials, answer):
        if keep and rt is not None:
            kind = counts[name.split("-")[0]]
            kind[0] += correct
            kind[1] += 1
    (hits, signals), (rejections, noises) = counts["present"], counts["absent"]
    return detect(hits, signals, noises - rejections, noises)


def score(trials, answer, time):
    lines = {}
    for target in "present", "absent":
        lines[target] = fit([(int(t[0].split("-")[1]), t[2])
                             for t, keep in zip(trials, time) if keep and t[0].startswith(target)])
    d_prime, criterion = detection(trials, answer)

    def rights(prefix):
        return share([t[1] for t, keep in zip(trials, answer) if keep and t[0].startswith(prefix)])

    return {"present_slope": lines["present"][0], "present_intercept": lines["present"][1],
            "absent_slope": lines["absent"][0], "absent_intercept": lines["absent"][1],
            "slope_ratio": ratio(lines["absent"][0], lines["present"][0]),
            "accuracy": rights(""), "accuracy_present": rights("present"),
            "accuracy_absent": rights("absent"), "d_prime": d_prime, "criterion": criterion}


def cases(rng):
    return [
        ("a usual session", session(rng, "visual-search", 20)),
        ("many oddities", session(rng, "visual-search", 30, 0.1, 0.1, 0.2)),
        ("one trial a condition", session(rng, "visual-search", 1, 0, 0, 0)),
        ("guessing", session(rng, "visual-search", 20, 0.5, 0, 0)),
        ("asleep", session(rng, "visual-search", 10, 0.1, 0.4, 0)),
        ("no error", session(rng, "visual-search", 20, 0, 0, 0)),
        ("nothing right", session(rng, "visual-search", 10, 1, 0, 0)),
        ("no trials", []),
        ("no spread, one far", one_far(session(rng, "visual-search", 8, 0, 0, 0))),
        ("attention checks", with_catch(rng, session(rng, "visual-search", 20))),
        ("only with target", [t for t in session(rng, "visual-search", 20) if t[0].startswith("present")]),
        ("one set size", [t for t in session(rng, "visual-search", 20) if t[0].endswith("-6")]),
    ]


def finish(scores):
    """By what the slopes' standard errors are in the end."""
    scores["slope_ratio"] = ratio(scores["absent_slope"], scores["present_slope"])


if __name__ == "__main__":
    write("visual-search", score, cases(generator("visual-search")), finish)
