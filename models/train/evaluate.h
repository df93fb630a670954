/**
 * How good a forecaster is on the participants of a split, beside the linear baseline in
 * its file and the two simple ones fitted to the same data's training participants.
 *
 * Every trial is scored once, from what came before it in its sequence. Lapses are the
 * same for all forecasters: their thresholds take the model's condition means, or without
 * a model those of the data's training participants.
 */
#ifndef MODELS_TRAIN_EVALUATE_H
#define MODELS_TRAIN_EVALUATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/train/dataset.h"

struct forecaster;

/*
 * X(name, better): the figures of one forecaster; '>' more is better, '<' less is. For
 * coverages the nearer to 0.9 the better ('='). NAN: not defined.
 *
 * Of all trials: auc, nll_correct (nats), brier, ece of being correct. Of trials with a
 * response, y = ln(RT in s): nll_rt (nats), r2, rmse, crps (all three of y), cov90 and
 * pit_ks of the distribution. Of trials with a threshold (lapse.h): lapse_auc, lapse_ece
 * of the risk. Of blocks of 20 trials that follow at least 20 others, none overlapping:
 * next20_r, the correlation of E made before the block with the share of its trials that
 * were free of lapses; next20_r_persistence, the same of that share in the 20 trials
 * before the block (where a response without a threshold counts as the 0.9 free of
 * lapses that it is on average); interval_cov, the share of blocks whose count lay in E's
 * 90 % interval.
 */
#define EVALUATION_FIGURES(X) \
	X(auc, '>') \
	X(nll_correct, '<') \
	X(brier, '<') \
	X(ece, '<') \
	X(nll_rt, '<') \
	X(r2, '>') \
	X(rmse, '<') \
	X(crps, '<') \
	X(cov90, '=') \
	X(pit_ks, '<') \
	X(lapse_auc, '>') \
	X(lapse_ece, '<') \
	X(next20_r, '>') \
	X(next20_r_persistence, '>') \
	X(interval_cov, '=')

struct evaluation_figures {
	bool defined; /* false: there was no such forecaster */
	int64_t n;    /* trials */
#define X(name, better) double name;
	EVALUATION_FIGURES(X)
#undef X
};

/*
 * Mean NLL (of correctness and, of trials with a response, of ln RT, summed) of a first
 * forecaster less a second's, in nats a trial: negative, the first is better. The
 * interval covers 95 % and is a percentile bootstrap over participants (Efron &
 * Tibshirani (1993), ch. 13), 2000 draws from a fixed seed; with fewer than two
 * participants it is NAN.
 */
struct evaluation_difference {
	double value, low, high;
};

struct evaluation {
	enum dataset_split split;
	int participants, sequences;
	int64_t trials, responses, blocks;
	int unknown_tasks, unknown_conditions; /* of the data, that the model lacks */
	/* model: as it is used, so with EEG where forecaster_uses_eeg() allows it. */
	struct evaluation_figures model, linear, running_mean, condition_mean;
	struct evaluation_difference model_linear, model_running_mean;
	/* Trials of sequences with EEG, when the model knows EEG. */
	struct evaluation_eeg {
		int participants;
		int64_t trials;
		struct evaluation_figures behaviour, eeg, fused;
		struct evaluation_difference fused_behaviour;
	} eeg;
};

struct evaluate_config {
	const struct forecaster *model; /* NULL: the simple ones alone */
	enum dataset_split split;
	int threads; /* >= 1; the figures do not depend on it */
};

/** Errors: NOT_FOUND (the split has no trials), MEMORY. */
CAMP_MUST_CHECK enum camp_err
evaluate_run(const struct dataset *data, const struct evaluate_config *config,
	     struct evaluation *out);

#endif
