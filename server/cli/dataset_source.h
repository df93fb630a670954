/** Where the trials come from that a model is judged on: files or the database. */
#ifndef SERVER_CLI_DATASET_SOURCE_H
#define SERVER_CLI_DATASET_SOURCE_H

#include <stdbool.h>

#include "server/cli/dataset_file.h"
#include "server/config.h"

struct dataset_source {
	struct dataset_flags files;
	bool from_db;
	const char *cohort;
};

/* clang-format off */
#define DATASET_SOURCE_FLAGS(s) \
	DATASET_FLAGS(&(s)->files), \
	{"from-db", NULL, "take the complete sessions of the database", NULL, \
	 &(s)->from_db, NULL}, \
	{"cohort", "CODE", \
	 "with --from-db: only this cohort; all: every one but demos (all)", \
	 &(s)->cohort, NULL, NULL}
/* clang-format on */

/** dataset_flags_load() or dataset_db_load(), after checking the flags. */
int dataset_source_load(struct dataset *data, const struct dataset_source *source,
			const struct config *config, const char *verb);

#endif
