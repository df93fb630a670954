/*
 * models/nn/checkpoint: what is written is read back to the bit, and every kind of
 * damage is refused with a sentence that names it.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/nn/arena.h"
#include "models/nn/checkpoint.h"
#include "models/nn/plan.h"
#include "models/stats/rng.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/camp-checkpoint-XXXXXX", path[64], why[512];

static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/model.safetensors", folder);
}

static void
remove_folder(void)
{
	unlink(path);
	ck_assert_msg(rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

/* A file of this header, zero bytes of data behind it; the caller's. */
static uint8_t *
make_file(const char *header, size_t data_bytes, size_t *n)
{
	size_t len = strlen(header);
	uint8_t *bytes = calloc(1, 8 + len + data_bytes + 1);

	ck_assert_ptr_nonnull(bytes);
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)len >> 8 * i);
	memcpy(bytes + 8, header, len);
	*n = 8 + len + data_bytes;
	return bytes;
}

/* Memory of exactly n bytes, so that AddressSanitizer sees the first one beyond. */
static uint8_t *
exact(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, n);
	return copy;
}

static void
check_refused(const uint8_t *bytes, size_t n, const char *expected)
{
	uint8_t *copy = exact(bytes, n);
	struct nn_checkpoint file;
	enum camp_err err = nn_checkpoint_parse(&file, copy, n, why, sizeof(why));

	ck_assert_msg(err == CAMP_ERR_INVALID, "accepted where expected: %s", expected);
	ck_assert_msg(strstr(why, expected) != NULL, "\"%s\" is not in \"%s\"", expected,
		      why);
	ck_assert_ptr_null(file.tensors);
	ck_assert_ptr_null(file.texts);
	ck_assert_ptr_null(file.bytes);
	ck_assert_int_eq(file.n_tensors, 0);
	free(copy);
}

static const struct nn_checkpoint_tensor *
tensor_at(const struct nn_checkpoint *file, const char *name)
{
	const struct nn_checkpoint_tensor *t = nn_checkpoint_find(file, name);

	ck_assert_msg(t != NULL, "there is no %s", name);
	return t;
}

#define F32_2 "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

static const struct {
	const char *header;
	size_t data_bytes;
	const char *expected;
} refusals[] = {
	/* syntax */
	{"", 0, "byte 0 of the header is not '{'"},
	{" {}", 0, "byte 0 of the header is not '{'"},
	{"[]", 0, "byte 0 of the header is not '{'"},
	{"{", 0, "byte 1 of the header is not the name of a tensor"},
	{"{}x", 0, "byte 2 of the header is not white space at its end"},
	{"{}{}", 0, "byte 2 of the header is not white space at its end"},
	{"{\"a\":" F32_2 ",}", 8, "is not the name of a tensor"},
	{"{\"a\":" F32_2, 8, "is not ',' or '}'"},
	{"{\"a\"" F32_2 "}", 8, "is not ':'"},
	{"{a:" F32_2 "}", 8, "byte 1 of the header is not the name of a tensor"},
	{"{\"a", 0, "byte 3 of the header is not the end of a text"},
	{"{\"a\nb\":1}", 0, "byte 3 of the header is not a character that a text"},
	{"{\"a\\x\":1}", 0, "byte 4 of the header is not an escape"},
	{"{\"a\\", 0, "byte 4 of the header is not an escape"},
	{"{\"a\\u00", 0, "byte 7 of the header is not a hexadecimal digit"},
	{"{\"a\\u0000\":1}", 0, "stands for no character of a text"},
	{"{\"a\\udc00\":1}", 0, "stands for no character of a text"},
	{"{\"a\\ud800\":1}", 0, "is not the second half of a surrogate pair"},
	{"{\"a\\ud800\\u0041\":1}", 0, "stands for no character of a text"},
	{"{\"a\xff\":1}", 0, "is not UTF-8"},
	{"{\"a\":1}", 0, "tensor \"a\" is not an object"},
	{"{\"a\":null}", 0, "tensor \"a\" is not an object"},
	/* metadata */
	{"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
	{"{\"__metadata__\":{\"k\":1}}", 0, "\"k\" in __metadata__ is not a text"},
	{"{\"__metadata__\":{\"k\":{}}}", 0, "\"k\" in __metadata__ is not a text"},
	{"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0,
	 "\"k\" is in __metadata__ twice"},
	{"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ is there twice"},
	{"{\"__metadata__\":{\"k\":\"1\",}}", 0, "is not a name in __metadata__"},
	/* fields */
	{"{\"a\":{}}", 0, "tensor \"a\" has no dtype"},
	{"{\"a\":{\"dtype\":\"F32\"}}", 0, "tensor \"a\" has no shape"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8,
	 "tensor \"a\" has no data_offsets"},
	{"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0,
	 "tensor \"a\" has the field \"dtype\" twice"},
	{"{\"a\":{\"size\":1}}", 0, "tensor \"a\" has a field \"size\""},
	{"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
	 "tensor \"a\" has the type \"F64\""},
	{"{\"a\":{\"dtype\":1}}", 0, "is not the type of a tensor"},
	{"{\"a\":" F32_2
	 ",\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
	 16, "tensor \"a\" is there twice"},
	/* shapes */
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2e0],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" is not a list of whole numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" has a negative number"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,2],\"data_offsets\":[0,8]}}", 8,
	 "the shape of tensor \"a\" has more than 4 numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[9999999999999999999],\"data_offsets\":[0,"
	 "8]}}",
	 8, "the shape of tensor \"a\" has a number above 10^18"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
	 "\"data_offsets\":[0,0]}}",
	 0, "tensor \"a\" has a shape larger than a file may be"},
	{"{\"a\":{\"dtype\":\"I8\",\"shape\":[268435457],\"data_offsets\":[0,268435457]}"
	 "}",
	 8, "tensor \"a\" has a shape larger than a file may be"},
	/* offsets */
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8,
	 "the data_offsets of tensor \"a\" are not two numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8,
	 "the data_offsets of tensor \"a\" has more than 2 numbers"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8,
	 "tensor \"a\" takes 8 bytes by its shape and type, but its data_offsets are 8 "
	 "and 0"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]}}", 8,
	 "tensor \"a\" takes 8 bytes"},
	{"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
	 "tensor \"a\" takes 4 bytes"},
	{"{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
	 "tensor \"a\" takes 4 bytes"},
	{"{\"a\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
	 "tensor \"a\" takes 2 bytes"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0]}}", 0,
	 "tensor \"a\" takes 4 bytes"},
	{"{\"a\":" F32_2 "}", 7,
	 "tensor \"a\" ends at byte 8 of the data, of which there are 7"},
	{"{\"a\":" F32_2 "}", 9, "1 bytes are left over behind the last tensor"},
	{"{}", 1, "1 bytes are left over behind the last tensor"},
	{"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
	 "4 bytes before tensor \"a\" belong to no tensor"},
	{"{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},\"a\":" F32_2
	 "}",
	 16, "4 bytes before tensor \"b\" belong to no tensor"},
	{"{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},\"a\":" F32_2
	 "}",
	 8, "tensor \"b\" overlaps tensor \"a\""},
	{"{\"a\":" F32_2 ",\"b\":" F32_2 "}", 8, "overlaps tensor"},
};

START_TEST(checkpoint_refuses_each_damage_with_its_sentence)
{
	size_t n;
	uint8_t *bytes = make_file(refusals[_i].header, refusals[_i].data_bytes, &n);

	check_refused(bytes, n, refusals[_i].expected);
	free(bytes);
}
END_TEST

START_TEST(checkpoint_refuses_what_is_no_such_file)
{
	uint8_t none[16] = {0};

	check_refused(none, 0, "it has 0 bytes, too few for the length of a header");
	check_refused(none, 7, "it has 7 bytes, too few");
	check_refused(none, 8, "byte 0 of the header is not '{'");
	none[0] = 9;
	check_refused(none, 16, "its header should have 9 bytes, but 8 are there");
	none[7] = 0xff;
	check_refused(none, 16, "it is not a safetensors file");
}
END_TEST

START_TEST(checkpoint_refuses_a_header_above_a_mebibyte)
{
	static char header[(1 << 20) + 2];
	struct nn_checkpoint file;
	uint8_t *bytes;
	size_t n;

	memset(header, ' ', 1 << 20);
	memcpy(header, "{}", 2);
	bytes = make_file(header, 0, &n);
	ck_assert_int_eq(nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)), CAMP_OK);
	nn_checkpoint_clear(&file);
	header[1 << 20] = ' ';
	bytes = make_file(header, 0, &n);
	check_refused(bytes, n, "its header would have 1048577 bytes, more than 1048576");
	free(bytes);
}
END_TEST

/* Of so many names that each is short: the limit is met before the header's. */
START_TEST(checkpoint_refuses_more_than_4096_tensors)
{
	for (int n = 4096; n <= 4097; n++) {
		char *header = calloc((size_t)n, 80), *p = header;
		struct nn_checkpoint file;
		enum camp_err err;
		uint8_t *bytes;
		size_t len;

		for (int i = 0; i < n; i++)
			p += sprintf(p,
				     "%s\"t%d\":{\"dtype\":\"I8\",\"shape\":[0],"
				     "\"data_offsets\":[0,0]}",
				     i ? "," : "{", i);
		strcpy(p, "}");
		bytes = make_file(header, 0, &len);
		err = nn_checkpoint_parse(&file, bytes, len, why, sizeof(why));
		free(header);
		if (n == 4096) {
			ck_assert_msg(err == CAMP_OK, "%s", why);
			ck_assert_int_eq(file.n_tensors, n);
			nn_checkpoint_clear(&file);
		} else {
			ck_assert_int_eq(err, CAMP_ERR_INVALID);
			ck_assert_str_eq(why, "there are more than 4096 tensors");
			free(bytes);
		}
	}
}
END_TEST

START_TEST(checkpoint_refuses_more_than_4096_texts)
{
	char *header = calloc(4097, 16), *p = header;
	uint8_t *bytes;
	size_t n;

	for (int i = 0; i < 4097; i++)
		p += sprintf(p, "%s\"%d\":\"\"", i ? "," : "{\"__metadata__\":{", i);
	strcpy(p, "}}");
	bytes = make_file(header, 0, &n);
	check_refused(bytes, n, "__metadata__ has more than 4096 texts");
	free(header);
	free(bytes);
}
END_TEST

static const struct {
	const char *type;
	int bytes;
	uint32_t good, bad[4];
} patterns[] = {
	{"F32", 4, 0x7f7fffff, {0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001}},
	{"F16", 2, 0x7bff, {0x7c00, 0xfc00, 0x7e00, 0x7c01}},
	{"BF16", 2, 0x7f7f, {0x7f80, 0xff80, 0x7fc0, 0x7f81}},
};

START_TEST(checkpoint_refuses_nan_and_infinity_in_every_type)
{
	int size = patterns[_i].bytes;
	struct nn_checkpoint file;
	char header[128];
	uint8_t *bytes;
	size_t n;

	snprintf(header, sizeof(header),
		 "{\"w\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%d]}}",
		 patterns[_i].type, 3 * size);
	bytes = make_file(header, 3 * (size_t)size, &n);
	for (int b = 0; b < 4; b++) {
		memcpy(bytes + n - size, &patterns[_i].bad[b], (size_t)size);
		check_refused(bytes, n, "value 2 of tensor \"w\" is NaN or infinite");
	}
	memcpy(bytes + n - size, &patterns[_i].good, (size_t)size);
	ck_assert_msg(nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)) == CAMP_OK,
		      "%s", why);
	nn_checkpoint_clear(&file);
}
END_TEST

/* Three tensors of three types and texts that need every kind of escape. */
struct sample {
	float w[6];
	uint16_t h[2];
	int8_t q[3];
	struct nn_checkpoint_tensor tensors[4];
	struct nn_checkpoint_text texts[2];
};

static void
make_sample(struct sample *s)
{
	static const float w[] = {0.0f, -0.0f, 1.5f, -3.25e-30f, 1e-42f, 3.4e38f};

	memset(s, 0, sizeof(*s));
	memcpy(s->w, w, sizeof(w));
	s->h[0] = 0x3c00;
	s->h[1] = 0x8001;
	s->q[0] = -127;
	s->q[1] = 0;
	s->q[2] = 127;
	s->tensors[0] = (struct nn_checkpoint_tensor){"layer.\"weight\"\\\xe6\xb3\xa8",
						      NN_F32,
						      2,
						      {2, 3},
						      s->w,
						      sizeof(s->w)};
	s->tensors[1] =
		(struct nn_checkpoint_tensor){"q", NN_I8, 1, {3}, s->q, sizeof(s->q)};
	s->tensors[2] = (struct nn_checkpoint_tensor){"none", NN_F32, 2, {0, 7}, NULL, 0};
	s->tensors[3] = (struct nn_checkpoint_tensor){"h", NN_BF16, 0,
						      {0}, s->h,    sizeof(s->h[0])};
	s->texts[0] =
		(struct nn_checkpoint_text){"config", "{\"encoder\":\"gru\"}\n\t\x01"};
	s->texts[1] = (struct nn_checkpoint_text){"\xf0\x9f\x8f\x95", ""};
}

static void
check_sample(const struct nn_checkpoint *file, const struct sample *s)
{
	ck_assert_int_eq(file->n_tensors, 4);
	ck_assert_int_eq(file->n_texts, 2);
	for (int i = 0; i < 4; i++) {
		const struct nn_checkpoint_tensor *want = &s->tensors[i];
		const struct nn_checkpoint_tensor *got = tensor_at(file, want->name);

		ck_assert_int_eq(got->type, want->type);
		ck_assert_int_eq(got->n_dims, want->n_dims);
		for (int d = 0; d < want->n_dims; d++)
			ck_assert_int_eq(got->dims[d], want->dims[d]);
		ck_assert_uint_eq(got->bytes, want->bytes);
		if (want->bytes)
			ck_assert_mem_eq(got->data, want->data, want->bytes);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(nn_checkpoint_text(file, s->texts[i].key),
				 s->texts[i].value);
	ck_assert_ptr_null(nn_checkpoint_text(file, "nothing"));
	ck_assert_ptr_null(nn_checkpoint_find(file, "nothing"));
}

START_TEST(checkpoint_reads_what_it_wrote)
{
	struct nn_checkpoint file;
	struct sample s;
	struct stat st;
	uint8_t head[9];
	FILE *f;

	make_sample(&s);
	/* Twice: there is no file at first, and then there is one. */
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
						  sizeof(why)) == CAMP_OK,
			      "%s", why);
		ck_assert_msg(nn_checkpoint_read(&file, path, why, sizeof(why)) ==
				      CAMP_OK,
			      "%s", why);
		check_sample(&file, &s);
		nn_checkpoint_clear(&file);
	}
	f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(head, 1, 9, f), 9);
	fclose(f);
	ck_assert_msg(head[0] % 8 == 0, "the data is not aligned to 8 bytes");
	ck_assert_int_eq(head[8], '{');
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_msg((st.st_mode & 0111) == 0, "mode %o", st.st_mode);
}
END_TEST

START_TEST(checkpoint_converts_each_type)
{
	static const char header[] =
		"{\"h\":{\"dtype\":\"F16\",\"shape\":[7],\"data_offsets\":[0,14]},"
		"\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[14,18]},"
		"\"i\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[18,20]}}";
	static const uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0400,
					  0x0001, 0x83ff, 0x8000};
	/* IEEE 754-2008: binary16's one, minus two, largest, least normal, least. */
	static const float expected[] = {1.0f,     -2.0f,    65504.0f,
					 0x1p-14f, 0x1p-24f, -1023 * 0x1p-24f,
					 -0.0f};
	static const uint16_t brains[] = {0x3fc0, 0xc0a0};
	static const int8_t bytes8[] = {-128, 127};
	struct nn_checkpoint file;
	float got[7];
	size_t n;
	uint8_t *bytes = make_file(header, 20, &n);

	memcpy(bytes + n - 20, halves, 14);
	memcpy(bytes + n - 6, brains, 4);
	memcpy(bytes + n - 2, bytes8, 2);
	ck_assert_msg(nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)) == CAMP_OK,
		      "%s", why);
	ck_assert_int_eq(nn_checkpoint_values(tensor_at(&file, "h"), got, 7), CAMP_OK);
	ck_assert_mem_eq(got, expected, sizeof(expected));
	ck_assert_int_eq(nn_checkpoint_values(tensor_at(&file, "b"), got, 2), CAMP_OK);
	ck_assert_float_eq(got[0], 1.5f);
	ck_assert_float_eq(got[1], -5.0f);
	ck_assert_int_eq(nn_checkpoint_values(tensor_at(&file, "i"), got, 2), CAMP_OK);
	ck_assert_float_eq(got[0], -128.0f);
	ck_assert_float_eq(got[1], 127.0f);
	ck_assert_int_eq(nn_checkpoint_values(tensor_at(&file, "i"), got, 3),
			 CAMP_ERR_INVALID);
	nn_checkpoint_clear(&file);
}
END_TEST

/* Every stored value is a float32, so they are the same and not merely near. */
static void
check_other_writers(const struct nn_checkpoint_tensor *t, const json_t *expected)
{
	static const char *const types[] = {"F32", "F16", "BF16", "I8"};
	const json_t *shape = json_object_get(expected, "shape");
	const json_t *values = json_object_get(expected, "values");
	float got[16];
	size_t n = json_array_size(values);

	ck_assert_str_eq(types[t->type],
			 json_string_value(json_object_get(expected, "dtype")));
	ck_assert_uint_eq(json_array_size(shape), (size_t)t->n_dims);
	for (int i = 0; i < t->n_dims; i++)
		ck_assert_int_eq(json_integer_value(json_array_get(shape, (size_t)i)),
				 t->dims[i]);
	ck_assert_uint_le(n, 16);
	ck_assert_int_eq(nn_checkpoint_values(t, got, n), CAMP_OK);
	for (size_t i = 0; i < n; i++)
		ck_assert_double_eq((double)got[i],
				    json_number_value(json_array_get(values, i)));
}

/* A file that another program wrote: numpy, by tests/reference/safetensors.py. */
START_TEST(checkpoint_reads_a_file_of_another_writer)
{
	const char *name, *text;
	struct nn_checkpoint file;
	json_t *root, *value, *metadata;
	size_t len, n;
	char *json = unit_read_source("tests/reference/tiny.json", &len);
	uint8_t *bytes =
		(uint8_t *)unit_read_source("tests/reference/tiny.safetensors", &n);

	root = json_loadb(json, len, 0, NULL);
	ck_assert_ptr_nonnull(root);
	ck_assert_msg(nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)) == CAMP_OK,
		      "%s", why);
	metadata = json_object_get(root, "metadata");
	ck_assert_uint_eq(json_object_size(metadata), (size_t)file.n_texts);
	json_object_foreach(metadata, name, value)
	{
		text = nn_checkpoint_text(&file, name);
		ck_assert_ptr_nonnull(text);
		ck_assert_str_eq(text, json_string_value(value));
	}
	ck_assert_uint_eq(json_object_size(json_object_get(root, "tensors")),
			  (size_t)file.n_tensors);
	json_object_foreach(json_object_get(root, "tensors"), name, value)
		check_other_writers(tensor_at(&file, name), value);
	nn_checkpoint_clear(&file);
	json_decref(root);
	free(json);
}
END_TEST

/* The file cut after every byte, and with every byte changed, is refused or read whole.
 */
START_TEST(checkpoint_survives_every_cut_and_every_changed_byte)
{
	struct nn_checkpoint file;
	struct sample s;
	uint8_t *bytes;
	size_t n;

	make_sample(&s);
	ck_assert_int_eq(nn_checkpoint_print(&bytes, &n, s.tensors, 4, s.texts, 2),
			 CAMP_OK);
	for (size_t i = 0; i < n; i++)
		check_refused(bytes, i, i < 8 ? "too few" : "truncated");
	for (size_t i = 0; i < n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			uint8_t *copy = exact(bytes, n);

			copy[i] ^= (uint8_t)(1 << bit);
			if (nn_checkpoint_parse(&file, copy, n, why, sizeof(why)) ==
			    CAMP_OK) {
				nn_checkpoint_clear(&file);
			} else {
				ck_assert_str_ne(why, "");
				free(copy);
			}
		}
	}
	free(bytes);
}
END_TEST

START_TEST(checkpoint_write_refuses_what_could_not_be_read)
{
	static char longest[1 << 20];
	struct sample s;

	make_sample(&s);
	s.w[4] = NAN;
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "value 4 of tensor \"layer."), "%s", why);
	make_sample(&s);
	s.texts[1].value = "\xff";
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "text 1 of the metadata is not UTF-8");
	make_sample(&s);
	s.tensors[1].name = "\xc0";
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "the name of tensor 1 is not UTF-8");
	make_sample(&s);
	memset(longest, 'x', sizeof(longest) - 1);
	s.texts[0].value = longest;
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "the file would be larger than what is read");
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(checkpoint_write_keeps_the_old_file_when_it_fails)
{
	struct nn_checkpoint file;
	struct sample s;
	char dir[96], beside[128];

	make_sample(&s);
	/* A folder in the temporary file's place cannot be opened for writing. */
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_OK);
	snprintf(beside, sizeof(beside), "%s.%ld.tmp", path, (long)getpid());
	ck_assert_int_eq(mkdir(beside, 0700), 0);
	ck_assert_int_eq(nn_checkpoint_write(path, s.tensors, 1, s.texts, 0, why,
					     sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_msg(strstr(why, "cannot be written"), "%s", why);
	ck_assert_int_eq(rmdir(beside), 0);
	ck_assert_int_eq(nn_checkpoint_read(&file, path, why, sizeof(why)), CAMP_OK);
	check_sample(&file, &s);
	nn_checkpoint_clear(&file);

	/* A folder in the file's own place cannot be replaced; nothing is left beside. */
	snprintf(dir, sizeof(dir), "%s/folder", folder);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(nn_checkpoint_write(dir, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_msg(strstr(why, "cannot be replaced"), "%s", why);
	ck_assert_int_eq(rmdir(dir), 0);

	snprintf(dir, sizeof(dir), "%s/no/such", folder);
	ck_assert_int_eq(nn_checkpoint_write(dir, s.tensors, 4, s.texts, 2, why,
					     sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_msg(strstr(why, "No such file"), "%s", why);
}
END_TEST

/* As a process leaves one that was killed, whose number a later one has. */
START_TEST(checkpoint_write_replaces_a_temporary_file_left_over)
{
	struct nn_checkpoint file;
	struct sample s;
	char beside[128];
	FILE *f;

	make_sample(&s);
	snprintf(beside, sizeof(beside), "%s.%ld.tmp", path, (long)getpid());
	f = fopen(beside, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_msg(nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					  sizeof(why)) == CAMP_OK,
		      "%s", why);
	ck_assert_int_ne(access(beside, F_OK), 0);
	ck_assert_int_eq(nn_checkpoint_read(&file, path, why, sizeof(why)), CAMP_OK);
	check_sample(&file, &s);
	nn_checkpoint_clear(&file);
}
END_TEST

START_TEST(checkpoint_read_names_the_file_in_its_errors)
{
	struct nn_checkpoint file;
	FILE *f;

	ck_assert_int_eq(nn_checkpoint_read(&file, path, why, sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
	ck_assert_msg(strstr(why, path) && strstr(why, "cannot be opened"), "%s", why);
	ck_assert_int_eq(nn_checkpoint_read(&file, folder, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "is not a file"), "%s", why);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("participant,session", f);
	fclose(f);
	ck_assert_int_eq(nn_checkpoint_read(&file, path, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, path) && strstr(why, "not a safetensors file"), "%s",
		      why);
	/* Sparse: its bytes are not read. */
	ck_assert_int_eq(truncate(path, (256 << 20) + 1), 0);
	ck_assert_int_eq(nn_checkpoint_read(&file, path, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "has 268435457 bytes"), "%s", why);
	ck_assert_ptr_null(file.bytes);
}
END_TEST

START_TEST(checkpoint_reports_every_failed_allocation)
{
	struct nn_checkpoint file;
	struct sample s;
	enum camp_err err;
	uint8_t *bytes;
	size_t size;
	long n;

	make_sample(&s);
	for (n = 1;; n++) {
		fail_alloc_arm(n);
		err = nn_checkpoint_print(&bytes, &size, s.tensors, 4, s.texts, 2);
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_ptr_null(bytes);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_gt(n, 1);
	free(bytes);
	for (n = 1;; n++) {
		fail_alloc_arm(n);
		err = nn_checkpoint_write(path, s.tensors, 4, s.texts, 2, why,
					  sizeof(why));
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_str_eq(why, "out of memory");
		ck_assert_int_ne(access(path, F_OK), 0);
	}
	ck_assert_int_eq(err, CAMP_OK);
	for (n = 1;; n++) {
		fail_alloc_arm(n);
		err = nn_checkpoint_read(&file, path, why, sizeof(why));
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_msg(strstr(why, "out of memory"), "%s", why);
		ck_assert_ptr_null(file.tensors);
		ck_assert_ptr_null(file.bytes);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_gt(n, 5);
	check_sample(&file, &s);
	nn_checkpoint_clear(&file);
}
END_TEST

/* A plan of two tensors under "net.", written with one that has another prefix. */
struct planned {
	struct nn_plan plan;
	struct nn_arena arena;
	struct nn_checkpoint_tensor tensors[3];
	char names[2][NN_NAME_MAX + 8];
};

static void
plan_init(struct planned *p)
{
	struct rng rng;

	memset(p, 0, sizeof(*p));
	nn_plan_add(&p->plan, 3, 5, NN_INIT_NORMAL, 1.0f, true, "w");
	nn_plan_add3(&p->plan, 2, 2, 2, NN_INIT_NORMAL, 1.0f, false, "conv.%d", 0);
	ck_assert_int_eq(p->plan.err, CAMP_OK);
	ck_assert_int_eq(nn_arena_init(&p->arena, p->plan.floats), CAMP_OK);
	rng_seed(&rng, 1, 0);
	nn_plan_init_values(&p->plan, p->arena.base, &rng);
	for (int i = 0; i < 2; i++) {
		const struct nn_tensor *t = &p->plan.tensors[i];

		snprintf(p->names[i], sizeof(p->names[i]), "net.%s", t->name);
		p->tensors[i] = (struct nn_checkpoint_tensor){
			.name = p->names[i],
			.n_dims = t->n_dims,
			.dims = {t->dims[0], t->dims[1], t->dims[2]},
			.data = p->arena.base + t->offset,
			.bytes = t->size * sizeof(float),
		};
	}
	p->tensors[2] = p->tensors[0];
	p->tensors[2].name = "other.w";
}

static void
plan_clear(struct planned *p)
{
	nn_arena_clear(&p->arena);
	nn_plan_clear(&p->plan);
}

static enum camp_err
load(const struct planned *p, const struct nn_checkpoint_tensor *tensors, int n,
     const char *prefix, float *into)
{
	struct nn_checkpoint file;
	enum camp_err err;
	uint8_t *bytes;
	size_t size;

	ck_assert_int_eq(nn_checkpoint_print(&bytes, &size, tensors, n, NULL, 0),
			 CAMP_OK);
	ck_assert_msg(nn_checkpoint_parse(&file, bytes, size, why, sizeof(why)) ==
			      CAMP_OK,
		      "%s", why);
	err = nn_checkpoint_load_plan(&file, prefix, &p->plan, into, why, sizeof(why));
	nn_checkpoint_clear(&file);
	return err;
}

START_TEST(checkpoint_load_plan_takes_every_tensor_under_its_prefix)
{
	struct nn_arena into;
	struct planned p;

	plan_init(&p);
	ck_assert_int_eq(nn_arena_init(&into, p.plan.floats), CAMP_OK);
	ck_assert_msg(load(&p, p.tensors, 3, "net.", into.base) == CAMP_OK, "%s", why);
	ck_assert_mem_eq(into.base, p.arena.base, p.plan.floats * sizeof(float));
	nn_arena_clear(&into);
	plan_clear(&p);
}
END_TEST

START_TEST(checkpoint_load_plan_refuses_what_does_not_fit)
{
	struct nn_checkpoint_tensor other[3];
	struct nn_arena into;
	struct planned p;

	plan_init(&p);
	ck_assert_int_eq(nn_arena_init(&into, p.plan.floats), CAMP_OK);

	ck_assert_int_eq(load(&p, p.tensors, 1, "net.", into.base), CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "there is no tensor \"net.conv.0\"");
	ck_assert_int_eq(load(&p, p.tensors, 3, "nets.", into.base), CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "there is no tensor \"nets.w\"");

	memcpy(other, p.tensors, sizeof(other));
	other[2].name = "net.more";
	ck_assert_int_eq(load(&p, other, 3, "net.", into.base), CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "tensor \"net.more\" is not one of the configuration's");

	memcpy(other, p.tensors, sizeof(other));
	other[0].dims[0] = 5;
	other[0].dims[1] = 3;
	ck_assert_int_eq(load(&p, other, 3, "net.", into.base), CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "tensor \"net.w\" has not the shape"), "%s", why);

	memcpy(other, p.tensors, sizeof(other));
	other[1].n_dims = 1;
	other[1].dims[0] = 8;
	ck_assert_int_eq(load(&p, other, 3, "net.", into.base), CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, "tensor \"net.conv.0\" has not the shape"), "%s", why);
	nn_arena_clear(&into);
	plan_clear(&p);
}
END_TEST

Suite *
suite_checkpoint(void)
{
	Suite *s = suite_create("models/nn/checkpoint");
	TCase *t = tcase_create("checkpoint");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_loop_test(t, checkpoint_refuses_each_damage_with_its_sentence, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(t, checkpoint_refuses_what_is_no_such_file);
	tcase_add_test(t, checkpoint_refuses_a_header_above_a_mebibyte);
	tcase_add_test(t, checkpoint_refuses_more_than_4096_tensors);
	tcase_add_test(t, checkpoint_refuses_more_than_4096_texts);
	tcase_add_loop_test(t, checkpoint_refuses_nan_and_infinity_in_every_type, 0, 3);
	tcase_add_test(t, checkpoint_reads_what_it_wrote);
	tcase_add_test(t, checkpoint_converts_each_type);
	tcase_add_test(t, checkpoint_reads_a_file_of_another_writer);
	tcase_add_test(t, checkpoint_survives_every_cut_and_every_changed_byte);
	tcase_add_test(t, checkpoint_write_refuses_what_could_not_be_read);
	tcase_add_test(t, checkpoint_write_keeps_the_old_file_when_it_fails);
	tcase_add_test(t, checkpoint_write_replaces_a_temporary_file_left_over);
	tcase_add_test(t, checkpoint_read_names_the_file_in_its_errors);
	tcase_add_test(t, checkpoint_reports_every_failed_allocation);
	tcase_add_test(t, checkpoint_load_plan_takes_every_tensor_under_its_prefix);
	tcase_add_test(t, checkpoint_load_plan_refuses_what_does_not_fit);
	suite_add_tcase(s, t);
	return s;
}
