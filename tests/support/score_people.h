/** Many simulated people through a task's scorer: what comes out against what went in. */
#ifndef TESTS_SUPPORT_SCORE_PEOPLE_H
#define TESTS_SUPPORT_SCORE_PEOPLE_H

#include "models/stats/interval.h"
#include "models/tasks/simulators.h"

/* One score, over all people in whom it is defined and its truth known. */
struct score_recovery {
	const char *name, *unit;
	int people;    /* 0: the simulator knows no truth */
	int undefined; /* people whose truth is known and whose score is not */
	double truth;  /* mean */
	double scale;  /* what the bias is a share of: the truth; of a criterion, d' */
	double bias, bias_error; /* mean of score - truth, and its standard error */
	double coverage;         /* share of 95 % intervals that hold the truth */
	double spread;           /* sd of (score - truth) / standard error */
};

/**
 * People of the standard population, a first session each, all paces alike; a person
 * whose session is not usable is replaced by another, as a study does. `kept`: with
 * exclusions, else raw. Fills out[0..n) in the scorer's order and returns n, or -1 when
 * it cannot be done.
 */
int
score_people(const struct task_definition *def, const struct task_simulator *simulator,
	     int people, uint64_t seed, bool kept, struct score_recovery *out);

/**
 * From now on the task's sessions keep the difficulty that they start with. False where
 * they do so anyway.
 */
bool score_people_hold_difficulty(struct task_definition *def);

/** Whether the bias is known to a quarter of its bar. */
bool score_recovery_is_precise(const struct score_recovery *r);

/** The bars: bias below 2 % of the truth or 1 ms, coverage of 93 to 97 %. */
bool score_recovery_bias_meets(const struct score_recovery *r);
bool score_recovery_coverage_meets(const struct score_recovery *r);

#endif
