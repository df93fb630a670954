/*
 * The server's side of the comparison of adaptive difficulty with WebAssembly:
 *
 *     native TRIALS [SEED]     sessions of simulated people, an object a line
 *
 * Every kind, direction and shape, with and without probes and priors. Numbers are
 * printed as the hexadecimal digits of their bits: [the configuration's fields], [the
 * prior], and of each trial [difficulty, correct, is a probe]; [the estimate] after each
 * tenth trial.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/adaptive_people.h"

static void
print_double(double x, const char *end)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	printf("\"%016" PRIx64 "\"%s", bits, end);
}

static void
print_doubles(const char *name, const double *x, int n)
{
	printf("\"%s\":[", name);
	for (int i = 0; i < n; i++)
		print_double(x[i], i + 1 < n ? "," : "]");
}

static void
print_float(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	printf("\"%08" PRIx32 "\"", bits);
}

static void
session(const struct adaptive_config *c, const struct adaptive_prior *prior,
	uint32_t seed, int trials)
{
	struct adaptive *a = people_adaptive(c);
	struct person p;

	person_init(&p, seed, 1);
	adaptive_start(a, prior->location_sd > 0 ? prior : NULL, seed);
	printf("{\"seed\":%" PRIu32 ",\"kind\":\"%s\",", seed,
	       adaptive_kind_name((int)c->kind));
	print_doubles("config", (const double *)c, ADAPTIVE_FIELDS);
	printf(",");
	print_doubles("prior", &prior->location, 4);
	printf(",\"trials\":[");
	for (int i = 0; i < trials; i++) {
		float level = adaptive_next(a);
		bool probe = adaptive_is_probe(a);
		bool correct = person_answer(&p, c->harder * level);

		adaptive_outcome(a, level, correct);
		printf("%s{\"difficulty\":", i > 0 ? "," : "");
		print_float(level);
		printf(",\"correct\":%s,\"probe\":%s", correct ? "true" : "false",
		       probe ? "true" : "false");
		if (i % 10 == 9) {
			struct adaptive_estimate e;

			adaptive_estimate(a, &e);
			printf(",");
			print_doubles("estimate", &e.threshold, ADAPTIVE_ESTIMATES);
		}
		printf("}");
	}
	printf("]}\n");
	free(a);
}

int
main(int argc, char **argv)
{
	static const int probes[] = {0, 1, 5};
	int trials = argc > 1 ? atoi(argv[1]) : 50;
	uint32_t seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;

	for (int i = 0; i < 2 * 2 * 2 * 3 * ADAPTIVE_KIND_COUNT; i++) {
		struct adaptive_prior prior = {1.1, i & 4 ? 2.3 : 0, 0.4, 0.1};
		struct adaptive_config c;

		people_config(&c, (enum adaptive_kind)(i / 24));
		c.harder = i & 1 ? -1 : 1;
		c.start *= c.harder;
		prior.location *= c.harder;
		c.weibull = (i & 2) != 0;
		c.probe_every = probes[i / 8 % 3];
		c.drift_sd = 0.7;
		/* No multiples of a power of two, and spacings that are no levels. */
		c.step = 0.7;
		c.location_points = 29;
		c.slope_points = 4;
		session(&c, &prior, seed + (uint32_t)i * 2654435761U, trials);
	}
	return 0;
}
