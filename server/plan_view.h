/** A participant's plan: made from what the database tells, and as the API writes it. */
#ifndef SERVER_PLAN_VIEW_H
#define SERVER_PLAN_VIEW_H

#include <jansson.h>

#include "base/errors.h"
#include "db/programmes.h"
#include "models/programme/plan.h"
#include "server/task_registry.h"

/* Memory that the plan borrows from; all of it goes with plan_view_clear(). */
struct plan_view {
	struct plan plan;
	struct programme *programme; /* NULL: the cohort has none */
	int version, arm;
	struct plan_played *played;
	const char **picked; /* of all sessions */
	char *words;
	struct plan_knowledge *knowledge;
};

/**
 * Makes the plan of now_ms. `from` must stay until plan_view_clear(). Errors: FAULT (a
 * stored programme that cannot be read, logged), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
plan_view_make(struct plan_view *out, const struct task_registry *tasks,
	       const struct db_plan *from, int64_t now_ms);
void plan_view_clear(struct plan_view *view); /* NULL-safe, reusable */

/** The answer of GET me/plan, or NULL when memory ran out. */
json_t *plan_view_json(const struct plan_view *view, const struct db_plan *from);

/** Names of the newest versions of all tasks and of their primary scores; the caller's
 * arrays of TASK_REGISTRY_MAX. */
int plan_primary_scores(const struct task_registry *tasks, const char **names,
			const char **scores);

/** Milliseconds since 1970. */
int64_t plan_now_ms(void);

#endif
