/** The rules of tasks/README.md. */
#ifndef MODELS_TASKS_DEFINITION_RULES_H
#define MODELS_TASKS_DEFINITION_RULES_H

#include "models/tasks/json_check.h"

/** True when the whole document keeps them; what definition.c reads is then there. */
json_check_fn definition_rules_check;

#endif
