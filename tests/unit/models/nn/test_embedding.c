/* models/nn/embedding: rows added, none for -1, gradients summed. */
#include <string.h>

#include "models/nn/embedding.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"

enum { N = 6, ROWS = 4, WIDTH = 5 };
static const int rows[N] = {3, 0, -1, 3, 1, 3};
static const struct nn_embedding dims = {N, ROWS, WIDTH};

struct embedding_case {
	float *table, *y, *start, *dy;
};

static double
loss(void *arg)
{
	struct embedding_case *c = arg;

	memcpy(c->y, c->start, N * WIDTH * sizeof(*c->y));
	nn_embedding_forward(dims, c->y, rows, c->table);
	return gradient_dot(N * WIDTH, c->y, c->dy);
}

START_TEST(embedding_adds_the_rows_it_is_told)
{
	struct embedding_case c;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	c = (struct embedding_case){gradient_normals(ROWS * WIDTH, 1, &rng),
				    gradient_floats(N * WIDTH),
				    gradient_normals(N * WIDTH, 1, &rng),
				    gradient_normals(N * WIDTH, 1, &rng)};
	loss(&c);
	for (int r = 0; r < N; r++)
		for (int i = 0; i < WIDTH; i++) {
			float add = rows[r] < 0 ? 0 : c.table[rows[r] * WIDTH + i];

			ck_assert_float_eq(c.y[r * WIDTH + i],
					   c.start[r * WIDTH + i] + add);
		}
	gradient_check_guards();
}
END_TEST

START_TEST(embedding_backward_is_the_gradient_and_is_added)
{
	struct embedding_case c;
	float *d, *before;
	struct rng rng;

	rng_seed(&rng, 2, 0);
	c = (struct embedding_case){gradient_normals(ROWS * WIDTH, 1, &rng),
				    gradient_floats(N * WIDTH),
				    gradient_normals(N * WIDTH, 1, &rng),
				    gradient_normals(N * WIDTH, 1, &rng)};
	d = gradient_zeros(ROWS * WIDTH);
	before = gradient_floats(ROWS * WIDTH);
	nn_embedding_backward(dims, d, c.dy, rows);
	gradient_check(&(struct gradient_of){"table", c.table, d, ROWS * WIDTH}, 1, loss,
		       &c);
	for (int i = 0; i < WIDTH; i++)
		ck_assert_float_eq(d[2 * WIDTH + i], 0);
	memcpy(before, d, ROWS * WIDTH * sizeof(*d));
	nn_embedding_backward(dims, d, c.dy, rows);
	for (int i = 0; i < ROWS * WIDTH; i++)
		ck_assert_float_eq_tol(d[i], 2 * before[i], 1e-5f);
	gradient_check_guards();
}
END_TEST

Suite *
suite_embedding(void)
{
	Suite *suite = suite_create("models/nn/embedding");
	TCase *cases = tcase_create("embedding");

	tcase_add_test(cases, embedding_adds_the_rows_it_is_told);
	tcase_add_test(cases, embedding_backward_is_the_gradient_and_is_added);
	suite_add_tcase(suite, cases);
	return suite;
}
