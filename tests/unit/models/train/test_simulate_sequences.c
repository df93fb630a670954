/*
 * models/train/simulate_sequences: the same people for the same seed, the effects that
 * were put in, and trials that depend on those before only as far as `history` says.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/train/simulate_sequences.h"
#include "tests/unit/unit.h"

static const char *const stroop[] = {"stroop"};

/* What is kept of a simulation, task by task. */
struct kept {
	uint64_t fingerprint; /* of every field of every row */
	int rows, limit;      /* limit > 0: refuse the row of that number */
	/* Of ln RT. */
	double sum[2], n[2]; /* by conflict */
	int omitted, withheld, commissions;
};

static void
mix(struct kept *k, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		k->fingerprint = (k->fingerprint ^ ((const unsigned char *)bytes)[i]) *
				 UINT64_C(0x100000001b3);
}

static enum camp_err
keep(void *arg, const struct dataset_row *row)
{
	struct kept *k = arg;
	const struct sequence_trial *t = &row->trial;
	bool conflict = strcmp(row->condition, "incongruent") == 0;

	if (k->limit > 0 && k->rows + 1 == k->limit)
		return CAMP_ERR_BUSY;
	k->rows++;
	mix(k, row->participant, strlen(row->participant));
	mix(k, row->session, strlen(row->session));
	mix(k, row->task, strlen(row->task));
	mix(k, row->condition, strlen(row->condition));
	mix(k, &t->rt_ms, sizeof(t->rt_ms));
	mix(k, &t->correct, 1);
	mix(k, &t->onset_ms, sizeof(t->onset_ms));
	mix(k, t->parameters, sizeof(t->parameters));

	k->omitted += isnan(t->rt_ms) && !t->correct;
	k->withheld += isnan(t->rt_ms) && t->correct;
	k->commissions += strcmp(row->condition, "no-go") == 0 && !t->correct;
	ck_assert(isnan(t->rt_ms) || (t->rt_ms >= 120 && t->rt_ms <= 10000));
	ck_assert(isnan(t->rt_ms) ||
		  fabsf(t->rt_ms * 10 - roundf(t->rt_ms * 10)) < 0.01f);

	if (!isnan(t->rt_ms)) {
		k->sum[conflict] += log(t->rt_ms);
		k->n[conflict]++;
	}
	return CAMP_OK;
}

static void
run(struct kept *k, const struct simulated_people *what)
{
	memset(k, 0, sizeof(*k));
	ck_assert_int_eq(simulate_rows(what, keep, k), CAMP_OK);
}

START_TEST(simulate_sequences_repeats_for_a_seed)
{
	struct simulated_people what = {.people = 5,
					.sessions = 2,
					.trials = 30,
					.seed = 1,
					.history = 1};
	struct kept a, b, other, fewer;

	run(&a, &what);
	run(&b, &what);
	ck_assert_int_eq(a.rows, 5 * 2 * 30 * 7);
	ck_assert_uint_eq(a.fingerprint, b.fingerprint);
	what.seed = 2;
	run(&other, &what);
	ck_assert_uint_ne(a.fingerprint, other.fingerprint);

	/* A person's trials of one task do not depend on the other tasks. */
	what.tasks = stroop;
	what.n_tasks = 1;
	run(&a, &what);
	what.people = 4;
	run(&fewer, &what);
	what.people = 5;
	what.tasks = (const char *const[]){"sart", "stroop"};
	what.n_tasks = 2;
	run(&b, &what);
	ck_assert_int_eq(b.rows, 2 * a.rows);
	ck_assert(a.sum[1] == b.sum[1] && a.n[1] == b.n[1]);
	ck_assert(fewer.sum[1] < a.sum[1]);
}
END_TEST

START_TEST(simulate_sequences_has_the_effects_put_in)
{
	struct simulated_people what = {.people = 150,
					.sessions = 1,
					.trials = 120,
					.seed = 3,
					.tasks = stroop,
					.n_tasks = 1,
					.history = 1};
	struct kept k;
	double effect;

	run(&k, &what);
	effect = exp(k.sum[1] / k.n[1]) - exp(k.sum[0] / k.n[0]);
	/*
	 * 100 ms in the base's 660, less 15 % by conflict adaptation; the standard error
	 * is 40 / sqrt(150) = 3.3 ms between people and 2.9 ms within.
	 */
	ck_assert_double_eq_tol(effect, 85, 4 * 4.4);
	/* Practice and lapses shift the means by a few percent; people by .16 / 12. */
	ck_assert_double_eq_tol(k.sum[0] / k.n[0], log(660), 0.08);
	/* Some answers are missing, fewer than 2 of 100. */
	ck_assert_int_gt(k.omitted, 0);
	ck_assert_int_lt(k.omitted, k.rows / 50);
	ck_assert_int_eq(k.withheld, 0);

	what.tasks = (const char *const[]){"sart"};
	run(&k, &what);
	/* Commissions of 30 to 60 of 100 no-go digits, which are 1 of 9. */
	ck_assert_int_gt(k.commissions, k.rows / 9 * 30 / 100);
	ck_assert_int_lt(k.commissions, k.rows / 9 * 60 / 100);
	ck_assert_int_gt(k.withheld, 0);
}
END_TEST

/* Mean within-session correlation of neighbours' ln RT in a task of one condition. */
struct lag {
	double x[400];
	int n;
	double r, sessions, slowing, errors;
	bool wrong[400];
	char session[64];
};

static void
close_session(struct lag *l)
{
	double mean = 0, square = 0, product = 0;

	if (l->n < 50)
		return;
	for (int i = 0; i < l->n; i++)
		mean += l->x[i] / l->n;
	for (int i = 0; i < l->n; i++) {
		square += (l->x[i] - mean) * (l->x[i] - mean);
		if (i > 0)
			product += (l->x[i] - mean) * (l->x[i - 1] - mean);
		if (i > 0 && l->wrong[i - 1]) {
			l->slowing += l->x[i] - mean;
			l->errors++;
		}
	}
	l->r += product / square;
	l->sessions++;
}

static enum camp_err
keep_lag(void *arg, const struct dataset_row *row)
{
	struct lag *l = arg;

	if (strcmp(row->participant, l->session) != 0) {
		close_session(l);
		l->n = 0;
		snprintf(l->session, sizeof(l->session), "%s", row->participant);
	}
	if (strcmp(row->condition, "valid") == 0 && !isnan(row->trial.rt_ms)) {
		l->wrong[l->n] = !row->trial.correct;
		l->x[l->n++] = log(row->trial.rt_ms);
	}
	return CAMP_OK;
}

START_TEST(simulate_sequences_links_trials_by_history_only)
{
	const char *const tasks[] = {"cueing"};
	struct simulated_people what = {.people = 120,
					.sessions = 1,
					.trials = 250,
					.seed = 5,
					.tasks = tasks,
					.n_tasks = 1};
	static struct lag none, usual;

	ck_assert_int_eq(simulate_rows(&what, keep_lag, &none), CAMP_OK);
	close_session(&none);
	what.history = 1;
	ck_assert_int_eq(simulate_rows(&what, keep_lag, &usual), CAMP_OK);
	close_session(&usual);
	/*
	 * 120 sessions of 200 trials: standard error of the mean .0065, bias -1/200.
	 * Without history only practice is left (sd .02), which adds less than .01.
	 */
	ck_assert_double_eq_tol(none.r / none.sessions, 0, 0.03);
	/* The recordings at hand have .12 to .14. */
	ck_assert_double_gt(usual.r / usual.sessions, 0.08);
	ck_assert_double_lt(usual.r / usual.sessions, 0.3);
	/* Errors of lapses make the difference smaller than .12, but never nil. */
	ck_assert_double_gt(usual.slowing / usual.errors,
			    none.slowing / none.errors + 0.05);
}
END_TEST

START_TEST(simulate_sequences_refuses_what_it_cannot_make)
{
	struct simulated_people what = {.people = 1, .sessions = 1, .trials = 5};
	struct kept k = {.limit = 3};

	ck_assert_int_eq(simulate_rows(&what, keep, &k), CAMP_ERR_BUSY);
	ck_assert_int_eq(k.rows, 2);
	what.trials = 0;
	ck_assert_int_eq(simulate_rows(&what, keep, &k), CAMP_ERR_INVALID);
	what.trials = 1;
	what.tasks = (const char *const[]){"stroop", "chess"};
	what.n_tasks = 2;
	ck_assert_int_eq(simulate_rows(&what, keep, &k), CAMP_ERR_NOT_FOUND);
	ck_assert_int_eq(k.rows, 2);
	ck_assert_str_eq(simulated_task(0), "stroop");
	ck_assert_ptr_null(simulated_task(7));
}
END_TEST

START_TEST(simulate_sequences_fills_a_data_set)
{
	struct simulated_people what = {.people = 3,
					.sessions = 2,
					.trials = 10,
					.seed = 9,
					.history = 1};
	struct dataset data = {0};

	ck_assert_int_eq(simulate_sequences(&data, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	ck_assert_int_eq(data.n_participants, 3);
	ck_assert_int_eq(data.n_tasks, 7);
	ck_assert_int_eq(data.n_sequences, 3 * 2 * 7);
	ck_assert_int_eq(data.n_trials, 3 * 2 * 7 * 10);
	ck_assert_str_eq(data.participants[0], "sim0001");
	ck_assert_int_eq(data.sequences[5].s.n, 10);
	dataset_clear(&data);
}
END_TEST

Suite *
suite_simulate_sequences(void)
{
	Suite *s = suite_create("simulate_sequences");
	TCase *c = tcase_create("simulate_sequences");

	tcase_add_test(c, simulate_sequences_repeats_for_a_seed);
	tcase_add_test(c, simulate_sequences_has_the_effects_put_in);
	tcase_add_test(c, simulate_sequences_links_trials_by_history_only);
	tcase_add_test(c, simulate_sequences_refuses_what_it_cannot_make);
	tcase_add_test(c, simulate_sequences_fills_a_data_set);
	suite_add_tcase(s, c);
	return s;
}
