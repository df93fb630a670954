/*
 * The ten rules that let one schema run on one PostgreSQL and, distributed by
 * participant_id, on Citus (docs/architecture.md), proved from the catalogue and from the
 * registry of statements.
 */
#include <config.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/statements.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

#define MIGRATIONS CAMP_SOURCE_DIR "/migrations"

enum kind { REFERENCE, DISTRIBUTED, LOCAL };

/* Every table has a place here; a new one makes its author choose. */
static const struct {
	const char *name;
	enum kind kind;
} tables[] = {
	{"organisation", REFERENCE},
	{"task", REFERENCE},
	{"cohort", REFERENCE},
	{"programme", REFERENCE},
	{"cohort_rollup", REFERENCE},
	{"model", REFERENCE},
	{"active_model", REFERENCE},
	{"participant", DISTRIBUTED},
	{"consent", DISTRIBUTED},
	{"session", DISTRIBUTED},
	{"trial_cell", DISTRIBUTED},
	{"trial_conflict", DISTRIBUTED},
	{"score", DISTRIBUTED},
	{"eeg_recording", DISTRIBUTED},
	{"eeg_epoch", DISTRIBUTED},
	{"participant_day", DISTRIBUTED},
	{"participant_total", DISTRIBUTED},
	{"ability", DISTRIBUTED},
	{"engagement", DISTRIBUTED},
	{"person_adapter", DISTRIBUTED},
	{"join_counter", LOCAL},
	{"model_run", LOCAL},
	{"rollup_dirty", LOCAL},
	{"schema_migration", LOCAL},
};

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static char conninfo[TEMP_DB_SIZE];
static PGconn *conn;

/* The tables with their kinds, as a CTE for the queries below. */
static char kinds_sql[2048];

static void
connect_one(void)
{
	size_t n;

	temp_db_new(conninfo);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	n = (size_t)snprintf(kinds_sql, sizeof(kinds_sql),
			     "WITH kind(name, kind) AS (VALUES ");
	for (size_t i = 0; i < N_TABLES; i++)
		n += (size_t)snprintf(kinds_sql + n, sizeof(kinds_sql) - n,
				      "%s('%s', '%c')", i > 0 ? ", " : "", tables[i].name,
				      "rdl"[tables[i].kind]);
	snprintf(kinds_sql + n, sizeof(kinds_sql) - n,
		 "), t AS (SELECT c.oid, c.relname, k.kind FROM pg_class c LEFT JOIN "
		 "kind "
		 "k ON k.name = c.relname WHERE c.relnamespace = 'public'::regnamespace "
		 "AND c.relkind IN ('r', 'p') AND NOT c.relispartition) ");
}

static void
disconnect_one(void)
{
	PQfinish(conn);
}

/* What a query lists, which must be nothing. */
#define NONE(query) \
	ck_assert_str_eq(temp_db_value(conn, \
				       "%s SELECT coalesce(string_agg(x, ', '), " \
				       "'') FROM (" query ") AS v(x)", \
				       kinds_sql), \
			 "")

START_TEST(every_table_has_a_kind)
{
	NONE("SELECT relname::text FROM t WHERE kind IS NULL");
	ck_assert_int_eq(atoi(temp_db_value(conn, "%s SELECT count(*) FROM t",
					    kinds_sql)),
			 (int)N_TABLES);
}
END_TEST

/* Rule 1. */
START_TEST(every_key_of_a_distributed_table_leads_with_participant_id)
{
	NONE("SELECT t.relname || '.' || i.indexrelid::regclass FROM t JOIN pg_index i "
	     "ON "
	     "i.indrelid = t.oid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum "
	     "= "
	     "i.indkey[0] WHERE t.kind = 'd' AND i.indisunique AND a.attname <> "
	     "'participant_id'");
	NONE("SELECT t.relname::text FROM t WHERE t.kind = 'd' AND NOT EXISTS (SELECT "
	     "FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)");
	NONE("SELECT t.relname::text FROM t WHERE NOT EXISTS (SELECT FROM pg_index i "
	     "WHERE i.indrelid = t.oid AND i.indisprimary)");
}
END_TEST

/* Rule 2. */
START_TEST(foreign_keys_stay_on_a_shard_or_go_to_reference_tables)
{
	NONE("SELECT f.conname::text FROM pg_constraint f JOIN t c ON c.oid = f.conrelid "
	     "JOIN t p ON p.oid = f.confrelid WHERE f.contype = 'f' AND p.kind = 'd' AND "
	     "(c.kind <> 'd' OR (SELECT attname FROM pg_attribute WHERE attrelid = "
	     "f.conrelid AND attnum = f.conkey[1]) <> 'participant_id' OR (SELECT "
	     "attname "
	     "FROM pg_attribute WHERE attrelid = f.confrelid AND attnum = f.confkey[1]) "
	     "<> 'participant_id')");
	NONE("SELECT f.conname::text FROM pg_constraint f JOIN t c ON c.oid = f.conrelid "
	     "JOIN t p ON p.oid = f.confrelid WHERE f.contype = 'f' AND p.kind = 'l'");
}
END_TEST

static bool
holds(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static char *
read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text;
	size_t n;

	ck_assert_ptr_nonnull(in);
	text = calloc(1, 1 << 20);
	ck_assert_ptr_nonnull(text);
	n = fread(text, 1, (1 << 20) - 1, in);
	ck_assert_uint_gt(n, 0);
	fclose(in);
	return text;
}

/* "0003_ability.sql" starts with "-- 0003_ability: ". */
static void
check_first_line(const char *name, const char *text)
{
	char want[96];
	size_t n;

	snprintf(want, sizeof(want), "-- %.*s: ", (int)(strlen(name) - 4), name);
	n = strlen(want);
	ck_assert_msg(strncmp(text, want, n) == 0 && strchr(text, '\n') > text + n + 20,
		      "%s does not say why in its first line", name);
}

/* The line before each CREATE INDEX is a comment that names its query. */
static void
check_indexes(const char *name, const char *text)
{
	for (const char *at = strstr(text, "\nCREATE INDEX"); at != NULL;
	     at = strstr(at + 1, "\nCREATE INDEX")) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		ck_assert_msg(strncmp(line, "-- ", 3) == 0,
			      "an index of %s does not name its query", name);
	}
}

/* Rule 3, and the style of migrations. */
START_TEST(foreign_keys_have_migrations_of_their_own)
{
	struct dirent **entries;
	int n = scandir(MIGRATIONS, &entries, NULL, alphasort);

	ck_assert_int_gt(n, 2);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		char path[512], *text;

		if (isdigit((unsigned char)name[0])) {
			snprintf(path, sizeof(path), "%s/%s", MIGRATIONS, name);
			text = read_file(path);
			ck_assert_msg(!holds(text, "\nCREATE TABLE") ||
					      !(holds(text, " REFERENCES ") ||
						holds(text, "FOREIGN KEY (")),
				      "%s makes tables and foreign keys", name);
			check_first_line(name, text);
			check_indexes(name, text);
			free(text);
		}
		free(entries[i]);
	}
	free(entries);
}
END_TEST

/* Rule 4. */
START_TEST(there_are_no_triggers_and_keys_do_not_change)
{
	NONE("SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal");
	NONE("SELECT rulename::text FROM pg_rules WHERE schemaname = 'public'");
	for (int i = 0; i < db_n_statements; i++)
		ck_assert_msg(!holds(db_statements[i]->sql, "SET participant_id"), "%s",
			      db_statements[i]->name);
}
END_TEST

/* Rule 5: plain columns cannot be anything but immutable. */
START_TEST(returning_gives_plain_columns)
{
	for (int i = 0; i < db_n_statements; i++) {
		const char *at = strstr(db_statements[i]->sql, "RETURNING ");
		size_t n;

		if (at == NULL)
			continue;
		at += strlen("RETURNING ");
		n = strspn(at, "abcdefghijklmnopqrstuvwxyz_., ");
		ck_assert_msg(at[n] == '\0' || at[n] == ')', "%s returns \"%s\"",
			      db_statements[i]->name, at);
	}
}
END_TEST

/* The word as a whole: "session" is not in "session_id". */
static bool
mentions(const char *sql, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strstr(sql, word); at != NULL; at = strstr(at + 1, word)) {
		bool before = at == sql || !(isalnum((unsigned char)at[-1]) ||
					     at[-1] == '_' || at[-1] == '.');
		bool after = !(isalnum((unsigned char)at[n]) || at[n] == '_');

		if (before && after)
			return true;
	}
	return false;
}

static bool
is_distributed(const char *sql)
{
	for (size_t t = 0; t < N_TABLES; t++)
		if (tables[t].kind == DISTRIBUTED && mentions(sql, tables[t].name))
			return true;
	return false;
}

/* Rule 6. */
START_TEST(what_citus_runs_on_one_shard_only_has_its_key_fixed)
{
	for (int i = 0; i < db_n_statements; i++) {
		const char *sql = db_statements[i]->sql;

		ck_assert(!holds(sql, "GROUPING SETS") && !holds(sql, "RECURSIVE"));
		if (holds(sql, "FOR UPDATE") || holds(sql, "FOR NO KEY UPDATE") ||
		    holds(sql, "FOR SHARE"))
			ck_assert_msg(holds(sql, "participant_id = $1"), "%s",
				      db_statements[i]->name);
	}
}
END_TEST

/* Rule 7: Citus needs another way, so there is one place to change. */
START_TEST(one_statement_sets_the_organisation)
{
	int n = 0;

	for (int i = 0; i < db_n_statements; i++)
		n += holds(db_statements[i]->sql, "app.");
	ck_assert_int_eq(n, 1);
}
END_TEST

/* Rule 8. Those of models touch no participant's table, so there is nothing to read. */
START_TEST(requests_do_not_write_reference_tables)
{
	for (int i = 0; i < db_n_statements; i++) {
		if (strncmp(db_statements[i]->name, "model_", 6) == 0) {
			ck_assert(!is_distributed(db_statements[i]->sql));
			continue;
		}
		for (size_t t = 0; t < N_TABLES; t++) {
			static const char *const verbs[] = {"INSERT INTO ", "UPDATE ",
							    "DELETE FROM "};

			for (size_t v = 0; tables[t].kind == REFERENCE && v < 3; v++) {
				char phrase[64];

				snprintf(phrase, sizeof(phrase), "%s%s ", verbs[v],
					 tables[t].name);
				ck_assert_msg(!holds(db_statements[i]->sql, phrase),
					      "%s: %s", db_statements[i]->name, phrase);
			}
		}
	}
}
END_TEST

/* Rule 10. Rule 9, that rollups can be recomputed, is tested in test_rollup.c. */
START_TEST(every_statement_carries_its_key)
{
	for (int i = 0; i < db_n_statements; i++) {
		const struct db_statement *s = db_statements[i];
		PGconn *as = temp_db_connect(conninfo, s->role);
		PGresult *result = PQprepare(as, "", s->sql, 0, NULL);
		char fixed[32];

		ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK, "%s: %s",
			      s->name, PQerrorMessage(as));
		PQclear(result);
		result = PQdescribePrepared(as, "");
		ck_assert_int_eq(PQresultStatus(result), PGRES_COMMAND_OK);
		if (is_distributed(s->sql)) {
			snprintf(fixed, sizeof(fixed), "participant_id = $%d::uuid",
				 s->key);
			ck_assert_msg(s->key == 1 && PQparamtype(result, 0) == 2950 &&
					      (holds(s->sql, fixed) ||
					       holds(s->sql, "VALUES ($1::uuid")),
				      "%s does not fix participant_id", s->name);
		} else {
			/* Lists of the installation's own have no key. */
			ck_assert_msg(s->key > 0 || strcmp(s->name, "org_set") == 0 ||
					      strcmp(s->name, "model_list") == 0 ||
					      strcmp(s->name, "run_list") == 0,
				      "%s", s->name);
		}
		PQclear(result);
		PQfinish(as);
	}
}
END_TEST

START_TEST(every_tenant_table_forces_row_level_security)
{
	NONE("SELECT t.relname::text FROM t JOIN pg_attribute a ON a.attrelid = t.oid "
	     "AND "
	     "a.attname = 'organisation_id' JOIN pg_class c ON c.oid = t.oid WHERE NOT "
	     "(c.relrowsecurity AND c.relforcerowsecurity) OR NOT EXISTS (SELECT FROM "
	     "pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'tenant')");
	NONE("SELECT t.relname::text FROM t WHERE t.kind = 'd' AND NOT EXISTS (SELECT "
	     "FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = "
	     "'organisation_id')");
}
END_TEST

START_TEST(every_table_and_column_is_explained)
{
	NONE("SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a "
	     "ON "
	     "a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE "
	     "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') "
	     "AND "
	     "NOT c.relispartition AND coalesce(col_description(c.oid, a.attnum), '') = "
	     "''");
	NONE("SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = "
	     "'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT "
	     "c.relispartition AND coalesce(obj_description(c.oid, 'pg_class'), '') = "
	     "''");
}
END_TEST

Suite *
suite_scale(void)
{
	Suite *suite = suite_create("scale");
	TCase *tc = tcase_create("rules of scale");

	tcase_add_checked_fixture(tc, connect_one, disconnect_one);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_table_has_a_kind);
	tcase_add_test(tc, every_key_of_a_distributed_table_leads_with_participant_id);
	tcase_add_test(tc, foreign_keys_stay_on_a_shard_or_go_to_reference_tables);
	tcase_add_test(tc, foreign_keys_have_migrations_of_their_own);
	tcase_add_test(tc, there_are_no_triggers_and_keys_do_not_change);
	tcase_add_test(tc, returning_gives_plain_columns);
	tcase_add_test(tc, what_citus_runs_on_one_shard_only_has_its_key_fixed);
	tcase_add_test(tc, one_statement_sets_the_organisation);
	tcase_add_test(tc, requests_do_not_write_reference_tables);
	tcase_add_test(tc, every_statement_carries_its_key);
	tcase_add_test(tc, every_tenant_table_forces_row_level_security);
	tcase_add_test(tc, every_table_and_column_is_explained);
	suite_add_tcase(suite, tc);
	return suite;
}
