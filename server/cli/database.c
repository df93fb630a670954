#include "server/cli/database.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/cluster.h"
#include "db/migrate.h"
#include "server/cli/cli.h"
#include "server/config.h"

static void
tell(const char *text)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n", text);
}

static int
start_cluster(struct cli_database *database, const struct config *config)
{
	const struct cluster_options options = {.state_dir = config->state_dir,
						.progress = tell};
	char why[512];

	if (cluster_start(&database->cluster, &options, why, sizeof(why)) != CAMP_OK)
		return cli_fail(database->verb, "%s", why);
	database->conninfo = cluster_conninfo(database->cluster);
	return CLI_GO_ON;
}

static int
check_schema(const struct cli_database *database, const struct config *config)
{
	char why[512];
	PGconn *conn;
	int status = cli_database_connect(database, DB_LOGIN, &conn);

	if (status >= 0)
		return status;
	if (db_schema_check(conn, config->migrations_dir, why, sizeof(why)) != CAMP_OK)
		status = cli_fail(database->verb, "%s", why);
	PQfinish(conn);
	return status;
}

int
cli_database_open(struct cli_database *database, const char *verb,
		  const struct config *config, bool migrate)
{
	struct db_migrated migrated;
	char why[512];
	int status;

	*database = (struct cli_database){.verb = verb, .conninfo = config->database_url};
	if (config->database_url[0] != '\0')
		return check_schema(database, config);
	status = start_cluster(database, config);
	if (status >= 0 || !migrate)
		return status >= 0 ? status : check_schema(database, config);
	if (db_migrate(database->conninfo, config->migrations_dir, &migrated, why,
		       sizeof(why)) != CAMP_OK)
		return cli_fail(verb, "%s", why);
	return CLI_GO_ON;
}

void
cli_database_close(struct cli_database *database)
{
	cluster_stop(database->cluster);
	memset(database, 0, sizeof(*database));
}

int
cli_database_connect(const struct cli_database *database, enum db_role role, PGconn **out)
{
	char why[512];

	if (db_conn_open(out, database->conninfo, role, why, sizeof(why)) != CAMP_OK)
		return cli_fail(database->verb, "%s", why);
	return CLI_GO_ON;
}

int
cli_database_cohort(const struct cli_database *database, const char *join_code,
		    struct db_cohort_key *out)
{
	enum camp_err err;
	PGconn *conn;
	int status = cli_database_connect(database, DB_AUTH, &conn);

	if (status >= 0)
		return status;
	err = db_cohort_key(conn, join_code, out);
	PQfinish(conn);
	if (err == CAMP_ERR_NOT_FOUND)
		return cli_fail(database->verb,
				"there is no cohort with the join code %s", join_code);
	if (err != CAMP_OK)
		return cli_fail(database->verb, "%s", camp_err_title(err));
	return CLI_GO_ON;
}
