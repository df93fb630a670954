/*
 * models/nn/loss against PyTorch (tests/reference/nn.py), against central differences and
 * at its edges.
 */
#include <math.h>
#include <string.h>

#include "models/nn/loss.h"
#include "tests/unit/models/nn/reference.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define N 24

static bool
missing(int i)
{
	return i % 5 == 3;
}

/* The rows that nn.py leaves out have no target here. */
static void
targets(float *y, unsigned int salt, double scale)
{
	reference_values(y, N, salt, scale, 0);
	for (int i = 0; i < N; i++)
		if (missing(i))
			y[i] = NAN;
}

START_TEST(inputs_are_those_of_the_script)
{
	struct reference *r = reference_open("value");
	float x[30];

	for (unsigned int salt = 0; salt < 3; salt++)
		reference_values(x + 10 * salt, 10, salt, 1, 0);
	reference_close_to(r, "x", x, 30, 0);
	reference_close(r);
}
END_TEST

START_TEST(bce_agrees_with_pytorch)
{
	struct reference *r = reference_open("loss.bce");
	float logit[N], y[N], d[N];
	double sum;

	reference_values(logit, N, 1, 8, 0);
	for (int i = 0; i < N; i++)
		y[i] = missing(i) ? NAN : i % 3 != 0 ? 1.0f : 0.0f;
	sum = nn_loss_bce(N, d, logit, y);
	reference_close_to_double(r, "loss", &sum, 1, 1e-11);
	reference_close_to(r, "dlogit", d, N, 1e-7);
	reference_close(r);
}
END_TEST

START_TEST(bce_of_certainty_is_finite)
{
	static const float expected[4] = {0, 0, 1, -1};
	float logit[4] = {800, -800, 800, -800}, y[4] = {1, 0, 0, 1}, d[4];
	double sum = nn_loss_bce(4, d, logit, y);

	ck_assert_double_eq(sum, 1600);
	for (int i = 0; i < 4; i++)
		ck_assert_float_eq(d[i], expected[i]);
}
END_TEST

START_TEST(softmax_agrees_with_pytorch)
{
	struct reference *r = reference_open("loss.softmax");
	float logits[N * 4], d[N * 4];
	int class_index[N];
	double sum;

	reference_values(logits, N * 4, 2, 4, 0);
	for (int i = 0; i < N; i++)
		class_index[i] = missing(i) ? -1 : i * i % 4;
	sum = nn_loss_softmax(N, 4, d, logits, class_index);
	reference_close_to_double(r, "loss", &sum, 1, 1e-11);
	reference_close_to(r, "dlogits", d, N * 4, 1e-7);
	reference_close(r);
}
END_TEST

START_TEST(softmax_of_large_logits_is_finite)
{
	float logits[3] = {3e38f, -3e38f, 3e38f}, d[3];
	int class_index = 2;
	double sum = nn_loss_softmax(1, 3, d, logits, &class_index);

	unit_close(sum, log(2), 1e-12, "loss");
	unit_close((double)d[0], 0.5, 1e-7, "of the rival");
	unit_close((double)d[1], 0, 1e-7, "of the impossible");
}
END_TEST

START_TEST(class_report_agrees_with_counting)
{
	struct reference *r = reference_open("class_report");
	double precision[5], recall[5], f1[5], counts[25];
	int support[5], confusion[25], class_index[N];
	struct nn_class_report report = {.precision = precision,
					 .recall = recall,
					 .f1 = f1,
					 .support = support,
					 .confusion = confusion};
	float logits[N * 5];

	reference_values(logits, N * 5, 3, 1, 0);
	for (int i = 0; i < N; i++) {
		logits[i * 5 + 4] = -2;
		class_index[i] = missing(i) ? -1 : i * i % 4 + 1;
	}
	nn_class_report(N, 5, logits, class_index, &report);
	ck_assert_int_eq(report.n, 19);
	reference_close_to_double(r, "precision", precision, 5, 1e-12);
	reference_close_to_double(r, "recall", recall, 5, 1e-12);
	reference_close_to_double(r, "f1", f1, 5, 1e-12);
	reference_close_to_double(r, "accuracy", &report.accuracy, 1, 1e-12);
	reference_close_to_double(r, "macro_f1", &report.macro_f1, 1, 1e-12);
	for (int k = 0; k < 25; k++)
		counts[k] = confusion[k];
	reference_close_to_double(r, "confusion", counts, 25, 0);
	for (int k = 0; k < 5; k++)
		counts[k] = support[k];
	reference_close_to_double(r, "support", counts, 5, 0);
	reference_close(r);
}
END_TEST

static void
check_gaussian(const char *name, float beta)
{
	struct reference *r = reference_open(name);
	float mu[N], a[N], y[N], dmu[N], da[N];
	double sum;

	reference_values(mu, N, 4, 1, 0);
	reference_values(a, N, 5, 2, 0);
	targets(y, 6, 2);
	sum = nn_loss_gaussian(N, dmu, da, mu, a, y, beta);
	reference_close_to_double(r, "loss", &sum, 1, 1e-11);
	reference_close_to(r, "dmu", dmu, N, 1e-7);
	reference_close_to(r, "da", da, N, 1e-7);
	reference_close(r);
}

START_TEST(gaussian_agrees_with_pytorch)
{
	check_gaussian("loss.gaussian", 0);
}
END_TEST

START_TEST(beta_weighs_the_gradient_as_in_pytorch)
{
	check_gaussian("loss.beta", 0.5f);
}
END_TEST

enum { MU, A, U, V, A2, MIXTURE };

struct mixture_rows {
	float x[MIXTURE][N];
};

static double
mixture_loss(struct mixture_rows *x, struct mixture_rows *d, const float *y)
{
	struct nn_mixture m = {x->x[MU], x->x[A], x->x[U], x->x[V], x->x[A2]};
	struct nn_mixture_gradient g = {d->x[MU], d->x[A], d->x[U], d->x[V], d->x[A2]};

	return nn_loss_mixture(N, g, m, y);
}

static void
mixture_inputs(struct mixture_rows *x, float *y)
{
	reference_values(x->x[MU], N, 7, 1, 0);
	reference_values(x->x[A], N, 8, 1, 0);
	reference_values(x->x[U], N, 9, 4, 0);
	reference_values(x->x[V], N, 10, 2, 0);
	reference_values(x->x[A2], N, 11, 1, 0);
	targets(y, 12, 4);
}

START_TEST(mixture_agrees_with_pytorch)
{
	struct reference *r = reference_open("loss.mixture");
	struct mixture_rows x, d;
	float y[N];
	double sum;

	mixture_inputs(&x, y);
	sum = mixture_loss(&x, &d, y);
	reference_close_to_double(r, "loss", &sum, 1, 1e-11);
	reference_close_to(r, "dmu", d.x[MU], N, 1e-7);
	reference_close_to(r, "da", d.x[A], N, 1e-7);
	reference_close_to(r, "du", d.x[U], N, 1e-7);
	reference_close_to(r, "dv", d.x[V], N, 1e-7);
	reference_close_to(r, "da2", d.x[A2], N, 1e-7);
	reference_close(r);
}
END_TEST

/*
 * The loss is a double of float32 inputs, so a step of 2^-9, exact for inputs that are
 * multiples of 1/128, leaves an error of h^2 / 6 times the third derivative, here below
 * 4e-6 / 6 * 500.
 */
START_TEST(mixture_gradient_is_that_of_central_differences)
{
	struct mixture_rows x, d, unused;
	float y[N], step = 1.0f / 512;

	mixture_inputs(&x, y);
	mixture_loss(&x, &d, y);
	for (int k = 0; k < MIXTURE * N; k++) {
		float *at = &x.x[k / N][k % N], keep = *at;
		double up, down;

		*at = keep + step;
		up = mixture_loss(&x, &unused, y);
		*at = keep - step;
		down = mixture_loss(&x, &unused, y);
		*at = keep;
		unit_close((double)d.x[k / N][k % N], (up - down) / (2 * (double)step),
			   1e-3, "gradient");
	}
}
END_TEST

/* Far out, both densities underflow and only their logarithms compare. */
START_TEST(mixture_far_from_both_components_is_finite)
{
	struct mixture_rows x = {0}, d;
	float y[N];
	double sum;

	for (int i = 0; i < N; i++)
		y[i] = NAN;
	y[0] = -100; /* nearer to the first by e^-100.5, so it answers for it alone */
	y[1] = 100;  /* nearer to the second, at exp(0) = 1 */
	sum = mixture_loss(&x, &d, y);
	/* The nearer component has half the weight: ln 2 more. */
	unit_close(sum, 5000 + 0.5 * 99 * 99 + log(2 * M_PI) + 2 * log(2), 1e-12, "loss");
	unit_close((double)d.x[MU][0], 100, 1e-7, "of the mean below");
	unit_close((double)d.x[MU][1], -99, 1e-7, "of the mean above");
	unit_close((double)d.x[V][1], -99, 1e-7, "of the distance");
}
END_TEST

START_TEST(missing_targets_count_nothing)
{
	float y[2] = {NAN, NAN}, x[2] = {3, -3}, d[2] = {9, 9}, d2[2] = {9, 9};
	int class_index = -1;

	ck_assert_double_eq(nn_loss_bce(2, d, x, y), 0);
	ck_assert(d[0] == 0 && d[1] == 0);
	d[0] = 9;
	ck_assert_double_eq(nn_loss_gaussian(2, d, d2, x, x, y, 0.5f), 0);
	ck_assert(d[0] == 0 && d2[1] == 0);
	d[0] = 9;
	ck_assert_double_eq(nn_loss_softmax(1, 2, d, x, &class_index), 0);
	ck_assert(d[0] == 0 && d[1] == 0);
}
END_TEST

Suite *
suite_loss(void)
{
	Suite *s = suite_create("loss");
	TCase *tc = tcase_create("loss");

	tcase_add_test(tc, inputs_are_those_of_the_script);
	tcase_add_test(tc, bce_agrees_with_pytorch);
	tcase_add_test(tc, bce_of_certainty_is_finite);
	tcase_add_test(tc, softmax_agrees_with_pytorch);
	tcase_add_test(tc, softmax_of_large_logits_is_finite);
	tcase_add_test(tc, class_report_agrees_with_counting);
	tcase_add_test(tc, gaussian_agrees_with_pytorch);
	tcase_add_test(tc, beta_weighs_the_gradient_as_in_pytorch);
	tcase_add_test(tc, mixture_agrees_with_pytorch);
	tcase_add_test(tc, mixture_gradient_is_that_of_central_differences);
	tcase_add_test(tc, mixture_far_from_both_components_is_finite);
	tcase_add_test(tc, missing_targets_count_nothing);
	suite_add_tcase(s, tc);
	return s;
}
