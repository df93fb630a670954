#include <config.h>

#include "db/rollup.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "db/conn.h"
#include "db/partitions.h"
#include "db/rollup_sql.h"

#define MARKS_PER_TRANSACTION "500"
#define IDLE_MS 300
#define IDLE_MAX_MS 30000
#define PARTITIONS_MS (3600 * 1000)
#define STOP_S 3

struct rollup {
	char *conninfo;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stopping;
	PGconn *conn; /* under the mutex when another thread looks */
};

/* ---- recomputing ---- */

/*
 * A row of cohort_rollup from the participants' rows: of participant_day for a day, of
 * participant_total for all days. $3 and $4 are the row's own task and day, '' and
 * -infinity for all, and are always bound. A participant has one row a task, so the mean
 * over rows counts each once.
 */
#define OF_COHORT "p.cohort_id = $1::uuid AND p.organisation_id = $2::uuid"
#define OF_TASK " AND p.task = $3::text"
#define OF_DAY " AND p.day = $4::date"

#define FOLD(table, where, scores) \
	"INSERT INTO cohort_rollup (cohort_id, task, day, organisation_id, " \
	"participants," \
	" sessions, trials, scores, computed_at)" \
	" SELECT $1::uuid, $3::text, $4::date, $2::uuid, count(DISTINCT " \
	"p.participant_id)," \
	"        coalesce(sum(p.sessions), 0), coalesce(sum(p.trials), 0), " scores \
	", now()" \
	"   FROM " table " p WHERE " where \
	" ON CONFLICT (cohort_id, task, day) DO UPDATE" \
	"  SET participants = excluded.participants, sessions = excluded.sessions," \
	"      trials = excluded.trials, scores = excluded.scores," \
	"      computed_at = excluded.computed_at"

#define SCORES(table, where) \
	"coalesce((SELECT jsonb_object_agg(y.name, jsonb_build_object('unit', y.unit," \
	"  'participants', y.n, 'mean', y.mean, 'sd', y.sd))" \
	" FROM (SELECT e.key AS name, min(e.value ->> 'unit') AS unit, count(*) AS n," \
	"              avg((e.value ->> 'mean')::float8) AS mean," \
	"              stddev_samp((e.value ->> 'mean')::float8) AS sd" \
	"         FROM " table " p CROSS JOIN LATERAL jsonb_each(p.scores) e" \
	"        WHERE " where " GROUP BY e.key) y), '{}')"

#define TASK_FOLD(table, where) FOLD(table, where, SCORES(table, where))
#define SUM_FOLD(table, where) FOLD(table, where, "'{}'::jsonb")

static const struct {
	const char *name, *sql;
	bool task, day; /* which of the two the row is about */
} folds[] = {
	{"rollup_task_day", TASK_FOLD("participant_day", OF_COHORT OF_TASK OF_DAY), true,
	 true},
	{"rollup_task", TASK_FOLD("participant_total", OF_COHORT OF_TASK), true, false},
	{"rollup_day", SUM_FOLD("participant_day", OF_COHORT OF_DAY), false, true},
	{"rollup_all", SUM_FOLD("participant_total", OF_COHORT), false, false},
};

#define N_FOLDS (sizeof(folds) / sizeof(folds[0]))

struct key {
	const char *organisation, *cohort, *task, *day;
};

/*
 * One transaction at a time recomputes a cohort: of two that overlap, the one that read
 * first could write last. Whoever waits here reads after the other's commit.
 */
static enum camp_err
cohort_enter(PGconn *conn, const struct key *key)
{
	const char *values[] = {key->organisation, key->cohort};

	return db_run(conn, "rollup_enter",
		      "SELECT set_config('app.org', $1, true),"
		      "       pg_advisory_xact_lock(hashtextextended($2, 4854417283908))",
		      2, values);
}

static enum camp_err
fold(PGconn *conn, size_t which, const struct key *key)
{
	const char *values[] = {key->cohort, key->organisation,
				folds[which].task ? key->task : "",
				folds[which].day ? key->day : "-infinity"};

	return db_run(conn, folds[which].name, folds[which].sql, 4, values);
}

static bool
differs(const char *a, const char *b)
{
	return a == NULL || strcmp(a, b) != 0;
}

/*
 * Rows of (organisation, cohort, task, day), ordered so. Totals come once: of a task
 * after its last day, of the days and the cohort after its last task.
 */
static enum camp_err
recompute(PGconn *conn, const PGresult *keys)
{
	struct key key = {0};
	enum camp_err err = CAMP_OK;
	int n = PQntuples(keys);

	for (int i = 0; err == CAMP_OK && i < n; i++) {
		bool new_cohort = differs(key.cohort, PQgetvalue(keys, i, 1));

		if (new_cohort)
			key.task = NULL;
		key.organisation = PQgetvalue(keys, i, 0);
		key.cohort = PQgetvalue(keys, i, 1);
		key.day = PQgetvalue(keys, i, 3);
		if (new_cohort)
			err = cohort_enter(conn, &key);
		if (err == CAMP_OK && new_cohort)
			err = fold(conn, 3, &key);
		if (err == CAMP_OK && differs(key.task, PQgetvalue(keys, i, 2))) {
			key.task = PQgetvalue(keys, i, 2);
			err = fold(conn, 1, &key);
		}
		if (err == CAMP_OK)
			err = fold(conn, 0, &key);
		if (err == CAMP_OK)
			err = fold(conn, 2, &key);
	}
	return err;
}

/* ---- the queue ---- */

/* ARRAY(...) is computed once, which IN (...) is not bound to be. */
static const char take_sql[] =
	"WITH taken AS (DELETE FROM rollup_dirty WHERE dirty_id = ANY (ARRAY("
	"  SELECT dirty_id FROM rollup_dirty ORDER BY dirty_id"
	"   LIMIT " MARKS_PER_TRANSACTION " FOR UPDATE SKIP LOCKED))"
	" RETURNING organisation_id, cohort_id, task, day)"
	" SELECT DISTINCT organisation_id, cohort_id, task, day::text FROM taken"
	" ORDER BY organisation_id, cohort_id, task, day";

static enum camp_err
end(PGconn *conn, enum camp_err err)
{
	if (err == CAMP_OK)
		return db_run(conn, "commit", "COMMIT", 0, NULL);
	PQclear(PQexec(conn, "ROLLBACK"));
	return err;
}

/* One transaction; *n is the number of keys it recomputed. */
static enum camp_err
drain_some(PGconn *conn, int *n)
{
	PGresult *keys = NULL;
	enum camp_err err;

	*n = 0;
	err = db_run(conn, "begin", "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL);
	if (err != CAMP_OK)
		return err;
	err = db_run(conn, "rollup_worker",
		     "SELECT set_config('app.worker', 'rollup', true)", 0, NULL);
	if (err == CAMP_OK)
		err = db_exec(conn, "rollup_take", take_sql, 0, NULL, &keys);
	if (err == CAMP_OK)
		err = recompute(conn, keys);
	if (err == CAMP_OK)
		*n = PQntuples(keys);
	PQclear(keys);
	return end(conn, err);
}

enum camp_err
db_rollup_drain(PGconn *conn, int *n_done)
{
	enum camp_err err;
	int n, total = 0, tries = 0;

	do {
		err = drain_some(conn, &n);
		/* A deadlock or serialization failure undid it: the marks are still
		 * there. */
		if (err == CAMP_ERR_BUSY && ++tries <= 3) {
			n = 1;
			err = CAMP_OK;
			continue;
		}
		total += err == CAMP_OK ? n : 0;
	} while (err == CAMP_OK && n > 0);
	if (n_done != NULL)
		*n_done = total;
	return err;
}

/* A participant's totals, as participant_total_put (db/scores.c) computes them for one.
 */
static const char totals_sql[] =
	"INSERT INTO participant_total (participant_id, task, organisation_id, cohort_id,"
	" sessions, trials, scores)"
	" SELECT d.participant_id, d.task, d.organisation_id, d.cohort_id,"
	"        sum(d.sessions), sum(d.trials), coalesce(("
	"         SELECT jsonb_object_agg(m.name, jsonb_build_object("
	"          'unit', m.unit, 'mean', m.mean, 'n', m.n))"
	"           FROM (" PARTICIPANT_MEANS(
		"d.participant_id",
		"d.task") ") m), '{}')"
			  "   FROM participant_day d WHERE d.cohort_id = $1::uuid"
			  "  GROUP BY d.participant_id, d.task, d.organisation_id, "
			  "d.cohort_id";

enum camp_err
db_participant_totals(PGconn *conn, const struct uuid *cohort_id)
{
	char cohort[UUID_TEXT_LEN + 1];
	const char *values[] = {cohort};
	enum camp_err err;

	uuid_format(cohort_id, cohort);
	err = db_run(conn, "totals_clear",
		     "DELETE FROM participant_total WHERE cohort_id = $1::uuid", 1,
		     values);
	if (err == CAMP_OK)
		err = db_run(conn, "totals_put", totals_sql, 1, values);
	return err;
}

enum camp_err
db_rollup_cohort(PGconn *conn, const struct uuid *organisation_id,
		 const struct uuid *cohort_id)
{
	char organisation[UUID_TEXT_LEN + 1], cohort[UUID_TEXT_LEN + 1];
	const char *values[] = {organisation, cohort};
	struct key key = {.organisation = organisation, .cohort = cohort};
	PGresult *keys = NULL;
	enum camp_err err;

	uuid_format(organisation_id, organisation);
	uuid_format(cohort_id, cohort);
	err = db_run(conn, "begin", "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL);
	if (err != CAMP_OK)
		return err;
	err = cohort_enter(conn, &key);
	if (err == CAMP_OK)
		err = db_run(conn, "rollup_clear",
			     "DELETE FROM cohort_rollup"
			     " WHERE organisation_id = $1::uuid AND cohort_id = $2::uuid",
			     2, values);
	if (err == CAMP_OK)
		err = db_participant_totals(conn, cohort_id);
	if (err == CAMP_OK)
		err = db_exec(conn, "rollup_keys",
			      "SELECT DISTINCT organisation_id, cohort_id, task, "
			      "day::text"
			      "  FROM participant_day"
			      " WHERE organisation_id = $1::uuid AND cohort_id = $2::uuid"
			      " ORDER BY organisation_id, cohort_id, task, day",
			      2, values, &keys);
	if (err == CAMP_OK)
		err = recompute(conn, keys);
	PQclear(keys);
	return end(conn, err);
}

/* ---- the thread ---- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True when it is time to stop. */
static bool
rest(struct rollup *r, int64_t ms)
{
	struct timespec until;
	bool stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&r->mutex);
	while (!r->stopping && pthread_cond_timedwait(&r->wake, &r->mutex, &until) == 0)
		;
	stopping = r->stopping;
	pthread_mutex_unlock(&r->mutex);
	return stopping;
}

/* The connection that rollup_close() may have to shut. */
static void
conn_set(struct rollup *r, PGconn *conn)
{
	pthread_mutex_lock(&r->mutex);
	PQfinish(r->conn);
	r->conn = conn;
	pthread_mutex_unlock(&r->mutex);
}

static enum camp_err
connect_as(struct rollup *r, enum db_role role)
{
	char why[256];
	PGconn *conn;
	enum camp_err err = db_conn_open(&conn, r->conninfo, role, why, sizeof(why));

	if (err == CAMP_OK)
		conn_set(r, conn);
	return err;
}

static int
month_now(void)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	return tm.tm_year * 12 + tm.tm_mon;
}

/*
 * Hourly, as months begin whether or not anybody runs `camp migrate`; and at once when
 * the clock was set to another month.
 */
static void
partitions(struct rollup *r)
{
	enum camp_err err = connect_as(r, DB_LOGIN);

	if (err == CAMP_OK)
		err = db_partitions_ahead(r->conn);
	if (err != CAMP_OK)
		log_event(LOG_WARNING, "the coming months' partitions are not ensured",
			  log_text("why", camp_err_title(err)));
	conn_set(r, NULL);
}

static void *
thread_main(void *arg)
{
	struct rollup *r = arg;
	int64_t partitions_at = now_ms(), wait = 0;
	int month = -1;

	while (!rest(r, wait)) {
		int64_t start = now_ms();
		enum camp_err err = CAMP_OK;

		if (start >= partitions_at || month != month_now()) {
			month = month_now();
			partitions(r);
			partitions_at = start + PARTITIONS_MS;
		}
		if (r->conn == NULL)
			err = connect_as(r, DB_APP);
		if (err == CAMP_OK)
			err = db_rollup_drain(r->conn, NULL);
		if (err != CAMP_OK)
			conn_set(r, NULL);
		/* At most a fifth of the time, however much there is to recompute. */
		wait = IDLE_MS + 4 * (now_ms() - start);
		if (wait > IDLE_MAX_MS)
			wait = IDLE_MAX_MS;
		log_flush();
	}
	conn_set(r, NULL);
	return NULL;
}

enum camp_err
rollup_open(struct rollup **out, const char *conninfo)
{
	struct rollup *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;
	sigset_t all, old;
	int failed = 1;

	*out = NULL;
	if (r == NULL)
		return CAMP_ERR_MEMORY;
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	r->conninfo = strdup(conninfo);
	if (r->conninfo != NULL) {
		/* Signals are the main thread's. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		failed = pthread_create(&r->thread, NULL, thread_main, r);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	if (failed == 0) {
		*out = r;
		return CAMP_OK;
	}
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->mutex);
	free(r->conninfo);
	free(r);
	return CAMP_ERR_MEMORY;
}

void
rollup_close(struct rollup *r)
{
	struct timespec until;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	r->stopping = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_S;
	if (pthread_timedjoin_np(r->thread, NULL, &until) != 0) {
		/* The database does not answer: end the wait from this side. */
		pthread_mutex_lock(&r->mutex);
		if (r->conn != NULL)
			shutdown(PQsocket(r->conn), SHUT_RDWR);
		pthread_mutex_unlock(&r->mutex);
		pthread_join(r->thread, NULL);
	}
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->mutex);
	free(r->conninfo);
	free(r);
}
