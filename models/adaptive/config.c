#include "models/adaptive/config.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "models/adaptive/staircase.h"

static const struct field {
	const char *name;
	double standard, least, greatest;
} fields[] = {
#define FIELD(name, standard, least, greatest) {#name, standard, least, greatest},
#include "models/adaptive/config.def"
#undef FIELD
};

static const char *const kinds[] = {
	[ADAPTIVE_WEIGHTED] = "weighted",   [ADAPTIVE_UP_DOWN] = "up_down",
	[ADAPTIVE_QUESTPLUS] = "questplus", [ADAPTIVE_ABILITY] = "ability",
	[ADAPTIVE_BLOCKS] = "blocks",
};

double *
adaptive_field(struct adaptive_config *config, int field)
{
	return (double *)config + field;
}

void
adaptive_config_init(struct adaptive_config *config)
{
	for (int i = 0; i < ADAPTIVE_FIELDS; i++)
		*adaptive_field(config, i) = fields[i].standard;
}

const char *
adaptive_field_name(int field)
{
	return field >= 0 && field < ADAPTIVE_FIELDS ? fields[field].name : NULL;
}

int
adaptive_field_find(const char *name)
{
	for (int i = 0; i < ADAPTIVE_FIELDS; i++) {
		if (strcmp(name, fields[i].name) == 0)
			return i;
	}
	return -1;
}

const char *
adaptive_kind_name(int kind)
{
	return kind >= 0 && kind < ADAPTIVE_KIND_COUNT ? kinds[kind] : NULL;
}

int
adaptive_kind_find(const char *name)
{
	for (int i = 0; i < ADAPTIVE_KIND_COUNT; i++) {
		if (strcmp(name, kinds[i]) == 0)
			return i;
	}
	return -1;
}

/* The whole numbers among the fields, and the names of those out of their bounds. */
static const char *
check_fields(const struct adaptive_config *c)
{
	const double whole[] = {c->kind,         c->version,         c->n_down,
				c->probe_every,  c->weibull,         c->location_points,
				c->slope_points, c->guess_points,    c->lapse_points,
				c->block_trials, c->block_per_level, c->up_below,
				c->down_above};
	const double *value = (const double *)c;

	for (int i = 0; i < ADAPTIVE_FIELDS; i++) {
		if (isnan(value[i]) && isnan(fields[i].standard))
			continue;
		if (!(value[i] >= fields[i].least && value[i] <= fields[i].greatest))
			return fields[i].name;
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (whole[i] != floor(whole[i]))
			return "kind, version, n_down, probe_every, weibull, the numbers "
			       "of points and those of blocks must be whole";
	}
	return NULL;
}

const char *
adaptive_config_check(const struct adaptive_config *c)
{
	const char *wrong = check_fields(c);

	if (wrong)
		return wrong;
	if (c->harder != 1 && c->harder != -1)
		return "harder must be 1 or -1";
	if (c->max <= c->min)
		return "max must be above min";
	/* The bound leaves room for the sum of two products in 32 bits. */
	if ((c->max - c->min) / c->step > ADAPTIVE_LEVELS_MAX - 1)
		return "step is too small: too many levels";
	if (adaptive_levels(c) < 2)
		return "step must not be above max - min";
	if (c->location_max <= c->location_min)
		return "location_max must be above location_min";
	if (c->slope_max < c->slope_min ||
	    (c->slope_max > c->slope_min) != (c->slope_points > 1))
		return "slope_max must be above slope_min, or equal with one point";
	if (c->guess_max < c->guess_min ||
	    (c->guess_max > c->guess_min) != (c->guess_points > 1))
		return "guess_max must be above guess_min, or equal with one point";
	if (c->lapse_max < c->lapse_min ||
	    (c->lapse_max > c->lapse_min) != (c->lapse_points > 1))
		return "lapse_max must be above lapse_min, or equal with one point";
	if (c->guess_max + c->lapse_max >= 0.95)
		return "guess_max + lapse_max must be below 0.95";
	/* The 2PL model knows neither guesses nor lapses. */
	if (c->kind != ADAPTIVE_ABILITY &&
	    (c->target <= c->guess_max || c->target >= 1 - c->lapse_min))
		return "target must be between guess_max and 1 - lapse_min";
	if (c->kind == ADAPTIVE_BLOCKS && c->up_below > c->down_above)
		return "up_below must not be above down_above";
	if (!isnan(c->start) && (c->start < c->min || c->start > c->max))
		return "start must be between min and max";
	if (adaptive_levels(c) * adaptive_points(c) > ADAPTIVE_CELLS_MAX)
		return "too many levels x points of the grid";
	return NULL;
}

int
adaptive_levels(const struct adaptive_config *c)
{
	/* A last step that is complete but for rounding counts. */
	return (int)((c->max - c->min) / c->step + 1e-9) + 1;
}

double
adaptive_level(const struct adaptive_config *c, int i)
{
	return (float)(c->min + i * c->step);
}

int
adaptive_points(const struct adaptive_config *c)
{
	if (c->kind == ADAPTIVE_ABILITY)
		return (int)c->location_points;
	/* At most 512 x 32 x 16 x 16. */
	return (int)(c->location_points * c->slope_points * c->guess_points *
		     c->lapse_points);
}

double
adaptive_settles_at(const struct adaptive_config *c)
{
	if (c->kind == ADAPTIVE_UP_DOWN && c->ratio == 0)
		return staircase_target((int)c->n_down);
	return c->target;
}
