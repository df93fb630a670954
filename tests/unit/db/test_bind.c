#include <config.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/conn.h"
#include "db/migrate.h"
#include "db/op.h"
#include "tests/unit/unit.h"

static void
on_nothing(struct op *op, enum camp_err err)
{
}

static struct op *
one_step(void)
{
	struct op *op = op_new(NULL, DB_APP, on_nothing);

	ck_assert_ptr_nonnull(op);
	op_step(op, &statement_org_set);
	return op;
}

static const char *
param(const struct op *op, int i)
{
	return op->bytes.data + op->params[i].at;
}

START_TEST(arrays_are_postgresqls_text_form)
{
	static const char *const texts[] = {"a", "", "say \"so\"", "b\\c", NULL};
	static const double reals[] = {0.1, -1e-300, NAN, INFINITY, 3};
	static const int64_t ints[] = {-1, 0, INT64_MAX};
	struct uuid ids[1] = {{{0xab}}};
	struct op *op = one_step();

	op_text_array(op, texts, 5);
	op_real_array(op, reals, 5);
	op_int_array(op, ints, 3);
	op_uuid_array(op, ids, 1);
	op_int_array(op, ints, 0);
	ck_assert_str_eq(param(op, 0), "{\"a\",\"\",\"say \\\"so\\\"\",\"b\\\\c\",NULL}");
	ck_assert_str_eq(param(op, 1), "{0.10000000000000001,-1e-300,NULL,NULL,3}");
	ck_assert_str_eq(param(op, 2), "{-1,0,9223372036854775807}");
	ck_assert_str_eq(param(op, 3), "{ab000000-0000-0000-0000-000000000000}");
	ck_assert_str_eq(param(op, 4), "{}");
	ck_assert_int_eq(op->steps[0].n_params, 5);
	op_free(op);
}
END_TEST

START_TEST(parameters_belong_to_their_step)
{
	struct op *op = one_step();
	struct uuid id = uuid_v7();

	op_uuid(op, &id);
	op_step(op, &statement_org_set);
	op_text(op, NULL);
	op_int(op, -7);
	ck_assert_int_eq(op->n_steps, 2);
	ck_assert_int_eq(op->steps[0].n_params, 1);
	ck_assert_int_eq(op->steps[1].first_param, 1);
	ck_assert_int_eq(op->steps[1].n_params, 2);
	ck_assert(op->params[0].binary && op->params[0].len == 16);
	ck_assert_mem_eq(param(op, 0), id.b, 16);
	ck_assert(op->params[1].null);
	ck_assert_str_eq(param(op, 2), "-7");
	ck_assert(!op->bytes.failed);
	op_free(op);
}
END_TEST

START_TEST(too_much_is_a_failure_not_an_overflow)
{
	struct op *op = one_step();

	for (int i = 0; i < OP_PARAMS_MAX; i++)
		op_int(op, i);
	ck_assert(!op->bytes.failed);
	op_int(op, 0);
	ck_assert(op->bytes.failed);
	ck_assert_int_eq(op_submit(op), CAMP_ERR_MEMORY);
	op = op_new(NULL, DB_APP, on_nothing);
	for (int i = 0; i <= OP_STEPS_MAX; i++)
		op_step(op, &statement_org_set);
	ck_assert(op->bytes.failed);
	ck_assert_int_eq(op_submit(op), CAMP_ERR_MEMORY);
	/* Without memory for the operation itself everything is a no-op. */
	op_step(NULL, &statement_org_set);
	op_text(NULL, "x");
	op_expect(NULL, "23503", CAMP_ERR_NOT_FOUND);
	ck_assert_int_eq(op_submit(NULL), CAMP_ERR_MEMORY);
}
END_TEST

START_TEST(words_are_split_at_spaces)
{
	char text[] = "visual-search stroop", none[] = "";
	const char *words[2];

	ck_assert_int_eq(words_split(text, words, 2), 2);
	ck_assert_str_eq(words[0], "visual-search");
	ck_assert_str_eq(words[1], "stroop");
	ck_assert_int_eq(words_split(none, words, 2), 0);
}
END_TEST

START_TEST(sqlstates_are_told_apart)
{
	static const struct {
		const char *sqlstate;
		enum db_failure failure;
		enum camp_err err;
	} cases[] = {
		{"40001", DB_RETRY, CAMP_ERR_BUSY},
		{"40P01", DB_RETRY, CAMP_ERR_BUSY},
		{"53100", DB_FULL, CAMP_ERR_STORAGE_FULL},
		{"53300", DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{"57P01", DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{"57P03", DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{"08006", DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{"25006", DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{NULL, DB_RECONNECT, CAMP_ERR_UNAVAILABLE},
		{"57014", DB_SLOW, CAMP_ERR_DEADLINE},
		{"55P03", DB_SLOW, CAMP_ERR_DEADLINE},
		{"23505", DB_MEANING, CAMP_ERR_FAULT},
		{"22003", DB_MEANING, CAMP_ERR_FAULT},
		{"42501", DB_MEANING, CAMP_ERR_FAULT},
		{"XX001", DB_BROKEN, CAMP_ERR_FAULT},
		{"none", DB_BROKEN, CAMP_ERR_FAULT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(db_failure_of(cases[i].sqlstate) == cases[i].failure, "%s",
			      cases[i].sqlstate);
		ck_assert_int_eq(db_failure_err(cases[i].failure), cases[i].err);
	}
}
END_TEST

START_TEST(the_schema_version_is_the_newest_migration)
{
	struct dirent **entries;
	int newest = 0, n;

	n = scandir(CAMP_SOURCE_DIR "/migrations", &entries, NULL, alphasort);
	ck_assert_int_gt(n, 0);
	for (int i = 0; i < n; i++) {
		int version = atoi(entries[i]->d_name);

		if (version > newest)
			newest = version;
		free(entries[i]);
	}
	free(entries);
	ck_assert_int_eq(newest, DB_SCHEMA_VERSION);
}
END_TEST

START_TEST(statements_have_names_of_their_own)
{
	for (int i = 0; i < db_n_statements; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(db_statements[i]->name, db_statements[j]->name);
}
END_TEST

Suite *
suite_bind(void)
{
	Suite *suite = suite_create("bind");
	TCase *tc = tcase_create("operations and statements");

	tcase_add_test(tc, arrays_are_postgresqls_text_form);
	tcase_add_test(tc, parameters_belong_to_their_step);
	tcase_add_test(tc, too_much_is_a_failure_not_an_overflow);
	tcase_add_test(tc, words_are_split_at_spaces);
	tcase_add_test(tc, sqlstates_are_told_apart);
	tcase_add_test(tc, the_schema_version_is_the_newest_migration);
	tcase_add_test(tc, statements_have_names_of_their_own);
	suite_add_tcase(suite, tc);
	return suite;
}
