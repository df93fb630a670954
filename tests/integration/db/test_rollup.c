#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/rollup.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static char conninfo[TEMP_DB_SIZE], cohort[UUID_TEXT_LEN + 1], org[UUID_TEXT_LEN + 1];
static struct temp_tenant one, two;
static PGconn *conn;

/* 14 people, 5 days, 2 tasks, in a cohort; some pairs are left out. */
static void
fill(const struct temp_tenant *t)
{
	uuid_format(&t->cohort_id, cohort);
	uuid_format(&t->organisation_id, org);
	temp_db_value(conn,
		      "INSERT INTO participant (participant_id, organisation_id, "
		      "cohort_id, language, request_hash) SELECT gen_random_uuid(), "
		      "'%s', "
		      "'%s', 'en', decode(repeat('00', 16), 'hex') FROM "
		      "generate_series(1, 14)",
		      org, cohort);
	temp_db_value(
		conn,
		"INSERT INTO participant_day SELECT participant_id, date '2026-10-29' + "
		"d, task, organisation_id, cohort_id, 1 + d %% 3, 40 * (1 + d %% 3), "
		"CASE WHEN d = 4 THEN '{}'::jsonb ELSE jsonb_build_object('effect', "
		"jsonb_build_object('unit', 'ms', 'mean', 100 + 20 * random(), 'n', 1 + "
		"d "
		"%% 3), 'rate', jsonb_build_object('unit', '', 'mean', random(), 'n', "
		"1)) "
		"END FROM participant, generate_series(0, 4) d, unnest(ARRAY['stroop', "
		"'visual-search']) task WHERE cohort_id = '%s' AND random() < 0.8",
		cohort);
	ck_assert_int_eq(db_participant_totals(conn, &t->cohort_id), CAMP_OK);
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) SELECT organisation_id, cohort_id, day, task, now() "
		      "FROM "
		      "participant_day WHERE cohort_id = '%s'",
		      cohort);
}

static void
make_two(void)
{
	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	temp_db_tenant(conninfo, 2, &two);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	fill(&two);
	fill(&one);
}

static void
close_two(void)
{
	PQfinish(conn);
}

/* All rollups without their times, as text. */
static void
snapshot(char out[4096])
{
	snprintf(out, 4096, "%s",
		 temp_db_value(conn, "SELECT count(*) || ' ' || md5(string_agg(concat_ws("
				     "'|', cohort_id, task, day, organisation_id, "
				     "participants, sessions, trials, scores), ';' ORDER "
				     "BY cohort_id, task, day)) FROM cohort_rollup"));
}

static void
drain(int expected)
{
	PGconn *app = temp_db_connect(conninfo, DB_APP);
	int n;

	ck_assert_int_eq(db_rollup_drain(app, &n), CAMP_OK);
	if (expected >= 0)
		ck_assert_int_eq(n, expected);
	ck_assert_int_eq(db_rollup_drain(app, &n), CAMP_OK);
	ck_assert_int_eq(n, 0);
	PQfinish(app);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM rollup_dirty"), "0");
}

static void
recompute_both(void)
{
	PGconn *app = temp_db_connect(conninfo, DB_APP);

	ck_assert_int_eq(db_rollup_cohort(app, &one.organisation_id, &one.cohort_id),
			 CAMP_OK);
	ck_assert_int_eq(db_rollup_cohort(app, &two.organisation_id, &two.cohort_id),
			 CAMP_OK);
	PQfinish(app);
}

START_TEST(draining_equals_recomputation)
{
	char drained[4096], recomputed[4096];

	drain(-1);
	snapshot(drained);
	/* 2 tasks and their sum, 5 days and their sum, 2 cohorts. */
	ck_assert_int_eq(atoi(drained), 3 * 6 * 2);
	recompute_both();
	snapshot(recomputed);
	ck_assert_str_eq(drained, recomputed);
}
END_TEST

/* From the definition, in other words than db/rollup.c uses. */
static double
by_hand(const char *value, const char *task, const char *and_day)
{
	return strtod(temp_db_value(conn,
				    "SELECT %s FROM (SELECT participant_id, sum(m * n) / "
				    "sum(n) AS x "
				    "FROM (SELECT participant_id, (scores #>> "
				    "'{effect,mean}')::float8 AS m, (scores #>> "
				    "'{effect,n}')::float8 "
				    "AS n FROM participant_day WHERE cohort_id = '%s' "
				    "AND task = '%s' "
				    "%s AND scores ? 'effect') a GROUP BY "
				    "participant_id) b",
				    value, cohort, task, and_day),
		      NULL);
}

static double
stored(const char *field, const char *task, const char *day)
{
	return strtod(temp_db_value(conn,
				    "SELECT scores #>> '{effect,%s}' FROM cohort_rollup "
				    "WHERE cohort_id = '%s' AND task = '%s' AND day = "
				    "'%s'",
				    field, cohort, task, day),
		      NULL);
}

START_TEST(means_are_over_participants)
{
	drain(-1);
	for (int whole = 0; whole < 2; whole++) {
		const char *day = whole ? "-infinity" : "2026-10-30";
		const char *and_day = whole ? "" : "AND day = '2026-10-30'";

		ck_assert_double_eq_tol(stored("mean", "stroop", day),
					by_hand("avg(x)", "stroop", and_day), 1e-10);
		ck_assert_double_eq_tol(stored("sd", "stroop", day),
					by_hand("stddev_samp(x)", "stroop", and_day),
					1e-10);
		ck_assert(stored("participants", "stroop", day) ==
			  by_hand("count(*)", "stroop", and_day));
	}
	ck_assert_str_eq(
		temp_db_value(
			conn,
			"SELECT (r.participants, r.sessions, r.trials) = (SELECT "
			"count(DISTINCT participant_id)::int, sum(sessions)::bigint, "
			"sum(trials)::bigint FROM participant_day WHERE cohort_id = "
			"'%s') FROM cohort_rollup r WHERE cohort_id = '%s' AND task "
			"= '' AND day = '-infinity'",
			cohort, cohort),
		"t");
}
END_TEST

START_TEST(a_mark_recomputes_its_day_and_the_totals_only)
{
	drain(-1);
	temp_db_value(conn, "UPDATE cohort_rollup SET computed_at = 'epoch'");
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) VALUES ('%s', '%s', '2026-10-30', 'stroop', now()), "
		      "('%s', '%s', '2026-10-30', 'stroop', now())",
		      org, cohort, org, cohort);
	drain(1);
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT string_agg(concat_ws(':', task, day), ' ' "
				       "ORDER BY task, day) FROM cohort_rollup WHERE "
				       "computed_at > 'epoch'"),
			 ":-infinity :2026-10-30 stroop:-infinity stroop:2026-10-30");
}
END_TEST

START_TEST(erasing_people_changes_the_rollups)
{
	drain(-1);
	temp_db_value(conn, "DELETE FROM participant WHERE cohort_id = '%s'", cohort);
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) SELECT organisation_id, cohort_id, day, task, now() "
		      "FROM cohort_rollup WHERE cohort_id = '%s' AND isfinite(day) AND "
		      "task <> ''",
		      cohort);
	drain(-1);
	ck_assert_str_eq(
		temp_db_value(conn,
			      "SELECT count(*) FROM cohort_rollup WHERE cohort_id = '%s' "
			      "AND (participants > 0 OR trials > 0 OR scores <> '{}')",
			      cohort),
		"0");
}
END_TEST

/* Marks and data change while four workers drain. */
START_TEST(workers_share_the_queue)
{
	char drained[4096], recomputed[4096];
	pid_t children[4];
	int status;

	for (int i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			PGconn *app = temp_db_connect(conninfo, DB_APP);

			for (int round = 0; round < 40; round++) {
				ck_assert_int_eq(db_rollup_drain(app, NULL), CAMP_OK);
				usleep(10000);
			}
			PQfinish(app);
			_exit(0);
		}
	}
	for (int round = 0; round < 60; round++) {
		temp_db_value(conn, "BEGIN");
		temp_db_value(conn,
			      "WITH changed AS (UPDATE participant_day SET trials = "
			      "trials + 1, scores = jsonb_set(scores, "
			      "'{rate,mean}', to_jsonb(random())) WHERE random() < "
			      "0.05 AND scores ? 'rate' RETURNING organisation_id, "
			      "cohort_id, day, task) INSERT INTO rollup_dirty "
			      "(organisation_id, cohort_id, day, task, marked_at) "
			      "SELECT organisation_id, cohort_id, day, task, now() "
			      "FROM changed");
		ck_assert_int_eq(db_participant_totals(conn, &one.cohort_id), CAMP_OK);
		ck_assert_int_eq(db_participant_totals(conn, &two.cohort_id), CAMP_OK);
		temp_db_value(conn, "COMMIT");
		usleep(5000);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	drain(-1);
	snapshot(drained);
	recompute_both();
	snapshot(recomputed);
	ck_assert_str_eq(drained, recomputed);
}
END_TEST

START_TEST(the_thread_does_it_within_a_second)
{
	struct rollup *rollup;
	int i;

	drain(-1);
	ck_assert_int_eq(rollup_open(&rollup, conninfo), CAMP_OK);
	usleep(500000);
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) VALUES ('%s', '%s', '2026-10-30', 'stroop', now())",
		      org, cohort);
	/* Normally 0.3 s; the rest is for a busy machine. */
	for (i = 0; i < 100; i++) {
		if (strcmp(temp_db_value(conn, "SELECT count(*) FROM rollup_dirty"),
			   "0") == 0)
			break;
		usleep(50000);
	}
	ck_assert_int_lt(i, 100);
	/* It survives its connection. */
	temp_db_value(conn,
		      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
		      "pid <> pg_backend_pid() AND datname = current_database()");
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) VALUES ('%s', '%s', '2026-10-30', 'stroop', now())",
		      org, cohort);
	for (i = 0; i < 200; i++) {
		if (strcmp(temp_db_value(conn, "SELECT count(*) FROM rollup_dirty"),
			   "0") == 0)
			break;
		usleep(50000);
	}
	ck_assert_int_lt(i, 200);
	rollup_close(rollup);
}
END_TEST

Suite *
suite_rollup(void)
{
	Suite *suite = suite_create("rollup");
	TCase *tc = tcase_create("rollups");

	tcase_add_checked_fixture(tc, make_two, close_two);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, draining_equals_recomputation);
	tcase_add_test(tc, means_are_over_participants);
	tcase_add_test(tc, a_mark_recomputes_its_day_and_the_totals_only);
	tcase_add_test(tc, erasing_people_changes_the_rollups);
	tcase_add_test(tc, workers_share_the_queue);
	tcase_add_test(tc, the_thread_does_it_within_a_second);
	suite_add_tcase(suite, tc);
	return suite;
}
