/**
 * Difficulty that follows a person: the level of the next trial from the answers so far.
 *
 * The browser decides by this code compiled to WebAssembly, the server decides again from
 * the stored trials by the same code, and both get the same bits
 * (models/adaptive/math.h). Nothing here allocates, reads a clock or draws from an
 * unseeded source: the same configuration, prior, seed and answers give the same levels.
 *
 * Whatever places the trials, one posterior is kept over them all, so that every kind
 * ends with an estimate and its sd, which the next session starts from. One trial in
 * `probe_every` is a probe, placed where it tells most, because practice at 85 % correct
 * measures poorly; the seed puts it somewhere in each run of so many trials. Probes do
 * not move a staircase.
 */
#ifndef MODELS_ADAPTIVE_ADAPTIVE_H
#define MODELS_ADAPTIVE_ADAPTIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/adaptive/config.h"

struct adaptive;

/** What an earlier session found out; see struct adaptive_estimate. */
struct adaptive_prior {
	double location, location_sd; /* sd above 0 */
	double slope, slope_sd;       /* sd 0: not estimated */
};

struct adaptive_estimate {
#define ESTIMATE(name) double name;
#include "models/adaptive/estimate.def"
#undef ESTIMATE
};

#define ADAPTIVE_ESTIMATES ((int)(sizeof(struct adaptive_estimate) / sizeof(double)))

/** The name of member i, or NULL. */
const char *adaptive_estimate_name(int i);

/** A trial as it was stored. */
struct adaptive_trial {
	float difficulty; /* NAN: none was stored */
	bool correct;
};

/** Bytes for a configuration that adaptive_config_check() takes. */
size_t adaptive_size(const struct adaptive_config *config);

/**
 * Fills the tables in the caller's block of adaptive_size() bytes, aligned to 16, which
 * stays in use, and starts without a prior and with seed 0. Several sessions may be
 * started one after the other.
 */
struct adaptive *adaptive_init(void *memory, const struct adaptive_config *config);

/**
 * Begins a session. Without a prior (NULL), with the configuration's. The prior's
 * numbers are rounded to floats, which survive any way of writing them. Its sd grows by
 * drift_sd (variances add), and is never taken as less than the spacing of the grid; a
 * slope is never taken as known better than to a quarter.
 */
void
adaptive_start(struct adaptive *a, const struct adaptive_prior *prior, uint32_t seed);

/** The difficulty of the next trial; the same until an outcome comes. */
float adaptive_next(struct adaptive *a);

/** Whether that trial is a probe. */
bool adaptive_is_probe(struct adaptive *a);

/**
 * The answer to the next trial. `difficulty` is what was shown, which is
 * adaptive_next()'s in a session that follows; otherwise the level nearest to it is what
 * the estimate takes.
 */
void adaptive_outcome(struct adaptive *a, float difficulty, bool correct);

/** What is known by now. */
void adaptive_estimate(struct adaptive *a, struct adaptive_estimate *out);

/**
 * Goes through stored trials: the first whose difficulty is not what was decided, to the
 * bit, or -1. Call adaptive_start() before; adaptive_estimate() tells of all of them
 * after. A trial without a difficulty does not follow, and is left out of the estimate.
 */
long adaptive_replay(struct adaptive *a, const struct adaptive_trial *trials, long n);

#endif
