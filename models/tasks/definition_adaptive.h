/** The member "adaptive" of a task's definition: how its difficulty follows the person.
 */
#ifndef MODELS_TASKS_DEFINITION_ADAPTIVE_H
#define MODELS_TASKS_DEFINITION_ADAPTIVE_H

#include "models/adaptive/config.h"
#include "models/tasks/json_check.h"

/** By the rules of tasks/README.md; needs check->root. */
json_check_fn definition_adaptive_check;

/** What a checked member says; fields that it leaves out have their defaults. */
void definition_adaptive_read(struct adaptive_config *config, const json_t *value);

#endif
