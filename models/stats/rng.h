/**
 * Random numbers for simulation: the same seed gives the same numbers on every machine
 * whose libm agrees. Not for secrets (base/uuid.h and libsodium make those).
 *
 * Generator: xoshiro256++ of Blackman & Vigna (2021), ACM TOMS 47(4), period 2^256 - 1,
 * seeded through splitmix64.
 */
#ifndef MODELS_STATS_RNG_H
#define MODELS_STATS_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/** Streams of one seed are independent of each other for all purposes here. */
void rng_seed(struct rng *rng, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *rng);
/** In [0, 1), multiples of 2^-53. */
double rng_uniform(struct rng *rng);
/** 0 .. n - 1, each equally likely; n >= 1. */
uint32_t rng_below(struct rng *rng, uint32_t n);
/** Mean 0, sd 1. */
double rng_normal(struct rng *rng);
/** Mean 1. */
double rng_exponential(struct rng *rng);
/** All orders of x[0..n) equally likely (Fisher & Yates). */
void rng_shuffle(struct rng *rng, int *x, uint32_t n);

#endif
