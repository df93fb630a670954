#include "models/nn/checkpoint.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/nn/checkpoint_header.h"
#include "models/nn/plan.h"

#define LENGTH_BYTES 8

static int
by_name(const void *a, const void *b)
{
	const struct nn_checkpoint_tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
by_key(const void *a, const void *b)
{
	const struct nn_checkpoint_text *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* What a tensor takes by its shape and type; false when no file can hold it. */
static bool
size_of(const struct nn_checkpoint_tensor *t, int64_t *bytes)
{
	*bytes = checkpoint_type_bytes(t->type);
	for (int i = 0; i < t->n_dims; i++)
		if (__builtin_mul_overflow(*bytes, t->dims[i], bytes))
			return false;
	return *bytes <= CHECKPOINT_FILE_BYTES_MAX;
}

/* Each tensor by itself: shape, type and offsets agree and lie inside the file. */
static enum camp_err
place_tensors(struct nn_checkpoint *file, const struct checkpoint_span *spans,
	      const uint8_t *data, size_t data_bytes, char *why, size_t why_size)
{
	for (int i = 0; i < file->n_tensors; i++) {
		struct nn_checkpoint_tensor *t = &file->tensors[i];
		struct checkpoint_span s = spans[i];
		int64_t bytes;

		if (!size_of(t, &bytes)) {
			snprintf(why, why_size,
				 "tensor \"%s\" has a shape larger than a file may be",
				 t->name);
			return CAMP_ERR_INVALID;
		}
		if (s.begin > s.end || s.end - s.begin != bytes) {
			snprintf(why, why_size,
				 "tensor \"%s\" takes %lld bytes by its shape and type, "
				 "but its data_offsets are %lld and %lld",
				 t->name, (long long)bytes, (long long)s.begin,
				 (long long)s.end);
			return CAMP_ERR_INVALID;
		}
		if ((uint64_t)s.end > data_bytes) {
			snprintf(why, why_size,
				 "tensor \"%s\" ends at byte %lld of the data, of which "
				 "there are %zu: the file is truncated",
				 t->name, (long long)s.end, data_bytes);
			return CAMP_ERR_INVALID;
		}
		t->data = data + s.begin;
		t->bytes = (size_t)bytes;
	}
	return CAMP_OK;
}

static int
by_place(const void *a, const void *b)
{
	const struct nn_checkpoint_tensor *const *x = a, *const *y = b;
	const uint8_t *p = (*x)->data, *q = (*y)->data;

	if (p != q)
		return p < q ? -1 : 1;
	/* An empty one lies before that which begins at the same place. */
	return ((*x)->bytes > (*y)->bytes) - ((*x)->bytes < (*y)->bytes);
}

/* All tensors together: the data has neither overlaps nor holes nor an end left over. */
static enum camp_err
check_places(const struct nn_checkpoint_tensor *const *sorted, int n, const uint8_t *data,
	     size_t data_bytes, char *why, size_t why_size)
{
	const uint8_t *at = data;

	for (int i = 0; i < n; i++) {
		const struct nn_checkpoint_tensor *t = sorted[i];
		const uint8_t *begin = t->data;

		if (begin < at) {
			snprintf(why, why_size, "tensor \"%s\" overlaps tensor \"%s\"",
				 t->name, sorted[i - 1]->name);
			return CAMP_ERR_INVALID;
		}
		if (begin > at) {
			snprintf(why, why_size,
				 "%zu bytes before tensor \"%s\" belong to no tensor",
				 (size_t)(begin - at), t->name);
			return CAMP_ERR_INVALID;
		}
		at = begin + t->bytes;
	}
	if (at != data + data_bytes) {
		snprintf(why, why_size, "%zu bytes are left over behind the last tensor",
			 (size_t)(data + data_bytes - at));
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

static enum camp_err
check_names(const struct nn_checkpoint_tensor *const *sorted, int n, char *why,
	    size_t why_size)
{
	for (int i = 1; i < n; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
			snprintf(why, why_size, "tensor \"%s\" is there twice",
				 sorted[i]->name);
			return CAMP_ERR_INVALID;
		}
	}
	return CAMP_OK;
}

static enum camp_err
check_tensors(const struct nn_checkpoint *file, const uint8_t *data, size_t data_bytes,
	      char *why, size_t why_size)
{
	size_t n = (size_t)file->n_tensors;
	const struct nn_checkpoint_tensor **sorted = malloc((n + 1) * sizeof(*sorted));
	enum camp_err err;

	if (!sorted)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &file->tensors[i];
	qsort(sorted, n, sizeof(*sorted), by_name);
	err = check_names(sorted, file->n_tensors, why, why_size);
	if (err == CAMP_OK) {
		qsort(sorted, n, sizeof(*sorted), by_place);
		err = check_places(sorted, file->n_tensors, data, data_bytes, why,
				   why_size);
	}
	free(sorted);
	return err;
}

static enum camp_err
check_texts(const struct nn_checkpoint *file, char *why, size_t why_size)
{
	size_t n = (size_t)file->n_texts;
	const struct nn_checkpoint_text **sorted = malloc((n + 1) * sizeof(*sorted));
	enum camp_err err = CAMP_OK;

	if (!sorted)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &file->texts[i];
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (size_t i = 1; i < n && err == CAMP_OK; i++) {
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
			snprintf(why, why_size, "\"%s\" is in __metadata__ twice",
				 sorted[i]->key);
			err = CAMP_ERR_INVALID;
		}
	}
	free(sorted);
	return err;
}

/* The i-th value as the bits of a float32; an I8's number is converted. */
static uint32_t
bits_at(const struct nn_checkpoint_tensor *t, size_t i)
{
	const uint8_t *p = t->data;

	p += i * (size_t)checkpoint_type_bytes(t->type);
	if (t->type == NN_F32)
		return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24;
	return p[0] | (uint32_t)p[1] << 8;
}

static float
float_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* A finite half: 1 sign, 5 exponent (bias 15), 10 fraction (IEEE 754-2008, binary16). */
static float
half_to_float(uint32_t h)
{
	uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 0x1f;

	if (exponent == 0) {
		float small = (float)(h & 0x3ff) * 0x1p-24f;

		return sign ? -small : small;
	}
	return float_of(sign | (exponent + 127 - 15) << 23 | (h & 0x3ff) << 13);
}

uint16_t
nn_checkpoint_half(float x)
{
	uint32_t bits, sign, fraction, rest, half;
	int exponent, shift;

	memcpy(&bits, &x, sizeof(bits));
	sign = bits >> 16 & 0x8000;
	exponent = (int)(bits >> 23 & 0xff) - 127;
	if (exponent < -25)
		return (uint16_t)sign;
	/* Below 2^-14 the leading one is no longer implied. */
	fraction = (bits & 0x7fffff) | 0x800000;
	shift = exponent < -14 ? 13 - 14 - exponent : 13;
	half = fraction >> shift;
	rest = fraction & ((1u << shift) - 1);
	if (exponent >= -14)
		half += (uint32_t)(exponent + 14) << 10;
	if (rest > 1u << (shift - 1) || (rest == 1u << (shift - 1) && (half & 1)))
		half++; /* may carry into the exponent, as it should */
	return (uint16_t)(sign | half);
}

static float
value_at(const struct nn_checkpoint_tensor *t, size_t i)
{
	switch (t->type) {
	case NN_F16:
		return half_to_float(bits_at(t, i));
	case NN_BF16:
		return float_of(bits_at(t, i) << 16);
	case NN_I8:
		return ((const int8_t *)t->data)[i];
	default:
		return float_of(bits_at(t, i));
	}
}

bool
checkpoint_finite(const struct nn_checkpoint_tensor *t, size_t *where)
{
	static const uint32_t exponents[] =
		{[NN_F32] = 0x7f800000, [NN_F16] = 0x7c00, [NN_BF16] = 0x7f80};
	size_t n = t->bytes / (size_t)checkpoint_type_bytes(t->type);

	if (t->type == NN_I8)
		return true;
	for (size_t i = 0; i < n; i++) {
		if ((bits_at(t, i) & exponents[t->type]) == exponents[t->type]) {
			*where = i;
			return false;
		}
	}
	return true;
}

static enum camp_err
check_values(const struct nn_checkpoint *file, char *why, size_t why_size)
{
	size_t where;

	for (int i = 0; i < file->n_tensors; i++) {
		if (!checkpoint_finite(&file->tensors[i], &where)) {
			snprintf(why, why_size,
				 "value %zu of tensor \"%s\" is NaN or infinite", where,
				 file->tensors[i].name);
			return CAMP_ERR_INVALID;
		}
	}
	return CAMP_OK;
}

/* The length of the header, when the file can have one. */
static enum camp_err
header_length(const uint8_t *bytes, size_t n, size_t *len, char *why, size_t why_size)
{
	uint64_t length = 0;

	if (n > CHECKPOINT_FILE_BYTES_MAX) {
		snprintf(why, why_size, "it has %zu bytes, more than %d are not read", n,
			 CHECKPOINT_FILE_BYTES_MAX);
		return CAMP_ERR_INVALID;
	}
	if (n < LENGTH_BYTES) {
		snprintf(why, why_size,
			 "it has %zu bytes, too few for the length of a header", n);
		return CAMP_ERR_INVALID;
	}
	for (int i = LENGTH_BYTES - 1; i >= 0; i--)
		length = length << 8 | bytes[i];
	if (length > CHECKPOINT_HEADER_BYTES_MAX) {
		snprintf(why, why_size,
			 "its header would have %llu bytes, more than %d: it is not a "
			 "safetensors file",
			 (unsigned long long)length, CHECKPOINT_HEADER_BYTES_MAX);
		return CAMP_ERR_INVALID;
	}
	if (length > n - LENGTH_BYTES) {
		snprintf(why, why_size,
			 "its header should have %llu bytes, but %zu are there: the file "
			 "is truncated",
			 (unsigned long long)length, n - LENGTH_BYTES);
		return CAMP_ERR_INVALID;
	}
	*len = (size_t)length;
	return CAMP_OK;
}

static enum camp_err
parse(struct nn_checkpoint *file, const uint8_t *bytes, size_t n, char *why,
      size_t why_size)
{
	struct checkpoint_span *spans;
	const uint8_t *data;
	size_t length;
	enum camp_err err = header_length(bytes, n, &length, why, why_size);

	if (err != CAMP_OK)
		return err;
	err = checkpoint_header_read(file, &spans, (const char *)bytes + LENGTH_BYTES,
				     length, why, why_size);
	if (err != CAMP_OK)
		return err;
	data = bytes + LENGTH_BYTES + length;
	n -= LENGTH_BYTES + length;
	err = place_tensors(file, spans, data, n, why, why_size);
	free(spans);
	if (err == CAMP_OK)
		err = check_tensors(file, data, n, why, why_size);
	if (err == CAMP_OK)
		err = check_texts(file, why, why_size);
	if (err == CAMP_OK)
		err = check_values(file, why, why_size);
	return err;
}

enum camp_err
nn_checkpoint_parse(struct nn_checkpoint *file, uint8_t *take_bytes, size_t n, char *why,
		    size_t why_size)
{
	enum camp_err err;

	memset(file, 0, sizeof(*file));
	snprintf(why, why_size, "out of memory");
	err = parse(file, take_bytes, n, why, why_size);
	if (err != CAMP_OK) {
		nn_checkpoint_clear(file);
		return err;
	}
	file->bytes = take_bytes;
	file->n_bytes = n;
	snprintf(why, why_size, "%s", "");
	return CAMP_OK;
}

void
nn_checkpoint_clear(struct nn_checkpoint *file)
{
	free(file->tensors);
	free(file->texts);
	free(file->bytes);
	free(file->header);
	memset(file, 0, sizeof(*file));
}

const struct nn_checkpoint_tensor *
nn_checkpoint_find(const struct nn_checkpoint *file, const char *name)
{
	for (int i = 0; i < file->n_tensors; i++)
		if (strcmp(file->tensors[i].name, name) == 0)
			return &file->tensors[i];
	return NULL;
}

const char *
nn_checkpoint_text(const struct nn_checkpoint *file, const char *key)
{
	for (int i = 0; i < file->n_texts; i++)
		if (strcmp(file->texts[i].key, key) == 0)
			return file->texts[i].value;
	return NULL;
}

enum camp_err
nn_checkpoint_values(const struct nn_checkpoint_tensor *t, float *out, size_t count)
{
	size_t n = t->bytes / (size_t)checkpoint_type_bytes(t->type);

	if (n != count)
		return CAMP_ERR_INVALID;
	for (size_t i = 0; i < n; i++)
		out[i] = value_at(t, i);
	return CAMP_OK;
}

static bool
same_shape(const struct nn_checkpoint_tensor *a, const struct nn_tensor *b)
{
	if (a->n_dims != b->n_dims)
		return false;
	for (int i = 0; i < a->n_dims; i++)
		if (a->dims[i] != b->dims[i])
			return false;
	return true;
}

static const struct nn_checkpoint_tensor *
find_prefixed(const struct nn_checkpoint *file, const char *prefix, size_t len,
	      const char *name)
{
	for (int i = 0; i < file->n_tensors; i++)
		if (strncmp(file->tensors[i].name, prefix, len) == 0 &&
		    strcmp(file->tensors[i].name + len, name) == 0)
			return &file->tensors[i];
	return NULL;
}

enum camp_err
nn_checkpoint_load_plan(const struct nn_checkpoint *file, const char *prefix,
			const struct nn_plan *plan, float *base, char *why,
			size_t why_size)
{
	size_t len = strlen(prefix);

	for (int i = 0; i < plan->n; i++) {
		const struct nn_tensor *want = &plan->tensors[i];
		const struct nn_checkpoint_tensor *t =
			find_prefixed(file, prefix, len, want->name);

		if (!t) {
			snprintf(why, why_size, "there is no tensor \"%s%s\"", prefix,
				 want->name);
			return CAMP_ERR_INVALID;
		}
		if (!same_shape(t, want) ||
		    nn_checkpoint_values(t, base + want->offset, want->size) != CAMP_OK) {
			snprintf(why, why_size,
				 "tensor \"%s\" has not the shape that the configuration "
				 "gives it",
				 t->name);
			return CAMP_ERR_INVALID;
		}
	}
	for (int i = 0; i < file->n_tensors; i++) {
		const char *name = file->tensors[i].name;

		if (strncmp(name, prefix, len) == 0 && !nn_plan_find(plan, name + len)) {
			snprintf(why, why_size,
				 "tensor \"%s\" is not one of the configuration's", name);
			return CAMP_ERR_INVALID;
		}
	}
	return CAMP_OK;
}
