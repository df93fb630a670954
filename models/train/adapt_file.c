/* Personal values as bytes; see adapt.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"
#include "models/nn/checkpoint.h"
#include "models/train/adapt.h"
#include "models/train/adapt_plan.h"

#define FORMAT "camp-person-1"
#define SESSIONS_MAX 1000000000L

static enum camp_err
print_tensors(uint8_t **out, size_t *n, const struct nn_plan *plan, const float *values,
	      const struct nn_checkpoint_text *texts, int n_texts)
{
	struct nn_checkpoint_tensor *tensors = calloc((size_t)plan->n, sizeof(*tensors));
	enum camp_err err;

	if (!tensors)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];

		tensors[i].name = t->name;
		tensors[i].type = NN_F32;
		tensors[i].n_dims = t->n_dims;
		for (int k = 0; k < t->n_dims; k++)
			tensors[i].dims[k] = t->dims[k];
		tensors[i].data = values + t->offset;
		tensors[i].bytes = t->size * sizeof(float);
	}
	err = nn_checkpoint_print(out, n, tensors, plan->n, texts, n_texts);
	free(tensors);
	return err;
}

enum camp_err
adapt_print(uint8_t **out, size_t *n, const struct forecaster *f,
	    const struct adapt_person *person)
{
	char sessions[16], evidence[40];
	struct nn_checkpoint_text texts[] = {
		{"format", FORMAT},
		{"model", forecaster_version(f)},
		{"sessions", sessions},
		{"evidence", evidence},
		{"in_use", person->in_use ? "yes" : "no"},
	};
	struct nn_arena start = {0};
	struct adapt_plan plan;
	enum camp_err err = adapt_plan_make(&plan, &f->model);

	*out = NULL;
	*n = 0;
	if (err != CAMP_OK)
		return err;
	snprintf(sessions, sizeof(sessions), "%d", person->sessions);
	snprintf(evidence, sizeof(evidence), "%a", person->evidence);
	err = nn_arena_init(&start, plan.plan.floats);
	if (err != CAMP_OK)
		goto out;
	adapt_plan_start(&plan, start.base);
	err = print_tensors(out, n, &plan.plan,
			    person->values.base ? person->values.base : start.base, texts,
			    sizeof(texts) / sizeof(texts[0]));
out:
	nn_arena_clear(&start);
	adapt_plan_clear(&plan);
	return err;
}

static enum camp_err
refuse(char *why, size_t why_size, const char *reason)
{
	snprintf(why, why_size, "%s", reason);
	return CAMP_ERR_INVALID;
}

static enum camp_err
read_texts(struct adapt_person *person, const struct forecaster *f,
	   const struct nn_checkpoint *file, char *why, size_t why_size)
{
	const char *format = nn_checkpoint_text(file, "format");
	const char *model = nn_checkpoint_text(file, "model");
	const char *sessions = nn_checkpoint_text(file, "sessions");
	const char *evidence = nn_checkpoint_text(file, "evidence");
	const char *in_use = nn_checkpoint_text(file, "in_use");
	char *end_sessions, *end_evidence;
	long count;

	if (!format || strcmp(format, FORMAT) != 0)
		return refuse(why, why_size, "these are not a person's values");
	if (!model || strcmp(model, forecaster_version(f)) != 0)
		return refuse(why, why_size, "they were made for another model");
	if (!sessions || !evidence || !in_use)
		return refuse(why, why_size, "their history is missing");
	count = strtol(sessions, &end_sessions, 10);
	person->evidence = strtod(evidence, &end_evidence);
	if (*end_sessions || *end_evidence || !*sessions || !*evidence || count < 0 ||
	    count > SESSIONS_MAX || !isfinite(person->evidence))
		return refuse(why, why_size, "their history is no number");
	person->sessions = (int)count;
	person->in_use = strcmp(in_use, "yes") == 0;
	return CAMP_OK;
}

static enum camp_err
read_values(struct adapt_person *person, const struct forecaster *f,
	    const struct nn_checkpoint *file, char *why, size_t why_size)
{
	struct adapt_plan plan;
	enum camp_err err = adapt_plan_make(&plan, &f->model);

	if (err != CAMP_OK)
		return err;
	err = nn_arena_init(&person->values, plan.plan.floats);
	if (err == CAMP_OK)
		err = nn_checkpoint_load_plan(file, "", &plan.plan, person->values.base,
					      why, why_size);
	/* Nothing was learned: as adapt.h says of an empty person. */
	if (err == CAMP_OK && person->sessions == 0)
		nn_arena_clear(&person->values);
	adapt_plan_clear(&plan);
	return err;
}

enum camp_err
adapt_parse(struct adapt_person *person, const struct forecaster *f, const uint8_t *bytes,
	    size_t n, char *why, size_t why_size)
{
	struct nn_checkpoint file = {0};
	uint8_t *copy = malloc(n ? n : 1);
	enum camp_err err;

	memset(person, 0, sizeof(*person));
	snprintf(why, why_size, "out of memory");
	if (!copy)
		return CAMP_ERR_MEMORY;
	memcpy(copy, bytes, n);
	err = nn_checkpoint_parse(&file, copy, n, why, why_size);
	if (err != CAMP_OK) {
		free(copy);
		return err;
	}
	err = read_texts(person, f, &file, why, why_size);
	if (err == CAMP_OK)
		err = read_values(person, f, &file, why, why_size);
	nn_checkpoint_clear(&file);
	if (err != CAMP_OK)
		adapt_person_clear(person);
	return err;
}
