/* QUEST+ and the 2PL ability against numpy (tests/reference/adaptive.py). */
#include <jansson.h>
#include <stdlib.h>

#include "models/adaptive/ability.h"
#include "models/adaptive/adaptive.h"
#include "tests/support/adaptive_people.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

/* Sums of up to some thousand numbers, 40 times multiplied: 1e-13; with room. */
#define TOLERANCE 1e-10

static json_t *
reference(const char *part)
{
	size_t len;
	char *text = unit_read_source("tests/reference/adaptive.json", &len);
	json_t *all = json_loadb(text, len, 0, NULL);
	json_t *cases = json_incref(json_object_get(all, part));

	ck_assert_uint_gt(json_array_size(cases), 0);
	json_decref(all);
	free(text);
	return cases;
}

static double
number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_number(value), "no number '%s'", name);
	return json_number_value(value);
}

static double
element(const json_t *object, const char *name, size_t i)
{
	return json_number_value(json_array_get(json_object_get(object, name), i));
}

static struct adaptive_config
config_of(const json_t *object)
{
	struct adaptive_config c;
	const char *name;
	json_t *value;

	adaptive_config_init(&c);
	json_object_foreach((json_t *)object, name, value)
	{
		int field = adaptive_field_find(name);

		ck_assert_msg(field >= 0, "no field '%s'", name);
		*adaptive_field(&c, field) = json_number_value(value);
	}
	return c;
}

static void
check_estimate(const struct adaptive_estimate *e, const json_t *trial)
{
	unit_close(e->location, element(trial, "location", 0), TOLERANCE, "location");
	unit_close(e->location_sd, element(trial, "location", 1), TOLERANCE, "its sd");
	unit_close(e->slope, element(trial, "slope", 0), TOLERANCE, "slope");
	unit_close(e->slope_sd, element(trial, "slope", 1), TOLERANCE, "its sd");
	unit_close(e->guess, number(trial, "guess"), TOLERANCE, "guess");
	unit_close(e->lapse, number(trial, "lapse"), TOLERANCE, "lapse");
	unit_close(e->threshold, element(trial, "threshold", 0), TOLERANCE, "threshold");
	unit_close(e->threshold_sd, element(trial, "threshold", 1), TOLERANCE, "its sd");
}

START_TEST(questplus_chooses_and_estimates_as_watsons_method)
{
	json_t *cases = reference("questplus"), *c, *trial;
	size_t i, k;

	json_array_foreach(cases, i, c)
	{
		struct adaptive_config config = config_of(json_object_get(c, "config"));
		struct adaptive *a = people_adaptive(&config);

		json_array_foreach(json_object_get(c, "trials"), k, trial)
		{
			float level = adaptive_next(a);
			struct adaptive_estimate e;

			ck_assert_msg(level == number(trial, "level"),
				      "case %zu, trial %zu: %g, expected %g", i, k,
				      (double)level, number(trial, "level"));
			adaptive_outcome(a, level,
					 json_is_true(json_object_get(trial, "correct")));
			adaptive_estimate(a, &e);
			check_estimate(&e, trial);
		}
		ck_assert_uint_eq(k, 40);
		free(a);
	}
	json_decref(cases);
}
END_TEST

START_TEST(ability_chooses_and_estimates_as_numpy)
{
	json_t *cases = reference("ability"), *c = json_array_get(cases, 0), *value;
	struct ability_item items[32];
	double memory[1024];
	struct ability y;
	size_t i, n;

	json_array_foreach(json_object_get(c, "items"), i, value)
	{
		items[i] = (struct ability_item){number(value, "a"), number(value, "b")};
	}
	n = i;
	ability_init(&y, items, (int)n, number(c, "min"), number(c, "max"),
		     (int)number(c, "points"), memory);
	ability_start(&y, number(c, "prior_mean"), number(c, "prior_sd"));
	json_array_foreach(json_object_get(c, "trials"), i, value)
	{
		int item = ability_most_informative(&y);

		ck_assert_int_eq(item, (int)number(value, "item"));
		ability_outcome(&y, item,
				json_is_true(json_object_get(value, "correct")));
		unit_close(ability_mean(&y), number(value, "mean"), TOLERANCE, "EAP");
		unit_close(ability_sd(&y), number(value, "sd"), TOLERANCE, "sd");
	}
	ck_assert_uint_eq(i, 30);
	json_decref(cases);
}
END_TEST

Suite *
suite_adaptive_reference(void)
{
	Suite *s = suite_create("models/adaptive reference");
	TCase *t = tcase_create("reference");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, questplus_chooses_and_estimates_as_watsons_method);
	tcase_add_test(t, ability_chooses_and_estimates_as_numpy);
	suite_add_tcase(s, t);
	return s;
}
