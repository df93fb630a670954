/*
 * What a body of 20 trials costs before the database sees it: scanned, read by jansson,
 * encoded. Prints microseconds of CPU; asserts nothing.
 *
 *	scan [task.json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/cell.h"
#include "server/trial_scan.h"
#include "tests/bench/bodies.h"

#define REPEATS 5

struct bench {
	struct task_definition *def;
	struct trial_batch batch;
	struct buffer tuples;
	const char *body[BODY_VARIANTS];
	size_t len[BODY_VARIANTS];
	struct trial_owner owner;
	int64_t received_us;
};

typedef enum camp_err bench_step(struct bench *b, int variant);

static enum camp_err
step_fast(struct bench *b, int v)
{
	return trial_scan_fast(&b->batch, b->def, b->body[v], b->len[v]) ? CAMP_OK
									 : CAMP_ERR_BODY;
}

static enum camp_err
step_jansson(struct bench *b, int v)
{
	struct problem why;

	return trial_scan_jansson(&b->batch, b->def, b->body[v], b->len[v], &why);
}

static enum camp_err
step_encode(struct bench *b, int v)
{
	buffer_reset(&b->tuples);
	cell_encode(&b->tuples, &b->owner, b->batch.trials, b->batch.n, b->received_us);
	return b->tuples.failed ? CAMP_ERR_MEMORY : CAMP_OK;
}

static enum camp_err
step_both(struct bench *b, int v)
{
	enum camp_err err = step_fast(b, v);

	return err == CAMP_OK ? step_encode(b, v) : err;
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best of a few runs, as others use the machine too. */
static void
measure(struct bench *b, const char *name, bench_step *step, int rounds)
{
	double best = 1e9;

	for (int r = 0; r < REPEATS; r++) {
		double from = cpu_us(), us;

		for (int i = 0; i < rounds; i++) {
			if (step(b, i % BODY_VARIANTS) != CAMP_OK) {
				fprintf(stderr, "scan: \"%s\" refused a body\n", name);
				exit(1);
			}
		}
		us = (cpu_us() - from) / rounds;
		best = us < best ? us : best;
	}
	printf("%-22s %8.2f us a body\n", name, best);
}

static char *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	struct buffer text = {0};

	if (f == NULL)
		return NULL;
	while (buffer_reserve(&text, 4096) && !feof(f) && !ferror(f))
		text.len += fread(text.data + text.len, 1, 4096, f);
	fclose(f);
	*len = text.len;
	return text.data;
}

static void
names(struct bench *b, struct bodies *bodies)
{
	bodies->conditions.n = b->def->n_conditions < 16 ? b->def->n_conditions : 16;
	for (int i = 0; i < bodies->conditions.n; i++)
		bodies->conditions.name[i] = b->def->conditions[i].name;
	bodies->responses.n = b->def->n_responses < 16 ? b->def->n_responses : 16;
	for (int i = 0; i < bodies->responses.n; i++)
		bodies->responses.name[i] = b->def->responses[i];
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "tasks/stroop/task.json";
	struct bodies bodies = {.trials = 20, .stride = 32, .seed = 1, .cell = -1};
	struct bench b = {.owner = {.task = "stroop", .task_version = 1}};
	char why[256], *json;
	size_t len, bytes = 0;

	json = read_file(path, &len);
	if (!json ||
	    task_definition_parse(&b.def, json, len, why, sizeof(why)) != CAMP_OK) {
		fprintf(stderr, "scan: \"%s\" is no task definition\n", path);
		return 1;
	}
	names(&b, &bodies);
	bodies_make(&bodies, 0);
	for (int v = 0; v < BODY_VARIANTS; v++) {
		buffer_add_char(&bodies.text[v], '\0');
		b.body[v] = strstr(bodies.text[v].data, "\r\n\r\n") + 4;
		b.len[v] = strlen(b.body[v]);
		bytes += b.len[v];
	}
	printf("20 trials, %zu bytes of JSON\n", bytes / BODY_VARIANTS);
	measure(&b, "scanner", step_fast, 20000);
	measure(&b, "jansson", step_jansson, 1000);
	measure(&b, "encode", step_encode, 20000);
	measure(&b, "scanner and encode", step_both, 20000);
	bodies_clear(&bodies);
	buffer_clear(&b.tuples);
	trial_batch_clear(&b.batch);
	task_definition_free(b.def);
	free(json);
	return 0;
}
