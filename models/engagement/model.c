#include "models/engagement/model.h"

#include <stdio.h>
#include <string.h>

#include "models/nn/embedding.h"
#include "models/nn/linear.h"

#define EMBEDDING_SD 0.02f
#define WIDTH_MAX 1024
#define LAYERS_MAX 24

static const char *
config_problem(const struct model_config *c)
{
	if (!encoder_kind_find(c->encoder))
		return "the encoder must be transformer, gru, cnn or linear";
	if (c->components < 1 || c->components > 2)
		return "components must be 1 or 2";
	if (c->width < 4 || c->width > WIDTH_MAX)
		return "the width must be 4 to 1024";
	if (c->layers < 1 || c->layers > LAYERS_MAX)
		return "layers must be 1 to 24";
	if (c->heads < 1 || c->heads > 64 || c->width % c->heads != 0)
		return "the width must be a multiple of the number of heads";
	if (c->ffn < 1 || c->ffn > 4 * WIDTH_MAX || c->taps < 1 || c->taps > 64)
		return "ffn must be 1 to 4096 and taps 1 to 64";
	if (!(c->dropout >= 0 && c->dropout < 1))
		return "dropout must be at least 0 and below 1";
	return NULL;
}

static void
plan_embeddings(struct model *m)
{
	struct nn_plan *p = &m->parameters;
	const struct vocabulary *v = &m->vocabulary;
	int d = m->config.width;

	m->embed.features = nn_plan_add(p, d, TOKEN_FEATURES, NN_INIT_NORMAL, 0.15f, true,
					"embed.features.weight");
	m->embed.bias =
		nn_plan_add(p, d, 0, NN_INIT_ZERO, 0, false, "embed.features.bias");
	m->embed.task = nn_plan_add(p, v->n_tasks, d, NN_INIT_NORMAL, EMBEDDING_SD, true,
				    "embed.task.weight");
	m->embed.condition = nn_plan_add(p, v->n_conditions, d, NN_INIT_NORMAL,
					 EMBEDDING_SD, true, "embed.condition.weight");
	m->embed.previous = nn_plan_add(p, v->n_conditions, d, NN_INIT_NORMAL,
					EMBEDDING_SD, true, "embed.previous.weight");
	if (!m->config.eeg)
		return;
	m->embed.epoch = nn_plan_add(p, d, EPOCH_FEATURES, NN_INIT_NORMAL, 0.15f, true,
				     "embed.epoch.weight");
	m->embed.epoch_bias = nn_plan_add(p, d, 0, NN_INIT_NORMAL, EMBEDDING_SD, false,
					  "embed.epoch.bias");
	m->embed.blind = nn_plan_add(p, 1, d, NN_INIT_NORMAL, EMBEDDING_SD, false,
				     "embed.blind.weight");
}

static int
window_rows(const struct model *m)
{
	return m->config.eeg ? ROWS_WINDOW_MAX : SEQUENCE_WINDOW;
}

static void
plan_work(struct model *m)
{
	int n = window_rows(m), d = m->config.width;

	m->at.x = nn_plan_add(&m->work, n, d, NN_INIT_ZERO, 0, false, "x");
	m->at.dx = nn_plan_add(&m->work, n, d, NN_INIT_ZERO, 0, false, "dx");
	m->at.hidden = nn_plan_add(&m->work, n, d, NN_INIT_ZERO, 0, false, "hidden");
	m->at.dhidden = nn_plan_add(&m->work, n, d, NN_INIT_ZERO, 0, false, "dhidden");
	m->at.raw = nn_plan_add(&m->work, n, HEAD_RAW, NN_INIT_ZERO, 0, false, "raw");
	m->at.draw = nn_plan_add(&m->work, n, HEAD_RAW, NN_INIT_ZERO, 0, false, "draw");
}

enum camp_err
model_make(struct model *m, const struct model_config *config,
	   struct vocabulary *take_vocabulary, char *why, size_t why_size)
{
	const char *problem = config_problem(config);
	struct encoder_config encoder = {.width = config->width,
					 .layers = config->layers,
					 .heads = config->heads,
					 .ffn = config->ffn,
					 .taps = config->taps,
					 .positions = SEQUENCE_WINDOW,
					 .dropout = config->dropout};
	enum camp_err err = CAMP_OK;
	int n_conditions = take_vocabulary->n_conditions;

	memset(m, 0, sizeof(*m));
	m->config = *config;
	m->vocabulary = *take_vocabulary;
	memset(take_vocabulary, 0, sizeof(*take_vocabulary));
	if (problem) {
		snprintf(why, why_size, "%s", problem);
		model_clear(m);
		return CAMP_ERR_INVALID;
	}
	encoder.rows_max = window_rows(m);
	m->kind = encoder_kind_find(config->encoder);
	plan_embeddings(m);
	err = m->kind->make(&m->encoder, &encoder, &m->parameters, &m->work);
	heads_plan(&m->head, &m->parameters, "head", config->components, config->width,
		   n_conditions);
	heads_plan(&m->linear, &m->baseline, "linear", config->components, 0,
		   n_conditions);
	plan_work(m);
	if (err == CAMP_OK)
		err = m->parameters.err;
	if (err == CAMP_OK)
		err = m->baseline.err;
	if (err == CAMP_OK)
		err = m->work.err;
	if (err != CAMP_OK) {
		snprintf(why, why_size, "%s",
			 err == CAMP_ERR_MEMORY ? "out of memory"
						: "the sizes of the model do not fit");
		model_clear(m);
	}
	return err;
}

void
model_clear(struct model *m)
{
	if (m->encoder)
		m->kind->free(m->encoder);
	nn_plan_clear(&m->parameters);
	nn_plan_clear(&m->baseline);
	nn_plan_clear(&m->work);
	vocabulary_clear(&m->vocabulary);
	memset(m, 0, sizeof(*m));
}

void
model_window(struct model_window *w, const struct token_rows *rows, int first_trial,
	     int last_trial)
{
	int end = last_trial < rows->n_trials ? rows->start[last_trial] : rows->n;

	w->rows = rows;
	w->from = rows->start[first_trial];
	w->n = end - w->from;
	w->forward_only = false;
	for (int i = 0; i < w->n; i++)
		w->position[i] = rows->trial[w->from + i] - first_trial;
}

void
model_window_rows(const struct model_window *w, struct heads_rows *out)
{
	*out = (struct heads_rows){
		.n = w->n,
		.features = w->rows->features + (size_t)w->from * TOKEN_FEATURES,
		.condition = w->rows->condition + w->from,
		.base = w->rows->base + w->from,
	};
}

void
model_embed(const struct model *m, const struct nn_weights *weights, float *x,
	    const struct model_window *w)
{
	const struct token_rows *r = w->rows;
	const float *p = weights->base;
	int n = w->n, d = m->config.width;
	struct nn_embedding conditions = {n, m->vocabulary.n_conditions, d};

	nn_linear_forward((struct nn_linear){n, TOKEN_FEATURES, d}, x,
			  r->features + (size_t)w->from * TOKEN_FEATURES,
			  p + m->embed.features, p + m->embed.bias);
	nn_embedding_forward((struct nn_embedding){n, m->vocabulary.n_tasks, d}, x,
			     r->task + w->from, p + m->embed.task);
	nn_embedding_forward(conditions, x, r->condition + w->from,
			     p + m->embed.condition);
	nn_embedding_forward(conditions, x, r->previous + w->from, p + m->embed.previous);
	if (!m->config.eeg)
		return;
	for (int i = 0; i < n; i++)
		if (r->condition[w->from + i] < 0)
			nn_linear_forward((struct nn_linear){1, EPOCH_FEATURES, d},
					  x + (size_t)i * d,
					  r->epoch +
						  (size_t)(w->from + i) * EPOCH_FEATURES,
					  p + m->embed.epoch, p + m->embed.epoch_bias);
	nn_embedding_forward((struct nn_embedding){n, 1, d}, x, r->blind + w->from,
			     p + m->embed.blind);
}

static void
embed_backward(const struct model *m, float *g, const float *dx, const float *p,
	       const struct model_window *w)
{
	const struct token_rows *r = w->rows;
	int n = w->n, d = m->config.width;
	struct nn_embedding conditions = {n, m->vocabulary.n_conditions, d};

	/* Features of epochs are zero; what their rows add to the bias is taken back. */
	nn_linear_backward((struct nn_linear){n, TOKEN_FEATURES, d}, NULL,
			   g + m->embed.features, g + m->embed.bias, dx,
			   r->features + (size_t)w->from * TOKEN_FEATURES,
			   p + m->embed.features);
	nn_embedding_backward((struct nn_embedding){n, m->vocabulary.n_tasks, d},
			      g + m->embed.task, dx, r->task + w->from);
	nn_embedding_backward(conditions, g + m->embed.condition, dx,
			      r->condition + w->from);
	nn_embedding_backward(conditions, g + m->embed.previous, dx,
			      r->previous + w->from);
	if (!m->config.eeg)
		return;
	for (int i = 0; i < n; i++) {
		const float *row = dx + (size_t)i * d;

		if (r->condition[w->from + i] >= 0)
			continue;
		for (int j = 0; j < d; j++)
			g[m->embed.bias + (size_t)j] -= row[j];
		nn_linear_backward((struct nn_linear){1, EPOCH_FEATURES, d}, NULL,
				   g + m->embed.epoch, g + m->embed.epoch_bias, row,
				   r->epoch + (size_t)(w->from + i) * EPOCH_FEATURES,
				   p + m->embed.epoch);
	}
	nn_embedding_backward((struct nn_embedding){n, 1, d}, g + m->embed.blind, dx,
			      r->blind + w->from);
}

const float *
model_forward(const struct model *m, const struct nn_weights *weights, float *work,
	      const struct model_window *w, struct rng *rng, float *attention)
{
	struct encoder_pass pass = {.n = w->n,
				    .position = w->position,
				    .weights = *weights,
				    .work = work,
				    .rng = rng,
				    .attention = attention,
				    .forward_only = w->forward_only};
	struct heads_rows rows;

	model_embed(m, weights, work + m->at.x, w);
	model_window_rows(w, &rows);
	rows.hidden = m->kind->forward(m->encoder, &pass, work + m->at.x);
	/* Where model_backward() finds it. */
	memcpy(work + m->at.hidden, rows.hidden,
	       (size_t)w->n * (size_t)m->config.width * sizeof(float));
	heads_forward(&m->head, weights->base, &rows, work + m->at.raw);
	return work + m->at.raw;
}

void
model_backward(const struct model *m, const struct nn_weights *weights, float *work,
	       const struct model_window *w, struct rng *rng, float beta,
	       struct heads_loss *loss, float *gradients)
{
	struct encoder_pass pass = {.n = w->n,
				    .position = w->position,
				    .weights = *weights,
				    .work = work,
				    .rng = rng};
	const struct token_rows *r = w->rows;
	struct heads_rows rows;

	model_window_rows(w, &rows);
	rows.hidden = work + m->at.hidden;
	heads_loss(&m->head, &rows, work + m->at.raw, r->correct + w->from,
		   r->y + w->from, beta, loss, gradients ? work + m->at.draw : NULL);
	if (!gradients)
		return;
	heads_backward(&m->head, weights->base, &rows, work + m->at.draw, gradients,
		       work + m->at.dhidden);
	m->kind->backward(m->encoder, &pass, work + m->at.dx, gradients,
			  work + m->at.dhidden, work + m->at.x);
	embed_backward(m, gradients, work + m->at.dx, weights->base, w);
}

const float *
model_linear_forward(const struct model *m, const float *parameters, float *work,
		     const struct model_window *w)
{
	struct heads_rows rows;

	model_window_rows(w, &rows);
	heads_forward(&m->linear, parameters, &rows, work + m->at.raw);
	return work + m->at.raw;
}

void
model_linear_backward(const struct model *m, const float *parameters, float *work,
		      const struct model_window *w, float beta, struct heads_loss *loss,
		      float *gradients)
{
	const struct token_rows *r = w->rows;
	struct heads_rows rows;

	model_window_rows(w, &rows);
	heads_loss(&m->linear, &rows, work + m->at.raw, r->correct + w->from,
		   r->y + w->from, beta, loss, gradients ? work + m->at.draw : NULL);
	if (gradients)
		heads_backward(&m->linear, parameters, &rows, work + m->at.draw,
			       gradients, NULL);
}
