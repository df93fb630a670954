/**
 * A model with its values, as a safetensors file: the parameters by the names of their
 * plan
 * ("linear." for the baseline's), a matrix possibly as int8 with "<name>.scale" a row,
 * the vocabulary's figures, and as text the configuration, the names of tasks and
 * conditions and whatever training has to say (seed, data hash, metrics).
 */
#ifndef MODELS_ENGAGEMENT_MODEL_FILE_H
#define MODELS_ENGAGEMENT_MODEL_FILE_H

#include "models/engagement/model.h"
#include "models/nn/arena.h"
#include "models/nn/checkpoint.h"

#define MODEL_FORMAT "camp-forecaster-1"
#define MODEL_TEXTS_MAX 48

struct model_values {
	struct nn_arena parameters, linear;
	int8_t *int8; /* see models/nn/weights.h; NULL: all float32 */
	float *scales;
	struct nn_arena packed; /* of the parameters; empty: not packed */
};

struct nn_weights model_weights(const struct model_values *values);
/** Packs float32 parameters for many forecasts; int8 ones stay as they are. Errors:
 * MEMORY. */
CAMP_MUST_CHECK enum camp_err
model_values_pack(const struct model *m, struct model_values *values);
void model_values_clear(struct model_values *values);

/**
 * Fills m and values from a parsed file. Errors: INVALID (why says what does not fit),
 * MEMORY; both are empty then.
 */
CAMP_MUST_CHECK enum camp_err
model_file_read(struct model *m, struct model_values *values,
		const struct nn_checkpoint *file, char *why, size_t why_size);

/**
 * Writes float32 values, with further texts and tensors (state of training). Errors:
 * INVALID, FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
model_file_write(const char *path, const struct model *m, const float *parameters,
		 const float *linear, const struct nn_checkpoint_text *texts, int n_texts,
		 const struct nn_checkpoint_tensor *more, int n_more, char *why,
		 size_t why_size);

#endif
