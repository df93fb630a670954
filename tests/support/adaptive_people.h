/** Simulated people for adaptive difficulty: answers with a psychometric function. */
#ifndef TESTS_SUPPORT_ADAPTIVE_PEOPLE_H
#define TESTS_SUPPORT_ADAPTIVE_PEOPLE_H

#include <stdint.h>

#include "models/adaptive/adaptive.h"
#include "models/stats/rng.h"

/*
 * Two alternatives, logistic, 0.5 per dB, 2 % lapses. Everyone starts at -10 dB, which is
 * 5 to 15 dB easier than their location; levels of -20 .. 20 dB.
 */
#define PEOPLE_SLOPE 0.5
#define PEOPLE_GUESS 0.5
#define PEOPLE_LAPSE 0.02
#define PEOPLE_START (-10.0)

struct person {
	double location, slope, guess, lapse;
	struct rng rng;
};

/** Person number i. */
void person_init(struct person *p, uint64_t seed, uint64_t i);
double person_correct_at(const struct person *p, double level);
bool person_answer(struct person *p, double level);
/** The difficulty that the person answers correctly at the rate `share`. */
double person_threshold(const struct person *p, double share);

/** A configuration for these people; nothing but slope and lapse rate is unsure. */
void people_config(struct adaptive_config *c, enum adaptive_kind kind);

/** What is left of a person's session after `trials` trials. */
struct adaptive_estimate
people_run(struct adaptive *a, struct person *p, const struct adaptive_prior *prior,
	   uint32_t seed, int trials);

/** adaptive_init() in memory from malloc(); ends the program when there is none. */
struct adaptive *people_adaptive(const struct adaptive_config *c);

#endif
