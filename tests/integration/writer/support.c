#include "tests/integration/writer/support.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/migrate.h"
#include "db/partitions.h"

const char *
database_url(void)
{
	const char *url = getenv("DATABASE_URL");

	if (!url || !url[0]) {
		fprintf(stderr, "DATABASE_URL names no database to test on\n");
		exit(2);
	}
	return url;
}

void
prepare_database(void)
{
	struct db_migrated *done = calloc(1, sizeof(*done));
	char why[256] = "out of memory";
	PGconn *conn;

	if (!done || db_migrate(database_url(), CAMP_SOURCE_DIR "/migrations", done, why,
				sizeof(why)) != CAMP_OK) {
		fprintf(stderr, "%s\n", why);
		exit(2);
	}
	free(done);
	conn = PQconnectdb(database_url());
	if (db_partitions_ahead(conn) != CAMP_OK)
		exit(2);
	PQfinish(conn);
}

struct writer *
open_writer(int timeout_ms)
{
	struct writer_options options = {.conninfo = database_url(),
					 .queue_limit = 4096,
					 .timeout_ms = timeout_ms};
	struct writer *w;
	char why[256];

	ck_assert_msg(writer_open(&w, &options, why, sizeof(why)) == CAMP_OK, "%s", why);
	return w;
}

struct trial_owner
new_owner(void)
{
	struct trial_owner owner = {.organisation_id = uuid_v7(),
				    .participant_id = uuid_v7(),
				    .session_id = uuid_v7(),
				    .task = "stroop",
				    .task_version = 1};

	return owner;
}

void
make_trials(struct trial *trials, int32_t seq, int n, int salt)
{
	static const char detail[] = "{\"set\":\"LLRLL\"}";

	for (int i = 0; i < n; i++, seq++)
		trials[i] = (struct trial){
			.seq = seq,
			.trial = seq % 3 ? -1 : seq,
			.condition = (int16_t)(seq % 4),
			.response = (int16_t)(seq % 5 - 1),
			.flags = seq % 7 ? 0 : TRIAL_TOUCH,
			.correct = seq % 2 == 0,
			.rt_ms = seq % 11 ? 400.5f + (float)(seq % 100 + salt) : NAN,
			.difficulty = seq % 2 ? NAN : 0.25f,
			.onset_ms = 1000.125 * seq,
			.detail = seq % 3 == 1 ? NULL : detail,
			.detail_len = seq % 3 == 1 ? 0 : sizeof(detail) - 1,
		};
}

void
pending_init(struct pending *p)
{
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->done, NULL);
}

void
on_answer(void *arg, enum camp_err err, const struct trial_counts *counts)
{
	struct pending *p = arg;

	pthread_mutex_lock(&p->lock);
	p->answers++;
	p->err = err;
	if (counts)
		p->counts = *counts;
	pthread_cond_signal(&p->done);
	pthread_mutex_unlock(&p->lock);
}

void
wait_upload(struct pending *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->answers == 0)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

enum camp_err
put(struct writer *w, const struct trial_owner *owner, const struct trial *trials, int n,
    struct trial_counts *counts)
{
	struct pending p;
	enum camp_err err;

	pending_init(&p);
	err = writer_submit(w, owner, trials, (size_t)n, on_answer, &p);
	if (err != CAMP_OK)
		return err;
	wait_upload(&p);
	if (counts)
		*counts = p.counts;
	return p.err;
}

void
expect_counts(struct writer *w, const struct trial_owner *owner, int32_t seq, int n,
	      int salt, int stored, int repeated, int conflicting)
{
	struct trial trials[TRIALS_PER_REQUEST_MAX];
	struct trial_counts counts;

	make_trials(trials, seq, n, salt);
	ck_assert_int_eq(put(w, owner, trials, n, &counts), CAMP_OK);
	ck_assert_int_eq(counts.stored, stored);
	ck_assert_int_eq(counts.repeated, repeated);
	ck_assert_int_eq(counts.conflicting, conflicting);
}

PGconn *
open_admin(void)
{
	PGconn *conn = PQconnectdb(database_url());

	ck_assert_msg(PQstatus(conn) == CONNECTION_OK, "%s", PQerrorMessage(conn));
	return conn;
}

static PGresult *__attribute__((format(printf, 2, 0)))
query(PGconn *conn, const char *format, va_list args)
{
	char sql[1024];

	vsnprintf(sql, sizeof(sql), format, args);
	return PQexec(conn, sql);
}

void
admin(PGconn *conn, const char *format, ...)
{
	PGresult *result;
	va_list args;

	va_start(args, format);
	result = query(conn, format, args);
	va_end(args);
	ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK ||
			      PQresultStatus(result) == PGRES_TUPLES_OK,
		      "%s", PQerrorMessage(conn));
	PQclear(result);
}

long long
number(PGconn *conn, const char *format, ...)
{
	PGresult *result;
	long long value;
	va_list args;

	va_start(args, format);
	result = query(conn, format, args);
	va_end(args);
	ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s",
		      PQerrorMessage(conn));
	ck_assert_int_eq(PQntuples(result), 1);
	value = atoll(PQgetvalue(result, 0, 0));
	PQclear(result);
	return value;
}

const char *
where(const struct trial_owner *owner)
{
	static char text[160];
	char participant[UUID_TEXT_LEN + 1], session[UUID_TEXT_LEN + 1];

	uuid_format(&owner->participant_id, participant);
	uuid_format(&owner->session_id, session);
	snprintf(text, sizeof(text), "participant_id = '%s' AND session_id = '%s'",
		 participant, session);
	return text;
}

long long
stored_trials(PGconn *conn, const struct trial_owner *owner)
{
	return number(conn,
		      "SELECT coalesce(sum(cardinality(correct)), 0) FROM trial_cell "
		      "WHERE %s",
		      where(owner));
}

long long
stored_conflicts(PGconn *conn, const struct trial_owner *owner)
{
	return number(conn, "SELECT count(*) FROM trial_conflict WHERE %s", where(owner));
}

void
sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000l};

	nanosleep(&t, NULL);
}

void
wait_for(PGconn *conn, const char *sql)
{
	for (int i = 0; i < 1000; i++) {
		if (number(conn, "%s", sql) > 0)
			return;
		sleep_ms(10);
	}
	ck_abort_msg("never true: %s", sql);
}

int
writer_backend(PGconn *conn)
{
	wait_for(conn, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
		       "'camp'");
	return (int)number(conn, "SELECT pid FROM pg_stat_activity "
				 "WHERE application_name = 'camp'");
}
