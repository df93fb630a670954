/**
 * One block of floats, zeroed, 64-byte aligned, from which a plan's tensors are taken.
 *
 * The plan (models/nn/plan.h) knows every size beforehand, so an arena is allocated once
 * and layers never allocate.
 */
#ifndef MODELS_NN_ARENA_H
#define MODELS_NN_ARENA_H

#include <stddef.h>

#include "base/errors.h"

struct nn_arena {
	float *base; /* NULL: empty */
	size_t floats;
};

/** Errors: MEMORY; *arena is empty then. */
CAMP_MUST_CHECK enum camp_err nn_arena_init(struct nn_arena *arena, size_t floats);
/** All to zero. */
void nn_arena_zero(struct nn_arena *arena);
/** NULL-safe, reusable. */
void nn_arena_clear(struct nn_arena *arena);

#endif
