#include "models/adaptive/adaptive.h"

#include <math.h>

#include "models/adaptive/ability.h"
#include "models/adaptive/math.h"
#include "models/adaptive/questplus.h"
#include "models/adaptive/staircase.h"
#include "models/stats/rng.h"

/* Streams of a session's seed: one a run of trials, one a trial. */
#define STREAM_PROBE (UINT64_C(1) << 32)
#define STREAM_LEVEL (UINT64_C(2) << 32)

#define NONE (-1)
#define SLOPE_SD_SHARE 0.25

struct adaptive {
	struct adaptive_config config;
	int n_levels;
	double *levels;
	struct ability_item *items;
	struct questplus quest; /* every kind but ADAPTIVE_ABILITY */
	struct ability ability; /* ADAPTIVE_ABILITY */
	struct staircase stairs;
	uint32_t seed;
	int trials, correct, probes, probes_correct;
	int block_level, block_trials, block_errors; /* ADAPTIVE_BLOCKS */
	int pending; /* level decided for the next trial, or NONE */
	bool pending_probe;
};

static const char *const estimate_names[] = {
#define ESTIMATE(name) #name,
#include "models/adaptive/estimate.def"
#undef ESTIMATE
};

const char *
adaptive_estimate_name(int i)
{
	return i >= 0 && i < ADAPTIVE_ESTIMATES ? estimate_names[i] : NULL;
}

static bool
by_ability(const struct adaptive *a)
{
	return a->config.kind == ADAPTIVE_ABILITY;
}

static bool
has_stairs(const struct adaptive *a)
{
	return a->config.kind == ADAPTIVE_WEIGHTED || a->config.kind == ADAPTIVE_UP_DOWN;
}

static bool
by_blocks(const struct adaptive *a)
{
	return a->config.kind == ADAPTIVE_BLOCKS;
}

/* Abilities grow and items get harder from the first to the last, whatever the direction.
 */
static int
item_of(const struct adaptive *a, int level)
{
	return a->config.harder > 0 ? level : a->n_levels - 1 - level;
}

/* ---- memory ---- */

static size_t
struct_bytes(void)
{
	return (sizeof(struct adaptive) + 15) / 16 * 16;
}

size_t
adaptive_size(const struct adaptive_config *c)
{
	size_t levels = (size_t)adaptive_levels(c), doubles = levels;

	if (c->kind == ADAPTIVE_ABILITY)
		doubles += 2 * levels + ability_doubles(adaptive_points(c));
	else
		doubles += questplus_doubles(c);
	return struct_bytes() + doubles * sizeof(double);
}

static void
stairs_init(struct adaptive *a)
{
	const struct adaptive_config *c = &a->config;
	struct staircase *s = &a->stairs;

	s->min = c->min;
	s->max = c->max;
	s->harder = c->harder;
	s->step = c->step_easier;
	s->first = c->step_first;
	s->n_down = 1;
	s->ratio = staircase_weight(c->target);
	if (c->kind == ADAPTIVE_UP_DOWN) {
		s->n_down = (int)c->n_down;
		s->ratio = c->ratio > 0 ? c->ratio : staircase_ratio(s->n_down);
	}
}

static void
items_init(struct adaptive *a, double *memory)
{
	const struct adaptive_config *c = &a->config;
	double low = c->harder > 0 ? c->location_min : -c->location_max;
	double high = c->harder > 0 ? c->location_max : -c->location_min;

	a->items = (struct ability_item *)memory;
	for (int i = 0; i < a->n_levels; i++)
		a->items[item_of(a, i)] =
			(struct ability_item){c->slope_min, c->harder * a->levels[i]};
	ability_init(&a->ability, a->items, a->n_levels, low, high, adaptive_points(c),
		     memory + 2 * a->n_levels);
}

struct adaptive *
adaptive_init(void *memory, const struct adaptive_config *c)
{
	struct adaptive *a = memory;
	double *doubles = (double *)((unsigned char *)memory + struct_bytes());

	*a = (struct adaptive){.config = *c, .n_levels = adaptive_levels(c)};
	a->levels = doubles;
	doubles += a->n_levels;
	for (int i = 0; i < a->n_levels; i++)
		a->levels[i] = adaptive_level(c, i);
	if (by_ability(a))
		items_init(a, doubles);
	else
		questplus_init(&a->quest, c, a->levels, doubles);
	stairs_init(a);
	adaptive_start(a, NULL, 0);
	return a;
}

/* ---- a session ---- */

static int
nearest_level(const struct adaptive *a, double difficulty)
{
	int best = 0;

	for (int i = 1; i < a->n_levels; i++) {
		if (fabs(a->levels[i] - difficulty) < fabs(a->levels[best] - difficulty))
			best = i;
	}
	return best;
}

static void
block_start(struct adaptive *a, int level)
{
	int last = a->n_levels - 1;

	a->block_level = level < 0 ? 0 : level > last ? last : level;
	a->block_trials = a->block_errors = 0;
}

/* After its last trial, a block's errors say where the next one goes. */
static void
block_outcome(struct adaptive *a, bool correct)
{
	const struct adaptive_config *c = &a->config;
	double size = c->block_trials + c->block_per_level * a->levels[a->block_level];
	int harder = 0;

	a->block_trials++;
	a->block_errors += !correct;
	if (a->block_trials < size)
		return;
	if (a->block_errors < c->up_below)
		harder = 1;
	else if (a->block_errors > c->down_above)
		harder = -1;
	block_start(a, a->block_level + harder * (int)c->harder);
}

static struct questplus_value
location_prior(const struct adaptive_config *c, const struct adaptive_prior *prior)
{
	double spacing = (c->location_max - c->location_min) / (c->location_points - 1);
	struct questplus_value v = {c->prior_mean, c->prior_sd};

	if (prior) {
		double sd = (float)prior->location_sd;

		v.mean = (float)prior->location;
		v.sd = sqrt(sd * sd + c->drift_sd * c->drift_sd);
	}
	if (v.sd > 0 && v.sd < spacing)
		v.sd = spacing;
	return v;
}

static struct questplus_value
slope_prior(const struct adaptive_prior *prior)
{
	struct questplus_value v = {0, 0};

	if (!prior || prior->slope_sd <= 0)
		return v;
	v.mean = (float)prior->slope;
	v.sd = (float)prior->slope_sd;
	if (v.sd < SLOPE_SD_SHARE * v.mean)
		v.sd = SLOPE_SD_SHARE * v.mean;
	return v;
}

void
adaptive_start(struct adaptive *a, const struct adaptive_prior *prior, uint32_t seed)
{
	const struct adaptive_config *c = &a->config;
	struct questplus_value location = location_prior(c, prior);
	double first;

	a->seed = seed;
	a->trials = a->correct = a->probes = a->probes_correct = 0;
	a->pending = NONE;
	if (by_ability(a)) {
		ability_start(&a->ability, c->harder * location.mean, location.sd);
		return;
	}
	questplus_start(&a->quest, location, slope_prior(prior));
	if (!has_stairs(a) && !by_blocks(a))
		return;
	first = c->start;
	if (prior || isnan(c->start))
		first = questplus_threshold(&a->quest, adaptive_settles_at(c)).mean;
	if (has_stairs(a))
		staircase_start(&a->stairs, first);
	else
		block_start(a, nearest_level(a, first));
}

/* The place of the probe in each run of probe_every trials is the seed's. */
static bool
probe_due(const struct adaptive *a)
{
	uint32_t every = (uint32_t)a->config.probe_every;
	uint32_t trial = (uint32_t)a->trials;
	struct rng rng;

	if (every == 0 || by_blocks(a))
		return false;
	rng_seed(&rng, a->seed, STREAM_PROBE + trial / every);
	return rng_below(&rng, every) == trial % every;
}

static int
probe_level(const struct adaptive *a)
{
	if (by_ability(a))
		return item_of(a, ability_most_informative(&a->ability));
	return questplus_most_informative(&a->quest);
}

static int
practice_level(const struct adaptive *a)
{
	struct rng rng;
	double u;

	if (by_blocks(a))
		return a->block_level;
	if (has_stairs(a)) {
		double at = (a->stairs.level - a->config.min) / a->config.step + 0.5;
		int level = (int)at;

		return level < a->n_levels ? level : a->n_levels - 1;
	}
	rng_seed(&rng, a->seed, STREAM_LEVEL + (uint32_t)a->trials);
	u = rng_uniform(&rng);
	if (by_ability(a))
		return item_of(a, ability_item_for(&a->ability, a->config.target, u));
	return questplus_level_for(&a->quest, a->config.target, u);
}

static void
decide(struct adaptive *a)
{
	if (a->pending != NONE)
		return;
	a->pending_probe = probe_due(a);
	a->pending = a->pending_probe ? probe_level(a) : practice_level(a);
}

float
adaptive_next(struct adaptive *a)
{
	decide(a);
	return (float)a->levels[a->pending];
}

bool
adaptive_is_probe(struct adaptive *a)
{
	decide(a);
	return a->pending_probe;
}

void
adaptive_outcome(struct adaptive *a, float difficulty, bool correct)
{
	int level = nearest_level(a, difficulty);
	bool probe = adaptive_is_probe(a);

	if (by_ability(a))
		ability_outcome(&a->ability, item_of(a, level), correct);
	else
		questplus_outcome(&a->quest, level, correct);
	if (has_stairs(a) && !probe)
		staircase_outcome(&a->stairs, correct);
	if (by_blocks(a))
		block_outcome(a, correct);
	a->trials++;
	a->correct += correct;
	a->probes += probe;
	a->probes_correct += probe && correct;
	a->pending = NONE;
}

/* ---- what is known ---- */

/* On an item of difficulty b the share correct is 1 / (1 + e^(-a (theta - b))). */
static void
estimate_ability(const struct adaptive *a, struct adaptive_estimate *out)
{
	const struct adaptive_config *c = &a->config;
	double odds = c->target / (1 - c->target);

	out->location = c->harder * ability_mean(&a->ability);
	out->location_sd = ability_sd(&a->ability);
	out->slope = c->slope_min;
	out->threshold = out->location - c->harder * adaptive_log(odds) / c->slope_min;
	out->threshold_sd = out->location_sd;
}

static void
estimate_function(const struct adaptive *a, struct adaptive_estimate *out)
{
	struct questplus_value v = questplus_threshold(&a->quest, out->settles_at);

	out->threshold = v.mean;
	out->threshold_sd = v.sd;
	v = questplus_location(&a->quest);
	out->location = v.mean;
	out->location_sd = v.sd;
	v = questplus_slope(&a->quest);
	out->slope = v.mean;
	out->slope_sd = a->quest.slope.n > 1 ? v.sd : 0;
	out->guess = questplus_guess(&a->quest);
	out->lapse = questplus_lapse(&a->quest);
}

void
adaptive_estimate(struct adaptive *a, struct adaptive_estimate *out)
{
	*out = (struct adaptive_estimate){
		.settles_at = adaptive_settles_at(&a->config),
		.trials = a->trials,
		.correct = a->correct,
		.probes = a->probes,
		.probes_correct = a->probes_correct,
		.reversal_mean = NAN,
		.reversal_error = NAN,
	};
	if (by_ability(a))
		estimate_ability(a, out);
	else
		estimate_function(a, out);
	if (has_stairs(a)) {
		out->reversals = a->stairs.reversals;
		out->reversal_mean = staircase_mean(&a->stairs);
		out->reversal_error = staircase_error(&a->stairs);
	}
}

long
adaptive_replay(struct adaptive *a, const struct adaptive_trial *trials, long n)
{
	long first = -1;

	for (long i = 0; i < n; i++) {
		float decided = adaptive_next(a);

		if (!(trials[i].difficulty == decided) && first < 0)
			first = i;
		if (!isnan(trials[i].difficulty))
			adaptive_outcome(a, trials[i].difficulty, trials[i].correct);
	}
	return first;
}
