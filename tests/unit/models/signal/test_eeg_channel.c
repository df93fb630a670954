/* models/signal/eeg_channel: the places of the 10-10 system. */
#include <string.h>

#include "models/signal/eeg_channel.h"
#include "tests/unit/unit.h"

static void
check_region(const char *const *names, enum eeg_region region)
{
	for (; *names; names++)
		ck_assert_msg(eeg_region_of(*names) == (int)region, "%s", *names);
}

START_TEST(eeg_region_of_names_the_region_of_each_row_of_the_cap)
{
	static const char *const frontal[] = {"Fp1", "Fpz", "AF7", "AF8", "AFz",
					      "F3",  "Fz",  "F8",  "F10", NULL};
	static const char *const temporal[] = {"FT7", "FT10", "T7",  "T8",   "T3",
					       "T4",  "T9",   "TP9", "TP10", NULL};
	static const char *const central[] = {"FC1", "FCz", "C3",  "Cz",
					      "C4",  "CP5", "CPz", NULL};
	static const char *const posterior[] = {"P3", "Pz", "P8", "POz", "PO10", "O1",
						"Oz", "Iz", "T5", "T6",  NULL};

	check_region(frontal, EEG_FRONTAL);
	check_region(temporal, EEG_TEMPORAL);
	check_region(central, EEG_CENTRAL);
	check_region(posterior, EEG_POSTERIOR);
}
END_TEST

START_TEST(eeg_region_of_refuses_what_is_no_place_of_the_scalp)
{
	static const char *const names[] = {"",    "A1", "M2",   "Ref", "TP",    "TP11",
					    "C3 ", "C7", "FpZ2", "F3-", "TP9\n", "EOG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(eeg_region_of(names[i]) == -1, "\"%s\"", names[i]);
	ck_assert_int_eq(eeg_channel_place("C3\0", 3), -1);
	ck_assert_ptr_null(eeg_channel_name("A1", 2));
}
END_TEST

START_TEST(eeg_channel_name_spells_as_the_system_does)
{
	ck_assert_str_eq(eeg_channel_name("FP1", 3), "Fp1");
	ck_assert_str_eq(eeg_channel_name("cpz", 3), "CPz");
	ck_assert_str_eq(eeg_channel_name("t3", 2), "T3");
	/* Only the first two bytes count. */
	ck_assert_str_eq(eeg_channel_name("C3xyz", 2), "C3");
}
END_TEST

START_TEST(eeg_channel_place_knows_old_and_new_names_for_the_same)
{
	ck_assert_int_eq(eeg_channel_place("T3", 2), eeg_channel_place("T7", 2));
	ck_assert_int_eq(eeg_channel_place("T4", 2), eeg_channel_place("T8", 2));
	ck_assert_int_eq(eeg_channel_place("T5", 2), eeg_channel_place("P7", 2));
	ck_assert_int_eq(eeg_channel_place("T6", 2), eeg_channel_place("P8", 2));
	ck_assert_int_ne(eeg_channel_place("T7", 2), eeg_channel_place("T8", 2));
}
END_TEST

Suite *
suite_eeg_channel(void)
{
	Suite *s = suite_create("eeg_channel");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, eeg_region_of_names_the_region_of_each_row_of_the_cap);
	tcase_add_test(tc, eeg_region_of_refuses_what_is_no_place_of_the_scalp);
	tcase_add_test(tc, eeg_channel_name_spells_as_the_system_does);
	tcase_add_test(tc, eeg_channel_place_knows_old_and_new_names_for_the_same);
	suite_add_tcase(s, tc);
	return s;
}
