/*
 * The server's side of the comparison with WebAssembly, for tests/integration and
 * tests/e2e:
 *
 *     native make MODEL ENCODER COMPONENTS DATA.csv    a model of random values
 *     native tensors MODEL                             its tensors as float32, as JSON
 *     native run MODEL DATA.csv N     the first N sequences: trials and what is computed
 *
 * run prints an object a line. What is not a number is null.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/model_file.h"
#include "models/engagement/score.h"
#include "models/stats/rng.h"
#include "models/train/dataset.h"
#include "server/cli/dataset_file.h"

static char why[512];

static void
die(const char *what)
{
	fprintf(stderr, "native: %s: %s\n", what, why);
	exit(1);
}

static void
must(enum camp_err err, const char *what)
{
	if (err != CAMP_OK)
		die(what);
}

static void
load_data(struct dataset *data, const char *path)
{
	struct dataset_file_notes notes;
	enum camp_err err = dataset_file_add(data, path, NULL, &notes, why, sizeof(why));

	row_problems_clear(&notes.problems);
	must(err, "data");
	must(dataset_finish(data), "data");
}

/* All names but the last condition, so that an unknown one is among the trials. */
static void
make_vocabulary(struct vocabulary *v, const struct dataset *data, struct rng *rng)
{
	int task, condition;

	must(vocabulary_init(v), "vocabulary");
	for (int i = 1; i <= data->n_tasks; i++)
		must(vocabulary_add_task(v, data->tasks[i], &task), "task");
	for (int i = 1; i < data->n_conditions; i++)
		must(vocabulary_add_condition(v, data->conditions[i].task,
					      data->conditions[i].name, &condition),
		     "condition");
	for (int i = 0; i < v->n_tasks; i++)
		v->tasks[i].figures =
			(struct vocabulary_figures){-0.4f, 0.3f, 2.5f, 0.99f};
	for (int i = 0; i < v->n_conditions; i++)
		v->conditions[i].figures =
			(struct vocabulary_figures){-0.5f + 0.3f * (float)rng_uniform(
									   rng),
						    0.3f, 2 + (float)rng_uniform(rng),
						    0.95f};
	for (int i = 0; i < SEQUENCE_PARAMETERS; i++)
		v->parameter_sd[i] = 1 + (float)i;
}

/* Larger than those that training starts from, and none zero, so that all of it counts.
 */
static void
fill(struct nn_arena *arena, const struct nn_plan *plan, struct rng *rng)
{
	must(nn_arena_init(arena, plan->floats), "memory");
	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *t = &plan->tensors[i];
		float middle = t->init == NN_INIT_ONE ? 1.0f : 0.0f;

		for (size_t j = 0; j < t->size; j++)
			arena->base[t->offset + j] =
				middle + 0.1f * (float)rng_normal(rng);
	}
}

static int
make(const char *path, const char *encoder, const char *components, const char *data_path)
{
	struct model_config config = {.components = atoi(components),
				      .width = 32,
				      .layers = 2,
				      .heads = 4,
				      .ffn = 64,
				      .taps = 3};
	struct vocabulary vocabulary = {0};
	struct nn_arena parameters, linear;
	struct dataset data = {0};
	struct model m;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	load_data(&data, data_path);
	make_vocabulary(&vocabulary, &data, &rng);
	snprintf(config.encoder, sizeof(config.encoder), "%s", encoder);
	must(model_make(&m, &config, &vocabulary, why, sizeof(why)), "model");
	fill(&parameters, &m.parameters, &rng);
	fill(&linear, &m.baseline, &rng);
	must(model_file_write(path, &m, parameters.base, linear.base, NULL, 0, NULL, 0,
			      why, sizeof(why)),
	     path);
	nn_arena_clear(&parameters);
	nn_arena_clear(&linear);
	model_clear(&m);
	dataset_clear(&data);
	return 0;
}

static json_t *
number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static void
print(json_t *take)
{
	if (json_dumpf(take, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) != 0)
		die("print");
	putchar('\n');
	json_decref(take);
}

static int
tensors(const char *path)
{
	struct nn_checkpoint file;
	json_t *all = json_object();

	must(nn_checkpoint_read(&file, path, why, sizeof(why)), "model");
	for (int i = 0; i < file.n_tensors; i++) {
		const struct nn_checkpoint_tensor *t = &file.tensors[i];
		json_t *shape = json_array(), *values = json_array();
		size_t count = 1;
		float *x;

		for (int d = 0; d < t->n_dims; d++) {
			json_array_append_new(shape, json_integer(t->dims[d]));
			count *= (size_t)t->dims[d];
		}
		x = calloc(count + 1, sizeof(*x));
		if (!x)
			die("memory");
		must(nn_checkpoint_values(t, x, count), t->name);
		for (size_t j = 0; j < count; j++)
			json_array_append_new(values, json_real((double)x[j]));
		free(x);
		json_object_set_new(all, t->name,
				    json_pack("{s:o, s:o}", "shape", shape, "values",
					      values));
	}
	nn_checkpoint_clear(&file);
	print(all);
	return 0;
}

static json_t *
trials_json(const struct dataset *data, const struct sequence *s)
{
	json_t *list = json_array();

	for (int t = 0; t < s->n; t++) {
		const struct sequence_trial *x = &s->trials[t];

		json_array_append_new(
			list,
			json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "condition",
				  data->conditions[x->condition].name, "correct",
				  x->correct, "rt_ms", number((double)x->rt_ms),
				  "onset_ms", number(x->onset_ms), "set_size",
				  number((double)x->parameters[0]), "load",
				  number((double)x->parameters[1]), "soa_ms",
				  number((double)x->parameters[2]), "difficulty",
				  number((double)x->parameters[3])));
	}
	return list;
}

/* What came of one sequence, in the order of struct forecast. */
static json_t *
results_json(const struct sequence *s, const struct forecast *forecasts,
	     const float *risks, const struct engagement *e)
{
	json_t *list = json_array(), *risk = json_array(), *score = json_null();

	for (int t = 0; t < s->n; t++) {
		const struct forecast *f = &forecasts[t];

		json_array_append_new(list, json_pack("[o, o, o, o, o, o, o, o]",
						      number((double)f->p),
						      number((double)f->mu),
						      number((double)f->sigma),
						      number((double)f->mu1),
						      number((double)f->sigma1),
						      number((double)f->slow),
						      number((double)f->delta),
						      number((double)f->sigma2)));
		json_array_append_new(risk, number((double)risks[t]));
	}
	if (e->defined)
		score = json_pack("{s:o, s:o, s:o, s:i}", "value", number(e->value),
				  "low", number(e->low), "high", number(e->high),
				  "lapses", e->lapses);
	return json_pack("{s:o, s:o, s:o}", "forecasts", list, "risks", risk, "score",
			 score);
}

static json_t *
compute(const struct forecaster *f, const struct sequence *s, enum forecast_by by)
{
	size_t n = (size_t)s->n;
	struct forecast_work *work = forecast_work_new(f);
	struct forecast *forecasts = calloc(n, sizeof(*forecasts));
	float *thresholds = calloc(n, sizeof(*thresholds));
	float *risks = calloc(n, sizeof(*risks));
	bool *lapses = calloc(n, sizeof(*lapses));
	struct engagement e;
	json_t *results;

	if (!work || !forecasts || !thresholds || !risks || !lapses)
		die("memory");
	must(forecast_run(f, work, s, by, false, forecasts), "forecasts");
	must(engagement_thresholds(f, s, thresholds), "thresholds");
	engagement_lapses(s, thresholds, lapses);
	engagement_risks(f, s, forecasts, thresholds, risks);
	engagement_score(s->n, risks, lapses, &e);
	results = results_json(s, forecasts, risks, &e);
	free(lapses);
	free(risks);
	free(thresholds);
	free(forecasts);
	forecast_work_free(work);
	return results;
}

/* By the model's own numbers of tasks and conditions. */
static void
run_sequence(const struct forecaster *f, const struct dataset *data,
	     const struct sequence *s)
{
	struct sequence_trial *trials = calloc((size_t)s->n, sizeof(*trials));
	struct sequence own = {.task = forecaster_task(f, data->tasks[s->task]),
			       .n = s->n,
			       .trials = trials};

	if (!trials)
		die("memory");
	for (int t = 0; t < s->n; t++) {
		trials[t] = s->trials[t];
		trials[t].condition =
			forecaster_condition(f, own.task,
					     data->conditions[s->trials[t].condition]
						     .name);
	}
	print(json_pack("{s:s, s:o, s:o, s:o}", "task", data->tasks[s->task], "trials",
			trials_json(data, s), "model",
			compute(f, &own, FORECAST_BY_MODEL), "linear",
			compute(f, &own, FORECAST_BY_LINEAR)));
	free(trials);
}

static int
run(const char *path, const char *data_path, const char *n)
{
	struct forecaster *f;
	struct dataset data = {0};

	must(forecaster_load(&f, path, why, sizeof(why)), "model");
	load_data(&data, data_path);
	for (int i = 0; i < data.n_sequences && i < atoi(n); i++)
		run_sequence(f, &data, &data.sequences[i].s);
	dataset_clear(&data);
	forecaster_free(f);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 6 && strcmp(verb, "make") == 0)
		return make(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 3 && strcmp(verb, "tensors") == 0)
		return tensors(argv[2]);
	if (argc == 5 && strcmp(verb, "run") == 0)
		return run(argv[2], argv[3], argv[4]);
	fprintf(stderr, "usage: native make MODEL ENCODER COMPONENTS DATA.csv |\n"
			"       native tensors MODEL | native run MODEL DATA.csv N\n");
	return 2;
}
