#include "models/engagement/forecaster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"

static void
set_version(struct forecaster *f, const uint8_t *bytes, size_t n)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	snprintf(f->version, sizeof(f->version), "%08lx%08lx",
		 (unsigned long)(hash >> 32), (unsigned long)(hash & 0xffffffffu));
}

/* The file's texts without its bytes, which hold the tensors a second time. */
static enum camp_err
copy_texts(struct forecaster *f, const struct nn_checkpoint *file)
{
	f->texts = calloc((size_t)file->n_texts + 1, sizeof(*f->texts));
	if (!f->texts)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < file->n_texts; i++) {
		char *key = strdup(file->texts[i].key);
		char *value = strdup(file->texts[i].value);

		f->texts[f->n_texts++] = (struct nn_checkpoint_text){key, value};
		if (!key || !value)
			return CAMP_ERR_MEMORY;
	}
	return CAMP_OK;
}

static enum camp_err
make(struct forecaster **out, const struct nn_checkpoint *file, char *why,
     size_t why_size)
{
	struct forecaster *f = calloc(1, sizeof(*f));
	enum camp_err err = f ? CAMP_OK : CAMP_ERR_MEMORY;

	snprintf(why, why_size, "out of memory");
	if (err == CAMP_OK)
		err = model_file_read(&f->model, &f->values, file, why, why_size);
	if (err == CAMP_OK)
		err = copy_texts(f, file);
	if (err == CAMP_OK)
		err = model_values_pack(&f->model, &f->values);
	if (err != CAMP_OK) {
		forecaster_free(f);
		return err;
	}
	set_version(f, file->bytes, file->n_bytes);
	f->weights = model_weights(&f->values);
	*out = f;
	return CAMP_OK;
}

enum camp_err
forecaster_load(struct forecaster **out, const char *path, char *why, size_t why_size)
{
	struct nn_checkpoint file = {0};
	enum camp_err err = nn_checkpoint_read(&file, path, why, why_size);

	*out = NULL;
	if (err == CAMP_OK)
		err = make(out, &file, why, why_size);
	nn_checkpoint_clear(&file);
	return err;
}

enum camp_err
forecaster_parse(struct forecaster **out, const void *bytes, size_t n, char *why,
		 size_t why_size)
{
	struct nn_checkpoint file = {0};
	uint8_t *copy = malloc(n ? n : 1);
	enum camp_err err;

	*out = NULL;
	snprintf(why, why_size, "out of memory");
	if (!copy)
		return CAMP_ERR_MEMORY;
	memcpy(copy, bytes, n);
	err = nn_checkpoint_parse(&file, copy, n, why, why_size);
	if (err != CAMP_OK) {
		free(copy);
		return err;
	}
	err = make(out, &file, why, why_size);
	nn_checkpoint_clear(&file);
	return err;
}

void
forecaster_free(struct forecaster *f)
{
	if (!f)
		return;
	for (int i = 0; i < f->n_texts; i++) {
		free((char *)f->texts[i].key);
		free((char *)f->texts[i].value);
	}
	free(f->texts);
	model_clear(&f->model);
	model_values_clear(&f->values);
	free(f);
}

int
forecaster_task(const struct forecaster *f, const char *task)
{
	return vocabulary_task(&f->model.vocabulary, task);
}

int
forecaster_condition(const struct forecaster *f, int task, const char *condition)
{
	return vocabulary_condition(&f->model.vocabulary, task, condition);
}

float
forecaster_response_rate(const struct forecaster *f, int condition)
{
	return f->model.vocabulary.conditions[condition].figures.response_rate;
}

float
forecaster_condition_mean(const struct forecaster *f, int task, int condition)
{
	if (condition == 0)
		return NAN;
	return vocabulary_figures(&f->model.vocabulary, task, condition)->mean;
}

const char *
forecaster_encoder(const struct forecaster *f)
{
	return f->model.config.encoder;
}

const char *
forecaster_text(const struct forecaster *f, const char *key)
{
	for (int i = 0; i < f->n_texts; i++)
		if (strcmp(f->texts[i].key, key) == 0)
			return f->texts[i].value;
	return NULL;
}

bool
forecaster_uses_eeg(const struct forecaster *f)
{
	const char *use = forecaster_text(f, "eeg_use");

	return f->model.config.eeg && use && strcmp(use, "yes") == 0;
}

const char *
forecaster_version(const struct forecaster *f)
{
	return f->version;
}

struct forecast_work *
forecast_work_new(const struct forecaster *f)
{
	struct forecast_work *w = calloc(1, sizeof(*w));

	if (w && nn_arena_init(&w->arena, f->model.work.floats) != CAMP_OK) {
		free(w);
		w = NULL;
	}
	return w;
}

void
forecast_work_free(struct forecast_work *w)
{
	if (!w)
		return;
	nn_arena_clear(&w->arena);
	token_rows_clear(&w->rows);
	free(w);
}

/* The forecasts of the window's trials from `first` on. */
static void
run_window(const struct forecaster *f, struct forecast_work *w, enum forecast_by by,
	   int first, struct forecast *out)
{
	const struct model *m = &f->model;
	const struct heads *heads = by == FORECAST_BY_LINEAR ? &m->linear : &m->head;
	const struct token_rows *r = &w->rows;
	const float *raw;

	w->window.forward_only = true;
	if (by == FORECAST_BY_LINEAR)
		raw = model_linear_forward(m, f->values.linear.base, w->arena.base,
					   &w->window);
	else
		raw = model_forward(m, &f->weights, w->arena.base, &w->window, NULL,
				    NULL);
	for (int i = 0; i < w->window.n; i++) {
		int row = w->window.from + i;

		if (r->condition[row] >= 0 && r->trial[row] >= first)
			heads_forecast(heads, &r->base[row], raw + (size_t)i * HEAD_RAW,
				       &out[r->trial[row]]);
	}
}

enum camp_err
forecast_run_masked(const struct forecaster *f, struct forecast_work *w,
		    const struct sequence *s, enum forecast_by by, struct rows_mask mask,
		    struct forecast *out)
{
	enum camp_err err;
	int done = 0;

	err = token_rows_fill(&w->rows, &f->model.vocabulary, s, s->n, mask);
	if (err != CAMP_OK)
		return err;
	while (done < s->n) {
		int from = done == 0 ? 0 : done - (SEQUENCE_WINDOW - SEQUENCE_STRIDE);
		int to = from + SEQUENCE_WINDOW < s->n ? from + SEQUENCE_WINDOW : s->n;

		model_window(&w->window, &w->rows, from, to);
		run_window(f, w, by, done, out);
		done = to;
	}
	return CAMP_OK;
}

enum camp_err
forecast_run(const struct forecaster *f, struct forecast_work *w,
	     const struct sequence *s, enum forecast_by by, bool use_eeg,
	     struct forecast *out)
{
	struct rows_mask mask = {.epochs = !use_eeg || !f->model.config.eeg};

	return forecast_run_masked(f, w, s, by, mask, out);
}

static double
normal_upper(double z)
{
	return 0.5 * erfc(z / sqrt(2.0));
}

double
forecast_exceeds(const struct forecast *f, double threshold)
{
	double one, two;

	if (isinf(threshold))
		return threshold > 0 ? 0 : 1;
	one = normal_upper((threshold - (double)f->mu1) / (double)f->sigma1);
	two = normal_upper((threshold - (double)f->mu1 - (double)f->delta) /
			   (double)f->sigma2);
	return (1 - (double)f->slow) * one + (double)f->slow * two;
}
