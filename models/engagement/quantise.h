/**
 * A model file made smaller: matrices in 16 or 8 bits.
 *
 * F16: every matrix as binary16. I8: the encoder's matrices as int8 with a float32 scale
 * a row in "<name>.scale" (models/nn/quant.h), the others as binary16. Vectors and the
 * vocabulary stay float32, as does a matrix with a value beyond binary16's 65504.
 * Forecasts from binary16 differ from float32's by the rounding of weights; int8 also
 * rounds what enters each product. State of training is left out.
 */
#ifndef MODELS_ENGAGEMENT_QUANTISE_H
#define MODELS_ENGAGEMENT_QUANTISE_H

#include "models/nn/checkpoint.h"

/**
 * Writes the model of a float32 or binary16 file to out_path; type NN_F16 or NN_I8.
 * Errors: INVALID (no model, or int8 already; why says), FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
model_quantise(const struct nn_checkpoint *file, enum nn_type type, const char *out_path,
	       char *why, size_t why_size);

#endif
