#include "tests/unit/models/nn/gradient.h"

#include <math.h>
#include <string.h>

#include "models/nn/kernels/kernels.h"
#include "models/stats/rng.h"
#include "tests/unit/unit.h"

#define POOL_FLOATS (8u << 20)
#define GUARD_FLOATS 16 /* 64 bytes, so that buffers stay aligned */
#define BUFFERS_MAX 256
#define SAMPLE 300
#define STEP 0.02f

/* Bits of NANs that no arithmetic makes. */
#define GUARD_BITS 0x7fe5a5a5u
#define UNSET_BITS 0x7fd7d7d7u

static _Alignas(64) float pool[POOL_FLOATS];
static struct {
	size_t start, n;
} buffers[BUFFERS_MAX];
static int n_buffers;
static size_t used;

static void
use_plain(void)
{
	nn_kernels_use(nn_kernels_find("plain"));
}

static void
use_avx2(void)
{
	nn_kernels_use(nn_kernels_find("avx2"));
}

void
gradient_each_kernels(Suite *suite, void (*add_tests)(TCase *cases))
{
	static const struct {
		const char *name;
		void (*use)(void);
	} sets[] = {{"plain", use_plain}, {"avx2", use_avx2}};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		TCase *cases;

		if (!nn_kernels_find(sets[i].name))
			continue;
		cases = tcase_create(sets[i].name);
		tcase_set_timeout(cases, 60);
		tcase_add_checked_fixture(cases, sets[i].use, NULL);
		add_tests(cases);
		suite_add_tcase(suite, cases);
	}
}

static void
set(float *x, size_t n, uint32_t bits)
{
	for (size_t i = 0; i < n; i++)
		memcpy(x + i, &bits, sizeof(bits));
}

float *
gradient_floats(size_t n)
{
	size_t room = (n + 15) / 16 * 16 + 2 * (size_t)GUARD_FLOATS;

	ck_assert_msg(n_buffers < BUFFERS_MAX && used + room <= POOL_FLOATS,
		      "the pool of test buffers is too small");
	set(pool + used, room, GUARD_BITS);
	buffers[n_buffers].start = used + GUARD_FLOATS;
	buffers[n_buffers].n = n;
	used += room;
	set(pool + buffers[n_buffers].start, n, UNSET_BITS);
	return pool + buffers[n_buffers++].start;
}

float *
gradient_zeros(size_t n)
{
	float *x = gradient_floats(n);

	memset(x, 0, n * sizeof(*x));
	return x;
}

float *
gradient_normals(size_t n, float sd, struct rng *rng)
{
	float *x = gradient_floats(n);

	for (size_t i = 0; i < n; i++)
		x[i] = sd * (float)rng_normal(rng);
	return x;
}

static void
check_guard(const float *x, size_t n, int buffer, const char *side)
{
	static const uint32_t guard = GUARD_BITS;

	for (size_t i = 0; i < n; i++)
		ck_assert_msg(memcmp(x + i, &guard, sizeof(guard)) == 0,
			      "buffer %d of %zu floats: guard float %zu %s it was "
			      "written",
			      buffer, buffers[buffer].n, i, side);
}

void
gradient_check_guards(void)
{
	for (int b = 0; b < n_buffers; b++) {
		size_t end = buffers[b].start + buffers[b].n;
		size_t next = (end + 15) / 16 * 16 + GUARD_FLOATS;

		check_guard(pool + buffers[b].start - GUARD_FLOATS, GUARD_FLOATS, b,
			    "before");
		check_guard(pool + end, next - end, b, "after");
	}
	n_buffers = 0;
	used = 0;
}

double
gradient_dot(size_t n, const float *x, const float *y)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)y[i];
	return sum;
}

static double
loss_at(float *x, float at, double (*loss)(void *arg), void *arg)
{
	float old = *x;
	double value;

	*x = at;
	value = loss(arg);
	*x = old;
	return value;
}

/* With the steps as float32 rounds them. */
static double
slope(float *x, double (*loss)(void *arg), void *arg)
{
	volatile float low = *x - STEP, high = *x + STEP;
	volatile float low2 = *x - 2 * STEP, high2 = *x + 2 * STEP;
	double near = (loss_at(x, high, loss, arg) - loss_at(x, low, loss, arg)) /
		      ((double)high - (double)low);
	double far = (loss_at(x, high2, loss, arg) - loss_at(x, low2, loss, arg)) /
		     ((double)high2 - (double)low2);

	return (4 * near - far) / 3;
}

void
gradient_check(const struct gradient_of *of, int n_of, double (*loss)(void *arg),
	       void *arg)
{
	for (int k = 0; k < n_of; k++) {
		const struct gradient_of *a = &of[k];
		size_t step = a->n / SAMPLE + 1;
		double largest = 0;

		for (size_t i = 0; i < a->n; i++)
			largest = fmax(largest, fabs((double)a->gradient[i]));
		ck_assert_msg(largest > 0 && isfinite(largest),
			      "%s: the gradient is %g everywhere", a->name, largest);
		for (size_t i = 0; i < a->n; i += step) {
			double found = (double)a->gradient[i];
			double expected = slope(a->x + i, loss, arg);

			ck_assert_msg(fabs(found - expected) <=
					      GRADIENT_TOLERANCE * largest,
				      "%s[%zu]: gradient %.9g, by differences %.9g "
				      "(largest %.3g)",
				      a->name, i, found, expected, largest);
		}
	}
}

void
gradient_check_close(const char *what, size_t n, const float *x, const float *y,
		     double tolerance)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(fabs((double)x[i] - (double)y[i]) <= tolerance,
			      "%s[%zu]: %.9g, expected %.9g within %g", what, i,
			      (double)x[i], (double)y[i], tolerance);
}
