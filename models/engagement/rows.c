#include "models/engagement/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POWER_MAX 3.0f
#define POWER_PRIOR 2.0 /* epochs' worth of the first one's own level */

void
token_rows_clear(struct token_rows *rows)
{
	free(rows->features);
	free(rows->epoch);
	free(rows->base);
	free(rows->trial);
	free(rows->task);
	free(rows->condition);
	free(rows->previous);
	free(rows->blind);
	free(rows->correct);
	free(rows->y);
	free(rows->start);
	free(rows->sums);
	memset(rows, 0, sizeof(*rows));
}

static bool
grow(void *array, size_t n, size_t size)
{
	void **p = array, *more = realloc(*p, n * size);

	if (more)
		*p = more;
	return more != NULL;
}

static bool
grow_rows(struct token_rows *r, int n)
{
	size_t cap = (size_t)n;

	if (n <= r->cap)
		return true;
	if (!grow(&r->features, cap, TOKEN_FEATURES * sizeof(float)) ||
	    !grow(&r->epoch, cap, EPOCH_FEATURES * sizeof(float)) ||
	    !grow(&r->base, cap, sizeof(*r->base)) ||
	    !grow(&r->trial, cap, sizeof(int)) || !grow(&r->task, cap, sizeof(int)) ||
	    !grow(&r->condition, cap, sizeof(int)) ||
	    !grow(&r->previous, cap, sizeof(int)) || !grow(&r->blind, cap, sizeof(int)) ||
	    !grow(&r->correct, cap, sizeof(float)) || !grow(&r->y, cap, sizeof(float)))
		return false;
	r->cap = n;
	return true;
}

static enum camp_err
make_room(struct token_rows *r, const struct vocabulary *v, const struct sequence *s,
	  int n_trials, bool epochs)
{
	int n_rows = n_trials;

	if (epochs)
		n_rows += s->n_epochs < n_trials * ROWS_EPOCHS_PER_TRIAL
				  ? s->n_epochs
				  : n_trials * ROWS_EPOCHS_PER_TRIAL;
	if (!grow_rows(r, n_rows))
		return CAMP_ERR_MEMORY;
	if (n_trials > r->cap_trials) {
		if (!grow(&r->start, (size_t)n_trials, sizeof(int)))
			return CAMP_ERR_MEMORY;
		r->cap_trials = n_trials;
	}
	if (v->n_conditions > r->cap_sums) {
		if (!grow(&r->sums, (size_t)v->n_conditions, sizeof(*r->sums)))
			return CAMP_ERR_MEMORY;
		r->cap_sums = v->n_conditions;
	}
	return CAMP_OK;
}

void
epoch_features(const struct sequence_epoch *epoch, double *sum,
	       float features[EPOCH_FEATURES])
{
	for (int region = 0; region < EEG_REGIONS; region++) {
		double *s = sum + region * (EEG_BANDS + 1);
		float *f = features + region * (EEG_BANDS + 1);
		const float *power = epoch->log_power[region];
		bool there = true;

		for (int band = 0; band < EEG_BANDS; band++)
			there = there && isfinite(power[band]);
		for (int band = 0; band < EEG_BANDS; band++) {
			double n = s[EEG_BANDS];
			double level = n > 0 ? s[band] / n : (double)power[band];

			f[band] = 0;
			if (!there)
				continue;
			f[band] = (float)(((double)power[band] - level) * n /
					  (n + POWER_PRIOR));
			f[band] = fminf(fmaxf(f[band], -POWER_MAX), POWER_MAX);
			s[band] += (double)power[band];
		}
		f[EEG_BANDS] = there;
		s[EEG_BANDS] += there;
	}
}

static void
add_epoch(struct token_rows *r, const struct sequence_epoch *epoch, int trial,
	  double *sum)
{
	int row = r->n++;

	memset(r->features + (size_t)row * TOKEN_FEATURES, 0,
	       TOKEN_FEATURES * sizeof(float));
	epoch_features(epoch, sum, r->epoch + (size_t)row * EPOCH_FEATURES);
	r->base[row] = (struct token_base){.sd = 1};
	r->trial[row] = trial;
	r->task[row] = r->condition[row] = r->previous[row] = r->blind[row] = -1;
	r->correct[row] = r->y[row] = NAN;
}

static void
add_trial(struct token_rows *r, struct token_state *state, const struct sequence *s,
	  int trial, struct rows_mask mask, bool seen_epoch)
{
	struct sequence_trial now = s->trials[trial];
	float *features = r->features + (size_t)r->n * TOKEN_FEATURES;
	int row = r->n++;

	if (mask.conditions)
		now.condition = 0;
	token_next(state, &now, features, &r->base[row]);
	r->trial[row] = trial;
	r->task[row] = state->task;
	r->condition[row] = now.condition;
	r->previous[row] = r->base[row].previous;
	r->blind[row] = seen_epoch ? -1 : 0;
	r->correct[row] = now.correct;
	r->y[row] = token_ln_rt(&now);
	memset(r->epoch + (size_t)row * EPOCH_FEATURES, 0,
	       EPOCH_FEATURES * sizeof(float));
	token_outcome(state, &now, &r->base[row]);
	if (mask.behaviour) {
		memset(features, 0, TOKEN_FEATURES * sizeof(float));
		r->previous[row] = r->base[row].previous = 0;
	}
}

enum camp_err
token_rows_fill(struct token_rows *r, const struct vocabulary *v,
		const struct sequence *s, int n_trials, struct rows_mask mask)
{
	bool epochs = !mask.epochs && s->n_epochs > 0;
	enum camp_err err = make_room(r, v, s, n_trials, epochs);
	double sum[EEG_REGIONS * (EEG_BANDS + 1)] = {0};
	struct token_state state;
	int next = 0;

	r->n = r->n_trials = 0;
	if (err != CAMP_OK)
		return err;
	token_start(&state, v, mask.task ? 0 : s->task, r->sums);
	for (int t = 0; t < n_trials; t++) {
		int end = next;

		while (epochs && end < s->n_epochs && s->epochs[end].before_trial <= t)
			end++;
		r->start[t] = r->n;
		if (end - next > ROWS_EPOCHS_PER_TRIAL)
			next = end - ROWS_EPOCHS_PER_TRIAL;
		while (next < end)
			add_epoch(r, &s->epochs[next++], t, sum);
		add_trial(r, &state, s, t, mask, end > 0);
	}
	r->n_trials = n_trials;
	return CAMP_OK;
}
