/*
 * Cells that grow at their end, many in one statement, new ones among them.
 *
 * The statement needs no look at the rows: it appends where all trials of the row come
 * before all that are offered, and leaves every other row alone. A row that another
 * process grew meanwhile is therefore never overwritten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/writer_internal.h"

/* Rows of one statement; what is left over goes in smaller ones. */
static const int chunk_rows[] = {64, 16, 4, 1};

#define N_CHUNKS (sizeof(chunk_rows) / sizeof(chunk_rows[0]))
#define CHUNK_ROWS_MAX 64

/* The optional arrays, which are NULL where none of their trials has a value. */
static const struct {
	const char *column, *type;
} optional[] = {{"trial", "integer"},
		{"rt_ms", "real"},
		{"onset_ms", "double precision"},
		{"difficulty", "real"},
		{"response", "\"char\""},
		{"flags", "smallint"}};

static void
statement_name(char name[32], int rows)
{
	snprintf(name, 32, "cell_append_%d", rows);
}

/* "t" is the row that is there, excluded the one that is offered. */
static void
add_assignments(struct buffer *sql)
{
	buffer_add_text(sql, "present = t.present | excluded.present, "
			     "condition = t.condition || excluded.condition, "
			     "correct = t.correct || excluded.correct, "
			     "received_at = excluded.received_at");
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		const char *c = optional[i].column, *type = optional[i].type;

		buffer_addf(
			sql,
			", %s = CASE WHEN t.%s IS NOT NULL OR excluded.%s IS NOT NULL "
			"THEN coalesce(t.%s, array_fill(NULL::%s, "
			"ARRAY[cardinality(t.condition)])) || coalesce(excluded.%s, "
			"array_fill(NULL::%s, ARRAY[cardinality(excluded.condition)])) "
			"END",
			c, c, c, c, type, c, type);
	}
	buffer_add_text(sql,
			", detail = CASE WHEN t.detail IS NOT NULL OR excluded.detail IS "
			"NOT NULL "
			"THEN coalesce(left(t.detail, -1), '[' || substr(repeat(',null', "
			"cardinality(t.condition)), 2)) || ',' || "
			"coalesce(substr(excluded.detail, 2), "
			"substr(repeat(',null', cardinality(excluded.condition)), 2) || "
			"']') END");
}

/* All bits of the row lie below the lowest bit offered; masks are unsigned. */
static const char condition[] =
	" WHERE (t.present::bigint & 4294967295) < "
	"(excluded.present::bigint & -excluded.present::bigint & 4294967295) "
	"RETURNING session_id, cell";

static void
make_statement(struct buffer *sql, int rows)
{
	buffer_addf(sql, "INSERT INTO trial_cell AS t (%s) VALUES ", cell_column_list);
	for (int row = 0; row < rows; row++) {
		buffer_add_text(sql, row ? ", (" : "(");
		for (int i = 1; i <= CELL_COLUMNS; i++)
			buffer_addf(sql, "%s$%d", i > 1 ? ", " : "",
				    row * CELL_COLUMNS + i);
		buffer_add_char(sql, ')');
	}
	buffer_add_text(sql, " ON CONFLICT (participant_id, session_id, cell) "
			     "DO UPDATE SET ");
	add_assignments(sql);
	buffer_add_text(sql, condition);
	buffer_add_char(sql, '\0');
}

bool
writer_append_prepare(struct link *l, int64_t until_ms, char *why, size_t why_size)
{
	struct buffer sql = {0};
	bool good = true;

	for (size_t i = 0; i < N_CHUNKS && good; i++) {
		char name[32];

		statement_name(name, chunk_rows[i]);
		buffer_reset(&sql);
		make_statement(&sql, chunk_rows[i]);
		if (sql.failed || !PQsendPrepare(l->conn, name, sql.data, 0, NULL)) {
			snprintf(why, why_size, "out of memory");
			good = false;
		} else {
			good = link_finish(l, name, until_ms, why, why_size);
		}
	}
	buffer_clear(&sql);
	return good;
}

static bool
send_chunk(struct link *l, const struct work *work, int rows)
{
	int formats[CHUNK_ROWS_MAX * CELL_COLUMNS];
	const char *values[CHUNK_ROWS_MAX * CELL_COLUMNS];
	int lengths[CHUNK_ROWS_MAX * CELL_COLUMNS], n = 0;
	char name[32];

	for (int row = 0; row < rows; row++) {
		struct cell_row fields;

		if (!cell_row_from_tuple(&fields,
					 work[row].upload->tuples.data +
						 work[row].cell->start,
					 work[row].cell->len))
			abort(); /* cell_encode() made it */
		for (int i = 0; i < CELL_COLUMNS; i++, n++) {
			values[n] = fields.len[i] < 0 ? NULL : fields.data[i];
			lengths[n] = fields.len[i];
			formats[n] = 1;
		}
	}
	statement_name(name, rows);
	return PQsendQueryPrepared(l->conn, name, n, values, lengths, formats, 1);
}

/* Sets writes in the works whose rows were written; they come in the order of sending. */
static void
note_written(const PGresult *result, const struct work *work, int rows)
{
	int at = 0;

	for (int i = 0; i < PQntuples(result); i++) {
		uint32_t cell;

		memcpy(&cell, PQgetvalue(result, i, 1), sizeof(cell));
		cell = __builtin_bswap32(cell);
		for (; at < rows; at++) {
			if ((uint32_t)work[at].cell->cell == cell &&
			    memcmp(work[at].upload->session_id.b,
				   PQgetvalue(result, i, 0), 16) == 0) {
				work[at++].cell->writes = true;
				break;
			}
		}
	}
}

/* The largest chunk that n works fill. */
static int
next_chunk(size_t n)
{
	size_t i = 0;

	while ((size_t)chunk_rows[i] > n)
		i++;
	return chunk_rows[i];
}

enum attempt
writer_append(struct link *l, const struct work *work, size_t n, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;
	bool sent = PQenterPipelineMode(l->conn);

	l->notice.sync_lost = false;
	for (size_t i = 0; i < n && sent; i += (size_t)next_chunk(n - i))
		sent = send_chunk(l, work + i, next_chunk(n - i));
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	for (size_t i = 0; i < n; i++)
		work[i].cell->writes = false;
	for (size_t i = 0; i < n && outcome == ATTEMPT_DONE;
	     i += (size_t)next_chunk(n - i)) {
		PGresult *result;

		outcome = link_good_result(l, until_ms, &result);
		if (outcome == ATTEMPT_DONE)
			note_written(result, work + i, next_chunk(n - i));
		PQclear(result);
	}
	if (outcome == ATTEMPT_DONE)
		outcome = link_drain(l, until_ms);
	outcome = link_leave(l, until_ms, outcome);
	return outcome == ATTEMPT_DONE && l->notice.sync_lost ? ATTEMPT_UNKNOWN : outcome;
}
