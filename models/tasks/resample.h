/**
 * Standard errors of scores of times from which outliers were removed.
 *
 * Where the bounds of a rule follow the sample, as a median and its deviation do, a mean
 * of what is left varies more than its own spread says: with 48 ex-Gaussian times, an
 * interval by sd / sqrt(n) covers 85 % instead of 95. Resampling repeats rule and formula
 * together. (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 6, 8.)
 */
#ifndef MODELS_TASKS_RESAMPLE_H
#define MODELS_TASKS_RESAMPLE_H

#include "models/tasks/scorers.h"

#define TASK_RESAMPLES 200
#define TASK_RESAMPLES_SEED 1993

/**
 * Raises the standard errors of times, and of ratios of them, in values[] to the standard
 * deviation of the same score over TASK_RESAMPLES sessions whose trials of each condition
 * are drawn with replacement from the given ones', exclusions applied to each anew. The
 * draws of condition c, in order of its trials for one session after the other, are those
 * of stream c of a fixed seed. Does nothing where the definition has no rule
 * "rt_outlier". Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
task_resample_errors(const struct task_scorer *scorer, const struct task_definition *def,
		     const struct trial *trials, size_t n, struct stat_estimate *values);

#endif
