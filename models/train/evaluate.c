#include "models/train/evaluate.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"
#include "models/engagement/lapse.h"
#include "models/train/baselines.h"
#include "models/train/crew.h"
#include "models/train/evaluate_figures.h"

/* Everything one evaluation shares between its forecasters and threads. */
struct evaluating {
	const struct dataset *data;
	const struct evaluate_config *config;
	struct crew *crew;
	struct baselines baselines;
	bool has_baselines;
	/* The model's numbers of the data's tasks and conditions. */
	int *task, *condition;
	struct evaluation_trials trials;
};

static enum camp_err
select_trials(struct evaluation_trials *trials, const struct dataset *data,
	      enum dataset_split split, bool with_epochs)
{
	size_t n = (size_t)data->n_sequences + 1;

	trials->sequences = calloc(n, sizeof(*trials->sequences));
	trials->first = calloc(n, sizeof(*trials->first));
	if (!trials->sequences || !trials->first)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < data->n_sequences; i++) {
		const struct dataset_sequence *q = &data->sequences[i];

		if ((split != SPLIT_ALL && q->split != split) ||
		    (with_epochs && q->s.n_epochs == 0))
			continue;
		trials->sequences[trials->n_sequences++] = q;
		trials->n += (size_t)q->s.n;
		trials->first[trials->n_sequences] = trials->n;
	}
	trials->response_rate = calloc(trials->n + 1, sizeof(float));
	trials->threshold = calloc(trials->n + 1, sizeof(float));
	trials->lapse = calloc(trials->n + 1, sizeof(bool));
	if (!trials->response_rate || !trials->threshold || !trials->lapse)
		return CAMP_ERR_MEMORY;
	return CAMP_OK;
}

/* What a trial's condition is known for: to the model, or else in the training trials. */
static float
known_mean(const struct evaluating *e, const struct sequence *s, int condition)
{
	const struct baseline_cell *cell;

	if (e->config->model)
		return forecaster_condition_mean(e->config->model, e->task[s->task],
						 e->condition[condition]);
	cell = &e->baselines.cells[condition];
	return cell->n_responses > 0 ? (float)cell->mean : NAN;
}

static float
known_rate(const struct evaluating *e, int condition)
{
	if (e->config->model)
		return forecaster_response_rate(e->config->model,
						e->condition[condition]);
	return (float)e->baselines.cells[condition].response_rate;
}

static enum camp_err
judge_lapses(const struct evaluating *e, struct evaluation_trials *trials)
{
	float *mean = calloc(trials->n + 1, sizeof(*mean));
	enum camp_err err = mean ? CAMP_OK : CAMP_ERR_MEMORY;

	for (int i = 0; err == CAMP_OK && i < trials->n_sequences; i++) {
		const struct sequence *s = &trials->sequences[i]->s;
		size_t first = trials->first[i];

		for (int t = 0; t < s->n; t++) {
			int condition = s->trials[t].condition;

			mean[t] = known_mean(e, s, condition);
			trials->response_rate[first + (size_t)t] =
				known_rate(e, condition);
		}
		err = lapse_thresholds(s, mean, trials->threshold + first);
		for (int t = 0; err == CAMP_OK && t < s->n; t++)
			trials->lapse[first + (size_t)t] =
				lapse_happened(&s->trials[t],
					       trials->threshold[first + (size_t)t]);
	}
	free(mean);
	return err;
}

/* One forecaster's run over all sequences. */
struct run {
	const struct evaluating *e;
	const struct evaluation_trials *trials;
	enum forecast_by by;
	struct rows_mask mask;
	struct forecast *out; /* [trials->n], by place, so that order does not matter */
	atomic_bool failed;
};

/* The sequence in the model's numbers; trials has room for it. */
static struct sequence
translate(const struct evaluating *e, const struct sequence *s,
	  struct sequence_trial *trials)
{
	struct sequence out = *s;

	for (int t = 0; t < s->n; t++) {
		trials[t] = s->trials[t];
		trials[t].condition = e->condition[s->trials[t].condition];
	}
	out.task = e->task[s->task];
	out.trials = trials;
	return out;
}

static int
longest(const struct evaluation_trials *trials)
{
	int most = 1;

	for (int i = 0; i < trials->n_sequences; i++) {
		if (trials->sequences[i]->s.n > most)
			most = trials->sequences[i]->s.n;
	}
	return most;
}

static void
run_share(void *arg, int worker, int n_workers)
{
	struct run *r = arg;
	const struct forecaster *model = r->e->config->model;
	struct forecast_work *work = forecast_work_new(model);
	struct sequence_trial *trials =
		calloc((size_t)longest(r->trials), sizeof(*trials));
	enum camp_err err = work && trials ? CAMP_OK : CAMP_ERR_MEMORY;

	for (int i = worker; err == CAMP_OK && i < r->trials->n_sequences;
	     i += n_workers) {
		struct sequence s = translate(r->e, &r->trials->sequences[i]->s, trials);

		err = forecast_run_masked(model, work, &s, r->by, r->mask,
					  r->out + r->trials->first[i]);
	}
	if (err != CAMP_OK)
		atomic_store(&r->failed, true);
	forecast_work_free(work);
	free(trials);
}

static enum camp_err
run_model(const struct evaluating *e, const struct evaluation_trials *trials,
	  enum forecast_by by, struct rows_mask mask, struct forecast *out)
{
	struct run r = {.e = e, .trials = trials, .by = by, .mask = mask, .out = out};

	crew_run(e->crew, run_share, &r);
	return atomic_load(&r.failed) ? CAMP_ERR_MEMORY : CAMP_OK;
}

static void
run_baseline(const struct evaluating *e, bool running, struct forecast *out)
{
	for (int i = 0; i < e->trials.n_sequences; i++) {
		const struct sequence *s = &e->trials.sequences[i]->s;

		if (running)
			baselines_running_mean(&e->baselines, s,
					       out + e->trials.first[i]);
		else
			baselines_condition_mean(&e->baselines, s,
						 out + e->trials.first[i]);
	}
}

static enum camp_err
compare(const struct evaluating *e, const struct forecast *first,
	const struct forecast *second, struct evaluation_difference *out)
{
	return evaluation_compare(&e->trials, e->data->n_participants, first, second,
				  out);
}

/* Forecasts of all, two at a time in memory. */
static enum camp_err
evaluate_all(const struct evaluating *e, struct forecast *model, struct forecast *other,
	     struct evaluation *out)
{
	const struct rows_mask behaviour = {.epochs = true};
	bool has_model = e->config->model != NULL;
	struct rows_mask used = {.epochs = !has_model ||
					   !forecaster_uses_eeg(e->config->model)};
	enum camp_err err = CAMP_OK;

	if (has_model)
		err = run_model(e, &e->trials, FORECAST_BY_MODEL, used, model);
	if (has_model && err == CAMP_OK)
		err = evaluation_figure(&e->trials, model, &out->model);
	if (has_model && err == CAMP_OK)
		err = run_model(e, &e->trials, FORECAST_BY_LINEAR, behaviour, other);
	if (has_model && err == CAMP_OK)
		err = evaluation_figure(&e->trials, other, &out->linear);
	if (has_model && err == CAMP_OK)
		err = compare(e, model, other, &out->model_linear);
	if (!e->has_baselines || err != CAMP_OK)
		return err;
	run_baseline(e, true, other);
	err = evaluation_figure(&e->trials, other, &out->running_mean);
	if (has_model && err == CAMP_OK)
		err = compare(e, model, other, &out->model_running_mean);
	if (err != CAMP_OK)
		return err;
	run_baseline(e, false, other);
	return evaluation_figure(&e->trials, other, &out->condition_mean);
}

/* The three ways to forecast sequences that have EEG. */
static enum camp_err
evaluate_eeg(const struct evaluating *e, struct evaluation_eeg *out)
{
	static const struct rows_mask masks[3] = {{.epochs = true},
						  {.behaviour = true},
						  {.epochs = false}};
	struct evaluation_figures *figures[3] = {&out->behaviour, &out->eeg, &out->fused};
	struct evaluation_trials trials = {0};
	struct forecast *forecasts = NULL;
	enum camp_err err = select_trials(&trials, e->data, e->config->split, true);

	if (err != CAMP_OK || trials.n == 0)
		goto out;
	err = judge_lapses(e, &trials);
	if (err != CAMP_OK)
		goto out;
	forecasts = calloc(3 * trials.n, sizeof(*forecasts));
	if (!forecasts)
		err = CAMP_ERR_MEMORY;
	for (int k = 0; err == CAMP_OK && k < 3; k++) {
		err = run_model(e, &trials, FORECAST_BY_MODEL, masks[k],
				forecasts + (size_t)k * trials.n);
		if (err == CAMP_OK)
			err = evaluation_figure(&trials, forecasts + (size_t)k * trials.n,
						figures[k]);
	}
	if (err == CAMP_OK)
		err = evaluation_compare(&trials, e->data->n_participants,
					 forecasts + 2 * trials.n, forecasts,
					 &out->fused_behaviour);
	out->trials = (int64_t)trials.n;
	for (int i = 0; i < trials.n_sequences; i++)
		out->participants +=
			i == 0 || trials.sequences[i]->participant !=
					  trials.sequences[i - 1]->participant;
out:
	evaluation_trials_clear(&trials);
	free(forecasts);
	return err;
}

/* The model's numbers of everything in the data, and how much it does not know. */
static enum camp_err
translate_names(struct evaluating *e, struct evaluation *out)
{
	const struct forecaster *model = e->config->model;
	const struct dataset *data = e->data;

	e->task = calloc((size_t)data->n_tasks + 1, sizeof(*e->task));
	e->condition = calloc((size_t)data->n_conditions + 1, sizeof(*e->condition));
	if (!e->task || !e->condition)
		return CAMP_ERR_MEMORY;
	for (int i = 1; model && i <= data->n_tasks; i++) {
		e->task[i] = forecaster_task(model, data->tasks[i]);
		out->unknown_tasks += e->task[i] == 0;
	}
	for (int i = 1; model && i <= data->n_conditions; i++) {
		e->condition[i] =
			forecaster_condition(model, e->task[data->conditions[i].task],
					     data->conditions[i].name);
		out->unknown_conditions += e->condition[i] == 0;
	}
	return CAMP_OK;
}

static enum camp_err
count_trials(const struct evaluating *e, struct evaluation *out)
{
	bool *seen = calloc((size_t)e->data->n_participants + 1, sizeof(*seen));

	if (!seen)
		return CAMP_ERR_MEMORY;
	out->split = e->config->split;
	out->sequences = e->trials.n_sequences;
	out->trials = (int64_t)e->trials.n;
	out->blocks = evaluation_blocks(&e->trials);
	for (int i = 0; i < e->trials.n_sequences; i++) {
		const struct dataset_sequence *q = e->trials.sequences[i];

		out->participants += !seen[q->participant];
		seen[q->participant] = true;
		for (int t = 0; t < q->s.n; t++)
			out->responses += !isnan(q->s.trials[t].rt_ms);
	}
	free(seen);
	return CAMP_OK;
}

enum camp_err
evaluate_run(const struct dataset *data, const struct evaluate_config *config,
	     struct evaluation *out)
{
	struct evaluating e = {.data = data, .config = config};
	struct forecast *model = NULL, *other = NULL;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	out->model_linear = out->model_running_mean = out->eeg.fused_behaviour =
		(struct evaluation_difference){(double)NAN, (double)NAN, (double)NAN};
	err = baselines_fit(&e.baselines, data);
	e.has_baselines = err == CAMP_OK;
	/* A few people may all be in the test split; a model is judged all the same. */
	if (err == CAMP_OK || (err == CAMP_ERR_NOT_FOUND && config->model))
		err = translate_names(&e, out);
	if (err == CAMP_OK)
		err = select_trials(&e.trials, data, config->split, false);
	if (err == CAMP_OK && e.trials.n == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK)
		err = count_trials(&e, out);
	if (err == CAMP_OK)
		err = judge_lapses(&e, &e.trials);
	if (err == CAMP_OK && config->model)
		err = crew_new(&e.crew, config->threads);
	if (err != CAMP_OK)
		goto out;
	model = calloc(e.trials.n, sizeof(*model));
	other = calloc(e.trials.n, sizeof(*other));
	err = model && other ? evaluate_all(&e, model, other, out) : CAMP_ERR_MEMORY;
	if (err == CAMP_OK && config->model && config->model->model.config.eeg)
		err = evaluate_eeg(&e, &out->eeg);
out:
	free(model);
	free(other);
	free(e.task);
	free(e.condition);
	crew_free(e.crew);
	evaluation_trials_clear(&e.trials);
	baselines_clear(&e.baselines);
	return err;
}
