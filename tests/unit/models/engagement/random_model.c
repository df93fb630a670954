#include "tests/unit/models/engagement/random_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/engagement/model_file.h"
#include "models/stats/rng.h"
#include "tests/unit/unit.h"

#define WEIGHT_SD 0.3

static void
fill_vocabulary(struct vocabulary *v)
{
	static const char *const tasks[] = {"a", "b"}, *const conditions[] = {"x", "y",
									      "z"};
	int task, condition;

	ck_assert_int_eq(vocabulary_init(v), CAMP_OK);
	for (int i = 0; i < RANDOM_TASKS; i++) {
		ck_assert_int_eq(vocabulary_add_task(v, tasks[i], &task), CAMP_OK);
		for (int j = 0; j < RANDOM_CONDITIONS; j++) {
			ck_assert_int_eq(vocabulary_add_condition(v, task, conditions[j],
								  &condition),
					 CAMP_OK);
			v->conditions[condition].figures =
				(struct vocabulary_figures){-0.7f + 0.1f * (float)j, 0.3f,
							    2.0f, 0.98f};
		}
	}
	v->parameter_mean[0] = 8;
	v->parameter_sd[0] = 4;
}

void
random_model_write(const char *path, const struct model_config *config, uint64_t seed)
{
	struct nn_arena parameters, linear;
	struct vocabulary v;
	struct model m;
	struct rng rng;
	char why[256];

	fill_vocabulary(&v);
	ck_assert_msg(model_make(&m, config, &v, why, sizeof(why)) == CAMP_OK, "%s", why);
	ck_assert_int_eq(nn_arena_init(&parameters, m.parameters.floats), CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&linear, m.baseline.floats), CAMP_OK);
	rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < parameters.floats; i++)
		parameters.base[i] = (float)(WEIGHT_SD * rng_normal(&rng));
	for (size_t i = 0; i < linear.floats; i++)
		linear.base[i] = (float)(WEIGHT_SD * rng_normal(&rng));
	ck_assert_msg(model_file_write(path, &m, parameters.base, linear.base, NULL, 0,
				       NULL, 0, why, sizeof(why)) == CAMP_OK,
		      "%s", why);
	nn_arena_clear(&parameters);
	nn_arena_clear(&linear);
	model_clear(&m);
}

struct forecaster *
random_forecaster(const struct model_config *config, uint64_t seed)
{
	char path[] = "/tmp/camp-model-XXXXXX", why[256];
	struct forecaster *f = NULL;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	random_model_write(path, config, seed);
	ck_assert_msg(forecaster_load(&f, path, why, sizeof(why)) == CAMP_OK, "%s", why);
	unlink(path);
	return f;
}

struct sequence
random_sequence(int n, bool epochs, uint64_t seed)
{
	struct sequence_trial *trials = calloc((size_t)n, sizeof(*trials));
	struct sequence_epoch *made = calloc((size_t)n * 3, sizeof(*made));
	struct sequence s = {.task = 1, .n = n, .trials = trials, .epochs = made};
	struct rng rng;

	ck_assert_ptr_nonnull(trials);
	ck_assert_ptr_nonnull(made);
	rng_seed(&rng, seed, 1);
	for (int t = 0; t < n; t++) {
		trials[t] = (struct sequence_trial){
			.condition = (int)rng_below(&rng, RANDOM_CONDITIONS + 1),
			.correct = rng_uniform(&rng) < 0.9,
			.rt_ms = rng_uniform(&rng) < 0.05
					 ? NAN
					 : (float)(500 * exp(0.3 * rng_normal(&rng))),
			.onset_ms = 1500.0 * t + 300 * rng_uniform(&rng),
			.parameters = {(float)(4 + rng_below(&rng, 9)), NAN, NAN, NAN},
		};
		/* None before the first trials; then none to three between two. */
		for (int k = 0; epochs && t > 3 && k < (int)rng_below(&rng, 4); k++) {
			struct sequence_epoch *e = &made[s.n_epochs++];

			e->before_trial = t;
			for (int i = 0; i < EEG_REGIONS * EEG_BANDS; i++)
				e->log_power[i / EEG_BANDS][i % EEG_BANDS] =
					i / EEG_BANDS == 2 ? NAN
							   : (float)rng_normal(&rng);
		}
	}
	return s;
}

void
random_sequence_clear(struct sequence *s)
{
	free((struct sequence_trial *)s->trials);
	free((struct sequence_epoch *)s->epochs);
	*s = (struct sequence){0};
}
