/* models/nn/layernorm against PyTorch and central differences. */
#include <string.h>

#include "models/nn/layernorm.h"
#include "models/stats/rng.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"

static const struct nn_layernorm sizes[] = {
	{1, 64}, {3, 2}, {7, 13}, {5, 128}, {17, 19}, {128, 64},
};
#define N_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

struct norm_case {
	struct nn_layernorm d;
	float *x, *gain, *bias, *y, *mean, *rstd, *dy, *dx, *dgain, *dbias;
};

static struct norm_case
make(struct nn_layernorm d, struct rng *rng)
{
	size_t n = (size_t)d.n, width = (size_t)d.width;

	return (struct norm_case){
		.d = d,
		.x = gradient_normals(n * width, 2, rng),
		.gain = gradient_normals(width, 1, rng),
		.bias = gradient_normals(width, 1, rng),
		.y = gradient_floats(n * width),
		.mean = gradient_floats(n),
		.rstd = gradient_floats(n),
		.dy = gradient_normals(n * width, 1, rng),
		.dx = gradient_floats(n * width),
		.dgain = gradient_zeros(width),
		.dbias = gradient_zeros(width),
	};
}

static void
forward(struct norm_case *c)
{
	nn_layernorm_forward(c->d, c->y, c->mean, c->rstd, c->x, c->gain, c->bias);
}

static void
backward(struct norm_case *c, bool add)
{
	nn_layernorm_backward(c->d, c->dx, add, c->dgain, c->dbias, c->dy, c->x, c->mean,
			      c->rstd, c->gain);
}

static double
loss(void *arg)
{
	struct norm_case *c = arg;

	forward(c);
	return gradient_dot((size_t)c->d.n * (size_t)c->d.width, c->y, c->dy);
}

START_TEST(layernorm_agrees_with_pytorch)
{
	enum { N = 5, WIDTH = 24 };
	struct reference *r = reference_open("layernorm");
	struct norm_case c;
	struct rng rng;

	rng_seed(&rng, 1, 0);
	c = make((struct nn_layernorm){N, WIDTH}, &rng);
	reference_values(c.x, N * WIDTH, 1, 4, 1);
	reference_values(c.gain, WIDTH, 2, 1, 1);
	reference_values(c.bias, WIDTH, 3, 1, 0);
	reference_values(c.dy, N * WIDTH, REFERENCE_DY, 1, 0);
	forward(&c);
	backward(&c, false);
	reference_close_to(r, "y", c.y, N * WIDTH, REFERENCE_TOLERANCE);
	reference_close_to(r, "dx", c.dx, N * WIDTH, REFERENCE_TOLERANCE);
	reference_close_to(r, "dgain", c.dgain, WIDTH, REFERENCE_TOLERANCE);
	reference_close_to(r, "dbias", c.dbias, WIDTH, REFERENCE_TOLERANCE);
	reference_close(r);
	gradient_check_guards();
}
END_TEST

START_TEST(layernorm_backward_is_the_gradient)
{
	size_t n = (size_t)sizes[_i].n * (size_t)sizes[_i].width;
	size_t width = (size_t)sizes[_i].width;
	struct norm_case c;
	struct rng rng;

	rng_seed(&rng, 2, (uint64_t)_i);
	c = make(sizes[_i], &rng);
	forward(&c);
	backward(&c, false);
	/* Of two values the norm is nearly a step: no place for differences. */
	if (width > 2)
		gradient_check(&(struct gradient_of){"x", c.x, c.dx, n}, 1, loss, &c);
	gradient_check((struct gradient_of[]){{"gain", c.gain, c.dgain, width},
					      {"bias", c.bias, c.dbias, width}},
		       2, loss, &c);
	gradient_check_guards();
}
END_TEST

START_TEST(layernorm_backward_adds_where_it_says)
{
	struct norm_case c;
	float *dx, *dgain, *dbias;
	struct rng rng;

	rng_seed(&rng, 3, 0);
	c = make((struct nn_layernorm){3, 21}, &rng);
	dx = gradient_zeros(63);
	dgain = gradient_zeros(21);
	dbias = gradient_zeros(21);
	forward(&c);
	backward(&c, false);
	memcpy(dx, c.dx, 63 * sizeof(*dx));
	memcpy(dgain, c.dgain, 21 * sizeof(*dx));
	memcpy(dbias, c.dbias, 21 * sizeof(*dx));
	backward(&c, true);
	for (int i = 0; i < 63; i++)
		dx[i] *= 2;
	for (int i = 0; i < 21; i++) {
		dgain[i] *= 2;
		dbias[i] *= 2;
	}
	gradient_check_close("dx", 63, c.dx, dx, 1e-5);
	gradient_check_close("dgain", 21, c.dgain, dgain, 1e-5);
	gradient_check_close("dbias", 21, c.dbias, dbias, 1e-5);
	gradient_check_guards();
}
END_TEST

START_TEST(layernorm_without_a_backward_gives_the_same_bits)
{
	struct norm_case c;
	float *y;
	struct rng rng;

	rng_seed(&rng, 4, 0);
	c = make((struct nn_layernorm){4, 37}, &rng);
	y = gradient_floats(4 * 37);
	forward(&c);
	nn_layernorm_forward(c.d, y, NULL, NULL, c.x, c.gain, c.bias);
	ck_assert_mem_eq(y, c.y, 4 * 37 * sizeof(*y));
	gradient_check_guards();
}
END_TEST

static void
add_tests(TCase *cases)
{
	tcase_add_test(cases, layernorm_agrees_with_pytorch);
	tcase_add_loop_test(cases, layernorm_backward_is_the_gradient, 0, N_SIZES);
	tcase_add_test(cases, layernorm_backward_adds_where_it_says);
	tcase_add_test(cases, layernorm_without_a_backward_gives_the_same_bits);
}

Suite *
suite_layernorm(void)
{
	Suite *suite = suite_create("models/nn/layernorm");

	gradient_each_kernels(suite, add_tests);
	return suite;
}
