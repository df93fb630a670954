/* The state of training between two steps, so that a stopped run goes on as if it had not
 * been. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/checkpoint.h"
#include "models/train/fit_internal.h"

#define ARENAS 5
#define TEXTS (1 + PHASES)

static const char *const arena_names[ARENAS] = {"theta", "first", "second", "average",
						"best"};

static struct nn_arena *
arena_of(struct fit_phase *p, int i)
{
	struct nn_arena *arenas[ARENAS] = {&p->theta, &p->first, &p->second, &p->average,
					   &p->best};

	return arenas[i];
}

static void
tensor_name(char *name, size_t size, int phase, int arena)
{
	snprintf(name, size, "phase.%d.%s", phase, arena_names[arena]);
}

enum camp_err
fit_state_write(const struct fit *f, const char *path)
{
	struct nn_checkpoint_tensor tensors[PHASES * ARENAS];
	struct nn_checkpoint_text texts[TEXTS] = {{"identity", f->identity}};
	char names[PHASES * ARENAS][32], keys[PHASES][16], values[PHASES][256];

	for (int i = 0; i < PHASES; i++) {
		const struct fit_phase *p = &f->phases[i];

		/* Hexadecimal floats lose no bit. */
		snprintf(keys[i], sizeof(keys[i]), "phase.%d", i);
		snprintf(values[i], sizeof(values[i]), "%lld %lld %d %d %a %a %a",
			 (long long)p->step, (long long)p->best_step, p->stalled, p->done,
			 p->best_loss, p->nll_correct, p->nll_rt);
		texts[1 + i] = (struct nn_checkpoint_text){keys[i], values[i]};
		for (int j = 0; j < ARENAS; j++) {
			const struct nn_arena *a = arena_of((struct fit_phase *)p, j);
			int k = i * ARENAS + j;

			tensor_name(names[k], sizeof(names[k]), i, j);
			tensors[k] =
				(struct nn_checkpoint_tensor){.name = names[k],
							      .type = NN_F32,
							      .n_dims = 1,
							      .dims = {(int64_t)
									       a->floats},
							      .data = a->base,
							      .bytes = a->floats *
								       sizeof(float)};
		}
	}
	return nn_checkpoint_write(path, tensors, PHASES * ARENAS, texts, TEXTS, f->why,
				   f->why_size);
}

static bool
read_phase(struct fit_phase *p, int i, const struct nn_checkpoint *file)
{
	char key[16], name[32];
	long long step, best_step;
	const char *text;
	int done;

	snprintf(key, sizeof(key), "phase.%d", i);
	text = nn_checkpoint_text(file, key);
	if (!text ||
	    sscanf(text, "%lld %lld %d %d %la %la %la", &step, &best_step, &p->stalled,
		   &done, &p->best_loss, &p->nll_correct, &p->nll_rt) != 7)
		return false;
	p->step = step;
	p->best_step = best_step;
	p->done = done != 0;
	for (int j = 0; j < ARENAS; j++) {
		struct nn_arena *a = arena_of(p, j);
		const struct nn_checkpoint_tensor *t;

		tensor_name(name, sizeof(name), i, j);
		t = nn_checkpoint_find(file, name);
		if (!t || nn_checkpoint_values(t, a->base, a->floats) != CAMP_OK)
			return false;
	}
	return true;
}

enum camp_err
fit_state_read(struct fit *f, const char *path)
{
	struct nn_checkpoint file = {0};
	enum camp_err err = nn_checkpoint_read(&file, path, f->why, f->why_size);
	const char *identity;
	bool read = true;

	if (err == CAMP_ERR_NOT_FOUND)
		return CAMP_OK;
	if (err != CAMP_OK)
		return err;
	identity = nn_checkpoint_text(&file, "identity");
	if (identity && strcmp(identity, f->identity) == 0)
		for (int i = 0; i < PHASES && read; i++)
			read = read_phase(&f->phases[i], i, &file);
	nn_checkpoint_clear(&file);
	if (!read) {
		snprintf(f->why, f->why_size,
			 "the state file \"%s\" is damaged; remove it to begin again",
			 path);
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}
