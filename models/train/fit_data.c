#include "models/train/fit_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/tokens.h"

/* Trials' worth of a task's figures in those of its conditions. */
#define PRIOR 5.0
#define SD_MIN 0.05

struct sums {
	double trials, correct, responses, correct_responses;
	double y, y2;
};

static void
sums_add(struct sums *s, const struct sequence_trial *trial)
{
	double y = (double)token_ln_rt(trial);

	s->trials++;
	s->correct += trial->correct;
	if (isnan(y))
		return;
	s->responses++;
	s->correct_responses += trial->correct;
	s->y += y;
	s->y2 += y * y;
}

/* Shrunk to the wider group's by PRIOR trials' worth. */
static struct vocabulary_figures
figures_of(const struct sums *s, const struct vocabulary_figures *wider)
{
	double p0 = 1 / (1 + exp(-(double)wider->log_odds));
	double mean = ((double)wider->mean * PRIOR + s->y) / (PRIOR + s->responses);
	double spread = s->y2 - 2 * mean * s->y + s->responses * mean * mean;
	double variance = ((double)wider->sd * (double)wider->sd * PRIOR + spread) /
			  (PRIOR + s->responses);
	double p = (p0 * PRIOR + s->correct) / (PRIOR + s->trials);

	p = fmin(fmax(p, 0.002), 0.998);
	return (struct vocabulary_figures){
		.mean = (float)mean,
		.sd = (float)fmax(sqrt(variance), SD_MIN),
		.log_odds = (float)log(p / (1 - p)),
		.response_rate = (float)((s->correct_responses +
					  PRIOR * (double)wider->response_rate) /
					 (s->correct + PRIOR)),
	};
}

/*
 * The data's numbers of tasks and conditions -> the vocabulary's, which gets the new ones
 * in the order in which training participants meet them: the data's own order would let
 * test participants shuffle the model's parameters.
 */
static enum camp_err
add_names(struct vocabulary *v, const struct dataset *data, int *task_of,
	  int *condition_of)
{
	enum camp_err err = CAMP_OK;

	for (int i = 0; i < data->n_sequences && err == CAMP_OK; i++) {
		const struct dataset_sequence *q = &data->sequences[i];

		if (q->split != SPLIT_TRAIN)
			continue;
		if (task_of[q->s.task] == 0)
			err = vocabulary_add_task(v, data->tasks[q->s.task],
						  &task_of[q->s.task]);
		for (int t = 0; t < q->s.n && err == CAMP_OK; t++) {
			int c = q->s.trials[t].condition;

			if (condition_of[c] == 0)
				err = vocabulary_add_condition(v, task_of[q->s.task],
							       data->conditions[c].name,
							       &condition_of[c]);
		}
	}
	return err;
}

static void
add_figures(struct vocabulary *v, const struct dataset *data, const struct sums *all,
	    const struct sums *tasks, const struct sums *conditions, const int *task_of,
	    const int *condition_of, int old_tasks, int old_conditions)
{
	if (old_tasks == 1) {
		v->tasks[0].figures = figures_of(all, &v->tasks[0].figures);
		v->conditions[0].figures = v->tasks[0].figures;
	}
	for (int i = 1; i <= data->n_tasks; i++)
		if (task_of[i] >= old_tasks)
			v->tasks[task_of[i]].figures =
				figures_of(&tasks[i], &v->tasks[0].figures);
	for (int i = 1; i <= data->n_conditions; i++) {
		int at = condition_of[i];

		if (at >= old_conditions)
			v->conditions[at].figures =
				figures_of(&conditions[i],
					   &v->tasks[v->conditions[at].task].figures);
	}
}

static void
add_parameters(struct vocabulary *v, const struct dataset *data)
{
	for (int p = 0; p < SEQUENCE_PARAMETERS; p++) {
		double n = 0, sum = 0, sum2 = 0;

		for (int i = 0; i < data->n_sequences; i++) {
			const struct dataset_sequence *q = &data->sequences[i];

			for (int t = 0; q->split == SPLIT_TRAIN && t < q->s.n; t++) {
				double x = (double)q->s.trials[t].parameters[p];

				if (!isfinite(x))
					continue;
				n++;
				sum += x;
				sum2 += x * x;
			}
		}
		if (n < 2)
			continue;
		v->parameter_mean[p] = (float)(sum / n);
		v->parameter_sd[p] = (float)sqrt(fmax(sum2 / n - sum / n * (sum / n), 0));
		if (!(v->parameter_sd[p] > 1e-6f))
			v->parameter_sd[p] = 1;
	}
}

enum camp_err
fit_vocabulary(struct vocabulary *v, const struct dataset *data)
{
	size_t n_tasks = (size_t)data->n_tasks + 1;
	size_t n_conditions = (size_t)data->n_conditions + 1;
	struct sums all = {0}, *tasks = calloc(n_tasks, sizeof(*tasks));
	struct sums *conditions = calloc(n_conditions, sizeof(*conditions));
	int *task_of = calloc(n_tasks, sizeof(int));
	int *condition_of = calloc(n_conditions, sizeof(int));
	int old_tasks = v->n_tasks, old_conditions = v->n_conditions;
	enum camp_err err = CAMP_ERR_MEMORY;

	if (!tasks || !conditions || !task_of || !condition_of)
		goto out;
	for (int i = 0; i < data->n_sequences; i++) {
		const struct dataset_sequence *q = &data->sequences[i];

		for (int t = 0; q->split == SPLIT_TRAIN && t < q->s.n; t++) {
			const struct sequence_trial *trial = &q->s.trials[t];

			sums_add(&all, trial);
			sums_add(&tasks[q->s.task], trial);
			sums_add(&conditions[trial->condition], trial);
		}
	}
	err = add_names(v, data, task_of, condition_of);
	if (err != CAMP_OK)
		goto out;
	add_figures(v, data, &all, tasks, conditions, task_of, condition_of, old_tasks,
		    old_conditions);
	if (old_tasks == 1)
		add_parameters(v, data);
out:
	free(tasks);
	free(conditions);
	free(task_of);
	free(condition_of);
	return err;
}

/* Who validates: a flag a participant. */
static enum camp_err
choose_validation(const struct dataset *data, bool **validates, bool **trains)
{
	size_t n = (size_t)data->n_participants + 1;
	int n_train = 0, n_validation = 0;

	*validates = calloc(n, sizeof(bool));
	*trains = calloc(n, sizeof(bool));
	if (!*validates || !*trains)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < data->n_sequences; i++) {
		int who = data->sequences[i].participant;
		enum dataset_split split = data->sequences[i].split;

		n_validation += split == SPLIT_VALIDATION && !(*validates)[who];
		n_train += split == SPLIT_TRAIN && !(*trains)[who];
		(*validates)[who] = (*validates)[who] || split == SPLIT_VALIDATION;
		(*trains)[who] = (*trains)[who] || split == SPLIT_TRAIN;
	}
	if (n_validation > 0 || n_train < 5)
		return CAMP_OK;
	for (int who = 0, k = 0; who < data->n_participants; who++)
		if ((*trains)[who] && k++ % 5 == 4) {
			(*validates)[who] = true;
			(*trains)[who] = false;
		}
	return CAMP_OK;
}

static enum camp_err
copy_sequence(struct sequence *to, const struct dataset *data,
	      const struct sequence *from, const struct vocabulary *v,
	      const int *condition_of)
{
	struct sequence_trial *trials = malloc(((size_t)from->n + 1) * sizeof(*trials));

	if (!trials)
		return CAMP_ERR_MEMORY;
	memcpy(trials, from->trials, (size_t)from->n * sizeof(*trials));
	for (int t = 0; t < from->n; t++)
		trials[t].condition = condition_of[trials[t].condition];
	*to = *from;
	to->trials = trials;
	to->task = vocabulary_task(v, data->tasks[from->task]);
	return CAMP_OK;
}

static enum camp_err
add_windows(struct fit_data *d, int sequence)
{
	int n = d->sequences[sequence].n;
	int count = n <= SEQUENCE_WINDOW ? 1
					 : 1 + (n - SEQUENCE_WINDOW + SEQUENCE_STRIDE -
						1) / SEQUENCE_STRIDE;
	struct fit_window *more =
		realloc(d->windows,
			((size_t)d->n_windows + (size_t)count) * sizeof(*more));

	if (!more)
		return CAMP_ERR_MEMORY;
	d->windows = more;
	for (int i = 0; i < count; i++) {
		int first = i * SEQUENCE_STRIDE;
		int last = first + SEQUENCE_WINDOW < n ? first + SEQUENCE_WINDOW : n;

		d->windows[d->n_windows++] = (struct fit_window){sequence, first, last};
	}
	return CAMP_OK;
}

static enum camp_err
add_sequences(struct fit_data *d, const struct dataset *data, const struct vocabulary *v,
	      const int *condition_of, const bool *validates, const bool *trains)
{
	for (int i = 0; i < data->n_sequences; i++) {
		const struct dataset_sequence *q = &data->sequences[i];
		enum camp_err err;

		if ((!validates[q->participant] && !trains[q->participant]) ||
		    q->s.n == 0)
			continue;
		err = copy_sequence(&d->sequences[d->n_sequences], data, &q->s, v,
				    condition_of);
		if (err != CAMP_OK)
			return err;
		d->participant[d->n_sequences] = q->participant;
		d->any_epochs = d->any_epochs || q->s.n_epochs > 0;
		if (validates[q->participant]) {
			d->validation[d->n_validation++] = d->n_sequences++;
			d->n_validation_trials += q->s.n;
			continue;
		}
		d->n_train_trials += q->s.n;
		err = add_windows(d, d->n_sequences++);
		if (err != CAMP_OK)
			return err;
	}
	return CAMP_OK;
}

enum camp_err
fit_data_make(struct fit_data *d, const struct dataset *data, const struct vocabulary *v)
{
	size_t n = (size_t)data->n_sequences + 1;
	int *condition_of = calloc((size_t)data->n_conditions + 1, sizeof(int));
	bool *validates = NULL, *trains = NULL;
	enum camp_err err = CAMP_ERR_MEMORY;

	memset(d, 0, sizeof(*d));
	d->sequences = calloc(n, sizeof(*d->sequences));
	d->validation = calloc(n, sizeof(int));
	d->participant = calloc(n, sizeof(int));
	if (!condition_of || !d->sequences || !d->validation || !d->participant)
		goto out;
	for (int i = 1; i <= data->n_conditions; i++) {
		const struct dataset_condition *c = &data->conditions[i];

		condition_of[i] =
			vocabulary_condition(v, vocabulary_task(v, data->tasks[c->task]),
					     c->name);
	}
	err = choose_validation(data, &validates, &trains);
	if (err == CAMP_OK)
		err = add_sequences(d, data, v, condition_of, validates, trains);
out:
	free(condition_of);
	free(validates);
	free(trains);
	if (err != CAMP_OK)
		fit_data_clear(d);
	return err;
}

void
fit_data_clear(struct fit_data *d)
{
	for (int i = 0; i < d->n_sequences; i++)
		free((struct sequence_trial *)d->sequences[i].trials);
	free(d->sequences);
	free(d->participant);
	free(d->windows);
	free(d->validation);
	memset(d, 0, sizeof(*d));
}
