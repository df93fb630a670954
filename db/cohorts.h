/** Cohorts as people meet them: by join code, by read token, as aggregates. */
#ifndef DB_COHORTS_H
#define DB_COHORTS_H

#include "base/errors.h"
#include "base/uuid.h"

struct db;

#define JOIN_CODE_LEN 8
#define TOKEN_HASH_BYTES 32
#define COHORT_TASKS_MAX 32

/* Text is borrowed for the time of the callback. */
struct db_cohort {
	struct uuid cohort_id, organisation_id;
	const char *name, *organisation_name;
	bool demo; /* filled with simulated participants */
	int consent_version;
	const char *consent_json; /* {"en": "...", "zh-Hans": "..."} */
	int n_tasks;
	const char *tasks[COHORT_TASKS_MAX];
};

/* cohort is NULL unless err is CAMP_OK. */
typedef void db_cohort_cb(void *arg, enum camp_err err, const struct db_cohort *cohort);

/** Looks a cohort up by its 8-character code (role camp_auth). NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_cohort_by_join_code(struct db *db, const char *code, db_cohort_cb *cb, void *arg);

/** The same by id and the BLAKE2b-256 hash of its read token. NOT_FOUND for either. */
CAMP_MUST_CHECK enum camp_err
db_cohort_by_read_token(struct db *db, const struct uuid *cohort_id,
			const uint8_t hash[TOKEN_HASH_BYTES], db_cohort_cb *cb,
			void *arg);

/*
 * One row of the rollups that a cohort page reads: a (task, day) pair, or one task over
 * all days (day[0] == 0), or all tasks of one day (task[0] == 0), or everything (both
 * empty).
 */
struct db_rollup_row {
	char task[32];
	char day[11]; /* YYYY-MM-DD in UTC */
	int participants, sessions;
	int64_t trials;
};

/*
 * The mean over participants (each counted once, by the mean of their sessions' scores)
 * of one score: for a task over all days (day[0] == 0) or on one day.
 */
struct db_rollup_score {
	char task[32], day[11], name[48], unit[16];
	int participants;
	double mean, sd; /* between participants; sd is NAN for fewer than two */
};

struct db_engagement {
	int64_t as_of_unix_ms; /* the rollups include everything completed before this */
	int n_rows, n_scores;
	const struct db_rollup_row *rows;
	const struct db_rollup_score *scores;
};

typedef void
db_engagement_cb(void *arg, enum camp_err err, const struct db_engagement *engagement);

/**
 * The cohort's aggregates from its rollups only, unsuppressed: the caller suppresses
 * small groups (models/stats/suppress.h). Days ascend.
 */
CAMP_MUST_CHECK enum camp_err
db_cohort_engagement(struct db *db, const struct uuid *organisation_id,
		     const struct uuid *cohort_id, db_engagement_cb *cb, void *arg);

#endif
