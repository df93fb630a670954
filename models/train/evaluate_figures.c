#include "models/train/evaluate_figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/lapse.h"
#include "models/engagement/score.h"
#include "models/stats/bootstrap.h"
#include "models/train/metrics.h"

void
evaluation_trials_clear(struct evaluation_trials *trials)
{
	free(trials->sequences);
	free(trials->first);
	free(trials->response_rate);
	free(trials->threshold);
	free(trials->lapse);
	memset(trials, 0, sizeof(*trials));
}

static double
ln_rt(const struct sequence_trial *trial)
{
	return log((double)trial->rt_ms / 1000);
}

static const struct sequence *
sequence_at(const struct evaluation_trials *trials, int i)
{
	return &trials->sequences[i]->s;
}

static enum camp_err
figure_correctness(const struct evaluation_trials *trials, const struct forecast *f,
		   struct evaluation_figures *out)
{
	struct metric_pair *pairs = calloc(trials->n, sizeof(*pairs));

	if (!pairs)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < trials->n_sequences; i++) {
		const struct sequence *s = sequence_at(trials, i);

		for (int t = 0; t < s->n; t++) {
			size_t at = trials->first[i] + (size_t)t;

			pairs[at] = (struct metric_pair){(double)f[at].p,
							 s->trials[t].correct};
		}
	}
	out->nll_correct = metric_log_loss(pairs, trials->n);
	out->brier = metric_brier(pairs, trials->n);
	out->ece = metric_ece(pairs, trials->n);
	out->auc = metric_auc(pairs, trials->n);
	free(pairs);
	return CAMP_OK;
}

static enum camp_err
figure_responses(const struct evaluation_trials *trials, const struct forecast *f,
		 struct evaluation_figures *out)
{
	double *y = calloc(trials->n, sizeof(*y));
	double *mu = calloc(trials->n, sizeof(*mu));
	double *pit = calloc(trials->n, sizeof(*pit));
	enum camp_err err = CAMP_ERR_MEMORY;
	double nll = 0, crps = 0;
	size_t n = 0;

	if (!y || !mu || !pit)
		goto out;
	for (int i = 0; i < trials->n_sequences; i++) {
		const struct sequence *s = sequence_at(trials, i);

		for (int t = 0; t < s->n; t++) {
			const struct forecast *one = &f[trials->first[i] + (size_t)t];

			if (isnan(s->trials[t].rt_ms))
				continue;
			y[n] = ln_rt(&s->trials[t]);
			mu[n] = (double)one->mu;
			pit[n] = metric_rt_cdf(one, y[n]);
			nll += metric_rt_nll(one, y[n]);
			crps += metric_rt_crps(one, y[n]);
			n++;
		}
	}
	out->nll_rt = n > 0 ? nll / (double)n : (double)NAN;
	out->crps = n > 0 ? crps / (double)n : (double)NAN;
	out->r2 = metric_r2(y, mu, n);
	out->rmse = metric_rmse(y, mu, n);
	out->cov90 = metric_coverage(pit, n);
	out->pit_ks = metric_ks_uniform(pit, n);
	err = CAMP_OK;
out:
	free(y);
	free(mu);
	free(pit);
	return err;
}

/* A sequence's blocks begin at trials 20, 40, ... and are whole. */
static int
blocks_of(const struct sequence *s)
{
	int blocks = s->n / ENGAGEMENT_WINDOW - 1;

	return blocks > 0 ? blocks : 0;
}

int64_t
evaluation_blocks(const struct evaluation_trials *trials)
{
	int64_t n = 0;

	for (int i = 0; i < trials->n_sequences; i++)
		n += blocks_of(sequence_at(trials, i));
	return n;
}

struct blocks {
	double *forecast, *share, *before; /* free of lapses; [n] */
	size_t n, inside;
};

/* Adds the blocks of the sequence whose first trial has the place `at`. */
static void
add_blocks(struct blocks *b, const struct evaluation_trials *trials, int n_blocks,
	   size_t at, const float *risk)
{
	const bool *lapse = trials->lapse + at;

	for (int k = 1; k <= n_blocks; k++) {
		int start = k * ENGAGEMENT_WINDOW, free_after = 0;
		struct engagement e;
		double before = 0;

		engagement_score(start, risk, lapse, &e);
		for (int t = start; t < start + ENGAGEMENT_WINDOW; t++)
			free_after += !lapse[t];
		for (int t = start - ENGAGEMENT_WINDOW; t < start; t++) {
			double slow = isinf(trials->threshold[at + (size_t)t])
					      ? LAPSE_SLOW_SHARE
					      : 0;

			before += lapse[t] ? 0 : 1 - slow;
		}
		b->forecast[b->n] = e.value;
		b->share[b->n] = (double)free_after / ENGAGEMENT_WINDOW;
		b->before[b->n] = before / ENGAGEMENT_WINDOW;
		/* Both are multiples of 5, which a rounding error must not part. */
		b->inside += 100 * b->share[b->n] > e.low - 1e-6 &&
			     100 * b->share[b->n] < e.high + 1e-6;
		b->n++;
	}
}

static void
figure_blocks(const struct blocks *b, struct evaluation_figures *out)
{
	out->next20_r = metric_correlation(b->forecast, b->share, b->n);
	out->next20_r_persistence = metric_correlation(b->before, b->share, b->n);
	out->interval_cov = b->n > 0 ? (double)b->inside / (double)b->n : (double)NAN;
}

static enum camp_err
figure_lapses(const struct evaluation_trials *trials, const struct forecast *f,
	      struct evaluation_figures *out)
{
	size_t n_blocks = (size_t)evaluation_blocks(trials) + 1, n = 0;
	struct metric_pair *pairs = calloc(trials->n, sizeof(*pairs));
	float *risk = calloc(trials->n, sizeof(*risk));
	struct blocks b = {
		.forecast = calloc(n_blocks, sizeof(double)),
		.share = calloc(n_blocks, sizeof(double)),
		.before = calloc(n_blocks, sizeof(double)),
	};
	enum camp_err err = CAMP_ERR_MEMORY;

	if (!pairs || !risk || !b.forecast || !b.share || !b.before)
		goto out;
	for (size_t at = 0; at < trials->n; at++) {
		risk[at] = engagement_risk(&f[at], trials->response_rate[at],
					   trials->threshold[at]);
		if (!isinf(trials->threshold[at]))
			pairs[n++] =
				(struct metric_pair){(double)risk[at], trials->lapse[at]};
	}
	for (int i = 0; i < trials->n_sequences; i++)
		add_blocks(&b, trials, blocks_of(sequence_at(trials, i)),
			   trials->first[i], risk + trials->first[i]);
	out->lapse_ece = metric_ece(pairs, n);
	out->lapse_auc = metric_auc(pairs, n);
	figure_blocks(&b, out);
	err = CAMP_OK;
out:
	free(pairs);
	free(risk);
	free(b.forecast);
	free(b.share);
	free(b.before);
	return err;
}

enum camp_err
evaluation_figure(const struct evaluation_trials *trials,
		  const struct forecast *forecasts, struct evaluation_figures *out)
{
	enum camp_err err = figure_correctness(trials, forecasts, out);

	if (err == CAMP_OK)
		err = figure_responses(trials, forecasts, out);
	if (err == CAMP_OK)
		err = figure_lapses(trials, forecasts, out);
	out->n = (int64_t)trials->n;
	out->defined = err == CAMP_OK;
	return err;
}

/* What a trial costs a forecaster. */
static double
loss_of(const struct forecast *f, const struct sequence_trial *trial)
{
	struct metric_pair pair = {(double)f->p, trial->correct};
	double loss = metric_log_loss(&pair, 1);

	return isnan(trial->rt_ms) ? loss : loss + metric_rt_nll(f, ln_rt(trial));
}

enum camp_err
evaluation_compare(const struct evaluation_trials *trials, int n_participants,
		   const struct forecast *first, const struct forecast *second,
		   struct evaluation_difference *out)
{
	struct stat_cluster *people = calloc((size_t)n_participants + 1, sizeof(*people));
	struct stat_interval interval;
	enum camp_err err = CAMP_ERR_MEMORY;
	struct stat_cluster all = {0, 0};
	uint32_t n = 0;

	*out = (struct evaluation_difference){(double)NAN, (double)NAN, (double)NAN};
	if (!people)
		goto out;
	for (int i = 0; i < trials->n_sequences; i++) {
		struct stat_cluster *p = &people[trials->sequences[i]->participant];
		const struct sequence *s = sequence_at(trials, i);

		for (int t = 0; t < s->n; t++) {
			size_t at = trials->first[i] + (size_t)t;

			p->sum += loss_of(&first[at], &s->trials[t]) -
				  loss_of(&second[at], &s->trials[t]);
			p->n++;
		}
	}
	for (int i = 0; i < n_participants; i++) {
		if (people[i].n < 1)
			continue;
		people[n++] = people[i];
		all.sum += people[i].sum;
		all.n += people[i].n;
	}
	out->value = n > 0 ? all.sum / all.n : (double)NAN;
	err = stat_bootstrap_clusters(people, n, &interval);
	out->low = interval.low;
	out->high = interval.high;
out:
	free(people);
	return err;
}
