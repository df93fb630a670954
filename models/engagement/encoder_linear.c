/*
 * No encoder: rows of zeros and no parameters. The model's heads read the features of a
 * trial directly, so with this one they are the linear model.
 */
#include "models/engagement/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "models/nn/plan.h"

struct encoder {
	int width;
	size_t h; /* [rows][width] */
};

static enum camp_err
linear_make(struct encoder **out, const struct encoder_config *config,
	    struct nn_plan *parameters, struct nn_plan *work)
{
	struct encoder *e;

	*out = NULL;
	if (config->width < 1 || config->rows_max < 1)
		return CAMP_ERR_INVALID;
	e = calloc(1, sizeof(*e));
	if (!e)
		return CAMP_ERR_MEMORY;
	e->width = config->width;
	e->h = nn_plan_add(work, config->rows_max, config->width, NN_INIT_ZERO, 0, false,
			   "encoder.h");
	*out = e;
	return CAMP_OK;
}

static void
linear_free(struct encoder *e)
{
	free(e);
}

static const float *
linear_forward(const struct encoder *e, const struct encoder_pass *p, const float *x)
{
	float *h = p->work + e->h;

	memset(h, 0, (size_t)p->n * (size_t)e->width * sizeof(*h));
	return h;
}

static void
linear_backward(const struct encoder *e, const struct encoder_pass *p, float *dx,
		float *gradients, const float *dh, const float *x)
{
	memset(dx, 0, (size_t)p->n * (size_t)e->width * sizeof(*dx));
}

static size_t
linear_state_floats(const struct encoder *e)
{
	return 0;
}

static void
linear_step(const struct encoder *e, const struct nn_weights *weights, float *state,
	    float *work, int t, int position, float *h, const float *x)
{
	memset(h, 0, (size_t)e->width * sizeof(*h));
}

const struct encoder_kind encoder_linear = {
	.name = "linear",
	.make = linear_make,
	.free = linear_free,
	.forward = linear_forward,
	.backward = ENCODER_BACKWARD(linear_backward),
	.state_floats = linear_state_floats,
	.step = linear_step,
};
