/* base/buffer: growth, big-endian integers, sticky failure. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "tests/unit/unit.h"

START_TEST(buffer_grows_and_keeps_what_it_holds)
{
	struct buffer b = {0};

	for (int i = 0; i < 10000; i++)
		buffer_addf(&b, "%d,", i);
	buffer_add_text(&b, "end");
	buffer_add_char(&b, '.');
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, 48890 + 4);
	ck_assert_mem_eq(b.data, "0,1,2,3,", 8);
	ck_assert_mem_eq(b.data + b.len - 9, "9999,end.", 9);
	buffer_clear(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.cap, 0);
}
END_TEST

START_TEST(buffer_writes_integers_big_endian)
{
	static const unsigned char expected[] = {0x01, 0x02, 0x03, 0x04, 0x05,
						 0x06, 0x07, 0x08, 0x09, 0x0a,
						 0x0b, 0x0c, 0x0d, 0x0e};
	struct buffer b = {0};

	buffer_add_u16(&b, 0x0102);
	buffer_add_u32(&b, 0x03040506);
	buffer_add_u64(&b, UINT64_C(0x0708090a0b0c0d0e));
	ck_assert_uint_eq(b.len, sizeof(expected));
	ck_assert_mem_eq(b.data, expected, sizeof(expected));
	buffer_clear(&b);
}
END_TEST

START_TEST(buffer_add_of_nothing_is_nothing)
{
	struct buffer b = {0};

	buffer_add(&b, NULL, 0);
	buffer_add_text(&b, "");
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, 0);
	buffer_clear(&b);
	buffer_clear(&b);
}
END_TEST

START_TEST(buffer_failure_sticks_until_reset)
{
	struct buffer b = {0};

	buffer_add_text(&b, "kept");
	ck_assert(!buffer_reserve(&b, SIZE_MAX - 2));
	ck_assert(b.failed);
	buffer_add_text(&b, "dropped");
	ck_assert_uint_eq(b.len, 4);
	buffer_reset(&b);
	ck_assert(!b.failed);
	buffer_add_text(&b, "new");
	ck_assert_uint_eq(b.len, 3);
	ck_assert_mem_eq(b.data, "new", 3);
	buffer_clear(&b);
}
END_TEST

/* vsnprintf needs room for a terminator that the length does not count. */
START_TEST(buffer_addf_fits_exactly)
{
	for (int fill = 240; fill < 260; fill++) {
		struct buffer b = {0};
		char expected[600];

		buffer_addf(&b, "%*s", fill, "x");
		buffer_addf(&b, "%*s", fill, "y");
		snprintf(expected, sizeof(expected), "%*s%*s", fill, "x", fill, "y");
		ck_assert_uint_eq(b.len, 2 * (size_t)fill);
		ck_assert_mem_eq(b.data, expected, b.len);
		buffer_clear(&b);
	}
}
END_TEST

Suite *
suite_buffer(void)
{
	Suite *s = suite_create("base/buffer");
	TCase *t = tcase_create("buffer");

	tcase_add_test(t, buffer_grows_and_keeps_what_it_holds);
	tcase_add_test(t, buffer_writes_integers_big_endian);
	tcase_add_test(t, buffer_add_of_nothing_is_nothing);
	tcase_add_test(t, buffer_failure_sticks_until_reset);
	tcase_add_test(t, buffer_addf_fits_exactly);
	suite_add_tcase(s, t);
	return s;
}
