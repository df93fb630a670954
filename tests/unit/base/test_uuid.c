/* base/uuid: versions, order in time, text both ways. */
#include <string.h>

#include "base/uuid.h"
#include "tests/unit/unit.h"

#define TEXT "0190f3a1-7b2c-7def-8123-456789abcdef"

START_TEST(uuid_v7_holds_time_version_and_variant)
{
	static const int64_t times[] = {0, 1, 1700000000123, (INT64_C(1) << 48) - 1};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct uuid id = uuid_v7_at(times[i]);

		ck_assert_int_eq(uuid_v7_unix_ms(&id), times[i]);
		ck_assert_int_eq(id.b[6] >> 4, 7);
		ck_assert_int_eq(id.b[8] >> 6, 2);
	}
}
END_TEST

START_TEST(uuid_v7_of_later_time_sorts_later)
{
	struct uuid early = uuid_v7_at(1700000000000), late = uuid_v7_at(1700000000001);

	ck_assert_int_lt(memcmp(early.b, late.b, sizeof(early.b)), 0);
}
END_TEST

START_TEST(uuid_v7_never_repeats)
{
	struct uuid ids[500];

	for (int i = 0; i < 500; i++) {
		ids[i] = uuid_v7_at(1700000000000);
		for (int k = 0; k < i; k++)
			ck_assert(!uuid_equal(&ids[i], &ids[k]));
	}
}
END_TEST

START_TEST(uuid_text_round_trips_in_both_cases)
{
	struct uuid id, upper;
	char text[UUID_TEXT_LEN + 1];

	ck_assert(uuid_parse(&id, TEXT, UUID_TEXT_LEN));
	uuid_format(&id, text);
	ck_assert_str_eq(text, TEXT);
	ck_assert(uuid_parse(&upper, "0190F3A1-7B2C-7DEF-8123-456789ABCDEF",
			     UUID_TEXT_LEN));
	ck_assert(uuid_equal(&id, &upper));
}
END_TEST

/* Every byte of the text replaced by every byte that is wrong there. */
START_TEST(uuid_parse_refuses_every_wrong_byte)
{
	static const struct uuid zero;
	struct uuid id;

	for (int at = 0; at < UUID_TEXT_LEN; at++) {
		for (int c = 0; c < 256; c++) {
			char text[UUID_TEXT_LEN + 1] = TEXT;
			bool dash = text[at] == '-';
			bool fits = dash ? c == '-'
					 : c && strchr("0123456789abcdefABCDEF", c);

			text[at] = (char)c;
			ck_assert_int_eq(uuid_parse(&id, text, UUID_TEXT_LEN), fits);
			if (!fits)
				ck_assert(uuid_equal(&id, &zero));
		}
	}
}
END_TEST

START_TEST(uuid_parse_refuses_other_lengths)
{
	struct uuid id;

	ck_assert(!uuid_parse(&id, "", 0));
	ck_assert(!uuid_parse(&id, TEXT, UUID_TEXT_LEN - 1));
	ck_assert(!uuid_parse(&id, TEXT "0", UUID_TEXT_LEN + 1));
}
END_TEST

Suite *
suite_uuid(void)
{
	Suite *s = suite_create("base/uuid");
	TCase *t = tcase_create("uuid");

	tcase_add_test(t, uuid_v7_holds_time_version_and_variant);
	tcase_add_test(t, uuid_v7_of_later_time_sorts_later);
	tcase_add_test(t, uuid_v7_never_repeats);
	tcase_add_test(t, uuid_text_round_trips_in_both_cases);
	tcase_add_test(t, uuid_parse_refuses_every_wrong_byte);
	tcase_add_test(t, uuid_parse_refuses_other_lengths);
	suite_add_tcase(s, t);
	return s;
}
