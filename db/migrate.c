#include <config.h>

#include "db/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/conn.h"
#include "db/partitions.h"

#define CHECKSUM_BYTES 32
#define CHECKSUM_HEX (2 * CHECKSUM_BYTES + 1)
#define FILE_BYTES_MAX (4 << 20)
/* An arbitrary number: everything that changes the schema takes this advisory lock. */
#define LOCK_SQL "SELECT pg_advisory_lock(4854417283906)"

struct file {
	int version;
	char name[64]; /* "0001_base" */
	char checksum[CHECKSUM_HEX];
	char *sql;
};

struct files {
	int n;
	struct file list[DB_MIGRATIONS_MAX];
};

#define say(why, why_size, ...) snprintf((why), (why_size), __VA_ARGS__)

/* ---- the folder ---- */

/* "0001_base.sql" gives 1; anything else 0. */
static int
file_version(const char *name)
{
	size_t len = strlen(name);
	int version = 0;

	if (len < 10 || len - 4 >= sizeof(((struct file *)0)->name) || name[4] != '_' ||
	    strcmp(name + len - 4, ".sql") != 0)
		return 0;
	for (int i = 0; i < 4; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		version = version * 10 + (name[i] - '0');
	}
	return version;
}

static int
is_migration(const struct dirent *entry)
{
	return file_version(entry->d_name) > 0;
}

/* The whole file, zero-terminated; NULL with errno. */
static char *
read_text(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	struct stat st;
	size_t n;

	if (in == NULL)
		return NULL;
	if (fstat(fileno(in), &st) != 0 || st.st_size > FILE_BYTES_MAX)
		goto out;
	text = malloc((size_t)st.st_size + 1);
	if (text == NULL)
		goto out;
	n = fread(text, 1, (size_t)st.st_size, in);
	text[n] = '\0';
out:
	fclose(in);
	return text;
}

static enum camp_err
file_read(struct file *file, const char *folder, const char *name, char *why,
	  size_t why_size)
{
	uint8_t sum[CHECKSUM_BYTES];
	char *path;

	file->version = file_version(name);
	memcpy(file->name, name, strlen(name) - 4);
	file->name[strlen(name) - 4] = '\0';
	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		say(why, why_size, "out of memory");
		return CAMP_ERR_MEMORY;
	}
	file->sql = read_text(path);
	free(path);
	if (file->sql == NULL) {
		say(why, why_size, "the migration \"%s\" in \"%s\" cannot be read: %s",
		    file->name, folder, strerror(errno));
		return CAMP_ERR_INVALID;
	}
	crypto_generichash(sum, sizeof(sum), (const uint8_t *)file->sql,
			   strlen(file->sql), NULL, 0);
	sodium_bin2hex(file->checksum, sizeof(file->checksum), sum, sizeof(sum));
	return CAMP_OK;
}

static void
files_clear(struct files *files)
{
	for (int i = 0; i < files->n; i++)
		free(files->list[i].sql);
	files->n = 0;
}

/* Versions must count from 1 without a gap, so that a lost file is noticed. */
static enum camp_err
files_read(struct files *files, const char *folder, char *why, size_t why_size)
{
	struct dirent **entries = NULL;
	enum camp_err err = CAMP_OK;
	int n;

	files->n = 0;
	n = scandir(folder, &entries, is_migration, alphasort);
	if (n < 0) {
		say(why, why_size, "the migrations folder \"%s\" cannot be read: %s",
		    folder, strerror(errno));
		return CAMP_ERR_INVALID;
	}
	for (int i = 0; i < n && err == CAMP_OK; i++) {
		if (i >= DB_MIGRATIONS_MAX || file_version(entries[i]->d_name) != i + 1) {
			say(why, why_size,
			    "the migrations folder \"%s\" is incomplete: \"%s\" is not "
			    "number %d",
			    folder, entries[i]->d_name, i + 1);
			err = CAMP_ERR_INVALID;
			break;
		}
		err = file_read(&files->list[files->n], folder, entries[i]->d_name, why,
				why_size);
		files->n++;
	}
	if (err == CAMP_OK && n == 0) {
		say(why, why_size, "the migrations folder \"%s\" holds no migration",
		    folder);
		err = CAMP_ERR_INVALID;
	}
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	if (err != CAMP_OK)
		files_clear(files);
	return err;
}

/* ---- what the database says ---- */

static enum camp_err
failed(enum camp_err err, const char *what, char *why, size_t why_size)
{
	if (err == CAMP_ERR_STORAGE_FULL)
		say(why, why_size, "the database has no room left on its disk");
	else
		say(why, why_size, "%s failed; the log has the SQLSTATE", what);
	return err;
}

/* The applied versions in order; *out is NULL when the table does not exist. */
static enum camp_err
applied_read(PGconn *conn, PGresult **out, char *why, size_t why_size)
{
	enum camp_err err;
	PGresult *result;
	bool exists;

	*out = NULL;
	err = db_exec(conn, "schema_exists",
		      "SELECT to_regclass('public.schema_migration') IS NOT NULL", 0,
		      NULL, &result);
	if (err != CAMP_OK)
		return failed(err, "looking for the schema", why, why_size);
	exists = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (!exists)
		return CAMP_OK;
	err = db_exec(conn, "schema_read",
		      "SELECT version, name, encode(checksum, 'hex')"
		      "  FROM schema_migration ORDER BY version",
		      0, NULL, out);
	if (err != CAMP_OK)
		return failed(err, "reading the schema's version", why, why_size);
	return CAMP_OK;
}

static int
applied_version(const PGresult *applied)
{
	int n = applied != NULL ? PQntuples(applied) : 0;

	return n > 0 ? atoi(PQgetvalue(applied, n - 1, 0)) : 0;
}

/* files may be NULL: then only newer is refused. */
static enum camp_err
applied_check(const PGresult *applied, const struct files *files, int newest, char *why,
	      size_t why_size)
{
	int version = applied_version(applied);

	if (version > newest) {
		say(why, why_size,
		    "the database's schema is newer than this program (%s, this program "
		    "knows %d): install a newer camp",
		    PQgetvalue(applied, PQntuples(applied) - 1, 1), newest);
		return CAMP_ERR_INVALID;
	}
	for (int i = 0; applied != NULL && i < PQntuples(applied); i++) {
		const char *name = PQgetvalue(applied, i, 1);

		if (atoi(PQgetvalue(applied, i, 0)) != i + 1) {
			say(why, why_size,
			    "the database lacks migration %d although later ones were "
			    "applied: restore its schema from a backup",
			    i + 1);
			return CAMP_ERR_INVALID;
		}
		if (files == NULL || i >= files->n ||
		    strcmp(PQgetvalue(applied, i, 2), files->list[i].checksum) == 0)
			continue;
		say(why, why_size,
		    "the migration \"%s\" was edited after this database applied it: "
		    "restore the file",
		    name);
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

enum camp_err
db_schema_check(PGconn *conn, const char *folder, char *why, size_t why_size)
{
	struct files *files = NULL;
	PGresult *applied = NULL;
	enum camp_err err;
	struct stat st;

	if (folder != NULL && stat(folder, &st) == 0) {
		files = calloc(1, sizeof(*files));
		err = files == NULL ? CAMP_ERR_MEMORY
				    : files_read(files, folder, why, why_size);
		if (err != CAMP_OK)
			goto out;
	}
	err = applied_read(conn, &applied, why, why_size);
	if (err == CAMP_OK)
		err = applied_check(applied, files, DB_SCHEMA_VERSION, why, why_size);
	if (err == CAMP_OK && applied_version(applied) < DB_SCHEMA_VERSION) {
		say(why, why_size,
		    "the database's schema is %s (%d, this program needs %d): run `camp "
		    "migrate`",
		    applied == NULL ? "missing" : "older than this program",
		    applied_version(applied), DB_SCHEMA_VERSION);
		err = CAMP_ERR_INVALID;
	}
out:
	PQclear(applied);
	if (files != NULL)
		files_clear(files);
	free(files);
	return err;
}

/* ---- roles ---- */

static bool
truth(PGconn *conn, const char *name, const char *sql, const char *value)
{
	const char *values[] = {value};
	PGresult *result;
	bool yes = false;

	if (db_exec(conn, name, sql, value != NULL ? 1 : 0, values, &result) == CAMP_OK)
		yes = PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return yes;
}

/*
 * Runs a command that may be refused without harm: what counts is looked at afterwards.
 * Two databases of one cluster may well be migrated, and so make the roles, at the same
 * time.
 */
static void
attempt(PGconn *conn, const char *sql)
{
	PQclear(PQexec(conn, sql));
}

static bool
role_usable(PGconn *conn, const char *role)
{
	char sql[64];
	PGresult *result;
	bool ok;

	snprintf(sql, sizeof(sql), "SET ROLE %s", role);
	result = PQexec(conn, sql);
	ok = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	attempt(conn, "RESET ROLE");
	return ok;
}

static enum camp_err
role_ensure(PGconn *conn, enum db_role role, char *why, size_t why_size)
{
	const char *name = db_role_name(role);
	char sql[96];

	if (!truth(conn, "role_exists",
		   "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name)) {
		/* Only who has BYPASSRLS may give it; its policy does without. */
		snprintf(sql, sizeof(sql), "CREATE ROLE %s NOLOGIN%s", name,
			 role == DB_INGEST ? " BYPASSRLS" : "");
		attempt(conn, sql);
		snprintf(sql, sizeof(sql), "CREATE ROLE %s NOLOGIN", name);
		if (!truth(conn, "role_exists",
			   "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
			   name))
			attempt(conn, sql);
	}
	if (role_usable(conn, name))
		return CAMP_OK;
	snprintf(sql, sizeof(sql), "GRANT %s TO CURRENT_USER", name);
	attempt(conn, sql);
	if (role_usable(conn, name))
		return CAMP_OK;
	say(why, why_size,
	    "the role \"%s\" cannot be made or taken by \"%s\": let an administrator run "
	    "CREATE ROLE %s; GRANT %s TO \"%s\"",
	    name, PQuser(conn), name, name, PQuser(conn));
	return CAMP_ERR_INVALID;
}

static enum camp_err
roles_ensure(PGconn *conn, char *why, size_t why_size)
{
	enum camp_err err = CAMP_OK;

	for (enum db_role role = DB_OWNER; role < DB_ROLES && err == CAMP_OK; role++)
		err = role_ensure(conn, role, why, why_size);
	if (err != CAMP_OK)
		return err;
	attempt(conn, "GRANT USAGE, CREATE ON SCHEMA public TO camp_owner");
	attempt(conn, "GRANT USAGE ON SCHEMA public TO camp_app, camp_ingest, camp_auth");
	if (truth(conn, "schema_privilege",
		  "SELECT has_schema_privilege('camp_owner', 'public', 'CREATE')", NULL))
		return CAMP_OK;
	say(why, why_size,
	    "the role \"camp_owner\" may not make tables: let the database's owner run "
	    "GRANT CREATE ON SCHEMA public TO camp_owner");
	return CAMP_ERR_INVALID;
}

/* ---- applying ---- */

static const char bootstrap_sql[] =
	"CREATE TABLE IF NOT EXISTS schema_migration ("
	" version integer PRIMARY KEY,"
	" name text NOT NULL,"
	" checksum bytea NOT NULL,"
	" applied_at timestamptz NOT NULL DEFAULT now());"
	"COMMENT ON TABLE schema_migration IS 'the migrations that were applied';"
	"COMMENT ON COLUMN schema_migration.version IS 'number of the file, from 1';"
	"COMMENT ON COLUMN schema_migration.name IS 'name of the file without .sql';"
	"COMMENT ON COLUMN schema_migration.checksum IS 'BLAKE2b-256 of the file';"
	"COMMENT ON COLUMN schema_migration.applied_at IS 'time of its commit, UTC';"
	"GRANT SELECT ON schema_migration TO camp_app, camp_ingest, camp_auth;";

static bool
command(PGconn *conn, const char *sql, char *why, size_t why_size, const char *name)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *at = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);

	if (!ok) {
		say(why, why_size,
		    "the migration \"%s\" failed and changed nothing: %s (SQLSTATE "
		    "%s%s%s)",
		    name, text != NULL ? text : "the connection was lost",
		    db_sqlstate(result), at != NULL ? ", character " : "",
		    at != NULL ? at : "");
	}
	PQclear(result);
	return ok;
}

static enum camp_err
apply(PGconn *conn, const struct file *file, char *why, size_t why_size)
{
	const char *values[3];
	char version[16];
	enum camp_err err;

	snprintf(version, sizeof(version), "%d", file->version);
	values[0] = version;
	values[1] = file->name;
	values[2] = file->checksum;
	if (!command(conn, "BEGIN; SET LOCAL ROLE camp_owner", why, why_size,
		     file->name) ||
	    !command(conn, file->sql, why, why_size, file->name))
		goto fail;
	err = db_run(conn, "schema_record",
		     "INSERT INTO schema_migration (version, name, checksum)"
		     " VALUES ($1::integer, $2, decode($3, 'hex'))",
		     3, values);
	if (err != CAMP_OK) {
		failed(err, "recording the migration", why, why_size);
		goto fail;
	}
	if (command(conn, "COMMIT", why, why_size, file->name))
		return CAMP_OK;
fail:
	attempt(conn, "ROLLBACK");
	return PQstatus(conn) == CONNECTION_OK ? CAMP_ERR_FAULT : CAMP_ERR_UNAVAILABLE;
}

static enum camp_err
apply_missing(PGconn *conn, const struct files *files, struct db_migrated *out, char *why,
	      size_t why_size)
{
	PGresult *applied = NULL;
	enum camp_err err;

	err = applied_read(conn, &applied, why, why_size);
	if (err == CAMP_OK)
		err = applied_check(applied, files, files->n, why, why_size);
	if (err != CAMP_OK)
		goto out;
	out->version = applied_version(applied);
	if (applied == NULL &&
	    (!command(conn, "SET ROLE camp_owner", why, why_size, "0000_bootstrap") ||
	     !command(conn, bootstrap_sql, why, why_size, "0000_bootstrap") ||
	     !command(conn, "RESET ROLE", why, why_size, "0000_bootstrap"))) {
		err = CAMP_ERR_FAULT;
		goto out;
	}
	for (int i = out->version; i < files->n; i++) {
		err = apply(conn, &files->list[i], why, why_size);
		if (err != CAMP_OK)
			break;
		out->version = files->list[i].version;
		out->applied[out->n_applied].version = out->version;
		memcpy(out->applied[out->n_applied++].name, files->list[i].name,
		       sizeof(files->list[i].name));
	}
out:
	PQclear(applied);
	return err;
}

static enum camp_err
migrate(PGconn *conn, const struct files *files, struct db_migrated *out, char *why,
	size_t why_size)
{
	enum camp_err err;

	if (PQserverVersion(conn) < 150000) {
		say(why, why_size,
		    "the database is PostgreSQL %d; camp needs version 15, 16 or 17",
		    PQserverVersion(conn) / 10000);
		return CAMP_ERR_INVALID;
	}
	err = db_run(conn, "schema_lock_timeout", "SET lock_timeout = '60s'", 0, NULL);
	if (err == CAMP_OK)
		err = db_run(conn, "schema_lock", LOCK_SQL, 0, NULL);
	if (err == CAMP_ERR_DEADLINE) {
		say(why, why_size,
		    "another migration of this database has been running "
		    "for more than a minute");
		return err;
	}
	if (err != CAMP_OK)
		return failed(err, "locking the schema", why, why_size);
	err = roles_ensure(conn, why, why_size);
	if (err == CAMP_OK)
		err = apply_missing(conn, files, out, why, why_size);
	if (err != CAMP_OK)
		return err;
	err = db_partitions_ahead(conn);
	return err == CAMP_OK
		       ? err
		       : failed(err, "making the monthly partitions", why, why_size);
}

enum camp_err
db_migrate(const char *conninfo, const char *folder, struct db_migrated *out, char *why,
	   size_t why_size)
{
	struct files *files = calloc(1, sizeof(*files));
	PGconn *conn = NULL;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	if (files == NULL) {
		say(why, why_size, "out of memory");
		return CAMP_ERR_MEMORY;
	}
	err = files_read(files, folder, why, why_size);
	if (err == CAMP_OK)
		err = db_conn_open(&conn, conninfo, DB_LOGIN, why, why_size);
	if (err == CAMP_OK)
		err = migrate(conn, files, out, why, why_size);
	PQfinish(conn); /* and with it the lock */
	files_clear(files);
	free(files);
	return err;
}
