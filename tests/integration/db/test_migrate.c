#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/cluster_place.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/partitions.h"
#include "db/tasks.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

#define MIGRATIONS CAMP_SOURCE_DIR "/migrations"

static char folder[64];
static struct db_migrated migrated;

static void
make_folder(void)
{
	char command[256];

	strcpy(folder, "/tmp/camp-migrate-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(command, sizeof(command), "cp %s/*.sql %s/", MIGRATIONS, folder);
	ck_assert_int_eq(system(command), 0);
}

static void
remove_folder(void)
{
	cluster_place_remove(folder);
}

static void
add_file(const char *name, const char *mode, const char *text)
{
	char path[160];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, mode);
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static void
migrate_ok(const char *conninfo, const char *from)
{
	char why[512] = "";

	ck_assert_msg(db_migrate(conninfo, from, &migrated, why, sizeof(why)) == CAMP_OK,
		      "%s", why);
}

static enum camp_err
check(const char *conninfo, const char *from, char *why, size_t size)
{
	PGconn *conn = temp_db_connect(conninfo, DB_APP);
	enum camp_err err;

	why[0] = '\0';
	err = db_schema_check(conn, from, why, size);
	PQfinish(conn);
	return err;
}

START_TEST(an_empty_database_is_migrated_once)
{
	char conninfo[TEMP_DB_SIZE], why[512];

	temp_db_new_empty(conninfo);
	migrate_ok(conninfo, MIGRATIONS);
	ck_assert_int_eq(migrated.version, DB_SCHEMA_VERSION);
	ck_assert_int_eq(migrated.n_applied, DB_SCHEMA_VERSION);
	ck_assert_str_eq(migrated.applied[0].name, "0001_base");
	migrate_ok(conninfo, MIGRATIONS);
	ck_assert_int_eq(migrated.version, DB_SCHEMA_VERSION);
	ck_assert_int_eq(migrated.n_applied, 0);
	ck_assert_int_eq(check(conninfo, MIGRATIONS, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(check(conninfo, NULL, why, sizeof(why)), CAMP_OK);
}
END_TEST

START_TEST(several_at_once_apply_each_migration_once)
{
	char conninfo[TEMP_DB_SIZE];
	pid_t children[4];
	int status;
	PGconn *conn;

	temp_db_new_empty(conninfo);
	for (int i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			migrate_ok(conninfo, MIGRATIONS);
			_exit(migrated.version == DB_SCHEMA_VERSION ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_int_eq(atoi(temp_db_value(conn,
					    "SELECT count(*) FROM schema_migration")),
			 DB_SCHEMA_VERSION);
	PQfinish(conn);
}
END_TEST

START_TEST(an_edited_migration_is_refused)
{
	char conninfo[TEMP_DB_SIZE], why[512];

	temp_db_new(conninfo);
	add_file("0001_base.sql", "ae", "-- a remark\n");
	ck_assert_int_eq(db_migrate(conninfo, folder, &migrated, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "the migration \"0001_base\" was edited after this "
			      "database applied it: restore the file");
	ck_assert_int_eq(check(conninfo, folder, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "was edited"));
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	char conninfo[TEMP_DB_SIZE], name[64], why[512];

	temp_db_new(conninfo);
	snprintf(name, sizeof(name), "%04d_future.sql", DB_SCHEMA_VERSION + 1);
	add_file(name, "we", "-- a later release\nCREATE TABLE future (x integer);\n");
	migrate_ok(conninfo, folder);
	ck_assert_int_eq(migrated.n_applied, 1);
	ck_assert_int_eq(db_migrate(conninfo, MIGRATIONS, &migrated, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "newer than this program"));
	ck_assert_int_eq(check(conninfo, NULL, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "newer than this program"));
}
END_TEST

START_TEST(an_older_or_missing_schema_is_refused)
{
	char conninfo[TEMP_DB_SIZE], why[512];

	temp_db_new_empty(conninfo);
	ck_assert_int_eq(check(conninfo, MIGRATIONS, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "is missing"));
	ck_assert_ptr_nonnull(strstr(why, "camp migrate"));
}
END_TEST

/* Data of several organisations, which the owner sees one at a time. */
START_TEST(an_older_database_keeps_its_data)
{
	char conninfo[TEMP_DB_SIZE], command[160];
	struct temp_tenant tenants[2];
	PGconn *conn;

	temp_db_new_empty(conninfo);
	/* All but the first two. */
	snprintf(command, sizeof(command), "cd %s && ls *.sql | tail -n +3 | xargs rm",
		 folder);
	ck_assert_int_eq(system(command), 0);
	migrate_ok(conninfo, folder);
	ck_assert_int_eq(migrated.version, 2);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	for (int i = 0; i < 2; i++) {
		char organisation[UUID_TEXT_LEN + 1], cohort[UUID_TEXT_LEN + 1];

		temp_db_tenant(conninfo, i + 1, &tenants[i]);
		uuid_format(&tenants[i].organisation_id, organisation);
		uuid_format(&tenants[i].cohort_id, cohort);
		temp_db_value(conn,
			      "WITH p AS (INSERT INTO participant SELECT "
			      "gen_random_uuid(), '%s', '%s', NULL, NULL, 'en', "
			      "decode(repeat('00', 16), 'hex') RETURNING *) SELECT 1",
			      organisation, cohort);
	}
	temp_db_value(conn,
		      "INSERT INTO participant_day SELECT participant_id, date "
		      "'2026-10-30' + d, 'stroop', organisation_id, cohort_id, 1, 40, "
		      "jsonb_build_object('effect', jsonb_build_object('unit', 'ms', "
		      "'mean', 100 + 30 * d, 'n', 1 + d)) FROM participant, "
		      "generate_series(0, 1) d");
	migrate_ok(conninfo, MIGRATIONS);
	ck_assert_int_eq(migrated.version, DB_SCHEMA_VERSION);
	ck_assert_str_eq(
		temp_db_value(conn, "SELECT string_agg(concat_ws(' ', sessions, trials, "
				    "scores), '; ') FROM participant_total"),
		"2 80 {\"effect\": {\"n\": 3, \"mean\": 120, \"unit\": \"ms\"}}; 2 80 "
		"{\"effect\": {\"n\": 3, \"mean\": 120, \"unit\": \"ms\"}}");
	/* One joined each cohort, and has its number. */
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT count(*) || ' ' || min(p.join_no) || "
				       "' ' || max(c.joined) FROM participant p "
				       "JOIN join_counter c USING (cohort_id)"),
			 "2 1 1");
	PQfinish(conn);
}
END_TEST

START_TEST(a_failing_migration_changes_nothing)
{
	char conninfo[TEMP_DB_SIZE], name[64], why[512];
	PGconn *conn;

	temp_db_new(conninfo);
	snprintf(name, sizeof(name), "%04d_bad.sql", DB_SCHEMA_VERSION + 1);
	add_file(name, "we",
		 "-- two statements\nCREATE TABLE half (x integer);\nSELECT 1/0;\n");
	ck_assert_int_eq(db_migrate(conninfo, folder, &migrated, why, sizeof(why)),
			 CAMP_ERR_FAULT);
	ck_assert_ptr_nonnull(strstr(why, "22012"));
	ck_assert_int_eq(migrated.version, DB_SCHEMA_VERSION);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT to_regclass('half') IS NULL"), "t");
	PQfinish(conn);
}
END_TEST

START_TEST(a_gap_in_the_folder_is_refused)
{
	char conninfo[TEMP_DB_SIZE], name[64], why[512];

	temp_db_new(conninfo);
	snprintf(name, sizeof(name), "%04d_far.sql", DB_SCHEMA_VERSION + 2);
	add_file(name, "we", "-- nothing\nSELECT 1;\n");
	ck_assert_int_eq(db_migrate(conninfo, folder, &migrated, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "is incomplete"));
}
END_TEST

START_TEST(a_login_without_rights_is_told_what_to_do)
{
	char conninfo[TEMP_DB_SIZE], plain[TEMP_DB_SIZE + 32], why[512];
	PGconn *conn;

	temp_db_new_empty(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	temp_db_state_of(conn, "CREATE ROLE plain LOGIN");
	PQfinish(conn);
	snprintf(plain, sizeof(plain), "%s user=plain", conninfo);
	ck_assert_int_ne(db_migrate(plain, MIGRATIONS, &migrated, why, sizeof(why)),
			 CAMP_OK);
	ck_assert_msg(strstr(why, "camp_owner") != NULL, "%s", why);
	ck_assert_ptr_null(strchr(why, '\n'));
}
END_TEST

/* The last of two users counts. */
static void
as_login(char out[TEMP_DB_SIZE + 64], const char *conninfo, const char *login)
{
	snprintf(out, TEMP_DB_SIZE + 64, "%s user=%s", conninfo, login);
}

static void
own_database(const char *conninfo, const char *login, const char *rights)
{
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	char sql[128];

	snprintf(sql, sizeof(sql), "CREATE ROLE %s LOGIN %s", login, rights);
	temp_db_state_of(conn, sql);
	temp_db_value(conn,
		      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I OWNER TO %s', "
		      "current_database()); END $$",
		      login);
	PQfinish(conn);
}

START_TEST(a_plain_owner_uses_roles_that_were_granted)
{
	char conninfo[TEMP_DB_SIZE], plain[TEMP_DB_SIZE + 64], why[512];
	struct db_options options = {.conninfo = plain,
				     .lanes = 2,
				     .queue_limit = 8,
				     .writer_queue_limit = 8,
				     .timeout_ms = 5000};
	struct db *db;
	PGconn *conn;

	temp_db_new_empty(conninfo);
	own_database(conninfo, "granted", "");
	conn = temp_db_connect(conninfo, DB_LOGIN);
	temp_db_value(conn, "GRANT camp_owner, camp_app, camp_ingest, camp_auth TO "
			    "granted");
	PQfinish(conn);
	as_login(plain, conninfo, "granted");
	migrate_ok(plain, MIGRATIONS);
	ck_assert_int_eq(migrated.version, DB_SCHEMA_VERSION);
	ck_assert_msg(db_open(&db, &options, why, sizeof(why)) == CAMP_OK, "%s", why);
	ck_assert(db_ready(db));
	db_close(db, 1000);
}
END_TEST

START_TEST(an_owner_with_createrole_needs_nobody)
{
	char conninfo[TEMP_DB_SIZE], plain[TEMP_DB_SIZE + 64];
	PGconn *conn;

	temp_db_new_empty(conninfo);
	own_database(conninfo, "maker", "CREATEROLE");
	/* From 16 on it administers only the roles that it made, as it would these. */
	conn = temp_db_connect(conninfo, DB_LOGIN);
	if (PQserverVersion(conn) >= 160000)
		temp_db_value(conn, "GRANT camp_owner, camp_app, camp_ingest, camp_auth "
				    "TO maker WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
	PQfinish(conn);
	as_login(plain, conninfo, "maker");
	migrate_ok(plain, MIGRATIONS);
	conn = temp_db_connect(plain, DB_APP);
	ck_assert_str_eq(temp_db_value(conn, "SELECT current_user || session_user"),
			 "camp_appmaker");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM cohort"), "0");
	PQfinish(conn);
}
END_TEST

START_TEST(a_database_that_is_down_is_named)
{
	char why[512];

	ck_assert_int_eq(db_migrate("host=/nonexistent dbname=camp", MIGRATIONS,
				    &migrated, why, sizeof(why)),
			 CAMP_ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(why, "cannot be reached"));
	ck_assert_int_eq(db_migrate("no such=thing = ", MIGRATIONS, &migrated, why,
				    sizeof(why)),
			 CAMP_ERR_INVALID);
}
END_TEST

START_TEST(partitions_cover_the_months_asked_for)
{
	char conninfo[TEMP_DB_SIZE], cell[64];
	/* 2024-12-31 23:59:59.999 and 2025-02-01 00:00 */
	int64_t from = 1735689599999, to = 1738368000000;
	struct uuid id;
	PGconn *conn;

	temp_db_new(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(db_partitions_ensure(conn, from, to), CAMP_OK);
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT string_agg(c.relname, ' ' ORDER BY 1)"
				       "  FROM pg_inherits i JOIN pg_class c ON c.oid = "
				       "i.inhrelid"
				       " WHERE c.relkind = 'r' AND c.relname < "
				       "'trial_cell_y2026'"),
			 "trial_cell_y2024m12 trial_cell_y2025m01 trial_cell_y2025m02");
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = {"trial_cell_y2024m12",
						    "trial_cell_y2025m01",
						    "trial_cell_y2025m02"};
		int64_t at[] = {from, from + 1, to};

		id = uuid_v7_at(at[i]);
		uuid_format(&id, cell);
		ck_assert_str_eq(
			temp_db_value(
				conn,
				"INSERT INTO trial_cell (participant_id, session_id, "
				"cell, organisation_id, task, task_version, present, "
				"condition, correct, received_at) VALUES ('%s', '%s', 0, "
				"'%s', 'stroop', 1, 1, '{0}', '{t}', now()) RETURNING "
				"tableoid::regclass",
				cell, cell, cell),
			names[i]);
	}
	ck_assert_int_eq(
		atoi(temp_db_value(conn, "SELECT count(*) FROM pg_class WHERE relname ~ "
					 "'^trial_cell_y....m..$' AND NOT "
					 "(relrowsecurity AND relforcerowsecurity)")),
		0);
	PQfinish(conn);
}
END_TEST

START_TEST(the_months_around_now_are_there_after_migration)
{
	char conninfo[TEMP_DB_SIZE];
	PGconn *conn;

	temp_db_new(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT bool_and(to_regclass('trial_cell_' || "
				       "to_char(date_trunc('month', now() AT TIME ZONE "
				       "'UTC') + n * interval '1 month', "
				       "'\"y\"YYYY\"m\"MM')) IS NOT NULL) FROM "
				       "generate_series(-1, 2) n"),
			 "t");
	PQfinish(conn);
}
END_TEST

/* How one definition becomes another: whether that is let pass. */
static enum camp_err
register_after(PGconn *conn, const char *before, const char *after)
{
	static const char *const conditions[] = {"a"};
	static const char *const responses[] = {"left"};
	static int version;
	struct db_task task = {"stroop", ++version, 1, 1, conditions, responses, before};
	char why[512] = "";

	ck_assert_msg(db_task_register(conn, &task, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
	task.definition_json = after;
	return db_task_register(conn, &task, why, sizeof(why));
}

START_TEST(a_registered_task_takes_new_texts_and_nothing_else)
{
	static const char before[] =
		"{\"title\": {\"en\": \"One\"}, \"n\": [{\"default\": 4, "
		"\"description\": "
		"{\"en\": \"x\"}}], \"stimuli\": {\"label\": \"big\", \"notes\": \"x\"}, "
		"\"rules\": {\"slow\": {\"value\": 3, \"reason\": \"x\"}}, \"sources\": "
		"[]}";
	static const char texts[] =
		"{\"title\": {\"en\": \"Uno\", \"es\": \"Uno\"}, \"n\": [{\"default\": "
		"4, "
		"\"description\": {\"en\": \"y\", \"ar\": \"z\"}}], \"stimuli\": "
		"{\"label\": "
		"\"big\", \"notes\": \"y\"}, \"rules\": {\"slow\": {\"value\": 3, "
		"\"reason\": \"y\", \"source\": \"z\"}}, \"summary\": {\"en\": \"new\"}, "
		"\"sources\": [{\"citation\": \"z\"}]}";
	static const struct {
		const char *before, *after;
	} changes[] = {
		{"{\"n\": [{\"default\": 4}]}", "{\"n\": [{\"default\": 5}]}"},
		{"{\"n\": [{\"default\": 4}]}", "{\"n\": [{\"default\": 4}, {}]}"},
		{"{\"n\": [1, 2]}", "{\"n\": [2, 1]}"},
		{"{\"n\": [1, 1]}", "{\"n\": [1]}"},
		{"{\"n\": {}}", "{\"n\": []}"},
		{"{\"n\": {}}", "{\"n\": {\"max\": null}}"},
		{"{\"stimuli\": {\"label\": \"big\"}}",
		 "{\"stimuli\": {\"label\": \"small\"}}"},
		{"{\"title\": {\"en\": \"One\"}, \"adaptive\": 1}",
		 "{\"title\": {\"en\": \"One\"}}"},
	};
	char conninfo[TEMP_DB_SIZE];
	PGconn *conn;

	temp_db_new(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	ck_assert_int_eq(register_after(conn, before, texts), CAMP_OK);
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT definition->'title'->>'es' FROM task"),
			 "Uno");
	ck_assert_str_eq(temp_db_value(conn, "SELECT definition->'n'->0->'description'"
					     "->>'ar' FROM task"),
			 "z");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ck_assert_int_eq(register_after(conn, changes[i].before,
						changes[i].after),
				 CAMP_ERR_INVALID);
		ck_assert_str_eq(temp_db_value(conn,
					       "SELECT definition = '%s' FROM task "
					       "ORDER BY version DESC LIMIT 1",
					       changes[i].before),
				 "t");
	}
	PQfinish(conn);
}
END_TEST

START_TEST(a_registered_task_may_not_be_edited)
{
	static const char *const conditions[] = {"a \"quoted\" one", "b\\c"};
	static const char *const responses[] = {"left"};
	struct db_task task = {"flanker", 1, 2, 1, conditions, responses, "{\"x\": 1}"};
	char conninfo[TEMP_DB_SIZE], why[512] = "";
	PGconn *conn;

	temp_db_new(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(db_task_register(conn, &task, why, sizeof(why)) == CAMP_OK,
			      "%s", why);
	ck_assert_str_eq(temp_db_value(conn, "SELECT conditions[1] FROM task"),
			 "a \"quoted\" one");
	ck_assert_str_eq(temp_db_value(conn, "SELECT conditions[2] FROM task"), "b\\c");
	task.definition_json = "{\"x\":1}";
	ck_assert_int_eq(db_task_register(conn, &task, why, sizeof(why)), CAMP_OK);
	task.definition_json = "{\"x\": 2}";
	ck_assert_int_eq(db_task_register(conn, &task, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "the definition of task \"flanker\" version 1 differs from "
			      "the one that stored trials refer to: raise its version");
	task.version = 2;
	ck_assert_int_eq(db_task_register(conn, &task, why, sizeof(why)), CAMP_OK);
	PQfinish(conn);
}
END_TEST

Suite *
suite_migrate(void)
{
	Suite *suite = suite_create("migrate");
	TCase *tc = tcase_create("migrations");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_empty_database_is_migrated_once);
	tcase_add_test(tc, several_at_once_apply_each_migration_once);
	tcase_add_test(tc, an_edited_migration_is_refused);
	tcase_add_test(tc, a_newer_schema_is_refused);
	tcase_add_test(tc, an_older_or_missing_schema_is_refused);
	tcase_add_test(tc, an_older_database_keeps_its_data);
	tcase_add_test(tc, a_failing_migration_changes_nothing);
	tcase_add_test(tc, a_gap_in_the_folder_is_refused);
	tcase_add_test(tc, a_login_without_rights_is_told_what_to_do);
	tcase_add_test(tc, a_plain_owner_uses_roles_that_were_granted);
	tcase_add_test(tc, an_owner_with_createrole_needs_nobody);
	tcase_add_test(tc, a_database_that_is_down_is_named);
	tcase_add_test(tc, partitions_cover_the_months_asked_for);
	tcase_add_test(tc, the_months_around_now_are_there_after_migration);
	tcase_add_test(tc, a_registered_task_may_not_be_edited);
	tcase_add_test(tc, a_registered_task_takes_new_texts_and_nothing_else);
	suite_add_tcase(suite, tc);
	return suite;
}
