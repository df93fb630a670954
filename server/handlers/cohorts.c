/*
 * GET /api/v1/cohorts/{cohort}/engagement: a cohort's aggregates, for whoever holds its
 * read token. Read from rollups only, so that it costs the same however long the history;
 * groups of fewer than ten people are suppressed, and others where a difference of the
 * published numbers would tell about them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/cohorts.h"
#include "models/stats/interval.h"
#include "models/stats/suppress.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

/* The modal minimum cell of statistical agencies; docs/architecture.md. */
#define GROUP_MIN 10
#define INTERVAL_LEVEL 0.95

/* What is remembered of the cohort while its aggregates are read. */
struct reading {
	struct request *rq;
	json_t *head;        /* cohort and organisation of the answer */
	char *if_none_match; /* NULL: none */
};

static void
reading_free(struct reading *r)
{
	json_decref(r->head);
	free(r->if_none_match);
	free(r);
}

static json_t *
score_json(const struct db_rollup_score *s)
{
	struct stat_interval interval =
		stat_mean_interval(s->mean, s->sd, s->participants, INTERVAL_LEVEL);
	json_t *bounds = isfinite(interval.low) && isfinite(interval.high)
				 ? json_pack("[f, f]", interval.low, interval.high)
				 : json_null();

	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:f}", "name", s->name, "unit",
			 s->unit, "participants", s->participants, "mean",
			 json_write_number(s->mean), "standard_error",
			 json_write_number(s->sd / sqrt(s->participants)), "interval",
			 bounds, "level", INTERVAL_LEVEL);
}

/* A score may rest on fewer people than its group, where some have no usable session. */
static json_t *
scores_json(const struct db_engagement *e, const char *task, const char *day)
{
	json_t *scores = json_array();

	for (int i = 0; i < e->n_scores; i++) {
		const struct db_rollup_score *s = &e->scores[i];

		if (s->participants >= GROUP_MIN && strcmp(s->task, task) == 0 &&
		    strcmp(s->day, day) == 0)
			json_array_append_new(scores, score_json(s));
	}
	return scores;
}

static void
set_counts(json_t *to, const struct db_rollup_row *row, bool suppressed)
{
	json_object_set_new(to, "suppressed", json_boolean(suppressed));
	json_object_set_new(to, "participants",
			    suppressed ? json_null() : json_integer(row->participants));
	json_object_set_new(to, "sessions",
			    suppressed ? json_null() : json_integer(row->sessions));
	json_object_set_new(to, "trials",
			    suppressed ? json_null() : json_integer(row->trials));
}

static json_t *
tasks_json(const struct db_engagement *e, const struct stat_group *groups,
	   const char *day)
{
	json_t *tasks = json_array();

	for (int i = 0; i < e->n_rows; i++) {
		const struct db_rollup_row *row = &e->rows[i];
		json_t *task;

		if (row->task[0] == '\0' || strcmp(row->day, day) != 0)
			continue;
		task = json_pack("{s:s}", "task", row->task);
		set_counts(task, row, groups[i].suppressed);
		json_object_set_new(task, "scores",
				    groups[i].suppressed
					    ? json_array()
					    : scores_json(e, row->task, day));
		json_array_append_new(tasks, task);
	}
	return tasks;
}

static json_t *
days_json(const struct db_engagement *e, const struct stat_group *groups)
{
	json_t *days = json_array();

	for (int i = 0; i < e->n_rows; i++) {
		const struct db_rollup_row *row = &e->rows[i];
		json_t *day;

		if (row->day[0] == '\0' || row->task[0] != '\0')
			continue;
		day = json_pack("{s:s}", "day", row->day);
		set_counts(day, row, groups[i].suppressed);
		json_object_set_new(day, "tasks", tasks_json(e, groups, row->day));
		json_array_append_new(days, day);
	}
	return days;
}

/* The caller's; NULL when memory ran out. Rows and groups share their index. */
static struct stat_group *
suppress(const struct db_engagement *e)
{
	struct stat_group *groups = calloc((size_t)e->n_rows + 1, sizeof(*groups));

	if (!groups)
		return NULL;
	for (int i = 0; i < e->n_rows; i++) {
		groups[i].row = e->rows[i].task;
		groups[i].column = e->rows[i].day;
		groups[i].people = e->rows[i].participants;
		groups[i].cost = e->rows[i].sessions;
	}
	if (stat_suppress(groups, (size_t)e->n_rows, GROUP_MIN) == CAMP_OK)
		return groups;
	free(groups);
	return NULL;
}

static void
set_totals(json_t *body, const struct db_engagement *e, const struct stat_group *groups)
{
	static const struct db_rollup_row nobody;

	for (int i = 0; i < e->n_rows; i++) {
		if (e->rows[i].task[0] == '\0' && e->rows[i].day[0] == '\0') {
			set_counts(body, &e->rows[i], groups[i].suppressed);
			return;
		}
	}
	set_counts(body, &nobody, false);
}

static void
on_engagement(void *arg, enum camp_err err, const struct db_engagement *e)
{
	struct reading *r = arg;
	struct stat_group *groups = err == CAMP_OK ? suppress(e) : NULL;

	if (err == CAMP_OK && !groups)
		err = CAMP_ERR_MEMORY;
	if (err == CAMP_OK) {
		json_object_set_new(r->head, "as_of", json_write_time(e->as_of_unix_ms));
		json_object_set_new(r->head, "threshold", json_integer(GROUP_MIN));
		set_totals(r->head, e, groups);
		json_object_set_new(r->head, "tasks", tasks_json(e, groups, ""));
		json_object_set_new(r->head, "days", days_json(e, groups));
		reply_take_json_tagged(r->rq, json_incref(r->head), "as_of",
				       r->if_none_match);
	} else {
		reply_error(r->rq, err);
	}
	free(groups);
	reading_free(r);
}

static void
on_cohort(void *arg, enum camp_err err, const struct db_cohort *cohort)
{
	struct reading *r = arg;
	struct request *rq = r->rq;

	if (err == CAMP_OK) {
		r->head = json_pack("{s:{s:o, s:s, s:b}, s:{s:s}}", "cohort", "id",
				    json_write_uuid(&cohort->cohort_id), "name",
				    cohort->name, "demo", cohort->demo, "organisation",
				    "name", cohort->organisation_name);
		err = r->head ? db_cohort_engagement(rq->sv->db, &cohort->organisation_id,
						     &cohort->cohort_id, on_engagement, r)
			      : CAMP_ERR_MEMORY;
	}
	if (err != CAMP_OK) {
		reply_error(rq, err);
		reading_free(r);
	}
}

enum camp_err
handle_engagement_get(struct request *rq)
{
	uint8_t hash[TOKEN_HASH_BYTES];
	struct uuid cohort_id;
	struct reading *r;
	const char *token;
	enum camp_err err;
	size_t len;

	err = request_param_uuid(rq, "cohort", &cohort_id);
	if (err == CAMP_OK)
		err = request_bearer(rq, &token, &len);
	if (err != CAMP_OK)
		return err;
	r = calloc(1, sizeof(*r));
	if (!r)
		return CAMP_ERR_MEMORY;
	r->rq = rq;
	if (rq->framing.if_none_match)
		r->if_none_match = strdup(rq->framing.if_none_match);
	auth_hash(hash, sizeof(hash), token, len);
	err = db_cohort_by_read_token(rq->sv->db, &cohort_id, hash, on_cohort, r);
	if (err != CAMP_OK)
		reading_free(r);
	return err;
}
