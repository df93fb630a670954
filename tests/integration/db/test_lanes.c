#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db/cluster.h"
#include "db/cluster_place.h"
#include "db/migrate.h"
#include "tests/integration/db/await.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static char conninfo[TEMP_DB_SIZE];
static struct temp_tenant one;
static struct uuid person;

static void
make_one(void)
{
	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	person = uuid_v7();
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct db *
open_small(const char *to, int lanes, int queue_limit, int timeout_ms)
{
	struct db_options options = {.conninfo = to,
				     .lanes = lanes,
				     .queue_limit = queue_limit,
				     .writer_queue_limit = 16,
				     .timeout_ms = timeout_ms};
	char why[512] = "";
	struct db *db;

	ck_assert_msg(db_open(&db, &options, why, sizeof(why)) == CAMP_OK, "%s", why);
	return db;
}

static void
wait_ready(struct db *db)
{
	for (int i = 0; i < 500 && !db_ready(db); i++)
		usleep(20000);
	ck_assert(db_ready(db));
}

static enum camp_err
err_of(struct answer *a)
{
	enum camp_err err = a->err;

	answer_free(a);
	return err;
}

/* Holds the row that db_score_put() locks first. */
static PGconn *
hold_participants(void)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	temp_db_value(conn, "BEGIN");
	temp_db_value(conn, "SELECT count(*) FROM (SELECT 1 FROM participant FOR UPDATE) "
			    "p");
	return conn;
}

static struct answer *
start_put(struct db *db, enum camp_err *err)
{
	struct db_score score = {.owner = {.organisation_id = one.organisation_id,
					   .participant_id = person,
					   .session_id = person,
					   .task = "stroop",
					   .task_version = 1},
				 .scorer_version = 1,
				 .exclusion_json = "{}"};
	struct answer *a = answer_new();

	*err = db_score_put(db, &score, NULL, answer_done, a);
	return a;
}

START_TEST(lanes_come_back_after_losing_their_backends)
{
	struct db *db = open_small(conninfo, 2, 16, 10000);
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	struct db_metrics metrics;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	for (int round = 0; round < 3; round++) {
		temp_db_value(conn, "SELECT pg_terminate_backend(pid) FROM "
				    "pg_stat_activity WHERE pid <> pg_backend_pid() AND "
				    "datname = current_database()");
		/* Asked at once: waits for a new connection. */
		ck_assert_int_eq(err_of(do_me(db, &one, person)), CAMP_OK);
		wait_ready(db);
	}
	db_metrics(db, &metrics);
	ck_assert_uint_ge(metrics.reconnects, 3);
	ck_assert_int_eq(metrics.lane_depth, 0);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

START_TEST(an_operation_whose_backend_dies_is_sent_again)
{
	struct db *db = open_small(conninfo, 1, 16, 10000);
	enum camp_err err;
	struct answer *a;
	PGconn *conn;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	conn = hold_participants();
	a = start_put(db, &err);
	ck_assert_int_eq(err, CAMP_OK);
	usleep(200000);
	temp_db_value(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
			    "WHERE wait_event_type = 'Lock' AND datname = "
			    "current_database()");
	usleep(200000);
	temp_db_value(conn, "COMMIT");
	answer_wait(a);
	/* Not stored, as there is no such session; but it was asked again. */
	ck_assert_int_eq(err_of(a), CAMP_ERR_NOT_FOUND);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

START_TEST(a_full_queue_is_busy)
{
	struct db *db = open_small(conninfo, 1, 6, 10000);
	struct answer *answers[7];
	enum camp_err err;
	PGconn *conn;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	conn = hold_participants();
	for (int i = 0; i < 6; i++) {
		answers[i] = start_put(db, &err);
		ck_assert_int_eq(err, CAMP_OK);
	}
	answers[6] = start_put(db, &err);
	ck_assert_int_eq(err, CAMP_ERR_BUSY);
	temp_db_value(conn, "COMMIT");
	for (int i = 0; i < 6; i++) {
		answer_wait(answers[i]);
		ck_assert_int_eq(err_of(answers[i]), CAMP_ERR_NOT_FOUND);
	}
	answer_free(answers[6]);
	ck_assert_int_eq(err_of(do_me(db, &one, person)), CAMP_OK);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

START_TEST(a_late_operation_is_answered_at_its_deadline)
{
	struct db *db = open_small(conninfo, 1, 64, 700);
	struct answer *answers[9];
	enum camp_err err;
	int64_t start;
	PGconn *conn;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	conn = hold_participants();
	start = now_ms();
	for (int i = 0; i < 9; i++) {
		answers[i] = start_put(db, &err);
		ck_assert_int_eq(err, CAMP_OK);
	}
	for (int i = 0; i < 9; i++)
		answer_wait(answers[i]);
	ck_assert_int_ge(now_ms() - start, 690);
	ck_assert_int_le(now_ms() - start, 3000);
	/* Sent ones may have been stored; the last ones never were sent. */
	ck_assert_int_eq(answers[0]->err, CAMP_ERR_DEADLINE);
	ck_assert(answers[8]->err == CAMP_ERR_BUSY ||
		  answers[8]->err == CAMP_ERR_UNAVAILABLE);
	for (int i = 0; i < 9; i++)
		answer_free(answers[i]);
	temp_db_value(conn, "COMMIT");
	wait_ready(db);
	ck_assert_int_eq(err_of(do_me(db, &one, person)), CAMP_OK);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

/* Raises an error the first n times that a participant is inserted. */
static void
fail_inserts(const char *sqlstate, int n)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	temp_db_value(conn, "CREATE SEQUENCE failures; GRANT USAGE ON failures TO "
			    "camp_app");
	temp_db_value(conn,
		      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ "
		      "BEGIN IF nextval('failures') <= %d THEN RAISE EXCEPTION 'no' "
		      "USING "
		      "ERRCODE = '%s'; END IF; RETURN NEW; END $$",
		      n, sqlstate);
	temp_db_value(conn, "CREATE TRIGGER fail BEFORE INSERT ON participant FOR EACH "
			    "ROW EXECUTE FUNCTION fail()");
	PQfinish(conn);
}

START_TEST(serialization_failures_are_retried_three_times)
{
	struct db *db;

	fail_inserts("40001", 3);
	db = open_small(conninfo, 2, 16, 5000);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	db_close(db, 1000);
}
END_TEST

START_TEST(deadlocks_beyond_three_are_reported)
{
	struct db *db;

	fail_inserts("40P01", 4);
	db = open_small(conninfo, 2, 16, 5000);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_ERR_BUSY);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	db_close(db, 1000);
}
END_TEST

START_TEST(a_full_disk_and_a_fault_are_told_apart)
{
	static const struct {
		const char *sqlstate;
		enum camp_err err;
	} cases[] = {{"53100", CAMP_ERR_STORAGE_FULL},
		     {"XX000", CAMP_ERR_FAULT},
		     {"57014", CAMP_ERR_DEADLINE},
		     {"23503", CAMP_ERR_NOT_FOUND},
		     {"23514", CAMP_ERR_FAULT}};
	size_t i = (size_t)_i;
	struct db *db;

	fail_inserts(cases[i].sqlstate, 1);
	db = open_small(conninfo, 1, 16, 5000);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), cases[i].err);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	db_close(db, 1000);
}
END_TEST

START_TEST(closing_finishes_what_was_accepted)
{
	struct db *db = open_small(conninfo, 2, 64, 5000);
	struct answer *answers[20];

	for (int i = 0; i < 20; i++) {
		answers[i] = answer_new();
		ck_assert_int_eq(db_cohort_by_join_code(db, "CODE0001", answer_cohort,
							answers[i]),
				 CAMP_OK);
	}
	db_close(db, 5000);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(answers[i]->n_calls, 1);
		ck_assert_int_eq(err_of(answers[i]), CAMP_OK);
	}
}
END_TEST

START_TEST(closing_gives_up_in_time)
{
	struct db *db = open_small(conninfo, 1, 64, 60000);
	enum camp_err err;
	struct answer *a;
	int64_t start;
	PGconn *conn;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	conn = hold_participants();
	a = start_put(db, &err);
	ck_assert_int_eq(err, CAMP_OK);
	start = now_ms();
	db_close(db, 300);
	ck_assert_int_le(now_ms() - start, 5000);
	ck_assert_int_eq(a->n_calls, 1);
	ck_assert_int_eq(err_of(a), CAMP_ERR_UNAVAILABLE);
	PQfinish(conn);
}
END_TEST

/* Signals every backend of the test's database but the one that asks. */
static int
signal_backends(PGconn *conn, int signal)
{
	PGresult *result = PQexec(conn, "SELECT pid FROM pg_stat_activity WHERE pid <> "
					"pg_backend_pid() AND datname = "
					"current_database()");
	int n = PQntuples(result);

	for (int i = 0; i < n; i++)
		kill((pid_t)atoi(PQgetvalue(result, i, 0)), signal);
	PQclear(result);
	return n;
}

START_TEST(a_frozen_server_holds_up_neither_answers_nor_the_end)
{
	struct db *db = open_small(conninfo, 2, 16, 800);
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	int64_t start;

	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	ck_assert_int_ge(signal_backends(conn, SIGSTOP), 4);
	start = now_ms();
	ck_assert_int_eq(err_of(do_me(db, &one, person)), CAMP_ERR_DEADLINE);
	ck_assert_int_le(now_ms() - start, 3000);
	/* The other lane is dropped in the same way; new backends are not frozen. */
	for (int i = 0; err_of(do_me(db, &one, person)) != CAMP_OK; i++)
		ck_assert_int_lt(i, 3);
	signal_backends(conn, SIGSTOP);
	start = now_ms();
	db_close(db, 500);
	ck_assert_int_le(now_ms() - start, 12000);
	signal_backends(conn, SIGCONT);
	PQfinish(conn);
}
END_TEST

#define STORM 400

/* Operations while backends are ended at random: each is answered once, and truly. */
START_TEST(a_storm_of_lost_backends_loses_no_acknowledged_join)
{
	static struct answer *answers[STORM];
	static struct uuid people[STORM];
	struct db *db = open_small(conninfo, 3, STORM, 10000);
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	int n_ok = 0;

	for (int i = 0; i < STORM; i++) {
		struct db_join join = {.organisation_id = one.organisation_id,
				       .cohort_id = one.cohort_id,
				       .consent_version = 1,
				       .language = "en"};

		answers[i] = answer_new();
		people[i] = join.participant_id = uuid_v7();
		ck_assert_int_eq(db_participant_join(db, &join, answer_join, answers[i]),
				 CAMP_OK);
		if (i % 20 == 19)
			temp_db_value(conn, "SELECT pg_terminate_backend(pid) FROM "
					    "pg_stat_activity WHERE pid <> "
					    "pg_backend_pid() AND datname = "
					    "current_database() AND random() < 0.7");
		usleep(2000);
	}
	for (int i = 0; i < STORM; i++) {
		char id[UUID_TEXT_LEN + 1];
		bool stored;

		answer_wait(answers[i]);
		uuid_format(&people[i], id);
		stored =
			strcmp(temp_db_value(conn,
					     "SELECT (SELECT count(*) FROM participant "
					     "WHERE participant_id = '%s') + (SELECT "
					     "count(*) FROM consent WHERE participant_id "
					     "= '%s')",
					     id, id),
			       "2") == 0;
		ck_assert_msg(answers[i]->err != CAMP_OK || stored, "%d is lost", i);
		n_ok += answers[i]->err == CAMP_OK;
		answer_free(answers[i]);
	}
	/* Sent again, nearly all get through. */
	ck_assert_int_ge(n_ok, STORM * 9 / 10);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

/* ---- opening ---- */

static void
open_fails(const char *to, const char *fragment)
{
	struct db_options options = {.conninfo = to,
				     .lanes = 1,
				     .queue_limit = 4,
				     .writer_queue_limit = 4,
				     .timeout_ms = 1000};
	char why[512] = "";
	struct db *db;

	ck_assert_int_ne(db_open(&db, &options, why, sizeof(why)), CAMP_OK);
	ck_assert_ptr_null(db);
	ck_assert_msg(strstr(why, fragment) != NULL, "%s", why);
	ck_assert_ptr_null(strchr(why, '\n'));
}

START_TEST(opening_says_what_is_wrong)
{
	char empty[TEMP_DB_SIZE];

	open_fails("host=/nonexistent user=x dbname=y", "cannot be reached");
	open_fails("nonsense", "malformed");
	temp_db_new_empty(empty);
	open_fails(empty, "run `camp migrate`");
}
END_TEST

START_TEST(a_statement_that_does_not_fit_the_schema_stops_the_start)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	temp_db_value(conn, "ALTER TABLE consent RENAME COLUMN language TO tongue");
	open_fails(conninfo, "\"participant_consent\" does not prepare (SQLSTATE 42703)");
	PQfinish(conn);
}
END_TEST

/* ---- a whole server that goes away ---- */

static char folder[64];

START_TEST(a_server_that_restarts_is_found_again)
{
	static struct db_migrated migrated;
	struct cluster_options options = {.state_dir = folder, .watch = true};
	struct cluster *cluster;
	char why[512] = "", path[128];
	struct db *db;
	long pid;

	strcpy(folder, "/tmp/camp-lanes-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(cluster_start(&cluster, &options, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(db_migrate(cluster_conninfo(cluster),
				    CAMP_SOURCE_DIR "/migrations", &migrated, why,
				    sizeof(why)),
			 CAMP_OK);
	temp_db_tenant(cluster_conninfo(cluster), 1, &one);
	db = open_small(cluster_conninfo(cluster), 2, 64, 20000);
	ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
	for (int i = 0; i < 2; i++) {
		FILE *in;

		snprintf(path, sizeof(path), "%s/postgres/postmaster.pid", folder);
		in = fopen(path, "re");
		ck_assert_ptr_nonnull(in);
		ck_assert_int_eq(fscanf(in, "%ld", &pid), 1);
		fclose(in);
		kill((pid_t)pid, SIGKILL);
		usleep(100000);
		ck_assert_int_eq(err_of(do_join(db, &one, person, 1)), CAMP_OK);
		ck_assert_int_eq(err_of(do_me(db, &one, person)), CAMP_OK);
		wait_ready(db);
	}
	db_close(db, 1000);
	cluster_stop(cluster);
	cluster_place_remove(folder);
}
END_TEST

/*
 * A standby that never answers: a commit that is cancelled while it waits for it returns
 * success with a warning, which must not be taken for an acknowledgement.
 */
START_TEST(an_unreplicated_commit_is_not_acknowledged)
{
	struct db *db = open_small(conninfo, 1, 16, 6000);
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	struct db_join join = {.organisation_id = one.organisation_id,
			       .cohort_id = one.cohort_id,
			       .participant_id = person,
			       .consent_version = 1,
			       .language = "en"};
	struct answer *a = answer_new();
	int64_t start;

	temp_db_value(conn, "SET synchronous_commit = off");
	temp_db_value(conn, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	temp_db_value(conn, "SELECT pg_reload_conf()");
	usleep(300000);
	ck_assert_int_eq(db_participant_join(db, &join, answer_join, a), CAMP_OK);
	for (int i = 0;
	     i < 100 && strcmp(temp_db_value(conn, "SELECT count(pg_cancel_backend(pid)) "
						   "FROM pg_stat_activity WHERE "
						   "wait_event = 'SyncRep'"),
			       "0") == 0;
	     i++)
		usleep(20000);
	answer_wait(a);
	ck_assert_int_eq(err_of(a), CAMP_ERR_UNAVAILABLE);
	/* It is committed here all the same; the repeat writes and so waits again. */
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM participant"), "1");
	a = answer_new();
	start = now_ms();
	ck_assert_int_eq(db_participant_join(db, &join, answer_join, a), CAMP_OK);
	answer_wait(a);
	ck_assert_int_eq(a->err, CAMP_ERR_DEADLINE);
	ck_assert_int_ge(now_ms() - start, 5900);
	answer_free(a);
	temp_db_value(conn, "ALTER SYSTEM RESET synchronous_standby_names");
	temp_db_value(conn, "SELECT pg_reload_conf()");
	wait_ready(db);
	a = answer_new();
	ck_assert_int_eq(db_participant_join(db, &join, answer_join, a), CAMP_OK);
	answer_wait(a);
	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert(a->repeated);
	answer_free(a);
	PQfinish(conn);
	db_close(db, 1000);
}
END_TEST

/* Also after a test that failed half-way. */
static void
forget_standby(void)
{
	PGconn *conn;

	make_one();
	conn = temp_db_connect(conninfo, DB_LOGIN);
	temp_db_value(conn, "ALTER SYSTEM RESET synchronous_standby_names");
	temp_db_value(conn, "SELECT pg_reload_conf()");
	PQfinish(conn);
}

Suite *
suite_lanes(void)
{
	Suite *suite = suite_create("lanes");
	TCase *tc = tcase_create("lanes");

	tcase_add_checked_fixture(tc, forget_standby, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, lanes_come_back_after_losing_their_backends);
	tcase_add_test(tc, an_operation_whose_backend_dies_is_sent_again);
	tcase_add_test(tc, a_full_queue_is_busy);
	tcase_add_test(tc, a_late_operation_is_answered_at_its_deadline);
	tcase_add_test(tc, serialization_failures_are_retried_three_times);
	tcase_add_test(tc, deadlocks_beyond_three_are_reported);
	tcase_add_loop_test(tc, a_full_disk_and_a_fault_are_told_apart, 0, 5);
	tcase_add_test(tc, closing_finishes_what_was_accepted);
	tcase_add_test(tc, closing_gives_up_in_time);
	tcase_add_test(tc, a_frozen_server_holds_up_neither_answers_nor_the_end);
	tcase_add_test(tc, a_storm_of_lost_backends_loses_no_acknowledged_join);
	tcase_add_test(tc, opening_says_what_is_wrong);
	tcase_add_test(tc, a_statement_that_does_not_fit_the_schema_stops_the_start);
	tcase_add_test(tc, a_server_that_restarts_is_found_again);
	tcase_add_test(tc, an_unreplicated_commit_is_not_acknowledged);
	suite_add_tcase(suite, tc);
	return suite;
}
