/*
 * GET /api/v1/me/plan: what is due by the cohort's programme, what comes next, and why.
 * GET /api/v1/me/progress: one's own scores and abilities over time.
 */
#include "db/participants.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

/* Of a cohort without a programme. */
static void
on_me(void *arg, enum camp_err err, const struct db_me *me)
{
	struct request *rq = arg;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	reply_take_json(rq, 200,
			json_pack("{s:n, s:n, s:[], s:s, s:n, s:[], s:n, s:{s:i, s:i}, "
				  "s:{s:i, s:i}, s:i, s:b, s:o}",
				  "programme", "arm", "phases", "state", "free", "due",
				  "ahead", "next_at", "week", "wanted", 0, "done", 0,
				  "streak", "weeks", 0, "days", 0, "missed", 0,
				  "free_practice", 1, "tasks",
				  json_write_texts(me->tasks, me->n_tasks)));
}

enum camp_err
handle_plan_get(struct request *rq)
{
	return db_participant_get(rq->sv->db, &rq->auth.owner.organisation_id,
				  &rq->auth.owner.participant_id, on_me, rq);
}

static void
on_progress(void *arg, enum camp_err err, const struct db_me *me)
{
	struct request *rq = arg;

	(void)me;
	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_take_json(rq, 200, json_pack("{s:[]}", "tasks"));
}

enum camp_err
handle_progress_get(struct request *rq)
{
	return db_participant_get(rq->sv->db, &rq->auth.owner.organisation_id,
				  &rq->auth.owner.participant_id, on_progress, rq);
}
