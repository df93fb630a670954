/**
 * What tests of layers share: guarded buffers, random contents, central differences.
 *
 * The tests make one scalar of a layer's output, L = sum of output x fixed random
 * factors, so the factors are the output's gradient. L is summed in double, and
 * differentiated by the five-point stencil
 * f' ~ (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h,
 * whose own error, of order h^4, lets h be large enough for float32 layers: the
 * rounding error of L over h stays far below the tolerance.
 */
#ifndef TESTS_UNIT_MODELS_NN_GRADIENT_H
#define TESTS_UNIT_MODELS_NN_GRADIENT_H

#include <check.h>
#include <stddef.h>

struct rng;

/**
 * Adds the tests to the suite once for each set of kernels (models/nn/kernels) that this
 * machine has, as a case of the set's name, which runs with it.
 */
void gradient_each_kernels(Suite *suite, void (*add_tests)(TCase *cases));

/**
 * n floats, 64-byte aligned, set to a NAN that nothing computes, between guards. Taken
 * from a fixed pool of the test's process; fails the test when that is full.
 */
float *gradient_floats(size_t n);
/** The same, zeroed. */
float *gradient_zeros(size_t n);
/** The same, normal numbers of sd `sd`. */
float *gradient_normals(size_t n, float sd, struct rng *rng);
/** Fails the test if any guard was written; forgets all buffers. */
void gradient_check_guards(void);

/** sum x[i] y[i] in double. */
double gradient_dot(size_t n, const float *x, const float *y);

/** One array that L depends on, and its gradient by the code under test. */
struct gradient_of {
	const char *name;
	float *x;
	const float *gradient;
	size_t n;
};

/* |difference| allowed, as a share of the largest gradient in the array. */
#define GRADIENT_TOLERANCE 1e-3

/**
 * Compares every element (an even sample of some hundred when there are more) with
 * differences of loss(arg). x is changed and restored. Fails the test with the name, the
 * place and both values.
 */
void gradient_check(const struct gradient_of *of, int n_of, double (*loss)(void *arg),
		    void *arg);

/** Fails the test unless |x[i] - y[i]| <= tolerance for all i; names the first. */
void gradient_check_close(const char *what, size_t n, const float *x, const float *y,
			  double tolerance);

#endif
