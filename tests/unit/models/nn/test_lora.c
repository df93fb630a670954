/* models/nn/lora: gradients, and no change at first; values are in test_pytorch.c. */
#include <string.h>

#include "models/nn/lora.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

static const struct nn_lora sizes[] = {
	{1, 1, 1, 1},
	{3, 5, 2, 4},
	{16, 16, 4, 4},
	{7, 24, 4, 8},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct lora_case {
	struct nn_lora d;
	float *w, *a, *b, *merged, *dmerged;
};

static double
loss(void *arg)
{
	struct lora_case *c = arg;

	nn_lora_merge(c->d, c->merged, c->w, c->a, c->b);
	return gradient_dot((size_t)(c->d.out * c->d.in), c->merged, c->dmerged);
}

START_TEST(lora_backward_is_the_gradient)
{
	struct nn_lora d = sizes[_i];
	size_t n_w = (size_t)(d.out * d.in), n_a = (size_t)(d.rank * d.in);
	size_t n_b = (size_t)(d.out * d.rank);
	struct lora_case c = {.d = d};
	struct rng rng;
	float *da, *db;

	rng_seed(&rng, 1, (uint64_t)_i);
	c.w = gradient_normals(n_w, 1, &rng);
	c.a = gradient_normals(n_a, 1, &rng);
	c.b = gradient_normals(n_b, 1, &rng);
	c.merged = gradient_floats(n_w);
	c.dmerged = gradient_normals(n_w, 1, &rng);
	da = gradient_zeros(n_a);
	db = gradient_zeros(n_b);
	nn_lora_backward(d, da, db, c.dmerged, c.a, c.b);
	gradient_check((struct gradient_of[]){{"a", c.a, da, n_a}, {"b", c.b, db, n_b}},
		       2, loss, &c);
	gradient_check_guards();
}
END_TEST

START_TEST(lora_with_b_zero_changes_no_bit_also_in_place)
{
	struct nn_lora d = sizes[2];
	size_t n_w = (size_t)(d.out * d.in);
	float *w, *a, *b, *merged;
	struct rng rng;

	rng_seed(&rng, 2, 0);
	w = gradient_normals(n_w, 1, &rng);
	a = gradient_normals((size_t)(d.rank * d.in), 1, &rng);
	b = gradient_zeros((size_t)(d.out * d.rank));
	merged = gradient_floats(n_w);
	nn_lora_merge(d, merged, w, a, b);
	ck_assert(memcmp(merged, w, n_w * sizeof(*w)) == 0);
	nn_lora_merge(d, merged, merged, a, b);
	ck_assert(memcmp(merged, w, n_w * sizeof(*w)) == 0);
	gradient_check_guards();
}
END_TEST

Suite *
suite_lora(void)
{
	Suite *s = suite_create("lora");
	TCase *tc = tcase_create("lora");

	tcase_add_loop_test(tc, lora_backward_is_the_gradient, 0, N_SIZES);
	tcase_add_test(tc, lora_with_b_zero_changes_no_bit_also_in_place);
	suite_add_tcase(s, tc);
	return s;
}
