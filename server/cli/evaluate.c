/* camp evaluate: how good a model's forecasts are on trials, beside simple ones. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "models/train/evaluate.h"
#include "server/cli/cli.h"
#include "server/cli/dataset_source.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

struct evaluate {
	struct config config;
	struct dataset_source source;
	const char *path;
	bool json;
	enum dataset_split split;
	bool split_given;
	int threads;
	struct dataset data;
	struct forecaster *model;
	struct evaluation evaluation;
	struct buffer text;
};

struct figure {
	const char *name;
	char better;
	size_t offset; /* in struct evaluation_figures */
};

static const struct figure figures[] = {
#define X(name, better) {#name, better, offsetof(struct evaluation_figures, name)},
	EVALUATION_FIGURES(X)
#undef X
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))

static const struct {
	const char *name;
	enum dataset_split split;
} splits[] = {
	{"test", SPLIT_TEST},
	{"validation", SPLIT_VALIDATION},
	{"train", SPLIT_TRAIN},
	{"all", SPLIT_ALL},
};

#define N_SPLITS (sizeof(splits) / sizeof(splits[0]))

static double
figure_of(const struct evaluation_figures *f, const struct figure *figure)
{
	double value;

	memcpy(&value, (const char *)f + figure->offset, sizeof(value));
	return value;
}

static const char *
split_name(enum dataset_split split)
{
	for (size_t i = 0; i < N_SPLITS; i++) {
		if (splits[i].split == split)
			return splits[i].name;
	}
	return "";
}

static int
read_split(struct evaluate *e, const char *text)
{
	e->split = SPLIT_TEST;
	e->split_given = text != NULL;
	if (!text)
		return CLI_GO_ON;
	for (size_t i = 0; i < N_SPLITS; i++) {
		if (strcmp(splits[i].name, text) == 0) {
			e->split = splits[i].split;
			return CLI_GO_ON;
		}
	}
	return cli_usage("evaluate",
			 "--split takes test, validation, train or all, not \"%s\"",
			 text);
}

static int
read_flags(struct evaluate *e, int argc, char **argv)
{
	const char *split = NULL, *threads = NULL;
	const struct config_flag flags[] = {
		{"model", "MODEL", "the model file, as camp train writes it", &e->path,
		 NULL, NULL},
		DATASET_SOURCE_FLAGS(&e->source),
		{"split", "NAME",
		 "test, validation, train or all participants (test; all when that has "
		 "nobody)",
		 &split, NULL, NULL},
		{"threads", "N", "that forecast at the same time (one a processor)",
		 &threads, NULL, NULL},
		{"json", NULL, "print one JSON object", NULL, &e->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp evaluate --model MODEL --data FILE... [OPTION...]\n"
			 "       camp evaluate --model MODEL --from-db [--cohort CODE] "
			 "[OPTION...]",
		.about =
			"Forecasts every trial of the participants of a split from what "
			"came before it, and prints\n"
			"how good the forecasts were, beside those of the linear "
			"baseline in the model's file and of\n"
			"two simple ones fitted to the training participants of the same "
			"files. A participant's\n"
			"split comes from its id alone: with --split all, the figures of "
			"the simple ones include the\n"
			"people they were fitted to, and the model's include those it "
			"was trained on, if these are\n"
			"its data.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long n_threads = processors < 1 ? 1 : processors > 64 ? 64 : processors;
	int status = cli_config(&e->config, &verb, argc, argv);

	if (status < 0)
		status = read_split(e, split);
	if (status < 0)
		status = cli_long_flag("evaluate", "threads", threads, 1, 64, &n_threads);
	if (status < 0 && !e->path)
		status = cli_usage("evaluate", "needs --model MODEL");
	e->threads = (int)n_threads;
	return status;
}

static int
load(struct evaluate *e)
{
	char why[512];
	int status = dataset_source_load(&e->data, &e->source, &e->config, "evaluate");

	if (status < 0 &&
	    forecaster_load(&e->model, e->path, why, sizeof(why)) != CAMP_OK)
		status = cli_usage("evaluate", "\"%s\": %s", e->path, why);
	return status;
}

static enum camp_err
run_split(struct evaluate *e)
{
	const struct evaluate_config config = {.model = e->model,
					       .split = e->split,
					       .threads = e->threads};

	return evaluate_run(&e->data, &config, &e->evaluation);
}

/* Figures that look better than they are must not pass in silence. */
static void
warn(const struct evaluate *e)
{
	if (!e->evaluation.condition_mean.defined)
		fprintf(stderr,
			"camp evaluate: none of the participants belongs to the training "
			"split, so running_mean and condition_mean are missing\n");
	else if (e->split == SPLIT_TRAIN || e->split == SPLIT_ALL)
		fprintf(stderr,
			"camp evaluate: running_mean and condition_mean were fitted to "
			"people whom they are judged on here; so were the model and its "
			"linear baseline if they were trained on these data\n");
}

static int
run(struct evaluate *e)
{
	enum camp_err err = run_split(e);

	/* A study of a few people may have none in the test split. */
	if (err == CAMP_ERR_NOT_FOUND && !e->split_given) {
		fprintf(stderr,
			"camp evaluate: none of the %d participants belongs to the split "
			"\"test\", so all of them are evaluated\n",
			e->data.n_participants);
		e->split = SPLIT_ALL;
		err = run_split(e);
	}
	if (err == CAMP_ERR_NOT_FOUND)
		return cli_usage("evaluate",
				 "none of the %d participants belongs to the split "
				 "\"%s\" (--split all takes everyone)",
				 e->data.n_participants, split_name(e->split));
	if (err != CAMP_OK)
		return cli_fail("evaluate", "%s", camp_err_title(err));
	warn(e);
	return CLI_GO_ON;
}

static void
add_key(struct buffer *b, const char *key)
{
	buffer_addf(b, ",\"%s\":", key);
}

static void
add_figures_json(struct buffer *b, const char *name, const struct evaluation_figures *f)
{
	add_key(b, name);
	if (!f->defined) {
		buffer_add_text(b, "null");
		return;
	}
	buffer_addf(b, "{\"n\":%lld", (long long)f->n);
	for (size_t i = 0; i < N_FIGURES; i++) {
		add_key(b, figures[i].name);
		text_add_json_double(b, figure_of(f, &figures[i]));
	}
	buffer_add_char(b, '}');
}

static void
add_difference_json(struct buffer *b, const char *name,
		    const struct evaluation_difference *d)
{
	add_key(b, name);
	buffer_add_text(b, "{\"nll\":");
	text_add_json_double(b, d->value);
	buffer_add_text(b, ",\"low\":");
	text_add_json_double(b, d->low);
	buffer_add_text(b, ",\"high\":");
	text_add_json_double(b, d->high);
	buffer_add_char(b, '}');
}

static void
add_text_json(struct buffer *b, const char *name, const char *value)
{
	add_key(b, name);
	if (value)
		text_add_json(b, value);
	else
		buffer_add_text(b, "null");
}

static void
print_json(struct buffer *b, const struct evaluate *e)
{
	const struct evaluation *v = &e->evaluation;

	buffer_addf(b, "{\"split\":\"%s\",\"participants\":%d,\"sequences\":%d",
		    split_name(v->split), v->participants, v->sequences);
	buffer_addf(b, ",\"trials\":%lld,\"responses\":%lld,\"blocks\":%lld",
		    (long long)v->trials, (long long)v->responses, (long long)v->blocks);
	buffer_addf(b, ",\"unknown_tasks\":%d,\"unknown_conditions\":%d",
		    v->unknown_tasks, v->unknown_conditions);
	add_text_json(b, "encoder", forecaster_encoder(e->model));
	add_text_json(b, "version", forecaster_version(e->model));
	buffer_addf(b, ",\"uses_eeg\":%s",
		    forecaster_uses_eeg(e->model) ? "true" : "false");
	add_figures_json(b, "model", &v->model);
	add_figures_json(b, "linear", &v->linear);
	add_figures_json(b, "running_mean", &v->running_mean);
	add_figures_json(b, "condition_mean", &v->condition_mean);
	add_difference_json(b, "model_minus_linear", &v->model_linear);
	add_difference_json(b, "model_minus_running_mean", &v->model_running_mean);
	if (v->eeg.trials > 0) {
		buffer_addf(b, ",\"eeg\":{\"participants\":%d,\"trials\":%lld",
			    v->eeg.participants, (long long)v->eeg.trials);
		add_figures_json(b, "behaviour", &v->eeg.behaviour);
		add_figures_json(b, "eeg_only", &v->eeg.eeg);
		add_figures_json(b, "fused", &v->eeg.fused);
		add_difference_json(b, "fused_minus_behaviour", &v->eeg.fused_behaviour);
		buffer_add_char(b, '}');
	}
	buffer_add_text(b, "}\n");
}

struct table_column {
	const char *name;
	const struct evaluation_figures *figures;
};

static void
add_table(struct buffer *b, const struct table_column *columns, int n)
{
	static const char *const better[] = {"higher", "lower", "near .9"};

	buffer_addf(b, "%-21s", "");
	for (int c = 0; c < n; c++)
		buffer_addf(b, "%16s", columns[c].name);
	buffer_addf(b, "   better\n");
	for (size_t i = 0; i < N_FIGURES; i++) {
		const struct figure *f = &figures[i];

		buffer_addf(b, "%-21s", f->name);
		for (int c = 0; c < n; c++) {
			double value = figure_of(columns[c].figures, f);

			if (!columns[c].figures->defined || isnan(value))
				buffer_addf(b, "%16s", "-");
			else
				buffer_addf(b, "%16.4f", value);
		}
		buffer_addf(b, "   %s\n",
			    better[f->better == '>'   ? 0
				   : f->better == '<' ? 1
						      : 2]);
	}
}

/* "The transformer forecasts better than the linear baseline, by ..." */
static void
add_sentence(struct buffer *b, const char *first, const char *second,
	     const struct evaluation_difference *d)
{
	const char *verdict = "as well as";

	if (isnan(d->value))
		return;
	if (isnan(d->low))
		verdict = d->value < 0 ? "better than" : "worse than";
	else if (d->high < 0)
		verdict = "better than";
	else if (d->low > 0)
		verdict = "worse than";
	buffer_addf(b, "The %s forecasts %s the %s: %+.4f nats a trial", first, verdict,
		    second, d->value);
	if (isnan(d->low))
		buffer_addf(b, " (one participant, so nothing is certain).\n");
	else
		buffer_addf(b, " (95 %% interval %+.4f to %+.4f over participants%s).\n",
			    d->low, d->high,
			    d->low <= 0 && d->high >= 0 ? ", which holds 0" : "");
}

static void
add_eeg(struct buffer *b, const struct evaluation_eeg *eeg)
{
	const struct table_column columns[] = {{"behaviour", &eeg->behaviour},
					       {"EEG only", &eeg->eeg},
					       {"fused", &eeg->fused}};

	buffer_addf(b, "\nThe %lld trials of sequences with EEG (%d participants):\n\n",
		    (long long)eeg->trials, eeg->participants);
	add_table(b, columns, 3);
	buffer_add_char(b, '\n');
	add_sentence(b, "fused model", "same without EEG", &eeg->fused_behaviour);
	buffer_addf(b, eeg->fused_behaviour.high < 0
			       ? "EEG helps on these people.\n"
			       : "That is no ground for using EEG in the score.\n");
}

static bool
has_epochs(const struct dataset *data)
{
	for (int i = 0; i < data->n_sequences; i++) {
		if (data->sequences[i].s.n_epochs > 0)
			return true;
	}
	return false;
}

static void
print_table(struct buffer *b, const struct evaluate *e)
{
	const struct evaluation *v = &e->evaluation;
	const char *encoder = forecaster_encoder(e->model);
	const struct table_column columns[] = {{encoder, &v->model},
					       {"linear", &v->linear},
					       {"running mean", &v->running_mean},
					       {"condition mean", &v->condition_mean}};

	buffer_addf(b,
		    "%lld trials (%lld with a response) of %d participants, split %s\n",
		    (long long)v->trials, (long long)v->responses, v->participants,
		    split_name(v->split));
	if (v->unknown_conditions > 0)
		buffer_addf(b, "%d of %d conditions are unknown to the model\n",
			    v->unknown_conditions, e->data.n_conditions);
	if (v->eeg.trials > 0)
		buffer_addf(b,
			    "The %s's column is %s EEG: on its validation people that "
			    "%s better\n",
			    encoder, forecaster_uses_eeg(e->model) ? "with" : "without",
			    forecaster_uses_eeg(e->model) ? "was" : "was not");
	buffer_add_char(b, '\n');
	add_table(b, columns, 4);
	buffer_add_char(b, '\n');
	add_sentence(b, encoder, "linear baseline", &v->model_linear);
	add_sentence(b, encoder, "running mean", &v->model_running_mean);
	if (v->eeg.trials > 0)
		add_eeg(b, &v->eeg);
	else if (has_epochs(&e->data))
		buffer_add_text(b,
				"\nThe data have EEG, which this model does not use.\n");
}

static int
print(struct evaluate *e)
{
	if (e->json)
		print_json(&e->text, e);
	else
		print_table(&e->text, e);
	if (e->text.failed)
		return cli_fail("evaluate", "%s", camp_err_title(CAMP_ERR_MEMORY));
	if (fwrite(e->text.data, 1, e->text.len, stdout) != e->text.len ||
	    fflush(stdout) != 0)
		return cli_fail("evaluate", "the figures could not be written");
	return CLI_DONE;
}

int
verb_evaluate(int argc, char **argv)
{
	static struct evaluate e;
	int status = read_flags(&e, argc, argv);

	if (status < 0)
		status = load(&e);
	if (status < 0)
		status = run(&e);
	if (status < 0)
		status = print(&e);
	buffer_clear(&e.text);
	forecaster_free(e.model);
	dataset_clear(&e.data);
	config_clear(&e.config);
	return status;
}
