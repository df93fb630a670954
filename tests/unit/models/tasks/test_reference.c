/*
 * models/tasks: whole sessions against scores computed apart, from the definitions'
 * rules, by numpy and scipy (tests/reference/task_scores).
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* Two ways to sum a few hundred numbers differ by less than this. */
#define TOLERANCE 1e-9

static double
number_or_nan(const json_t *value)
{
	return json_is_number(value) ? json_number_value(value) : NAN;
}

static int16_t
response_code(const struct task_definition *def, const json_t *name)
{
	int code = task_response_code(def, json_string_value(name),
				      json_string_length(name));

	ck_assert_msg(code >= 0, "no response '%s'", json_string_value(name));
	return (int16_t)code;
}

static struct trial *
read_trials(const struct task_definition *def, const json_t *list, size_t *n)
{
	struct trial *trials;

	*n = json_array_size(list);
	trials = calloc(*n + 1, sizeof(*trials));
	ck_assert_ptr_nonnull(trials);
	for (size_t i = 0; i < *n; i++) {
		const json_t *t = json_array_get(list, i);

		trials[i] = unit_trial(def, json_string_value(json_array_get(t, 0)),
				       json_is_true(json_array_get(t, 1)),
				       number_or_nan(json_array_get(t, 2)));
		trials[i].flags = (uint16_t)json_integer_value(json_array_get(t, 3));
		trials[i].difficulty = (float)number_or_nan(json_array_get(t, 4));
		if (json_is_string(json_array_get(t, 5)))
			trials[i].response = response_code(def, json_array_get(t, 5));
		trials[i].seq = (int32_t)i;
	}
	return trials;
}

static void
check_values(const struct task_score_set *set, const json_t *scores)
{
	ck_assert_int_eq(set->n_values, (int)json_object_size(scores));
	for (int i = 0; i < set->n_values; i++) {
		const struct task_score_value *v = &set->values[i];
		const json_t *expected = json_object_get(scores, v->name);
		double e[6];

		ck_assert_msg(expected != NULL, "'%s' is unknown to the reference",
			      v->name);
		for (size_t k = 0; k < 6; k++)
			e[k] = number_or_nan(json_array_get(expected, k));
		unit_close(v->value, e[0], TOLERANCE, v->name);
		unit_close(v->standard_error, e[1], TOLERANCE, v->name);
		ck_assert_int_eq(v->n, (int)e[2]);
		unit_close(v->raw_value, e[3], TOLERANCE, v->name);
		unit_close(v->raw_standard_error, e[4], TOLERANCE, v->name);
		ck_assert_int_eq(v->raw_n, (int)e[5]);
	}
}

static void
check_case(const json_t *c)
{
	struct task_definition *def =
		unit_definition(json_string_value(json_object_get(c, "task")));
	const json_t *reasons = json_object_get(c, "reasons");
	const char *rule;
	json_t *count;
	struct task_score_set set;
	struct trial *trials;
	size_t n;

	trials = read_trials(def, json_object_get(c, "trials"), &n);
	ck_assert_int_eq(task_score(def, trials, n, &set), CAMP_OK);
	ck_assert_int_eq(set.trials, (int)n);
	check_values(&set, json_object_get(c, "scores"));
	json_object_foreach(json_object_get(c, "rules"), rule, count)
		ck_assert_int_eq(unit_rule(&set, rule), json_integer_value(count));
	ck_assert_int_eq(set.n_reasons, (int)json_array_size(reasons));
	for (int i = 0; i < set.n_reasons; i++)
		ck_assert_str_eq(set.reasons[i],
				 json_string_value(json_array_get(reasons, (size_t)i)));
	ck_assert_int_eq(set.usable, set.n_reasons == 0);
	free(trials);
	task_definition_free(def);
}

static const char *const tasks[] = {
#define TASK(name) #name,
#include "models/tasks/tasks.def"
#undef TASK
};

START_TEST(scores_agree_with_numpy_and_scipy)
{
	for (size_t task = 0; task < sizeof(tasks) / sizeof(tasks[0]); task++) {
		char path[96], *text;
		json_t *cases, *c;
		size_t len, i;

		snprintf(path, sizeof(path), "tests/reference/task_scores/%s.json",
			 tasks[task]);
		text = unit_read_source(path, &len);
		cases = json_loadb(text, len, 0, NULL);
		ck_assert_msg(json_array_size(cases) > 3, "%s: no cases", path);
		json_array_foreach(cases, i, c) check_case(c);
		json_decref(cases);
		free(text);
	}
}
END_TEST

Suite *
suite_reference(void)
{
	Suite *s = suite_create("models/tasks against reference scores");
	TCase *t = tcase_create("reference");

	/* One test goes through every task; slow machines are no failure. */
	tcase_set_timeout(t, 60);
	tcase_add_test(t, scores_agree_with_numpy_and_scipy);
	suite_add_tcase(s, t);
	return s;
}
