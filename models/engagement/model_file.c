#include "models/engagement/model_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURES 4 /* of struct vocabulary_figures */
#define MODEL_FLOATS_MAX (64u << 20)

struct nn_weights
model_weights(const struct model_values *values)
{
	return (struct nn_weights){.base = values->parameters.base,
				   .int8 = values->int8,
				   .scales = values->scales,
				   .packed = values->packed.base};
}

enum camp_err
model_values_pack(const struct model *m, struct model_values *values)
{
	enum camp_err err;

	if (values->int8)
		return CAMP_OK;
	err = nn_arena_init(&values->packed, m->parameters.floats);
	if (err == CAMP_OK)
		nn_weights_pack(&m->parameters, values->packed.base,
				values->parameters.base);
	return err;
}

void
model_values_clear(struct model_values *values)
{
	nn_arena_clear(&values->parameters);
	nn_arena_clear(&values->linear);
	nn_arena_clear(&values->packed);
	free(values->int8);
	free(values->scales);
	values->int8 = NULL;
	values->scales = NULL;
}

static enum camp_err
read_int(const struct nn_checkpoint *file, const char *key, int *value, char *why,
	 size_t why_size)
{
	const char *text = nn_checkpoint_text(file, key);
	char *end = NULL;
	long n;

	errno = 0;
	n = text ? strtol(text, &end, 10) : 0;
	if (!text || end == text || *end || errno || n < 0 || n > 1000000) {
		snprintf(why, why_size, "its text \"%s\" is not a count", key);
		return CAMP_ERR_INVALID;
	}
	*value = (int)n;
	return CAMP_OK;
}

static enum camp_err
read_config(const struct nn_checkpoint *file, struct model_config *c, char *why,
	    size_t why_size)
{
	const char *format = nn_checkpoint_text(file, "format");
	const char *encoder = nn_checkpoint_text(file, "encoder");
	int eeg = 0, features = 0, raw = 0;
	struct {
		const char *key;
		int *value;
	} numbers[] = {
		{"components", &c->components},
		{"width", &c->width},
		{"layers", &c->layers},
		{"heads", &c->heads},
		{"ffn", &c->ffn},
		{"taps", &c->taps},
		{"eeg", &eeg},
		{"features", &features},
		{"outputs", &raw},
	};

	memset(c, 0, sizeof(*c));
	if (!format || strcmp(format, MODEL_FORMAT) != 0) {
		snprintf(why, why_size,
			 "it is not a model of this program (format \"%s\")",
			 format ? format : "none");
		return CAMP_ERR_INVALID;
	}
	if (!encoder || strlen(encoder) >= sizeof(c->encoder)) {
		snprintf(why, why_size, "it names no encoder");
		return CAMP_ERR_INVALID;
	}
	strcpy(c->encoder, encoder);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		enum camp_err err =
			read_int(file, numbers[i].key, numbers[i].value, why, why_size);

		if (err != CAMP_OK)
			return err;
	}
	c->eeg = eeg != 0;
	if (features != TOKEN_FEATURES || raw != HEAD_RAW) {
		snprintf(why, why_size,
			 "it was made for other features of trials (%d and %d, here %d "
			 "and "
			 "%d)",
			 features, raw, TOKEN_FEATURES, HEAD_RAW);
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

static enum camp_err
read_floats(const struct nn_checkpoint *file, const char *name, float *out, size_t count,
	    char *why, size_t why_size)
{
	const struct nn_checkpoint_tensor *t = nn_checkpoint_find(file, name);

	if (!t || nn_checkpoint_values(t, out, count) != CAMP_OK) {
		snprintf(why, why_size, "its tensor \"%s\" %s", name,
			 t ? "does not have the size that its configuration gives"
			   : "is missing");
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

static bool
figures_are_sane(const float *f)
{
	return fabsf(f[0]) < 10 && f[1] > 0 && f[1] < 10 && fabsf(f[2]) < 20 &&
	       f[3] >= 0 && f[3] <= 1;
}

static enum camp_err
read_vocabulary(const struct nn_checkpoint *file, struct vocabulary *v, char *why,
		size_t why_size)
{
	const char *tasks = nn_checkpoint_text(file, "tasks");
	const char *conditions = nn_checkpoint_text(file, "conditions");
	float *figures = NULL, parameters[2 * SEQUENCE_PARAMETERS];
	enum camp_err err;
	size_t n;

	snprintf(why, why_size, "its lists of tasks and conditions are damaged");
	err = tasks && conditions ? vocabulary_read(v, tasks, conditions)
				  : CAMP_ERR_INVALID;
	if (err != CAMP_OK)
		return err;
	n = (size_t)(v->n_tasks + v->n_conditions);
	figures = malloc(n * FIGURES * sizeof(float));
	err = figures ? read_floats(file, "vocabulary.figures", figures, n * FIGURES, why,
				    why_size)
		      : CAMP_ERR_MEMORY;
	if (err == CAMP_OK)
		err = read_floats(file, "vocabulary.parameters", parameters,
				  2 * SEQUENCE_PARAMETERS, why, why_size);
	for (size_t i = 0; i < n && err == CAMP_OK; i++) {
		const float *f = figures + i * FIGURES;
		struct vocabulary_figures *to =
			i < (size_t)v->n_tasks
				? &v->tasks[i].figures
				: &v->conditions[i - (size_t)v->n_tasks].figures;

		*to = (struct vocabulary_figures){f[0], f[1], f[2], f[3]};
		if (!figures_are_sane(f)) {
			snprintf(why, why_size,
				 "its figures of conditions are out of range");
			err = CAMP_ERR_INVALID;
		}
	}
	for (int i = 0; i < SEQUENCE_PARAMETERS && err == CAMP_OK; i++) {
		v->parameter_mean[i] = parameters[i];
		v->parameter_sd[i] = parameters[SEQUENCE_PARAMETERS + i];
		if (!(v->parameter_sd[i] > 0)) {
			snprintf(why, why_size, "its sd of a parameter is not above 0");
			err = CAMP_ERR_INVALID;
		}
	}
	free(figures);
	if (err != CAMP_OK)
		vocabulary_clear(v);
	return err;
}

/* An int8 matrix also becomes float32, for whoever does not read int8. */
static enum camp_err
read_int8(const struct nn_checkpoint *file, const struct nn_tensor *want,
	  const struct nn_checkpoint_tensor *found, struct model_values *values,
	  size_t floats, char *why, size_t why_size)
{
	char name[NN_NAME_MAX + 8];
	const int8_t *q = found->data;
	size_t cols = want->size / (size_t)want->dims[0];
	enum camp_err err;

	if (found->bytes != want->size) {
		snprintf(why, why_size, "its tensor \"%s\" has another size", want->name);
		return CAMP_ERR_INVALID;
	}
	if (!values->int8) {
		values->int8 = calloc(floats, 1);
		values->scales = calloc(floats, sizeof(float));
		if (!values->int8 || !values->scales)
			return CAMP_ERR_MEMORY;
	}
	snprintf(name, sizeof(name), "%s.scale", want->name);
	err = read_floats(file, name, values->scales + want->offset,
			  (size_t)want->dims[0], why, why_size);
	if (err != CAMP_OK)
		return err;
	memcpy(values->int8 + want->offset, q, want->size);
	for (size_t i = 0; i < want->size; i++)
		values->parameters.base[want->offset + i] =
			(float)q[i] * values->scales[want->offset + i / cols];
	return CAMP_OK;
}

static enum camp_err
read_plan(const struct nn_checkpoint *file, const struct nn_plan *plan,
	  struct nn_arena *arena, struct model_values *values, int *n_read, char *why,
	  size_t why_size)
{
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];
		const struct nn_checkpoint_tensor *found =
			nn_checkpoint_find(file, t->name);
		bool same = found && found->n_dims == t->n_dims;
		enum camp_err err = CAMP_OK;

		for (int j = 0; same && j < t->n_dims; j++)
			same = found->dims[j] == t->dims[j];
		if (!same) {
			snprintf(why, why_size, "its tensor \"%s\" %s", t->name,
				 found ? "has another shape than its configuration gives"
				       : "is missing");
			return CAMP_ERR_INVALID;
		}
		if (found->type == NN_I8 && arena == &values->parameters &&
		    t->n_dims > 1) {
			err = read_int8(file, t, found, values, plan->floats, why,
					why_size);
			++*n_read;
		} else {
			err = read_floats(file, t->name, arena->base + t->offset, t->size,
					  why, why_size);
		}
		if (err != CAMP_OK)
			return err;
		++*n_read;
	}
	return CAMP_OK;
}

/* Matrices are all int8 or none: what the layers are told is one answer for the model. */
static enum camp_err
check_int8(const struct nn_checkpoint *file, const struct model *m,
	   const struct model_values *values, char *why, size_t why_size)
{
	for (int i = 0; values->int8 && i < m->parameters.n; i++) {
		const struct nn_tensor *t = &m->parameters.tensors[i];
		const struct nn_checkpoint_tensor *found =
			nn_checkpoint_find(file, t->name);

		if (strncmp(t->name, "encoder.", 8) == 0 && t->n_dims > 1 && t->decay &&
		    found->type != NN_I8) {
			snprintf(why, why_size,
				 "its tensor \"%s\" is not int8 as others are", t->name);
			return CAMP_ERR_INVALID;
		}
	}
	return CAMP_OK;
}

enum camp_err
model_file_read(struct model *m, struct model_values *values,
		const struct nn_checkpoint *file, char *why, size_t why_size)
{
	struct vocabulary vocabulary = {0};
	struct model_config config;
	int n_read = 2; /* the vocabulary's */
	enum camp_err err;

	memset(m, 0, sizeof(*m));
	memset(values, 0, sizeof(*values));
	err = read_config(file, &config, why, why_size);
	if (err == CAMP_OK)
		err = read_vocabulary(file, &vocabulary, why, why_size);
	if (err == CAMP_OK)
		err = model_make(m, &config, &vocabulary, why, why_size);
	/* A small file may not ask for much memory by its configuration. */
	if (err == CAMP_OK && (m->parameters.floats > MODEL_FLOATS_MAX ||
			       m->parameters.floats > file->n_bytes + 65536)) {
		snprintf(why, why_size, "its configuration is larger than the file");
		err = CAMP_ERR_INVALID;
	}
	if (err == CAMP_OK)
		err = nn_arena_init(&values->parameters, m->parameters.floats);
	if (err == CAMP_OK)
		err = nn_arena_init(&values->linear, m->baseline.floats);
	if (err == CAMP_OK)
		err = read_plan(file, &m->parameters, &values->parameters, values,
				&n_read, why, why_size);
	if (err == CAMP_OK)
		err = read_plan(file, &m->baseline, &values->linear, values, &n_read, why,
				why_size);
	if (err == CAMP_OK)
		err = check_int8(file, m, values, why, why_size);
	if (err == CAMP_OK && n_read != file->n_tensors &&
	    !nn_checkpoint_text(file, "state")) {
		snprintf(why, why_size, "it has %d tensors where %d are known",
			 file->n_tensors, n_read);
		err = CAMP_ERR_INVALID;
	}
	if (err == CAMP_ERR_MEMORY)
		snprintf(why, why_size, "out of memory");
	if (err != CAMP_OK) {
		model_clear(m);
		model_values_clear(values);
	}
	return err;
}

/* What is written: grown in one place, so that limits are seen. */
struct writing {
	struct nn_checkpoint_tensor *tensors;
	int n;
	struct nn_checkpoint_text texts[MODEL_TEXTS_MAX];
	int n_texts;
	char numbers[9][12];
};

static void
add_text(struct writing *w, const char *key, const char *value)
{
	w->texts[w->n_texts++] = (struct nn_checkpoint_text){key, value};
}

static void
add_config(struct writing *w, const struct model_config *c)
{
	const struct {
		const char *key;
		int value;
	} numbers[9] = {
		{"components", c->components},
		{"width", c->width},
		{"layers", c->layers},
		{"heads", c->heads},
		{"ffn", c->ffn},
		{"taps", c->taps},
		{"eeg", c->eeg},
		{"features", TOKEN_FEATURES},
		{"outputs", HEAD_RAW},
	};

	add_text(w, "format", MODEL_FORMAT);
	add_text(w, "encoder", c->encoder);
	for (int i = 0; i < 9; i++) {
		snprintf(w->numbers[i], sizeof(w->numbers[i]), "%d", numbers[i].value);
		add_text(w, numbers[i].key, w->numbers[i]);
	}
}

static void
add_plan(struct writing *w, const struct nn_plan *plan, const float *base)
{
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];
		struct nn_checkpoint_tensor *to = &w->tensors[w->n++];

		*to = (struct nn_checkpoint_tensor){.name = t->name,
						    .type = NN_F32,
						    .n_dims = t->n_dims,
						    .data = base + t->offset,
						    .bytes = t->size * sizeof(float)};
		for (int j = 0; j < t->n_dims; j++)
			to->dims[j] = t->dims[j];
	}
}

static float *
figures_of(const struct vocabulary *v)
{
	size_t n = (size_t)(v->n_tasks + v->n_conditions);
	float *figures = malloc(n * FIGURES * sizeof(float));

	for (size_t i = 0; figures && i < n; i++) {
		const struct vocabulary_figures *f =
			i < (size_t)v->n_tasks
				? &v->tasks[i].figures
				: &v->conditions[i - (size_t)v->n_tasks].figures;
		float *to = figures + i * FIGURES;

		to[0] = f->mean;
		to[1] = f->sd;
		to[2] = f->log_odds;
		to[3] = f->response_rate;
	}
	return figures;
}

enum camp_err
model_file_write(const char *path, const struct model *m, const float *parameters,
		 const float *linear, const struct nn_checkpoint_text *texts, int n_texts,
		 const struct nn_checkpoint_tensor *more, int n_more, char *why,
		 size_t why_size)
{
	const struct vocabulary *v = &m->vocabulary;
	int n = m->parameters.n + m->baseline.n + 2 + n_more;
	struct writing w = {.tensors = calloc((size_t)n, sizeof(*w.tensors))};
	struct buffer tasks = {0}, conditions = {0};
	float *figures = figures_of(v), of_parameters[2][SEQUENCE_PARAMETERS];
	enum camp_err err = CAMP_ERR_MEMORY;

	vocabulary_print_tasks(v, &tasks);
	vocabulary_print_conditions(v, &conditions);
	snprintf(why, why_size, "out of memory");
	if (!w.tensors || !figures || tasks.failed || conditions.failed)
		goto out;
	memcpy(of_parameters[0], v->parameter_mean, sizeof(of_parameters[0]));
	memcpy(of_parameters[1], v->parameter_sd, sizeof(of_parameters[1]));
	add_config(&w, &m->config);
	add_text(&w, "tasks", tasks.data);
	add_text(&w, "conditions", conditions.data);
	for (int i = 0; i < n_texts && w.n_texts < MODEL_TEXTS_MAX; i++)
		w.texts[w.n_texts++] = texts[i];
	add_plan(&w, &m->parameters, parameters);
	add_plan(&w, &m->baseline, linear);
	w.tensors[w.n++] =
		(struct nn_checkpoint_tensor){.name = "vocabulary.figures",
					      .type = NN_F32,
					      .n_dims = 2,
					      .dims = {v->n_tasks + v->n_conditions,
						       FIGURES},
					      .data = figures,
					      .bytes = (size_t)(v->n_tasks +
								v->n_conditions) *
						       FIGURES * sizeof(float)};
	w.tensors[w.n++] = (struct nn_checkpoint_tensor){.name = "vocabulary.parameters",
							 .type = NN_F32,
							 .n_dims = 2,
							 .dims = {2, SEQUENCE_PARAMETERS},
							 .data = of_parameters,
							 .bytes = sizeof(of_parameters)};
	for (int i = 0; i < n_more; i++)
		w.tensors[w.n++] = more[i];
	err = nn_checkpoint_write(path, w.tensors, w.n, w.texts, w.n_texts, why,
				  why_size);
out:
	free(w.tensors);
	free(figures);
	buffer_clear(&tasks);
	buffer_clear(&conditions);
	return err;
}
