/**
 * Sessions: created a few ahead, sealed at a number of trials, scored once.
 *
 * A session is sealed with the number of its trials, all of which must be stored. As a
 * stored trial never changes, the trials below that number are final from then on, so a
 * score needs no lock and no second look; later uploads beyond it are kept but not
 * scored.
 */
#ifndef DB_SESSIONS_H
#define DB_SESSIONS_H

#include "base/errors.h"
#include "base/trial.h"
#include "base/uuid.h"
#include "db/adapters.h"
#include "db/eeg.h"
#include "db/db.h"

struct db_forecast;

#define SESSIONS_PER_REQUEST_MAX 4

struct db_session_new {
	struct uuid organisation_id, participant_id;
	uint8_t key[16];          /* hash of the Idempotency-Key */
	uint8_t request_hash[16]; /* of the body: KEY_REUSED if it differs */
	int n;                    /* 1..SESSIONS_PER_REQUEST_MAX */
	struct uuid session_ids[SESSIONS_PER_REQUEST_MAX]; /* used unless this repeats */
	uint32_t seeds[SESSIONS_PER_REQUEST_MAX];
	char task[32];
	int task_version;
	const char *label;       /* 1..64 of [A-Za-z0-9._-], or NULL */
	const char *device_json; /* the device and timing profile, or NULL */
	/* Of the programme; all NULL: free practice. */
	const char *phase, *item;
	const char *parameters_json; /* what the programme sets, or NULL */
	const char *const *picked;   /* tasks of the planned session, item by item */
	int n_picked, programme_version;
};

/* What a session found out about an adaptive task; location_sd 0: nothing. In task units.
 */
struct db_ability {
	double threshold, threshold_sd; /* where practice settles; not read back */
	double settles_at;              /* share correct there; not read back */
	double location, location_sd;
	double slope, slope_sd; /* per unit; sd 0: not estimated */
};

/* What the difficulties of a session follow from, beside its answers. */
struct db_session_start {
	uint32_t seed;
	struct db_ability ability; /* of sessions before it */
	bool adaptive_set;         /* the parameter "adaptive" was set: */
	bool adaptive;             /* and is not 0 */
	/* Only when made; borrowed for the time of the callback. NULL: free practice. */
	const char *phase, *item, *parameters_json;
};

/* The sessions of the first such request, in its order. */
typedef void db_sessions_created_cb(void *arg, enum camp_err err, int n,
				    const struct uuid *session_ids,
				    const struct db_session_start *starts);

/** NOT_FOUND when the participant was erased; KEY_REUSED. */
CAMP_MUST_CHECK enum camp_err
db_sessions_create(struct db *db, const struct db_session_new *session,
		   db_sessions_created_cb *cb, void *arg);

/* A run of trials that a session lacks, both ends included. */
struct db_seq_range {
	int32_t from, to;
};

struct db_sealed {
	struct trial_owner owner;
	struct db_session_start start;
	int64_t completed_unix_ms;
	bool already; /* it was complete before, with the same number of trials */
	/* On TRIALS_MISSING: what has not arrived, at most 16 ranges. */
	int n_missing;
	const struct db_seq_range *missing;
	/* On CAMP_OK: trials 0 .. n_trials - 1 in order; text borrowed for the callback.
	 */
	int n_trials;
	const struct trial *trials;
	struct db_eeg eeg;         /* of the session so far; n = 0: none */
	struct db_adapter adapter; /* of the person; n = 0: none in use */
};

/* sealed is given on CAMP_OK, TRIALS_MISSING, SESSION_COMPLETE, SESSION_OPEN; else NULL.
 */
typedef void db_sealed_cb(void *arg, enum camp_err err, const struct db_sealed *sealed);

/**
 * Seals the session at n_trials and reads those trials. device_json (or NULL) replaces
 * the stored device profile. TRIALS_MISSING seals nothing; SESSION_COMPLETE when it is
 * sealed at another number; NOT_FOUND.
 */
CAMP_MUST_CHECK enum camp_err
db_session_seal(struct db *db, const struct uuid *organisation_id,
		const struct uuid *participant_id, const struct uuid *session_id,
		int n_trials, const char *device_json, db_sealed_cb *cb, void *arg);

struct db_score_value {
	const char *name, *unit;
	double value, standard_error; /* after exclusions; NAN when not defined */
	int n;
	double raw_value, raw_standard_error; /* without exclusions */
	int raw_n;
};

struct db_score {
	struct trial_owner owner;
	int64_t completed_unix_ms; /* filled by db_score_get(); ignored by db_score_put()
				    */
	int scorer_version;
	int trials;
	bool usable;                /* false: a session-level exclusion rule applies */
	const char *exclusion_json; /* {"rt_fast": 3, ..., "session": ["accuracy"]} */
	int n_values;
	const struct db_score_value *values;
	/* NULL: none found. Replaces that of an earlier session only. */
	const struct db_ability *ability;
};

/** Replaces the session's scores and recomputes its participant's day, in one
 * transaction. The forecast (NULL: none) is stored with them unless there is one.
 */
CAMP_MUST_CHECK enum camp_err
db_score_put(struct db *db, const struct db_score *score,
	     const struct db_forecast *forecast, db_done_cb *cb, void *arg);

typedef void db_score_cb(void *arg, enum camp_err err, const struct db_score *score);

/**
 * The stored score. SESSION_OPEN before completion; NOT_FOUND; score->scorer_version is 0
 * when the session is sealed but its score was never stored (the server died between the
 * two: the caller scores again from db_session_seal()).
 */
CAMP_MUST_CHECK enum camp_err
db_score_get(struct db *db, const struct uuid *organisation_id,
	     const struct uuid *participant_id, const struct uuid *session_id,
	     db_score_cb *cb, void *arg);

#endif
