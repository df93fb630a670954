#include "models/engagement/heads.h"

#include <math.h>
#include <string.h>

#include "models/nn/gemm.h"
#include "models/nn/loss.h"

/* Where a slow component starts: one response in thirteen, 1.5 sd slower, a little wider.
 */
#define SLOW_LOGIT (-2.5f)
#define SLOW_LN_DELTA 0.4f
#define SLOW_LN_SIGMA 0.2f

enum { OUT_LOGIT, OUT_MU, OUT_SIGMA, OUT_SLOW, OUT_DELTA, OUT_SIGMA2, OUT_SIGMA_VALUE };

void
heads_plan(struct heads *heads, struct nn_plan *plan, const char *prefix, int components,
	   int width, int n_conditions)
{
	*heads = (struct heads){.components = components,
				.width = width,
				.n_conditions = n_conditions};
	heads->features = nn_plan_add(plan, HEAD_OUTPUTS, TOKEN_FEATURES, NN_INIT_ZERO, 0,
				      true, "%s.features.weight", prefix);
	heads->condition = nn_plan_add(plan, n_conditions, HEAD_RAW, NN_INIT_ZERO, 0,
				       true, "%s.condition.weight", prefix);
	heads->previous = nn_plan_add(plan, n_conditions, HEAD_OUTPUTS, NN_INIT_ZERO, 0,
				      true, "%s.previous.weight", prefix);
	/* Zero at first: training starts at the linear baseline. */
	if (width > 0)
		heads->hidden = nn_plan_add(plan, HEAD_OUTPUTS, width, NN_INIT_ZERO, 0,
					    true, "%s.hidden.weight", prefix);
}

/* Of all rows: W_features f + W_hidden h, [n][HEAD_OUTPUTS]. */
static void
weigh(const struct heads *heads, const float *parameters, const struct heads_rows *rows,
      float *sums)
{
	nn_gemm_nt(rows->n, HEAD_OUTPUTS, TOKEN_FEATURES, sums, rows->features,
		   parameters + heads->features, false);
	if (heads->width > 0)
		nn_gemm_nt(rows->n, HEAD_OUTPUTS, heads->width, sums, rows->hidden,
			   parameters + heads->hidden, true);
}

void
heads_forward(const struct heads *heads, const float *parameters,
	      const struct heads_rows *rows, float *raw)
{
	int used = heads->components == 1 ? OUT_SLOW : HEAD_OUTPUTS;
	float sums[HEAD_ROWS_MAX * HEAD_OUTPUTS];

	weigh(heads, parameters, rows, sums);
	memset(raw, 0, (size_t)rows->n * HEAD_RAW * sizeof(*raw));
	for (int t = 0; t < rows->n; t++) {
		float *o = raw + (size_t)t * HEAD_RAW;
		const float *value, *before;

		if (rows->condition[t] < 0)
			continue;
		value = parameters + heads->condition +
			(size_t)rows->condition[t] * HEAD_RAW;
		before = parameters + heads->previous +
			 (size_t)rows->base[t].previous * HEAD_OUTPUTS;
		o[OUT_SIGMA_VALUE] = value[OUT_SIGMA_VALUE];
		for (int i = 0; i < used; i++)
			o[i] = value[i] + before[i] + sums[t * HEAD_OUTPUTS + i];
	}
}

static float
bounded(float x)
{
	return 2 * tanhf(x / 2);
}

/* d bounded(x) / dx */
static float
bounded_slope(float x)
{
	float t = tanhf(x / 2);

	return 1 - t * t;
}

static float
sigmoid(float x)
{
	return 1 / (1 + expf(-x));
}

void
heads_forecast(const struct heads *heads, const struct token_base *base, const float *raw,
	       struct forecast *out)
{
	float sigma = expf(raw[OUT_SIGMA_VALUE] + bounded(raw[OUT_SIGMA]));
	float w = 0, delta = 0, sigma2 = sigma;
	float mean, variance;

	if (heads->components == 2) {
		w = sigmoid(SLOW_LOGIT + raw[OUT_SLOW]);
		delta = expf(SLOW_LN_DELTA + bounded(raw[OUT_DELTA]));
		sigma2 = expf(SLOW_LN_SIGMA + bounded(raw[OUT_SIGMA2]));
	}
	mean = raw[OUT_MU] + w * delta;
	variance = (1 - w) * sigma * sigma + w * sigma2 * sigma2 +
		   w * (1 - w) * delta * delta;
	*out = (struct forecast){
		.p = sigmoid(base->log_odds + raw[OUT_LOGIT]),
		.mu = base->mean + base->sd * mean,
		.sigma = base->sd * sqrtf(variance),
		.mu1 = base->mean + base->sd * raw[OUT_MU],
		.sigma1 = base->sd * sigma,
		.slow = w,
		.delta = base->sd * delta,
		.sigma2 = base->sd * sigma2,
	};
}

/* The parameters of the losses for one window, a column each. */
struct columns {
	float logit[HEAD_ROWS_MAX], mu[HEAD_ROWS_MAX], a[HEAD_ROWS_MAX], u[HEAD_ROWS_MAX],
		v[HEAD_ROWS_MAX], a2[HEAD_ROWS_MAX];
};

static double
rt_loss(const struct heads *heads, int n, const struct columns *c, struct columns *d,
	const float *z, float beta)
{
	if (heads->components == 1)
		return nn_loss_gaussian(n, d->mu, d->a, c->mu, c->a, z, beta);
	return nn_loss_mixture(n,
			       (struct nn_mixture_gradient){d->mu, d->a, d->u, d->v,
							    d->a2},
			       (struct nn_mixture){c->mu, c->a, c->u, c->v, c->a2}, z);
}

/* From the gradient of the columns to that of the raw outputs. */
static void
write_gradient(const struct heads *heads, int t, const struct columns *d, const float *o,
	       float *out)
{
	memset(out, 0, HEAD_RAW * sizeof(*out));
	out[OUT_LOGIT] = d->logit[t];
	out[OUT_MU] = d->mu[t];
	out[OUT_SIGMA] = d->a[t] * bounded_slope(o[OUT_SIGMA]);
	out[OUT_SIGMA_VALUE] = d->a[t];
	if (heads->components == 1)
		return;
	out[OUT_SLOW] = d->u[t];
	out[OUT_DELTA] = d->v[t] * bounded_slope(o[OUT_DELTA]);
	out[OUT_SIGMA2] = d->a2[t] * bounded_slope(o[OUT_SIGMA2]);
}

void
heads_loss(const struct heads *heads, const struct heads_rows *rows, const float *raw,
	   const float *correct, const float *y, float beta, struct heads_loss *loss,
	   float *draw)
{
	struct columns c, d;
	float z[HEAD_ROWS_MAX];

	for (int t = 0; t < rows->n; t++) {
		const float *o = raw + (size_t)t * HEAD_RAW;
		const struct token_base *base = &rows->base[t];

		z[t] = (y[t] - base->mean) / base->sd;
		c.logit[t] = base->log_odds + o[OUT_LOGIT];
		c.mu[t] = o[OUT_MU];
		c.a[t] = o[OUT_SIGMA_VALUE] + bounded(o[OUT_SIGMA]);
		c.u[t] = SLOW_LOGIT + o[OUT_SLOW];
		c.v[t] = SLOW_LN_DELTA + bounded(o[OUT_DELTA]);
		c.a2[t] = SLOW_LN_SIGMA + bounded(o[OUT_SIGMA2]);
		loss->n_correct += !isnan(correct[t]);
		if (isnan(z[t]))
			continue;
		loss->n_rt++;
		loss->rt += log((double)base->sd);
	}
	loss->correct += nn_loss_bce(rows->n, d.logit, c.logit, correct);
	loss->rt += rt_loss(heads, rows->n, &c, &d, z, beta);
	for (int t = 0; draw && t < rows->n; t++)
		write_gradient(heads, t, &d, raw + (size_t)t * HEAD_RAW,
			       draw + (size_t)t * HEAD_RAW);
}

/* Tables of conditions: a row each, picked by index. */
static void
tables_backward(const struct heads *heads, const struct heads_rows *rows, int t,
		const float *d, int used, float *gradients)
{
	float *value =
		gradients + heads->condition + (size_t)rows->condition[t] * HEAD_RAW;
	float *before = gradients + heads->previous +
			(size_t)rows->base[t].previous * HEAD_OUTPUTS;

	value[OUT_SIGMA_VALUE] += d[OUT_SIGMA_VALUE];
	for (int i = 0; i < used; i++) {
		value[i] += d[i];
		before[i] += d[i];
	}
}

void
heads_backward(const struct heads *heads, const float *parameters,
	       const struct heads_rows *rows, const float *draw, float *gradients,
	       float *dhidden)
{
	int used = heads->components == 1 ? OUT_SLOW : HEAD_OUTPUTS;
	float dsums[HEAD_ROWS_MAX * HEAD_OUTPUTS];

	/* Zero for rows without a forecast and for outputs without a part. */
	memset(dsums, 0, (size_t)rows->n * HEAD_OUTPUTS * sizeof(*dsums));
	for (int t = 0; t < rows->n; t++) {
		const float *d = draw + (size_t)t * HEAD_RAW;

		if (rows->condition[t] < 0)
			continue;
		memcpy(dsums + t * HEAD_OUTPUTS, d, (size_t)used * sizeof(*d));
		tables_backward(heads, rows, t, d, used, gradients);
	}
	nn_gemm_tn(HEAD_OUTPUTS, TOKEN_FEATURES, rows->n, gradients + heads->features,
		   dsums, rows->features, true);
	if (heads->width == 0)
		return;
	nn_gemm_tn(HEAD_OUTPUTS, heads->width, rows->n, gradients + heads->hidden, dsums,
		   rows->hidden, true);
	nn_gemm_nn(rows->n, heads->width, HEAD_OUTPUTS, dhidden, dsums,
		   parameters + heads->hidden, false);
}
