#include "models/engagement/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"
#include "models/stats/rng.h"

#define RAW_MU 1 /* heads.h: o[1] */
#define SEED 20260401

struct explainer {
	const struct forecaster *f;
	int n_trials;
	struct nn_weights weights; /* float32, as gradients need them */
	struct nn_arena work;
	struct nn_arena gradients; /* of parameters: computed, never used */
	struct token_rows rows;    /* of the sequence, one a trial */
	struct token_rows fewer;   /* of a window without some trials */
	float *attention;          /* [layers][heads][n][n]; NULL: not a transformer */
	struct model_window window;
};

static bool
attends(const struct forecaster *f)
{
	return f->model.kind == &encoder_transformer;
}

enum camp_err
explainer_new(struct explainer **out, const struct forecaster *f,
	      const struct sequence *s)
{
	const struct rows_mask behaviour = {.epochs = true};
	const struct model_config *c = &f->model.config;
	struct explainer *e = calloc(1, sizeof(*e));
	struct sequence window = *s;
	enum camp_err err;

	*out = NULL;
	if (!e)
		return CAMP_ERR_MEMORY;
	e->f = f;
	e->n_trials = s->n;
	e->weights = (struct nn_weights){.base = f->weights.base};
	if (window.n > SEQUENCE_WINDOW)
		window.n = SEQUENCE_WINDOW;
	err = nn_arena_init(&e->work, f->model.work.floats);
	if (err == CAMP_OK)
		err = nn_arena_init(&e->gradients, f->model.parameters.floats);
	if (err == CAMP_OK)
		err = token_rows_fill(&e->rows, &f->model.vocabulary, s, s->n, behaviour);
	/* For its room. */
	if (err == CAMP_OK)
		err = token_rows_fill(&e->fewer, &f->model.vocabulary, &window, window.n,
				      behaviour);
	if (err == CAMP_OK && attends(f)) {
		e->attention = calloc((size_t)c->layers * (size_t)c->heads,
				      sizeof(float) * SEQUENCE_WINDOW * SEQUENCE_WINDOW);
		err = e->attention ? CAMP_OK : CAMP_ERR_MEMORY;
	}
	if (err != CAMP_OK) {
		explainer_free(e);
		return err;
	}
	*out = e;
	return CAMP_OK;
}

void
explainer_free(struct explainer *e)
{
	if (!e)
		return;
	nn_arena_clear(&e->work);
	nn_arena_clear(&e->gradients);
	token_rows_clear(&e->rows);
	token_rows_clear(&e->fewer);
	free(e->attention);
	free(e);
}

/* The first trial of the window that forecast_run() takes the target from. */
static int
window_start(int target)
{
	int beyond = target - SEQUENCE_WINDOW + 1;

	if (beyond <= 0)
		return 0;
	return (beyond + SEQUENCE_STRIDE - 1) / SEQUENCE_STRIDE * SEQUENCE_STRIDE;
}

static void
copy_row(struct token_rows *to, int at, const struct token_rows *from, int row)
{
	memcpy(to->features + (size_t)at * TOKEN_FEATURES,
	       from->features + (size_t)row * TOKEN_FEATURES,
	       TOKEN_FEATURES * sizeof(float));
	memcpy(to->epoch + (size_t)at * EPOCH_FEATURES,
	       from->epoch + (size_t)row * EPOCH_FEATURES,
	       EPOCH_FEATURES * sizeof(float));
	to->base[at] = from->base[row];
	to->trial[at] = from->trial[row];
	to->task[at] = from->task[row];
	to->condition[at] = from->condition[row];
	to->previous[at] = from->previous[row];
	to->blind[at] = from->blind[row];
}

/* The window first .. target without the trials marked; the target is its last row. */
static void
set_window(struct explainer *e, int first, int target, const bool *without)
{
	struct model_window *w = &e->window;

	w->rows = &e->fewer;
	w->from = w->n = 0;
	for (int t = first; t <= target; t++) {
		if (without && t < target && without[t - first])
			continue;
		copy_row(&e->fewer, w->n, &e->rows, t);
		w->position[w->n++] = t - first;
	}
	e->fewer.n = w->n;
}

static struct forecast
forecast_last(struct explainer *e, float *attention)
{
	const struct model *m = &e->f->model;
	int last = e->window.n - 1;
	struct forecast out;
	const float *raw =
		model_forward(m, &e->weights, e->work.base, &e->window, NULL, attention);

	heads_forecast(&m->head, &e->fewer.base[last], raw + (size_t)last * HEAD_RAW,
		       &out);
	return out;
}

/* credit [n]: that of the last row, e_n, times (A + I) / 2 from the last layer down. */
static void
roll_out(const struct explainer *e, int n, double *credit)
{
	const struct model_config *c = &e->f->model.config;

	for (int i = 0; i < n; i++)
		credit[i] = i == n - 1;
	for (int layer = c->layers - 1; layer >= 0; layer--) {
		double next[SEQUENCE_WINDOW] = {0};

		for (int h = 0; h < c->heads; h++) {
			const float *a = e->attention + (size_t)(layer * c->heads + h) *
								(size_t)n * (size_t)n;

			for (int i = 0; i < n; i++) {
				for (int j = 0; j <= i; j++)
					next[j] += credit[i] *
						   (double)a[(size_t)i * (size_t)n +
							     (size_t)j];
			}
		}
		for (int i = 0; i < n; i++)
			credit[i] = (credit[i] + next[i] / c->heads) / 2;
	}
}

/* After the forward pass of the whole window. */
static void
gradient_times_input(struct explainer *e, float *out)
{
	const struct model *m = &e->f->model;
	int n = e->window.n, d = m->config.width;
	struct encoder_pass pass = {.n = n,
				    .position = e->window.position,
				    .weights = e->weights,
				    .work = e->work.base};
	float *draw = e->work.base + m->at.draw, *dx = e->work.base + m->at.dx;
	const float *x = e->work.base + m->at.x;
	struct heads_rows rows;

	memset(draw, 0, (size_t)n * HEAD_RAW * sizeof(*draw));
	draw[(size_t)(n - 1) * HEAD_RAW + RAW_MU] = e->fewer.base[n - 1].sd;
	model_window_rows(&e->window, &rows);
	rows.hidden = e->work.base + m->at.hidden;
	heads_backward(&m->head, e->weights.base, &rows, draw, e->gradients.base,
		       e->work.base + m->at.dhidden);
	m->kind->backward(m->encoder, &pass, dx, e->gradients.base,
			  e->work.base + m->at.dhidden, x);
	for (int i = 0; i < n - 1; i++) {
		double sum = 0;

		for (int k = 0; k < d; k++)
			sum += (double)x[(size_t)i * (size_t)d + (size_t)k] *
			       (double)dx[(size_t)i * (size_t)d + (size_t)k];
		out[i] = (float)sum;
	}
}

/* Marks the k highest of |score|; k <= n. */
static void
mark_highest(const float *score, int n, int k, bool *marked)
{
	memset(marked, 0, SEQUENCE_WINDOW * sizeof(*marked));
	for (; k > 0; k--) {
		int best = -1;

		for (int i = 0; i < n; i++) {
			if (!marked[i] &&
			    (best < 0 || fabsf(score[i]) > fabsf(score[best])))
				best = i;
		}
		marked[best] = true;
	}
}

static struct explain_effect
delete_marked(struct explainer *e, const struct explanation *x, const bool *marked)
{
	struct forecast f;

	set_window(e, x->first, x->target, marked);
	f = forecast_last(e, NULL);
	return (struct explain_effect){fabs((double)f.mu - (double)x->forecast.mu),
				       fabs((double)f.p - (double)x->forecast.p)};
}

static struct explain_effect
delete_random(struct explainer *e, const struct explanation *x)
{
	struct explain_effect sum = {0, 0};
	int order[SEQUENCE_WINDOW];
	struct rng rng;

	rng_seed(&rng, SEED, (uint64_t)x->target);
	for (int i = 0; i < x->n; i++)
		order[i] = i;
	for (int draw = 0; draw < EXPLAIN_DRAWS; draw++) {
		bool marked[SEQUENCE_WINDOW] = {false};
		struct explain_effect one;

		rng_shuffle(&rng, order, (uint32_t)x->n);
		for (int i = 0; i < x->deleted; i++)
			marked[order[i]] = true;
		one = delete_marked(e, x, marked);
		sum.mu += one.mu / EXPLAIN_DRAWS;
		sum.p += one.p / EXPLAIN_DRAWS;
	}
	return sum;
}

void
explain_trial(struct explainer *e, int target, struct explanation *out)
{
	bool marked[SEQUENCE_WINDOW];

	*out = (struct explanation){.target = target, .first = window_start(target)};
	out->n = target - out->first;
	out->deleted = out->n < EXPLAIN_DELETED ? out->n : EXPLAIN_DELETED;
	set_window(e, out->first, target, NULL);
	out->forecast = forecast_last(e, e->attention);
	gradient_times_input(e, out->gradient);
	if (e->attention) {
		double credit[SEQUENCE_WINDOW] = {0};

		roll_out(e, out->n + 1, credit);
		for (int i = 0; i < out->n; i++)
			out->attention[i] = (float)credit[i];
		out->own = (float)credit[out->n];
		out->has_attention = true;
	}
	if (out->n == 0)
		return;
	mark_highest(out->gradient, out->n, out->deleted, marked);
	out->by_gradient = delete_marked(e, out, marked);
	if (e->attention) {
		mark_highest(out->attention, out->n, out->deleted, marked);
		out->by_attention = delete_marked(e, out, marked);
	}
	out->by_chance = delete_random(e, out);
}

static void
add_effect(struct explain_effect *sum, struct explain_effect one)
{
	sum->mu += one.mu;
	sum->p += one.p;
}

static void
divide_effect(struct explain_effect *sum, int n)
{
	sum->mu /= n;
	sum->p /= n;
}

void
explain_sequence(struct explainer *e, int step, struct explain_summary *out)
{
	struct explanation x;

	memset(out, 0, sizeof(*out));
	for (int t = e->n_trials - 1; t >= 0; t -= step) {
		if (t - window_start(t) < 2 * EXPLAIN_DELETED)
			continue;
		explain_trial(e, t, &x);
		add_effect(&out->by_attention, x.by_attention);
		add_effect(&out->by_gradient, x.by_gradient);
		add_effect(&out->by_chance, x.by_chance);
		out->n++;
	}
	if (out->n == 0)
		return;
	divide_effect(&out->by_attention, out->n);
	divide_effect(&out->by_gradient, out->n);
	divide_effect(&out->by_chance, out->n);
}
