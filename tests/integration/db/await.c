#include <config.h>

#include "tests/integration/db/await.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PUT(field, text) \
	snprintf(field, sizeof(field), "%s", (text) != NULL ? (text) : "")

struct answer *
answer_new(void)
{
	struct answer *a = calloc(1, sizeof(*a));

	ck_assert_ptr_nonnull(a);
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->came, NULL);
	return a;
}

void
answer_free(struct answer *a)
{
	free(a);
}

void
answer_wait(struct answer *a)
{
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&a->mutex);
	while (a->n_calls == 0 && late == 0)
		late = pthread_cond_timedwait(&a->came, &a->mutex, &until);
	pthread_mutex_unlock(&a->mutex);
	ck_assert_msg(a->n_calls == 1, "%d callbacks", a->n_calls);
}

static struct answer *
begin(void *arg, enum camp_err err)
{
	struct answer *a = arg;

	pthread_mutex_lock(&a->mutex);
	a->err = err;
	return a;
}

static void
finish(struct answer *a)
{
	a->n_calls++;
	pthread_cond_signal(&a->came);
	pthread_mutex_unlock(&a->mutex);
}

void
answer_cohort(void *arg, enum camp_err err, const struct db_cohort *cohort)
{
	struct answer *a = begin(arg, err);

	a->given = cohort != NULL;
	if (cohort != NULL) {
		a->cohort_id = cohort->cohort_id;
		a->organisation_id = cohort->organisation_id;
		PUT(a->name, cohort->name);
		PUT(a->organisation_name, cohort->organisation_name);
		PUT(a->consent_json, cohort->consent_json);
		a->demo = cohort->demo;
		a->consent_version = cohort->consent_version;
		a->n_tasks = cohort->n_tasks;
		for (int i = 0; i < cohort->n_tasks; i++)
			PUT(a->tasks[i], cohort->tasks[i]);
	}
	finish(a);
}

void
answer_engagement(void *arg, enum camp_err err, const struct db_engagement *e)
{
	struct answer *a = begin(arg, err);

	a->given = e != NULL;
	if (e != NULL) {
		a->as_of_unix_ms = e->as_of_unix_ms;
		a->n_rollup_rows = e->n_rows;
		a->n_rollup_scores = e->n_scores;
		for (int i = 0; i < e->n_rows && i < AWAIT_ROWS; i++)
			a->rollup_rows[i] = e->rows[i];
		for (int i = 0; i < e->n_scores && i < AWAIT_ROWS; i++)
			a->rollup_scores[i] = e->scores[i];
	}
	finish(a);
}

void
answer_join(void *arg, enum camp_err err, bool repeated)
{
	struct answer *a = begin(arg, err);

	a->repeated = repeated;
	finish(a);
}

void
answer_me(void *arg, enum camp_err err, const struct db_me *me)
{
	struct answer *a = begin(arg, err);

	a->given = me != NULL;
	if (me != NULL) {
		a->cohort_id = me->cohort_id;
		PUT(a->name, me->cohort_name);
		PUT(a->organisation_name, me->organisation_name);
		PUT(a->pseudonym, me->pseudonym);
		a->consent_version = me->consent_version;
		a->n_tasks = me->n_tasks;
		for (int i = 0; i < me->n_tasks; i++)
			PUT(a->tasks[i], me->tasks[i]);
		a->n_sessions = me->n_sessions;
		for (int i = 0; i < me->n_sessions && i < AWAIT_ROWS; i++) {
			a->rows[i] = me->sessions[i];
			a->rows[i].label = NULL;
		}
	}
	finish(a);
}

void
answer_created(void *arg, enum camp_err err, int n, const struct uuid *session_ids,
	       const struct db_session_start *starts)
{
	struct answer *a = begin(arg, err);

	a->n_sessions = n;
	for (int i = 0; i < n; i++) {
		a->session_ids[i] = session_ids[i];
		a->seeds[i] = starts[i].seed;
	}
	finish(a);
}

/* Of at most four channels. */
static void
put_eeg(struct answer *a, const struct db_eeg *eeg)
{
	a->n_epochs = eeg->n;
	if (eeg->n > 0)
		a->eeg_setup = eeg->setup;
	for (int c = 0; eeg->n > 0 && c < eeg->setup.n_channels; c++)
		PUT(a->eeg_channels[c], eeg->setup.channels[c]);
	for (int i = 0; i < eeg->n && i < AWAIT_ROWS; i++) {
		const struct eeg_epoch *e = &eeg->epochs[i];
		int n = eeg->setup.n_channels;

		a->epochs[i] = *e;
		memcpy(a->powers[i], e->log_power, sizeof(float) * EEG_BANDS * (size_t)n);
		for (int c = 0; c < n; c++)
			a->powers[i][EEG_BANDS * n + c] = e->quality ? e->quality[c] : -1;
	}
}

void
answer_sealed(void *arg, enum camp_err err, const struct db_sealed *sealed)
{
	struct answer *a = begin(arg, err);

	a->given = sealed != NULL;
	if (sealed != NULL) {
		a->already = sealed->already;
		a->completed_unix_ms = sealed->completed_unix_ms;
		PUT(a->tasks[0], sealed->owner.task);
		a->n_missing = sealed->n_missing;
		for (int i = 0; i < sealed->n_missing; i++)
			a->missing[i] = sealed->missing[i];
		a->n_trials = sealed->n_trials;
		for (int i = 0; i < sealed->n_trials && i < AWAIT_TRIALS; i++)
			a->trials[i] = sealed->trials[i];
		if (sealed->n_trials > 0 && sealed->trials[0].detail != NULL)
			snprintf(a->detail, sizeof(a->detail), "%.*s",
				 (int)sealed->trials[0].detail_len,
				 sealed->trials[0].detail);
		put_eeg(a, &sealed->eeg);
	}
	finish(a);
}

void
answer_forecast(void *arg, enum camp_err err, const struct db_session_forecast *session)
{
	struct answer *a = begin(arg, err);

	a->given = session != NULL;
	if (session != NULL) {
		a->n_trials = session->n_trials;
		put_eeg(a, &session->eeg);
	}
	finish(a);
}

void
answer_done(void *arg, enum camp_err err)
{
	finish(begin(arg, err));
}

void
answer_score(void *arg, enum camp_err err, const struct db_score *score)
{
	struct answer *a = begin(arg, err);

	a->given = score != NULL;
	if (score != NULL) {
		a->scorer_version = score->scorer_version;
		a->usable = score->usable;
		a->trials_sealed = score->trials;
		a->completed_unix_ms = score->completed_unix_ms;
		PUT(a->exclusion, score->exclusion_json);
		a->n_values = score->n_values;
		for (int i = 0; i < score->n_values; i++) {
			const struct db_score_value *v = &score->values[i];

			PUT(a->values[i].name, v->name);
			PUT(a->values[i].unit, v->unit);
			a->values[i].value = v->value;
			a->values[i].standard_error = v->standard_error;
			a->values[i].n = v->n;
			a->values[i].raw_value = v->raw_value;
			a->values[i].raw_standard_error = v->raw_standard_error;
			a->values[i].raw_n = v->raw_n;
		}
	}
	finish(a);
}

void
answer_trials(void *arg, enum camp_err err, const struct trial_counts *counts)
{
	struct answer *a = begin(arg, err);

	if (counts != NULL)
		a->counts = *counts;
	finish(a);
}

void
answer_eeg(void *arg, enum camp_err err, const struct eeg_counts *counts)
{
	struct answer *a = begin(arg, err);

	a->given = counts != NULL;
	if (counts != NULL)
		a->eeg_counts = *counts;
	finish(a);
}

void
answer_eeg_read(void *arg, enum camp_err err, const struct eeg_setup *setup,
		const struct eeg_epoch *epochs, int n)
{
	struct answer *a = begin(arg, err);

	a->given = setup != NULL;
	if (setup != NULL) {
		a->eeg_setup = *setup;
		PUT(a->eeg_device, setup->device);
		for (int i = 0; i < setup->n_channels; i++)
			PUT(a->eeg_channels[i], setup->channels[i]);
	}
	a->n_epochs = n;
	for (int i = 0; i < n && i < AWAIT_ROWS; i++)
		a->epochs[i] = epochs[i];
	finish(a);
}

struct db *
open_db(const char *conninfo)
{
	struct db_options options = {.conninfo = conninfo,
				     .lanes = 3,
				     .queue_limit = 64,
				     .writer_queue_limit = 64,
				     .timeout_ms = 5000,
				     .migrations_dir = CAMP_SOURCE_DIR "/migrations"};
	char why[512] = "";
	struct db *db;

	ck_assert_msg(db_open(&db, &options, why, sizeof(why)) == CAMP_OK, "%s", why);
	ck_assert(db_ready(db));
	return db;
}

/* Waits for an accepted call; a refused one answers at once. */
static struct answer *
answered(struct answer *a, enum camp_err err)
{
	if (err == CAMP_OK)
		answer_wait(a);
	else
		a->err = err;
	return a;
}

struct answer *
do_join(struct db *db, const struct temp_tenant *t, struct uuid person, int hash)
{
	struct db_join join = {.organisation_id = t->organisation_id,
			       .cohort_id = t->cohort_id,
			       .participant_id = person,
			       .consent_version = 1,
			       .pseudonym = "p_1",
			       .age_band = "18-29",
			       .language = "zh-Hans"};
	struct answer *a = answer_new();

	memset(join.request_hash, hash, sizeof(join.request_hash));
	return answered(a, db_participant_join(db, &join, answer_join, a));
}

struct answer *
do_create(struct db *db, const struct temp_tenant *t, struct uuid person, int key,
	  int hash, int n)
{
	struct db_session_new s = {.organisation_id = t->organisation_id,
				   .participant_id = person,
				   .n = n,
				   .task = "stroop",
				   .task_version = 1,
				   .label = "pre",
				   .device_json = "{\"dpr\": 2}"};
	struct answer *a = answer_new();

	memset(s.key, key, sizeof(s.key));
	memset(s.request_hash, hash, sizeof(s.request_hash));
	for (int i = 0; i < n; i++) {
		s.session_ids[i] = uuid_v7();
		s.seeds[i] = 4294967295U - (uint32_t)i;
	}
	return answered(a, db_sessions_create(db, &s, answer_created, a));
}

struct answer *
do_upload(struct db *db, const struct temp_tenant *t, struct uuid person,
	  struct uuid session, int from, int to)
{
	struct trial_owner owner = {.organisation_id = t->organisation_id,
				    .participant_id = person,
				    .session_id = session,
				    .task = "stroop",
				    .task_version = 1};
	struct answer *a = answer_new();
	struct trial trials[TRIALS_PER_REQUEST_MAX] = {0};
	size_t n = 0;

	for (int seq = from; seq <= to; seq++)
		trials[n++] =
			(struct trial){.seq = seq,
				       .trial = -1,
				       .condition = (int16_t)(seq % 2),
				       .response = (int16_t)(seq % 2),
				       .correct = seq % 3 != 0,
				       .rt_ms = seq % 5 == 0 ? NAN : 400.5f + (float)seq,
				       .difficulty = NAN,
				       .onset_ms = 1000.0 * seq,
				       .detail = seq == 0 ? "{\"a\":1}" : NULL,
				       .detail_len = seq == 0 ? 7 : 0};
	return answered(a, db_trials_insert(db, &owner, trials, n, answer_trials, a));
}

struct answer *
do_seal(struct db *db, const struct temp_tenant *t, struct uuid person,
	struct uuid session, int n)
{
	struct answer *a = answer_new();

	return answered(a, db_session_seal(db, &t->organisation_id, &person, &session, n,
					   "{\"fps\": 60}", answer_sealed, a));
}

struct answer *
do_put(struct db *db, const struct temp_tenant *t, struct uuid person,
       struct uuid session, double value, bool usable, int trials)
{
	struct db_score_value values[] = {
		{"effect", "ms", value, 2.5, 40, value + 1, NAN, 48},
		{"undefined", "ms", NAN, NAN, 0, NAN, NAN, 0},
		{"accuracy", "", 0.1 + 0.2, 1e-300, 48, 0.5, 0.01, 48},
	};
	struct db_score score = {
		.owner = {.organisation_id = t->organisation_id,
			  .participant_id = person,
			  .session_id = session,
			  .task = "stroop",
			  .task_version = 1},
		.scorer_version = 3,
		.trials = trials,
		.usable = usable,
		.exclusion_json = "{\"rt_fast\": 2, \"session\": []}",
		.n_values = 3,
		.values = values,
	};
	struct answer *a = answer_new();

	return answered(a, db_score_put(db, &score, NULL, answer_done, a));
}

struct answer *
do_score(struct db *db, const struct temp_tenant *t, struct uuid person,
	 struct uuid session)
{
	struct answer *a = answer_new();

	return answered(a, db_score_get(db, &t->organisation_id, &person, &session,
					answer_score, a));
}

struct answer *
do_me(struct db *db, const struct temp_tenant *t, struct uuid person)
{
	struct answer *a = answer_new();

	return answered(a, db_participant_get(db, &t->organisation_id, &person, answer_me,
					      a));
}

struct answer *
do_engagement(struct db *db, const struct temp_tenant *t)
{
	struct answer *a = answer_new();

	return answered(a, db_cohort_engagement(db, &t->organisation_id, &t->cohort_id,
						answer_engagement, a));
}
