/**
 * One trial, as it travels between the HTTP body, the database and the scorers.
 *
 * Condition and response are codes: the index into the lists of the task's definition
 * (models/tasks/definition.h), so that rows stay small and names are checked on arrival.
 */
#ifndef BASE_TRIAL_H
#define BASE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/* Limits of what a client may send; openapi.yaml states the same numbers. */
#define TRIAL_SEQ_MAX 99999            /* largest seq of a session */
#define TRIAL_NUMBER_MAX 1000000       /* largest trial number of a recording */
#define TRIAL_RT_MS_MAX 600000.0       /* ten minutes */
#define TRIAL_ONSET_MS_MAX 86400000.0  /* a day on the session's clock */
#define TRIAL_DIFFICULTY_MAX 1000000.0 /* either sign */
#define TRIAL_DETAIL_BYTES_MAX 2048    /* one trial's detail, as compact JSON */
#define TRIALS_PER_REQUEST_MAX 1024

#define TRIALS_PER_CELL 32

/* What may have disturbed a trial; flags[] in the body holds these names. */
enum trial_flag {
	TRIAL_TOUCH = 1 << 0,          /* "touch": answered by touch, not keyboard */
	TRIAL_FRAMES_DROPPED = 1 << 1, /* "frames_dropped": exposure missed a frame */
	TRIAL_BLURRED = 1 << 2,        /* "blurred": the page lost focus during it */
	TRIAL_RESUMED = 1 << 3,        /* "resumed": first trial after a reload */
	TRIAL_CATCH = 1 << 4,          /* "catch": an attention check */
	TRIAL_TIMEOUT = 1 << 5,        /* "timeout": the deadline passed */
};

struct trial {
	int32_t seq;       /* place in the session, from 0 */
	int32_t trial;     /* number in a recording; -1: none given */
	int16_t condition; /* index into the definition's conditions */
	int16_t response;  /* index into the definition's responses; -1: none given */
	uint16_t flags;    /* enum trial_flag */
	bool correct;
	float rt_ms;        /* NAN: no response */
	float difficulty;   /* NAN: none given */
	double onset_ms;    /* on the session's clock; NAN: none given */
	const char *detail; /* a JSON object's text, borrowed; NULL: none */
	uint32_t detail_len;
};

/* The session that trials belong to; everything in it was proved by the session token. */
struct trial_owner {
	struct uuid organisation_id, participant_id, session_id;
	char task[32];
	int16_t task_version;
};

/* What became of an upload. Their sum is the number of trials sent. */
struct trial_counts {
	int32_t stored, repeated, conflicting;
};

/** The flag's bit, or 0 for an unknown name. */
uint16_t trial_flag_from_name(const char *name, size_t len);
/** The name of one bit; NULL for none. */
const char *trial_flag_name(uint16_t bit);

#endif
