#include "tests/unit/unit_tasks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

struct task_definition *
unit_definition(const char *name)
{
	struct task_definition *def;
	char path[128], why[256];
	enum camp_err err;
	size_t len;
	char *json;

	snprintf(path, sizeof(path), "tasks/%s/task.json", name);
	json = unit_read_source(path, &len);
	err = task_definition_parse(&def, json, len, why, sizeof(why));
	ck_assert_msg(err == CAMP_OK, "%s: %s", path, why);
	free(json);
	return def;
}

struct trial
unit_trial(const struct task_definition *def, const char *condition, bool correct,
	   double rt_ms)
{
	int code = task_condition_code(def, condition, strlen(condition));

	ck_assert_msg(code >= 0, "no condition '%s'", condition);
	return (struct trial){.trial = -1,
			      .condition = (int16_t)code,
			      .response = -1,
			      .correct = correct,
			      .rt_ms = (float)rt_ms,
			      .difficulty = NAN,
			      .onset_ms = NAN};
}

const struct task_score_value *
unit_score(const struct task_score_set *set, const char *name)
{
	for (int i = 0; i < set->n_values; i++) {
		if (strcmp(set->values[i].name, name) == 0)
			return &set->values[i];
	}
	ck_abort_msg("no score '%s'", name);
}

int
unit_rule(const struct task_score_set *set, const char *rule)
{
	for (int i = 0; i < set->n_rules; i++) {
		if (strcmp(set->rules[i].rule, rule) == 0)
			return set->rules[i].trials;
	}
	ck_abort_msg("no rule '%s'", rule);
}

void
unit_close(double got, double expected, double tolerance, const char *what)
{
	bool same = isnan(expected)
			    ? isnan(got)
			    : fabs(got - expected) <= tolerance * fmax(1, fabs(expected));

	ck_assert_msg(same, "%s: got %.17g, expected %.17g, tolerance %g", what, got,
		      expected, tolerance);
}
