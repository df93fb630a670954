/** Calls of db/ that wait for their callback, with copies of what it was given. */
#ifndef TESTS_INTEGRATION_DB_AWAIT_H
#define TESTS_INTEGRATION_DB_AWAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/cohorts.h"
#include "db/db.h"
#include "db/eeg.h"
#include "db/forecasts.h"
#include "db/participants.h"
#include "db/sessions.h"
#include "db/trials.h"
#include "tests/support/temp_db.h"

#define AWAIT_ROWS 64
#define AWAIT_TRIALS 4096

/* One call's answer. */
struct answer {
	pthread_mutex_t mutex;
	pthread_cond_t came;
	int n_calls;
	enum camp_err err;
	/* Copies, of whichever kind the call gives. */
	bool repeated, demo, already, usable, given;
	char name[64], organisation_name[64], consent_json[256], pseudonym[65];
	char tasks[COHORT_TASKS_MAX][32];
	int n_tasks, consent_version;
	struct uuid cohort_id, organisation_id;
	int n_sessions;
	struct uuid session_ids[AWAIT_ROWS];
	uint32_t seeds[AWAIT_ROWS];
	struct db_session_row rows[AWAIT_ROWS];
	int n_missing;
	struct db_seq_range missing[16];
	int n_trials;
	struct trial trials[AWAIT_TRIALS];
	char detail[64];
	int64_t completed_unix_ms, as_of_unix_ms;
	int scorer_version, trials_sealed;
	char exclusion[256];
	int n_values;
	struct {
		char name[48], unit[16];
		double value, standard_error, raw_value, raw_standard_error;
		int n, raw_n;
	} values[AWAIT_ROWS];
	int n_rollup_rows, n_rollup_scores;
	struct db_rollup_row rollup_rows[AWAIT_ROWS];
	struct db_rollup_score rollup_scores[AWAIT_ROWS];
	struct trial_counts counts;
	struct eeg_counts eeg_counts;
	struct eeg_setup eeg_setup; /* without its texts, but for the channels below */
	char eeg_device[65], eeg_channels[EEG_CHANNELS_MAX][8];
	int n_epochs;
	struct eeg_epoch epochs[AWAIT_ROWS];
	/* [EEG_BANDS + 1][channels]: power, then quality, -1 when there is none */
	float powers[AWAIT_ROWS][(EEG_BANDS + 1) * 4];
};

struct answer *answer_new(void);
void answer_free(struct answer *a);
/** Waits until it came; fails the test after 20 s. */
void answer_wait(struct answer *a);

/* The callbacks; arg is a struct answer. */
db_cohort_cb answer_cohort;
db_engagement_cb answer_engagement;
db_join_cb answer_join;
db_me_cb answer_me;
db_sessions_created_cb answer_created;
db_sealed_cb answer_sealed;
db_done_cb answer_done;
db_score_cb answer_score;
db_trials_cb answer_trials;
db_eeg_cb answer_eeg;
db_eeg_read_cb answer_eeg_read;
db_session_forecast_cb answer_forecast;

/** An open database with 3 lanes; the test fails when it does not open. */
struct db *open_db(const char *conninfo);

/* Call, wait and return the answer, which the caller frees. */
struct answer *
do_join(struct db *db, const struct temp_tenant *t, struct uuid person, int hash);
struct answer *do_create(struct db *db, const struct temp_tenant *t, struct uuid person,
			 int key, int hash, int n);
struct answer *do_upload(struct db *db, const struct temp_tenant *t, struct uuid person,
			 struct uuid session, int from, int to);
struct answer *do_seal(struct db *db, const struct temp_tenant *t, struct uuid person,
		       struct uuid session, int n);
struct answer *do_put(struct db *db, const struct temp_tenant *t, struct uuid person,
		      struct uuid session, double value, bool usable, int trials);
struct answer *do_score(struct db *db, const struct temp_tenant *t, struct uuid person,
			struct uuid session);
struct answer *do_me(struct db *db, const struct temp_tenant *t, struct uuid person);
struct answer *do_engagement(struct db *db, const struct temp_tenant *t);

#endif
