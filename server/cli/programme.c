/*
 * camp programme check FILE | set --cohort CODE FILE | show --cohort CODE: what a
 * cohort's participants play, when (docs/programmes.md).
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "db/programmes.h"
#include "models/programme/programme.h"
#include "server/cli/cli.h"
#include "server/cli/database.h"
#include "server/cli/programme_file.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define WHY_SIZE 512

struct programme_verb {
	struct config config;
	const char *action, *path, *cohort;
	char code[JOIN_CODE_LEN + 1];
	struct programme *programme;
	char *document;
};

static int
read_operands(struct programme_verb *v, const struct config_verb *verb)
{
	bool set, check, show;

	v->action = verb->operands[0];
	check = strcmp(v->action, "check") == 0;
	set = strcmp(v->action, "set") == 0;
	show = strcmp(v->action, "show") == 0;
	if (!check && !set && !show)
		return cli_usage("programme",
				 "knows \"check\", \"set\" and \"show\", not \"%s\"",
				 v->action);
	if (show != (verb->n_operands == 1))
		return cli_usage("programme", "%s %s", v->action,
				 show ? "takes no file" : "needs a file");
	if (check == (v->cohort != NULL))
		return cli_usage("programme", "%s %s --cohort CODE", v->action,
				 check ? "takes no" : "needs");
	if (v->cohort && !cli_read_code(v->cohort, v->code))
		return cli_usage("programme",
				 "--cohort takes the 8 letters and digits that end the "
				 "join link, not \"%s\"",
				 v->cohort);
	v->path = show ? NULL : verb->operands[1];
	return CLI_GO_ON;
}

static int
read_flags(struct programme_verb *v, int argc, char **argv)
{
	const struct config_flag flags[] = {
		{"cohort", "CODE", "join code of the cohort", &v->cohort, NULL, NULL},
	};
	struct config_verb verb = {
		.usage = "camp programme check FILE.json [OPTION...]\n"
			 "       camp programme set --cohort CODE FILE.json [OPTION...]\n"
			 "       camp programme show --cohort CODE [OPTION...]",
		.about = "A programme says what a cohort's participants play, when: "
			 "phases, sessions a week,\n"
			 "tasks, arms of a study (docs/programmes.md). check tells "
			 "whether a file is good, and\n"
			 "where not; set puts it in force as the cohort's next version; "
			 "show prints the one in\n"
			 "force, and on standard error its version and how many are in "
			 "each arm.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
		.operands_min = 1,
		.operands_max = 2,
	};
	int status = cli_config(&v->config, &verb, argc, argv);

	return status == CLI_GO_ON ? read_operands(v, &verb) : status;
}

static int
load(struct programme_verb *v)
{
	char why[WHY_SIZE];

	if (programme_file_load(&v->programme, &v->document, v->path, v->config.tasks_dir,
				why, sizeof(why)) != CAMP_OK)
		return cli_fail("programme", "%s", why);
	return CLI_GO_ON;
}

static int
set(struct programme_verb *v, const struct cli_database *database,
    const struct db_cohort_key *cohort)
{
	const char *names[PROGRAMME_BLOCK_MAX];
	struct db_programme_new new = programme_new(v->programme, v->document, names);
	PGconn *conn = NULL;
	int status = cli_database_connect(database, DB_LOGIN, &conn), version = 0;
	enum camp_err err;

	if (status != CLI_GO_ON)
		return status;
	err = db_programme_set(conn, cohort, &new, &version);
	PQfinish(conn);
	if (err != CAMP_OK)
		return cli_fail("programme", "%s", camp_err_title(err));
	printf("version %d is in force\n", version);
	return CLI_DONE;
}

static int
show(struct programme_verb *v, const struct cli_database *database,
     const struct db_cohort_key *cohort)
{
	struct db_programme_shown shown;
	PGconn *conn = NULL;
	int status = cli_database_connect(database, DB_LOGIN, &conn);
	enum camp_err err;

	if (status != CLI_GO_ON)
		return status;
	err = db_programme_show(conn, cohort, &shown);
	PQfinish(conn);
	if (err != CAMP_OK) {
		status = cli_fail("programme", "%s", camp_err_title(err));
	} else if (!shown.version) {
		status = cli_fail("programme", "the cohort %s has no programme", v->code);
	} else {
		fprintf(stderr, "version %d\n", shown.version);
		for (int i = 0; i < shown.n_arms; i++)
			fprintf(stderr, "%s: %d\n",
				shown.arms[i].name[0] ? shown.arms[i].name : "(no arm)",
				shown.arms[i].participants);
		puts(shown.document);
		status = CLI_DONE;
	}
	free(shown.document);
	return status;
}

static int
run(struct programme_verb *v)
{
	struct cli_database database = {0};
	struct db_cohort_key cohort;
	int status = v->path ? load(v) : CLI_GO_ON;

	if (status == CLI_GO_ON && !v->cohort) {
		printf("%s is good\n", v->path);
		return CLI_DONE;
	}
	if (status == CLI_GO_ON)
		status = cli_database_open(&database, "programme", &v->config, false);
	if (status == CLI_GO_ON)
		status = cli_database_cohort(&database, v->code, &cohort);
	if (status == CLI_GO_ON)
		status = v->path ? set(v, &database, &cohort)
				 : show(v, &database, &cohort);
	cli_database_close(&database);
	return status;
}

int
verb_programme(int argc, char **argv)
{
	struct programme_verb v = {0};
	int status = read_flags(&v, argc, argv);

	if (status == CLI_GO_ON)
		status = run(&v);
	programme_free(v.programme);
	free(v.document);
	config_clear(&v.config);
	return status;
}
