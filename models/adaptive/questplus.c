#include "models/adaptive/questplus.h"

#include <math.h>

#include "models/adaptive/math.h"

/* F is inverted within these, see questplus_threshold(). */
#define SHARE_MIN 0.01
#define SHARE_MAX 0.99
/* No answer is impossible, or one might leave no posterior. */
#define CORRECT_MIN 1e-9

size_t
questplus_doubles(const struct adaptive_config *c)
{
	size_t points = (size_t)adaptive_points(c);
	size_t axes = (size_t)(c->location_points + c->slope_points + c->guess_points +
			       c->lapse_points);

	return points + axes + 2 * points * (size_t)adaptive_levels(c);
}

static double *
axis_init(struct questplus_axis *axis, double *memory, double n, double min, double max)
{
	axis->n = (int)n;
	axis->value = memory;
	axis->value[0] = min;
	for (int i = 1; i < axis->n; i++)
		axis->value[i] = min + (max - min) * i / (axis->n - 1);
	return memory + axis->n;
}

/* Equal ratios between neighbours. */
static double *
ratio_axis_init(struct questplus_axis *axis, double *memory, double n, double min,
		double max)
{
	double *end = axis_init(axis, memory, n, adaptive_log(min), adaptive_log(max));

	for (int i = 0; i < axis->n; i++)
		axis->value[i] = adaptive_exp(axis->value[i]);
	return end;
}

static double
share(bool weibull, double z)
{
	return weibull ? 1 - adaptive_exp(-adaptive_exp(z)) : 1 / (1 + adaptive_exp(-z));
}

static double
share_inverse(bool weibull, double f)
{
	if (weibull)
		return adaptive_log(-adaptive_log(1 - f));
	return adaptive_log(f / (1 - f));
}

static void
fill_level(struct questplus *q, int level)
{
	double *correct = q->correct + (size_t)level * (size_t)q->n_points;
	double *entropy = q->entropy + (size_t)level * (size_t)q->n_points;

	for (int i = 0; i < q->location.n; i++) {
		double ease = (q->location.value[i] - q->levels[level]) * q->harder;

		for (int j = 0; j < q->slope.n; j++) {
			double f = share(q->weibull, q->slope.value[j] * ease);

			for (int k = 0; k < q->guess.n * q->lapse.n; k++) {
				double guess = q->guess.value[k / q->lapse.n];
				double lapse = q->lapse.value[k % q->lapse.n];
				double p = guess + (1 - guess - lapse) * f;

				p = p < CORRECT_MIN       ? CORRECT_MIN
				    : p > 1 - CORRECT_MIN ? 1 - CORRECT_MIN
							  : p;
				*correct++ = p;
				*entropy++ = adaptive_entropy(p);
			}
		}
	}
}

void
questplus_init(struct questplus *q, const struct adaptive_config *c, const double *levels,
	       double *memory)
{
	size_t cells;

	q->n_levels = adaptive_levels(c);
	q->n_points = adaptive_points(c);
	q->harder = c->harder;
	q->weibull = c->weibull != 0;
	q->levels = levels;
	cells = (size_t)q->n_levels * (size_t)q->n_points;
	memory = axis_init(&q->location, memory, c->location_points, c->location_min,
			   c->location_max);
	memory = ratio_axis_init(&q->slope, memory, c->slope_points, c->slope_min,
				 c->slope_max);
	memory =
		axis_init(&q->guess, memory, c->guess_points, c->guess_min, c->guess_max);
	memory =
		axis_init(&q->lapse, memory, c->lapse_points, c->lapse_min, c->lapse_max);
	q->correct = memory;
	q->entropy = q->correct + cells;
	q->weight = q->entropy + cells;
	for (int level = 0; level < q->n_levels; level++)
		fill_level(q, level);
	questplus_start(q, (struct questplus_value){0, 0},
			(struct questplus_value){0, 0});
}

/* Points after one location, and after one slope. */
static int
per_slope(const struct questplus *q)
{
	return q->guess.n * q->lapse.n;
}

static int
per_location(const struct questplus *q)
{
	return q->slope.n * per_slope(q);
}

static void
normalise(double *weight, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += weight[i];
	for (int i = 0; i < n; i++)
		weight[i] /= sum;
}

/* A normal density without its factor; a floor keeps every point possible. */
static double
density(struct questplus_value prior, double x)
{
	double z;

	if (prior.sd <= 0)
		return 1;
	z = (x - prior.mean) / prior.sd;
	return adaptive_exp(-0.5 * z * z) + 1e-9;
}

void
questplus_start(struct questplus *q, struct questplus_value location,
		struct questplus_value slope)
{
	double *weight = q->weight;

	for (int i = 0; i < q->location.n; i++) {
		double w = density(location, q->location.value[i]);

		for (int j = 0; j < q->slope.n; j++) {
			double v = w * density(slope, q->slope.value[j]);

			for (int k = 0; k < per_slope(q); k++)
				*weight++ = v;
		}
	}
	normalise(q->weight, q->n_points);
}

void
questplus_outcome(struct questplus *q, int level, bool correct)
{
	const double *p = q->correct + (size_t)level * (size_t)q->n_points;

	for (int i = 0; i < q->n_points; i++)
		q->weight[i] *= correct ? p[i] : 1 - p[i];
	normalise(q->weight, q->n_points);
}

/*
 * The sum of weight x value. Four sums, for the processor to run beside each other; their
 * order is fixed, so the result is too.
 */
static double
weighted_sum(const double *weight, const double *value, int n)
{
	double sum[4] = {0, 0, 0, 0};
	int i = 0;

	for (; i + 4 <= n; i += 4) {
		sum[0] += weight[i] * value[i];
		sum[1] += weight[i + 1] * value[i + 1];
		sum[2] += weight[i + 2] * value[i + 2];
		sum[3] += weight[i + 3] * value[i + 3];
	}
	for (; i < n; i++)
		sum[0] += weight[i] * value[i];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double
questplus_expected(const struct questplus *q, int level)
{
	return weighted_sum(q->weight, q->correct + (size_t)level * (size_t)q->n_points,
			    q->n_points);
}

int
questplus_most_informative(const struct questplus *q)
{
	double best = -1;
	int best_level = 0;

	for (int level = 0; level < q->n_levels; level++) {
		const double *h = q->entropy + (size_t)level * (size_t)q->n_points;
		double information = adaptive_entropy(questplus_expected(q, level)) -
				     weighted_sum(q->weight, h, q->n_points);

		if (information > best) {
			best = information;
			best_level = level;
		}
	}
	return best_level;
}

int
questplus_level_for(const struct questplus *q, double wanted, double u)
{
	/* From the hardest level to easier ones: the expected share only grows. */
	int hardest = q->harder > 0 ? q->n_levels - 1 : 0;
	int towards_easy = q->harder > 0 ? -1 : 1;
	double before = 0;

	for (int i = 0; i < q->n_levels; i++) {
		int level = hardest + i * towards_easy;
		double p = questplus_expected(q, level);

		if (p >= wanted) {
			if (i > 0 && u * (p - before) < p - wanted)
				return level - towards_easy;
			return level;
		}
		before = p;
	}
	return q->n_levels - 1 - hardest;
}

struct questplus_value
questplus_location(const struct questplus *q)
{
	const double *w = q->weight;
	struct questplus_value v = {0, 0};
	double variance = 0;

	for (int i = 0; i < q->n_points; i++)
		v.mean += w[i] * q->location.value[i / per_location(q)];
	for (int i = 0; i < q->n_points; i++) {
		double d = q->location.value[i / per_location(q)] - v.mean;

		variance += w[i] * d * d;
	}
	v.sd = sqrt(variance);
	return v;
}

struct questplus_value
questplus_slope(const struct questplus *q)
{
	struct questplus_value v = {0, 0};
	double variance = 0;

	for (int i = 0; i < q->n_points; i++)
		v.mean += q->weight[i] * q->slope.value[i / per_slope(q) % q->slope.n];
	for (int i = 0; i < q->n_points; i++) {
		double d = q->slope.value[i / per_slope(q) % q->slope.n] - v.mean;

		variance += q->weight[i] * d * d;
	}
	v.sd = sqrt(variance);
	return v;
}

double
questplus_guess(const struct questplus *q)
{
	double mean = 0;

	for (int i = 0; i < q->n_points; i++)
		mean += q->weight[i] * q->guess.value[i / q->lapse.n % q->guess.n];
	return mean;
}

double
questplus_lapse(const struct questplus *q)
{
	double mean = 0;

	for (int i = 0; i < q->n_points; i++)
		mean += q->weight[i] * q->lapse.value[i % q->lapse.n];
	return mean;
}

/* How much harder than the location the difficulty of that share is. */
static double
beyond_location(const struct questplus *q, int within_location, double wanted)
{
	double slope = q->slope.value[within_location / per_slope(q)];
	double guess = q->guess.value[within_location / q->lapse.n % q->guess.n];
	double lapse = q->lapse.value[within_location % q->lapse.n];
	double f = (wanted - guess) / (1 - guess - lapse);

	f = f < SHARE_MIN ? SHARE_MIN : f > SHARE_MAX ? SHARE_MAX : f;
	return -share_inverse(q->weibull, f) / slope;
}

/*
 * threshold = location + harder * beyond. The two sums go over each kind of point once,
 * so that the logarithms are taken once for all locations.
 */
struct questplus_value
questplus_threshold(const struct questplus *q, double wanted)
{
	struct questplus_value v = {0, 0};
	double centre = questplus_location(q).mean, squares = 0;
	int n = per_location(q);

	for (int k = 0; k < n; k++) {
		double shift = q->harder * beyond_location(q, k, wanted);

		for (int i = 0; i < q->location.n; i++) {
			double w = q->weight[i * n + k];
			double d = q->location.value[i] + shift - centre;

			v.mean += w * d;
			squares += w * d * d;
		}
	}
	squares -= v.mean * v.mean;
	v.mean += centre;
	v.sd = sqrt(squares > 0 ? squares : 0);
	return v;
}
