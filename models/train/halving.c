#include "models/train/halving.h"

#include <math.h>
#include <stdbool.h>

#include "models/stats/rng.h"

#define RATE_MIN 4e-4
#define RATE_MAX 8e-3

static const int widths[] = {32, 48, 64, 96, 128};
static const float dropouts[] = {0, 0.1f, 0.2f, 0.3f};

static int
multiple_of(int width, int heads)
{
	int times = (width + heads / 2) / heads;

	return heads * (times > 0 ? times : 1);
}

/* Two digits are enough, and read well in a command. */
static float
round_rate(double rate)
{
	double unit = pow(10, floor(log10(rate)) - 1);

	return (float)(round(rate / unit) * unit);
}

void
halving_candidates(struct halving_candidate *out, int n, const struct fit_config *base,
		   uint64_t seed)
{
	int heads = base->heads > 0 ? base->heads : 1;

	for (int i = 0; i < n; i++) {
		struct rng rng;

		rng_seed(&rng, seed, (uint64_t)i);
		out[i] = (struct halving_candidate){
			.rate = round_rate(RATE_MIN *
					   pow(RATE_MAX / RATE_MIN, rng_uniform(&rng))),
			.dropout = dropouts[rng_below(&rng, 4)],
			.width = multiple_of(widths[rng_below(&rng, 5)], heads),
			.layers = 1 + (int)rng_below(&rng, 4)};
	}
	if (n > 0)
		out[0] = (struct halving_candidate){.rate = base->rate,
						    .dropout = base->dropout,
						    .width = base->width,
						    .layers = base->layers};
}

int
halving_count(int n, int rung)
{
	while (rung-- > 0)
		n = (n + HALVING_FACTOR - 1) / HALVING_FACTOR;
	return n;
}

int
halving_rungs(int n)
{
	int rungs = 1;

	while (rungs < HALVING_RUNGS && halving_count(n, rungs - 1) >= HALVING_FACTOR)
		rungs++;
	return rungs;
}

int64_t
halving_steps(int64_t steps, int rungs, int rung)
{
	for (int i = rung; i < rungs - 1; i++)
		steps = (steps + HALVING_FACTOR - 1) / HALVING_FACTOR;
	return steps > 0 ? steps : 1;
}

static bool
is_before(int a, int b, const double *loss)
{
	if (isnan(loss[a]) || isnan(loss[b]))
		return isnan(loss[a]) && isnan(loss[b]) ? a < b : isnan(loss[b]);
	return loss[a] < loss[b] || (loss[a] == loss[b] && a < b);
}

void
halving_sort(int *order, int n, const double *loss)
{
	/* By insertion: there are few, and qsort() has no room for the losses. */
	for (int i = 1; i < n; i++) {
		int moving = order[i], at = i;

		for (; at > 0 && is_before(moving, order[at - 1], loss); at--)
			order[at] = order[at - 1];
		order[at] = moving;
	}
}
