/*
 * models/engagement/quantise: smaller files hold the same model, to the rounding of their
 * types, and are read by whoever reads the large one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/engagement/quantise.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/models/engagement/random_model.h"
#include "tests/unit/unit.h"

#define TRIALS 200

static const struct model_config configs[] = {
	{"transformer", 2, 16, 2, 4, 32, 3, 0.1f, true},
	{"gru", 2, 12, 2, 4, 32, 3, 0, false},
	{"cnn", 1, 12, 3, 4, 32, 3, 0, false},
	{"linear", 2, 8, 1, 1, 8, 3, 0, false},
};
#define N_CONFIGS ((int)(sizeof(configs) / sizeof(configs[0])))

static char folder[] = "/tmp/camp-quantise-XXXXXX", from[64], to[64], why[512];

static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(from, sizeof(from), "%s/from", folder);
	snprintf(to, sizeof(to), "%s/to", folder);
}

static void
remove_folder(void)
{
	unlink(from);
	unlink(to);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
read_file(struct nn_checkpoint *file, const char *path)
{
	ck_assert_msg(nn_checkpoint_read(file, path, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
}

static void
quantise(const struct nn_checkpoint *file, enum nn_type type)
{
	ck_assert_msg(model_quantise(file, type, to, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
}

static size_t
values_of(const struct nn_checkpoint *file, const char *name, float *out, size_t max)
{
	const struct nn_checkpoint_tensor *t = nn_checkpoint_find(file, name);
	size_t count = 1;

	ck_assert_msg(t != NULL, "there is no %s", name);
	for (int i = 0; i < t->n_dims; i++)
		count *= (size_t)t->dims[i];
	ck_assert_uint_le(count, max);
	ck_assert_int_eq(nn_checkpoint_values(t, out, count), CAMP_OK);
	return count;
}

static double
half_value(unsigned h)
{
	int exponent = (int)(h >> 10 & 31), fraction = (int)(h & 1023);
	double size =
		exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);

	return h & 0x8000 ? -size : size;
}

START_TEST(half_gives_back_every_finite_binary16)
{
	for (unsigned h = 0; h < 0x10000; h++)
		if ((h & 0x7c00) != 0x7c00)
			ck_assert_uint_eq(nn_checkpoint_half((float)half_value(h)), h);
}
END_TEST

START_TEST(half_rounds_to_nearest_and_ties_to_even)
{
	for (unsigned h = 0; h < 0x7bff; h++) {
		float middle = (float)((half_value(h) + half_value(h + 1)) / 2);

		ck_assert_uint_eq(nn_checkpoint_half(middle), h + (h & 1));
		ck_assert_uint_eq(nn_checkpoint_half(nextafterf(middle, 0)), h);
		ck_assert_uint_eq(nn_checkpoint_half(nextafterf(middle, 1e9f)), h + 1);
		ck_assert_uint_eq(nn_checkpoint_half(-middle), 0x8000 | (h + (h & 1)));
	}
	ck_assert_uint_eq(nn_checkpoint_half(1e-30f), 0);
	ck_assert_uint_eq(nn_checkpoint_half(-1e-42f), 0x8000);
}
END_TEST

/* Each tensor of the large file against the small one's. */
static void
compare(const struct nn_checkpoint *large, const struct nn_checkpoint *small,
	enum nn_type type)
{
	static float x[20000], y[20000], scale[2000];
	int n_int8 = 0, n_half = 0;
	char name[128];

	for (int i = 0; i < large->n_tensors; i++) {
		const struct nn_checkpoint_tensor *t = &large->tensors[i];
		const struct nn_checkpoint_tensor *u = nn_checkpoint_find(small, t->name);
		size_t n = values_of(large, t->name, x, 20000), row;

		values_of(small, t->name, y, 20000);
		if (u->type == NN_I8) {
			snprintf(name, sizeof(name), "%s.scale", t->name);
			values_of(small, name, scale, 2000);
			n_int8++;
		}
		n_half += u->type == NN_F16;
		for (size_t j = 0; j < n; j++) {
			row = j * (size_t)t->dims[0] / n;
			/* Half a step, and what float32 rounds at the border of two. */
			if (u->type == NN_I8)
				ck_assert_float_le(fabsf(x[j] - y[j] * scale[row]),
						   0.501f * scale[row]);
			else if (u->type == NN_F16)
				ck_assert_float_le(fabsf(x[j] - y[j]),
						   0x1p-11f * fabsf(x[j]) + 0x1p-25f);
			else
				ck_assert_float_eq(x[j], y[j]);
		}
	}
	ck_assert_int_eq(small->n_tensors, large->n_tensors + n_int8);
	ck_assert_int_gt(n_half, 0);
	ck_assert_msg(n_int8 > 0 || type != NN_I8 ||
			      strcmp(nn_checkpoint_text(large, "encoder"), "linear") == 0,
		      "no matrix is int8");
}

START_TEST(quantised_files_hold_the_same_values)
{
	static const enum nn_type types[] = {NN_F16, NN_I8};
	struct nn_checkpoint large, small;

	random_model_write(from, &configs[_i], 5);
	read_file(&large, from);
	for (int t = 0; t < 2; t++) {
		quantise(&large, types[t]);
		read_file(&small, to);
		compare(&large, &small, types[t]);
		ck_assert_int_eq(small.n_texts, large.n_texts + 1);
		ck_assert_str_eq(nn_checkpoint_text(&small, "quantised"),
				 t ? "int8" : "f16");
		ck_assert_str_eq(nn_checkpoint_text(&small, "tasks"),
				 nn_checkpoint_text(&large, "tasks"));
		ck_assert_uint_lt(small.n_bytes, large.n_bytes);
		nn_checkpoint_clear(&small);
	}
	nn_checkpoint_clear(&large);
}
END_TEST

static void
forecast(const char *path, const struct sequence *s, struct forecast *out)
{
	struct forecaster *f;
	struct forecast_work *w;

	ck_assert_msg(forecaster_load(&f, path, why, sizeof(why)) == CAMP_OK, "%s", why);
	w = forecast_work_new(f);
	ck_assert_ptr_nonnull(w);
	ck_assert_int_eq(forecast_run(f, w, s, FORECAST_BY_MODEL, true, out), CAMP_OK);
	forecast_work_free(w);
	forecaster_free(f);
}

/* Mean and sd of y, p: what a trained model forecasts hardly changes. Random weights of
 * this size are a harder case; a wrong row, scale or sign is off by tenths. */
START_TEST(quantised_models_forecast_nearly_the_same)
{
	static struct forecast a[TRIALS], b[TRIALS];
	struct sequence s = random_sequence(TRIALS, configs[_i].eeg, 9);
	struct nn_checkpoint large;

	random_model_write(from, &configs[_i], 6);
	read_file(&large, from);
	forecast(from, &s, a);
	for (int t = 0; t < 2; t++) {
		double far = 0;

		quantise(&large, t ? NN_I8 : NN_F16);
		forecast(to, &s, b);
		for (int i = 0; i < TRIALS; i++) {
			far = fmax(far, fabs((double)(a[i].p - b[i].p)));
			far = fmax(far, fabs((double)(a[i].mu - b[i].mu)));
			far = fmax(far, fabs(log((double)(a[i].sigma / b[i].sigma))));
		}
		ck_assert_msg(far < (t ? 0.1 : 0.005), "%s, %s: %g", configs[_i].encoder,
			      t ? "int8" : "f16", far);
		ck_assert_msg(far > 0, "nothing was rounded");
	}
	nn_checkpoint_clear(&large);
	random_sequence_clear(&s);
}
END_TEST

START_TEST(quantise_refuses_what_it_cannot_make_smaller)
{
	struct nn_checkpoint file;
	size_t n;
	uint8_t *bytes =
		(uint8_t *)unit_read_source("tests/reference/tiny.safetensors", &n);

	random_model_write(from, &configs[0], 5);
	read_file(&file, from);
	quantise(&file, NN_I8);
	nn_checkpoint_clear(&file);
	read_file(&file, to);
	ck_assert_int_eq(model_quantise(&file, NN_F16, from, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "it is int8 already");
	nn_checkpoint_clear(&file);

	ck_assert_int_eq(nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(model_quantise(&file, NN_F16, from, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "not a model of this program"), "%s", why);
	nn_checkpoint_clear(&file);
}
END_TEST

/* An int8 file in which one matrix is not, would else be half zeros. */
START_TEST(an_int8_model_with_a_float_matrix_is_refused)
{
	struct nn_checkpoint large, small;
	struct nn_checkpoint_tensor tensors[200];
	struct forecaster *f;
	int n = 0;
	bool changed = false;
	char scale[128];

	random_model_write(from, &configs[_i], 5);
	read_file(&large, from);
	quantise(&large, NN_I8);
	read_file(&small, to);
	for (int i = 0; i < small.n_tensors; i++) {
		const struct nn_checkpoint_tensor *t = &small.tensors[i];

		/* The last one is float again; its scale goes. */
		if (!changed && t->type == NN_I8 && i == small.n_tensors - 1) {
			t = nn_checkpoint_find(&large, t->name);
			changed = true;
		}
		ck_assert_int_lt(n, 200);
		tensors[n++] = *t;
	}
	ck_assert(changed);
	snprintf(scale, sizeof(scale), "%s.scale", tensors[n - 1].name);
	for (int i = 0; i < n; i++) {
		if (strcmp(tensors[i].name, scale) == 0) {
			tensors[i] = tensors[--n];
			break;
		}
	}
	ck_assert_int_eq(nn_checkpoint_write(to, tensors, n, small.texts, small.n_texts,
					     why, sizeof(why)),
			 CAMP_OK);
	ck_assert_int_eq(forecaster_load(&f, to, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "is not int8 as others are"), "%s", why);
	nn_checkpoint_clear(&large);
	nn_checkpoint_clear(&small);
}
END_TEST

START_TEST(quantise_reports_every_failed_allocation)
{
	struct nn_checkpoint large;
	enum camp_err err;
	long n;

	random_model_write(from, &configs[0], 5);
	read_file(&large, from);
	for (n = 1;; n++) {
		fail_alloc_arm(n);
		err = model_quantise(&large, NN_I8, to, why, sizeof(why));
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_str_eq(why, "out of memory");
		ck_assert_int_ne(access(to, F_OK), 0);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_gt(n, 10);
	nn_checkpoint_clear(&large);
}
END_TEST

Suite *
suite_quantise(void)
{
	Suite *s = suite_create("models/engagement/quantise");
	TCase *t = tcase_create("quantise");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, half_gives_back_every_finite_binary16);
	tcase_add_test(t, half_rounds_to_nearest_and_ties_to_even);
	tcase_add_loop_test(t, quantised_files_hold_the_same_values, 0, N_CONFIGS);
	tcase_add_loop_test(t, quantised_models_forecast_nearly_the_same, 0, N_CONFIGS);
	tcase_add_test(t, quantise_refuses_what_it_cannot_make_smaller);
	tcase_add_loop_test(t, an_int8_model_with_a_float_matrix_is_refused, 0, 3);
	tcase_add_test(t, quantise_reports_every_failed_allocation);
	suite_add_tcase(s, t);
	return s;
}
