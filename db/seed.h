/**
 * Makes cohorts, and fills a demo cohort with people who never were: all in one
 * transaction, statements pipelined, for the verbs of the command line only.
 */
#ifndef DB_SEED_H
#define DB_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/trial.h"
#include "base/uuid.h"
#include "db/cohorts.h"
#include "db/programmes.h"
#include "db/sessions.h"
#include "db/tasks.h"

struct db_seeder;

struct db_cohort_new {
	struct uuid cohort_id, organisation_id;
	const char *name;
	const char *join_code; /* 8 of [A-Z0-9] */
	uint8_t read_token_hash[TOKEN_HASH_BYTES];
	int consent_version;
	const char *consent_json; /* {"en": "...", ...} */
	const char *const *tasks;
	int n_tasks;
	bool demo;
	int64_t created_unix_ms;
};

struct db_seed_person {
	struct uuid participant_id;
	const char *pseudonym, *age_band, *language; /* the first two may be NULL */
	int64_t joined_unix_ms;
	int join_no; /* from 1, in order of joining */
};

struct db_seed_session {
	const struct db_score *score; /* with its owner and number of trials */
	const struct trial *trials;   /* score->trials of them, seq from 0 */
	uint32_t seed;
	const char *device_json;
	int64_t created_unix_ms, completed_unix_ms;
	/* Of the programme; NULL: free practice. Tasks of the planned session, with
	 * spaces. */
	const char *phase, *item, *picked;
};

/* The demo cohort that a database has. */
struct db_demo {
	struct uuid cohort_id, organisation_id;
	char join_code[JOIN_CODE_LEN + 1];
	uint8_t read_token_hash[TOKEN_HASH_BYTES];
};

/**
 * Connects, enters the tasks, makes the months' partitions and begins the transaction;
 * others that seed wait until it ends. The login must be allowed to take camp_owner and
 * camp_auth. On failure *out is NULL and why holds one sentence. Errors: UNAVAILABLE,
 * INVALID (a task entered before with another definition), STORAGE_FULL, FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_seed_open(struct db_seeder **out, const char *conninfo, const struct db_task *tasks,
	     int n_tasks, int64_t from_unix_ms, int64_t to_unix_ms, char *why,
	     size_t why_size);
/** Commits, then brings the rollups up to date. Still to be closed. */
CAMP_MUST_CHECK enum camp_err db_seed_commit(struct db_seeder *seeder);
/** Closes; what was not committed never was. NULL-safe. */
void db_seed_close(struct db_seeder *seeder);

/** The oldest demo cohort. NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_seed_find_demo(struct db_seeder *seeder, struct db_demo *out);
/** The organisation of that name (the oldest, should there be several). NOT_FOUND. */
CAMP_MUST_CHECK enum camp_err
db_seed_find_organisation(struct db_seeder *seeder, const char *name, struct uuid *out);

/** Everything below belongs to this organisation. */
CAMP_MUST_CHECK enum camp_err
db_seed_enter(struct db_seeder *seeder, const struct uuid *organisation_id);
/** Makes the organisation entered. */
CAMP_MUST_CHECK enum camp_err
db_seed_organisation(struct db_seeder *seeder, const struct uuid *organisation_id,
		     const char *name);
CAMP_MUST_CHECK enum camp_err
db_seed_cohort(struct db_seeder *seeder, const struct db_cohort_new *cohort);
/** Replaces a cohort's read token. */
CAMP_MUST_CHECK enum camp_err
db_seed_read_token(struct db_seeder *seeder, const struct uuid *cohort_id,
		   const uint8_t hash[TOKEN_HASH_BYTES]);

CAMP_MUST_CHECK enum camp_err
db_seed_has_programme(struct db_seeder *seeder, const struct uuid *cohort_id, bool *out);
/** Gives a cohort a programme; those who joined before are dealt arms. */
CAMP_MUST_CHECK enum camp_err
db_seed_programme(struct db_seeder *seeder, const struct uuid *cohort_id,
		  const struct db_programme_new *programme);

/* These are only sent; what failed shows at db_seed_flush(). */
void db_seed_person(struct db_seeder *seeder, const struct db_cohort_new *cohort,
		    const struct db_seed_person *person);
void db_seed_session(struct db_seeder *seeder, const struct db_cohort_new *cohort,
		     const struct db_seed_session *session);
/** Waits for all that was sent; then computes participant_day and marks the rollups. */
CAMP_MUST_CHECK enum camp_err
db_seed_flush(struct db_seeder *seeder, const struct uuid *cohort_id);

#endif
