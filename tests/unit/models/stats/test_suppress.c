/*
 * models/stats/suppress: the rule of its header, checked by linear algebra on many small
 * random tables, and worked examples.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/stats/rng.h"
#include "models/stats/suppress.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

#define THRESHOLD 10
#define ROWS 4
#define COLUMNS 5
#define PEOPLE 30
#define GROUPS_MAX ((ROWS + 1) * (COLUMNS + 1))

static const char *const row_names[ROWS + 1] = {"stroop", "search", "span", "flanker",
						""};
static const char *const column_names[COLUMNS + 1] = {"2026-11-01", "2026-11-02",
						      "2026-11-03", "2026-11-04",
						      "2026-11-05", ""};

/* Which of the totals a table has. */
enum totals { ROW_TOTALS = 1, COLUMN_TOTALS = 2, BOTH_TOTALS = 4 };

struct table {
	struct stat_group groups[GROUPS_MAX];
	int row[GROUPS_MAX], column[GROUPS_MAX]; /* ROWS, COLUMNS: total */
	size_t n;
};

/* Who took part where: people come with a taste for some rows and columns. */
static void
draw_people(struct rng *rng, bool took[PEOPLE][ROWS][COLUMNS])
{
	double busy = rng_uniform(rng);

	memset(took, 0, PEOPLE * sizeof(took[0]));
	for (int p = 0; p < PEOPLE; p++) {
		double row_taste[ROWS], column_taste[COLUMNS];

		for (int r = 0; r < ROWS; r++)
			row_taste[r] = rng_uniform(rng) / (r + 1);
		for (int c = 0; c < COLUMNS; c++)
			column_taste[c] = rng_uniform(rng) * (c % 2 ? 1 : 0.4);
		for (int r = 0; r < ROWS; r++)
			for (int c = 0; c < COLUMNS; c++)
				took[p][r][c] = rng_uniform(rng) <
						2 * busy * row_taste[r] * column_taste[c];
	}
}

/* Adds a group with as many people as took part in any of its entries. */
static void
table_add(struct table *t, bool took[PEOPLE][ROWS][COLUMNS], int row, int column,
	  struct rng *rng)
{
	struct stat_group *g = &t->groups[t->n];

	memset(g, 0, sizeof(*g));
	g->row = row_names[row];
	g->column = column_names[column];
	for (int p = 0; p < PEOPLE; p++) {
		bool present = false;

		for (int r = 0; r < ROWS; r++)
			for (int c = 0; c < COLUMNS; c++) {
				bool here = (row == ROWS || r == row) &&
					    (column == COLUMNS || c == column) &&
					    took[p][r][c];

				present |= here;
				g->cost += here;
			}
		g->people += present;
	}
	g->cost += (int64_t)rng_below(rng, 3);
	t->row[t->n] = row;
	t->column[t->n++] = column;
}

static void
table_draw(struct table *t, struct rng *rng, int totals)
{
	bool took[PEOPLE][ROWS][COLUMNS];

	draw_people(rng, took);
	t->n = 0;
	for (int r = 0; r <= ROWS; r++)
		for (int c = 0; c <= COLUMNS; c++) {
			int need = (c == COLUMNS ? ROW_TOTALS : 0) |
				   (r == ROWS ? COLUMN_TOTALS : 0);

			if (need == (ROW_TOTALS | COLUMN_TOTALS))
				need = BOTH_TOTALS;
			if ((totals & need) == need)
				table_add(t, took, r, c, rng);
		}
}

/* Gaussian elimination; the entries are sums of lines and stay small whole numbers. */
static int
rank(double m[][GROUPS_MAX], int rows, int columns)
{
	int found = 0;

	for (int c = 0; c < columns && found < rows; c++) {
		int pivot = found;

		for (int r = found; r < rows; r++)
			if (fabs(m[r][c]) > fabs(m[pivot][c]))
				pivot = r;
		if (fabs(m[pivot][c]) < 1e-9)
			continue;
		for (int k = 0; k < columns; k++) {
			double t = m[pivot][k];

			m[pivot][k] = m[found][k];
			m[found][k] = t;
		}
		for (int r = found + 1; r < rows; r++) {
			double f = m[r][c] / m[found][c];

			for (int k = 0; k < columns; k++)
				m[r][k] -= f * m[found][k];
		}
		found++;
	}
	return found;
}

enum kind { SMALL = 1, LARGE_HIDDEN = 2, PUBLISHED = 4 };

static enum kind
kind_of(const struct stat_group *g)
{
	if (!g->suppressed)
		return PUBLISHED;
	return g->people < THRESHOLD ? SMALL : LARGE_HIDDEN;
}

/*
 * The rank of the equations "the entries of a line add up to its total", restricted to
 * groups of some kinds. Empty groups are known to be 0 and have no place in them.
 */
static int
equations_rank(const struct table *t, int kinds)
{
	double m[ROWS + COLUMNS + 2][GROUPS_MAX] = {{0}};
	bool has_total[ROWS + COLUMNS + 2] = {false};
	int columns = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->column[i] == COLUMNS)
			has_total[t->row[i]] = true;
		if (t->row[i] == ROWS)
			has_total[ROWS + 1 + t->column[i]] = true;
	}
	for (size_t i = 0; i < t->n; i++) {
		int row = t->row[i], column = ROWS + 1 + t->column[i];

		if (t->groups[i].people == 0 || !(kind_of(&t->groups[i]) & kinds))
			continue;
		if (has_total[row])
			m[row][columns] = t->column[i] == COLUMNS ? -1 : 1;
		if (has_total[column])
			m[column][columns] = t->row[i] == ROWS ? -1 : 1;
		columns++;
	}
	return rank(m, ROWS + COLUMNS + 2, columns);
}

/*
 * Combinations of lines that leave no large hidden group, as combinations of small
 * groups: more of them than there are without any published number means that the
 * published numbers tell something about small groups alone.
 */
static bool
table_leaks(const struct table *t)
{
	int with =
		equations_rank(t, LARGE_HIDDEN | SMALL) - equations_rank(t, LARGE_HIDDEN);
	int without = equations_rank(t, LARGE_HIDDEN | PUBLISHED | SMALL) -
		      equations_rank(t, LARGE_HIDDEN | PUBLISHED);

	return with > without;
}

static void
table_print(const struct table *t, int number)
{
	printf("table %d:\n", number);
	for (size_t i = 0; i < t->n; i++)
		printf("  %-8s %-10s people %2d cost %3d %s\n", t->groups[i].row,
		       t->groups[i].column, t->groups[i].people, (int)t->groups[i].cost,
		       t->groups[i].suppressed ? "hidden" : "");
}

static void
check_random_tables(int totals, int count)
{
	int leaks_without = 0, hidden_large = 0;
	struct table t;
	struct rng rng;

	rng_seed(&rng, 99, (uint64_t)totals);
	for (int i = 0; i < count; i++) {
		table_draw(&t, &rng, totals);
		ck_assert_int_eq(stat_suppress(t.groups, t.n, THRESHOLD), CAMP_OK);
		for (size_t g = 0; g < t.n; g++) {
			if (t.groups[g].people > 0 && t.groups[g].people < THRESHOLD)
				ck_assert(t.groups[g].suppressed);
			if (t.groups[g].people == 0)
				ck_assert(!t.groups[g].suppressed);
			hidden_large += kind_of(&t.groups[g]) == LARGE_HIDDEN;
		}
		if (table_leaks(&t)) {
			table_print(&t, i);
			ck_abort_msg("table %d lets something be computed", i);
		}
		for (size_t g = 0; g < t.n; g++)
			t.groups[g].suppressed = t.groups[g].people < THRESHOLD;
		leaks_without += table_leaks(&t);
	}
	/* The check itself must see what goes wrong without complementary suppression. */
	ck_assert_int_gt(leaks_without, count / 10);
	ck_assert_int_gt(hidden_large, 0);
}

START_TEST(suppress_leaves_nothing_to_compute_in_tables_with_all_totals)
{
	check_random_tables(ROW_TOTALS | COLUMN_TOTALS | BOTH_TOTALS, 4000);
}
END_TEST

START_TEST(suppress_leaves_nothing_to_compute_with_row_totals_only)
{
	check_random_tables(ROW_TOTALS, 2000);
}
END_TEST

START_TEST(suppress_leaves_nothing_to_compute_with_column_totals_only)
{
	check_random_tables(COLUMN_TOTALS, 2000);
}
END_TEST

static bool
hidden(const struct stat_group *groups, size_t n, const char *row, const char *column)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(groups[i].row, row) == 0 &&
		    strcmp(groups[i].column, column) == 0)
			return groups[i].suppressed;
	}
	ck_abort_msg("no group '%s' '%s'", row, column);
}

START_TEST(suppress_hides_nothing_when_every_group_is_large)
{
	struct stat_group g[] = {{"a", "1", 10, 10, true}, {"a", "2", 12, 14, true},
				 {"a", "", 12, 24, true},  {"", "1", 10, 10, true},
				 {"", "2", 12, 14, true},  {"", "", 12, 24, true}};

	ck_assert_int_eq(stat_suppress(g, 6, THRESHOLD), CAMP_OK);
	for (int i = 0; i < 6; i++)
		ck_assert(!g[i].suppressed);
}
END_TEST

START_TEST(suppress_hides_all_of_a_small_cohort)
{
	struct stat_group g[] = {{"a", "1", 3, 3, false},
				 {"a", "", 3, 3, false},
				 {"", "1", 3, 3, false},
				 {"", "", 3, 3, false}};

	ck_assert_int_eq(stat_suppress(g, 4, THRESHOLD), CAMP_OK);
	for (int i = 0; i < 4; i++)
		ck_assert(g[i].suppressed);
}
END_TEST

/* One task, three days, one of them with 4 people: a second day must go with it. */
START_TEST(suppress_hides_the_cheapest_partner_of_a_small_day)
{
	struct stat_group g[] = {{"a", "1", 12, 30, false}, {"a", "2", 4, 5, false},
				 {"a", "3", 11, 20, false}, {"a", "", 12, 55, false},
				 {"", "1", 12, 30, false},  {"", "2", 4, 5, false},
				 {"", "3", 11, 20, false},  {"", "", 12, 55, false}};

	ck_assert_int_eq(stat_suppress(g, 8, THRESHOLD), CAMP_OK);
	ck_assert(hidden(g, 8, "a", "2") && hidden(g, 8, "", "2"));
	ck_assert(hidden(g, 8, "a", "3") && hidden(g, 8, "", "3"));
	ck_assert(!hidden(g, 8, "a", "1") && !hidden(g, 8, "", "1"));
	ck_assert(!hidden(g, 8, "a", "") && !hidden(g, 8, "", ""));
}
END_TEST

/* Two days of 4 and 5 people: their sum is about at most 9 people, so a third goes too.
 */
START_TEST(suppress_does_not_let_small_groups_hide_behind_each_other)
{
	struct stat_group g[] = {{"a", "1", 12, 30, false},
				 {"a", "2", 4, 5, false},
				 {"a", "3", 5, 6, false},
				 {"a", "4", 11, 20, false},
				 {"a", "", 12, 61, false}};

	ck_assert_int_eq(stat_suppress(g, 5, THRESHOLD), CAMP_OK);
	ck_assert(hidden(g, 5, "a", "2") && hidden(g, 5, "a", "3"));
	ck_assert(hidden(g, 5, "a", "4"));
	ck_assert(!hidden(g, 5, "a", "1") && !hidden(g, 5, "a", ""));
}
END_TEST

START_TEST(suppress_does_not_depend_on_the_order_of_groups)
{
	struct table t, turned;
	struct rng rng;

	rng_seed(&rng, 5, 0);
	for (int i = 0; i < 200; i++) {
		table_draw(&t, &rng, ROW_TOTALS | COLUMN_TOTALS | BOTH_TOTALS);
		turned = t;
		for (size_t g = 0; g < t.n; g++)
			turned.groups[g] = t.groups[t.n - 1 - g];
		ck_assert_int_eq(stat_suppress(t.groups, t.n, THRESHOLD), CAMP_OK);
		ck_assert_int_eq(stat_suppress(turned.groups, t.n, THRESHOLD), CAMP_OK);
		for (size_t g = 0; g < t.n; g++)
			ck_assert_int_eq(t.groups[g].suppressed,
					 turned.groups[t.n - 1 - g].suppressed);
	}
}
END_TEST

/* Parts with more people than their total cannot be; then nothing is shown. */
START_TEST(suppress_hides_all_when_totals_are_no_totals)
{
	struct stat_group g[] = {{"a", "1", 12, 12, false},
				 {"a", "", 4, 4, false},
				 {"b", "2", 20, 20, false},
				 {"b", "", 20, 20, false},
				 {"", "", 3, 3, false}};

	ck_assert_int_eq(stat_suppress(g, 5, THRESHOLD), CAMP_OK);
	for (int i = 0; i < 5; i++)
		ck_assert(g[i].suppressed);
}
END_TEST

START_TEST(suppress_of_nothing_is_nothing)
{
	ck_assert_int_eq(stat_suppress(NULL, 0, THRESHOLD), CAMP_OK);
}
END_TEST

START_TEST(suppress_hides_all_without_memory)
{
	struct table t;
	struct rng rng;

	rng_seed(&rng, 6, 0);
	table_draw(&t, &rng, ROW_TOTALS | COLUMN_TOTALS | BOTH_TOTALS);
	for (long n = 1;; n++) {
		enum camp_err err;

		fail_alloc_arm(n);
		err = stat_suppress(t.groups, t.n, THRESHOLD);
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_int_gt(n, 5);
			break;
		}
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		for (size_t g = 0; g < t.n; g++)
			ck_assert(t.groups[g].suppressed);
	}
}
END_TEST

Suite *
suite_suppress(void)
{
	Suite *s = suite_create("models/stats/suppress");
	TCase *t = tcase_create("suppress");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, suppress_leaves_nothing_to_compute_in_tables_with_all_totals);
	tcase_add_test(t, suppress_leaves_nothing_to_compute_with_row_totals_only);
	tcase_add_test(t, suppress_leaves_nothing_to_compute_with_column_totals_only);
	tcase_add_test(t, suppress_hides_nothing_when_every_group_is_large);
	tcase_add_test(t, suppress_hides_all_of_a_small_cohort);
	tcase_add_test(t, suppress_hides_the_cheapest_partner_of_a_small_day);
	tcase_add_test(t, suppress_does_not_let_small_groups_hide_behind_each_other);
	tcase_add_test(t, suppress_does_not_depend_on_the_order_of_groups);
	tcase_add_test(t, suppress_hides_all_when_totals_are_no_totals);
	tcase_add_test(t, suppress_of_nothing_is_nothing);
	tcase_add_test(t, suppress_hides_all_without_memory);
	suite_add_tcase(s, t);
	return s;
}
