#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/model_runs.h"
#include "db/models.h"
#include "tests/integration/db/await.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static char conninfo[TEMP_DB_SIZE];
static struct db *db;
static PGconn *conn;

/* What a callback was given. */
struct seen {
	struct answer *answer;
	enum camp_err err;
	struct uuid id;
	bool active, repeated;
	char state[16], text[256];
	int n;
};

static void
open_one(void)
{
	temp_db_new(conninfo);
	db = open_db(conninfo);
	conn = temp_db_connect(conninfo, DB_APP);
}

static void
close_one(void)
{
	PQfinish(conn);
	db_close(db, 2000);
}

static void
on_model(void *arg, enum camp_err err, const struct db_model *model)
{
	struct seen *to = arg;

	to->err = err;
	if (model != NULL) {
		to->id = model->model_id;
		to->active = model->active;
		snprintf(to->text, sizeof(to->text), "%s %s %s %d", model->encoder,
			 model->metadata_json, model->source, (int)model->n_bytes);
	}
	answer_done(to->answer, err);
}

static void
on_models(void *arg, enum camp_err err, int n, const struct db_model *models)
{
	struct seen *to = arg;

	to->n = 0;
	for (int i = 0; i < n; i++) {
		if (models[i].active) {
			to->id = models[i].model_id;
			to->n++;
		}
	}
	answer_done(to->answer, err);
}

static void
on_run(void *arg, enum camp_err err, bool repeated, const struct db_run *run)
{
	struct seen *to = arg;

	to->err = err;
	to->repeated = repeated;
	if (run != NULL) {
		snprintf(to->state, sizeof(to->state), "%s", run->state);
		snprintf(to->text, sizeof(to->text), "%s %s %s", run->progress_json,
			 run->metrics_json, run->error != NULL ? run->error : "-");
	}
	answer_done(to->answer, err);
}

static void
wait_for(struct seen *s, enum camp_err submitted)
{
	ck_assert_int_eq(submitted, CAMP_OK);
	answer_wait(s->answer);
	answer_free(s->answer);
}

#define CALL(s, call) \
	do { \
		memset(&(s), 0, sizeof(s)); \
		(s).answer = answer_new(); \
		wait_for(&(s), call); \
	} while (0)

static struct db_model_new
sample(int kind)
{
	static const char bytes[] = "not a model, and nobody here looks";
	struct db_model_new m = {.model_id = uuid_v7(),
				 .bytes = bytes,
				 .n_bytes = sizeof(bytes) - 1,
				 .encoder = "gru",
				 .metadata_json = "{\"seed\": \"1\"}",
				 .metrics_json = "{}",
				 .source = "upload",
				 .version = "0123456789abcdef"};

	m.sum[0] = (uint8_t)kind;
	return m;
}

START_TEST(the_same_bytes_are_the_same_model)
{
	struct db_model_new m = sample(1), again = sample(1);
	struct uuid stored;
	struct seen s;

	CALL(s, db_model_put(db, &m, on_model, &s));
	ck_assert_int_eq(s.err, CAMP_OK);
	ck_assert(uuid_equal(&s.id, &m.model_id) && !s.active);
	ck_assert_str_eq(s.text, "gru {\"seed\": \"1\"} upload 34");
	CALL(s, db_model_put(db, &again, on_model, &s));
	ck_assert(uuid_equal(&s.id, &m.model_id));
	ck_assert_int_eq(db_model_store(conn, &again, &stored), CAMP_OK);
	ck_assert(uuid_equal(&stored, &m.model_id));
	CALL(s, db_model_get(db, &again.model_id, on_model, &s));
	ck_assert_int_eq(s.err, CAMP_ERR_NOT_FOUND);
	CALL(s, db_model_activate(db, &again.model_id, on_model, &s));
	ck_assert_int_eq(s.err, CAMP_ERR_NOT_FOUND);
}
END_TEST

START_TEST(of_activations_at_a_time_one_is_last)
{
	struct db_model_new m[4];
	struct seen s[4], list;

	for (int i = 0; i < 4; i++) {
		m[i] = sample(i);
		CALL(s[i], db_model_put(db, &m[i], on_model, &s[i]));
	}
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 4; i++) {
			s[i].answer = answer_new();
			ck_assert_int_eq(db_model_activate(db, &m[i].model_id, on_model,
							   &s[i]),
					 CAMP_OK);
		}
		for (int i = 0; i < 4; i++) {
			answer_wait(s[i].answer);
			answer_free(s[i].answer);
			ck_assert_int_eq(s[i].err, CAMP_OK);
		}
		CALL(list, db_model_list(db, on_models, &list));
		ck_assert_int_eq(list.n, 1);
	}
}
END_TEST

START_TEST(the_active_model_is_read_when_it_is_new)
{
	struct db_model_new m = sample(1);
	struct db_active_model active;
	struct seen s;

	ck_assert_int_eq(db_active_model_read(conn, NULL, &active), CAMP_OK);
	ck_assert(!active.any && active.bytes == NULL);
	CALL(s, db_model_put(db, &m, on_model, &s));
	CALL(s, db_model_activate(db, &m.model_id, on_model, &s));
	ck_assert(s.active);
	ck_assert_int_eq(db_active_model_read(conn, NULL, &active), CAMP_OK);
	ck_assert(active.any);
	ck_assert_uint_eq(active.n_bytes, m.n_bytes);
	ck_assert_mem_eq(active.bytes, m.bytes, m.n_bytes);
	free(active.bytes);
	ck_assert_int_eq(db_active_model_read(conn, m.sum, &active), CAMP_OK);
	ck_assert(active.any && active.bytes == NULL);
}
END_TEST

START_TEST(a_run_goes_from_queue_to_end)
{
	struct uuid id = uuid_v7(), claimed, none;
	char *config = NULL, *nothing = NULL;
	bool stop = true;
	struct seen s;

	CALL(s, db_run_create(db, &id, "{\"steps\": 5, \"seed\": 1}", on_run, &s));
	ck_assert(s.err == CAMP_OK && !s.repeated);
	CALL(s, db_run_create(db, &id, "{\"seed\":1,\"steps\":5}", on_run, &s));
	ck_assert(s.err == CAMP_OK && s.repeated);
	CALL(s, db_run_create(db, &id, "{\"steps\": 6, \"seed\": 1}", on_run, &s));
	ck_assert_int_eq(s.err, CAMP_ERR_KEY_REUSED);
	ck_assert_int_eq(db_run_claim(conn, &claimed, &config), CAMP_OK);
	ck_assert(config != NULL && uuid_equal(&claimed, &id));
	ck_assert_int_eq(db_run_claim(conn, &none, &nothing), CAMP_OK);
	ck_assert_ptr_null(nothing);
	ck_assert_int_eq(db_run_beat(conn, &id, "{\"step\": 1}", "{\"nll\": 1}", &stop),
			 CAMP_OK);
	ck_assert(!stop);
	ck_assert_int_eq(db_run_beat(conn, &id, NULL, "{\"nll\": 2}", &stop), CAMP_OK);
	CALL(s, db_run_cancel(db, &id, on_run, &s));
	ck_assert(s.err == CAMP_OK && !s.repeated);
	ck_assert_str_eq(s.state, "running");
	ck_assert_int_eq(db_run_beat(conn, &id, NULL, NULL, &stop), CAMP_OK);
	ck_assert(stop);
	ck_assert_int_eq(db_run_end(conn, &id, "cancelled", "stopped", NULL), CAMP_OK);
	CALL(s, db_run_cancel(db, &id, on_run, &s));
	ck_assert(s.err == CAMP_OK && s.repeated);
	ck_assert_str_eq(s.state, "cancelled");
	ck_assert_str_eq(s.text, "{\"step\": 1} [{\"nll\": 1}, {\"nll\": 2}] stopped");
	free(config);
}
END_TEST

START_TEST(a_queued_run_is_cancelled_at_once_and_a_dead_one_fails)
{
	PGconn *owner = temp_db_connect(conninfo, DB_LOGIN);
	struct uuid waiting = uuid_v7(), dead = uuid_v7(), claimed;
	char *config = NULL;
	bool stop = false;
	struct seen s;

	CALL(s, db_run_create(db, &waiting, "{}", on_run, &s));
	CALL(s, db_run_cancel(db, &waiting, on_run, &s));
	ck_assert_str_eq(s.state, "cancelled");
	CALL(s, db_run_create(db, &dead, "{}", on_run, &s));
	ck_assert_int_eq(db_run_claim(conn, &claimed, &config), CAMP_OK);
	ck_assert(uuid_equal(&claimed, &dead));
	free(config);
	ck_assert_int_eq(db_run_requeue(conn, &dead), CAMP_OK);
	ck_assert_int_eq(db_run_claim(conn, &claimed, &config), CAMP_OK);
	ck_assert(config != NULL);
	free(config);
	ck_assert_int_eq(db_runs_reap(conn), CAMP_OK);
	CALL(s, db_run_get(db, &dead, on_run, &s));
	ck_assert_str_eq(s.state, "running");
	temp_db_value(owner,
		      "WITH u AS (UPDATE model_run SET heartbeat_at = heartbeat_at - "
		      "interval '61 s' WHERE state = 'running' RETURNING 1) SELECT "
		      "count(*) FROM u");
	ck_assert_int_eq(db_runs_reap(conn), CAMP_OK);
	CALL(s, db_run_get(db, &dead, on_run, &s));
	ck_assert_str_eq(s.state, "failed");
	ck_assert_int_eq(db_run_beat(conn, &dead, NULL, NULL, &stop), CAMP_OK);
	ck_assert_msg(stop, "who comes back late must stop");
	PQfinish(owner);
}
END_TEST

Suite *
suite_models(void)
{
	Suite *suite = suite_create("models");
	TCase *tc = tcase_create("models");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, open_one, close_one);
	tcase_add_test(tc, the_same_bytes_are_the_same_model);
	tcase_add_test(tc, of_activations_at_a_time_one_is_last);
	tcase_add_test(tc, the_active_model_is_read_when_it_is_new);
	tcase_add_test(tc, a_run_goes_from_queue_to_end);
	tcase_add_test(tc, a_queued_run_is_cancelled_at_once_and_a_dead_one_fails);
	suite_add_tcase(suite, tc);
	return suite;
}
