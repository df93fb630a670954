#!/usr/bin/python3
"""Search for a 2 among 5s: the scores of visual search, by the rules of its own definition."""
from common import generator, session, with_catch, write
from visual_search import finish, score

TASK = "visual-search-2-5"


def cases(rng):
    return [
        ("a usual session", session(rng, TASK, 20)),
        ("many oddities", session(rng, TASK, 15, 0.1, 0.1, 0.2)),
        ("no trials", []),
        ("attention checks", with_catch(rng, session(rng, TASK, 5))),
    ]


write(TASK, score, cases(generator(TASK)), finish)
