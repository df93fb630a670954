/* camp quantise: a model file of 16 or 8 bits, and what that costs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "models/engagement/quantise.h"
#include "models/train/evaluate.h"
#include "server/cli/cli.h"
#include "server/cli/dataset_file.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define CHANGE_MAX 0.001 /* nats a trial, beyond which a sentence warns */

struct quantise {
	struct config config;
	struct dataset_flags files;
	const char *model, *out;
	bool json;
	enum nn_type type;
	int threads;
	struct nn_checkpoint file;
	struct dataset data;
	struct evaluation before, after;
	long long bytes_before, bytes_after;
};

static int
read_type(struct quantise *q, const char *text)
{
	q->type = NN_I8;
	if (!text || strcmp(text, "int8") == 0)
		return CLI_GO_ON;
	q->type = NN_F16;
	if (strcmp(text, "f16") == 0)
		return CLI_GO_ON;
	return cli_usage("quantise", "--type takes int8 or f16, not \"%s\"", text);
}

static int
read_flags(struct quantise *q, int argc, char **argv)
{
	const char *type = NULL;
	const struct config_flag flags[] = {
		{"model", "MODEL", "the model file, as camp train writes it", &q->model,
		 NULL, NULL},
		{"out", "FILE", "where the smaller one goes", &q->out, NULL, NULL},
		{"type", "TYPE", "int8 or f16 (int8)", &type, NULL, NULL},
		DATASET_FLAGS(&q->files),
		{"json", NULL, "print one JSON object", NULL, &q->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp quantise --model MODEL --out FILE [OPTION...]",
		.about =
			"Writes a model with its matrices in 8 or 16 bits, and prints "
			"both sizes. With --data it\n"
			"also forecasts the test participants' trials with both, and "
			"prints by how much the negative\n"
			"log likelihood changes. 16 bits round the weights alone; 8 bits "
			"also round what enters each\n"
			"product, so that two machines may differ by more than rounding "
			"of floats.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int status = cli_config(&q->config, &verb, argc, argv);

	if (status < 0)
		status = read_type(q, type);
	if (status < 0 && (!q->model || !q->out))
		status = cli_usage("quantise", "needs --model MODEL and --out FILE");
	q->threads = processors < 1 ? 1 : processors > 64 ? 64 : (int)processors;
	return status;
}

static int
make(struct quantise *q)
{
	struct stat st;
	char why[512];
	enum camp_err err = nn_checkpoint_read(&q->file, q->model, why, sizeof(why));

	if (err != CAMP_OK)
		return cli_usage("quantise", "%s", why);
	q->bytes_before = (long long)q->file.n_bytes;
	err = model_quantise(&q->file, q->type, q->out, why, sizeof(why));
	if (err == CAMP_ERR_INVALID)
		return cli_usage("quantise", "\"%s\": %s", q->model, why);
	if (err != CAMP_OK)
		return cli_fail("quantise", "%s", why);
	if (stat(q->out, &st) != 0)
		return cli_fail("quantise", "\"%s\" cannot be read", q->out);
	q->bytes_after = (long long)st.st_size;
	return CLI_GO_ON;
}

static int
evaluate(struct quantise *q, const char *path, struct evaluation *out)
{
	struct evaluate_config config = {.split = SPLIT_TEST, .threads = q->threads};
	struct forecaster *model;
	enum camp_err err;
	char why[512];

	if (forecaster_load(&model, path, why, sizeof(why)) != CAMP_OK)
		return cli_fail("quantise", "\"%s\": %s", path, why);
	config.model = model;
	err = evaluate_run(&q->data, &config, out);
	forecaster_free(model);
	if (err == CAMP_ERR_NOT_FOUND)
		return cli_usage("quantise",
				 "none of the %d participants belongs to the test split",
				 q->data.n_participants);
	if (err != CAMP_OK)
		return cli_fail("quantise", "%s", camp_err_title(err));
	return CLI_GO_ON;
}

static int
compare(struct quantise *q)
{
	int status;

	if (q->files.files.n == 0)
		return CLI_GO_ON;
	status = dataset_flags_load(&q->data, &q->files, "quantise");
	if (status < 0)
		status = evaluate(q, q->model, &q->before);
	if (status < 0)
		status = evaluate(q, q->out, &q->after);
	return status;
}

static void
add_change_json(struct buffer *b, const char *name, double before, double after)
{
	buffer_addf(b, ",\"%s\":{\"before\":", name);
	text_add_json_double(b, before);
	buffer_add_text(b, ",\"after\":");
	text_add_json_double(b, after);
	buffer_add_text(b, ",\"change\":");
	text_add_json_double(b, after - before);
	buffer_add_char(b, '}');
}

static void
add_json(struct buffer *b, const struct quantise *q)
{
	const struct evaluation_figures *x = &q->before.model, *y = &q->after.model;

	buffer_addf(b, "{\"type\":\"%s\",\"bytes_before\":%lld,\"bytes_after\":%lld",
		    q->type == NN_I8 ? "int8" : "f16", q->bytes_before, q->bytes_after);
	if (x->defined) {
		buffer_addf(b, ",\"trials\":%lld", (long long)x->n);
		add_change_json(b, "nll_correct", x->nll_correct, y->nll_correct);
		add_change_json(b, "nll_rt", x->nll_rt, y->nll_rt);
	}
	buffer_add_text(b, "}\n");
}

static void
add_text(struct buffer *b, const struct quantise *q)
{
	const struct evaluation_figures *x = &q->before.model, *y = &q->after.model;
	double correct = y->nll_correct - x->nll_correct, rt = y->nll_rt - x->nll_rt;

	buffer_addf(b, "%s: %lld bytes\n%s: %lld bytes, %s\n", q->model, q->bytes_before,
		    q->out, q->bytes_after, q->type == NN_I8 ? "int8" : "f16");
	if (!x->defined)
		return;
	buffer_addf(b,
		    "NLL a trial of %lld trials of %d test participants: correct %.5f, "
		    "was %.5f (%+.5f); ln RT %.5f, was %.5f (%+.5f)\n",
		    (long long)x->n, q->before.participants, y->nll_correct,
		    x->nll_correct, correct, y->nll_rt, x->nll_rt, rt);
	if (fabs(correct) > CHANGE_MAX || fabs(rt) > CHANGE_MAX)
		buffer_addf(b, "That is more than %.3f: this model needs wider types.\n",
			    CHANGE_MAX);
}

static int
print(const struct quantise *q)
{
	struct buffer text = {0};
	int status = CLI_DONE;

	if (q->json)
		add_json(&text, q);
	else
		add_text(&text, q);
	if (text.failed)
		status = cli_fail("quantise", "%s", camp_err_title(CAMP_ERR_MEMORY));
	else if (fwrite(text.data, 1, text.len, stdout) != text.len ||
		 fflush(stdout) != 0)
		status = cli_fail("quantise", "the figures could not be written");
	buffer_clear(&text);
	return status;
}

int
verb_quantise(int argc, char **argv)
{
	static struct quantise q;
	int status = read_flags(&q, argc, argv);

	if (status < 0)
		status = make(&q);
	if (status < 0)
		status = compare(&q);
	if (status < 0)
		status = print(&q);
	nn_checkpoint_clear(&q.file);
	dataset_clear(&q.data);
	config_clear(&q.config);
	return status;
}
