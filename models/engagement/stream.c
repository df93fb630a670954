#include "models/engagement/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"

#define KEPT (SEQUENCE_WINDOW - SEQUENCE_STRIDE)

struct forecast_stream {
	const struct forecaster *f;
	bool use_eeg;
	struct token_state tokens;
	struct token_sums *sums;
	struct nn_arena work, state, embedded; /* embedded [ROWS_WINDOW_MAX][width] */
	float *hidden;                         /* [width] */
	int n_rows, n_trials;                  /* of this window */
	int trial_of[ROWS_WINDOW_MAX];         /* number in the window, as position */
	double power[EEG_REGIONS * (EEG_BANDS + 1)];
	/* Epochs since the last trial; they become rows when the trial is asked for. */
	struct sequence_epoch waiting[ROWS_EPOCHS_PER_TRIAL];
	int n_waiting;
	bool seen_epoch;
	struct token_base base; /* of the trial whose outcome is awaited */
};

/* One row as the model's functions take rows. */
struct single {
	float features[TOKEN_FEATURES], epoch[EPOCH_FEATURES];
	struct token_base base;
	int trial, task, condition, previous, blind, start;
	struct token_rows rows;
	struct model_window window;
};

static void
single_init(struct single *one)
{
	memset(one, 0, sizeof(*one));
	one->base.sd = 1;
	one->task = one->condition = one->previous = one->blind = -1;
	one->rows = (struct token_rows){.n = 1,
					.n_trials = 1,
					.features = one->features,
					.epoch = one->epoch,
					.base = &one->base,
					.trial = &one->trial,
					.task = &one->task,
					.condition = &one->condition,
					.previous = &one->previous,
					.blind = &one->blind,
					.start = &one->start};
	one->window.rows = &one->rows;
	one->window.n = 1;
}

struct forecast_stream *
forecast_stream_new(const struct forecaster *f, int task, bool use_eeg)
{
	struct forecast_stream *s = calloc(1, sizeof(*s));
	const struct model *m = &f->model;
	size_t width = (size_t)m->config.width;

	if (!s)
		return NULL;
	s->f = f;
	s->use_eeg = use_eeg && m->config.eeg;
	s->sums = calloc((size_t)m->vocabulary.n_conditions, sizeof(*s->sums));
	s->hidden = calloc(width, sizeof(float));
	if (!s->sums || !s->hidden ||
	    nn_arena_init(&s->work, m->work.floats) != CAMP_OK ||
	    nn_arena_init(&s->state, m->kind->state_floats(m->encoder)) != CAMP_OK ||
	    nn_arena_init(&s->embedded, ROWS_WINDOW_MAX * width) != CAMP_OK) {
		forecast_stream_free(s);
		return NULL;
	}
	token_start(&s->tokens, &m->vocabulary, task, s->sums);
	return s;
}

void
forecast_stream_free(struct forecast_stream *s)
{
	if (!s)
		return;
	free(s->sums);
	free(s->hidden);
	nn_arena_clear(&s->work);
	nn_arena_clear(&s->state);
	nn_arena_clear(&s->embedded);
	free(s);
}

static void
step(struct forecast_stream *s, int row)
{
	const struct model *m = &s->f->model;

	m->kind->step(m->encoder, &s->f->weights, s->state.base, s->work.base, row,
		      s->trial_of[row], s->hidden,
		      s->embedded.base + (size_t)row * (size_t)m->config.width);
}

/* The window is full: the next one has its last KEPT trials already. */
static void
next_window(struct forecast_stream *s)
{
	size_t width = (size_t)s->f->model.config.width;
	int first = 0, n;

	while (first < s->n_rows && s->trial_of[first] < SEQUENCE_STRIDE)
		first++;
	n = s->n_rows - first;
	memmove(s->embedded.base, s->embedded.base + (size_t)first * width,
		(size_t)n * width * sizeof(float));
	memmove(s->trial_of, s->trial_of + first, (size_t)n * sizeof(int));
	nn_arena_zero(&s->state);
	for (int i = 0; i < n; i++) {
		s->trial_of[i] -= SEQUENCE_STRIDE;
		step(s, i);
	}
	s->n_rows = n;
	s->n_trials = KEPT;
}

static void
add_row(struct forecast_stream *s, const struct single *one)
{
	const struct model *m = &s->f->model;
	int row = s->n_rows++;

	s->trial_of[row] = s->n_trials;
	model_embed(m, &s->f->weights,
		    s->embedded.base + (size_t)row * (size_t)m->config.width,
		    &one->window);
	step(s, row);
}

static void
add_waiting(struct forecast_stream *s)
{
	for (int i = 0; i < s->n_waiting; i++) {
		struct single one;

		single_init(&one);
		epoch_features(&s->waiting[i], s->power, one.epoch);
		add_row(s, &one);
	}
	s->n_waiting = 0;
}

void
forecast_stream_epoch(struct forecast_stream *s, const struct sequence_epoch *epoch)
{
	if (!s->use_eeg)
		return;
	s->seen_epoch = true;
	if (s->n_waiting == ROWS_EPOCHS_PER_TRIAL)
		memmove(s->waiting, s->waiting + 1,
			(ROWS_EPOCHS_PER_TRIAL - 1) * sizeof(s->waiting[0]));
	else
		s->n_waiting++;
	s->waiting[s->n_waiting - 1] = *epoch;
}

void
forecast_stream_next(struct forecast_stream *s, const struct sequence_trial *trial,
		     struct forecast *out)
{
	const struct model *m = &s->f->model;
	struct heads_rows rows;
	float raw[HEAD_RAW];
	struct single one;

	if (s->n_trials == SEQUENCE_WINDOW)
		next_window(s);
	add_waiting(s);
	single_init(&one);
	token_next(&s->tokens, trial, one.features, &one.base);
	one.task = s->tokens.task;
	one.condition = trial->condition;
	one.previous = one.base.previous;
	one.blind = s->seen_epoch ? -1 : 0;
	add_row(s, &one);
	model_window_rows(&one.window, &rows);
	rows.hidden = s->hidden;
	heads_forward(&m->head, s->f->weights.base, &rows, raw);
	heads_forecast(&m->head, &one.base, raw, out);
	s->base = one.base;
}

void
forecast_stream_outcome(struct forecast_stream *s, const struct sequence_trial *trial)
{
	token_outcome(&s->tokens, trial, &s->base);
	s->n_trials++;
}
