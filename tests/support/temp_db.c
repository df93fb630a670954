#include <config.h>

#include "tests/support/temp_db.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/cluster.h"
#include "db/cluster_place.h"
#include "db/migrate.h"
#include "db/tasks.h"

static char state_dir[64];
static struct cluster *cluster;

/* A crash of the machine need not be survived here. */
static void
make_fast(void)
{
	char path[96];
	FILE *out;

	snprintf(path, sizeof(path), "%s/postgres.conf", state_dir);
	out = fopen(path, "we");
	if (out == NULL)
		return;
	fputs("fsync = off\nfull_page_writes = off\n", out);
	fclose(out);
	chmod(path, 0644);
}

/* Lets any login in, until the next start writes the rules anew. */
static void
open_doors(void)
{
	char path[96];
	FILE *out;
	PGconn *conn;

	snprintf(path, sizeof(path), "%s/postgres/pg_hba.conf", state_dir);
	out = fopen(path, "ae");
	if (out == NULL)
		return;
	fputs("local all all trust\n", out);
	fclose(out);
	conn = PQconnectdb(cluster_conninfo(cluster));
	PQclear(PQexec(conn, "SELECT pg_reload_conf()"));
	PQfinish(conn);
}

void
temp_db_start(void)
{
	struct cluster_options options = {.state_dir = state_dir};
	static struct db_migrated migrated;
	char why[512] = "";

	strcpy(state_dir, "/tmp/camp-db-XXXXXX");
	if (mkdtemp(state_dir) == NULL) {
		perror(state_dir);
		exit(1);
	}
	make_fast();
	if (cluster_start(&cluster, &options, why, sizeof(why)) != CAMP_OK ||
	    db_migrate(cluster_conninfo(cluster), CAMP_SOURCE_DIR "/migrations",
		       &migrated, why, sizeof(why)) != CAMP_OK) {
		fprintf(stderr, "the test database cannot be made: %s\n", why);
		temp_db_stop();
		exit(1);
	}
	open_doors();
}

void
temp_db_stop(void)
{
	cluster_stop(cluster);
	cluster = NULL;
	cluster_place_remove(state_dir);
}

const char *
temp_db_state(void)
{
	return state_dir;
}

static void
make(char conninfo[TEMP_DB_SIZE], const char *template)
{
	static int number;
	char name[64];
	const char *own = cluster_conninfo(cluster);
	size_t base = (size_t)(strstr(own, "dbname=") - own);
	PGconn *conn;

	snprintf(name, sizeof(name), "test_%d_%d", (int)getpid(), number++);
	snprintf(conninfo, TEMP_DB_SIZE, "%.*sdbname=postgres", (int)base, own);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	/* Two tests may copy the template at once; PostgreSQL lets one at a time. */
	for (int i = 0;; i++) {
		char sql[160];

		snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE %s", name,
			 template);
		if (strcmp(temp_db_state_of(conn, sql), "00000") == 0)
			break;
		ck_assert_msg(i < 50, "the database %s cannot be made", name);
		usleep(100000);
	}
	PQfinish(conn);
	snprintf(conninfo, TEMP_DB_SIZE, "%.*sdbname=%s", (int)base, own, name);
}

void
temp_db_new(char conninfo[TEMP_DB_SIZE])
{
	make(conninfo, CLUSTER_DATABASE);
}

void
temp_db_new_empty(char conninfo[TEMP_DB_SIZE])
{
	make(conninfo, "template0");
}

PGconn *
temp_db_connect(const char *conninfo, enum db_role role)
{
	char why[512] = "";
	PGconn *conn;
	enum camp_err err = db_conn_open(&conn, conninfo, role, why, sizeof(why));

	ck_assert_msg(err == CAMP_OK, "%s", why);
	PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
	return conn;
}

const char *
temp_db_value(PGconn *conn, const char *sql, ...)
{
	static char value[4096];
	char text[8192];
	PGresult *result;
	va_list args;

	va_start(args, sql);
	vsnprintf(text, sizeof(text), sql, args);
	va_end(args);
	result = PQexec(conn, text);
	ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK ||
			      PQresultStatus(result) == PGRES_COMMAND_OK,
		      "%s\n%s", text, PQerrorMessage(conn));
	snprintf(value, sizeof(value), "%s",
		 PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0)
								: "");
	PQclear(result);
	return value;
}

const char *
temp_db_state_of(PGconn *conn, const char *sql)
{
	static char state[6];
	PGresult *result = PQexec(conn, sql);
	const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	snprintf(state, sizeof(state), "%s", got != NULL ? got : "00000");
	PQclear(result);
	return state;
}

void
temp_db_tenant(const char *conninfo, int number, struct temp_tenant *out)
{
	static const char *const conditions[] = {"congruent", "incongruent"};
	static const char *const responses[] = {"left", "right"};
	static const struct db_task task =
		{"stroop", 2 - 1, 2, 2, conditions, responses, "{\"name\":\"stroop\"}"};
	char organisation[UUID_TEXT_LEN + 1], cohort[UUID_TEXT_LEN + 1], why[512] = "";
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);

	out->organisation_id = uuid_v7();
	out->cohort_id = uuid_v7();
	uuid_format(&out->organisation_id, organisation);
	uuid_format(&out->cohort_id, cohort);
	snprintf(out->join_code, sizeof(out->join_code), "CODE%04u",
		 (unsigned)number % 10000);
	memset(out->read_token_hash, number & 0xff, sizeof(out->read_token_hash));
	ck_assert_msg(db_task_register(conn, &task, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
	temp_db_value(conn, "SET ROLE camp_owner");
	temp_db_value(conn, "SET app.org = '%s'", organisation);
	temp_db_value(conn,
		      "INSERT INTO organisation (organisation_id, name)"
		      " VALUES ('%s', 'Organisation %d')",
		      organisation, number);
	temp_db_value(conn,
		      "INSERT INTO cohort (cohort_id, organisation_id, name, join_code,"
		      " read_token_hash, consent_version, consent_text, tasks)"
		      " VALUES ('%s', '%s', 'Cohort %d', '%s',"
		      " decode(repeat('%02x', 32), 'hex'), 1,"
		      " '{\"en\": \"yes?\", \"zh-Hans\": \"好?\"}', '{stroop}')",
		      cohort, organisation, number, out->join_code, number & 0xff);
	PQfinish(conn);
}
