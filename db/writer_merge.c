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

enum action { KEEP, INSERT, UPDATE };

/* The works of one key and what becomes of its row. */
struct group {
	size_t first, n; /* in the works */
	enum action action;
	size_t tuple, tuple_len; /* the row to write, in merge.rows */
};

/* A refused trial: its JSON in merge.offers. */
struct offer {
	const struct work *work;
	int32_t seq;
	size_t start, len;
};

struct merge {
	struct link *link;
	const struct work *works;
	size_t n_works, n_groups, n_offers, offers_cap;
	struct group *groups;
	struct offer *offers;
	struct buffer rows, offered;
	int64_t until_ms;
	int inserts, updates;
};

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
send_command(struct merge *m, const char *sql)
{
	return PQsendQueryParams(m->link->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
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

/* Reads up to the sync. *failed is noted once; nothing else is looked at. */
static enum attempt
drain(struct link *l, int64_t until_ms)
{
	for (;;) {
		PGresult *result;
		ExecStatusType status;

		if (next_result(l, until_ms, &result) != ATTEMPT_DONE)
			return ATTEMPT_UNKNOWN;
		status = PQresultStatus(result);
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return ATTEMPT_DONE;
	}
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
	outcome = link_failed(l, *out);
	*out = NULL;
	return drain(l, until_ms) == ATTEMPT_DONE ? outcome : ATTEMPT_UNKNOWN;
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
	struct offer *o;

	if (m->n_offers == m->offers_cap) {
		size_t cap = m->offers_cap ? 2 * m->offers_cap : 32;

		o = realloc(m->offers, cap * sizeof(*o));
		if (!o)
			return false;
		m->offers = o;
		m->offers_cap = cap;
	}
	o = &m->offers[m->n_offers++];
	*o = (struct offer){.work = w, .seq = t->seq, .start = m->offered.len};
	cell_trial_json(&m->offered, t);
	o->len = m->offered.len - o->start;
	return !m->offered.failed;
}

/* Writes the merged row, with what does not change taken from the first tuple. */
static bool
encode_row(struct merge *m, struct group *g, const struct cell_row *first,
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

/* Merges the works of one key into its row, if there is one. */
static enum attempt
merge_group(struct merge *m, struct group *g, const PGresult *existing)
{
	struct trial trials[TRIALS_PER_CELL], offered[TRIALS_PER_CELL];
	const struct trial *conflicting[TRIALS_PER_CELL];
	size_t n = 0, n_offered, n_conflicting;
	struct cell_row row, first = {0};
	bool changed = false;

	if (PQntuples(existing) > 0) {
		for (int i = 0; i < CELL_COLUMNS; i++) {
			row.data[i] = PQgetvalue(existing, 0, i);
			row.len[i] = PQgetisnull(existing, 0, i)
					     ? -1
					     : PQgetlength(existing, 0, i);
		}
		if (cell_decode(&row, trials, &n) != CAMP_OK) {
			log_event(LOG_ERROR, "a stored cell contradicts itself");
			m->link->failure = DB_BROKEN;
			return ATTEMPT_FAILED;
		}
	}
	g->action = n > 0 ? UPDATE : INSERT;
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
		for (size_t c = 0; c < n_conflicting; c++) {
			if (!add_offer(m, w, conflicting[c]))
				return ATTEMPT_MEMORY;
		}
	}
	if (!changed) {
		g->action = KEEP;
		return ATTEMPT_DONE;
	}
	m->inserts += g->action == INSERT;
	m->updates += g->action == UPDATE;
	return encode_row(m, g, &first, trials, n) ? ATTEMPT_DONE : ATTEMPT_MEMORY;
}

/* Begins, locks what exists, and decides what to write. */
static enum attempt
lock_and_merge(struct merge *m)
{
	struct link *l = m->link;
	enum attempt outcome, merged = ATTEMPT_DONE;
	bool sent = send_command(m, "BEGIN");

	for (size_t i = 0; i < m->n_groups && sent; i++)
		sent = send_key(l, "cell_lock", &m->works[m->groups[i].first]);
	if (!sent || !PQpipelineSync(l->conn)) {
		link_drop(l);
		return ATTEMPT_UNKNOWN;
	}
	outcome = skip_result(l, m->until_ms, NULL);
	if (outcome != ATTEMPT_DONE)
		return outcome;
	for (size_t i = 0; i < m->n_groups; i++) {
		PGresult *result;

		outcome = good_result(l, m->until_ms, &result);
		if (outcome != ATTEMPT_DONE)
			return outcome;
		if (merged == ATTEMPT_DONE)
			merged = merge_group(m, &m->groups[i], result);
		PQclear(result);
	}
	outcome = drain(l, m->until_ms);
	return outcome == ATTEMPT_DONE ? merged : outcome;
}

/* A row to insert has the columns in the table's order; an update leaves some out. */
static bool
send_row(struct merge *m, const struct group *g)
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
	int lengths[CELL_COLUMNS], n = g->action == INSERT ? CELL_COLUMNS : N_UPDATED;
	struct cell_row row;

	if (!cell_row_from_tuple(&row, m->rows.data + g->tuple, g->tuple_len))
		abort(); /* cell_encode() made it */
	for (int i = 0; i < n; i++) {
		int column = g->action == INSERT ? i : (int)updated[i];

		values[i] = row.len[column] < 0 ? NULL : row.data[column];
		lengths[i] = row.len[column];
	}
	return PQsendQueryPrepared(m->link->conn,
				   g->action == INSERT ? "cell_insert" : "cell_update", n,
				   values, lengths, all_binary, 1);
}

static bool
send_offer(struct merge *m, const struct offer *o)
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
	return PQsendQueryPrepared(m->link->conn, "conflict_insert", 8, values, lengths,
				   all_binary, 1);
}

/* The last result of the transaction; good when it says that it committed. */
static enum attempt
read_commit(struct merge *m)
{
	PGresult *result;
	enum attempt outcome = good_result(m->link, m->until_ms, &result);

	if (outcome == ATTEMPT_DONE && strcmp(PQcmdStatus(result), "COMMIT") != 0)
		outcome = ATTEMPT_UNKNOWN;
	PQclear(result);
	if (outcome == ATTEMPT_DONE)
		outcome = drain(m->link, m->until_ms);
	if (outcome == ATTEMPT_DONE && m->link->notice.sync_lost)
		return ATTEMPT_UNKNOWN;
	return outcome;
}

static enum attempt
read_writes(struct merge *m)
{
	enum attempt outcome = ATTEMPT_DONE;
	bool raced = false;

	for (size_t i = 0; i < m->n_groups && outcome == ATTEMPT_DONE; i++) {
		int rows = 0;

		if (m->groups[i].action == KEEP)
			continue;
		outcome = skip_result(m->link, m->until_ms, &rows);
		raced |= rows != 1;
	}
	for (size_t i = 0; i < m->n_offers && outcome == ATTEMPT_DONE; i++)
		outcome = skip_result(m->link, m->until_ms, NULL);
	if (outcome == ATTEMPT_DONE && m->inserts + m->updates == 0)
		outcome = skip_result(m->link, m->until_ms, NULL);
	return outcome == ATTEMPT_DONE && raced ? ATTEMPT_RACED : outcome;
}

/*
 * Writes and commits. An insert that finds its row taken must not be committed, so with
 * inserts the commit is a round trip of its own; a locked row stays, so updates need
 * none.
 */
static enum attempt
write_and_commit(struct merge *m)
{
	struct link *l = m->link;
	bool sent = true, at_once = m->inserts == 0;
	enum attempt outcome;

	for (size_t i = 0; i < m->n_groups && sent; i++)
		sent = m->groups[i].action == KEEP || send_row(m, &m->groups[i]);
	for (size_t i = 0; i < m->n_offers && sent; i++)
		sent = send_offer(m, &m->offers[i]);
	if (sent && m->inserts + m->updates == 0)
		sent = PQsendQueryPrepared(l->conn, "mark", 0, NULL, NULL, NULL, 1);
	if (sent && at_once)
		sent = send_command(m, "COMMIT");
	if (!sent || !PQpipelineSync(l->conn))
		goto lost;
	outcome = read_writes(m);
	if (at_once && outcome == ATTEMPT_DONE)
		return read_commit(m);
	if ((outcome == ATTEMPT_DONE || outcome == ATTEMPT_RACED) &&
	    drain(l, m->until_ms) != ATTEMPT_DONE)
		return ATTEMPT_UNKNOWN;
	if (outcome != ATTEMPT_DONE)
		return outcome;
	if (!send_command(m, "COMMIT") || !PQpipelineSync(l->conn))
		goto lost;
	return read_commit(m);
lost:
	link_drop(l);
	return ATTEMPT_UNKNOWN;
}

/* Ends a transaction that was not committed, and the pipeline. */
static enum attempt
leave(struct merge *m, enum attempt outcome)
{
	struct link *l = m->link;

	if (!l->conn)
		return outcome;
	if (PQtransactionStatus(l->conn) != PQTRANS_IDLE) {
		if (!send_command(m, "ROLLBACK") || !PQpipelineSync(l->conn)) {
			link_drop(l);
			return ATTEMPT_UNKNOWN;
		}
		if (drain(l, m->until_ms) != ATTEMPT_DONE)
			return outcome;
	}
	if (!PQexitPipelineMode(l->conn))
		link_drop(l);
	return outcome;
}

enum attempt
writer_merge(struct link *l, const struct work *work, size_t n, int64_t until_ms)
{
	struct merge m = {.link = l, .works = work, .n_works = n, .until_ms = until_ms};
	enum attempt outcome = ATTEMPT_MEMORY;

	for (size_t i = 0; i < n; i++)
		work[i].upload->counts = (struct trial_counts){0};
	if (!make_groups(&m))
		goto out;
	l->notice.sync_lost = false;
	if (!PQenterPipelineMode(l->conn)) {
		link_drop(l);
		outcome = ATTEMPT_UNKNOWN;
		goto out;
	}
	outcome = lock_and_merge(&m);
	if (outcome == ATTEMPT_DONE)
		outcome = write_and_commit(&m);
	outcome = leave(&m, outcome);
out:
	buffer_clear(&m.offered);
	buffer_clear(&m.rows);
	free(m.offers);
	free(m.groups);
	return outcome;
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
	if (l->conn && !PQexitPipelineMode(l->conn))
		link_drop(l);
	return outcome;
}
