#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

/* What each role may do to each table: of S(elect), I(nsert), U(pdate), D(elete). */
static const struct {
	const char *table, *app, *ingest, *auth;
} rights[] = {
	{"organisation", "S", "", "s"},
	{"cohort", "S", "", "s"},
	{"task", "S", "", ""},
	{"programme", "S", "", ""},
	{"join_counter", "SIU", "", ""},
	{"participant", "SIU", "", ""},
	{"consent", "SIU", "", ""},
	{"session", "SIU", "", ""},
	{"score", "SIUD", "", ""},
	{"participant_day", "SIUD", "", ""},
	{"participant_total", "SIUD", "", ""},
	{"cohort_rollup", "SIUD", "", ""},
	{"rollup_dirty", "SIUD", "", ""},
	{"trial_cell", "S", "SIU", ""},
	{"trial_conflict", "S", "SIU", ""},
	{"trial", "S", "", ""},
	{"ability", "SIUD", "", ""},
	{"engagement", "SIUD", "", ""},
	{"person_adapter", "SIU", "", ""},
	{"model", "SI", "", ""},
	{"active_model", "SIU", "", ""},
	{"model_run", "SIU", "", ""},
	{"eeg_recording", "SIU", "", ""},
	{"eeg_epoch", "SI", "", ""},
	{"eeg", "S", "", ""},
	{"schema_migration", "S", "S", "S"},
};

#define N_RIGHTS (sizeof(rights) / sizeof(rights[0]))

static char conninfo[TEMP_DB_SIZE];
static struct temp_tenant one, two;
static char one_id[UUID_TEXT_LEN + 1], two_id[UUID_TEXT_LEN + 1];

/* A row of tenant "one" in every tenant table. */
static void
make_rows(void)
{
	char cohort[UUID_TEXT_LEN + 1], person[UUID_TEXT_LEN + 1];
	struct uuid id = uuid_v7();
	PGconn *conn;

	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	temp_db_tenant(conninfo, 2, &two);
	uuid_format(&one.organisation_id, one_id);
	uuid_format(&two.organisation_id, two_id);
	uuid_format(&one.cohort_id, cohort);
	uuid_format(&id, person);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	temp_db_value(conn,
		      "INSERT INTO participant VALUES ('%s', '%s', '%s', 'p', NULL, "
		      "'en', decode(repeat('00', 16), 'hex'))",
		      person, one_id, cohort);
	temp_db_value(conn, "INSERT INTO consent VALUES ('%s', 1, '%s', now(), 'en')",
		      person, one_id);
	temp_db_value(conn,
		      "INSERT INTO session (participant_id, session_id, organisation_id, "
		      "cohort_id, task, task_version, seed, request_key, request_hash, "
		      "request_no) VALUES ('%s', '%s', '%s', '%s', 'stroop', 1, 7, "
		      "decode(repeat('00', 16), 'hex'), decode(repeat('00', 16), 'hex'), "
		      "0)",
		      person, person, one_id, cohort);
	temp_db_value(conn,
		      "INSERT INTO trial_cell (participant_id, session_id, cell, "
		      "organisation_id, task, task_version, present, condition, correct, "
		      "rt_ms, response, detail, received_at) VALUES ('%s', '%s', 1, "
		      "'%s', "
		      "'stroop', 1, -2147483646, '{0,1}'::int[]::\"char\"[], '{t,f}', "
		      "'{512.5,NULL}', '{1,NULL}'::int[]::\"char\"[], "
		      "'[null,{\"a\":1}]', now())",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO trial_conflict VALUES ('%s', '%s', 0, '\\x00', '%s', "
		      "'stroop', '{}', now())",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO score VALUES ('%s', '%s', 'x', '%s', 'ms', 1, 1, 1, "
		      "1, "
		      "1, 1, 0)",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO ability VALUES ('%s', 'stroop', '%s', 1, '%s', 1, 1, "
		      "0.8, 1, 1, 1, 0)",
		      person, one_id, person);
	temp_db_value(conn,
		      "INSERT INTO engagement (participant_id, session_id, "
		      "organisation_id, trials, defined, model_version, encoder, "
		      "first_seq, p, mu, sigma, risk, lapse) VALUES ('%s', '%s', '%s', "
		      "1, "
		      "false, '0123456789abcdef', 'gru', 0, '{1}', '{1}', '{1}', '{1}', "
		      "'{f}')",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO person_adapter VALUES ('%s', '%s', "
		      "'0123456789abcdef', '\\x00', false, 1, 0)",
		      person, one_id);
	temp_db_value(conn,
		      "INSERT INTO programme VALUES ('%s', 1, '%s', '{}', 1, '{a,b}')",
		      cohort, one_id);
	temp_db_value(conn, "INSERT INTO join_counter VALUES ('%s', '%s', 1)", cohort,
		      one_id);
	temp_db_value(conn,
		      "INSERT INTO eeg_recording VALUES ('%s', '%s', '%s', 'Muse', "
		      "'Fpz', 256, 1, NULL, '{TP9,AF7}', now())",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO eeg_epoch VALUES ('%s', '%s', 0, '%s', 1000, "
		      "'{{1,2},{1,NULL},{1,2},{1,2},{1,2}}', NULL, 1, NULL, 1, 1, NULL, "
		      "1, now())",
		      person, person, one_id);
	temp_db_value(conn,
		      "INSERT INTO participant_day VALUES ('%s', '2026-01-01', 'stroop', "
		      "'%s', '%s', 1, 1, '{}')",
		      person, one_id, cohort);
	temp_db_value(conn,
		      "INSERT INTO participant_total VALUES ('%s', 'stroop', '%s', '%s', "
		      "1, 1, '{}')",
		      person, one_id, cohort);
	temp_db_value(conn,
		      "INSERT INTO cohort_rollup VALUES ('%s', 'stroop', '2026-01-01', "
		      "'%s', 1, 1, 1, '{}', now())",
		      cohort, one_id);
	temp_db_value(conn,
		      "INSERT INTO rollup_dirty (organisation_id, cohort_id, day, task, "
		      "marked_at) VALUES ('%s', '%s', '2026-01-01', 'stroop', now())",
		      one_id, cohort);
	PQfinish(conn);
}

static void
check_right(PGconn *conn, const char *role, const char *table, char letter,
	    const char *privilege, const char *want)
{
	bool expected = strchr(want, letter) != NULL;
	const char *got =
		temp_db_value(conn, "SELECT has_table_privilege('%s', 'public.%s', '%s')",
			      role, table, privilege);

	ck_assert_msg(strcmp(got, expected ? "t" : "f") == 0, "%s %s %s is %s", role,
		      privilege, table, got);
}

START_TEST(each_role_has_its_rights_and_no_others)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	ck_assert_int_eq(atoi(temp_db_value(conn,
					    "SELECT count(*) FROM pg_class WHERE "
					    "relnamespace = 'public'::regnamespace AND "
					    "relkind IN ('r', 'p', 'v') AND NOT "
					    "relispartition")),
			 (int)N_RIGHTS);
	for (size_t i = 0; i < N_RIGHTS; i++) {
		static const struct {
			char letter;
			const char *privilege;
		} kinds[] = {{'S', "SELECT"},
			     {'I', "INSERT"},
			     {'U', "UPDATE"},
			     {'D', "DELETE"},
			     {'T', "TRUNCATE"}};

		for (size_t k = 0; k < 5; k++) {
			check_right(conn, "camp_app", rights[i].table, kinds[k].letter,
				    kinds[k].privilege, rights[i].app);
			check_right(conn, "camp_ingest", rights[i].table, kinds[k].letter,
				    kinds[k].privilege, rights[i].ingest);
			check_right(conn, "camp_auth", rights[i].table, kinds[k].letter,
				    kinds[k].privilege, rights[i].auth);
		}
	}
	PQfinish(conn);
}
END_TEST

START_TEST(nobody_is_granted_a_partition)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	ck_assert_str_eq(
		temp_db_value(conn, "SELECT count(*) FROM pg_class c, unnest(ARRAY["
				    "'camp_app', 'camp_ingest', 'camp_auth']) r WHERE "
				    "c.relispartition AND c.relkind = 'r' AND "
				    "has_any_column_privilege(r, c.oid, 'SELECT, INSERT, "
				    "UPDATE')"),
		"0");
	PQfinish(conn);
}
END_TEST

static bool
is_tenant_table(const char *name)
{
	static const char *const shared[] = {"task", "schema_migration", "model",
					     "active_model", "model_run"};

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (strcmp(name, shared[i]) == 0)
			return false;
	return true;
}

/* Rows seen by a role, with app.org set to org unless NULL; -1: refused. */
static int
rows_seen(enum db_role role, const char *org, const char *table)
{
	PGconn *conn = temp_db_connect(conninfo, role);
	char sql[128];
	int n = -1;

	if (org != NULL)
		temp_db_value(conn, "SELECT set_config('app.org', '%s', false)", org);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	if (strcmp(temp_db_state_of(conn, sql), "00000") == 0)
		n = atoi(temp_db_value(conn, "%s", sql));
	PQfinish(conn);
	return n;
}

START_TEST(the_app_sees_its_own_organisation_only)
{
	for (size_t i = 0; i < N_RIGHTS; i++) {
		const char *table = rights[i].table;
		bool both = strcmp(table, "organisation") == 0 ||
			    strcmp(table, "cohort") == 0;

		if (!is_tenant_table(table))
			continue;
		ck_assert_msg(rows_seen(DB_APP, one_id, table) >= 1, "%s", table);
		ck_assert_msg(rows_seen(DB_APP, two_id, table) == (both ? 1 : 0), "%s",
			      table);
		ck_assert_msg(rows_seen(DB_APP, NULL, table) == 0, "%s", table);
		ck_assert_msg(rows_seen(DB_APP, "", table) == 0, "%s", table);
	}
}
END_TEST

START_TEST(the_owner_is_bound_too)
{
	for (size_t i = 0; i < N_RIGHTS; i++) {
		if (!is_tenant_table(rights[i].table) ||
		    strcmp(rights[i].table, "trial") == 0)
			continue;
		ck_assert_msg(rows_seen(DB_OWNER, NULL, rights[i].table) == 0, "%s",
			      rights[i].table);
	}
}
END_TEST

START_TEST(the_writer_sees_cells_of_all_and_nothing_else)
{
	for (size_t i = 0; i < N_RIGHTS; i++) {
		bool cells = strcmp(rights[i].table, "trial_cell") == 0 ||
			     strcmp(rights[i].table, "trial_conflict") == 0;

		if (is_tenant_table(rights[i].table))
			ck_assert_msg(rows_seen(DB_INGEST, NULL, rights[i].table) ==
					      (cells ? 1 : -1),
				      "%s", rights[i].table);
	}
}
END_TEST

START_TEST(the_writers_policy_stands_in_for_bypassrls)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	/* In a transaction that is undone: the role is the whole cluster's. */
	temp_db_value(conn, "BEGIN");
	temp_db_value(conn, "ALTER ROLE camp_ingest NOBYPASSRLS");
	temp_db_value(conn, "SET LOCAL ROLE camp_ingest");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM trial_cell"), "1");
	ck_assert_str_eq(temp_db_value(conn, "WITH u AS (UPDATE trial_cell SET detail = "
					     "NULL RETURNING 1) SELECT count(*) FROM u"),
			 "1");
	temp_db_value(conn, "ROLLBACK");
	PQfinish(conn);
}
END_TEST

START_TEST(lookups_read_codes_and_hashes_only)
{
	PGconn *conn = temp_db_connect(conninfo, DB_AUTH);

	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT o.name FROM cohort c JOIN organisation o "
				       "USING (organisation_id) WHERE join_code = '%s'",
				       two.join_code),
			 "Organisation 2");
	ck_assert_str_eq(temp_db_state_of(conn, "SELECT created_at FROM cohort"),
			 "42501");
	ck_assert_str_eq(temp_db_state_of(conn, "SELECT * FROM participant"), "42501");
	ck_assert_str_eq(temp_db_state_of(conn, "DELETE FROM cohort"), "42501");
	PQfinish(conn);
}
END_TEST

START_TEST(a_row_for_another_organisation_is_refused)
{
	PGconn *conn = temp_db_connect(conninfo, DB_APP);
	char cohort[UUID_TEXT_LEN + 1], sql[512];

	uuid_format(&one.cohort_id, cohort);
	temp_db_value(conn, "SELECT set_config('app.org', '%s', false)", two_id);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO participant VALUES (gen_random_uuid(), '%s', '%s', 'p', "
		 "NULL, 'en', decode(repeat('00', 16), 'hex'))",
		 one_id, cohort);
	ck_assert_str_eq(temp_db_state_of(conn, sql), "42501");
	PQfinish(conn);
}
END_TEST

START_TEST(the_view_gives_one_row_a_trial_with_names)
{
	PGconn *conn = temp_db_connect(conninfo, DB_APP);

	temp_db_value(conn, "SELECT set_config('app.org', '%s', false)", one_id);
	ck_assert_str_eq(
		temp_db_value(conn, "SELECT string_agg(concat_ws(',', seq, condition, "
				    "correct, rt_ms, response, flags, detail), ' ' ORDER "
				    "BY seq) FROM trial"),
		"33,congruent,t,512.5,right,0 63,incongruent,f,0,{\"a\": 1}");
	PQfinish(conn);
}
END_TEST

Suite *
suite_roles(void)
{
	Suite *suite = suite_create("roles");
	TCase *tc = tcase_create("roles and row-level security");

	tcase_add_checked_fixture(tc, make_rows, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_role_has_its_rights_and_no_others);
	tcase_add_test(tc, nobody_is_granted_a_partition);
	tcase_add_test(tc, the_app_sees_its_own_organisation_only);
	tcase_add_test(tc, the_owner_is_bound_too);
	tcase_add_test(tc, the_writer_sees_cells_of_all_and_nothing_else);
	tcase_add_test(tc, the_writers_policy_stands_in_for_bypassrls);
	tcase_add_test(tc, lookups_read_codes_and_hashes_only);
	tcase_add_test(tc, a_row_for_another_organisation_is_refused);
	tcase_add_test(tc, the_view_gives_one_row_a_trial_with_names);
	suite_add_tcase(suite, tc);
	return suite;
}
