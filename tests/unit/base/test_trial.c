/* base/trial: the names of flags. */
#include <string.h>

#include "base/trial.h"
#include "tests/unit/unit.h"

START_TEST(trial_flag_names_go_both_ways)
{
	static const struct {
		const char *name;
		uint16_t bit;
	} flags[] = {{"touch", TRIAL_TOUCH},     {"frames_dropped", TRIAL_FRAMES_DROPPED},
		     {"blurred", TRIAL_BLURRED}, {"resumed", TRIAL_RESUMED},
		     {"catch", TRIAL_CATCH},     {"timeout", TRIAL_TIMEOUT}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const char *name = flags[i].name;

		ck_assert_uint_eq(trial_flag_from_name(name, strlen(name)), flags[i].bit);
		ck_assert_str_eq(trial_flag_name(flags[i].bit), name);
	}
}
END_TEST

START_TEST(trial_flag_refuses_what_is_no_flag)
{
	ck_assert_uint_eq(trial_flag_from_name("", 0), 0);
	ck_assert_uint_eq(trial_flag_from_name("touc", 4), 0);
	ck_assert_uint_eq(trial_flag_from_name("touchy", 6), 0);
	ck_assert_uint_eq(trial_flag_from_name("Touch", 5), 0);
	ck_assert_ptr_null(trial_flag_name(0));
	ck_assert_ptr_null(trial_flag_name(TRIAL_TOUCH | TRIAL_BLURRED));
	ck_assert_ptr_null(trial_flag_name(1u << 15));
}
END_TEST

Suite *
suite_trial(void)
{
	Suite *s = suite_create("base/trial");
	TCase *t = tcase_create("flags");

	tcase_add_test(t, trial_flag_names_go_both_ways);
	tcase_add_test(t, trial_flag_refuses_what_is_no_flag);
	suite_add_tcase(s, t);
	return s;
}
