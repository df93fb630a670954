/*
 * Uploads that meet existing cells: lock, merge, write, in one explicit transaction.
 * Cells are locked and written in the order of the primary key, as every process does it.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/writer_internal.h"

#define DIGEST_BYTES 16

static const int all_binary[CELL_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1, 1,
					     1, 1, 1, 1, 1, 1, 1, 1};

static bool
same_key(const struct work *a, const struct work *b)
{
	return a->cell->cell == b->cell->cell &&
	       uuid_equal(&a->upload->session_id, &b->upload->session_id) &&
	       uuid_equal(&a->upload->participant_id, &b->upload->participant_id);
}

static bool
make_groups(struct merge *m)
{
	m->groups = calloc(m->n_works, sizeof(*m->groups));
	if (!m->groups)
		return false;
	for (size_t i = 0; i < m->n_works; i++) {
		if (i == 0 || !same_key(&m->works[i - 1], &m->works[i]))
			m->groups[m->n_groups++].first = i;
		m->groups[m->n_groups - 1].n++;
	}
	return true;
}

static bool
send_command(struct link *l, const char *sql)
{
	return PQsendQueryParams(l->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

/* A statement whose only parameters are a cell's key. */
static bool
send_key(struct link *l, const char *statement, const struct work *w)
{
	uint32_t cell = __builtin_bswap32((uint32_t)w->cell->cell);
	const char *values[3] = {(const char *)w->upload->participant_id.b,
				 (const char *)w->upload->session_id.b,
				 (const char *)&cell};
	const int lengths[3] = {16, 16, 4};

	return PQsendQueryPrepared(l->conn, statement, 3, values, lengths, all_binary, 1);
}

/* The result of the next statement of a pipeline. */
static enum attempt
next_result(struct link *l, int64_t until_ms, PGresult **out)
{
	PGresult *end;

	if (!link_result(l, until_ms, out))
		return ATTEMPT_UNKNOWN;
	if (!*out) {
		link_drop(l); /* out of step, which must not happen */
		return ATTEMPT_UNKNOWN;
	}
	switch (PQresultStatus(*out)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_FATAL_ERROR:
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		return ATTEMPT_DONE; /* a sync, or out of step; the caller looks */
	}
	/* Each statement's results end with a NULL. */
	if (!link_result(l, until_ms, &end)) {
		PQclear(*out);
		*out = NULL;
		return ATTEMPT_UNKNOWN;
	}
	if (end) {
		PQclear(end);
		PQclear(*out);
		*out = NULL;
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	return ATTEMPT_DONE;
}

/* Reads up to the sync, behind which an implicit transaction is committed or failed. */
static enum attempt
drain(struct link *l, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;

	for (;;) {
		PGresult *result;
		ExecStatusType status;

		if (next_result(l, until_ms, &result) != ATTEMPT_DONE)
			return ATTEMPT_UNKNOWN;
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR && outcome == ATTEMPT_DONE)
			outcome = link_failed(l, result);
		else
			PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return outcome;
	}
}

/* The rest up to the sync after an error, which stays the one that is noted. */
static enum attempt
drain_failed(struct link *l, int64_t until_ms)
{
	enum db_failure failure = l->failure;
	char sqlstate[sizeof(l->sqlstate)];

	memcpy(sqlstate, l->sqlstate, sizeof(sqlstate));
	if (drain(l, until_ms) == ATTEMPT_UNKNOWN)
		return ATTEMPT_UNKNOWN;
	l->failure = failure;
	memcpy(l->sqlstate, sqlstate, sizeof(sqlstate));
	return ATTEMPT_FAILED;
}

/* The next statement's good result, or the end of the attempt: drained and noted. */
static enum attempt
good_result(struct link *l, int64_t until_ms, PGresult **out)
{
	enum attempt outcome = next_result(l, until_ms, out);
	ExecStatusType status = PQresultStatus(*out);

	if (outcome != ATTEMPT_DONE || status == PGRES_COMMAND_OK ||
	    status == PGRES_TUPLES_OK)
		return outcome;
	link_failed(l, *out);
	*out = NULL;
	return drain_failed(l, until_ms);
}

/* One good result that nobody reads; *tuples is the number of rows it touched. */
static enum attempt
skip_result(struct link *l, int64_t until_ms, int *tuples)
{
	PGresult *result;
	enum attempt outcome = good_result(l, until_ms, &result);

	if (outcome == ATTEMPT_DONE && tuples)
		*tuples = atoi(PQcmdTuples(result));
	PQclear(result);
	return outcome;
}

static bool
add_offer(struct merge *m, const struct work *w, const struct trial *t)
{
	struct merge_offer *o;

	if (m->n_offers == m->offers_cap) {
		size_t cap = m->offers_cap ? 2 * m->offers_cap : 32;

		o = realloc(m->offers, cap * sizeof(*o));
		if (!o)
			return false;
		m->offers = o;
		m->offers_cap = cap;
	}
	o = &m->offers[m->n_offers++];
	*o = (struct merge_offer){.work = w, .seq = t->seq, .start = m->offered.len};
	cell_trial_json(&m->offered, t);
	o->len = m->offered.len - o->start;
	return !m->offered.failed;
}

/* Writes the merged row, with what does not change taken from the first tuple. */
static bool
encode_row(struct merge *m, struct merge_group *g, const struct cell_row *first,
	   const struct trial *trials, size_t n)
{
	struct trial_owner owner = {.task = ""};
	size_t start = m->rows.len;

	memcpy(owner.participant_id.b, first->data[CELL_PARTICIPANT_ID], 16);
	memcpy(owner.session_id.b, first->data[CELL_SESSION_ID], 16);
	memcpy(owner.organisation_id.b, first->data[CELL_ORGANISATION_ID], 16);
	memcpy(owner.task, first->data[CELL_TASK], (size_t)first->len[CELL_TASK]);
	owner.task_version = (int16_t)((uint8_t)first->data[CELL_TASK_VERSION][0] << 8 |
				       (uint8_t)first->data[CELL_TASK_VERSION][1]);
	cell_encode(&m->rows, &owner, trials, n, cell_now_us());
	g->tuple = start;
	g->tuple_len = m->rows.len - start;
	return !m->rows.failed;
}

/* The row of statement "cell_get". */
static void
stored_row(struct cell_row *row, const PGresult *result)
{
	static const enum cell_column columns[] = {CELL_CELL,     CELL_PRESENT,
						   CELL_TRIAL,    CELL_CONDITION,
						   CELL_CORRECT,  CELL_RT_MS,
						   CELL_ONSET_MS, CELL_DIFFICULTY,
						   CELL_RESPONSE, CELL_FLAGS,
						   CELL_DETAIL};

	for (int i = 0; i < (int)(sizeof(columns) / sizeof(columns[0])); i++) {
		row->data[columns[i]] = PQgetvalue(result, 0, i);
		row->len[columns[i]] =
			PQgetisnull(result, 0, i) ? -1 : PQgetlength(result, 0, i);
	}
}

/* Merges the works of one key into its row, if there is one. */
static enum attempt
merge_cells(struct merge *m, struct merge_group *g, const PGresult *existing)
{
	struct trial trials[TRIALS_PER_CELL], offered[TRIALS_PER_CELL];
	const struct trial *conflicting[TRIALS_PER_CELL];
	size_t n = 0, n_offered, n_conflicting;
	struct cell_row row, first = {0};
	bool changed = false;

	if (PQntuples(existing) > 0) {
		stored_row(&row, existing);
		if (cell_decode(&row, trials, &n) != CAMP_OK) {
			log_event(LOG_ERROR, "a stored cell contradicts itself");
			return ATTEMPT_FAILED;
		}
		memcpy(g->seen, row.data[CELL_PRESENT], sizeof(g->seen));
	}
	g->action = n > 0 ? CELL_UPDATE : CELL_INSERT;
	for (size_t i = g->first; i < g->first + g->n; i++) {
		const struct work *w = &m->works[i];

		if (!cell_row_from_tuple(&row, w->upload->tuples.data + w->cell->start,
					 w->cell->len) ||
		    cell_decode(&row, offered, &n_offered) != CAMP_OK)
			abort(); /* cell_encode() made it */
		if (i == g->first)
			first = row;
		changed |= cell_merge(trials, &n, offered, n_offered, &w->upload->counts,
				      conflicting, &n_conflicting);
		w->upload->writes |= n_conflicting > 0;
		for (size_t c = 0; c < n_conflicting; c++) {
			if (!add_offer(m, w, conflicting[c]))
				return ATTEMPT_MEMORY;
		}
	}
	if (!changed) {
		g->action = CELL_KEEP;
		return ATTEMPT_DONE;
	}
	m->rows_changed++;
	for (size_t i = g->first; i < g->first + g->n; i++)
		m->works[i].upload->writes = true;
	return encode_row(m, g, &first, trials, n) ? ATTEMPT_DONE : ATTEMPT_MEMORY;
}

/* Reads the rows that were asked for and decides what to write. */
static enum attempt
read_cells(struct merge *m, struct link *l, int64_t until_ms)
{
	enum attempt outcome, merged = ATTEMPT_DONE;

	for (size_t i = 0; i < m->n_groups; i++) {
		PGresult *result;

		outcome = good_result(l, until_ms, &result);
		if (outcome != ATTEMPT_DONE)
			return outcome;
		if (merged == ATTEMPT_DONE)
			merged = merge_cells(m, &m->groups[i], result);
		PQclear(result);
	}
	outcome = drain(l, until_ms);
	if (merged == ATTEMPT_FAILED)
		link_note(l, DB_BROKEN, "XX001");
	return outcome == ATTEMPT_DONE ? merged : outcome;
}

/* Ends the pipeline, and a transaction that was not committed. */
static enum attempt
leave(struct link *l, int64_t until_ms, enum attempt outcome)
{
	if (!l->conn)
		return ATTEMPT_UNKNOWN;
	if (PQtransactionStatus(l->conn) != PQTRANS_IDLE) {
		if (!send_command(l, "ROLLBACK") || !PQpipelineSync(l->conn)) {
			link_drop(l);
			return ATTEMPT_UNKNOWN;
		}
		if (drain(l, until_ms) == ATTEMPT_UNKNOWN)
			return ATTEMPT_UNKNOWN;
	}
	if (!PQexitPipelineMode(l->conn))
		link_drop(l);
	return outcome;
}

enum attempt
merge_look(struct merge *m, struct link *l, const struct work *works, size_t n,
	   int64_t until_ms)
{
	bool sent;

	*m = (struct merge){.works = works, .n_works = n};
	for (size_t i = 0; i < n; i++) {
		works[i].upload->counts = (struct trial_counts){0};
		works[i].upload->writes = false;
	}
	if (!make_groups(m))
		return ATTEMPT_MEMORY;
	sent = PQenterPipelineMode(l->conn);
	for (size_t i = 0; i < m->n_groups && sent; i++)
		sent = send_key(l, "cell_get", &works[m->groups[i].first]);
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	return leave(l, until_ms, read_cells(m, l, until_ms));
}

/* A row to insert has the columns in the table's order; an update leaves some out. */
static bool
send_row(const struct merge *m, struct link *l, const struct merge_group *g)
{
	static const enum cell_column updated[] = {CELL_PARTICIPANT_ID, CELL_SESSION_ID,
						   CELL_CELL,           CELL_PRESENT,
						   CELL_TRIAL,          CELL_CONDITION,
						   CELL_CORRECT,        CELL_RT_MS,
						   CELL_ONSET_MS,       CELL_DIFFICULTY,
						   CELL_RESPONSE,       CELL_FLAGS,
						   CELL_DETAIL,         CELL_RECEIVED_AT};
	enum { N_UPDATED = sizeof(updated) / sizeof(updated[0]) };
	const char *values[CELL_COLUMNS];
	int lengths[CELL_COLUMNS],
		n = g->action == CELL_INSERT ? CELL_COLUMNS : N_UPDATED;
	struct cell_row row;

	if (!cell_row_from_tuple(&row, m->rows.data + g->tuple, g->tuple_len))
		abort(); /* cell_encode() made it */
	for (int i = 0; i < n; i++) {
		int column = g->action == CELL_INSERT ? i : (int)updated[i];

		values[i] = row.len[column] < 0 ? NULL : row.data[column];
		lengths[i] = row.len[column];
	}
	if (g->action == CELL_UPDATE) {
		values[n] = g->seen;
		lengths[n++] = sizeof(g->seen);
	}
	return PQsendQueryPrepared(l->conn,
				   g->action == CELL_INSERT ? "cell_insert"
							    : "cell_update",
				   n, values, lengths, all_binary, 1);
}

static bool
send_offer(const struct merge *m, struct link *l, const struct merge_offer *o)
{
	const struct upload *u = o->work->upload;
	const char *json = m->offered.data + o->start;
	uint32_t seq = __builtin_bswap32((uint32_t)o->seq);
	uint64_t now = __builtin_bswap64((uint64_t)cell_now_us());
	uint8_t digest[DIGEST_BYTES];
	struct cell_row row;

	if (!cell_row_from_tuple(&row, u->tuples.data + o->work->cell->start,
				 o->work->cell->len))
		abort(); /* cell_encode() made it */
	crypto_generichash(digest, sizeof(digest), (const unsigned char *)json, o->len,
			   NULL, 0);
	const char *values[8] = {row.data[CELL_PARTICIPANT_ID],
				 row.data[CELL_SESSION_ID],
				 (const char *)&seq,
				 row.data[CELL_ORGANISATION_ID],
				 row.data[CELL_TASK],
				 (const char *)digest,
				 json,
				 (const char *)&now};
	const int lengths[8] = {16,           16,          4, 16, row.len[CELL_TASK],
				DIGEST_BYTES, (int)o->len, 8};
	return PQsendQueryPrepared(l->conn, "conflict_insert", 8, values, lengths,
				   all_binary, 1);
}

static enum attempt
read_writes(const struct merge *m, struct link *l, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;
	bool raced = false;

	for (size_t i = 0; i < m->n_groups && outcome == ATTEMPT_DONE; i++) {
		int rows = 0;

		if (m->groups[i].action == CELL_KEEP)
			continue;
		outcome = skip_result(l, until_ms, &rows);
		raced |= rows != 1;
	}
	for (size_t i = 0; i < m->n_offers && outcome == ATTEMPT_DONE; i++)
		outcome = skip_result(l, until_ms, NULL);
	if (outcome != ATTEMPT_DONE)
		return outcome;
	outcome = drain(l, until_ms);
	return outcome == ATTEMPT_DONE && raced ? ATTEMPT_RACED : outcome;
}

/* Writes all rows in a transaction, and commits it if every row was as it was seen. */
static enum attempt
write_rows(struct merge *m, struct link *l, int64_t until_ms)
{
	bool sent = send_command(l, "BEGIN");
	enum attempt outcome;

	for (size_t i = 0; i < m->n_groups && sent; i++)
		sent = m->groups[i].action == CELL_KEEP || send_row(m, l, &m->groups[i]);
	for (size_t i = 0; i < m->n_offers && sent; i++)
		sent = send_offer(m, l, &m->offers[i]);
	if (!sent || !PQpipelineSync(l->conn))
		goto lost;
	outcome = skip_result(l, until_ms, NULL);
	if (outcome == ATTEMPT_DONE)
		outcome = read_writes(m, l, until_ms);
	if (outcome != ATTEMPT_DONE)
		return outcome;
	if (!send_command(l, "COMMIT") || !PQpipelineSync(l->conn))
		goto lost;
	return drain(l, until_ms);
lost:
	link_drop(l);
	return ATTEMPT_UNKNOWN;
}

/*
 * No row changes. The pipeline is one implicit transaction, and the mark makes it write,
 * so that it waits until the standby has all that was seen.
 */
static enum attempt
write_mark(struct merge *m, struct link *l, int64_t until_ms)
{
	bool sent = PQsendQueryPrepared(l->conn, "mark", 0, NULL, NULL, NULL, 1);

	for (size_t i = 0; i < m->n_offers && sent; i++)
		sent = send_offer(m, l, &m->offers[i]);
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	return drain(l, until_ms);
}

enum attempt
merge_write(struct merge *m, struct link *l, int64_t until_ms)
{
	enum attempt outcome;

	l->notice.sync_lost = false;
	if (!PQenterPipelineMode(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	if (m->rows_changed > 0)
		outcome = write_rows(m, l, until_ms);
	else
		outcome = write_mark(m, l, until_ms);
	outcome = leave(l, until_ms, outcome);
	return outcome == ATTEMPT_DONE && l->notice.sync_lost ? ATTEMPT_UNKNOWN : outcome;
}

void
merge_clear(struct merge *m)
{
	buffer_clear(&m->offered);
	buffer_clear(&m->rows);
	free(m->offers);
	free(m->groups);
	*m = (struct merge){0};
}

enum attempt
writer_probe(struct link *l, const struct work *work, size_t n, int64_t until_ms,
	     bool *found)
{
	enum attempt outcome = ATTEMPT_DONE;
	bool sent = PQenterPipelineMode(l->conn);

	*found = false;
	for (size_t i = 0; i < n && sent; i++)
		sent = send_key(l, "cell_find", &work[i]);
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	for (size_t i = 0; i < n && outcome == ATTEMPT_DONE; i++) {
		PGresult *result;

		outcome = good_result(l, until_ms, &result);
		if (outcome == ATTEMPT_DONE && PQntuples(result) > 0) {
			work[i].upload->merge = true;
			*found = true;
		}
		PQclear(result);
	}
	if (outcome == ATTEMPT_DONE)
		outcome = drain(l, until_ms);
	return leave(l, until_ms, outcome);
}
