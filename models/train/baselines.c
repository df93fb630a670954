#include "models/train/baselines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"

/* Bounds of what is forecast, so that no trial costs infinitely much. */
#define P_MIN 1e-3
#define SD_MIN 0.02 /* of ln RT */

static double
ln_rt(const struct sequence_trial *trial)
{
	return log((double)trial->rt_ms / 1000);
}

static bool
has_rt(const struct sequence_trial *trial)
{
	return !isnan(trial->rt_ms);
}

/* A person's earlier trials of one sequence. */
struct running {
	double errors, expected, residuals;
	int n_responses;
};

static double
running_p(const struct running *r, const struct baseline_cell *cell, double weight)
{
	double factor = (r->errors + weight) / (r->expected + weight);

	return 1 - fmin(fmax((1 - cell->p) * factor, P_MIN), 1 - P_MIN);
}

static double
running_mu(const struct running *r, const struct baseline_cell *cell, double weight)
{
	return cell->mean + r->residuals / (r->n_responses + weight);
}

static void
running_add(struct running *r, const struct baseline_cell *cell,
	    const struct sequence_trial *trial)
{
	r->errors += !trial->correct;
	r->expected += 1 - cell->p;
	if (has_rt(trial)) {
		r->residuals += ln_rt(trial) - cell->mean;
		r->n_responses++;
	}
}

/* What a pass over the training trials collects of a cell. */
struct sums {
	double correct, answered; /* answered: correct with a response */
	double y, yy;             /* yy about the cell's mean */
	double errors_squared;
};

static const struct sequence *
training(const struct dataset *data, int i)
{
	const struct dataset_sequence *q = &data->sequences[i];

	return q->split == SPLIT_TRAIN ? &q->s : NULL;
}

/* Calls for every training trial of the data. */
static void
count(struct baselines *b, struct sums *sums, const struct dataset *data)
{
	for (int i = 0; i < data->n_sequences; i++) {
		const struct sequence *s = training(data, i);

		for (int t = 0; s && t < s->n; t++) {
			const struct sequence_trial *trial = &s->trials[t];
			int places[2] = {0, trial->condition};

			for (int k = 0; k < 2; k++) {
				struct baseline_cell *cell = &b->cells[places[k]];
				struct sums *sum = &sums[places[k]];

				cell->n++;
				cell->n_correct += trial->correct;
				sum->answered += trial->correct && has_rt(trial);
				if (!has_rt(trial))
					continue;
				cell->n_responses++;
				sum->y += ln_rt(trial);
			}
		}
	}
}

static void
add_squares(const struct baselines *b, struct sums *sums, const struct dataset *data)
{
	for (int i = 0; i < data->n_sequences; i++) {
		const struct sequence *s = training(data, i);

		for (int t = 0; s && t < s->n; t++) {
			const struct sequence_trial *trial = &s->trials[t];
			double y, d;

			if (!has_rt(trial))
				continue;
			y = ln_rt(trial);
			d = y - b->cells[0].mean;
			sums[0].yy += d * d;
			d = y - b->cells[trial->condition].mean;
			sums[trial->condition].yy += d * d;
		}
	}
}

/* The spread of a few responses leans on that of all. */
static double
spread(double squares, int64_t n, double of_all)
{
	return fmax(sqrt((squares + BASELINE_PRIOR * of_all * of_all) /
			 ((double)n + BASELINE_PRIOR)),
		    SD_MIN);
}

static void
fit_cells(struct baselines *b, struct sums *sums, const struct dataset *data)
{
	struct baseline_cell *all = &b->cells[0];

	count(b, sums, data);
	all->p = ((double)all->n_correct + 1) / ((double)all->n + 2);
	all->mean = all->n_responses > 0 ? sums[0].y / (double)all->n_responses : 0;
	all->response_rate =
		all->n_correct > 0 ? sums[0].answered / (double)all->n_correct : 1;
	for (int c = 1; c <= b->n_conditions; c++) {
		struct baseline_cell *cell = &b->cells[c];

		cell->p = ((double)cell->n_correct + BASELINE_PRIOR * all->p) /
			  ((double)cell->n + BASELINE_PRIOR);
		cell->mean = cell->n_responses > 0 ? sums[c].y / (double)cell->n_responses
						   : all->mean;
		cell->response_rate = cell->n_correct > 0
					      ? sums[c].answered / (double)cell->n_correct
					      : all->response_rate;
	}
	add_squares(b, sums, data);
	all->sd = fmax(sqrt(sums[0].yy / (double)all->n_responses), SD_MIN);
	for (int c = 1; c <= b->n_conditions; c++)
		b->cells[c].sd = spread(sums[c].yy, b->cells[c].n_responses, all->sd);
}

struct loss {
	double nll, squares;
};

/* Over the training trials; with sums, squared errors are also added to their cells. */
static struct loss
running_loss(const struct baselines *b, const struct dataset *data, double error_weight,
	     double rt_weight, struct sums *sums)
{
	struct loss loss = {0};

	for (int i = 0; i < data->n_sequences; i++) {
		const struct sequence *s = training(data, i);
		struct running r = {0};

		for (int t = 0; s && t < s->n; t++) {
			const struct sequence_trial *trial = &s->trials[t];
			const struct baseline_cell *cell = &b->cells[trial->condition];
			double p = running_p(&r, cell, error_weight), d = 0;

			loss.nll -= log(trial->correct ? p : 1 - p);
			if (has_rt(trial))
				d = ln_rt(trial) - running_mu(&r, cell, rt_weight);
			loss.squares += d * d;
			if (sums) {
				sums[0].errors_squared += d * d;
				sums[trial->condition].errors_squared += d * d;
			}
			running_add(&r, cell, trial);
		}
	}
	return loss;
}

static void
fit_running(struct baselines *b, struct sums *sums, const struct dataset *data)
{
	struct loss best = {INFINITY, INFINITY};
	struct baseline_cell *all = &b->cells[0];

	for (int power = -2; power <= 10; power++) {
		double weight = ldexp(1, power);
		struct loss loss = running_loss(b, data, weight, weight, NULL);

		if (loss.nll < best.nll) {
			best.nll = loss.nll;
			b->error_weight = weight;
		}
		if (loss.squares < best.squares) {
			best.squares = loss.squares;
			b->rt_weight = weight;
		}
	}
	running_loss(b, data, b->error_weight, b->rt_weight, sums);
	all->running_sd =
		fmax(sqrt(sums[0].errors_squared / (double)all->n_responses), SD_MIN);
	for (int c = 1; c <= b->n_conditions; c++)
		b->cells[c].running_sd = spread(sums[c].errors_squared,
						b->cells[c].n_responses, all->running_sd);
}

enum camp_err
baselines_fit(struct baselines *out, const struct dataset *data)
{
	size_t n = (size_t)data->n_conditions + 1;
	struct sums *sums = calloc(n, sizeof(*sums));
	enum camp_err err = CAMP_ERR_MEMORY;
	int64_t responses = 0;

	memset(out, 0, sizeof(*out));
	out->n_conditions = data->n_conditions;
	out->cells = calloc(n, sizeof(*out->cells));
	if (!sums || !out->cells)
		goto out;
	for (int i = 0; i < data->n_sequences; i++) {
		const struct sequence *s = training(data, i);

		for (int t = 0; s && t < s->n; t++)
			responses += has_rt(&s->trials[t]);
	}
	err = responses < 2 ? CAMP_ERR_NOT_FOUND : CAMP_OK;
	if (err != CAMP_OK)
		goto out;
	fit_cells(out, sums, data);
	fit_running(out, sums, data);
out:
	free(sums);
	return err;
}

void
baselines_clear(struct baselines *b)
{
	free(b->cells);
	memset(b, 0, sizeof(*b));
}

static struct forecast
normal(double p, double mu, double sd)
{
	return (struct forecast){.p = (float)p,
				 .mu = (float)mu,
				 .sigma = (float)sd,
				 .mu1 = (float)mu,
				 .sigma1 = (float)sd,
				 .sigma2 = (float)sd};
}

/* A condition without training trials is forecast as all of them together. */
static const struct baseline_cell *
cell_of(const struct baselines *b, const struct sequence_trial *trial)
{
	const struct baseline_cell *cell = &b->cells[trial->condition];

	return cell->n > 0 ? cell : &b->cells[0];
}

void
baselines_condition_mean(const struct baselines *b, const struct sequence *s,
			 struct forecast *out)
{
	for (int t = 0; t < s->n; t++) {
		const struct baseline_cell *cell = cell_of(b, &s->trials[t]);

		out[t] = normal(cell->p, cell->mean, cell->sd);
	}
}

void
baselines_running_mean(const struct baselines *b, const struct sequence *s,
		       struct forecast *out)
{
	struct running r = {0};

	for (int t = 0; t < s->n; t++) {
		const struct baseline_cell *cell = cell_of(b, &s->trials[t]);

		out[t] = normal(running_p(&r, cell, b->error_weight),
				running_mu(&r, cell, b->rt_weight), cell->running_sd);
		running_add(&r, cell, &s->trials[t]);
	}
}
