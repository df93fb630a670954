/* camp export: writes a cohort's rows as CSV or NDJSON, straight from the database. */
#include <stdio.h>
#include <string.h>

#include "db/cohorts.h"
#include "server/cli/cli.h"
#include "server/cli/database.h"
#include "server/cli/output.h"
#include "server/cli/progress.h"
#include "server/cli/verbs.h"
#include "server/config.h"

struct export
{
	struct config config;
	struct cli_database database;
	const char *cohort, *path;
	bool json, gzip;
	char code[JOIN_CODE_LEN + 1];
	enum db_export_table table;
	struct output output;
	struct progress progress;
	uint64_t lines;
};

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static bool
find_table(const char *name, enum db_export_table *out)
{
	for (int t = 0; t < DB_EXPORT_TABLES; t++) {
		if (strcmp(db_export_table_name((enum db_export_table)t), name) == 0) {
			*out = (enum db_export_table)t;
			return true;
		}
	}
	return false;
}

static int
read_flags(struct export *x, int argc, char **argv)
{
	const struct config_flag flags[] = {
		{"cohort", "CODE", "the cohort's join code", &x->cohort, NULL, NULL},
		{"out", "FILE",
		 "write there, not to stdout; the file appears when it is whole",
		 &x->path, NULL, NULL},
		{"gzip", NULL, "compress (also when FILE ends in .gz)", NULL, &x->gzip,
		 NULL},
		{"json", NULL, "one JSON object a line (NDJSON) in place of CSV", NULL,
		 &x->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp export trials|sessions|scores|participants|eeg --cohort "
			 "CODE "
			 "[OPTION...]",
		.about = "Writes a cohort's rows as CSV, ordered by participant, session "
			 "and trial. Times are\n"
			 "UTC, an empty field is no value. Participants without a "
			 "pseudonym and sessions without\n"
			 "a label are named by their ids.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
		.operands_min = 1,
		.operands_max = 1,
	};
	int status = cli_config(&x->config, &verb, argc, argv);

	if (status >= 0)
		return status;
	if (!find_table(verb.operands[0], &x->table))
		return cli_usage("export",
				 "there is no table \"%s\", only trials, sessions, "
				 "scores, "
				 "participants and eeg",
				 verb.operands[0]);
	if (!x->cohort)
		return cli_usage("export", "needs --cohort CODE, the cohort's join code");
	if (!cli_read_code(x->cohort, x->code))
		return cli_usage("export",
				 "--cohort takes the 8 letters and digits that end the "
				 "join "
				 "link, not \"%s\"",
				 x->cohort);
	x->gzip = x->gzip || (x->path && ends_in(x->path, ".gz"));
	return CLI_GO_ON;
}

static bool
on_lines(void *arg, const char *lines, size_t len)
{
	struct export *x = arg;

	progress_show(&x->progress, ++x->lines, NULL);
	return output_write(&x->output, lines, len) && !cli_interrupted;
}

static int
write_rows(struct export *x, PGconn *conn, const struct uuid *cohort_id)
{
	uint64_t rows;
	enum camp_err err;

	if (!output_open(&x->output, x->path, x->gzip)) {
		output_close(&x->output, false);
		return cli_fail("export", "%s", x->output.why);
	}
	progress_start(&x->progress, PROGRESS_TERMINAL, "export", "rows", 0);
	err = db_export(conn, cohort_id, x->table, x->json, on_lines, x, &rows);
	progress_hide(&x->progress);
	if (!output_close(&x->output, err == CAMP_OK) && x->output.reader_left)
		return CLI_REFUSED;
	if (x->output.failed)
		return cli_fail("export", "%s", x->output.why);
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	if (err != CAMP_OK)
		return cli_fail("export", "%s", camp_err_title(err));
	return CLI_DONE;
}

static int
run(struct export *x)
{
	struct db_cohort_key cohort;
	PGconn *conn = NULL;
	int status;

	status = cli_database_open(&x->database, "export", &x->config, false);
	if (status < 0)
		status = cli_database_cohort(&x->database, x->code, &cohort);
	if (status < 0)
		status = cli_database_connect(&x->database, DB_APP, &conn);
	if (status < 0 && db_enter_organisation(conn, &cohort.organisation_id) != CAMP_OK)
		status = cli_fail("export", "%s", camp_err_title(CAMP_ERR_UNAVAILABLE));
	if (status < 0)
		status = write_rows(x, conn, &cohort.cohort_id);
	PQfinish(conn);
	return status;
}

int
verb_export(int argc, char **argv)
{
	static struct export x;
	int status = read_flags(&x, argc, argv);

	if (status < 0) {
		cli_catch_signals();
		status = run(&x);
		cli_database_close(&x.database);
	}
	config_clear(&x.config);
	return status;
}
