#include "models/programme/pick.h"

#include <math.h>
#include <string.h>

#include "models/stats/rng.h"

/* Error variance of a session's estimate, of the variance between people. */
#define ERROR_VARIANCE 0.25
#define DAYS_SCALE 14.0

double
pick_information(double uncertainty)
{
	double u = isnan(uncertainty) ? 1 : fmin(fmax(uncertainty, 0), 1);

	return 0.5 * log2(1 + u * u / ERROR_VARIANCE);
}

double
pick_due(const struct pick_known *known, int pool, int count)
{
	return fmax(known->days_since, 0) / DAYS_SCALE +
	       (double)known->sessions_since * count / (2.0 * pool);
}

const char *
pick_code_name(enum pick_code code)
{
	static const char *const names[PICK_CODES] = {[PICK_FIXED] = "fixed",
						      [PICK_NEW] = "new",
						      [PICK_UNCERTAIN] = "uncertain",
						      [PICK_DUE_PRACTICE] =
							      "due_practice"};

	return names[code];
}

void
pick_latin_row(int *out, int n, uint32_t row)
{
	uint32_t rows = n % 2 ? 2 * (uint32_t)n : (uint32_t)n, r = row % rows;
	int shift = (int)(r % (uint32_t)n), low = 0, high = n - 1;

	/* 0, n-1, 1, n-2, ... shifted; the second square of an odd n is the mirror. */
	for (int i = 0; i < n; i++)
		out[i] = ((i % 2 == 0 ? low++ : high--) + shift) % n;
	if (r < (uint32_t)n)
		return;
	for (int i = 0; i < n / 2; i++) {
		int kept = out[i];

		out[i] = out[n - 1 - i];
		out[n - 1 - i] = kept;
	}
}

/* FNV-1a, as the seed of what is drawn for one person, phase and session. */
static uint64_t
stream_of(const struct programme_phase *phase, int number, int join_no)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	uint32_t numbers[2] = {(uint32_t)number, (uint32_t)join_no};

	for (const char *c = phase->name; *c; c++)
		hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
	for (int i = 0; i < 2; i++) {
		for (int b = 0; b < 32; b += 8)
			hash = (hash ^ (numbers[i] >> b & 0xff)) *
			       UINT64_C(1099511628211);
	}
	return hash;
}

static const struct pick_known *
known_of(const char *task, const struct pick_known *known, int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(known[i].task, task) == 0)
			return known[i].sessions > 0 ? &known[i] : NULL;
	}
	return NULL;
}

/* The pool in order of rank; order[] comes shuffled, so equal ranks stay so. */
static void
rank_pool(const struct programme_phase *phase, int *order, struct pick_reason *reasons,
	  const struct pick_known *known, int n_known)
{
	double rank[PROGRAMME_TASKS_MAX];

	for (int t = 0; t < phase->n_tasks; t++) {
		const struct pick_known *k =
			known_of(phase->tasks[t].name, known, n_known);

		reasons[t] = (struct pick_reason){.code = PICK_NEW};
		rank[t] = INFINITY; /* nothing tells more than what was never tried */
		if (k) {
			double information = pick_information(k->uncertainty);
			double due = pick_due(k, phase->n_tasks, phase->pick);

			rank[t] = information + due;
			reasons[t].code =
				information >= due ? PICK_UNCERTAIN : PICK_DUE_PRACTICE;
			reasons[t].days = (int)fmin(fmax(k->days_since, 0), 1e6);
		}
	}
	for (int i = 1; i < phase->n_tasks; i++) {
		int moved = order[i], at = i;

		for (; at > 0 && rank[order[at - 1]] < rank[moved]; at--)
			order[at] = order[at - 1];
		order[at] = moved;
	}
}

void
pick_session(struct pick *out, const struct programme *p,
	     const struct programme_phase *phase, int number, int join_no,
	     const struct pick_known *known, int n_known)
{
	struct pick_reason reasons[PROGRAMME_TASKS_MAX] = {{PICK_FIXED, 0}};
	int order[PROGRAMME_TASKS_MAX], places[PROGRAMME_TASKS_MAX];
	struct rng rng;

	memset(out, 0, sizeof(*out));
	for (int t = 0; t < phase->n_tasks; t++)
		order[t] = t;
	rng_seed(&rng, p->seed, stream_of(phase, number, join_no));
	out->n = phase->n_tasks;
	if (phase->pick) {
		rng_shuffle(&rng, order, (uint32_t)phase->n_tasks);
		rank_pool(phase, order, reasons, known, n_known);
		out->n = phase->pick;
	} else if (phase->order == ORDER_RANDOM) {
		rng_shuffle(&rng, order, (uint32_t)phase->n_tasks);
	} else if (phase->order == ORDER_COUNTERBALANCED) {
		/* A person meets another row each time; people who follow each other,
		 * too. */
		pick_latin_row(places, phase->n_tasks,
			       (uint32_t)(join_no + number - 1) + p->seed);
		memcpy(order, places, sizeof(order));
	}
	for (int i = 0; i < out->n; i++) {
		out->task[i] = order[i];
		out->reason[i] = reasons[order[i]];
	}
}
