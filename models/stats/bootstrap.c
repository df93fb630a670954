#include "models/stats/bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "models/stats/rng.h"

#define DRAWS 2000
#define SEED 20260401

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

enum camp_err
stat_bootstrap_clusters(const struct stat_cluster *clusters, uint32_t n,
			struct stat_interval *out)
{
	double *draws;
	struct rng rng;

	*out = (struct stat_interval){(double)NAN, (double)NAN};
	if (n < 2)
		return CAMP_OK;
	draws = malloc(DRAWS * sizeof(*draws));
	if (!draws)
		return CAMP_ERR_MEMORY;
	rng_seed(&rng, SEED, 0);
	for (int d = 0; d < DRAWS; d++) {
		struct stat_cluster all = {0, 0};

		for (uint32_t i = 0; i < n; i++) {
			const struct stat_cluster *c = &clusters[rng_below(&rng, n)];

			all.sum += c->sum;
			all.n += c->n;
		}
		draws[d] = all.sum / all.n;
	}
	qsort(draws, DRAWS, sizeof(*draws), by_value);
	out->low = draws[DRAWS / 40 - 1];
	out->high = draws[DRAWS - DRAWS / 40];
	free(draws);
	return CAMP_OK;
}
