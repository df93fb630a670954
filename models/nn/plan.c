#include "models/nn/plan.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/rng.h"

#define ALIGN_FLOATS 16
#define FIRST_CAP 32

static struct nn_tensor *
grow(struct nn_plan *plan)
{
	if (plan->n == plan->cap) {
		int cap = plan->cap ? 2 * plan->cap : FIRST_CAP;
		struct nn_tensor *more =
			realloc(plan->tensors, (size_t)cap * sizeof(*more));

		if (!more) {
			plan->err = CAMP_ERR_MEMORY;
			return NULL;
		}
		plan->tensors = more;
		plan->cap = cap;
	}
	return &plan->tensors[plan->n];
}

__attribute__((format(printf, 3, 0))) static size_t
add(struct nn_plan *plan, const struct nn_tensor *like, const char *name, va_list args)
{
	struct nn_tensor *t = plan->err == CAMP_OK ? grow(plan) : NULL;
	size_t size = 1;

	if (!t)
		return 0;
	*t = *like;
	for (int i = 0; i < t->n_dims; i++) {
		if (t->dims[i] < 1 || size > (size_t)INT_MAX / (size_t)t->dims[i]) {
			plan->err = CAMP_ERR_INVALID;
			return 0;
		}
		size *= (size_t)t->dims[i];
	}
	if (vsnprintf(t->name, sizeof(t->name), name, args) >= (int)sizeof(t->name)) {
		plan->err = CAMP_ERR_INVALID;
		return 0;
	}
	t->offset = plan->floats;
	t->size = size;
	plan->floats += (size + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
	plan->n++;
	return t->offset;
}

size_t
nn_plan_add(struct nn_plan *plan, int rows, int cols, enum nn_init init, float init_sd,
	    bool decay, const char *name, ...)
{
	struct nn_tensor like = {.n_dims = cols ? 2 : 1,
				 .dims = {rows, cols, 0},
				 .init = init,
				 .init_sd = init_sd,
				 .decay = decay};
	va_list args;
	size_t offset;

	va_start(args, name);
	offset = add(plan, &like, name, args);
	va_end(args);
	return offset;
}

size_t
nn_plan_add3(struct nn_plan *plan, int a, int b, int c, enum nn_init init, float init_sd,
	     bool decay, const char *name, ...)
{
	struct nn_tensor like = {.n_dims = 3,
				 .dims = {a, b, c},
				 .init = init,
				 .init_sd = init_sd,
				 .decay = decay};
	va_list args;
	size_t offset;

	va_start(args, name);
	offset = add(plan, &like, name, args);
	va_end(args);
	return offset;
}

const struct nn_tensor *
nn_plan_find(const struct nn_plan *plan, const char *name)
{
	for (int i = 0; i < plan->n; i++)
		if (strcmp(plan->tensors[i].name, name) == 0)
			return &plan->tensors[i];
	return NULL;
}

void
nn_plan_init_values(const struct nn_plan *plan, float *base, struct rng *rng)
{
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];
		float *x = base + t->offset;

		for (size_t j = 0; j < t->size; j++) {
			if (t->init == NN_INIT_NORMAL)
				x[j] = (float)(rng_normal(rng) * (double)t->init_sd);
			else
				x[j] = t->init == NN_INIT_ONE ? 1.0f : 0.0f;
		}
	}
}

void
nn_plan_clear(struct nn_plan *plan)
{
	free(plan->tensors);
	memset(plan, 0, sizeof(*plan));
}
