/**
 * The body of an upload, {"trials": [...]}, to trials.
 *
 * Two readers with one verdict: a one-pass scanner for what our own clients send, and
 * jansson for everything else, which also finds the words for what is wrong. The scanner
 * never refuses: whatever it does not know, it hands over. tests/fuzz/fuzz_trial_scan.c
 * holds the two against each other.
 */
#ifndef SERVER_TRIAL_SCAN_H
#define SERVER_TRIAL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/errors.h"
#include "base/problem.h"
#include "base/trial.h"
#include "models/tasks/definition.h"

/*
 * Trials in ascending order of seq. Their detail points into the body or into text, so
 * both must outlive them; it is compact JSON, the same for the same content however it
 * was spaced. Zeroed memory is an empty batch; one batch can serve many requests.
 */
struct trial_batch {
	struct trial *trials;
	size_t n, cap;
	struct buffer text;
};

/** Frees its memory; safe on a zeroed batch, usable again afterwards. */
void trial_batch_clear(struct trial_batch *batch);

/**
 * Replaces the batch by the trials of body[0..len).
 *
 * Errors, with why filled and the batch empty: BODY (not JSON, repeated keys, too deep),
 * INVALID (an entry with a pointer for each of the first problems), MEMORY (why is
 * empty).
 */
CAMP_MUST_CHECK enum camp_err
trial_scan(struct trial_batch *batch, const struct task_definition *def, const char *body,
	   size_t len, struct problem *why);

/** The fast reader alone: false when it leaves the body to jansson, or has no memory. */
bool trial_scan_fast(struct trial_batch *batch, const struct task_definition *def,
		     const char *body, size_t len);

/** The complete reader alone; as trial_scan(). */
CAMP_MUST_CHECK enum camp_err
trial_scan_jansson(struct trial_batch *batch, const struct task_definition *def,
		   const char *body, size_t len, struct problem *why);

#endif
