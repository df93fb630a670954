/**
 * The curve of right answers over difficulty, as a session's trials tell it.
 *
 * It is that of the definition's adaptive difficulty, from a newcomer's prior: logistic,
 * of unknown location and slope, with a fixed guess and lapse rate (guess_min,
 * lapse_min).
 */
#ifndef MODELS_TASKS_CURVE_H
#define MODELS_TASKS_CURVE_H

#include "models/tasks/selection.h"

/** Whether trial i is selected and has a difficulty. */
bool task_curve_counts(const struct task_selection *s, size_t i);

/**
 * Mean of the location's posterior, in the unit of difficulty, with its sd as standard
 * error; over the grid of the definition's adaptive difficulty, which must adapt. NAN
 * without such trials.
 */
struct stat_estimate task_curve_location(const struct task_selection *s);

#endif
