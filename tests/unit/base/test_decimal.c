/* base/decimal: against strtod(). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "tests/unit/unit.h"

/* The text as a number, which must be all of it. */
static double
read_all(const char *text)
{
	double value = NAN;
	const char *end = decimal_read(text, text + strlen(text), &value);

	ck_assert_msg(end == text + strlen(text), "%s is not read", text);
	return value;
}

static void
same_as_strtod(const char *text)
{
	double expected = strtod(text, NULL), got = read_all(text);

	ck_assert_msg(memcmp(&expected, &got, sizeof(got)) == 0, "%s: %.17g, not %.17g",
		      text, got, expected);
}

START_TEST(decimal_read_rounds_as_strtod)
{
	/* The long ones lie between two doubles, or next to the middle. */
	static const char *const texts[] = {"0",
					    "0.0",
					    "-0.5",
					    "512.4",
					    "999999999999999",
					    "999999999999999999",
					    "9007199254740993",
					    "512.4000244140625",
					    "0.100000000000000005",
					    "9007199254740.9925",
					    "4503599627370496.5",
					    "4503599627370497.5",
					    "4503599627370497.501",
					    "9007199254740992.999",
					    "0.000000000000000001",
					    "1.000000000000000111",
					    "123456789012345678.9"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		same_as_strtod(texts[i]);
}
END_TEST

START_TEST(decimal_read_rounds_random_numbers_as_strtod)
{
	unsigned seed = 20261101;

	for (int i = 0; i < 50000; i++) {
		char text[32];
		uint64_t digits = (uint64_t)rand_r(&seed) << 32 ^
				  (uint64_t)rand_r(&seed) << 8 ^ (uint64_t)rand_r(&seed);
		int n, places = 1 + rand_r(&seed) % 17;

		n = snprintf(text, sizeof(text), "%018llu",
			     (unsigned long long)(digits % 1000000000000000000u));
		memmove(text + n - places + 1, text + n - places, (size_t)places + 1);
		text[n - places] = '.';
		/* No leading zeros but one. */
		n = (int)strspn(text, "0");
		same_as_strtod(text + (text[n] == '.' ? n - 1 : n));
	}
}
END_TEST

START_TEST(decimal_read_rounds_single_precision_as_written_by_browsers)
{
	unsigned seed = 7;

	for (int i = 0; i < 30000; i++) {
		float value = (float)rand_r(&seed) / 1777.0f;
		char text[40];

		snprintf(text, sizeof(text), "%.17g", (double)value);
		if (strlen(text) > 19 || strpbrk(text, "e"))
			continue;
		same_as_strtod(text);
		ck_assert((float)read_all(text) == value);
	}
}
END_TEST

START_TEST(decimal_read_leaves_the_rest)
{
	static const char *const texts[] = {"",
					    "-",
					    "01",
					    "-01",
					    ".5",
					    "+1",
					    "1.",
					    "1.e5",
					    "1e5",
					    "1E5",
					    "1.5e-3",
					    "NaN",
					    "Infinity",
					    "0x10",
					    "1234567890123456789",
					    "1.1234567890123456789",
					    "99999999999999999999999999"};
	double value;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *end =
			decimal_read(texts[i], texts[i] + strlen(texts[i]), &value);

		ck_assert_msg(end == NULL || *end != '\0', "%s is read", texts[i]);
	}
}
END_TEST

Suite *
suite_decimal(void)
{
	Suite *s = suite_create("base/decimal");
	TCase *t = tcase_create("decimal");

	tcase_set_timeout(t, 60);

	tcase_add_test(t, decimal_read_rounds_as_strtod);
	tcase_add_test(t, decimal_read_rounds_random_numbers_as_strtod);
	tcase_add_test(t, decimal_read_rounds_single_precision_as_written_by_browsers);
	tcase_add_test(t, decimal_read_leaves_the_rest);
	suite_add_tcase(s, t);
	return s;
}
