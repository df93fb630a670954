/** Sessions of span tasks. */
#ifndef MODELS_TASKS_SIMULATORS_SPAN_H
#define MODELS_TASKS_SIMULATORS_SPAN_H

#include "models/tasks/simulators.h"

/**
 * The session of a condition by the classic rule (from the parameter start_length, count
 * trials a length, until two failures at one), or of adaptive lengths: a person who is
 * right half of the time at `span`, who needs base_ms and item_ms an item.
 */
void task_span_session(struct task_run *run, int condition, double span, double base_ms,
		       double item_ms);

#endif
