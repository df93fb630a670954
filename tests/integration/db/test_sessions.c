#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/db/await.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static char conninfo[TEMP_DB_SIZE];
static struct temp_tenant one, two;
static struct db *db;
static struct uuid person;

static void
open_one(void)
{
	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	temp_db_tenant(conninfo, 2, &two);
	db = open_db(conninfo);
	person = uuid_v7();
}

static void
close_one(void)
{
	db_close(db, 2000);
}

#define ERR_IS(a, expected) \
	do { \
		struct answer *a_ = (a); \
		ck_assert_msg(a_->err == (expected), "%s", camp_err_code(a_->err)); \
		answer_free(a_); \
	} while (0)

static struct answer *
ok(struct answer *a)
{
	ck_assert_msg(a->err == CAMP_OK, "%s", camp_err_code(a->err));
	return a;
}

/* Joins and makes one session. */
static struct uuid
new_session(struct uuid who, int key)
{
	struct answer *a;
	struct uuid id;

	answer_free(ok(do_join(db, &one, who, 1)));
	a = ok(do_create(db, &one, who, key, key, 1));
	id = a->session_ids[0];
	answer_free(a);
	return id;
}

/* ---- cohorts ---- */

START_TEST(a_cohort_is_found_by_its_join_code)
{
	struct answer *a = answer_new();

	ck_assert_int_eq(db_cohort_by_join_code(db, "CODE0002", answer_cohort, a),
			 CAMP_OK);
	answer_wait(a);
	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert(uuid_equal(&a->cohort_id, &two.cohort_id));
	ck_assert(uuid_equal(&a->organisation_id, &two.organisation_id));
	ck_assert_str_eq(a->name, "Cohort 2");
	ck_assert_str_eq(a->organisation_name, "Organisation 2");
	ck_assert_str_eq(a->consent_json, "{\"en\": \"yes?\", \"zh-Hans\": \"好?\"}");
	ck_assert_int_eq(a->consent_version, 1);
	ck_assert_int_eq(a->n_tasks, 1);
	ck_assert_str_eq(a->tasks[0], "stroop");
	ck_assert(!a->demo);
	answer_free(a);
}
END_TEST

START_TEST(an_unknown_code_or_token_is_not_found)
{
	struct answer *a = answer_new(), *b = answer_new(), *c = answer_new();

	ck_assert_int_eq(db_cohort_by_join_code(db, "NOSUCH00", answer_cohort, a),
			 CAMP_OK);
	ck_assert_int_eq(db_cohort_by_read_token(db, &one.cohort_id, two.read_token_hash,
						 answer_cohort, b),
			 CAMP_OK);
	ck_assert_int_eq(db_cohort_by_read_token(db, &one.cohort_id, one.read_token_hash,
						 answer_cohort, c),
			 CAMP_OK);
	answer_wait(a);
	answer_wait(b);
	answer_wait(c);
	ck_assert_int_eq(a->err, CAMP_ERR_NOT_FOUND);
	ck_assert(!a->given);
	ck_assert_int_eq(b->err, CAMP_ERR_NOT_FOUND);
	ck_assert_int_eq(c->err, CAMP_OK);
	ck_assert_str_eq(c->name, "Cohort 1");
	answer_free(a);
	answer_free(b);
	answer_free(c);
}
END_TEST

/* ---- joining ---- */

START_TEST(a_repeated_join_finds_the_first)
{
	struct answer *a = ok(do_join(db, &one, person, 1));
	PGconn *conn;

	ck_assert(!a->repeated);
	answer_free(a);
	a = ok(do_join(db, &one, person, 1));
	ck_assert(a->repeated);
	answer_free(a);
	ERR_IS(do_join(db, &one, person, 2), CAMP_ERR_KEY_REUSED);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM participant"), "1");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM consent"), "1");
	ck_assert_str_eq(temp_db_value(conn, "SELECT language FROM consent"), "zh-Hans");
	temp_db_value(conn, "UPDATE participant SET joined_at = joined_at - interval '25 "
			    "hours'");
	ERR_IS(do_join(db, &one, person, 1), CAMP_ERR_KEY_EXPIRED);
	PQfinish(conn);
}
END_TEST

START_TEST(joining_a_cohort_that_is_gone_is_not_found)
{
	struct temp_tenant gone = one;

	gone.cohort_id = uuid_v7();
	ERR_IS(do_join(db, &gone, person, 1), CAMP_ERR_NOT_FOUND);
}
END_TEST

START_TEST(me_lists_what_one_did)
{
	struct uuid session = new_session(person, 1);
	struct answer *a = ok(do_me(db, &one, person));

	ck_assert_str_eq(a->name, "Cohort 1");
	ck_assert_str_eq(a->organisation_name, "Organisation 1");
	ck_assert_str_eq(a->pseudonym, "p_1");
	ck_assert_int_eq(a->consent_version, 1);
	ck_assert_int_eq(a->n_tasks, 1);
	ck_assert_int_eq(a->n_sessions, 1);
	ck_assert(uuid_equal(&a->rows[0].session_id, &session));
	ck_assert_str_eq(a->rows[0].task, "stroop");
	ck_assert(!a->rows[0].complete);
	ck_assert_int_eq(a->rows[0].trials, -1);
	ck_assert_int_eq(a->rows[0].completed_unix_ms, 0);
	ck_assert(llabs(a->rows[0].created_unix_ms - (int64_t)time(NULL) * 1000) < 60000);
	answer_free(a);
	/* Another organisation's token, or nobody's. */
	ERR_IS(do_me(db, &two, person), CAMP_ERR_NOT_FOUND);
	ERR_IS(do_me(db, &one, uuid_v7()), CAMP_ERR_NOT_FOUND);
}
END_TEST

/* ---- sessions ---- */

START_TEST(a_repeated_creation_gives_the_first_sessions)
{
	struct answer *a, *b;

	answer_free(ok(do_join(db, &one, person, 1)));
	a = ok(do_create(db, &one, person, 1, 1, 3));
	b = ok(do_create(db, &one, person, 1, 1, 3));
	ck_assert_int_eq(a->n_sessions, 3);
	ck_assert_int_eq(b->n_sessions, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert(uuid_equal(&a->session_ids[i], &b->session_ids[i]));
		ck_assert_uint_eq(a->seeds[i], 4294967295U - (uint32_t)i);
		ck_assert_uint_eq(b->seeds[i], a->seeds[i]);
	}
	answer_free(a);
	answer_free(b);
}
END_TEST

START_TEST(a_reused_key_stores_nothing)
{
	PGconn *conn;

	answer_free(ok(do_join(db, &one, person, 1)));
	answer_free(ok(do_create(db, &one, person, 1, 1, 1)));
	ERR_IS(do_create(db, &one, person, 1, 2, 4), CAMP_ERR_KEY_REUSED);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM session"), "1");
	PQfinish(conn);
	/* The lane is fine afterwards. */
	answer_free(ok(do_create(db, &one, person, 2, 2, 1)));
}
END_TEST

START_TEST(no_session_for_a_stranger)
{
	ERR_IS(do_create(db, &one, person, 1, 1, 1), CAMP_ERR_NOT_FOUND);
	answer_free(ok(do_join(db, &one, person, 1)));
	ERR_IS(do_create(db, &two, person, 1, 1, 1), CAMP_ERR_NOT_FOUND);
}
END_TEST

/* ---- sealing ---- */

START_TEST(a_sealed_session_gives_its_trials)
{
	struct uuid session = new_session(person, 1);
	struct answer *a;

	answer_free(ok(do_upload(db, &one, person, session, 20, 69)));
	answer_free(ok(do_upload(db, &one, person, session, 0, 19)));
	a = ok(do_seal(db, &one, person, session, 70));
	ck_assert(!a->already);
	ck_assert_int_eq(a->n_trials, 70);
	ck_assert_str_eq(a->tasks[0], "stroop");
	ck_assert_str_eq(a->detail, "{\"a\":1}");
	for (int i = 0; i < 70; i++) {
		ck_assert_int_eq(a->trials[i].seq, i);
		ck_assert_int_eq(a->trials[i].condition, i % 2);
		ck_assert_int_eq(a->trials[i].correct, i % 3 != 0);
		if (i % 5 == 0)
			ck_assert(isnan(a->trials[i].rt_ms));
		else
			ck_assert(a->trials[i].rt_ms == 400.5f + (float)i);
		ck_assert(a->trials[i].onset_ms == 1000.0 * i);
	}
	answer_free(a);
	a = ok(do_seal(db, &one, person, session, 70));
	ck_assert(a->already);
	ck_assert_int_eq(a->n_trials, 70);
	answer_free(a);
	a = do_seal(db, &one, person, session, 69);
	ck_assert_int_eq(a->err, CAMP_ERR_SESSION_COMPLETE);
	ck_assert(a->given);
	answer_free(a);
}
END_TEST

START_TEST(trials_beyond_the_sealed_number_do_not_count)
{
	struct uuid session = new_session(person, 1);
	struct answer *a;

	answer_free(ok(do_upload(db, &one, person, session, 0, 99)));
	a = ok(do_seal(db, &one, person, session, 40));
	ck_assert_int_eq(a->n_trials, 40);
	answer_free(a);
}
END_TEST

START_TEST(missing_trials_are_named_and_seal_nothing)
{
	struct uuid session = new_session(person, 1);
	struct answer *a;

	a = do_seal(db, &one, person, session, 5);
	ck_assert_int_eq(a->err, CAMP_ERR_TRIALS_MISSING);
	ck_assert_int_eq(a->n_missing, 1);
	ck_assert_int_eq(a->missing[0].from, 0);
	ck_assert_int_eq(a->missing[0].to, 4);
	answer_free(a);
	/* 0..9, 31, 64..70: three cells, one of them absent. */
	answer_free(ok(do_upload(db, &one, person, session, 0, 9)));
	answer_free(ok(do_upload(db, &one, person, session, 31, 31)));
	answer_free(ok(do_upload(db, &one, person, session, 64, 70)));
	a = do_seal(db, &one, person, session, 80);
	ck_assert_int_eq(a->err, CAMP_ERR_TRIALS_MISSING);
	ck_assert_int_eq(a->n_missing, 3);
	ck_assert_int_eq(a->missing[0].from, 10);
	ck_assert_int_eq(a->missing[0].to, 30);
	ck_assert_int_eq(a->missing[1].from, 32);
	ck_assert_int_eq(a->missing[1].to, 63);
	ck_assert_int_eq(a->missing[2].from, 71);
	ck_assert_int_eq(a->missing[2].to, 79);
	answer_free(a);
	a = ok(do_me(db, &one, person));
	ck_assert(!a->rows[0].complete);
	answer_free(a);
	answer_free(ok(do_upload(db, &one, person, session, 10, 79)));
	answer_free(ok(do_seal(db, &one, person, session, 80)));
}
END_TEST

START_TEST(every_number_of_trials_can_be_sealed)
{
	/* The borders of a cell and of its bit mask. */
	static const int numbers[] = {1, 31, 32, 33, 63, 64, 65};

	answer_free(ok(do_join(db, &one, person, 1)));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct answer *a = ok(do_create(db, &one, person, 10 + (int)i, 1, 1));
		struct uuid session = a->session_ids[0];
		int n = numbers[i];

		answer_free(a);
		answer_free(ok(do_upload(db, &one, person, session, 0, n - 1)));
		ERR_IS(do_seal(db, &one, person, session, n + 1),
		       CAMP_ERR_TRIALS_MISSING);
		a = ok(do_seal(db, &one, person, session, n));
		ck_assert_int_eq(a->n_trials, n);
		answer_free(a);
	}
}
END_TEST

START_TEST(missing_runs_are_cut_at_sixteen)
{
	struct uuid session = new_session(person, 1);
	struct answer *a;

	for (int seq = 1; seq < 60; seq += 2)
		answer_free(ok(do_upload(db, &one, person, session, seq, seq)));
	a = do_seal(db, &one, person, session, 60);
	ck_assert_int_eq(a->n_missing, 16);
	ck_assert_int_eq(a->missing[15].from, 30);
	ck_assert_int_eq(a->missing[15].to, 30);
	answer_free(a);
}
END_TEST

START_TEST(nobody_seals_anothers_session)
{
	struct uuid session = new_session(person, 1);

	answer_free(ok(do_upload(db, &one, person, session, 0, 3)));
	ERR_IS(do_seal(db, &two, person, session, 4), CAMP_ERR_NOT_FOUND);
	ERR_IS(do_seal(db, &one, uuid_v7(), session, 4), CAMP_ERR_NOT_FOUND);
	ERR_IS(do_seal(db, &one, person, uuid_v7(), 4), CAMP_ERR_NOT_FOUND);
	answer_free(ok(do_seal(db, &one, person, session, 4)));
}
END_TEST

/* ---- scores ---- */

static struct uuid
sealed_session(struct uuid who, int key, int n)
{
	struct uuid session = new_session(who, key);

	answer_free(ok(do_upload(db, &one, who, session, 0, n - 1)));
	answer_free(ok(do_seal(db, &one, who, session, n)));
	return session;
}

START_TEST(a_score_comes_back_bit_for_bit)
{
	struct uuid session = sealed_session(person, 1, 48);
	struct answer *a = ok(do_score(db, &one, person, session));

	ck_assert_int_eq(a->scorer_version, 0);
	answer_free(a);
	for (int i = 0; i < 2; i++)
		answer_free(
			ok(do_put(db, &one, person, session, 106.771319515, true, 48)));
	a = ok(do_score(db, &one, person, session));
	ck_assert_int_eq(a->scorer_version, 3);
	ck_assert(a->usable);
	ck_assert_int_eq(a->trials_sealed, 48);
	ck_assert_str_eq(a->exclusion, "{\"rt_fast\": 2, \"session\": []}");
	ck_assert(a->completed_unix_ms > 0);
	ck_assert_int_eq(a->n_values, 3);
	ck_assert_str_eq(a->values[0].name, "effect");
	ck_assert(a->values[0].value == 106.771319515);
	ck_assert(a->values[0].raw_value == 107.771319515);
	ck_assert(isnan(a->values[0].raw_standard_error));
	ck_assert(isnan(a->values[1].value));
	ck_assert_str_eq(a->values[2].name, "accuracy");
	ck_assert(a->values[2].value == 0.1 + 0.2);
	ck_assert(a->values[2].standard_error == 1e-300);
	ck_assert_int_eq(a->values[2].raw_n, 48);
	answer_free(a);
	ERR_IS(do_score(db, &two, person, session), CAMP_ERR_NOT_FOUND);
}
END_TEST

START_TEST(an_open_session_has_no_score)
{
	struct uuid session = new_session(person, 1);
	PGconn *conn;

	ERR_IS(do_score(db, &one, person, session), CAMP_ERR_SESSION_OPEN);
	ERR_IS(do_put(db, &one, person, session, 1, true, 5), CAMP_ERR_NOT_FOUND);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM score"), "0");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM participant_day"),
			 "0");
	PQfinish(conn);
}
END_TEST

/* ---- aggregates ---- */

/* Waits until the worker has taken all marks. */
static void
wait_rollups(void)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	for (int i = 0; i < 100; i++) {
		if (strcmp(temp_db_value(conn, "SELECT count(*) FROM rollup_dirty"),
			   "0") == 0)
			break;
		usleep(50000);
	}
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM rollup_dirty"), "0");
	PQfinish(conn);
}

static const struct db_rollup_score *
find_score(const struct answer *a, const char *name, bool whole)
{
	for (int i = 0; i < a->n_rollup_scores; i++)
		if (strcmp(a->rollup_scores[i].name, name) == 0 &&
		    (a->rollup_scores[i].day[0] == '\0') == whole)
			return &a->rollup_scores[i];
	return NULL;
}

START_TEST(engagement_counts_each_participant_once)
{
	struct uuid other = uuid_v7(), third = uuid_v7();
	const struct db_rollup_score *s;
	struct answer *a;

	/* One with two sessions (means 100 and 110), one with 121, one unusable. */
	answer_free(ok(
		do_put(db, &one, person, sealed_session(person, 1, 40), 100, true, 40)));
	answer_free(ok(
		do_put(db, &one, person, sealed_session(person, 2, 50), 110, true, 50)));
	answer_free(
		ok(do_put(db, &one, other, sealed_session(other, 1, 60), 121, true, 60)));
	answer_free(ok(
		do_put(db, &one, third, sealed_session(third, 1, 30), 900, false, 30)));
	wait_rollups();
	a = ok(do_engagement(db, &one));
	ck_assert_int_eq(a->n_rollup_rows, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(a->rollup_rows[i].participants, 3);
		ck_assert_int_eq(a->rollup_rows[i].sessions, 4);
		ck_assert_int_eq(a->rollup_rows[i].trials, 180);
	}
	ck_assert_str_eq(a->rollup_rows[0].day, "");
	ck_assert_str_eq(a->rollup_rows[0].task, "");
	ck_assert_str_eq(a->rollup_rows[1].task, "stroop");
	ck_assert_uint_eq(strlen(a->rollup_rows[2].day), 10);
	for (int whole = 0; whole < 2; whole++) {
		s = find_score(a, "effect", whole == 1);
		ck_assert_ptr_nonnull(s);
		ck_assert_str_eq(s->task, "stroop");
		ck_assert_str_eq(s->unit, "ms");
		ck_assert_int_eq(s->participants, 2);
		ck_assert_double_eq_tol(s->mean, 113.0, 1e-12);
		ck_assert_double_eq_tol(s->sd, 8.0 * sqrt(2.0), 1e-12);
	}
	ck_assert_ptr_null(find_score(a, "undefined", true));
	ck_assert_int_eq(a->n_rollup_scores, 4);
	answer_free(a);
	a = ok(do_engagement(db, &two));
	ck_assert_int_eq(a->n_rollup_rows, 0);
	ck_assert_int_eq(a->n_rollup_scores, 0);
	answer_free(a);
}
END_TEST

START_TEST(one_participant_has_no_deviation)
{
	struct answer *a;

	answer_free(ok(
		do_put(db, &one, person, sealed_session(person, 1, 40), 100, true, 40)));
	wait_rollups();
	a = ok(do_engagement(db, &one));
	ck_assert(isnan(find_score(a, "effect", true)->sd));
	ck_assert(find_score(a, "effect", true)->mean == 100.0);
	answer_free(a);
}
END_TEST

START_TEST(sessions_that_finish_together_all_count)
{
	struct answer *puts[8];
	struct uuid sessions[8];
	PGconn *conn;
	struct db_score_value value = {"effect", "ms", 10, 1, 1, 10, 1, 1};
	struct db_score score = {.owner = {.organisation_id = one.organisation_id,
					   .participant_id = person,
					   .task = "stroop",
					   .task_version = 1},
				 .scorer_version = 1,
				 .trials = 5,
				 .usable = true,
				 .exclusion_json = "{}",
				 .n_values = 1,
				 .values = &value};

	for (int i = 0; i < 8; i++)
		sessions[i] = sealed_session(person, i + 1, 5);
	for (int i = 0; i < 8; i++) {
		puts[i] = answer_new();
		score.owner.session_id = sessions[i];
		ck_assert_int_eq(db_score_put(db, &score, NULL, answer_done, puts[i]),
				 CAMP_OK);
	}
	for (int i = 0; i < 8; i++) {
		answer_wait(puts[i]);
		ck_assert_int_eq(puts[i]->err, CAMP_OK);
		answer_free(puts[i]);
	}
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT sum(sessions) FROM participant_day"),
			 "8");
	PQfinish(conn);
}
END_TEST

Suite *
suite_sessions(void)
{
	Suite *suite = suite_create("sessions");
	TCase *tc = tcase_create("participants, sessions, scores, aggregates");

	tcase_add_checked_fixture(tc, open_one, close_one);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_cohort_is_found_by_its_join_code);
	tcase_add_test(tc, an_unknown_code_or_token_is_not_found);
	tcase_add_test(tc, a_repeated_join_finds_the_first);
	tcase_add_test(tc, joining_a_cohort_that_is_gone_is_not_found);
	tcase_add_test(tc, me_lists_what_one_did);
	tcase_add_test(tc, a_repeated_creation_gives_the_first_sessions);
	tcase_add_test(tc, a_reused_key_stores_nothing);
	tcase_add_test(tc, no_session_for_a_stranger);
	tcase_add_test(tc, a_sealed_session_gives_its_trials);
	tcase_add_test(tc, trials_beyond_the_sealed_number_do_not_count);
	tcase_add_test(tc, missing_trials_are_named_and_seal_nothing);
	tcase_add_test(tc, every_number_of_trials_can_be_sealed);
	tcase_add_test(tc, missing_runs_are_cut_at_sixteen);
	tcase_add_test(tc, nobody_seals_anothers_session);
	tcase_add_test(tc, a_score_comes_back_bit_for_bit);
	tcase_add_test(tc, an_open_session_has_no_score);
	tcase_add_test(tc, engagement_counts_each_participant_once);
	tcase_add_test(tc, one_participant_has_no_deviation);
	tcase_add_test(tc, sessions_that_finish_together_all_count);
	suite_add_tcase(suite, tc);
	return suite;
}
