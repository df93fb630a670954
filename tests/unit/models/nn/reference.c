#include "tests/unit/models/nn/reference.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

struct reference {
	json_t *all;
	const json_t *members;
	const char *name;
};

void
reference_values(float *x, size_t n, unsigned int salt, double scale, double shift)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = (uint32_t)i * 2654435761u + salt * 2246822519u;

		bits ^= bits >> 15;
		bits *= 2246822519u;
		x[i] = (float)(((int)((bits >> 16) % 257) - 128) / 128.0 * scale + shift);
	}
}

struct reference *
reference_open(const char *name)
{
	struct reference *r = malloc(sizeof(*r));
	size_t len;
	char *text = unit_read_source("tests/reference/nn.json", &len);

	ck_assert_ptr_nonnull(r);
	r->name = name;
	r->all = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(r->all);
	r->members = json_object_get(json_object_get(r->all, "cases"), name);
	ck_assert_msg(r->members != NULL, "no case '%s' in nn.json", name);
	free(text);
	return r;
}

void
reference_close(struct reference *r)
{
	json_decref(r->all);
	free(r);
}

static void
close_to(const struct reference *r, const char *member, size_t i, double got,
	 double tolerance)
{
	const json_t *expected = json_array_get(json_object_get(r->members, member), i);
	char what[96];

	snprintf(what, sizeof(what), "%s %s[%zu]", r->name, member, i);
	unit_close(got, json_is_number(expected) ? json_number_value(expected) : NAN,
		   tolerance, what);
}

static void
has(const struct reference *r, const char *member, size_t n)
{
	size_t size = json_array_size(json_object_get(r->members, member));

	ck_assert_msg(size == n, "%s %s has %zu values, not %zu", r->name, member, size,
		      n);
}

void
reference_close_to(const struct reference *r, const char *member, const float *got,
		   size_t n, double tolerance)
{
	has(r, member, n);
	for (size_t i = 0; i < n; i++)
		close_to(r, member, i, (double)got[i], tolerance);
}

void
reference_close_to_double(const struct reference *r, const char *member,
			  const double *got, size_t n, double tolerance)
{
	has(r, member, n);
	for (size_t i = 0; i < n; i++)
		close_to(r, member, i, got[i], tolerance);
}
