/* db/writer against a real PostgreSQL: what is stored, counted and acknowledged. */
#include <math.h>
#include <stdatomic.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/writer/support.h"
#include "tests/support/fail_alloc.h"

static PGconn *sql;
static struct writer *w;

static void
setup(void)
{
	sql = open_admin();
	w = open_writer(10000);
}

static void
teardown(void)
{
	writer_close(w, 1000);
	PQfinish(sql);
}

/* ---- cells ---- */

START_TEST(a_repeat_is_stored_once)
{
	struct trial_owner o = new_owner();

	expect_counts(w, &o, 0, 20, 0, 20, 0, 0);
	expect_counts(w, &o, 0, 20, 0, 0, 20, 0);
	expect_counts(w, &o, 0, 20, 0, 0, 20, 0);
	ck_assert_int_eq(stored_trials(sql, &o), 20);
	ck_assert_int_eq(number(sql, "SELECT present FROM trial_cell WHERE %s",
				where(&o)),
			 0xfffff);
}
END_TEST

START_TEST(a_cell_grows)
{
	struct trial_owner o = new_owner();

	expect_counts(w, &o, 0, 5, 0, 5, 0, 0);
	expect_counts(w, &o, 0, 32, 0, 27, 5, 0);
	ck_assert_int_eq(stored_trials(sql, &o), 32);
	ck_assert_int_eq(number(sql, "SELECT present FROM trial_cell WHERE %s",
				where(&o)),
			 -1);
}
END_TEST

START_TEST(overlapping_uploads_merge)
{
	struct trial_owner o = new_owner();

	expect_counts(w, &o, 10, 40, 0, 40, 0, 0);
	expect_counts(w, &o, 0, 20, 0, 10, 10, 0);
	expect_counts(w, &o, 45, 60, 0, 55, 5, 0);
	ck_assert_int_eq(stored_trials(sql, &o), 105);
	ck_assert_int_eq(number(sql, "SELECT count(*) FROM trial_cell WHERE %s",
				where(&o)),
			 4);
}
END_TEST

START_TEST(late_cells_come_in_any_order)
{
	struct trial_owner o = new_owner();

	expect_counts(w, &o, 64, 32, 0, 32, 0, 0);
	expect_counts(w, &o, 20, 20, 0, 20, 0, 0);
	expect_counts(w, &o, 0, 20, 0, 20, 0, 0);
	expect_counts(w, &o, 40, 24, 0, 24, 0, 0);
	expect_counts(w, &o, 0, 96, 0, 0, 96, 0);
	ck_assert_int_eq(stored_trials(sql, &o), 96);
}
END_TEST

START_TEST(a_different_trial_is_kept_apart)
{
	struct trial_owner o = new_owner();

	expect_counts(w, &o, 0, 20, 0, 20, 0, 0);
	/* Seqs 0 and 11 have no response time, so their content is the same. */
	expect_counts(w, &o, 0, 20, 7, 0, 2, 18);
	expect_counts(w, &o, 0, 20, 7, 0, 2, 18);
	expect_counts(w, &o, 10, 30, 9, 20, 1, 9);
	ck_assert_int_eq(stored_trials(sql, &o), 40);
	ck_assert_int_eq(stored_conflicts(sql, &o), 27);
	ck_assert_int_eq(
		number(sql, "SELECT rt_ms[2] * 2 FROM trial_cell WHERE %s AND cell = 0",
		       where(&o)),
		803);
	ck_assert_int_eq(number(sql,
				"SELECT (offered->>'rt_ms')::float * 2 FROM "
				"trial_conflict "
				"WHERE %s AND seq = 1",
				where(&o)),
			 817);
}
END_TEST

START_TEST(what_holds_nothing_is_null)
{
	struct trial_owner o = new_owner();
	struct trial t[2] = {{.seq = 3,
			      .trial = -1,
			      .condition = 1,
			      .response = -1,
			      .rt_ms = NAN,
			      .difficulty = NAN,
			      .onset_ms = NAN}};

	t[1] = t[0];
	t[1].seq = 9;
	ck_assert_int_eq(put(w, &o, t, 2, NULL), CAMP_OK);
	ck_assert_int_eq(number(sql,
				"SELECT num_nulls(trial, rt_ms, onset_ms, difficulty, "
				"response, "
				"flags, detail) FROM trial_cell WHERE %s",
				where(&o)),
			 7);
	ck_assert_int_eq(number(sql, "SELECT present FROM trial_cell WHERE %s",
				where(&o)),
			 1 << 3 | 1 << 9);
	t[1].rt_ms = 1.5f;
	t[1].seq = 10;
	t[1].detail = "{}";
	t[1].detail_len = 2;
	ck_assert_int_eq(put(w, &o, t, 2, NULL), CAMP_OK);
	ck_assert_int_eq(number(sql,
				"SELECT 1 FROM trial_cell WHERE %s AND rt_ms = "
				"ARRAY[NULL, NULL, 1.5]::real[] AND detail = "
				"'[null,null,{}]'",
				where(&o)),
			 1);
}
END_TEST

START_TEST(a_thousand_sparse_trials_fit)
{
	struct trial_owner o = new_owner();
	struct trial trials[TRIALS_PER_REQUEST_MAX];
	struct trial_counts counts;

	for (int i = 0; i < TRIALS_PER_REQUEST_MAX; i++)
		make_trials(&trials[i], i * 97, 1, 0);
	ck_assert_int_eq(put(w, &o, trials, TRIALS_PER_REQUEST_MAX, &counts), CAMP_OK);
	ck_assert_int_eq(counts.stored, TRIALS_PER_REQUEST_MAX);
	ck_assert_int_eq(put(w, &o, trials, TRIALS_PER_REQUEST_MAX, &counts), CAMP_OK);
	ck_assert_int_eq(counts.repeated, TRIALS_PER_REQUEST_MAX);
	ck_assert_int_eq(stored_trials(sql, &o), TRIALS_PER_REQUEST_MAX);
}
END_TEST

/* The rows of two sessions are the same but for their keys and the time. */
static void
same_rows(const struct trial_owner *a, const struct trial_owner *b)
{
	static const char columns[] =
		"cell, task, task_version, present, trial, condition, correct, rt_ms, "
		"onset_ms, difficulty, response, flags, detail";
	char left[160], right[160];

	strcpy(left, where(a));
	strcpy(right, where(b));
	ck_assert_int_eq(number(sql,
				"SELECT count(*) FROM (SELECT %s FROM trial_cell WHERE "
				"%s "
				"EXCEPT ALL SELECT %s FROM trial_cell WHERE %s) d",
				columns, left, columns, right),
			 0);
	ck_assert_int_eq(number(sql, "SELECT count(*) FROM trial_cell WHERE %s", left),
			 number(sql, "SELECT count(*) FROM trial_cell WHERE %s", right));
}

/* Whatever the pieces lack, the row is what one upload makes of all of them. */
START_TEST(a_cell_grows_by_pieces_to_the_same_row)
{
	struct trial_owner whole = new_owner();

	expect_counts(w, &whole, 0, 96, 0, 96, 0, 0);
	for (int step = 1; step <= 20; step++) {
		struct trial_owner o = new_owner();

		for (int seq = 0; seq < 96; seq += step)
			expect_counts(w, &o, seq, seq + step > 96 ? 96 - seq : step, 0,
				      seq + step > 96 ? 96 - seq : step, 0, 0);
		same_rows(&whole, &o);
	}
}
END_TEST

START_TEST(pieces_without_a_value_grow_to_null)
{
	struct trial_owner one = new_owner(), o = new_owner();
	struct trial t[8];

	for (int i = 0; i < 8; i++) {
		make_trials(&t[i], i, 1, 0);
		t[i].response = -1;
		t[i].trial = -1;
		t[i].flags = 0;
		t[i].detail = NULL;
		t[i].rt_ms = i == 6 ? 1.5f : NAN;
		ck_assert_int_eq(put(w, &o, &t[i], 1, NULL), CAMP_OK);
	}
	ck_assert_int_eq(put(w, &one, t, 8, NULL), CAMP_OK);
	same_rows(&one, &o);
	ck_assert_int_eq(number(sql,
				"SELECT num_nulls(trial, response, flags, detail) FROM "
				"trial_cell WHERE %s",
				where(&o)),
			 4);
}
END_TEST

/* A writer that knows nothing of the rows may take earlier trials for new ones. */
START_TEST(nothing_is_appended_out_of_order)
{
	struct writer *other = open_writer(10000);
	struct trial_owner whole = new_owner(), o = new_owner();

	expect_counts(w, &whole, 0, 32, 0, 32, 0, 0);
	expect_counts(w, &o, 8, 8, 0, 8, 0, 0);
	expect_counts(other, &o, 31, 1, 0, 1, 0, 0);
	expect_counts(w, &o, 16, 8, 0, 8, 0, 0);
	expect_counts(other, &o, 24, 7, 0, 7, 0, 0);
	expect_counts(w, &o, 0, 8, 0, 8, 0, 0);
	same_rows(&whole, &o);
	writer_close(other, 1000);
}
END_TEST

/* ---- batches ---- */

/* Holds the table so that uploads pile up behind the writer. */
static void
stall(PGconn *conn)
{
	admin(conn, "BEGIN");
	admin(conn, "LOCK TABLE trial_cell IN SHARE ROW EXCLUSIVE MODE");
}

static void
wait_stalled(void)
{
	wait_for(sql,
		 "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
		 "WHERE NOT l.granted AND a.application_name = 'camp'");
}

START_TEST(one_batch_may_hold_a_cell_twice)
{
	PGconn *holder = open_admin();
	struct trial_owner first = new_owner(), o = new_owner();
	struct pending p[8];
	struct trial t[32];

	stall(holder);
	for (int i = 0; i < 8; i++) {
		pending_init(&p[i]);
		/* The first keeps the writer busy; the others meet in one batch. */
		make_trials(t, i == 0 ? 0 : 4 * i, i == 0 ? 4 : 8, i == 7);
		ck_assert_int_eq(writer_submit(w, i == 0 ? &first : &o, t, i == 0 ? 4 : 8,
					       on_answer, &p[i]),
				 CAMP_OK);
		if (i == 0)
			wait_stalled();
	}
	admin(holder, "COMMIT");
	for (int i = 0; i < 8; i++) {
		wait_upload(&p[i]);
		ck_assert_int_eq(p[i].err, CAMP_OK);
		ck_assert_int_eq(p[i].counts.stored, i == 0 ? 4 : i == 1 ? 8 : 4);
	}
	ck_assert_int_eq(p[2].counts.repeated, 4);
	ck_assert_int_eq(p[7].counts.conflicting, 4);
	ck_assert_int_eq(stored_trials(sql, &o), 32);
	PQfinish(holder);
}
END_TEST

START_TEST(a_poisoned_upload_fails_alone)
{
	PGconn *holder = open_admin();
	struct trial_owner o[21];
	struct pending p[21];
	struct trial t[20];

	make_trials(t, 0, 20, 0);
	stall(holder);
	for (int i = 0; i < 21; i++) {
		pending_init(&p[i]);
		o[i] = new_owner();
		/* No partition is that far ahead. */
		if (i == 11)
			o[i].session_id = uuid_v7_at(4000000000000);
		ck_assert_int_eq(writer_submit(w, &o[i], t, 20, on_answer, &p[i]),
				 CAMP_OK);
		if (i == 0)
			wait_stalled();
	}
	admin(holder, "COMMIT");
	for (int i = 0; i < 21; i++) {
		wait_upload(&p[i]);
		ck_assert_int_eq(p[i].err, i == 11 ? CAMP_ERR_FAULT : CAMP_OK);
		ck_assert_int_eq(stored_trials(sql, &o[i]), i == 11 ? 0 : 20);
	}
	PQfinish(holder);
}
END_TEST

START_TEST(cells_of_another_process_are_met)
{
	PGconn *holder = open_admin();
	struct writer *other = open_writer(10000);
	struct trial_owner o[20];
	struct pending p[20];
	struct trial t[20];

	make_trials(t, 0, 20, 0);
	for (int i = 0; i < 20; i++) {
		o[i] = new_owner();
		if (i % 5 == 2)
			ck_assert_int_eq(put(other, &o[i], t, 20, NULL), CAMP_OK);
	}
	writer_close(other, 1000);
	stall(holder);
	for (int i = 0; i < 20; i++) {
		pending_init(&p[i]);
		ck_assert_int_eq(writer_submit(w, &o[i], t, 20, on_answer, &p[i]),
				 CAMP_OK);
		if (i == 0)
			wait_stalled();
	}
	admin(holder, "COMMIT");
	for (int i = 0; i < 20; i++) {
		wait_upload(&p[i]);
		ck_assert_int_eq(p[i].err, CAMP_OK);
		ck_assert_int_eq(p[i].counts.repeated, i % 5 == 2 ? 20 : 0);
		ck_assert_int_eq(p[i].counts.stored, i % 5 == 2 ? 0 : 20);
		ck_assert_int_eq(stored_trials(sql, &o[i]), 20);
	}
	PQfinish(holder);
}
END_TEST

START_TEST(a_full_queue_is_busy)
{
	struct writer_options options = {.conninfo = database_url(),
					 .queue_limit = 3,
					 .timeout_ms = 10000};
	PGconn *holder = open_admin();
	struct trial_owner o = new_owner();
	struct pending p[3];
	struct db_metrics metrics = {0};
	struct writer *small;
	struct trial t;
	char why[256];

	ck_assert_int_eq(writer_open(&small, &options, why, sizeof(why)), CAMP_OK);
	make_trials(&t, 0, 1, 0);
	stall(holder);
	for (int i = 0; i < 3; i++) {
		pending_init(&p[i]);
		ck_assert_int_eq(writer_submit(small, &o, &t, 1, on_answer, &p[i]),
				 CAMP_OK);
	}
	ck_assert_int_eq(writer_submit(small, &o, &t, 1, on_answer, &p[0]),
			 CAMP_ERR_BUSY);
	writer_metrics(small, &metrics);
	ck_assert_int_eq(metrics.writer_depth, 3);
	admin(holder, "COMMIT");
	for (int i = 0; i < 3; i++)
		wait_upload(&p[i]);
	ck_assert_int_eq(put(small, &o, &t, 1, NULL), CAMP_OK);
	writer_metrics(small, &metrics);
	ck_assert_uint_eq(metrics.trials_stored, 1);
	ck_assert_uint_eq(metrics.trials_repeated, 3);
	ck_assert_uint_eq(metrics.commit_uploads, 4);
	writer_close(small, 1000);
	PQfinish(holder);
}
END_TEST

/* ---- faults ---- */

START_TEST(a_lost_connection_is_replayed)
{
	PGconn *holder = open_admin();
	struct trial_owner o = new_owner();
	struct trial t[20];
	struct pending p;

	stall(holder);
	pending_init(&p);
	make_trials(t, 0, 20, 0);
	ck_assert_int_eq(writer_submit(w, &o, t, 20, on_answer, &p), CAMP_OK);
	wait_stalled();
	admin(sql, "SELECT pg_terminate_backend(%d)", writer_backend(sql));
	admin(holder, "COMMIT");
	wait_upload(&p);
	ck_assert_int_eq(p.err, CAMP_OK);
	ck_assert_int_eq(p.counts.stored + p.counts.repeated, 20);
	ck_assert_int_eq(stored_trials(sql, &o), 20);
	PQfinish(holder);
}
END_TEST

START_TEST(an_idle_writer_reconnects)
{
	int pid = writer_backend(sql);
	struct trial_owner o = new_owner();

	admin(sql, "SELECT pg_terminate_backend(%d)", pid);
	for (int i = 0; i < 500 && writer_ready(w); i++)
		sleep_ms(2);
	for (int i = 0; i < 500 && !writer_ready(w); i++)
		sleep_ms(10);
	ck_assert(writer_ready(w));
	expect_counts(w, &o, 0, 20, 0, 20, 0, 0);
}
END_TEST

START_TEST(a_deadline_passes_and_the_retry_is_a_repeat)
{
	struct writer *hasty = open_writer(300);
	PGconn *holder = open_admin();
	struct trial_owner o = new_owner();
	struct trial t[20];

	make_trials(t, 0, 20, 0);
	stall(holder);
	ck_assert_int_eq(put(hasty, &o, t, 20, NULL), CAMP_ERR_DEADLINE);
	admin(holder, "COMMIT");
	expect_counts(w, &o, 0, 20, 0, 20, 0, 0);
	writer_close(hasty, 1000);
	PQfinish(holder);
}
END_TEST

START_TEST(closing_answers_everyone)
{
	struct writer *stuck = open_writer(10000);
	PGconn *holder = open_admin();
	struct pending p[5];
	struct trial t[20];

	make_trials(t, 0, 20, 0);
	stall(holder);
	for (int i = 0; i < 5; i++) {
		struct trial_owner o = new_owner();

		pending_init(&p[i]);
		ck_assert_int_eq(writer_submit(stuck, &o, t, 20, on_answer, &p[i]),
				 CAMP_OK);
	}
	writer_close(stuck, 200);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(p[i].answers, 1);
		ck_assert_int_eq(p[i].err, CAMP_ERR_UNAVAILABLE);
	}
	admin(holder, "COMMIT");
	PQfinish(holder);
}
END_TEST

static void
standby(const char *names)
{
	admin(sql, "ALTER SYSTEM SET synchronous_standby_names = '%s'", names);
	admin(sql, "SELECT pg_reload_conf()");
	sleep_ms(200);
}

#define WAITS_FOR_STANDBY \
	"SELECT count(*) FROM pg_stat_activity " \
	"WHERE application_name = 'camp' AND wait_event = 'SyncRep'"

/* TRUST: cancelled, the wait ends in success and a warning; a retry must wait again. */
START_TEST(nothing_is_acknowledged_before_the_standby_has_it)
{
	struct trial_owner o = new_owner();
	struct trial t[20];
	struct pending p;

	make_trials(t, 0, 20, 0);
	standby("nobody");
	pending_init(&p);
	ck_assert_int_eq(writer_submit(w, &o, t, 20, on_answer, &p), CAMP_OK);
	for (int i = 0; i < 3; i++) {
		wait_for(sql, WAITS_FOR_STANDBY);
		admin(sql, "SELECT pg_cancel_backend(%d)", writer_backend(sql));
		sleep_ms(300);
		ck_assert_int_eq(p.answers, 0);
	}
	wait_for(sql, WAITS_FOR_STANDBY);
	standby("");
	wait_upload(&p);
	ck_assert_int_eq(p.err, CAMP_OK);
	ck_assert_int_eq(p.counts.stored, 20);
	ck_assert_int_eq(stored_trials(sql, &o), 20);
}
END_TEST

START_TEST(a_role_under_row_level_security_inserts)
{
	struct trial_owner o = new_owner();
	struct writer *poor;

	admin(sql, "ALTER ROLE camp_ingest NOBYPASSRLS");
	poor = open_writer(10000);
	expect_counts(poor, &o, 0, 20, 0, 20, 0, 0);
	expect_counts(poor, &o, 10, 40, 0, 30, 10, 0);
	expect_counts(poor, &o, 0, 20, 5, 0, 2, 18);
	writer_close(poor, 1000);
	admin(sql, "ALTER ROLE camp_ingest BYPASSRLS");
	ck_assert_int_eq(stored_trials(sql, &o), 50);
}
END_TEST

/* One more allocation succeeds each time; a writer of its own has everything to allocate.
 */
START_TEST(a_failed_allocation_is_answered)
{
	struct writer_options options = {.conninfo = database_url(),
					 .queue_limit = 8,
					 .timeout_ms = 10000};
	struct trial_owner o = new_owner();
	struct trial t[40];
	int refused = 0;

	make_trials(t, 0, 40, 0);
	t[39].seq = 3200;
	for (long n = 1;; n++) {
		struct trial_owner fresh = new_owner();
		struct writer *mine = NULL;
		enum camp_err err, again = CAMP_OK;
		char why[256];

		fail_alloc_arm(n);
		err = writer_open(&mine, &options, why, sizeof(why));
		if (err == CAMP_OK)
			err = put(mine, &fresh, t, 40, NULL);
		if (err == CAMP_OK)
			again = put(mine, &o, t, 20 + (int)(n % 20), NULL);
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_int_eq(again, CAMP_OK);
			writer_close(mine, 1000);
			break;
		}
		refused += err != CAMP_OK || again != CAMP_OK;
		ck_assert(err == CAMP_OK || err == CAMP_ERR_MEMORY ||
			  err == CAMP_ERR_UNAVAILABLE || err == CAMP_ERR_INVALID);
		ck_assert(again == CAMP_OK || again == CAMP_ERR_MEMORY);
		ck_assert_int_eq(stored_trials(sql, &fresh), err == CAMP_OK ? 40 : 0);
		/* And afterwards it works. */
		if (mine)
			ck_assert_int_eq(put(mine, &fresh, t, 40, NULL), CAMP_OK);
		writer_close(mine, 1000);
	}
	ck_assert_int_gt(refused, 5);
}
END_TEST

/* ---- many at once ---- */

#define CLIENTS 8
#define SESSIONS 3
#define ROUNDS 60
#define KILLS 20

struct client {
	pthread_t thread;
	struct writer *writer;
	const struct trial_owner *owners;
	unsigned seed;
	long long acknowledged; /* stored, over all its uploads */
	int failures;
};

/* Ranges of a few sessions, overlapping those of every other client. */
static void *
hammer(void *arg)
{
	struct client *c = arg;
	struct trial t[64];

	for (int i = 0; i < ROUNDS; i++) {
		const struct trial_owner *o = &c->owners[rand_r(&c->seed) % SESSIONS];
		int32_t from = (int32_t)(rand_r(&c->seed) % 200);
		int n = 1 + (int)(rand_r(&c->seed) % 56);
		struct trial_counts counts;

		make_trials(t, from, n, 0);
		if (put(c->writer, o, t, n, &counts) != CAMP_OK) {
			c->failures++;
			continue;
		}
		ck_assert_int_eq(counts.stored + counts.repeated, n);
		c->acknowledged += counts.stored;
	}
	return NULL;
}

START_TEST(writers_on_the_same_cells_store_each_trial_once)
{
	struct writer *writers[2] = {w, open_writer(10000)};
	struct trial_owner owners[SESSIONS];
	struct client clients[CLIENTS];
	long long acknowledged = 0, stored = 0, distinct = 0;

	for (int i = 0; i < SESSIONS; i++)
		owners[i] = new_owner();
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){.writer = writers[i % 2],
					     .owners = owners,
					     .seed = (unsigned)i + 1};
		pthread_create(&clients[i].thread, NULL, hammer, &clients[i]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		ck_assert_int_eq(clients[i].failures, 0);
		acknowledged += clients[i].acknowledged;
	}
	for (int i = 0; i < SESSIONS; i++) {
		stored += stored_trials(sql, &owners[i]);
		distinct += number(sql,
				   "SELECT coalesce(sum(bit_count(present::bit(32))), 0) "
				   "FROM trial_cell WHERE %s",
				   where(&owners[i]));
		ck_assert_int_eq(stored_conflicts(sql, &owners[i]), 0);
	}
	ck_assert_int_eq(acknowledged, stored);
	ck_assert_int_eq(distinct, stored);
	writer_close(writers[1], 1000);
}
END_TEST

struct ledger {
	pthread_t thread;
	struct trial_owner owner;
	unsigned seed;
	int32_t acknowledged; /* trials, from 0 without a gap */
	int failures;
	atomic_bool *stop;
};

/* One upload after the other, each new to the database. */
static void *
keep_ledger(void *arg)
{
	struct ledger *l = arg;
	struct trial t[64];

	while (!atomic_load(l->stop) && l->acknowledged < TRIAL_SEQ_MAX - 64) {
		/* Half of them make whole cells, the others pieces. */
		int n = 32 - l->acknowledged % 32 + 32 * (int)(rand_r(&l->seed) % 2);
		struct trial_counts counts;

		if (rand_r(&l->seed) % 2)
			n = 1 + (int)(rand_r(&l->seed) % 20);
		make_trials(t, l->acknowledged, n, 0);
		if (put(w, &l->owner, t, n, &counts) != CAMP_OK) {
			l->failures++;
			break;
		}
		/* Even where the answer of a commit was lost. */
		if (counts.stored != n)
			printf("trials %d to %d: %d stored, %d repeated\n",
			       (int)l->acknowledged, (int)l->acknowledged + n - 1,
			       (int)counts.stored, (int)counts.repeated);
		ck_assert_int_eq(counts.stored, n);
		l->acknowledged += n;
	}
	return NULL;
}

START_TEST(killed_backends_lose_and_double_nothing)
{
	struct ledger ledgers[16];
	atomic_bool stop = false;
	long long acknowledged = 0;

	for (int i = 0; i < 16; i++) {
		ledgers[i] = (struct ledger){.owner = new_owner(),
					     .stop = &stop,
					     .seed = (unsigned)i + 1};
		pthread_create(&ledgers[i].thread, NULL, keep_ledger, &ledgers[i]);
	}
	for (int kill = 0; kill < KILLS; kill++) {
		sleep_ms(20 + (int)randombytes_uniform(80));
		admin(sql, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
			   "WHERE application_name = 'camp'");
	}
	sleep_ms(100);
	atomic_store(&stop, true);
	for (int i = 0; i < 16; i++) {
		pthread_join(ledgers[i].thread, NULL);
		ck_assert_int_eq(ledgers[i].failures, 0);
		ck_assert_int_eq(stored_trials(sql, &ledgers[i].owner),
				 ledgers[i].acknowledged);
		ck_assert_int_eq(stored_conflicts(sql, &ledgers[i].owner), 0);
		acknowledged += ledgers[i].acknowledged;
	}
	ck_assert_int_gt(acknowledged, 1000);
}
END_TEST

static Suite *
suite_writer(void)
{
	Suite *s = suite_create("db/writer");
	TCase *t = tcase_create("writer");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_repeat_is_stored_once);
	tcase_add_test(t, a_cell_grows);
	tcase_add_test(t, overlapping_uploads_merge);
	tcase_add_test(t, late_cells_come_in_any_order);
	tcase_add_test(t, a_different_trial_is_kept_apart);
	tcase_add_test(t, what_holds_nothing_is_null);
	tcase_add_test(t, a_thousand_sparse_trials_fit);
	tcase_add_test(t, a_cell_grows_by_pieces_to_the_same_row);
	tcase_add_test(t, pieces_without_a_value_grow_to_null);
	tcase_add_test(t, nothing_is_appended_out_of_order);
	tcase_add_test(t, one_batch_may_hold_a_cell_twice);
	tcase_add_test(t, a_poisoned_upload_fails_alone);
	tcase_add_test(t, cells_of_another_process_are_met);
	tcase_add_test(t, a_full_queue_is_busy);
	tcase_add_test(t, a_lost_connection_is_replayed);
	tcase_add_test(t, an_idle_writer_reconnects);
	tcase_add_test(t, a_deadline_passes_and_the_retry_is_a_repeat);
	tcase_add_test(t, closing_answers_everyone);
	tcase_add_test(t, nothing_is_acknowledged_before_the_standby_has_it);
	tcase_add_test(t, a_role_under_row_level_security_inserts);
	tcase_add_test(t, a_failed_allocation_is_answered);
	tcase_add_test(t, writers_on_the_same_cells_store_each_trial_once);
	tcase_add_test(t, killed_backends_lose_and_double_nothing);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner;
	int failed;

	if (sodium_init() < 0)
		return 2;
	prepare_database();
	runner = srunner_create(suite_writer());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
