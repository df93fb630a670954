#include <config.h>

#include "db/partitions.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/uuid.h"
#include "db/conn.h"

#define UNIX_MS_MAX ((INT64_C(1) << 48) - 1)

/* A month of the UTC calendar; month counts from 0. */
struct month {
	int year, month;
};

static struct month
month_of(int64_t unix_ms)
{
	time_t t = (time_t)(unix_ms / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	return (struct month){tm.tm_year + 1900, tm.tm_mon};
}

static struct month
month_add(struct month m, int months)
{
	int n = m.year * 12 + m.month + months;

	return (struct month){n / 12, n % 12};
}

static int64_t
month_start_ms(struct month m)
{
	struct tm tm = {.tm_year = m.year - 1900, .tm_mon = m.month, .tm_mday = 1};

	return (int64_t)timegm(&tm) * 1000;
}

/* The least id of a time: its 48 bits of milliseconds, then zeros. */
static void
bound_text(int64_t unix_ms, char text[UUID_TEXT_LEN + 1])
{
	struct uuid id = {{0}};

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
	uuid_format(&id, text);
}

/*
 * Made beside the table and then attached, which stops neither reads nor writes of it,
 * where CREATE TABLE ... PARTITION OF would wait for them all. Nobody is granted the
 * partition, and row-level security without a policy shuts it once more. Concurrent
 * callers queue at the advisory lock, and the second finds the work done.
 */
static enum camp_err
month_ensure(PGconn *conn, struct month m)
{
	char from[UUID_TEXT_LEN + 1], to[UUID_TEXT_LEN + 1], sql[1024];

	bound_text(month_start_ms(m), from);
	bound_text(month_start_ms(month_add(m, 1)), to);
	snprintf(sql, sizeof(sql),
		 "DO $$ BEGIN"
		 " PERFORM set_config('role', 'camp_owner', true),"
		 "         set_config('lock_timeout', '2s', true);"
		 " PERFORM pg_advisory_xact_lock(4854417283907);"
		 " IF to_regclass('public.trial_cell_y%04dm%02d') IS NULL THEN"
		 "  CREATE TABLE trial_cell_y%04dm%02d"
		 "   (LIKE trial_cell INCLUDING DEFAULTS INCLUDING STORAGE"
		 "    INCLUDING COMPRESSION INCLUDING COMMENTS);"
		 "  ALTER TABLE trial_cell_y%04dm%02d ENABLE ROW LEVEL SECURITY;"
		 "  ALTER TABLE trial_cell_y%04dm%02d FORCE ROW LEVEL SECURITY;"
		 "  ALTER TABLE trial_cell ATTACH PARTITION trial_cell_y%04dm%02d"
		 "   FOR VALUES FROM ('%s') TO ('%s');"
		 " END IF; END $$",
		 m.year, m.month + 1, m.year, m.month + 1, m.year, m.month + 1, m.year,
		 m.month + 1, m.year, m.month + 1, from, to);
	return db_run(conn, "partition_create", sql, 0, NULL);
}

/* The names are ours, so a look at the catalogue spares the lock in the usual case. */
static enum camp_err
month_exists(PGconn *conn, struct month m, bool *yes)
{
	char name[64];
	const char *values[] = {name};
	PGresult *result;
	enum camp_err err;

	snprintf(name, sizeof(name), "public.trial_cell_y%04dm%02d", m.year, m.month + 1);
	*yes = false;
	err = db_exec(conn, "partition_exists", "SELECT to_regclass($1) IS NOT NULL", 1,
		      values, &result);
	if (err == CAMP_OK)
		*yes = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return err;
}

enum camp_err
db_partitions_ensure(PGconn *conn, int64_t from_unix_ms, int64_t to_unix_ms)
{
	enum camp_err err = CAMP_OK;
	struct month m;

	if (from_unix_ms < 0)
		from_unix_ms = 0;
	if (to_unix_ms > UNIX_MS_MAX)
		to_unix_ms = UNIX_MS_MAX;
	for (m = month_of(from_unix_ms);
	     err == CAMP_OK && month_start_ms(m) <= to_unix_ms; m = month_add(m, 1)) {
		bool yes;

		err = month_exists(conn, m, &yes);
		if (err == CAMP_OK && !yes)
			err = month_ensure(conn, m);
	}
	return err;
}

enum camp_err
db_partitions_ahead(PGconn *conn)
{
	struct month now = month_of((int64_t)time(NULL) * 1000);

	return db_partitions_ensure(conn, month_start_ms(month_add(now, -1)),
				    month_start_ms(month_add(now, 2)));
}
