/*
 * POST /api/v1/sessions/{session}/trials: store a batch of trials.
 *
 * 200 {"stored": n, "repeated": m, "conflicting": k}; a trial sent twice is stored once.
 * Errors: BODY, INVALID, NOT_FOUND (a task version this server does not know), BUSY,
 * UNAVAILABLE, STORAGE_FULL, DEADLINE, MEMORY.
 */
#include "db/trials.h"
#include "server/handlers/handlers.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"
#include "server/task_registry.h"
#include "server/trial_scan.h"

/* Runs on the writer's thread, exactly once per accepted upload. */
static void
on_stored(void *arg, enum camp_err err, const struct trial_counts *counts)
{
	struct request *rq = arg;

	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_trial_counts(rq, counts);
}

enum camp_err
handle_trials_post(struct request *rq)
{
	/* Handlers run on one thread, so that one batch serves every request. */
	static struct trial_batch batch;
	const struct trial_owner *owner = &rq->auth.owner;
	const struct task_definition *def;
	struct problem why;
	enum camp_err err;

	def = task_registry_find(rq->sv->tasks, owner->task, owner->task_version);
	if (!def)
		return request_refuse(rq, CAMP_ERR_NOT_FOUND,
				      "this server does not have that version of the "
				      "task");
	problem_reset(&why);
	err = trial_scan(&batch, def, rq->body.data, rq->body.len, &why);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		return CAMP_OK;
	}
	/* Copies what it needs; from here on_stored() answers. */
	return db_trials_insert(rq->sv->db, owner, batch.trials, batch.n, on_stored, rq);
}
