/*
 * The Stroop scorer on two laboratory studies (Lin et al. 2020; 432 people, 145,527
 * trials): mean raw effect of each study and session, over people who have at least one
 * correct trial in each condition of both sessions. The expected means come from
 * tests/reference/stroop13.py (numpy); 1e-9 relative is far above what another order of
 * summation changes and far below one trial's millisecond.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define ROWS_MAX 200000

struct row {
	int study;
	char participant[16];
	bool deplete; /* the session */
	struct trial trial;
};

static struct row *
read_rows(const char *folder, const struct task_definition *def, size_t *n)
{
	struct row *rows = calloc(ROWS_MAX, sizeof(*rows));
	char path[1024], line[256], phase[16], condition[16];
	gzFile file;

	*n = 0;
	snprintf(path, sizeof(path), "%s/stroop13_trials.csv.gz", folder);
	file = gzopen(path, "rb");
	ck_assert_msg(file != NULL && rows != NULL, "cannot open '%s'", path);
	ck_assert_ptr_nonnull(gzgets(file, line, sizeof(line)));
	while (gzgets(file, line, sizeof(line))) {
		struct row *row = &rows[*n];
		int trial, correct;
		float rt_ms;

		ck_assert_uint_lt(*n, ROWS_MAX);
		ck_assert_int_eq(sscanf(line, "%d,%15[^,],%15[^,],%d,%15[^,],%d,%f",
					&row->study, row->participant, phase, &trial,
					condition, &correct, &rt_ms),
				 7);
		row->deplete = strcmp(phase, "deplete") == 0;
		row->trial = unit_trial(def, condition, correct, rt_ms);
		row->trial.trial = trial;
		(*n)++;
	}
	gzclose(file);
	return rows;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->participant, y->participant);

	if (order == 0)
		order = x->deplete - y->deplete;
	return order ? order : x->trial.trial - y->trial.trial;
}

/* Scores the session that starts at rows[0]; returns its number of rows. */
static size_t
score_session(const struct task_definition *def, const struct row *rows, size_t n,
	      double *effect)
{
	struct trial trials[256];
	struct task_score_set set;
	size_t k = 0;

	while (k < n && strcmp(rows[k].participant, rows[0].participant) == 0 &&
	       rows[k].deplete == rows[0].deplete) {
		ck_assert_uint_lt(k, 256);
		trials[k] = rows[k].trial;
		trials[k].seq = (int32_t)k;
		k++;
	}
	ck_assert_int_eq(task_score(def, trials, k, &set), CAMP_OK);
	*effect = unit_score(&set, "stroop_effect")->raw_value;
	return k;
}

START_TEST(stroop_scorer_reproduces_the_means_of_two_studies)
{
	static const struct {
		int study, people;
		double effect[2]; /* control, deplete */
	} expected[] = {{1, 252, {106.77131951526697, 99.80688531567503}},
			{3, 178, {105.77411768470083, 100.20549788116188}}};
	const char *folder = unit_data_folder("stroop13");
	double sums[4][2] = {0};
	int people[4] = {0};
	struct task_definition *def;
	struct row *rows;
	size_t n, at = 0;

	if (!folder)
		return;
	def = unit_definition("stroop");
	rows = read_rows(folder, def, &n);
	ck_assert_uint_eq(n, 145527);
	qsort(rows, n, sizeof(*rows), compare_rows);
	while (at < n) {
		const struct row *first = &rows[at];
		double effect[2];

		/* Everyone has both sessions, control first in this order. */
		at += score_session(def, rows + at, n - at, &effect[0]);
		ck_assert_str_eq(rows[at].participant, first->participant);
		at += score_session(def, rows + at, n - at, &effect[1]);
		if (isnan(effect[0]) || isnan(effect[1]))
			continue;
		people[first->study]++;
		sums[first->study][0] += effect[0];
		sums[first->study][1] += effect[1];
	}
	for (size_t i = 0; i < 2; i++) {
		int study = expected[i].study;

		ck_assert_int_eq(people[study], expected[i].people);
		for (int s = 0; s < 2; s++)
			unit_close(sums[study][s] / people[study], expected[i].effect[s],
				   1e-9, s ? "deplete" : "control");
	}
	free(rows);
	task_definition_free(def);
}
END_TEST

Suite *
suite_stroop13(void)
{
	Suite *s = suite_create("models/tasks/stroop on real recordings");
	TCase *t = tcase_create("stroop13");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, stroop_scorer_reproduces_the_means_of_two_studies);
	suite_add_tcase(s, t);
	return s;
}
