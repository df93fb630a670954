#!/usr/bin/python3
"""Mean Stroop effects of the recordings stroop13_trials.csv.gz, with numpy 1.24 alone.

Usage: stroop13.py FOLDER. Per study and session: the mean over people of (mean time of
correct incongruent trials - mean time of correct congruent trials), over people who have
a correct trial in each condition of both sessions. The results stand in
tests/unit/models/tasks/test_stroop13.c.
"""
import collections
import csv
import gzip
import sys

import numpy as np

times = collections.defaultdict(list)
with gzip.open(sys.argv[1] + "/stroop13_trials.csv.gz", "rt") as file:
    for row in csv.DictReader(file):
        if row["correct"] == "1" and row["rt_ms"]:
            key = row["study"], row["participant"], row["phase"], row["condition"]
            times[key].append(float(row["rt_ms"]))

sessions = "control", "deplete"
conditions = "congruent", "incongruent"
for study in "1", "3":
    people = {key[1] for key in times if key[0] == study}
    complete = sorted(p for p in people
                      if all((study, p, s, c) in times for s in sessions for c in conditions))
    for session in sessions:
        effects = [np.mean(times[study, p, session, "incongruent"])
                   - np.mean(times[study, p, session, "congruent"]) for p in complete]
        print(study, session, len(complete), repr(float(np.mean(effects))))
