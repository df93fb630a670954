/* camp explain: which earlier trials a model's forecasts of one participant rest on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/explain.h"
#include "models/engagement/forecaster.h"
#include "server/cli/cli.h"
#include "server/cli/dataset_source.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

/* Explanations of a sequence's mean; more would take long and say the same. */
#define SUMMARY_TRIALS 200
#define TABLE_ROWS 16

struct explain {
	struct config config;
	struct dataset_source source;
	const char *path, *participant, *session;
	bool json;
	long trial; /* from 1; 0: the last */
	struct dataset data;
	struct forecaster *model;
	struct buffer text;
	int shown; /* sequences */
	/* The sequence in hand. */
	const struct dataset_sequence *sequence;
	struct explanation explanation;
	struct explain_summary summary;
};

static int
read_flags(struct explain *e, int argc, char **argv)
{
	const char *trial = NULL;
	const struct config_flag flags[] = {
		{"model", "MODEL", "the model file, as camp train writes it", &e->path,
		 NULL, NULL},
		DATASET_SOURCE_FLAGS(&e->source),
		{"participant", "ID", "whose forecasts", &e->participant, NULL, NULL},
		{"session", "S", "only that session of theirs", &e->session, NULL, NULL},
		{"trial", "N", "the forecast of their Nth trial (the last)", &trial, NULL,
		 NULL},
		{"json", NULL, "print one JSON object", NULL, &e->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp explain --model MODEL --data FILE... --participant ID "
			 "[OPTION...]",
		.about = "Shows which earlier trials a forecast looks at (attention), "
			 "which it would follow if they\n"
			 "changed a little (gradient times input), and how far it moves "
			 "when the 16 that rank highest\n"
			 "are left out, beside 16 at random. Attention that moves a "
			 "forecast no further than chance\n"
			 "explains nothing.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	int status = cli_config(&e->config, &verb, argc, argv);

	if (status < 0)
		status = cli_long_flag("explain", "trial", trial, 1, 10000000, &e->trial);
	if (status < 0 && (!e->path || !e->participant))
		status = cli_usage("explain", "needs --model MODEL and --participant ID");
	return status;
}

static int
load(struct explain *e)
{
	char why[512];
	int status = dataset_source_load(&e->data, &e->source, &e->config, "explain");

	if (status < 0 &&
	    forecaster_load(&e->model, e->path, why, sizeof(why)) != CAMP_OK)
		status = cli_usage("explain", "\"%s\": %s", e->path, why);
	return status;
}

/* The sequence in the model's numbers; NULL: memory. */
static struct sequence_trial *
translate(const struct explain *e, struct sequence *out)
{
	const struct sequence *s = &e->sequence->s;
	struct sequence_trial *trials = calloc((size_t)s->n, sizeof(*trials));

	*out = *s;
	out->task = forecaster_task(e->model, e->data.tasks[s->task]);
	out->trials = trials;
	for (int t = 0; trials && t < s->n; t++) {
		trials[t] = s->trials[t];
		trials[t].condition =
			forecaster_condition(e->model, out->task,
					     e->data.conditions[s->trials[t].condition]
						     .name);
	}
	return trials;
}

static enum camp_err
explain_one(struct explain *e)
{
	struct explainer *explainer = NULL;
	struct sequence s;
	struct sequence_trial *trials = translate(e, &s);
	enum camp_err err = CAMP_ERR_MEMORY;

	if (!trials)
		return err;
	err = explainer_new(&explainer, e->model, &s);
	if (err == CAMP_OK) {
		explain_trial(explainer, e->trial > 0 ? (int)e->trial - 1 : s.n - 1,
			      &e->explanation);
		explain_sequence(explainer, 1 + s.n / SUMMARY_TRIALS, &e->summary);
	}
	explainer_free(explainer);
	free(trials);
	return err;
}

static void
add_number(struct buffer *b, const char *key, double value)
{
	buffer_addf(b, "\"%s\":", key);
	text_add_json_double(b, value);
}

static void
add_effect_json(struct buffer *b, const char *name, const struct explain_effect *effect)
{
	buffer_addf(b, ",\"%s\":{", name);
	add_number(b, "mu", effect->mu);
	buffer_add_char(b, ',');
	add_number(b, "p", effect->p);
	buffer_add_char(b, '}');
}

static void
add_weights_json(struct buffer *b, const struct explain *e)
{
	const struct explanation *x = &e->explanation;

	buffer_add_text(b, ",\"weights\":[");
	for (int i = 0; i < x->n; i++) {
		const struct sequence_trial *t = &e->sequence->s.trials[x->first + i];

		buffer_addf(b, "%s{\"trial\":%d,\"condition\":", i ? "," : "",
			    x->first + i + 1);
		text_add_json(b, e->data.conditions[t->condition].name);
		buffer_addf(b, ",\"correct\":%s,", t->correct ? "true" : "false");
		add_number(b, "rt_ms", (double)t->rt_ms);
		buffer_add_char(b, ',');
		add_number(b, "attention",
			   x->has_attention ? (double)x->attention[i] : (double)NAN);
		buffer_add_char(b, ',');
		add_number(b, "gradient_x_input", (double)x->gradient[i]);
		buffer_add_char(b, '}');
	}
	buffer_add_char(b, ']');
}

static void
add_json(struct buffer *b, const struct explain *e)
{
	const struct explanation *x = &e->explanation;

	buffer_addf(b, "%s{\"session\":", e->shown ? "," : "");
	text_add_json(b, e->sequence->session);
	buffer_add_text(b, ",\"task\":");
	text_add_json(b, e->data.tasks[e->sequence->s.task]);
	buffer_addf(b, ",\"trials\":%d,\"trial\":%d,\"forecast\":{", e->sequence->s.n,
		    x->target + 1);
	add_number(b, "p", (double)x->forecast.p);
	buffer_add_char(b, ',');
	add_number(b, "mu", (double)x->forecast.mu);
	buffer_add_char(b, ',');
	add_number(b, "sigma", (double)x->forecast.sigma);
	buffer_add_text(b, "},");
	add_number(b, "own_attention", x->has_attention ? (double)x->own : (double)NAN);
	add_weights_json(b, e);
	buffer_addf(b, ",\"deletion\":{\"deleted\":%d", x->deleted);
	if (x->has_attention)
		add_effect_json(b, "attention", &x->by_attention);
	add_effect_json(b, "gradient_x_input", &x->by_gradient);
	add_effect_json(b, "random", &x->by_chance);
	buffer_addf(b, "},\"deletion_mean\":{\"forecasts\":%d,\"deleted\":%d",
		    e->summary.n, EXPLAIN_DELETED);
	if (e->summary.n > 0 && x->has_attention)
		add_effect_json(b, "attention", &e->summary.by_attention);
	if (e->summary.n > 0) {
		add_effect_json(b, "gradient_x_input", &e->summary.by_gradient);
		add_effect_json(b, "random", &e->summary.by_chance);
	}
	buffer_add_text(b, "}}");
}

/* The trials of the greatest attention (or gradient), in order of it. */
static int
rank(const struct explanation *x, int order[TABLE_ROWS])
{
	const float *score = x->has_attention ? x->attention : x->gradient;
	bool taken[SEQUENCE_WINDOW] = {false};
	int n = x->n < TABLE_ROWS ? x->n : TABLE_ROWS;

	for (int k = 0; k < n; k++) {
		int best = -1;

		for (int i = 0; i < x->n; i++) {
			if (!taken[i] &&
			    (best < 0 || fabsf(score[i]) > fabsf(score[best])))
				best = i;
		}
		taken[best] = true;
		order[k] = best;
	}
	return n;
}

static void
add_effect_line(struct buffer *b, const char *what, const struct explain_effect *effect)
{
	buffer_addf(b, "  %-26s ln RT by %.4f, P(correct) by %.4f\n", what, effect->mu,
		    effect->p);
}

static void
add_effects(struct buffer *b, bool has_attention, const struct explain_effect *attention,
	    const struct explain_effect *gradient, const struct explain_effect *chance)
{
	if (has_attention)
		add_effect_line(b, "most attended", attention);
	add_effect_line(b, "largest gradient x input", gradient);
	add_effect_line(b, "at random", chance);
}

static void
add_verdict(struct buffer *b, const struct explain_summary *s)
{
	double ratio = s->by_attention.mu / s->by_chance.mu;

	if (s->by_chance.mu <= 0)
		buffer_add_text(b, "The forecasts do not look at earlier trials other "
				   "than through running figures.\n");
	else
		buffer_addf(b,
			    "Leaving out what is attended most moves forecasts %.1f "
			    "times "
			    "as far as chance does%s.\n",
			    ratio,
			    ratio > 1.2 ? "" : ", so the weights say little about them");
}

static void
add_text(struct buffer *b, const struct explain *e)
{
	const struct explanation *x = &e->explanation;
	int order[TABLE_ROWS], n = rank(x, order);

	buffer_addf(b, "%sParticipant %s, session %s, task %s, trial %d of %d\n",
		    e->shown ? "\n" : "", e->participant, e->sequence->session,
		    e->data.tasks[e->sequence->s.task], x->target + 1, e->sequence->s.n);
	buffer_addf(b, "Forecast: correct with %.3f, in about %.0f ms\n",
		    (double)x->forecast.p, 1000 * exp((double)x->forecast.mu));
	if (n == 0)
		return;
	buffer_addf(b, "\n%8s %-20s %-8s %8s %10s %12s\n", "trial", "condition",
		    "correct", "rt_ms", "attention", "grad x in");
	for (int k = 0; k < n; k++) {
		int i = order[k];
		const struct sequence_trial *t = &e->sequence->s.trials[x->first + i];

		buffer_addf(b, "%8d %-20.20s %-8s ", x->first + i + 1,
			    e->data.conditions[t->condition].name,
			    t->correct ? "yes" : "no");
		if (isnan(t->rt_ms))
			buffer_addf(b, "%8s", "-");
		else
			buffer_addf(b, "%8.0f", (double)t->rt_ms);
		if (x->has_attention)
			buffer_addf(b, " %10.4f", (double)x->attention[i]);
		else
			buffer_addf(b, " %10s", "-");
		buffer_addf(b, " %+12.5f\n", (double)x->gradient[i]);
	}
	buffer_addf(b, "\nLeaving out %d of the %d earlier trials moves this forecast:\n",
		    x->deleted, x->n);
	add_effects(b, x->has_attention, &x->by_attention, &x->by_gradient,
		    &x->by_chance);
	if (e->summary.n == 0)
		return;
	buffer_addf(b, "and on average over %d forecasts of the session:\n",
		    e->summary.n);
	add_effects(b, x->has_attention, &e->summary.by_attention,
		    &e->summary.by_gradient, &e->summary.by_chance);
	if (x->has_attention)
		add_verdict(b, &e->summary);
}

static bool
is_asked_for(const struct explain *e, const struct dataset_sequence *q)
{
	return strcmp(e->data.participants[q->participant], e->participant) == 0 &&
	       (!e->session || strcmp(q->session, e->session) == 0) &&
	       (e->trial == 0 || e->trial <= q->s.n);
}

static int
explain_all(struct explain *e)
{
	struct buffer *b = &e->text;

	if (e->json) {
		buffer_add_text(b, "{\"participant\":");
		text_add_json(b, e->participant);
		buffer_add_text(b, ",\"encoder\":");
		text_add_json(b, forecaster_encoder(e->model));
		buffer_add_text(b, ",\"version\":");
		text_add_json(b, forecaster_version(e->model));
		buffer_add_text(b, ",\"sequences\":[");
	}
	for (int i = 0; i < e->data.n_sequences; i++) {
		e->sequence = &e->data.sequences[i];
		if (!is_asked_for(e, e->sequence))
			continue;
		if (explain_one(e) != CAMP_OK)
			return cli_fail("explain", "%s", camp_err_title(CAMP_ERR_MEMORY));
		if (e->json)
			add_json(b, e);
		else
			add_text(b, e);
		e->shown++;
	}
	if (e->shown == 0)
		return cli_usage("explain",
				 "the data have no such trials (participant "
				 "\"%s\"%s%s%s)",
				 e->participant, e->session ? ", session \"" : "",
				 e->session ? e->session : "", e->session ? "\"" : "");
	if (e->json)
		buffer_add_text(b, "]}\n");
	return CLI_GO_ON;
}

static int
print(struct explain *e)
{
	if (e->text.failed)
		return cli_fail("explain", "%s", camp_err_title(CAMP_ERR_MEMORY));
	if (fwrite(e->text.data, 1, e->text.len, stdout) != e->text.len ||
	    fflush(stdout) != 0)
		return cli_fail("explain", "the explanation could not be written");
	return CLI_DONE;
}

int
verb_explain(int argc, char **argv)
{
	static struct explain e;
	int status = read_flags(&e, argc, argv);

	if (status < 0)
		status = load(&e);
	if (status < 0)
		status = explain_all(&e);
	if (status < 0)
		status = print(&e);
	buffer_clear(&e.text);
	forecaster_free(e.model);
	dataset_clear(&e.data);
	config_clear(&e.config);
	return status;
}
