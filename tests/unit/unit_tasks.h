/** What tests of tasks share. */
#ifndef TESTS_UNIT_UNIT_TASKS_H
#define TESTS_UNIT_UNIT_TASKS_H

#include "base/trial.h"
#include "models/tasks/definition.h"
#include "models/tasks/score.h"

/** The definition of tasks/NAME/task.json, which the caller frees. Fails the test. */
struct task_definition *unit_definition(const char *name);

/** A trial of a named condition: with a response if rt_ms is a number, else without. */
struct trial unit_trial(const struct task_definition *def, const char *condition,
			bool correct, double rt_ms);

/** The score of that name; fails the test when there is none. */
const struct task_score_value *
unit_score(const struct task_score_set *set, const char *name);

/** Trials that a rule removed; fails the test when the rule is not listed. */
int unit_rule(const struct task_score_set *set, const char *rule);

/**
 * Fails the test unless got is within tolerance of expected, relative to expected where
 * that is above 1 in size. NAN equals NAN.
 */
void unit_close(double got, double expected, double tolerance, const char *what);

#endif
