/* How training begins: at new values, or at those of an older model that goes on
 * learning. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/engagement/model_file.h"
#include "models/stats/rng.h"
#include "models/train/fit_internal.h"

#define STREAM_INIT 1

/* Tables may have got rows at their end; anything else has its shape or is left as it is.
 */
static void
copy_tensor(const struct nn_plan *to_plan, float *to, const struct nn_tensor *from,
	    const float *values)
{
	const struct nn_tensor *t = nn_plan_find(to_plan, from->name);

	if (!t || t->n_dims != from->n_dims)
		return;
	for (int i = 1; i < t->n_dims; i++)
		if (t->dims[i] != from->dims[i])
			return;
	if (t->dims[0] < from->dims[0])
		return;
	memcpy(to + t->offset, values + from->offset, from->size * sizeof(float));
}

static void
copy_plan(const struct nn_plan *to_plan, float *to, const struct nn_plan *from_plan,
	  const float *from)
{
	for (int i = 0; i < from_plan->n; i++)
		copy_tensor(to_plan, to, &from_plan->tensors[i], from);
}

static struct model_config
config_of(const struct fit_config *c)
{
	struct model_config m = {.components = c->components,
				 .width = c->width,
				 .layers = c->layers,
				 .heads = c->heads,
				 .ffn = c->ffn,
				 .taps = c->taps,
				 .dropout = c->dropout,
				 .eeg = c->use_eeg};

	snprintf(m.encoder, sizeof(m.encoder), "%s", c->encoder);
	return m;
}

static enum camp_err
init_phases(struct fit *f)
{
	for (int i = 0; i < PHASES; i++) {
		struct fit_phase *p = &f->phases[i];
		struct nn_arena *arenas[] = {&p->theta, &p->first, &p->second,
					     &p->average, &p->best};

		p->plan = i == PHASE_LINEAR ? &f->model.baseline : &f->model.parameters;
		for (int j = 0; j < 5; j++)
			if (nn_arena_init(arenas[j], p->plan->floats) != CAMP_OK)
				return CAMP_ERR_MEMORY;
	}
	return nn_arena_init(&f->gradient,
			     f->model.parameters.floats > f->model.baseline.floats
				     ? f->model.parameters.floats
				     : f->model.baseline.floats);
}

static void
init_values(struct fit *f)
{
	for (int i = 0; i < PHASES; i++) {
		struct fit_phase *p = &f->phases[i];
		struct rng rng;

		rng_seed(&rng, f->config->seed, STREAM_INIT + (uint64_t)i);
		nn_plan_init_values(p->plan, p->theta.base, &rng);
	}
}

/* What fit.c goes back towards at the end. */
static enum camp_err
keep_start(struct fit_phase *p, const struct nn_plan *old_plan, const float *old)
{
	if (nn_arena_init(&p->start, p->plan->floats) != CAMP_OK)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < p->plan->floats; i++)
		p->start.base[i] = NAN;
	copy_plan(p->plan, p->start.base, old_plan, old);
	return CAMP_OK;
}

static enum camp_err
start_from(struct fit *f, const char *path)
{
	struct vocabulary vocabulary = {0};
	struct model_values values = {0};
	struct model_config config = {0};
	struct nn_checkpoint file = {0};
	struct model old = {0};
	enum camp_err err = nn_checkpoint_read(&file, path, f->why, f->why_size);

	if (err == CAMP_OK)
		err = model_file_read(&old, &values, &file, f->why, f->why_size);
	if (err != CAMP_OK)
		goto out;
	config = old.config;
	config.dropout = f->config->dropout;
	err = vocabulary_copy(&vocabulary, &old.vocabulary);
	if (err == CAMP_OK)
		err = fit_vocabulary(&vocabulary, f->data);
	if (err == CAMP_OK)
		err = model_make(&f->model, &config, &vocabulary, f->why, f->why_size);
	if (err == CAMP_OK)
		err = init_phases(f);
	if (err != CAMP_OK)
		goto out;
	init_values(f);
	copy_plan(&f->model.baseline, f->phases[PHASE_LINEAR].theta.base, &old.baseline,
		  values.linear.base);
	copy_plan(&f->model.parameters, f->phases[PHASE_ENCODER].theta.base,
		  &old.parameters, values.parameters.base);
	if (f->config->replay)
		err = keep_start(&f->phases[PHASE_LINEAR], &old.baseline,
				 values.linear.base);
	if (err == CAMP_OK && f->config->replay)
		err = keep_start(&f->phases[PHASE_ENCODER], &old.parameters,
				 values.parameters.base);
out:
	vocabulary_clear(&vocabulary);
	model_clear(&old);
	model_values_clear(&values);
	nn_checkpoint_clear(&file);
	return err;
}

enum camp_err
fit_start(struct fit *f)
{
	struct model_config config = config_of(f->config);
	struct vocabulary vocabulary = {0};
	enum camp_err err;

	if (f->config->continue_from)
		return start_from(f, f->config->continue_from);
	err = vocabulary_init(&vocabulary);
	if (err == CAMP_OK)
		err = fit_vocabulary(&vocabulary, f->data);
	if (err == CAMP_OK)
		err = model_make(&f->model, &config, &vocabulary, f->why, f->why_size);
	if (err == CAMP_OK)
		err = init_phases(f);
	if (err == CAMP_OK)
		init_values(f);
	vocabulary_clear(&vocabulary);
	return err;
}
