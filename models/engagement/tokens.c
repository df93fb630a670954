#include "models/engagement/tokens.h"

#include <math.h>
#include <string.h>

#define RT_MS_MIN 100.0f
#define RT_MS_MAX 10000.0f
#define SD_MIN 0.05
#define RESIDUAL_MAX 4.0
/* Trials' worth of prior knowledge in running figures. */
#define PRIOR_MEAN 3.0
#define PRIOR_SURPRISE 10.0
#define PRIOR_VARIANCE 5.0
#define PRIOR_UNKNOWN 2.0
#define SLOW_RESIDUAL 1.5
/* Of a standard normal residual, about. */
#define DEVIATION_USUAL 0.7
#define SLOWNESS_USUAL 0.07

float
token_ln_rt(const struct sequence_trial *trial)
{
	if (!(trial->rt_ms >= RT_MS_MIN && trial->rt_ms <= RT_MS_MAX))
		return NAN;
	return logf(trial->rt_ms / 1000.0f);
}

void
token_start(struct token_state *state, const struct vocabulary *vocabulary, int task,
	    struct token_sums *conditions)
{
	memset(state, 0, sizeof(*state));
	memset(conditions, 0, (size_t)vocabulary->n_conditions * sizeof(*conditions));
	state->vocabulary = vocabulary;
	state->task = task;
	state->conditions = conditions;
	state->previous = -1;
	state->deviation = DEVIATION_USUAL;
	state->slowness = SLOWNESS_USUAL;
	state->last_onset_ms = NAN;
	state->gap = NAN;
}

/*
 * A condition that training never had is known by its own trials so far: their mean, sd
 * and share correct, shrunk to those of its task (or of all) by a few trials' worth.
 */
static void
base_of_unknown(const struct token_state *s, const struct vocabulary_figures *prior,
		struct token_base *base)
{
	const struct token_sums *c = &s->conditions[0];
	double p = 1.0 / (1.0 + exp(-(double)prior->log_odds));
	double mean =
		(PRIOR_UNKNOWN * (double)prior->mean + c->y) / (PRIOR_UNKNOWN + c->n);
	double variance = (double)prior->sd * (double)prior->sd * PRIOR_VARIANCE;
	double spread = c->n > 1 ? c->y2 - c->y * c->y / c->n : 0;

	variance = (variance + fmax(spread, 0)) / (PRIOR_VARIANCE + fmax(c->n - 1, 0));
	p = (PRIOR_VARIANCE * p + c->correct) / (PRIOR_VARIANCE + c->trials);
	p = fmin(fmax(p, 0.01), 0.99);
	base->mean = (float)mean;
	base->sd = (float)fmax(sqrt(variance), SD_MIN);
	base->log_odds = (float)log(p / (1 - p));
}

static void
base_of(const struct token_state *s, int condition, struct token_base *base)
{
	const struct vocabulary_figures *known =
		vocabulary_figures(s->vocabulary, s->task, condition);

	if (condition > 0) {
		base->mean = known->mean;
		base->sd = fmaxf(known->sd, (float)SD_MIN);
		base->log_odds = known->log_odds;
	} else {
		base_of_unknown(s, known, base);
	}
	base->previous = s->previous > 0 ? s->previous : 0;
}

static double
ln_gap(const struct token_state *s, const struct sequence_trial *trial)
{
	double gap_ms = trial->onset_ms - s->last_onset_ms;

	if (!(gap_ms > 0))
		return NAN;
	return log(fmin(fmax(gap_ms, 100), 600000) / 1000);
}

/* In units of its sd in training, so that no scale of set sizes or delays matters. */
static float
parameter(const struct vocabulary *v, const struct sequence_trial *trial, int i)
{
	float z = (trial->parameters[i] - v->parameter_mean[i]) / v->parameter_sd[i];

	return isnan(z) ? 0 : fminf(fmaxf(z, -(float)RESIDUAL_MAX), (float)RESIDUAL_MAX);
}

void
token_next(const struct token_state *s, const struct sequence_trial *trial,
	   float features[TOKEN_FEATURES], struct token_base *base)
{
	const struct token_sums *c = &s->conditions[trial->condition];
	double mean = s->all.residual / (s->all.n + PRIOR_MEAN);
	double surprise = s->all.surprise / (s->all.trials + PRIOR_SURPRISE);
	double variance =
		s->residual2 - s->all.residual * s->all.residual / fmax(s->all.n, 1);
	double gap = ln_gap(s, trial);
	float *f = features;

	base_of(s, trial->condition, base);
	for (int i = 0; i < TOKEN_LAGS; i++)
		*f++ = s->lag_residual[i];
	for (int i = 0; i < TOKEN_LAGS; i++)
		*f++ = s->lag_surprise[i];
	*f++ = s->lag_omitted;
	*f++ = s->trials > 0 && !s->lag_correct;
	*f++ = s->trials == 0;
	/* The twelve running statistics. */
	*f++ = (float)mean;
	*f++ = (float)s->fast_residual;
	*f++ = (float)s->residual;
	*f++ = (float)s->slow_residual;
	*f++ = (float)((c->residual - c->n * mean) / (c->n + PRIOR_MEAN));
	*f++ = (float)(0.5 * log((variance + PRIOR_VARIANCE * 0.8) /
				 (s->all.n + PRIOR_VARIANCE)));
	*f++ = (float)(s->deviation - DEVIATION_USUAL);
	*f++ = (float)s->slowness;
	*f++ = (float)surprise * 4;
	*f++ = (float)((c->surprise - c->trials * surprise) /
		       (c->trials + PRIOR_SURPRISE)) *
	       4;
	*f++ = (float)s->surprise * 2;
	*f++ = (float)s->slow_surprise * 4;
	*f++ = (float)s->fast_surprise;
	*f++ = (float)s->omissions * 4;
	*f++ = (float)log(1.0 + s->since_error) - 2;
	/* Where in the session. */
	*f++ = (float)log(1.0 + s->trials) / 2 - 2;
	*f++ = (float)(4.0 / (4.0 + s->trials));
	*f++ = s->previous == trial->condition;
	*f++ = isnan(gap) ? 0 : (float)gap;
	*f++ = isnan(gap) || isnan(s->gap) ? 0 : (float)(gap - s->gap);
	for (int i = 0; i < SEQUENCE_PARAMETERS; i++)
		*f++ = parameter(s->vocabulary, trial, i);
	while (f < features + TOKEN_FEATURES)
		*f++ = 0;
}

static void
push(float *lags, float value)
{
	memmove(lags + 1, lags, (TOKEN_LAGS - 1) * sizeof(*lags));
	lags[0] = value;
}

static void
average(double *value, double rate, double x)
{
	*value += rate * (x - *value);
}

static void
response_outcome(struct token_state *s, struct token_sums *c, double y,
		 const struct token_base *base)
{
	double r = (y - (double)base->mean) / (double)base->sd;

	r = fmin(fmax(r, -RESIDUAL_MAX), RESIDUAL_MAX);
	c->n++;
	c->residual += r;
	c->y += y;
	c->y2 += y * y;
	s->all.n++;
	s->all.residual += r;
	s->residual2 += r * r;
	average(&s->fast_residual, 0.3, r);
	average(&s->residual, 0.1, r);
	average(&s->slow_residual, 0.03, r);
	average(&s->deviation, 0.1, fabs(r - s->slow_residual));
	average(&s->slowness, 0.05, r - s->slow_residual > SLOW_RESIDUAL);
	push(s->lag_residual, (float)r);
}

void
token_outcome(struct token_state *s, const struct sequence_trial *trial,
	      const struct token_base *base)
{
	struct token_sums *c = &s->conditions[trial->condition];
	float y = token_ln_rt(trial);
	double surprise =
		(double)trial->correct - 1.0 / (1.0 + exp(-(double)base->log_odds));
	double gap = ln_gap(s, trial);

	if (isnan(y))
		push(s->lag_residual, 0);
	else
		response_outcome(s, c, (double)y, base);
	c->trials++;
	c->surprise += surprise;
	c->correct += trial->correct;
	s->all.trials++;
	s->all.surprise += surprise;
	average(&s->fast_surprise, 0.3, surprise);
	average(&s->surprise, 0.1, surprise);
	average(&s->slow_surprise, 0.03, surprise);
	average(&s->omissions, 0.05, isnan(y));
	push(s->lag_surprise, (float)surprise);
	s->lag_omitted = isnan(y);
	s->lag_correct = trial->correct;
	s->since_error = trial->correct ? s->since_error + 1 : 0;
	s->previous = trial->condition;
	s->trials++;
	if (!isnan(gap))
		s->gap = isnan(s->gap) ? gap : s->gap + 0.1 * (gap - s->gap);
	if (!isnan(trial->onset_ms))
		s->last_onset_ms = trial->onset_ms;
}
