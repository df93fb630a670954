#include <config.h>

#include "db/tasks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "db/conn.h"

/* {"a","b"}: PostgreSQL's text form of an array, every element quoted. */
static void
array_text(struct buffer *out, const char *const *items, int n)
{
	buffer_add_char(out, '{');
	for (int i = 0; i < n; i++) {
		buffer_add_text(out, i > 0 ? ",\"" : "\"");
		for (const char *c = items[i]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				buffer_add_char(out, '\\');
			buffer_add_char(out, *c);
		}
		buffer_add_char(out, '"');
	}
	buffer_add_char(out, '}');
	buffer_add_char(out, '\0');
}

/*
 * One transaction: the role goes with it. Both definitions are taken apart into members
 * and elements with their paths, without those that hold texts for people; `same` tells
 * whether what is left is equal, and only then the stored definition is replaced. Members
 * of stimuli may be called as they like, so of those only notes are texts.
 */
static const char register_sql[] =
	"WITH RECURSIVE"
	" given AS (SELECT $1::text AS task, $2::smallint AS version,"
	"                  $3::text[] AS conditions, $4::text[] AS responses,"
	"                  $5::jsonb AS definition),"
	" added AS (INSERT INTO task (task, version, conditions, responses, definition)"
	"           SELECT * FROM given ON CONFLICT DO NOTHING RETURNING task),"
	" stored AS (SELECT t.definition FROM task t JOIN given g USING (task, version)"
	"             WHERE t.conditions = g.conditions AND t.responses = g.responses),"
	" part(given, path, value) AS ("
	"  SELECT true, '{}'::text[], definition FROM given"
	"  UNION ALL SELECT false, '{}', definition FROM stored"
	"  UNION ALL"
	"  SELECT p.given, p.path || m.key, m.value FROM part p, LATERAL ("
	"    SELECT key, value FROM jsonb_each("
	"      CASE jsonb_typeof(p.value) WHEN 'object' THEN p.value ELSE '{}' END)"
	"    UNION ALL SELECT i::text, value FROM jsonb_array_elements("
	"      CASE jsonb_typeof(p.value) WHEN 'array' THEN p.value ELSE '[]' END)"
	"      WITH ORDINALITY AS a(value, i)) m"
	"   WHERE m.key <> ALL (CASE WHEN p.path[1] = 'stimuli' THEN '{notes}'::text[]"
	"    ELSE '{title,summary,instructions,label,description,notes,reason,source,"
	"           sources}' END)),"
	" leaf AS (SELECT given, path, CASE jsonb_typeof(value) WHEN 'object' THEN '{}'"
	"                WHEN 'array' THEN '[]' ELSE value END AS value FROM part),"
	" same AS (SELECT EXISTS (SELECT FROM stored) AND NOT EXISTS ("
	"   SELECT path, value FROM leaf GROUP BY path, value HAVING count(*) <> 2) AS "
	"yes),"
	" replaced AS (UPDATE task t SET definition = g.definition FROM given g, same"
	"   WHERE same.yes AND t.task = g.task AND t.version = g.version"
	"     AND t.definition <> g.definition)"
	" SELECT EXISTS (SELECT FROM added) OR (SELECT yes FROM same)";

static enum camp_err
register_in(PGconn *conn, const char *const *values, bool *same)
{
	PGresult *result = NULL;
	enum camp_err err;

	err = db_run(conn, "begin", "BEGIN", 0, NULL);
	if (err == CAMP_OK)
		err = db_run(conn, "task_role", "SET LOCAL ROLE camp_owner", 0, NULL);
	if (err == CAMP_OK)
		err = db_exec(conn, "task_register", register_sql, 5, values, &result);
	if (err == CAMP_OK)
		*same = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (err == CAMP_OK)
		return db_run(conn, "commit", "COMMIT", 0, NULL);
	PQclear(PQexec(conn, "ROLLBACK"));
	return err;
}

enum camp_err
db_task_register(PGconn *conn, const struct db_task *task, char *why, size_t why_size)
{
	struct buffer conditions = {0}, responses = {0};
	const char *values[5];
	char version[16];
	enum camp_err err = CAMP_ERR_MEMORY;
	bool same = false;

	array_text(&conditions, task->conditions, task->n_conditions);
	array_text(&responses, task->responses, task->n_responses);
	if (conditions.failed || responses.failed) {
		snprintf(why, why_size, "out of memory");
		goto out;
	}
	snprintf(version, sizeof(version), "%d", task->version);
	values[0] = task->name;
	values[1] = version;
	values[2] = conditions.data;
	values[3] = responses.data;
	values[4] = task->definition_json;
	err = register_in(conn, values, &same);
	if (err == CAMP_OK && !same) {
		/* A concurrent first registration is not seen by the same statement. */
		err = register_in(conn, values, &same);
	}
	if (err != CAMP_OK) {
		snprintf(why, why_size,
			 "the task \"%s\" could not be entered into the database: %s",
			 task->name, camp_err_title(err));
	} else if (!same) {
		snprintf(why, why_size,
			 "the definition of task \"%s\" version %d differs from the one "
			 "that stored trials refer to: raise its version",
			 task->name, task->version);
		err = CAMP_ERR_INVALID;
	}
out:
	buffer_clear(&conditions);
	buffer_clear(&responses);
	return err;
}

enum camp_err
db_tasks_each(PGconn *conn, enum camp_err (*each)(void *arg, const char *definition_json),
	      void *arg)
{
	PGresult *result = NULL;
	enum camp_err err = db_exec(conn, "tasks_each",
				    "SELECT definition FROM task ORDER BY task, version",
				    0, NULL, &result);

	for (int i = 0; err == CAMP_OK && i < PQntuples(result); i++)
		err = each(arg, PQgetvalue(result, i, 0));
	PQclear(result);
	return err;
}
