/** Participants: joining a cohort, and what one may read of oneself. */
#ifndef DB_PARTICIPANTS_H
#define DB_PARTICIPANTS_H

#include "base/errors.h"
#include "base/uuid.h"

struct db;

#define REQUEST_HASH_BYTES 16

struct db_join {
	struct uuid organisation_id, cohort_id;
	/*
	 * Made by the caller from (cohort, Idempotency-Key) with a keyed hash, so that a
	 * repeated join finds the first one.
	 */
	struct uuid participant_id;
	uint8_t request_hash[REQUEST_HASH_BYTES]; /* of the body: KEY_REUSED if it differs
						   */
	int consent_version;
	const char *pseudonym; /* 1..64 of [A-Za-z0-9._-], or NULL */
	const char *age_band;  /* "under-18", "18-29", ... or NULL */
	const char *language;  /* BCP 47, "en", "zh-Hans", "es" or "ar" */
	const char *guardian;  /* reserved for the guardian rule; NULL */
};

typedef void db_join_cb(void *arg, enum camp_err err, bool repeated);

/**
 * Stores participant and consent in one transaction. A repeat within 24 hours is CAMP_OK
 * with repeated set; later KEY_EXPIRED; with another body KEY_REUSED.
 */
CAMP_MUST_CHECK enum camp_err
db_participant_join(struct db *db, const struct db_join *join, db_join_cb *cb, void *arg);

struct db_session_row {
	struct uuid session_id;
	char task[32];
	int task_version;
	const char *label; /* NULL: none */
	bool complete;
	int trials;                                 /* sealed number; -1 while open */
	int64_t created_unix_ms, completed_unix_ms; /* 0: not yet */
};

struct db_me {
	struct uuid participant_id, cohort_id;
	const char *cohort_name, *organisation_name,
		*pseudonym; /* pseudonym may be NULL */
	int consent_version;
	int64_t joined_unix_ms;
	int n_tasks;
	const char *tasks[32];
	int n_sessions; /* newest first, at most 50 */
	const struct db_session_row *sessions;
};

typedef void db_me_cb(void *arg, enum camp_err err, const struct db_me *me);

/** NOT_FOUND when the participant was erased. */
CAMP_MUST_CHECK enum camp_err
db_participant_get(struct db *db, const struct uuid *organisation_id,
		   const struct uuid *participant_id, db_me_cb *cb, void *arg);

#endif
