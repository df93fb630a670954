/** Trials for training straight from the database: --from-db and its flags. */
#ifndef SERVER_CLI_DATASET_DB_H
#define SERVER_CLI_DATASET_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "models/train/dataset.h"

struct config;

struct dataset_db {
	const char *verb;
	const struct config *config;
	const char *cohort; /* join code; NULL or "all": every one but demos */
	/* Sessions completed before this moment go into *old, when that is given. */
	int64_t since_unix_s;
};

/**
 * Adds the trials of the complete sessions, cohort by cohort, to *fresh and *old (or
 * NULL), and finishes both. A participant is named by the id, a session by its own.
 * Response times are taken as from a file. CLI_GO_ON, or an exit status after a sentence.
 */
int dataset_db_load(const struct dataset_db *from, struct dataset *fresh,
		    struct dataset *old);

#endif
