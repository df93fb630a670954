/**
 * Which earlier trials a forecast rests on: attention, gradient times input, and what
 * leaving trials out changes.
 *
 * Attention weights are attention rollout: with A_l the mean over heads of layer l's
 * weights, the last row of product_l (A_l + I) / 2, which credits the residual branch and
 * follows attention through the layers. Gradient times input is sum_d x_d dmu/dx_d of
 * each trial's row x as it enters the encoder, mu being the forecast mean of ln RT (of
 * the main component). Neither is an explanation by itself (Jain & Wallace), so both
 * stand beside a deletion test: how far the forecast moves when the rows of the
 * EXPLAIN_DELETED trials they rank highest are taken out of the window, and when as many
 * at random are. A row holds what is known before its trial (tokens.h); what the
 * remaining rows know of the deleted trials, as means over the past, stays.
 *
 * EEG is left out: this explains the behavioural forecast. Sources: Abnar & Zuidema
 * (2020), ACL, 4190 (rollout); Shrikumar et al. (2017), arXiv 1704.02685 (gradient times
 * input); Jain & Wallace (2019), NAACL, 3543; DeYoung et al. (2020), ACL, 4443
 * (comprehensiveness).
 */
#ifndef MODELS_ENGAGEMENT_EXPLAIN_H
#define MODELS_ENGAGEMENT_EXPLAIN_H

#include <stdbool.h>

#include "base/errors.h"
#include "models/engagement/forecaster.h"
#include "models/engagement/sequence.h"

#define EXPLAIN_DELETED 16
#define EXPLAIN_DRAWS 8 /* random deletions, averaged */

struct explainer;

/* How far a deletion moves the forecast. */
struct explain_effect {
	double mu; /* |change| of mu, in ln s */
	double p;  /* |change| of P(correct) */
};

struct explanation {
	int target;         /* the trial whose forecast it is, from 0 */
	int first, n;       /* trials first .. first + n - 1, up to the target's */
	bool has_attention; /* the encoder attends; else those members are 0 */
	int deleted;        /* trials left out: EXPLAIN_DELETED, or n when fewer */
	struct forecast forecast;
	float own;                        /* attention to the target's own row */
	float attention[SEQUENCE_WINDOW]; /* [n]; with own, they sum to 1 */
	float gradient[SEQUENCE_WINDOW];  /* [n], in ln s; signed */
	struct explain_effect by_attention, by_gradient, by_chance;
};

/** Of a sequence in the model's numbers, which must outlive it, as must f. MEMORY. */
CAMP_MUST_CHECK enum camp_err
explainer_new(struct explainer **out, const struct forecaster *f,
	      const struct sequence *s);
void explainer_free(struct explainer *e);

/** Of the forecast of one trial, 0 <= target < s->n; random draws depend on target only.
 */
void explain_trial(struct explainer *e, int target, struct explanation *out);

/* Means over the trials of a sequence with at least 2 EXPLAIN_DELETED others in view. */
struct explain_summary {
	int n; /* trials; 0: the sequence is too short and the rest 0 */
	struct explain_effect by_attention, by_gradient, by_chance;
};

/** Of every `step`th such trial from the last one back. */
void explain_sequence(struct explainer *e, int step, struct explain_summary *out);

#endif
