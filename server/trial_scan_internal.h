/** What the two readers of trials share; not for others. */
#ifndef SERVER_TRIAL_SCAN_INTERNAL_H
#define SERVER_TRIAL_SCAN_INTERNAL_H

#include "server/json_read.h"
#include "server/trial_scan.h"

enum trial_field {
	TRIAL_FIELD_SEQ,
	TRIAL_FIELD_CONDITION,
	TRIAL_FIELD_CORRECT,
	TRIAL_FIELD_RT_MS,
	TRIAL_FIELD_ONSET_MS,
	TRIAL_FIELD_RESPONSE,
	TRIAL_FIELD_DIFFICULTY,
	TRIAL_FIELD_FLAGS,
	TRIAL_FIELD_TRIAL,
	TRIAL_FIELD_DETAIL,
	TRIAL_FIELDS
};

/** Empties it and keeps its memory. */
void trial_batch_reset(struct trial_batch *batch);

/** One more trial, not initialised; NULL without memory. Moves the others. */
struct trial *trial_batch_add(struct trial_batch *batch);

/**
 * While a batch is read, a compacted detail has a length and no address, as the text may
 * still move. This gives them their addresses, in the order of reading.
 */
void trial_batch_place_text(struct trial_batch *batch);

/** Sorts by seq; false when one is there twice. */
bool trial_batch_sort(struct trial_batch *batch);

#endif
