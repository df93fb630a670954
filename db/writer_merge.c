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

/* One good result that nobody reads; *tuples is the number of rows it touched. */
static enum attempt
skip_result(struct link *l, int64_t until_ms, int *tuples)
{
	PGresult *result;
	enum attempt outcome = link_good_result(l, until_ms, &result);

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

/* Writes the merged row, with all but the trials taken from the adding upload's tuple. */
static bool
encode_row(struct merge *m, struct merge_group *g, const struct cell_row *adder,
	   const struct trial *trials, size_t n)
{
	struct trial_owner owner = {.task = ""};
	size_t start = m->rows.len;
	uint64_t received_us;

	memcpy(owner.participant_id.b, adder->data[CELL_PARTICIPANT_ID], 16);
	memcpy(owner.session_id.b, adder->data[CELL_SESSION_ID], 16);
	memcpy(owner.organisation_id.b, adder->data[CELL_ORGANISATION_ID], 16);
	memcpy(owner.task, adder->data[CELL_TASK], (size_t)adder->len[CELL_TASK]);
	owner.task_version = (int16_t)((uint8_t)adder->data[CELL_TASK_VERSION][0] << 8 |
				       (uint8_t)adder->data[CELL_TASK_VERSION][1]);
	memcpy(&received_us, adder->data[CELL_RECEIVED_AT], sizeof(received_us));
	cell_encode(&m->rows, &owner, trials, n, (int64_t)__builtin_bswap64(received_us));
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
						   CELL_DETAIL,   CELL_RECEIVED_AT};

	for (int i = 0; i < (int)(sizeof(columns) / sizeof(columns[0])); i++) {
		row->data[columns[i]] = PQgetvalue(result, 0, i);
		row->len[columns[i]] =
			PQgetisnull(result, 0, i) ? -1 : PQgetlength(result, 0, i);
	}
}

/*
 * True when the row was last changed by this very tuple: an attempt whose end was not
 * seen did commit.
 */
static bool
last_was_ours(const struct cell_row *stored, const struct cell_row *tuple)
{
	return stored->len[CELL_RECEIVED_AT] == 8 &&
	       memcmp(stored->data[CELL_RECEIVED_AT], tuple->data[CELL_RECEIVED_AT], 8) ==
		       0;
}

/* Merges the works of one key into its row, if there is one. */
static enum attempt
merge_cells(struct merge *m, struct merge_group *g, const PGresult *existing)
{
	struct trial trials[TRIALS_PER_CELL], offered[TRIALS_PER_CELL];
	const struct trial *conflicting[TRIALS_PER_CELL];
	size_t n = 0, n_offered, n_conflicting;
	struct cell_row stored = {0}, row = {0}, adder = {0};
	uint32_t present = 0;
	bool changed = false;

	if (PQntuples(existing) > 0) {
		stored_row(&stored, existing);
		if (cell_decode(&stored, trials, &n) != CAMP_OK) {
			log_event(LOG_ERROR, "a stored cell contradicts itself");
			return ATTEMPT_FAILED;
		}
		memcpy(g->seen, stored.data[CELL_PRESENT], sizeof(g->seen));
		memcpy(&present, g->seen, sizeof(present));
		present = __builtin_bswap32(present);
	}
	g->action = n > 0 ? CELL_UPDATE : CELL_INSERT;
	for (size_t i = g->first; i < g->first + g->n; i++) {
		const struct work *w = &m->works[i];
		bool adds = (w->cell->present & ~present) != 0;

		/* A commit adds to a row from one upload, whose time the row then has. */
		w->cell->later = changed && adds;
		if (w->cell->later)
			continue;
		if (!cell_row_from_tuple(&row, w->upload->tuples.data + w->cell->start,
					 w->cell->len) ||
		    cell_decode(&row, offered, &n_offered) != CAMP_OK)
			abort(); /* cell_encode() made it */
		cell_merge(trials, &n, offered, n_offered, &w->cell->counts, conflicting,
			   &n_conflicting);
		present |= w->cell->present;
		if (adds) {
			changed = true;
			adder = row;
		}
		/* Then what looks like a repeat was stored by that attempt. */
		if (!adds && last_was_ours(&stored, &row) &&
		    (int32_t)n_conflicting == w->cell->sent_counts.conflicting)
			w->cell->counts = w->cell->sent_counts;
		w->cell->writes |= n_conflicting > 0;
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
		m->works[i].cell->writes = true;
	return encode_row(m, g, &adder, trials, n) ? ATTEMPT_DONE : ATTEMPT_MEMORY;
}

/* Reads the rows that were asked for and decides what to write. */
static enum attempt
read_cells(struct merge *m, struct link *l, int64_t until_ms)
{
	enum attempt outcome, merged = ATTEMPT_DONE;

	for (size_t i = 0; i < m->n_groups; i++) {
		PGresult *result;

		outcome = link_good_result(l, until_ms, &result);
		if (outcome != ATTEMPT_DONE)
			return outcome;
		if (merged == ATTEMPT_DONE)
			merged = merge_cells(m, &m->groups[i], result);
		PQclear(result);
	}
	outcome = link_drain(l, until_ms);
	if (merged == ATTEMPT_FAILED)
		link_note(l, DB_BROKEN, "XX001");
	return outcome == ATTEMPT_DONE ? merged : outcome;
}

enum attempt
merge_look(struct merge *m, struct link *l, const struct work *works, size_t n,
	   int64_t until_ms)
{
	bool sent;

	*m = (struct merge){.works = works, .n_works = n};
	for (size_t i = 0; i < n; i++) {
		works[i].cell->counts = (struct trial_counts){0};
		works[i].cell->writes = false;
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
	return link_leave(l, until_ms, read_cells(m, l, until_ms));
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
	outcome = link_drain(l, until_ms);
	return outcome == ATTEMPT_DONE && raced ? ATTEMPT_RACED : outcome;
}

/* Writes all rows in a transaction, and commits it if every row was as it was seen. */
static enum attempt
write_rows(struct merge *m, struct link *l, int64_t until_ms)
{
	bool sent = link_send(l, "BEGIN");
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
	if (!link_send(l, "COMMIT") || !PQpipelineSync(l->conn))
		goto lost;
	return link_drain(l, until_ms);
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
	return link_drain(l, until_ms);
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
	outcome = link_leave(l, until_ms, outcome);
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
writer_probe(struct link *l, const struct work *work, size_t n, int64_t until_ms)
{
	enum attempt outcome = ATTEMPT_DONE;
	bool sent = PQenterPipelineMode(l->conn);

	for (size_t i = 0; i < n && sent; i++)
		sent = send_key(l, "cell_find", &work[i]);
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	for (size_t i = 0; i < n && outcome == ATTEMPT_DONE; i++) {
		PGresult *result;

		outcome = link_good_result(l, until_ms, &result);
		if (outcome == ATTEMPT_DONE && PQntuples(result) > 0) {
			work[i].cell->way = WAY_MERGE;
		}
		PQclear(result);
	}
	if (outcome == ATTEMPT_DONE)
		outcome = link_drain(l, until_ms);
	return link_leave(l, until_ms, outcome);
}
