#include "models/adaptive/ability.h"

#include <math.h>

#include "models/adaptive/math.h"

/* No answer is impossible, or one might leave no posterior. */
#define CORRECT_MIN 1e-9

size_t
ability_doubles(int n_points)
{
	return 2 * (size_t)n_points;
}

void
ability_init(struct ability *y, const struct ability_item *items, int n_items, double min,
	     double max, int n_points, double *memory)
{
	y->items = items;
	y->n_items = n_items;
	y->n_points = n_points;
	y->theta = memory;
	y->weight = memory + n_points;
	for (int i = 0; i < n_points; i++)
		y->theta[i] = min + (max - min) * i / (n_points - 1);
	ability_start(y, 0, 0);
}

static double
correct_at(struct ability_item item, double theta)
{
	double p = 1 / (1 + adaptive_exp(-item.a * (theta - item.b)));

	return p < CORRECT_MIN ? CORRECT_MIN : p > 1 - CORRECT_MIN ? 1 - CORRECT_MIN : p;
}

static void
normalise(struct ability *y)
{
	double sum = 0;

	for (int i = 0; i < y->n_points; i++)
		sum += y->weight[i];
	for (int i = 0; i < y->n_points; i++)
		y->weight[i] /= sum;
}

void
ability_start(struct ability *y, double mean, double sd)
{
	for (int i = 0; i < y->n_points; i++) {
		double z = sd > 0 ? (y->theta[i] - mean) / sd : 0;

		/* The floor keeps every point possible. */
		y->weight[i] = adaptive_exp(-0.5 * z * z) + 1e-9;
	}
	normalise(y);
}

void
ability_outcome(struct ability *y, int item, bool correct)
{
	for (int i = 0; i < y->n_points; i++) {
		double p = correct_at(y->items[item], y->theta[i]);

		y->weight[i] *= correct ? p : 1 - p;
	}
	normalise(y);
}

double
ability_mean(const struct ability *y)
{
	double mean = 0;

	for (int i = 0; i < y->n_points; i++)
		mean += y->weight[i] * y->theta[i];
	return mean;
}

double
ability_sd(const struct ability *y)
{
	double mean = ability_mean(y), variance = 0;

	for (int i = 0; i < y->n_points; i++) {
		double d = y->theta[i] - mean;

		variance += y->weight[i] * d * d;
	}
	return sqrt(variance);
}

int
ability_most_informative(const struct ability *y)
{
	double theta = ability_mean(y), best = -1;
	int best_item = 0;

	for (int i = 0; i < y->n_items; i++) {
		double a = y->items[i].a, p = correct_at(y->items[i], theta);
		double information = a * a * p * (1 - p);

		if (information > best) {
			best = information;
			best_item = i;
		}
	}
	return best_item;
}

double
ability_expected(const struct ability *y, int item)
{
	double sum = 0;

	for (int i = 0; i < y->n_points; i++)
		sum += y->weight[i] * correct_at(y->items[item], y->theta[i]);
	return sum;
}

int
ability_item_for(const struct ability *y, double share, double u)
{
	double harder = 0;

	for (int i = y->n_items - 1; i >= 0; i--) {
		double p = ability_expected(y, i);

		if (p >= share) {
			if (i < y->n_items - 1 && u * (p - harder) < p - share)
				return i + 1;
			return i;
		}
		harder = p;
	}
	return 0;
}
