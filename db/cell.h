/**
 * One row of trial_cell: up to TRIALS_PER_CELL trials of a session as typed arrays.
 *
 * A row travels as a tuple of PostgreSQL's binary COPY format (a field count, then length
 * and bytes of each field), whose fields are also the binary parameters and results of
 * ordinary statements. Arrays that hold nothing but "none" are NULL.
 */
#ifndef DB_CELL_H
#define DB_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/errors.h"
#include "base/trial.h"

/* The columns in the order of the table. */
enum cell_column {
	CELL_PARTICIPANT_ID,
	CELL_SESSION_ID,
	CELL_CELL,
	CELL_ORGANISATION_ID,
	CELL_TASK,
	CELL_TASK_VERSION,
	CELL_PRESENT,
	CELL_TRIAL,
	CELL_CONDITION,
	CELL_CORRECT,
	CELL_RT_MS,
	CELL_ONSET_MS,
	CELL_DIFFICULTY,
	CELL_RESPONSE,
	CELL_FLAGS,
	CELL_DETAIL,
	CELL_RECEIVED_AT,
	CELL_COLUMNS
};

/** Their names, comma-separated, for statements. */
extern const char cell_column_list[];

/* The fields of a row in binary format, borrowed; len -1 is NULL. */
struct cell_row {
	const char *data[CELL_COLUMNS];
	int len[CELL_COLUMNS];
};

/** The cell of a trial, and the number of trials that a present mask holds. */
static inline int32_t
cell_of_seq(int32_t seq)
{
	return seq / TRIALS_PER_CELL;
}

static inline int
cell_count(uint32_t present)
{
	return __builtin_popcount(present);
}

/**
 * Appends the tuple of n trials of one cell, 1 <= n <= 32, seq ascending without repeats.
 * received_us: microseconds since 2000-01-01 UTC. Failure: out->failed.
 */
void cell_encode(struct buffer *out, const struct trial_owner *owner,
		 const struct trial *trials, size_t n, int64_t received_us);

/** Now, as cell_encode() wants it. */
int64_t cell_now_us(void);

/** The fields of the tuple at data[0..len); false when that is not one whole tuple. */
bool cell_row_from_tuple(struct cell_row *row, const char *data, size_t len);

/**
 * The trials of a row, in order; detail points into the row. Only the columns cell,
 * present, trial .. detail are read. FAULT when the row contradicts itself.
 */
CAMP_MUST_CHECK enum camp_err
cell_decode(const struct cell_row *row, struct trial trials[TRIALS_PER_CELL], size_t *n);

/** True when all that a client said about a trial is the same. */
bool cell_trial_equal(const struct trial *a, const struct trial *b);

/**
 * Merges offered trials (same cell, ascending) into trials[0..*n): new ones are added,
 * those already there win. Adds to counts; conflicting[0..*n_conflicting) points at the
 * offered trials that differ. True when *trials changed.
 */
bool
cell_merge(struct trial trials[TRIALS_PER_CELL], size_t *n, const struct trial *offered,
	   size_t n_offered, struct trial_counts *counts,
	   const struct trial *conflicting[TRIALS_PER_CELL], size_t *n_conflicting);

/** Appends what trial_conflict keeps of a trial: a JSON object, codes as in the row. */
void cell_trial_json(struct buffer *out, const struct trial *t);

#endif
