/*
 * GET /api/v1/me/plan: what is due by the cohort's programme, what comes next, and why.
 * GET /api/v1/me/progress: one's own scores and abilities over time.
 */
#include <math.h>
#include <string.h>

#include "db/programmes.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/plan_view.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/score_record.h"
#include "server/server.h"

static void
on_plan(void *arg, enum camp_err err, const struct db_plan *from)
{
	struct request *rq = arg;
	struct plan_view view = {0};

	if (err == CAMP_OK)
		err = plan_view_make(&view, rq->sv->tasks, from, plan_now_ms());
	if (err == CAMP_OK)
		reply_take_json(rq, 200, plan_view_json(&view, from));
	else
		reply_error(rq, err);
	plan_view_clear(&view);
}

enum camp_err
handle_plan_get(struct request *rq)
{
	const char *names[TASK_REGISTRY_MAX], *scores[TASK_REGISTRY_MAX];
	int n = plan_primary_scores(rq->sv->tasks, names, scores);

	return db_plan_get(rq->sv->db, &rq->auth.owner.organisation_id,
			   &rq->auth.owner.participant_id, names, scores, n, NULL,
			   on_plan, rq);
}

/* ---- progress ---- */

static json_t *
score_json(const struct db_progress_row *row)
{
	const struct db_score_value value = {
		.name = row->score,
		.unit = row->unit,
		.value = row->value,
		.standard_error = row->standard_error,
		.n = row->n,
	};
	struct stat_interval interval;

	if (!row->score)
		return json_null();
	interval = score_record_interval(row->task, &value, true);
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", row->score, "unit",
			 row->unit, "value", json_write_number(row->value),
			 "standard_error", json_write_number(row->standard_error),
			 "interval", json_write_interval(interval.low, interval.high));
}

static json_t *
ability_json(const struct db_progress_row *row)
{
	if (isnan(row->threshold) || isnan(row->threshold_sd))
		return json_null();
	return json_pack("{s:f, s:f}", "threshold", row->threshold, "threshold_sd",
			 row->threshold_sd);
}

static json_t *
engagement_json(const struct db_progress_row *row)
{
	if (isnan(row->engagement))
		return json_null();
	return json_pack("{s:f, s:o, s:o}", "value", row->engagement, "low",
			 json_write_number(row->engagement_low), "high",
			 json_write_number(row->engagement_high));
}

static json_t *
row_json(const struct db_progress_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "session",
			 json_write_uuid(&row->session_id), "completed_at",
			 json_write_time(row->completed_unix_ms), "phase",
			 json_write_text(row->phase), "score", score_json(row), "usable",
			 row->scored ? json_boolean(row->usable) : json_null(), "ability",
			 ability_json(row), "engagement", engagement_json(row));
}

/* Rows come by task. */
static void
on_progress(void *arg, enum camp_err err, int n, const struct db_progress_row *rows)
{
	struct request *rq = arg;
	json_t *tasks, *sessions = NULL;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	tasks = json_array();
	for (int i = 0; i < n; i++) {
		if (i == 0 || strcmp(rows[i].task, rows[i - 1].task) != 0) {
			sessions = json_array();
			json_array_append_new(tasks, json_pack("{s:s, s:o}", "task",
							       rows[i].task, "sessions",
							       sessions));
		}
		json_array_append_new(sessions, row_json(&rows[i]));
	}
	reply_take_json(rq, 200, json_pack("{s:o}", "tasks", tasks));
}

enum camp_err
handle_progress_get(struct request *rq)
{
	const char *names[TASK_REGISTRY_MAX], *scores[TASK_REGISTRY_MAX];
	int n = plan_primary_scores(rq->sv->tasks, names, scores);

	return db_progress_get(rq->sv->db, &rq->auth.owner.organisation_id,
			       &rq->auth.owner.participant_id, names, scores, n,
			       on_progress, rq);
}
