/* base/json_text: walking and compacting. */
#include <string.h>

#include "base/json_text.h"
#include "tests/unit/unit.h"

START_TEST(json_text_skip_ends_behind_one_value)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {{"1,2", 1},
		     {"-1.5e3]", 6},
		     {"true}", 4},
		     {"null", 4},
		     {"\"a\\\"]}\",1", 7},
		     {"{}, {}", 2},
		     {"{\"a\": [1, {\"b\": \"}]\"}]} ]", 23},
		     {"[[],[[]]]]", 9},
		     {"{\"a\"", 4},
		     {"\"open", 5},
		     {"\"\\", 2},
		     {"", 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text, *end = text + strlen(text);

		ck_assert_msg(json_text_skip(text, end) == text + cases[i].len, "%s: %zu",
			      text, (size_t)(json_text_skip(text, end) - text));
	}
}
END_TEST

START_TEST(json_text_compact_keeps_white_space_in_strings)
{
	static const char spaced[] = " { \"a b\" :\t[ 1 ,\r\n \" \\\" x \" , { } ] }\n";
	struct buffer out = {0};

	json_text_compact(&out, spaced, spaced + strlen(spaced));
	buffer_add_char(&out, '\0');
	ck_assert_str_eq(out.data, "{\"a b\":[1,\" \\\" x \",{}]}");
	buffer_clear(&out);
}
END_TEST

Suite *
suite_json_text(void)
{
	Suite *s = suite_create("base/json_text");
	TCase *t = tcase_create("json_text");

	tcase_add_test(t, json_text_skip_ends_behind_one_value);
	tcase_add_test(t, json_text_compact_keeps_white_space_in_strings);
	suite_add_tcase(s, t);
	return s;
}
