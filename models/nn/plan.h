/**
 * The named tensors of one arena: computed once from a configuration, then only read.
 *
 * Parameters, gradients and optimiser state share one plan (same offsets in three
 * arenas); the work of a forward and backward pass has another. Names are those of the
 * checkpoint file, such as "encoder.layer.0.attention.query.weight".
 */
#ifndef MODELS_NN_PLAN_H
#define MODELS_NN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define NN_NAME_MAX 64
#define NN_DIMS_MAX 3

struct rng;

enum nn_init {
	NN_INIT_ZERO,
	NN_INIT_ONE,
	NN_INIT_NORMAL, /* mean 0, sd `init_sd` */
};

struct nn_tensor {
	char name[NN_NAME_MAX];
	int n_dims, dims[NN_DIMS_MAX];
	size_t offset, size; /* in floats; offsets are multiples of 16 */
	enum nn_init init;
	float init_sd;
	bool decay; /* subject to weight decay (matrices are; biases and gains are not) */
};

struct nn_plan {
	struct nn_tensor *tensors;
	int n, cap;
	size_t floats; /* the arena that holds all */
	enum camp_err
		err; /* the first failure: MEMORY, or INVALID for a size beyond an int */
};

/**
 * Adds a tensor of rows x cols (cols 0: a vector of rows; use nn_plan_add3 for three
 * dimensions) and returns its offset in floats. A failure is kept in plan->err and later
 * calls do nothing, so it is asked once, at the end.
 */
size_t
nn_plan_add(struct nn_plan *plan, int rows, int cols, enum nn_init init, float init_sd,
	    bool decay, const char *name, ...) __attribute__((format(printf, 7, 8)));
size_t
nn_plan_add3(struct nn_plan *plan, int a, int b, int c, enum nn_init init, float init_sd,
	     bool decay, const char *name, ...) __attribute__((format(printf, 8, 9)));

/** NULL when there is none. */
const struct nn_tensor *nn_plan_find(const struct nn_plan *plan, const char *name);

/** Fills every tensor as its init says, in the order of the plan. */
void nn_plan_init_values(const struct nn_plan *plan, float *base, struct rng *rng);

void nn_plan_clear(struct nn_plan *plan);

#endif
