/** The simulated participants of the demo cohort. */
#ifndef SERVER_CLI_DEMO_PEOPLE_H
#define SERVER_CLI_DEMO_PEOPLE_H

#include "db/seed.h"
#include "models/tasks/definition.h"

#define DEMO_PRESENT_MIN 10 /* fewer on a day, and the page would hide that day */
#define DEMO_SESSION_MS \
	(30 * 60 * 1000) /* more than a day's tasks of one person take \
			  */

struct demo_plan {
	int participants, days;
	uint64_t seed;
	int64_t now_ms, first_day_ms; /* midnight UTC of the first day */
	const struct db_cohort_new *cohort;
	const struct task_definition *const *definitions;
	int n_definitions;
};

/**
 * Lets the people join on the first morning and train on most days, every task once a
 * day, and sends all of it to the seeder. Errors: INVALID or NOT_FOUND (a definition that
 * cannot be simulated), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
demo_people_seed(struct db_seeder *seeder, const struct demo_plan *plan);

#endif
