/**
 * The JSON header of a model file, read by hand: it is a small part of JSON, and the
 * parser also serves WebAssembly, where there is no jansson.
 *
 * Strict: one object; every name and field once; whole non-negative numbers; UTF-8.
 */
#ifndef MODELS_NN_CHECKPOINT_HEADER_H
#define MODELS_NN_CHECKPOINT_HEADER_H

#include <stdbool.h>

#include "models/nn/checkpoint.h"

#define CHECKPOINT_HEADER_BYTES_MAX (1 << 20)
#define CHECKPOINT_FILE_BYTES_MAX (256 << 20)
#define CHECKPOINT_TENSORS_MAX 4096
#define CHECKPOINT_TEXTS_MAX 4096

/* Offsets of a tensor's data behind the header; those of file->tensors[i]. */
struct checkpoint_span {
	int64_t begin, end;
};

/**
 * Fills file's names, types, shapes and texts (and file->header, which owns them), and
 * *spans (n_tensors of them, the caller's to free). Offsets and sizes are not judged, nor
 * names looked up twice. After a failure nn_checkpoint_clear(file) is still the caller's.
 * Errors: INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
checkpoint_header_read(struct nn_checkpoint *file, struct checkpoint_span **spans,
		       const char *json, size_t len, char *why, size_t why_size);

/** False when a value is NaN or infinite; *where is then the first. */
bool checkpoint_finite(const struct nn_checkpoint_tensor *t, size_t *where);
/** Bytes of one value. */
int checkpoint_type_bytes(enum nn_type type);
/** "F32", ... */
const char *checkpoint_type_name(enum nn_type type);

#endif
