#include "models/train/fit_pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/arena.h"
#include "models/stats/rng.h"

/* How often a training window is shown as if its conditions, or its task too, were new.
 */
#define HIDE_CONDITIONS 0.06
#define HIDE_TASK 0.5
#define HIDE_EPOCHS 0.5

struct fit_worker {
	struct nn_arena work, gradient;
	struct token_rows rows;
	struct model_window window;
	struct heads_loss loss;
	enum camp_err err;
};

enum camp_err
fit_passes_init(struct fit_passes *p, const struct model *m, int threads)
{
	size_t floats = m->parameters.floats > m->baseline.floats ? m->parameters.floats
								  : m->baseline.floats;
	enum camp_err err;

	memset(p, 0, sizeof(*p));
	p->model = m;
	p->workers = calloc((size_t)threads, sizeof(*p->workers));
	if (!p->workers)
		return CAMP_ERR_MEMORY;
	err = crew_new(&p->crew, threads);
	for (int i = 0; i < threads && err == CAMP_OK; i++) {
		err = nn_arena_init(&p->workers[i].work, m->work.floats);
		if (err == CAMP_OK)
			err = nn_arena_init(&p->workers[i].gradient, floats);
	}
	if (err != CAMP_OK)
		fit_passes_clear(p);
	return err;
}

void
fit_passes_clear(struct fit_passes *p)
{
	int n = p->crew ? crew_size(p->crew) : 0;

	crew_free(p->crew);
	for (int i = 0; i < n; i++) {
		nn_arena_clear(&p->workers[i].work);
		nn_arena_clear(&p->workers[i].gradient);
		token_rows_clear(&p->workers[i].rows);
	}
	free(p->workers);
	free(p->of_sequence);
	memset(p, 0, sizeof(*p));
}

static struct rows_mask
random_mask(struct rng *rng, bool eeg)
{
	struct rows_mask mask = {.epochs = true};

	/* All are drawn every time, so that one does not move the others. */
	bool conditions = rng_uniform(rng) < HIDE_CONDITIONS;
	bool task = rng_uniform(rng) < HIDE_TASK;
	bool epochs = rng_uniform(rng) < HIDE_EPOCHS;

	mask.conditions = conditions;
	mask.task = conditions && task;
	mask.epochs = !eeg || epochs;
	return mask;
}

struct gradient_job {
	struct fit_passes *passes;
	const struct fit_batch *batch;
};

static enum camp_err
window_gradient(const struct model *m, struct fit_worker *k, const struct fit_batch *b,
		int i)
{
	const struct fit_window *w = &b->data[i]->windows[b->window[i]];
	struct nn_weights weights = {.base = b->theta};
	struct rng rng;
	enum camp_err err;

	rng_seed(&rng, b->seed, (uint64_t)b->step * 65536 + (uint64_t)i);
	err = token_rows_fill(&k->rows, &m->vocabulary,
			      &b->data[i]->sequences[w->sequence], w->last,
			      random_mask(&rng, b->eeg));
	if (err != CAMP_OK)
		return err;
	model_window(&k->window, &k->rows, w->first, w->last);
	if (b->linear) {
		model_linear_forward(m, b->theta, k->work.base, &k->window);
		model_linear_backward(m, b->theta, k->work.base, &k->window, b->beta,
				      &k->loss, k->gradient.base);
	} else {
		model_forward(m, &weights, k->work.base, &k->window, &rng, NULL);
		model_backward(m, &weights, k->work.base, &k->window, &rng, b->beta,
			       &k->loss, k->gradient.base);
	}
	return CAMP_OK;
}

static void
gradient_share(void *arg, int worker, int n_workers)
{
	struct gradient_job *job = arg;
	struct fit_worker *k = &job->passes->workers[worker];

	memset(&k->loss, 0, sizeof(k->loss));
	nn_arena_zero(&k->gradient);
	k->err = CAMP_OK;
	for (int i = worker; i < job->batch->n && k->err == CAMP_OK; i += n_workers)
		k->err = window_gradient(job->passes->model, k, job->batch, i);
}

static void
add_loss(struct heads_loss *to, const struct heads_loss *from)
{
	to->correct += from->correct;
	to->rt += from->rt;
	to->n_correct += from->n_correct;
	to->n_rt += from->n_rt;
}

enum camp_err
fit_gradient(struct fit_passes *p, const struct fit_batch *b, float *gradient,
	     struct heads_loss *loss)
{
	struct gradient_job job = {p, b};
	const struct nn_plan *plan =
		b->linear ? &p->model->baseline : &p->model->parameters;
	float scale;

	crew_run(p->crew, gradient_share, &job);
	memset(loss, 0, sizeof(*loss));
	for (int k = 0; k < crew_size(p->crew); k++) {
		const float *g = p->workers[k].gradient.base;

		if (p->workers[k].err != CAMP_OK)
			return p->workers[k].err;
		add_loss(loss, &p->workers[k].loss);
		for (size_t i = 0; i < plan->floats; i++)
			gradient[i] = k == 0 ? g[i] : gradient[i] + g[i];
	}
	scale = 1.0f / (float)(loss->n_correct > 0 ? loss->n_correct : 1);
	for (size_t i = 0; i < plan->floats; i++)
		gradient[i] *= scale;
	return CAMP_OK;
}

struct validation_job {
	struct fit_passes *passes;
	const struct fit_data *data;
	const float *theta;
	bool linear, eeg;
};

/* The trials of the window before `done` were counted in an earlier one. */
static void
forget_counted(struct fit_worker *k, int done)
{
	struct token_rows *r = &k->rows;

	for (int i = 0; i < k->window.n; i++) {
		int row = k->window.from + i;

		if (r->trial[row] < done)
			r->correct[row] = r->y[row] = NAN;
	}
}

static enum camp_err
sequence_loss(const struct validation_job *job, struct fit_worker *k,
	      const struct sequence *s, struct heads_loss *loss)
{
	const struct model *m = job->passes->model;
	struct nn_weights weights = {.base = job->theta};
	struct rows_mask mask = {.epochs = !job->eeg};
	enum camp_err err = token_rows_fill(&k->rows, &m->vocabulary, s, s->n, mask);
	int done = 0;

	while (err == CAMP_OK && done < s->n) {
		int from = done == 0 ? 0 : done - (SEQUENCE_WINDOW - SEQUENCE_STRIDE);
		int to = from + SEQUENCE_WINDOW < s->n ? from + SEQUENCE_WINDOW : s->n;

		model_window(&k->window, &k->rows, from, to);
		k->window.forward_only = true;
		forget_counted(k, done);
		if (job->linear) {
			model_linear_forward(m, job->theta, k->work.base, &k->window);
			model_linear_backward(m, job->theta, k->work.base, &k->window, 0,
					      loss, NULL);
		} else {
			model_forward(m, &weights, k->work.base, &k->window, NULL, NULL);
			model_backward(m, &weights, k->work.base, &k->window, NULL, 0,
				       loss, NULL);
		}
		done = to;
	}
	return err;
}

static void
validation_share(void *arg, int worker, int n_workers)
{
	struct validation_job *job = arg;
	struct fit_worker *k = &job->passes->workers[worker];

	k->err = CAMP_OK;
	for (int i = worker; i < job->data->n_validation && k->err == CAMP_OK;
	     i += n_workers) {
		struct heads_loss *loss = &job->passes->of_sequence[i];

		memset(loss, 0, sizeof(*loss));
		k->err = sequence_loss(job, k,
				       &job->data->sequences[job->data->validation[i]],
				       loss);
	}
}

enum camp_err
fit_validate(struct fit_passes *p, const struct fit_data *data, bool linear,
	     const float *theta, bool eeg, struct heads_loss *loss)
{
	struct validation_job job = {p, data, theta, linear, eeg};

	memset(loss, 0, sizeof(*loss));
	if (data->n_validation > p->cap_sequences) {
		void *more = realloc(p->of_sequence, (size_t)data->n_validation *
							     sizeof(*p->of_sequence));

		if (!more)
			return CAMP_ERR_MEMORY;
		p->of_sequence = more;
		p->cap_sequences = data->n_validation;
	}
	crew_run(p->crew, validation_share, &job);
	for (int k = 0; k < crew_size(p->crew); k++)
		if (p->workers[k].err != CAMP_OK)
			return p->workers[k].err;
	/* In the order of sequences, whoever did them. */
	for (int i = 0; i < data->n_validation; i++)
		add_loss(loss, &p->of_sequence[i]);
	return CAMP_OK;
}
