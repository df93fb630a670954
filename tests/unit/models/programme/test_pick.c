/* models/programme/pick: which tasks, in which order, and why. */
#include <math.h>
#include <string.h>

#include "models/programme/pick.h"
#include "tests/unit/unit.h"

#define POOL 5

static const char *const names[POOL] = {"n-back", "mot", "corsi", "digit-span", "sart"};

static struct programme
programme_of(struct programme_phase *phase, int pick)
{
	struct programme p = {.seed = 11, .n_phases = 1};

	memset(phase, 0, sizeof(*phase));
	strcpy(phase->name, "training");
	phase->arms = UINT32_MAX;
	phase->sessions = 100;
	phase->pick = pick;
	phase->n_tasks = POOL;
	for (int t = 0; t < POOL; t++)
		strcpy(phase->tasks[t].name, names[t]);
	return p;
}

START_TEST(latin_rows_are_balanced)
{
	/* Every condition once in each place of n rows, and after every other as often.
	 */
	for (int n = 1; n <= PROGRAMME_TASKS_MAX; n++) {
		int rows = n % 2 ? 2 * n : n, row[PROGRAMME_TASKS_MAX];
		int at[PROGRAMME_TASKS_MAX][PROGRAMME_TASKS_MAX] = {{0}};
		int after[PROGRAMME_TASKS_MAX][PROGRAMME_TASKS_MAX] = {{0}};

		for (int r = 0; r < rows; r++) {
			pick_latin_row(row, n, (uint32_t)(r + 3 * rows));
			for (int i = 0; i < n; i++) {
				at[i][row[i]]++;
				if (i > 0)
					after[row[i - 1]][row[i]]++;
			}
		}
		for (int a = 0; a < n; a++) {
			for (int b = 0; b < n; b++) {
				ck_assert_int_eq(at[a][b], rows / n);
				if (n > 1)
					ck_assert_int_eq(after[a][b],
							 a == b ? 0 : rows / n);
			}
		}
	}
}
END_TEST

START_TEST(what_was_never_played_comes_first_then_what_is_uncertain)
{
	struct programme_phase phase;
	struct programme p = programme_of(&phase, 3);
	const struct pick_known known[] =
		{{.task = "n-back", .sessions = 3, .days_since = 1, .uncertainty = 0.2},
		 {.task = "mot", .sessions = 3, .days_since = 1, .uncertainty = 0.9},
		 {.task = "corsi", .sessions = 3, .days_since = 1, .uncertainty = 0.3},
		 {.task = "digit-span",
		  .sessions = 3,
		  .days_since = 1,
		  .uncertainty = 0.5}};
	struct pick out;

	pick_session(&out, &p, &phase, 4, 1, known, 4);
	ck_assert_int_eq(out.n, 3);
	ck_assert_str_eq(phase.tasks[out.task[0]].name, "sart");
	ck_assert_int_eq(out.reason[0].code, PICK_NEW);
	ck_assert_str_eq(phase.tasks[out.task[1]].name, "mot");
	ck_assert_int_eq(out.reason[1].code, PICK_UNCERTAIN);
	ck_assert_str_eq(phase.tasks[out.task[2]].name, "digit-span");
}
END_TEST

START_TEST(what_is_known_comes_back_when_it_is_due)
{
	struct programme_phase phase;
	struct programme p = programme_of(&phase, 1);
	struct pick_known known[POOL];
	struct pick out;

	for (int t = 0; t < POOL; t++)
		known[t] = (struct pick_known){.task = names[t],
					       .sessions = 4,
					       .days_since = 2,
					       .uncertainty = 0.4};
	known[2].uncertainty = 0.05;
	known[2].days_since = 30.5;
	pick_session(&out, &p, &phase, 4, 1, known, POOL);
	ck_assert_str_eq(phase.tasks[out.task[0]].name, "corsi");
	ck_assert_int_eq(out.reason[0].code, PICK_DUE_PRACTICE);
	ck_assert_int_eq(out.reason[0].days, 30);
}
END_TEST

START_TEST(information_grows_with_uncertainty_and_due_practice_without_end)
{
	const struct pick_known a = {.sessions_since = 1, .days_since = 1},
				b = {.sessions_since = 100, .days_since = 1};

	/* 1/2 log2(1 + 4 u^2) by hand: u = 1 gives 1.16096, u = 0.5 gives 0.5. */
	ck_assert_double_eq_tol(pick_information(1), 1.160964047443681, 1e-12);
	ck_assert_double_eq_tol(pick_information(0.5), 0.5, 1e-12);
	ck_assert_double_eq(pick_information(0), 0);
	ck_assert_double_eq(pick_information(NAN), pick_information(1));
	ck_assert_double_eq(pick_information(7), pick_information(1));
	ck_assert_double_gt(pick_due(&b, POOL, 1), pick_due(&a, POOL, 1) + 5);
}
END_TEST

/*
 * A person of 60 sessions: each play of a task makes its uncertainty smaller, except for
 * one task that is never learned anything of. All tasks share one day.
 */
START_TEST(every_task_comes_back_in_a_simulated_programme)
{
	struct programme_phase phase;
	struct programme p = programme_of(&phase, 2);
	struct pick_known known[POOL];
	int last[POOL] = {0}, plays[POOL] = {0};

	for (int t = 0; t < POOL; t++)
		known[t] = (struct pick_known){.task = names[t], .uncertainty = 1};
	for (int number = 1; number <= 60; number++) {
		struct pick out, again;

		pick_session(&out, &p, &phase, number, 3, known, POOL);
		pick_session(&again, &p, &phase, number, 3, known, POOL);
		ck_assert_mem_eq(&out, &again, sizeof(out));
		for (int t = 0; t < POOL; t++)
			known[t].sessions_since += known[t].sessions > 0;
		for (int i = 0; i < out.n; i++) {
			int t = out.task[i];

			ck_assert(i == 0 || t != out.task[0]);
			known[t].sessions++;
			known[t].sessions_since = 0;
			if (t != 0)
				known[t].uncertainty =
					1 / sqrt(1 + 4.0 * known[t].sessions);
			last[t] = number;
			plays[t]++;
		}
		/* After the first round nothing waits longer than three rounds. */
		for (int t = 0; number > 3 && t < POOL; t++)
			ck_assert_int_le(number - last[t], 8);
	}
	for (int t = 1; t < POOL; t++)
		ck_assert_int_gt(plays[0], plays[t]); /* the uncertain one most of all */
}
END_TEST

START_TEST(orders_are_fixed_counterbalanced_or_drawn)
{
	struct programme_phase phase;
	struct programme p = programme_of(&phase, 0);
	int first[POOL] = {0};
	struct pick a, b;

	pick_session(&a, &p, &phase, 1, 1, NULL, 0);
	for (int i = 0; i < POOL; i++)
		ck_assert_int_eq(a.task[i], i);
	ck_assert_int_eq(a.reason[0].code, PICK_FIXED);
	phase.order = ORDER_COUNTERBALANCED;
	for (int join_no = 1; join_no <= 2 * POOL; join_no++) {
		pick_session(&a, &p, &phase, 1, join_no, NULL, 0);
		first[a.task[0]]++;
	}
	for (int t = 0; t < POOL; t++)
		ck_assert_int_eq(first[t], 2);
	phase.order = ORDER_RANDOM;
	memset(first, 0, sizeof(first));
	for (int join_no = 1; join_no <= 1000; join_no++) {
		pick_session(&a, &p, &phase, 1, join_no, NULL, 0);
		pick_session(&b, &p, &phase, 1, join_no, NULL, 0);
		ck_assert_mem_eq(&a, &b, sizeof(a));
		first[a.task[0]]++;
	}
	/* Binomial(1000, 1/5): sd 12.6, so 5 sd on either side. */
	for (int t = 0; t < POOL; t++)
		ck_assert(first[t] > 137 && first[t] < 263);
}
END_TEST

Suite *
suite_pick(void)
{
	Suite *s = suite_create("models/programme/pick");
	TCase *t = tcase_create("pick");

	tcase_add_test(t, latin_rows_are_balanced);
	tcase_add_test(t, what_was_never_played_comes_first_then_what_is_uncertain);
	tcase_add_test(t, what_is_known_comes_back_when_it_is_due);
	tcase_add_test(t,
		       information_grows_with_uncertainty_and_due_practice_without_end);
	tcase_add_test(t, every_task_comes_back_in_a_simulated_programme);
	tcase_add_test(t, orders_are_fixed_counterbalanced_or_drawn);
	suite_add_tcase(s, t);
	return s;
}
