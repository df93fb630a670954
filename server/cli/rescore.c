#include "server/cli/rescore.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "db/rollup.h"
#include "db/sessions.h"
#include "server/cli/cli.h"
#include "server/cli/database.h"
#include "server/cli/progress.h"
#include "server/config.h"
#include "server/score_record.h"

#define DEFINITIONS_MAX 64
#define OPERATION_TIMEOUT_MS 60000
#define DIFFERENCES_SHOWN 20

/* What became of a session's stored score. */
enum verdict { EQUAL, MISSING, DIFFERENT };

struct rescore {
	const struct config *config;
	struct cli_database database;
	struct db_cohort_key cohort;
	PGconn *conn; /* camp_app, in the cohort's organisation */
	struct db *db;
	struct task_definition *definitions[DEFINITIONS_MAX];
	int n_definitions;
	struct progress progress;
	bool store, json;
	uint64_t count[3], stored;
};

/* One operation of db/, waited for: its callback runs on the database thread. */
struct wait {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
	enum camp_err err;
	const struct task_definition *def;
	struct score_record record; /* computed from the trials */
	enum verdict verdict;
};

static void
wait_finish(struct wait *w, enum camp_err err)
{
	pthread_mutex_lock(&w->lock);
	w->err = err;
	w->is_done = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

/* started is what queueing the operation returned. */
static enum camp_err
wait_for(struct wait *w, enum camp_err started)
{
	if (started != CAMP_OK)
		return started;
	pthread_mutex_lock(&w->lock);
	while (!w->is_done)
		pthread_cond_wait(&w->done, &w->lock);
	w->is_done = false;
	pthread_mutex_unlock(&w->lock);
	return w->err;
}

static void
on_sealed(void *arg, enum camp_err err, const struct db_sealed *sealed)
{
	struct wait *w = arg;

	if (err == CAMP_OK)
		err = score_record_fill(&w->record, w->def, &sealed->owner,
					&sealed->start, sealed->trials,
					(size_t)sealed->n_trials);
	wait_finish(w, err);
}

static bool
same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool
same_value(const struct db_score_value *a, const struct db_score_value *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->unit, b->unit) == 0 &&
	       same_number(a->value, b->value) &&
	       same_number(a->standard_error, b->standard_error) && a->n == b->n &&
	       same_number(a->raw_value, b->raw_value) &&
	       same_number(a->raw_standard_error, b->raw_standard_error) &&
	       a->raw_n == b->raw_n;
}

/* The database may order the members of an object otherwise. */
static bool
same_json(const char *a, const char *b)
{
	json_t *first = json_loads(a ? a : "", 0, NULL),
	       *second = json_loads(b ? b : "", 0, NULL);
	bool same = first && second && json_equal(first, second);

	json_decref(first);
	json_decref(second);
	return same;
}

static enum verdict
compare(const struct db_score *stored, const struct db_score *computed)
{
	if (stored->scorer_version == 0)
		return MISSING;
	if (stored->scorer_version != computed->scorer_version ||
	    stored->trials != computed->trials || stored->usable != computed->usable ||
	    stored->n_values != computed->n_values ||
	    !same_json(stored->exclusion_json, computed->exclusion_json))
		return DIFFERENT;
	for (int i = 0; i < stored->n_values; i++) {
		if (!same_value(&stored->values[i], &computed->values[i]))
			return DIFFERENT;
	}
	return EQUAL;
}

static void
on_score(void *arg, enum camp_err err, const struct db_score *score)
{
	struct wait *w = arg;

	if (err == CAMP_OK)
		w->verdict = compare(score, &w->record.score);
	wait_finish(w, err);
}

static void
on_stored(void *arg, enum camp_err err)
{
	wait_finish(arg, err);
}

/* Sessions are scored by the definition that they were made with. */
static const struct task_definition *
definition_for(struct rescore *r, const struct db_session_key *session)
{
	struct task_definition *def = NULL;
	char *json, why[256];

	for (int i = 0; i < r->n_definitions; i++) {
		if (strcmp(r->definitions[i]->name, session->task) == 0 &&
		    r->definitions[i]->version == session->task_version)
			return r->definitions[i];
	}
	if (r->n_definitions == DEFINITIONS_MAX ||
	    db_task_definition(r->conn, session->task, session->task_version, &json) !=
		    CAMP_OK)
		return NULL;
	if (task_definition_parse_kept(&def, json, strlen(json), why, sizeof(why)) ==
	    CAMP_OK)
		r->definitions[r->n_definitions++] = def;
	free(json);
	return def;
}

static enum camp_err
rescore_session(struct rescore *r, const struct db_session_key *session, struct wait *w)
{
	const struct uuid *organisation = &r->cohort.organisation_id;
	enum camp_err err;

	w->def = definition_for(r, session);
	if (!w->def)
		return CAMP_ERR_NOT_FOUND;
	/* Sealing again at the same number changes nothing and reads the trials. */
	err = wait_for(w, db_session_seal(r->db, organisation, &session->participant_id,
					  &session->session_id, session->trials, NULL,
					  on_sealed, w));
	if (err == CAMP_OK)
		err = wait_for(w,
			       db_score_get(r->db, organisation, &session->participant_id,
					    &session->session_id, on_score, w));
	if (err == CAMP_OK && w->verdict != EQUAL && r->store) {
		err = wait_for(w,
			       db_score_put(r->db, &w->record.score, NULL, on_stored, w));
		r->stored += err == CAMP_OK;
	}
	return err;
}

static void
tell_difference(struct rescore *r, const struct db_session_key *session,
		enum verdict verdict)
{
	char id[UUID_TEXT_LEN + 1];

	if (r->count[MISSING] + r->count[DIFFERENT] > DIFFERENCES_SHOWN)
		return;
	uuid_format(&session->session_id, id);
	progress_hide(&r->progress);
	fprintf(stderr, "session %s (%s): the stored score %s\n", id, session->task,
		verdict == MISSING ? "is missing" : "differs");
}

static int
rescore_all(struct rescore *r, const struct db_session_key *sessions, size_t n)
{
	struct wait w = {.lock = PTHREAD_MUTEX_INITIALIZER,
			 .done = PTHREAD_COND_INITIALIZER};
	enum camp_err err = CAMP_OK;

	progress_start(&r->progress, PROGRESS_TERMINAL, "score", "sessions", n);
	for (size_t i = 0; err == CAMP_OK && i < n && !cli_interrupted; i++) {
		err = rescore_session(r, &sessions[i], &w);
		score_record_clear(&w.record);
		if (err == CAMP_OK) {
			r->count[w.verdict]++;
			if (w.verdict != EQUAL)
				tell_difference(r, &sessions[i], w.verdict);
		}
		progress_show(&r->progress, i + 1, NULL);
	}
	progress_hide(&r->progress);
	if (err != CAMP_OK)
		return cli_fail("score", "%s", camp_err_title(err));
	return cli_interrupted ? CLI_INTERRUPTED : CLI_GO_ON;
}

static int
print_result(const struct rescore *r, size_t n)
{
	unsigned long long equal = r->count[EQUAL], missing = r->count[MISSING],
			   different = r->count[DIFFERENT], stored = r->stored;

	if (r->json)
		printf("{\"sessions\":%zu,\"equal\":%llu,\"missing\":%llu,\"different\":%"
		       "llu,"
		       "\"stored\":%llu}\n",
		       n, equal, missing, different, stored);
	else
		printf("%zu complete sessions: the stored scores of %llu are equal, of "
		       "%llu missing, "
		       "of %llu different; %llu stored\n",
		       n, equal, missing, different, stored);
	return missing + different > stored ? CLI_REFUSED : CLI_DONE;
}

static int
open_all(struct rescore *r, const char *code)
{
	struct db_options options = {.lanes = 1,
				     .queue_limit = 16,
				     .writer_queue_limit = 16,
				     .timeout_ms = OPERATION_TIMEOUT_MS};
	char why[512];
	int status = cli_database_open(&r->database, "score", r->config, false);

	if (status < 0)
		status = cli_database_cohort(&r->database, code, &r->cohort);
	if (status < 0)
		status = cli_database_connect(&r->database, DB_APP, &r->conn);
	if (status >= 0)
		return status;
	if (db_enter_organisation(r->conn, &r->cohort.organisation_id) != CAMP_OK)
		return cli_fail("score", "%s", camp_err_title(CAMP_ERR_UNAVAILABLE));
	options.conninfo = r->database.conninfo;
	if (db_open(&r->db, &options, why, sizeof(why)) != CAMP_OK)
		return cli_fail("score", "%s", why);
	return CLI_GO_ON;
}

static int
run(struct rescore *r, const char *code)
{
	struct db_session_key *sessions = NULL;
	size_t n = 0;
	int status = open_all(r, code);

	if (status < 0 &&
	    db_complete_sessions(r->conn, &r->cohort.cohort_id, &sessions, &n) != CAMP_OK)
		status = cli_fail("score", "the sessions cannot be read");
	if (status < 0)
		status = rescore_all(r, sessions, n);
	if (status < 0 && r->stored > 0 && db_rollup_drain(r->conn, NULL) != CAMP_OK)
		status = cli_fail("score", "the rollups cannot be brought up to date");
	if (status < 0)
		status = print_result(r, n);
	free(sessions);
	return status;
}

int
rescore_cohort(const struct config *config, const char *code, bool store, bool json)
{
	struct rescore r = {.config = config, .store = store, .json = json};
	int status = run(&r, code);

	db_close(r.db, 1000);
	PQfinish(r.conn);
	for (int i = 0; i < r.n_definitions; i++)
		task_definition_free(r.definitions[i]);
	cli_database_close(&r.database);
	return status;
}
