/* camp migrate: the schema up to this program's version. */
#include <config.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/cluster.h"
#include "db/migrate.h"
#include "server/cli/cli.h"
#include "server/cli/verbs.h"
#include "server/config.h"

static const char about[] = "Makes the database's roles where it may, applies the "
			    "migrations that it lacks and\n"
			    "makes the partitions of the coming months. Does nothing to "
			    "a database that is up to\n"
			    "date, and refuses one that a newer camp has migrated. "
			    "Without --database-url it\n"
			    "migrates the private database of the state folder. `camp "
			    "serve` does the same for\n"
			    "its private database at every start.";

static void
print_text(const struct db_migrated *done)
{
	for (int i = 0; i < done->n_applied; i++)
		printf("applied %s\n", done->applied[i].name);
	if (done->n_applied == 0)
		printf("the schema is up to date (version %d)\n", done->version);
}

static void
print_json(const struct db_migrated *done)
{
	json_t *applied = json_array();

	for (int i = 0; i < done->n_applied; i++)
		json_array_append_new(applied, json_string(done->applied[i].name));
	applied = json_pack("{s:i, s:o}", "version", done->version, "applied", applied);
	if (applied != NULL && json_dumpf(applied, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(applied);
}

static enum camp_err
migrate(const struct config *config, struct db_migrated *done, char *why, size_t why_size)
{
	struct cluster_options options = {.state_dir = config->state_dir};
	const char *conninfo = config->database_url;
	struct cluster *cluster = NULL;
	enum camp_err err = CAMP_OK;

	if (conninfo[0] == '\0') {
		err = cluster_start(&cluster, &options, why, why_size);
		conninfo = cluster != NULL ? cluster_conninfo(cluster) : "";
	}
	if (err == CAMP_OK)
		err = db_migrate(conninfo, config->migrations_dir, done, why, why_size);
	cluster_stop(cluster);
	return err;
}

int
verb_migrate(int argc, char **argv)
{
	bool json = false;
	const struct config_flag flags[] = {
		{.name = "json", .help = "print the result as JSON", .set = &json}};
	struct config_verb verb = {.usage = "camp migrate [OPTION...]",
				   .about = about,
				   .flags = flags,
				   .n_flags = 1};
	struct config config = {0};
	struct db_migrated *done = calloc(1, sizeof(*done));
	char why[1024] = "out of memory";
	int status;

	status = cli_config(&config, &verb, argc, argv);
	if (status != CLI_GO_ON)
		goto out;
	cli_catch_signals(); /* a cluster that was started is stopped */
	if (done == NULL || migrate(&config, done, why, sizeof(why)) != CAMP_OK) {
		status = cli_fail("migrate", "%s", why);
		goto out;
	}
	if (json)
		print_json(done);
	else
		print_text(done);
	status = fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
out:
	free(done);
	config_clear(&config);
	return status;
}
