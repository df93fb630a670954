/* camp train: trains an attention model on recordings or on the stored sessions. */
#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "models/train/fit.h"
#include "server/cli/cli.h"
#include "server/cli/dataset_db.h"
#include "server/cli/dataset_file.h"
#include "server/cli/fit_flags.h"
#include "server/cli/fit_monitor.h"
#include "server/cli/output.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

struct train {
	struct config config;
	struct dataset_flags files;
	struct config_values replay_files;
	struct fit_flags flags;
	struct fit_config fit;
	const char *cohort, *since, *continue_from, *replay_task, *out;
	bool from_db, json;
	char *state, *metrics; /* files beside the model */
	struct dataset data, replay;
	int64_t since_unix_s;
	int counts[SPLIT_ALL];
	struct fit_monitor monitor;
	struct fit_result result;
	struct buffer line;
};

static int
check_flags(const struct train *t)
{
	if (t->from_db == (t->files.files.n > 0))
		return cli_usage("train", "needs either --data FILE... or --from-db");
	if (!t->from_db && (t->cohort || t->since))
		return cli_usage("train", "--cohort and --since belong to --from-db");
	if (t->from_db && (t->files.task || t->files.skip_bad))
		return cli_usage("train", "--task and --skip-bad belong to --data");
	if (t->replay_task && t->replay_files.n == 0)
		return cli_usage("train", "--replay-task belongs to --replay FILE...");
	if (t->replay_files.n > 0 && !t->continue_from)
		return cli_usage("train", "--replay belongs to --continue MODEL");
	if (t->since && !t->continue_from)
		return cli_usage("train", "--since belongs to --continue MODEL");
	if (t->continue_from && (t->flags.encoder || t->flags.width || t->flags.layers ||
				 t->flags.heads || t->flags.components))
		return cli_usage("train", "with --continue the model's own encoder, "
					  "components, width, layers and heads stay");
	return CLI_GO_ON;
}

static int
read_flags(struct train *t, int argc, char **argv)
{
	const struct config_flag flags[] = {
		DATASET_FLAGS(&t->files),
		{"from-db", NULL, "train on the complete sessions of the database", NULL,
		 &t->from_db, NULL},
		{"cohort", "CODE",
		 "with --from-db: only this cohort; all: every one but demos (all)",
		 &t->cohort, NULL, NULL},
		{"out", "MODEL", "the model's file (model.safetensors)", &t->out, NULL,
		 NULL},
		FIT_FLAGS(&t->flags),
		FIT_SHAPE_FLAGS(&t->flags),
		{"continue", "MODEL", "start from this model and keep what it knows",
		 &t->continue_from, NULL, NULL},
		{"replay", "FILE...",
		 "with --continue: old data, which keeps its place in the training", NULL,
		 NULL, &t->replay_files},
		{"replay-task", "NAME", "as --task, for the old data", &t->replay_task,
		 NULL, NULL},
		{"since", "DATE",
		 "with --continue --from-db: sessions completed earlier are the old data "
		 "(the day of MODEL)",
		 &t->since, NULL, NULL},
		{"json", NULL, "NDJSON on stdout in place of text", NULL, &t->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp train --data FILE... [OPTION...]\n"
			 "       camp train --from-db [--cohort CODE] [OPTION...]",
		.about =
			"Trains a model that forecasts each trial from those before: "
			"first a linear baseline, then\n"
			"the encoder on top of it, which has to beat it on the "
			"participants kept for validation.\n"
			"Participants fall to test (20 %), validation (10 %) and "
			"training by a hash of their names;\n"
			"the test ones are never looked at here: see camp evaluate.\n"
			"\n"
			"Ctrl-C stops after a step; the same command goes on from "
			"MODEL.state and ends with the same\n"
			"bits as without the pause. MODEL.metrics.ndjson has the figures "
			"of every validation.\n"
			"The trials are held in memory, some 100 bytes each (a million: "
			"100 MB), whether they come\n"
			"from files or the database; nothing else of either is.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	int status = cli_config(&t->config, &verb, argc, argv);

	if (status >= 0)
		return status;
	if (!t->out)
		t->out = "model.safetensors";
	return check_flags(t);
}

/* Before work is wasted: whether the model can take its place. */
static int
check_out(struct train *t)
{
	struct output trial;
	struct stat st;
	bool good;

	if (t->out[0] == '\0' || t->out[strlen(t->out) - 1] == '/' ||
	    (stat(t->out, &st) == 0 && S_ISDIR(st.st_mode)))
		return cli_usage("train", "--out \"%s\" is a folder, not a file", t->out);
	good = output_open(&trial, t->out, false);
	output_close(&trial, false);
	if (!good)
		return cli_usage("train", "%s", trial.why);
	if (asprintf(&t->state, "%s.state", t->out) < 0)
		t->state = NULL;
	if (asprintf(&t->metrics, "%s.metrics.ndjson", t->out) < 0)
		t->metrics = NULL;
	if (!t->state || !t->metrics)
		return cli_fail("train", "%s", camp_err_title(CAMP_ERR_MEMORY));
	return CLI_GO_ON;
}

/* The model to go on from has to be one, also before the data is read. */
static int
check_continue(const struct train *t)
{
	struct forecaster *model;
	char why[512];

	if (!t->continue_from)
		return CLI_GO_ON;
	if (forecaster_load(&model, t->continue_from, why, sizeof(why)) != CAMP_OK)
		return cli_usage("train", "%s", why);
	forecaster_free(model);
	return CLI_GO_ON;
}

/* "2026-11-23", UTC, or without --since the time that the model was written. */
static int
find_since(struct train *t)
{
	struct tm day = {0};
	struct stat st;
	const char *end;

	if (!t->continue_from)
		return CLI_GO_ON;
	if (t->since) {
		end = strptime(t->since, "%Y-%m-%d", &day);
		if (!end || *end)
			return cli_usage("train",
					 "--since takes a day such as 2026-01-31, not "
					 "\"%s\"",
					 t->since);
		t->since_unix_s = timegm(&day);
	} else if (stat(t->continue_from, &st) == 0) {
		t->since_unix_s = st.st_mtime;
	}
	return CLI_GO_ON;
}

static int
load_replay(struct train *t)
{
	struct dataset_flags files = {.files = t->replay_files,
				      .task = t->replay_task,
				      .skip_bad = t->files.skip_bad};

	if (t->replay_files.n == 0)
		return CLI_GO_ON;
	return dataset_flags_load(&t->replay, &files, "train");
}

static int
load_data(struct train *t)
{
	const struct dataset_db from = {.verb = "train",
					.config = &t->config,
					.cohort = t->cohort,
					.since_unix_s = t->since_unix_s};
	bool automatic = t->continue_from && t->replay_files.n == 0;
	int status;

	if (!t->from_db)
		status = dataset_flags_load(&t->data, &t->files, "train");
	else
		status = dataset_db_load(&from, &t->data, automatic ? &t->replay : NULL);
	if (status < 0)
		status = load_replay(t);
	if (status < 0 && t->from_db && t->data.n_trials == 0)
		status = cli_usage("train", t->replay.n_trials > 0
						    ? "no session was completed since "
						      "the model was made (see --since)"
						    : "there are no complete sessions "
						      "to train on (demo cohorts "
						      "count only when named)");
	if (status < 0)
		status = fit_data_check(&t->data, t->counts, "train");
	return status;
}

static void
print_start(struct train *t, bool resumes)
{
	char trials[27], replayed[27];

	if (t->json) {
		buffer_reset(&t->line);
		buffer_addf(&t->line,
			    "{\"event\":\"start\",\"participants\":{\"train\":%d,"
			    "\"validation\":%d,\"test\":%d},\"sequences\":%d,"
			    "\"trials\":%" PRId64 ",\"replayed_trials\":%" PRId64
			    ",\"encoder\":\"%s\",\"components\":%d,\"width\":%d,"
			    "\"layers\":%d,\"heads\":%d,\"batch\":%d,\"steps\":%" PRId64
			    ",\"seed\":%" PRIu64 ",\"threads\":%d,\"resumes\":%s,"
			    "\"dropout\":",
			    t->counts[SPLIT_TRAIN], t->counts[SPLIT_VALIDATION],
			    t->counts[SPLIT_TEST], t->data.n_sequences, t->data.n_trials,
			    t->replay.n_trials, t->fit.encoder, t->fit.components,
			    t->fit.width, t->fit.layers, t->fit.heads, t->fit.batch,
			    t->fit.steps, t->fit.seed, t->fit.threads,
			    resumes ? "true" : "false");
		text_add_float(&t->line, t->fit.dropout);
		buffer_add_text(&t->line, ",\"rate\":");
		text_add_float(&t->line, t->fit.rate);
		buffer_add_text(&t->line, ",\"out\":");
		text_add_json(&t->line, t->out);
		buffer_add_text(&t->line, "}\n");
		if (!t->line.failed)
			fwrite(t->line.data, 1, t->line.len, stdout);
		fflush(stdout);
		return;
	}
	fprintf(stderr,
		"%s trials of %d participants: %d to train, %d to validate, %d kept for "
		"the test\n",
		progress_number((uint64_t)t->data.n_trials, trials),
		t->data.n_participants, t->counts[SPLIT_TRAIN],
		t->counts[SPLIT_VALIDATION], t->counts[SPLIT_TEST]);
	if (fit_nobody_validates(t->counts))
		fprintf(stderr,
			"nobody is left to validate, so only the linear "
			"baseline is trained: %d participants are needed\n",
			FIT_PARTICIPANTS_MIN);
	else if (t->counts[SPLIT_VALIDATION] == 0)
		fprintf(stderr, "every fifth of those to train validates instead\n");
	fprintf(stderr,
		"%s: width %d, %d layers, dropout %g, rate %g, %d windows a step, "
		"%" PRId64 " steps at most, seed %" PRIu64 ", %d thread%s\n",
		t->fit.encoder, t->fit.width, t->fit.layers, (double)t->fit.dropout,
		(double)t->fit.rate, t->fit.batch, t->fit.steps, t->fit.seed,
		t->fit.threads, t->fit.threads > 1 ? "s" : "");
	if (t->replay.n_trials > 0)
		fprintf(stderr, "%s trials of old data are replayed\n",
			progress_number((uint64_t)t->replay.n_trials, replayed));
	if (resumes)
		fprintf(stderr,
			"\"%s\" is there: going on from it if it is of this "
			"training\n",
			t->state);
}

static void
print_done(struct train *t, int64_t bytes)
{
	const struct fit_result *r = &t->result;
	char seconds[27];

	if (t->json) {
		buffer_reset(&t->line);
		buffer_addf(&t->line,
			    "{\"event\":\"done\",\"steps\":%" PRId64
			    ",\"best_step\":%" PRId64 ",\"parameters\":%zu,"
			    "\"bytes\":%" PRId64 ",\"seconds\":%.1f,\"nll_correct\":",
			    r->steps_done, r->best_step, r->n_parameters, bytes,
			    progress_seconds(&t->monitor.progress));
		text_add_json_double(&t->line, r->nll_correct);
		buffer_add_text(&t->line, ",\"nll_rt\":");
		text_add_json_double(&t->line, r->nll_rt);
		buffer_add_text(&t->line, ",\"linear_nll_correct\":");
		text_add_json_double(&t->line, r->linear_nll_correct);
		buffer_add_text(&t->line, ",\"linear_nll_rt\":");
		text_add_json_double(&t->line, r->linear_nll_rt);
		buffer_add_text(&t->line, ",\"model\":");
		text_add_json(&t->line, t->out);
		buffer_add_text(&t->line, "}\n");
		if (!t->line.failed)
			fwrite(t->line.data, 1, t->line.len, stdout);
		return;
	}
	printf("wrote %s (%s, %zu parameters, %.0f kB) after %" PRId64 " steps in %s\n",
	       t->out, t->fit.encoder, r->n_parameters, (double)bytes / 1000,
	       r->steps_done,
	       progress_duration(progress_seconds(&t->monitor.progress), seconds));
	if (fit_nobody_validates(t->counts))
		return;
	printf("validation, nats a trial (less is better): correctness %.4f, RT %.4f; "
	       "linear baseline: %.4f, %.4f\n",
	       r->nll_correct, r->nll_rt, r->linear_nll_correct, r->linear_nll_rt);
	if (r->best_step == 0 && strcmp(t->fit.encoder, "linear") != 0)
		printf("the %s did not beat the linear baseline, so the model forecasts "
		       "as that does\n",
		       t->fit.encoder);
}

static int
end_interrupted(struct train *t)
{
	const struct fit_monitor *m = &t->monitor;

	if (t->json) {
		printf("{\"event\":\"interrupted\",\"phase\":\"%s\",\"step\":%" PRId64
		       ",\"steps\":%" PRId64 "}\n",
		       m->phase, m->step, m->steps);
		return CLI_INTERRUPTED;
	}
	fprintf(stderr,
		"interrupted at step %" PRId64 " of %" PRId64
		" (%s); the same command goes on from \"%s\"\n",
		m->step, m->steps, m->phase, t->state);
	return CLI_INTERRUPTED;
}

static int
run(struct train *t)
{
	bool resumes = access(t->state, R_OK) == 0;
	char why[512] = "";
	enum camp_err err;
	struct stat st;

	print_start(t, resumes);
	fit_monitor_start(&t->monitor, "train", t->metrics, t->json, resumes);
	err = fit_run(&t->data, &t->fit, t->out, t->state, fit_monitor_step, &t->monitor,
		      &t->result, why, sizeof(why));
	fit_monitor_end(&t->monitor);
	if (err == CAMP_ERR_INVALID)
		return cli_usage("train", "%s", why);
	if (err != CAMP_OK)
		return cli_fail("train", "%s", why[0] ? why : camp_err_title(err));
	if (!t->result.finished)
		return end_interrupted(t);
	if (fit_nobody_validates(t->counts))
		t->result.nll_correct = t->result.nll_rt = t->result.linear_nll_correct =
			t->result.linear_nll_rt = (double)NAN;
	if (t->monitor.why[0])
		fprintf(stderr, "camp train: %s\n", t->monitor.why);
	print_done(t, stat(t->out, &st) == 0 ? (int64_t)st.st_size : 0);
	return CLI_DONE;
}

int
verb_train(int argc, char **argv)
{
	static struct train t;
	int status = read_flags(&t, argc, argv);

	if (status < 0)
		status = check_out(&t);
	if (status < 0)
		status = check_continue(&t);
	if (status < 0)
		status = find_since(&t);
	if (status < 0) {
		cli_catch_signals();
		status = load_data(&t);
	}
	if (status < 0)
		status = fit_flags_apply(&t.fit, &t.flags, &t.data, "train");
	if (status < 0) {
		t.fit.continue_from = t.continue_from;
		t.fit.replay = t.replay.n_trials > 0 ? &t.replay : NULL;
		status = run(&t);
	}
	dataset_clear(&t.data);
	dataset_clear(&t.replay);
	free(t.state);
	free(t.metrics);
	buffer_clear(&t.line);
	config_clear(&t.config);
	return status;
}
