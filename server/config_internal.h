/** What the files config*.c share. */
#ifndef SERVER_CONFIG_INTERNAL_H
#define SERVER_CONFIG_INTERNAL_H

#include "server/config_settings.h"

/* One value as it was given: its text, and "flag --port", "camp.conf:12", "CAMP_PORT". */
struct given {
	char *text, *source;
};

struct config_origin {
	struct config_verb *verb;
	int argc;
	char **argv;
	struct given given[SETTINGS_MAX]; /* by place in settings[] */
};

/* What the flags ask for beside settings. */
struct config_wishes {
	bool help, check, print;
};

/** Reads all layers into a fresh *config; nothing is printed. INVALID, MEMORY with why.
 */
CAMP_MUST_CHECK enum camp_err
config_read(struct config *config, struct config_verb *verb, int argc, char **argv,
	    struct config_wishes *wishes, char *why, size_t why_size);

void config_print_help(const struct config_verb *verb);
void config_print(const struct config *config);
/** Looks at the folders and files that the settings name; prints what is missing. */
bool config_check(const struct config *config);

#endif
