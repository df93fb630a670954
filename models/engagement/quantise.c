#include "models/engagement/quantise.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/model_file.h"
#include "models/nn/quant.h"

#define SCALE ".scale"
#define SCALED_NAME_MAX (NN_NAME_MAX + sizeof(SCALE))

/* What is written, and the memory of its values and of the names of scales. */
struct smaller {
	struct nn_checkpoint_tensor *tensors;
	int n;
	char (*names)[SCALED_NAME_MAX];
	int n_names;
	uint8_t *values;
	size_t used;
	float *row; /* a tensor's values as float32 */
};

/* Room in values, a multiple of 4 so that scales are aligned. */
static void *
take(struct smaller *s, size_t bytes)
{
	void *p = s->values + s->used;

	s->used += (bytes + 3) / 4 * 4;
	return p;
}

static size_t
count_of(const struct nn_checkpoint_tensor *t)
{
	size_t count = 1;

	for (int i = 0; i < t->n_dims; i++)
		count *= (size_t)t->dims[i];
	return count;
}

static void
clear(struct smaller *s)
{
	free(s->tensors);
	free(s->names);
	free(s->values);
	free(s->row);
}

/* All at once, by the most that each tensor can take: float32, or int8 and its scales. */
static enum camp_err
make_room(struct smaller *s, const struct nn_checkpoint *file)
{
	size_t n = (size_t)file->n_tensors + 1, most = 1, all = 0;

	for (int i = 0; i < file->n_tensors; i++) {
		size_t count = count_of(&file->tensors[i]);

		most = count > most ? count : most;
		all += 8 * count + 8;
	}
	s->tensors = calloc(2 * n, sizeof(*s->tensors));
	s->names = calloc(n, sizeof(*s->names));
	s->values = malloc(all + 1);
	s->row = malloc(most * sizeof(*s->row));
	return s->tensors && s->names && s->values && s->row ? CAMP_OK : CAMP_ERR_MEMORY;
}

static struct nn_checkpoint_tensor *
add(struct smaller *s, const struct nn_checkpoint_tensor *like, enum nn_type type,
    size_t bytes)
{
	struct nn_checkpoint_tensor *t = &s->tensors[s->n++];

	*t = *like;
	t->type = type;
	t->data = take(s, bytes);
	t->bytes = bytes;
	return t;
}

static void
add_int8(struct smaller *s, const struct nn_checkpoint_tensor *t, size_t count)
{
	size_t rows = (size_t)t->dims[0];
	char *name = s->names[s->n_names++];
	struct nn_checkpoint_tensor scale = {.name = name, .n_dims = 1};
	struct nn_checkpoint_tensor *q = add(s, t, NN_I8, count), *scales;

	snprintf(name, SCALED_NAME_MAX, "%s" SCALE, t->name);
	scale.dims[0] = t->dims[0];
	scales = add(s, &scale, NN_F32, rows * sizeof(float));
	nn_quant_rows((int)rows, (int)(count / rows), (int8_t *)q->data,
		      (float *)scales->data, s->row);
}

static void
add_half(struct smaller *s, const struct nn_checkpoint_tensor *t, size_t count)
{
	uint8_t *to = (uint8_t *)add(s, t, NN_F16, 2 * count)->data;

	for (size_t i = 0; i < count; i++) {
		uint16_t half = nn_checkpoint_half(s->row[i]);

		to[2 * i] = (uint8_t)half;
		to[2 * i + 1] = (uint8_t)(half >> 8);
	}
}

static bool
fits_half(const float *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fabsf(x[i]) > 65504.0f)
			return false;
	return true;
}

static enum camp_err
add_tensor(struct smaller *s, const struct nn_checkpoint_tensor *t,
	   const struct nn_tensor *planned, enum nn_type type)
{
	size_t count = count_of(t);
	enum camp_err err = nn_checkpoint_values(t, s->row, count);

	if (err != CAMP_OK)
		return err;
	if (type == NN_I8 && t->n_dims > 1 && planned && planned->decay &&
	    strncmp(t->name, "encoder.", 8) == 0)
		add_int8(s, t, count);
	else if (t->n_dims > 1 && planned && fits_half(s->row, count))
		add_half(s, t, count);
	else
		memcpy((void *)add(s, t, NN_F32, 4 * count)->data, s->row, 4 * count);
	return CAMP_OK;
}

/* The model's own tensors; the wide types first, so that each is aligned in the file. */
static enum camp_err
make_smaller(struct smaller *s, const struct nn_checkpoint *file, const struct model *m,
	     enum nn_type type)
{
	enum camp_err err = make_room(s, file);

	for (int i = 0; i < file->n_tensors && err == CAMP_OK; i++) {
		const struct nn_checkpoint_tensor *t = &file->tensors[i];
		const struct nn_tensor *planned = nn_plan_find(&m->parameters, t->name);

		if (!planned)
			planned = nn_plan_find(&m->baseline, t->name);
		if (planned || strncmp(t->name, "vocabulary.", 11) == 0)
			err = add_tensor(s, t, planned, type);
	}
	return err;
}

static int
by_width(const void *a, const void *b)
{
	const struct nn_checkpoint_tensor *x = a, *y = b;

	if (x->type != y->type)
		return (int)x->type - (int)y->type;
	return strcmp(x->name, y->name);
}

static enum camp_err
write_smaller(struct smaller *s, const struct nn_checkpoint *file, enum nn_type type,
	      const char *path, char *why, size_t why_size)
{
	size_t n = (size_t)file->n_texts + 1;
	struct nn_checkpoint_text *texts = calloc(n, sizeof(*texts));
	enum camp_err err;
	int n_texts = 0;

	if (!texts)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < file->n_texts; i++)
		if (strcmp(file->texts[i].key, "state") != 0 &&
		    strcmp(file->texts[i].key, "quantised") != 0)
			texts[n_texts++] = file->texts[i];
	texts[n_texts++] =
		(struct nn_checkpoint_text){"quantised", type == NN_I8 ? "int8" : "f16"};
	/* The order of enum nn_type is that of widths. */
	qsort(s->tensors, (size_t)s->n, sizeof(*s->tensors), by_width);
	err = nn_checkpoint_write(path, s->tensors, s->n, texts, n_texts, why, why_size);
	free(texts);
	return err;
}

enum camp_err
model_quantise(const struct nn_checkpoint *file, enum nn_type type, const char *out_path,
	       char *why, size_t why_size)
{
	struct smaller s = {0};
	struct model_values values = {0};
	struct model m = {0};
	enum camp_err err;

	snprintf(why, why_size, "out of memory");
	err = model_file_read(&m, &values, file, why, why_size);
	if (err == CAMP_OK && values.int8) {
		snprintf(why, why_size, "it is int8 already");
		err = CAMP_ERR_INVALID;
	}
	if (err == CAMP_OK)
		err = make_smaller(&s, file, &m, type);
	if (err == CAMP_OK)
		err = write_smaller(&s, file, type, out_path, why, why_size);
	if (err == CAMP_ERR_MEMORY)
		snprintf(why, why_size, "out of memory");
	model_clear(&m);
	model_values_clear(&values);
	clear(&s);
	return err;
}
