/** Programmes of cohorts: set by the operator, read with what a participant did so far.
 */
#ifndef DB_PROGRAMMES_H
#define DB_PROGRAMMES_H

#include <libpq-fe.h>

#include "base/errors.h"
#include "base/uuid.h"
#include "db/cohorts.h"

struct db;
struct db_cohort_key;

/* A session, planned or complete. Text is borrowed for the time of the callback. */
struct db_plan_session {
	struct uuid session_id;
	const char *task;
	const char *item;   /* NULL: free practice */
	const char *picked; /* tasks of its planned session, spaces between; "" none */
	bool complete;
	int64_t completed_unix_ms;
};

/* What is known of the person in a task; NAN: nothing. */
struct db_plan_task {
	const char *task;
	int task_version;
	double location_sd; /* of ability, in the task's units */
	double precision;   /* sum of 1 / standard error^2 of the primary score */
};

struct db_plan {
	int join_no;     /* 0: unknown */
	const char *arm; /* NULL: none */
	int64_t joined_unix_ms;
	int n_tasks;
	const char *tasks[COHORT_TASKS_MAX];
	int version;          /* of the programme; 0: there is none */
	const char *document; /* NULL: there is none */
	uint32_t seed;
	bool repeated;  /* a session was opened with that key before */
	int n_sessions; /* oldest first */
	const struct db_plan_session *sessions;
	int n_known;
	const struct db_plan_task *known;
};

typedef void db_plan_cb(void *arg, enum camp_err err, const struct db_plan *plan);

/**
 * Everything that a plan is made of, in one round trip. The primary score of tasks[i] is
 * scores[i], i < n. key is the hash of an Idempotency-Key, 16 bytes, or NULL.
 * NOT_FOUND when the participant was erased.
 */
CAMP_MUST_CHECK enum camp_err
db_plan_get(struct db *db, const struct uuid *organisation_id,
	    const struct uuid *participant_id, const char *const *tasks,
	    const char *const *scores, int n, const uint8_t *key, db_plan_cb *cb,
	    void *arg);

/* A complete session; what is not known is NULL, NAN or false. */
struct db_progress_row {
	struct uuid session_id;
	const char *task, *phase;
	int64_t completed_unix_ms;
	bool scored, usable;
	const char *score, *unit; /* NULL: not scored */
	double value, standard_error;
	int n; /* trials the score rests on */
	double threshold, threshold_sd;
	double engagement, engagement_low, engagement_high;
};

typedef void
db_progress_cb(void *arg, enum camp_err err, int n, const struct db_progress_row *rows);

/** The newest 500 complete sessions by task, oldest first. NOT_FOUND when erased. */
CAMP_MUST_CHECK enum camp_err
db_progress_get(struct db *db, const struct uuid *organisation_id,
		const struct uuid *participant_id, const char *const *tasks,
		const char *const *scores, int n, db_progress_cb *cb, void *arg);

/* ---- for the verbs of the command line: one transaction each, on role camp_owner ----
 */

struct db_programme_new {
	const char *document;
	uint32_t seed;
	const char *const *block; /* names of arms; see programme_block() */
	int n_block;
};

/**
 * Adds a version of a cohort's programme, in force at once, and deals arms to those who
 * joined before and have none of it. The connection must be inside a transaction that has
 * set the organisation, on camp_owner. Errors: as db_exec().
 */
CAMP_MUST_CHECK enum camp_err
db_programme_put(PGconn *conn, const struct uuid *cohort_id,
		 const struct db_programme_new *programme, int *version);

/** The same on a login connection outside a transaction. */
CAMP_MUST_CHECK enum camp_err
db_programme_set(PGconn *conn, const struct db_cohort_key *cohort,
		 const struct db_programme_new *programme, int *version);

/** How many have an arm, or no arm ("" as name). */
struct db_programme_arm {
	char name[32];
	int participants;
};

#define DB_PROGRAMME_ARMS_MAX 64

struct db_programme_shown {
	int version; /* 0: there is none */
	char *document;
	int n_arms;
	struct db_programme_arm arms[DB_PROGRAMME_ARMS_MAX];
};

/** The one in force. document is the caller's. Errors: as db_exec(). */
CAMP_MUST_CHECK enum camp_err
db_programme_show(PGconn *conn, const struct db_cohort_key *cohort,
		  struct db_programme_shown *out);

#endif
