/* camp tune: searches rate, width, depth and dropout on the validation participants. */
#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/train/dataset_part.h"
#include "models/train/halving.h"
#include "server/cli/cli.h"
#include "server/cli/dataset_source.h"
#include "server/cli/fit_flags.h"
#include "server/cli/progress.h"
#include "server/cli/text.h"
#include "server/cli/tune_ledger.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define BUDGET_MAX 500

struct tune {
	struct config config;
	struct dataset_source source;
	struct fit_flags flags;
	const char *budget_text, *ledger_path;
	bool json;
	char *model, *state; /* beside the ledger, of the training in hand */
	struct dataset data; /* without the test participants */
	struct fit_config fit;
	int budget, rungs;
	struct halving_candidate candidates[BUDGET_MAX];
	int order[BUDGET_MAX]; /* candidates, the best of the last finished rung first */
	struct tune_ledger ledger;
	struct progress progress;
	uint64_t steps_before; /* of the trainings that are done */
	bool judged; /* the encoder in hand was validated in this run, with these: */
	double nll_correct, nll_rt;
	char note[64];
	struct buffer line;
};

static int
read_flags(struct tune *t, int argc, char **argv)
{
	const struct config_flag flags[] = {
		DATASET_SOURCE_FLAGS(&t->source),
		{"budget", "N", "configurations to begin with (12)", &t->budget_text,
		 NULL, NULL},
		FIT_FLAGS(&t->flags),
		{"ledger", "FILE", "finished trainings, to go on from (camp-tune.ndjson)",
		 &t->ledger_path, NULL, NULL},
		{"json", NULL, "NDJSON on stdout in place of text", NULL, &t->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp tune --data FILE... [--budget N] [OPTION...]\n"
			 "       camp tune --from-db [--cohort CODE] [OPTION...]",
		.about = "Searches learning rate, width, layers and dropout by "
			 "successive halving: all\n"
			 "configurations are trained for a ninth of the steps, the "
			 "better third of them for a\n"
			 "third, the better third of those for all. They are judged by "
			 "the validation participants;\n"
			 "those of the test are removed before anything is computed. "
			 "The search costs about as\n"
			 "much as --budget / 3 full trainings.\n"
			 "\n"
			 "Ctrl-C stops after a step; the same command goes on. The same "
			 "seed and threads choose\n"
			 "the same.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	long budget = 12;
	int status = cli_config(&t->config, &verb, argc, argv);

	if (status < 0)
		status = cli_long_flag("tune", "budget", t->budget_text, 1, BUDGET_MAX,
				       &budget);
	if (status < 0 && t->flags.encoder && strcmp(t->flags.encoder, "linear") == 0)
		status =
			cli_usage("tune", "the linear encoder has nothing to search for");
	if (!t->ledger_path)
		t->ledger_path = "camp-tune.ndjson";
	t->budget = (int)budget;
	return status;
}

/* The test participants go before anything is computed from the data. */
static int
load_data(struct tune *t)
{
	struct dataset all = {0};
	int counts[SPLIT_ALL];
	int status = dataset_source_load(&all, &t->source, &t->config, "tune");

	if (status < 0)
		status = fit_data_check(&all, counts, "tune");
	if (status < 0 && fit_nobody_validates(counts))
		status = cli_usage("tune",
				   "there are too few participants for any to "
				   "validate: %d, of whom %d are for the test",
				   all.n_participants, counts[SPLIT_TEST]);
	if (status < 0 && dataset_without(&t->data, &all, SPLIT_TEST) != CAMP_OK)
		status = cli_fail("tune", "%s", camp_err_title(CAMP_ERR_MEMORY));
	dataset_clear(&all);
	return status;
}

/* All that the figures depend on. */
static int
open_ledger(struct tune *t)
{
	const struct fit_config *c = &t->fit;
	char identity[512], why[512];
	enum camp_err err;

	snprintf(identity, sizeof(identity),
		 "{\"search\":1,\"data\":\"%016" PRIx64
		 "\",\"budget\":%d,\"encoder\":\"%s\","
		 "\"components\":%d,\"steps\":%" PRId64 ",\"batch\":%d,\"patience\":%d,"
		 "\"decay\":%.9g,\"beta\":%.9g,\"eeg\":%d,\"seed\":%" PRIu64
		 ",\"threads\":%d}",
		 t->data.hash, t->budget, c->encoder, c->components, c->steps, c->batch,
		 c->patience, (double)c->decay, (double)c->beta, c->use_eeg, c->seed,
		 c->threads);
	err = tune_ledger_open(&t->ledger, t->ledger_path, identity, why, sizeof(why));
	if (err != CAMP_OK)
		return cli_usage("tune", "%s", why);
	if (asprintf(&t->model, "%s.model", t->ledger_path) < 0)
		t->model = NULL;
	if (asprintf(&t->state, "%s.state", t->ledger_path) < 0)
		t->state = NULL;
	return t->model && t->state
		       ? CLI_GO_ON
		       : cli_fail("tune", "%s", camp_err_title(CAMP_ERR_MEMORY));
}

static bool
on_step(void *arg, const struct fit_progress *p)
{
	struct tune *t = arg;

	/* The linear baseline's steps are short, so only the others count. */
	if (strcmp(p->phase, t->fit.encoder) != 0)
		return !cli_interrupted;
	if (p->validated) {
		t->judged = true;
		t->nll_correct = p->nll_correct;
		t->nll_rt = p->nll_rt;
	}
	progress_show(&t->progress, t->steps_before + (uint64_t)p->step, t->note);
	return !cli_interrupted;
}

/*
 * A model that never beat the linear baseline is that baseline, and in a short rung all
 * of them may be; the last validation still tells how far each has come. It is not known
 * when all that was left to do of a training was to end it; then it is done again.
 */
static enum camp_err
fit_judged(struct tune *t, const struct fit_config *config, struct fit_result *result,
	   char *why, size_t why_size)
{
	enum camp_err err = CAMP_OK;

	t->judged = false;
	for (int i = 0; i < 2 && err == CAMP_OK && !t->judged; i++) {
		err = fit_run(&t->data, config, t->model, t->state, on_step, t, result,
			      why, why_size);
		if (err != CAMP_OK || !result->finished)
			return err;
	}
	if (result->best_step == 0) {
		result->nll_correct = t->nll_correct;
		result->nll_rt = t->nll_rt;
	}
	return err;
}

static int
train_one(struct tune *t, int rung, int candidate)
{
	const struct halving_candidate *c = &t->candidates[candidate];
	struct fit_config config = t->fit;
	struct tune_training done = {.rung = rung, .candidate = candidate};
	struct fit_result result;
	char why[512] = "";
	enum camp_err err;

	config.rate = c->rate;
	config.dropout = c->dropout;
	config.width = c->width;
	config.layers = c->layers;
	config.steps = halving_steps(t->fit.steps, t->rungs, rung);
	err = fit_judged(t, &config, &result, why, sizeof(why));
	if (err == CAMP_OK && !result.finished)
		return CLI_INTERRUPTED;
	if (err == CAMP_OK) {
		done.steps = result.steps_done;
		done.best_step = result.best_step;
		done.nll_correct = result.nll_correct;
		done.nll_rt = result.nll_rt;
		done.linear_nll_correct = result.linear_nll_correct;
		done.linear_nll_rt = result.linear_nll_rt;
		err = tune_ledger_add(&t->ledger, &done);
		unlink(t->model);
	}
	progress_hide(&t->progress);
	if (err == CAMP_ERR_INVALID)
		return cli_usage("tune", "%s", why);
	return err == CAMP_OK
		       ? CLI_GO_ON
		       : cli_fail("tune", "%s", why[0] ? why : camp_err_title(err));
}

static double
loss_of(const struct tune *t, int rung, int candidate)
{
	const struct tune_training *done = tune_ledger_find(&t->ledger, rung, candidate);

	return done ? done->nll_correct + done->nll_rt : (double)NAN;
}

static void
add_training_json(struct tune *t, const char *event, int rung, int candidate)
{
	const struct tune_training *done = tune_ledger_find(&t->ledger, rung, candidate);
	const struct halving_candidate *c = &t->candidates[candidate];
	struct buffer *b = &t->line;

	buffer_addf(b, "{\"event\":\"%s\",\"rung\":%d,\"candidate\":%d,\"rate\":", event,
		    rung, candidate);
	text_add_float(b, c->rate);
	buffer_addf(b, ",\"width\":%d,\"layers\":%d,\"dropout\":", c->width, c->layers);
	text_add_float(b, c->dropout);
	buffer_addf(b, ",\"steps\":%" PRId64 ",\"nll_correct\":", done->steps);
	text_add_json_double(b, done->nll_correct);
	buffer_add_text(b, ",\"nll_rt\":");
	text_add_json_double(b, done->nll_rt);
	buffer_add_text(b, ",\"linear_nll_correct\":");
	text_add_json_double(b, done->linear_nll_correct);
	buffer_add_text(b, ",\"linear_nll_rt\":");
	text_add_json_double(b, done->linear_nll_rt);
}

static void
print_line(struct tune *t)
{
	if (!t->line.failed)
		fwrite(t->line.data, 1, t->line.len, stdout);
	fflush(stdout);
	buffer_reset(&t->line);
}

static int
run_rung(struct tune *t, int rung)
{
	int n = halving_count(t->budget, rung);
	int64_t steps = halving_steps(t->fit.steps, t->rungs, rung);
	double loss[BUDGET_MAX];

	for (int i = 0; i < n; i++) {
		int candidate = t->order[i];
		int status = CLI_GO_ON;

		snprintf(t->note, sizeof(t->note), "rung %d of %d, training %d of %d",
			 rung + 1, t->rungs, i + 1, n);
		if (!tune_ledger_find(&t->ledger, rung, candidate))
			status = train_one(t, rung, candidate);
		else /* What an earlier run did says nothing about this one's rate. */
			t->progress.rate_from += (uint64_t)steps;
		if (status >= 0)
			return status;
		t->steps_before += (uint64_t)steps;
		loss[candidate] = loss_of(t, rung, candidate);
		if (t->json) {
			add_training_json(t, "training", rung, candidate);
			buffer_add_text(&t->line, "}\n");
			print_line(t);
		}
	}
	halving_sort(t->order, n, loss);
	return CLI_GO_ON;
}

static int
search(struct tune *t)
{
	uint64_t total = 0;
	int status = CLI_GO_ON;

	t->rungs = halving_rungs(t->budget);
	halving_candidates(t->candidates, t->budget, &t->fit, t->fit.seed);
	for (int i = 0; i < t->budget; i++)
		t->order[i] = i;
	for (int r = 0; r < t->rungs; r++)
		total += (uint64_t)(halving_count(t->budget, r) *
				    halving_steps(t->fit.steps, t->rungs, r));
	progress_start(&t->progress, t->json ? PROGRESS_JSON : PROGRESS_AUTO, "tune",
		       "steps", total);
	for (int r = 0; status < 0 && r < t->rungs; r++)
		status = run_rung(t, r);
	progress_hide(&t->progress);
	return status;
}

/* A word of a shell's command line. */
static void
add_word(struct buffer *b, const char *text)
{
	buffer_add_char(b, ' ');
	if (text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./,:=+-@") == strlen(text)) {
		buffer_add_text(b, text);
		return;
	}
	buffer_add_char(b, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buffer_add_text(b, "'\\''");
		else
			buffer_add_char(b, *text);
	}
	buffer_add_char(b, '\'');
}

static void
add_source(const struct dataset_source *source, struct buffer *b)
{
	const struct dataset_flags *f = &source->files;

	buffer_add_text(b,
			source->from_db ? "camp train --from-db" : "camp train --data");
	for (int i = 0; i < f->files.n; i++)
		add_word(b, f->files.value[i]);
	if (source->cohort) {
		buffer_add_text(b, " --cohort");
		add_word(b, source->cohort);
	}
	if (f->task) {
		buffer_add_text(b, " --task");
		add_word(b, f->task);
	}
	if (f->skip_bad)
		buffer_add_text(b, " --skip-bad");
}

static void
add_command(const struct tune *t, const struct halving_candidate *c, struct buffer *b)
{
	const struct fit_config *f = &t->fit;

	add_source(&t->source, b);
	buffer_addf(b,
		    " --encoder %s --components %d --steps %" PRId64
		    " --batch %d --rate %g --width %d --layers %d --heads %d "
		    "--dropout %g --seed %" PRIu64 " --threads %d",
		    f->encoder, f->components, f->steps, f->batch, (double)c->rate,
		    c->width, c->layers, f->heads, (double)c->dropout, f->seed,
		    f->threads);
	if (t->flags.patience)
		buffer_addf(b, " --patience %d", f->patience);
	if (t->flags.decay)
		buffer_addf(b, " --decay %g", (double)f->decay);
	if (t->flags.beta)
		buffer_addf(b, " --beta %g", (double)f->beta);
	if (t->flags.no_eeg)
		buffer_add_text(b, " --no-eeg");
}

static void
print_json(struct tune *t)
{
	struct buffer command = {0};

	add_command(t, &t->candidates[t->order[0]], &command);
	buffer_add_char(&command, '\0');
	add_training_json(t, "winner", t->rungs - 1, t->order[0]);
	buffer_add_text(&t->line, ",\"command\":");
	if (!command.failed)
		text_add_json(&t->line, command.data);
	buffer_add_text(&t->line, "}\n");
	print_line(t);
	buffer_clear(&command);
}

static void
print_table(struct tune *t)
{
	const struct tune_training *best;

	printf("rank  steps     rate  width  layers  dropout  NLL correct    NLL RT      "
	       " "
	       "sum\n");
	for (int i = 0; i < t->budget; i++) {
		const struct halving_candidate *c = &t->candidates[t->order[i]];
		int rung = t->rungs - 1;

		/* How far it came. */
		while (rung > 0 && i >= halving_count(t->budget, rung))
			rung--;
		best = tune_ledger_find(&t->ledger, rung, t->order[i]);
		printf("%4d  %5" PRId64 "  %7g  %5d  %6d  %7g  %11.4f  %8.4f  %8.4f%s\n",
		       i + 1, best->steps, (double)c->rate, c->width, c->layers,
		       (double)c->dropout, best->nll_correct, best->nll_rt,
		       best->nll_correct + best->nll_rt,
		       t->order[i] == 0 ? "  (default)" : "");
	}
	best = tune_ledger_find(&t->ledger, t->rungs - 1, t->order[0]);
	if (best->best_step == 0)
		printf("none of the last rung beat the linear baseline\n");
	printf("the linear baseline: NLL correct %.4f, RT %.4f\n",
	       best->linear_nll_correct, best->linear_nll_rt);
	buffer_reset(&t->line);
	buffer_add_text(&t->line, "the best:\n  ");
	add_command(t, &t->candidates[t->order[0]], &t->line);
	buffer_add_char(&t->line, '\n');
	print_line(t);
}

static int
run(struct tune *t)
{
	int status = search(t);

	if (status == CLI_INTERRUPTED)
		fprintf(stderr,
			"interrupted; the same command goes on from the %d finished "
			"trainings in \"%s\"\n",
			t->ledger.n, t->ledger_path);
	if (status >= 0)
		return status;
	if (t->json)
		print_json(t);
	else
		print_table(t);
	return CLI_DONE;
}

int
verb_tune(int argc, char **argv)
{
	static struct tune t;
	int status = read_flags(&t, argc, argv);

	if (status < 0) {
		cli_catch_signals();
		status = load_data(&t);
	}
	if (status < 0)
		status = fit_flags_apply(&t.fit, &t.flags, &t.data, "tune");
	if (status < 0)
		status = open_ledger(&t);
	if (status < 0)
		status = run(&t);
	tune_ledger_close(&t.ledger);
	dataset_clear(&t.data);
	buffer_clear(&t.line);
	free(t.model);
	free(t.state);
	config_clear(&t.config);
	return status;
}
