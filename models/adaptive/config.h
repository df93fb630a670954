/** What a task says about its adaptive difficulty. Plain numbers, versioned. */
#ifndef MODELS_ADAPTIVE_CONFIG_H
#define MODELS_ADAPTIVE_CONFIG_H

/**
 * Version of the rules of decision. Any change after which the same trials could give
 * another difficulty is a new version; a stored session is replayed by its own.
 */
#define ADAPTIVE_VERSION 1

#define ADAPTIVE_LEVELS_MAX 128
#define ADAPTIVE_CELLS_MAX 65536 /* levels x points of the grid */

/** How practice trials are placed; probes are placed where they tell most. */
enum adaptive_kind {
	ADAPTIVE_WEIGHTED,  /* weighted up-down (Kaernbach 1991), converges at the target
			     */
	ADAPTIVE_UP_DOWN,   /* 1-up/n-down (Levitt 1971; Garcia-Perez 1998) */
	ADAPTIVE_QUESTPLUS, /* where the posterior expects the target (Watson 2017) */
	ADAPTIVE_ABILITY,   /* 2PL ability, for levels that are items, as spans are */
	ADAPTIVE_BLOCKS,    /* a level a block, by its errors (Jaeggi et al. 2008) */
	ADAPTIVE_KIND_COUNT
};

/** See config.def for the fields, their units and bounds. */
struct adaptive_config {
#define FIELD(name, standard, least, greatest) double name;
#include "models/adaptive/config.def"
#undef FIELD
};

#define ADAPTIVE_FIELDS ((int)(sizeof(struct adaptive_config) / sizeof(double)))

/** Sets every field to its default. */
void adaptive_config_init(struct adaptive_config *config);

/** The field's number, or -1; its name, or NULL; its place. Of kinds likewise. */
int adaptive_field_find(const char *name);
const char *adaptive_field_name(int field);
double *adaptive_field(struct adaptive_config *config, int field);
int adaptive_kind_find(const char *name); /* by enum adaptive_kind, in lower case */
const char *adaptive_kind_name(int kind);

/** NULL when the configuration can be used, or what is wrong, naming the field. */
const char *adaptive_config_check(const struct adaptive_config *config);

/** The number of levels, and level i as it is stored: rounded to a float. */
int adaptive_levels(const struct adaptive_config *config);
double adaptive_level(const struct adaptive_config *config, int i);

/** The number of points of the grid: of parameters, or of abilities. */
int adaptive_points(const struct adaptive_config *config);

/**
 * The success rate at which the kind's practice trials settle: the target, but for
 * up_down with the steps of Garcia-Perez (1998, table 1: 77.85, 80.35, 83.15, 85.84 % for
 * 1 to 4 down).
 */
double adaptive_settles_at(const struct adaptive_config *config);

#endif
