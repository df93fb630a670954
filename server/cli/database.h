/** The database of a verb that speaks to it directly: DATABASE_URL or the private
 * cluster. */
#ifndef SERVER_CLI_DATABASE_H
#define SERVER_CLI_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "db/conn.h"
#include "db/export.h"

struct cluster;
struct config;

struct cli_database {
	const char *verb;        /* in messages; static text */
	const char *conninfo;    /* borrowed from the configuration or the cluster */
	struct cluster *cluster; /* NULL with DATABASE_URL */
};

/**
 * Finds the database, starting the private cluster for the time of the verb unless it
 * runs. With migrate a private cluster's schema is brought up to date; otherwise, and
 * with DATABASE_URL, a schema of another version is an error. CLI_GO_ON, or an exit
 * status after a sentence. To be closed in any case.
 */
int cli_database_open(struct cli_database *database, const char *verb,
		      const struct config *config, bool migrate);
void cli_database_close(struct cli_database *database);

/** A connection of a role, in *out; CLI_GO_ON, or an exit status after a sentence. */
int cli_database_connect(const struct cli_database *database, enum db_role role,
			 PGconn **out);

/** Finds a cohort by its join code; CLI_GO_ON, or an exit status after a sentence. */
int cli_database_cohort(const struct cli_database *database, const char *join_code,
			struct db_cohort_key *out);

#endif
