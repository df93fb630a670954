#include "tests/support/adaptive_people.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void
person_init(struct person *p, uint64_t seed, uint64_t i)
{
	rng_seed(&p->rng, seed, i);
	p->location = PEOPLE_START + 5 + 10 * rng_uniform(&p->rng);
	p->slope = PEOPLE_SLOPE;
	p->guess = PEOPLE_GUESS;
	p->lapse = PEOPLE_LAPSE;
}

double
person_correct_at(const struct person *p, double level)
{
	return p->guess +
	       (1 - p->guess - p->lapse) / (1 + exp(-p->slope * (p->location - level)));
}

bool
person_answer(struct person *p, double level)
{
	return rng_uniform(&p->rng) < person_correct_at(p, level);
}

double
person_threshold(const struct person *p, double share)
{
	double f = (share - p->guess) / (1 - p->guess - p->lapse);

	return p->location - log(f / (1 - f)) / p->slope;
}

void
people_config(struct adaptive_config *c, enum adaptive_kind kind)
{
	adaptive_config_init(c);
	c->kind = kind;
	c->min = -20;
	c->max = 20;
	/* Staircases take steps that are no multiples of 1 dB. */
	c->step = kind == ADAPTIVE_QUESTPLUS ? 1 : 0.5;
	c->start = PEOPLE_START;
	/* Whoever starts that much too easy knows as much of them. */
	c->prior_mean = PEOPLE_START + 10;
	c->prior_sd = 5;
	c->probe_every = 0;
	c->step_easier = 2;
	c->step_first = 4;
	c->n_down = 2;
	/* As long at either end of the levels. */
	c->block_trials = 8;
	c->block_per_level = 0;
	c->up_below = 1;
	c->down_above = 2;
	c->location_min = -20;
	c->location_max = 20;
	c->location_points = 41;
	c->slope_min = 0.25;
	c->slope_max = 1;
	c->slope_points = 3;
	c->lapse_min = 0;
	c->lapse_max = 0.04;
	c->lapse_points = 3;
}

struct adaptive_estimate
people_run(struct adaptive *a, struct person *p, const struct adaptive_prior *prior,
	   uint32_t seed, int trials)
{
	struct adaptive_estimate e;

	adaptive_start(a, prior, seed);
	for (int i = 0; i < trials; i++) {
		float level = adaptive_next(a);

		adaptive_outcome(a, level, person_answer(p, level));
	}
	adaptive_estimate(a, &e);
	return e;
}

struct adaptive *
people_adaptive(const struct adaptive_config *c)
{
	const char *wrong = adaptive_config_check(c);
	void *memory =
		wrong ? NULL : aligned_alloc(16, (adaptive_size(c) + 15) / 16 * 16);

	if (!memory) {
		fprintf(stderr, "adaptive: %s\n", wrong ? wrong : "out of memory");
		exit(1);
	}
	return adaptive_init(memory, c);
}
