/** Scores of span tasks: sequences of growing length, right or wrong as a whole. */
#ifndef MODELS_TASKS_SPAN_H
#define MODELS_TASKS_SPAN_H

#include "models/tasks/scorers.h"

/*
 * `span` is the length at which half of the sequences are right: the mean and sd of the
 * posterior of a logistic curve over length, whose slope is the definition's adaptive
 * slope_min, with a flat prior (EAP; Bock & Mislevy 1982). It rests on the likelihood of
 * single sequences alone, so a stop rule or adaptive lengths need no correction. With one
 * sd of error for a slope known to be otherwise by a third, intervals cover some 87 to
 * 98 % instead of 95. The others are of one procedure and have no standard error.
 */
struct task_span {
	struct stat_estimate span;
	struct stat_estimate longest; /* with a right sequence; 0: none */
	struct stat_estimate correct; /* right sequences */
};

/** Of the selected trials of a condition; a trial's difficulty is its length. */
struct task_span task_span(const struct task_selection *s, int condition);

#endif
