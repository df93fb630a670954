#!/usr/bin/env bash
# `./dev bench scores [PEOPLE [TASK...]]`: bias and interval coverage of every score over
# simulated people (2,000), against the bars of docs/tasks.md.
set -euo pipefail
make -C "$CAMP_BUILD_DIR" tests/bench/scores >/dev/null
exec "$CAMP_BUILD_DIR/tests/bench/scores" "$CAMP_TASKS_DIR" "${1:-2000}" "${@:2}"
