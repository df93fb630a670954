/*
 * GET /api/v1/cohorts/{cohort}/engagement: a cohort's aggregates, for whoever holds its
 * read token. Read from rollups only, so that it costs the same however long the history;
 * groups of fewer than ten people are suppressed, and others where a difference of the
 * published numbers would tell about them.
 */
#include <math.h>
#include <stdio.h>
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

/* A task's name, a space, a score's name. */
#define SCORE_ROW_LEN \
	(sizeof(((struct db_rollup_score *)0)->task) + \
	 sizeof(((struct db_rollup_score *)0)->name))

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

	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:f}", "name", s->name, "unit",
			 s->unit, "participants", s->participants, "mean",
			 json_write_number(s->mean), "standard_error",
			 json_write_number(s->sd / sqrt(s->participants)), "interval",
			 json_write_interval(interval.low, interval.high), "level",
			 INTERVAL_LEVEL);
}

/* What is hidden: groups by the index of their row, scores by their own. */
struct hidden {
	struct stat_group *rows, *scores;
	char (*names)[SCORE_ROW_LEN]; /* the rows that scores are judged in */
};

static json_t *
scores_json(const struct db_engagement *e, const struct hidden *hidden, const char *task,
	    const char *day)
{
	json_t *scores = json_array();

	for (int i = 0; i < e->n_scores; i++) {
		const struct db_rollup_score *s = &e->scores[i];

		if (s->participants > 0 && !hidden->scores[i].suppressed &&
		    strcmp(s->task, task) == 0 && strcmp(s->day, day) == 0)
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
tasks_json(const struct db_engagement *e, const struct hidden *hidden, const char *day)
{
	json_t *tasks = json_array();

	for (int i = 0; i < e->n_rows; i++) {
		const struct db_rollup_row *row = &e->rows[i];
		json_t *task;

		if (row->task[0] == '\0' || strcmp(row->day, day) != 0)
			continue;
		task = json_pack("{s:s}", "task", row->task);
		set_counts(task, row, hidden->rows[i].suppressed);
		json_object_set_new(task, "scores",
				    hidden->rows[i].suppressed
					    ? json_array()
					    : scores_json(e, hidden, row->task, day));
		json_array_append_new(tasks, task);
	}
	return tasks;
}

static json_t *
days_json(const struct db_engagement *e, const struct hidden *hidden)
{
	json_t *days = json_array();

	for (int i = 0; i < e->n_rows; i++) {
		const struct db_rollup_row *row = &e->rows[i];
		json_t *day;

		if (row->day[0] == '\0' || row->task[0] != '\0')
			continue;
		day = json_pack("{s:s}", "day", row->day);
		set_counts(day, row, hidden->rows[i].suppressed);
		json_object_set_new(day, "tasks", tasks_json(e, hidden, row->day));
		json_array_append_new(days, day);
	}
	return days;
}

static void
hidden_clear(struct hidden *hidden)
{
	free(hidden->rows);
	free(hidden->scores);
	free(hidden->names);
	memset(hidden, 0, sizeof(*hidden));
}

static void
name_groups(struct hidden *hidden, const struct db_engagement *e)
{
	for (int i = 0; i < e->n_rows; i++)
		hidden->rows[i] = (struct stat_group){.row = e->rows[i].task,
						      .column = e->rows[i].day,
						      .people = e->rows[i].participants,
						      .cost = e->rows[i].sessions};
	/*
	 * A score may rest on fewer people than its group, where some have no usable
	 * session; so its days are judged by themselves, against its own total.
	 */
	for (int i = 0; i < e->n_scores; i++) {
		const struct db_rollup_score *s = &e->scores[i];

		snprintf(hidden->names[i], SCORE_ROW_LEN, "%s %s", s->task, s->name);
		hidden->scores[i] = (struct stat_group){.row = hidden->names[i],
							.column = s->day,
							.people = s->participants,
							.cost = s->participants};
	}
}

static enum camp_err
hidden_find(struct hidden *hidden, const struct db_engagement *e)
{
	size_t n_rows = (size_t)e->n_rows, n_scores = (size_t)e->n_scores;
	enum camp_err err;

	hidden->rows = calloc(n_rows + 1, sizeof(*hidden->rows));
	hidden->scores = calloc(n_scores + 1, sizeof(*hidden->scores));
	hidden->names = calloc(n_scores + 1, sizeof(*hidden->names));
	if (!hidden->rows || !hidden->scores || !hidden->names)
		return CAMP_ERR_MEMORY;
	name_groups(hidden, e);
	err = stat_suppress(hidden->rows, n_rows, GROUP_MIN);
	if (err != CAMP_OK)
		return err;
	return stat_suppress(hidden->scores, n_scores, GROUP_MIN);
}

static void
set_totals(json_t *body, const struct db_engagement *e, const struct hidden *hidden)
{
	static const struct db_rollup_row nobody;

	for (int i = 0; i < e->n_rows; i++) {
		if (e->rows[i].task[0] == '\0' && e->rows[i].day[0] == '\0') {
			set_counts(body, &e->rows[i], hidden->rows[i].suppressed);
			return;
		}
	}
	set_counts(body, &nobody, false);
}

static void
on_engagement(void *arg, enum camp_err err, const struct db_engagement *e)
{
	struct reading *r = arg;
	struct hidden hidden = {0};

	if (err == CAMP_OK)
		err = hidden_find(&hidden, e);
	if (err == CAMP_OK) {
		json_object_set_new(r->head, "as_of", json_write_time(e->as_of_unix_ms));
		json_object_set_new(r->head, "threshold", json_integer(GROUP_MIN));
		set_totals(r->head, e, &hidden);
		json_object_set_new(r->head, "tasks", tasks_json(e, &hidden, ""));
		json_object_set_new(r->head, "days", days_json(e, &hidden));
		reply_take_json_tagged(r->rq, json_incref(r->head), "as_of",
				       r->if_none_match);
	} else {
		reply_error(r->rq, err);
	}
	hidden_clear(&hidden);
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
