/* server/eeg_read: what the contract test cannot see, and running out of memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/eeg_read.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

#define SETUP \
	"{\"device\":\"Muse\",\"sampling_rate_hz\":null,\"channels\":[\"TP9\",\"FP1\"]," \
	"\"window_s\":1,\"unit\":"
#define BANDS \
	"\"power\":{\"delta\":[1,null],\"theta\":[2,2],\"alpha\":[2,2],\"beta\":[4,2]," \
	"\"gamma\":[100,0.001]}"

static struct eeg_upload upload;
static struct problem why;

static enum camp_err
read_body(const char *body)
{
	problem_reset(&why);
	return eeg_read(&upload, body, strlen(body), &why);
}

START_TEST(eeg_read_keeps_log10_in_single_precision)
{
	ck_assert_int_eq(read_body(SETUP
				   "\"uv2\",\"epochs\":[{\"seq\":7,\"t_ms\":1.5," BANDS
				   "}]}"),
			 CAMP_OK);
	ck_assert_int_eq(upload.n, 1);
	ck_assert_int_eq(upload.setup.n_channels, 2);
	ck_assert_str_eq(upload.setup.channels[1], "Fp1");
	ck_assert(isnan(upload.setup.sampling_rate_hz) && isnan(upload.setup.step_s));
	ck_assert_ptr_null(upload.setup.reference);
	ck_assert_int_eq(upload.epochs[0].seq, 7);
	ck_assert(upload.epochs[0].t_ms == 1.5);
	ck_assert_ptr_null(upload.epochs[0].quality);
	ck_assert(upload.epochs[0].log_power[0] == 0);
	ck_assert(isnan(upload.epochs[0].log_power[1]));
	ck_assert(upload.epochs[0].log_power[2 * EEG_GAMMA] == 2);
	ck_assert(upload.epochs[0].log_power[2 * EEG_GAMMA + 1] == -3);
	/* 4 / (2 + 2) and 2 / (2 + 2). */
	ck_assert_double_eq_tol(upload.epochs[0].engagement.value, 0.75, 1e-6);
	ck_assert_int_eq(upload.epochs[0].engagement.n, 2);
	eeg_upload_clear(&upload);
	ck_assert_int_eq(read_body(SETUP
				   "\"log10_uv2\",\"epochs\":[{\"seq\":0,\"t_ms\":0,"
				   "\"power\":{\"delta\":[1,1],\"theta\":[0.3,1],"
				   "\"alpha\":[1,1],\"beta\":[1,1],\"gamma\":[-2,9]},"
				   "\"quality\":[0,1]}]}"),
			 CAMP_OK);
	ck_assert(upload.epochs[0].log_power[2] == 0.3f);
	ck_assert(upload.epochs[0].quality[0] == 0 && upload.epochs[0].quality[1] == 1);
	eeg_upload_clear(&upload);
}
END_TEST

START_TEST(eeg_read_leaves_nothing_of_a_refused_body)
{
	ck_assert_int_eq(read_body(SETUP "\"uv2\",\"epochs\":[{\"seq\":7,\"t_ms\":1}]}"),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why.entries[0].pointer, "/epochs/0/power");
	ck_assert_ptr_null(upload.epochs);
	ck_assert_ptr_null(upload.root);
	ck_assert_int_eq(upload.n, 0);
	ck_assert_int_eq(read_body("{"), CAMP_ERR_BODY);
	ck_assert_ptr_null(upload.root);
}
END_TEST

/* More is wrong than a problem lists: reading ends rather than going through all. */
START_TEST(eeg_read_names_the_first_of_many_mistakes)
{
	size_t size = 64 * 1024, len;
	char *body = malloc(size);

	ck_assert_ptr_nonnull(body);
	len = (size_t)snprintf(body, size, SETUP "\"uv2\",\"epochs\":[1");
	for (int i = 0; i < 200; i++)
		len += (size_t)snprintf(body + len, size - len, ",{\"seq\":-1}");
	snprintf(body + len, size - len, "]}");
	ck_assert_int_eq(read_body(body), CAMP_ERR_INVALID);
	ck_assert_int_eq(why.count, PROBLEM_ENTRIES_MAX);
	ck_assert(why.truncated);
	ck_assert_str_eq(why.entries[0].pointer, "/epochs/0");
	free(body);
}
END_TEST

START_TEST(eeg_read_runs_out_of_memory_without_lying)
{
	static const char body[] =
		SETUP "\"uv2\",\"epochs\":[{\"seq\":0,\"t_ms\":0," BANDS
		      "},{\"seq\":1,\"t_ms\":1," BANDS "}]}";
	bool failed = true;

	for (long n = 1; failed; n++) {
		enum camp_err err;

		problem_reset(&why);
		fail_alloc_arm(n);
		err = eeg_read(&upload, body, sizeof(body) - 1, &why);
		failed = fail_alloc_disarm();
		ck_assert_msg(err == (failed ? CAMP_ERR_MEMORY : CAMP_OK), "%ld: %s", n,
			      camp_err_code(err));
		ck_assert(failed == (upload.epochs == NULL));
		eeg_upload_clear(&upload);
	}
}
END_TEST

Suite *
suite_eeg_read(void)
{
	Suite *s = suite_create("eeg_read");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, eeg_read_keeps_log10_in_single_precision);
	tcase_add_test(tc, eeg_read_leaves_nothing_of_a_refused_body);
	tcase_add_test(tc, eeg_read_names_the_first_of_many_mistakes);
	tcase_add_test(tc, eeg_read_runs_out_of_memory_without_lying);
	suite_add_tcase(s, tc);
	return s;
}
