#include "models/stats/rng.h"

#include <math.h>

static uint64_t
rotate_left(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t
splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
rng_seed(struct rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t state = seed;

	/* The stream enters through a mixed value, so that (1, 2) and (2, 1) differ. */
	state = splitmix(&state) + stream;
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix(&state);
}

uint64_t
rng_next(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double
rng_uniform(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

uint32_t
rng_below(struct rng *rng, uint32_t n)
{
	/* Draws from the incomplete last run of n are thrown away, or low numbers win. */
	uint32_t limit = UINT32_MAX - UINT32_MAX % n;
	uint32_t x;

	do
		x = (uint32_t)(rng_next(rng) >> 32);
	while (x >= limit);
	return x % n;
}

/* Marsaglia's polar method; the second number of a pair is dropped, to keep no state. */
double
rng_normal(struct rng *rng)
{
	double u, v, r;

	do {
		u = 2 * rng_uniform(rng) - 1;
		v = 2 * rng_uniform(rng) - 1;
		r = u * u + v * v;
	} while (r >= 1 || r == 0);
	return u * sqrt(-2 * log(r) / r);
}

double
rng_exponential(struct rng *rng)
{
	/* 1 - u is in (0, 1], so the logarithm is finite. */
	return -log(1 - rng_uniform(rng));
}

void
rng_shuffle(struct rng *rng, int *x, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t k = rng_below(rng, i);
		int t = x[i - 1];

		x[i - 1] = x[k];
		x[k] = t;
	}
}
