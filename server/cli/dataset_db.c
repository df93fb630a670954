#include "server/cli/dataset_db.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/cohorts.h"
#include "db/training.h"
#include "models/engagement/epochs.h"
#include "server/cli/cli.h"
#include "server/cli/database.h"
#include "server/cli/dataset_file.h"
#include "server/cli/progress.h"

struct loader {
	const struct dataset_db *from;
	struct cli_database database;
	struct dataset *fresh, *old;
	struct progress progress;
	uint64_t trials;
	enum camp_err err;
};

static bool
on_trial(void *arg, const struct db_training_trial *t)
{
	struct loader *l = arg;
	bool answered = t->rt_ms >= DATASET_RT_MS_MIN && t->rt_ms <= DATASET_RT_MS_MAX;
	struct sequence_epoch epoch;
	/* Of the one trial before which it ended. */
	const struct trial now = {.onset_ms = t->onset_ms};
	bool seen =
		t->epoch && sequence_epochs(&epoch, t->eeg, t->epoch, 1, &now, 1) == 1;
	const struct dataset_row row = {.participant = t->participant,
					.session = t->session,
					.task = t->task,
					.condition = t->condition,
					.number = t->seq,
					.trial = {.correct = t->correct,
						  .rt_ms = answered ? t->rt_ms : NAN,
						  .onset_ms = t->onset_ms,
						  .parameters = {t->set_size, NAN, NAN,
								 t->difficulty}},
					.epoch = seen ? &epoch : NULL};

	l->err = dataset_add(t->old && l->old ? l->old : l->fresh, &row);
	progress_show(&l->progress, ++l->trials, NULL);
	return l->err == CAMP_OK && !cli_interrupted;
}

static int
load_cohort(struct loader *l, const struct db_cohort_key *cohort)
{
	enum camp_err err;
	PGconn *conn;
	int status = cli_database_connect(&l->database, DB_APP, &conn);

	if (status >= 0)
		return status;
	err = db_enter_organisation(conn, &cohort->organisation_id);
	if (err == CAMP_OK)
		err = db_training_trials(conn, &cohort->cohort_id, l->from->since_unix_s,
					 on_trial, l);
	PQfinish(conn);
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	if (l->err != CAMP_OK)
		err = l->err;
	return err == CAMP_OK ? CLI_GO_ON
			      : cli_fail(l->from->verb, "%s", camp_err_title(err));
}

static int
list_cohorts(struct loader *l, struct db_cohort_key **cohorts, size_t *n)
{
	enum camp_err err;
	PGconn *conn;
	int status = cli_database_connect(&l->database, DB_AUTH, &conn);

	if (status >= 0)
		return status;
	err = db_real_cohorts(conn, cohorts, n);
	PQfinish(conn);
	return err == CAMP_OK ? CLI_GO_ON
			      : cli_fail(l->from->verb, "%s", camp_err_title(err));
}

/* One cohort by its code, or all. */
static int
find_cohorts(struct loader *l, struct db_cohort_key **cohorts, size_t *n)
{
	const char *name = l->from->cohort;
	char code[JOIN_CODE_LEN + 1];

	if (!name || strcmp(name, "all") == 0)
		return list_cohorts(l, cohorts, n);
	if (!cli_read_code(name, code))
		return cli_usage(l->from->verb,
				 "--cohort takes the 8 letters and digits that end the "
				 "join link, or all, not \"%s\"",
				 name);
	*cohorts = calloc(1, sizeof(**cohorts));
	if (!*cohorts)
		return cli_fail(l->from->verb, "%s", camp_err_title(CAMP_ERR_MEMORY));
	*n = 1;
	return cli_database_cohort(&l->database, code, *cohorts);
}

int
dataset_db_load(const struct dataset_db *from, struct dataset *fresh, struct dataset *old)
{
	struct loader l = {.from = from, .fresh = fresh, .old = old};
	struct db_cohort_key *cohorts = NULL;
	size_t n = 0;
	int status;

	status = cli_database_open(&l.database, from->verb, from->config, false);
	if (status < 0)
		status = find_cohorts(&l, &cohorts, &n);
	progress_start(&l.progress, PROGRESS_TERMINAL, from->verb, "trials", 0);
	for (size_t i = 0; status < 0 && i < n; i++)
		status = load_cohort(&l, &cohorts[i]);
	progress_hide(&l.progress);
	if (status < 0 &&
	    (dataset_finish(fresh) != CAMP_OK || (old && dataset_finish(old) != CAMP_OK)))
		status = cli_fail(from->verb, "%s", camp_err_title(CAMP_ERR_MEMORY));
	free(cohorts);
	cli_database_close(&l.database);
	return status;
}
