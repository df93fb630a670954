/**
 * Model files in the safetensors format: 8 bytes little-endian length of a JSON header,
 * the header
 * {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets"}}, then the
 * tensors.
 *
 * Written: F32 (and F16, I8 for shipped models), in the order given, header padded with
 * spaces to 8 bytes. A file is written beside its place, synced and renamed, so that a
 * crash leaves the old one. Read: F32, F16, BF16, I8. Refused, each with one clear
 * sentence in why: a file that is not one, truncated, with bytes left over, a header
 * above 1 MiB, a file above 256 MiB, more than 4096 tensors, offsets that overlap, leave
 * holes or do not fit shape and type, duplicate names, negative or overflowing shapes,
 * NaN or infinite values. Source: the format's description,
 * github.com/huggingface/safetensors.
 */
#ifndef MODELS_NN_CHECKPOINT_H
#define MODELS_NN_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct nn_plan;

enum nn_type { NN_F32, NN_F16, NN_BF16, NN_I8 };

struct nn_checkpoint_tensor {
	const char *name;
	enum nn_type type;
	int n_dims;
	int64_t dims[4];
	const void *data; /* little-endian, borrowed */
	size_t bytes;
};

struct nn_checkpoint_text {
	const char *key, *value;
};

struct nn_checkpoint {
	int n_tensors, n_texts;
	struct nn_checkpoint_tensor *tensors; /* of a loaded file: point into `bytes` */
	struct nn_checkpoint_text *texts;
	uint8_t *bytes;
	size_t n_bytes;
	void *header; /* owner of names and texts */
};

/** Parses bytes, which the checkpoint takes over on success. Errors: INVALID, MEMORY. */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_parse(struct nn_checkpoint *file, uint8_t *take_bytes, size_t n, char *why,
		    size_t why_size);
/** Reads a file. Errors: NOT_FOUND, INVALID, FAULT, MEMORY. */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_read(struct nn_checkpoint *file, const char *path, char *why,
		   size_t why_size);
/**
 * Errors: INVALID (what nn_checkpoint_read() would refuse: NaN and infinite values, text
 * that is not UTF-8, too much of it), FAULT (why says
 * which step failed), MEMORY. After a failure the old file is still there, unless it
 * was only the last step, syncing its folder.
 */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_write(const char *path, const struct nn_checkpoint_tensor *tensors,
		    int n_tensors, const struct nn_checkpoint_text *texts, int n_texts,
		    char *why, size_t why_size);
/** The same, to memory: *out is the caller's to free(). */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_print(uint8_t **out, size_t *n, const struct nn_checkpoint_tensor *tensors,
		    int n_tensors, const struct nn_checkpoint_text *texts, int n_texts);
const struct nn_checkpoint_tensor *
nn_checkpoint_find(const struct nn_checkpoint *file, const char *name);
/** NULL when there is none. */
const char *nn_checkpoint_text(const struct nn_checkpoint *file, const char *key);
/** A tensor's values as float32 into out[count]; the shape must have that many. Errors:
 * INVALID. */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_values(const struct nn_checkpoint_tensor *t, float *out, size_t count);
/** The nearest binary16, of two equally near the even one; |x| <= 65504. */
uint16_t nn_checkpoint_half(float x);
void nn_checkpoint_clear(struct nn_checkpoint *file);

/**
 * All tensors of a plan from prefix + name; every one must be there with its shape, and
 * none of the file with that prefix may be left over. Errors: INVALID, with why.
 */
CAMP_MUST_CHECK enum camp_err
nn_checkpoint_load_plan(const struct nn_checkpoint *file, const char *prefix,
			const struct nn_plan *plan, float *base, char *why,
			size_t why_size);

#endif
