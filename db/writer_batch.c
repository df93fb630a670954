/* One batch: which way each cell goes, and what to do when that fails. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/writer_internal.h"

#define RETRIES_MAX 3    /* of a serialization failure or deadlock */
#define DUPLICATES_MAX 3 /* rounds of finding out which cells exist */

static void
answer(struct upload *u, enum camp_err err)
{
	u->done = true;
	u->err = err;
}

/* Counts a commit, in the first bucket 2^i that holds its uploads; 0: none of its own. */
static void
count_commit(struct writer *w, size_t uploads, bool own)
{
	size_t bucket = 0;

	while (bucket < 9 && uploads > (size_t)1 << bucket)
		bucket++;
	pthread_mutex_lock(&w->lock);
	w->metrics.commits += own;
	w->metrics.commit_uploads += uploads;
	w->metrics.commit_batch_bucket[bucket] += own;
	pthread_mutex_unlock(&w->lock);
}

/* A cell is committed; true when it was its upload's last. */
static bool
finish_cell(struct writer *w, const struct work *work)
{
	struct upload *u = work->upload;
	struct upload_cell *c = work->cell;

	hints_add(w->hints, &u->session_id, c->cell, c->present);
	if (c->done || u->done)
		return false;
	c->done = true;
	u->counts.stored += c->counts.stored;
	u->counts.repeated += c->counts.repeated;
	u->counts.conflicting += c->counts.conflicting;
	if (--u->n_left > 0)
		return false;
	answer(u, CAMP_OK);
	return true;
}

/* The works were committed as they were sent. */
static void
finish_copied(struct writer *w, const struct work *works, size_t n)
{
	size_t uploads = 0;

	for (size_t i = 0; i < n; i++) {
		works[i].cell->counts = (struct trial_counts){.stored = works[i].cell->n};
		uploads += finish_cell(w, &works[i]);
	}
	count_commit(w, uploads, true);
}

/* Those that writer_append() wrote; true when there is one. The others need a look. */
static bool
finish_appended(struct writer *w, const struct work *works, size_t n)
{
	size_t uploads = 0;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct upload_cell *c = works[i].cell;

		if (!c->writes) {
			c->way = WAY_MERGE;
			continue;
		}
		any = true;
		c->counts = (struct trial_counts){.stored = c->n};
		uploads += finish_cell(w, &works[i]);
	}
	count_commit(w, uploads, any);
	return any;
}

static void
finish_merged(struct writer *w, const struct work *works, size_t n)
{
	size_t uploads = 0;

	for (size_t i = 0; i < n; i++)
		if (!works[i].cell->later)
			uploads += finish_cell(w, &works[i]);
	count_commit(w, uploads, true);
}

/* Cells that only repeat what is stored: a commit after the look covers them too. */
static void
finish_repeats(struct writer *w, const struct work *works, size_t n)
{
	size_t uploads = 0;

	for (size_t i = 0; i < n; i++)
		if (!works[i].cell->writes && !works[i].cell->later)
			uploads += finish_cell(w, &works[i]);
	count_commit(w, uploads, false);
}

/* Nothing is left for this round. */
static bool
all_done(const struct work *works, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!works[i].cell->done && !works[i].cell->later &&
		    !works[i].upload->done)
			return false;
	return true;
}

static void
answer_all(const struct work *works, size_t n, enum camp_err err)
{
	for (size_t i = 0; i < n; i++)
		if (!works[i].upload->done)
			answer(works[i].upload, err);
}

static void
merge_all(const struct work *works, size_t n)
{
	for (size_t i = 0; i < n; i++)
		works[i].cell->way = WAY_MERGE;
}

/* How long the works may wait: as long as the most patient of their uploads. */
static int64_t
latest_deadline(const struct work *works, size_t n)
{
	int64_t latest = 0;

	for (size_t i = 0; i < n; i++)
		if (works[i].upload->deadline_ms > latest)
			latest = works[i].upload->deadline_ms;
	return latest;
}

/* Sends works by COPY or by appending, and finishes those that are committed. */
static enum attempt
send_works(struct writer *w, const struct work *works, size_t n, enum cell_way way,
	   bool *committed)
{
	int64_t until_ms = latest_deadline(works, n);
	enum attempt outcome;

	*committed = false;
	if (!w->link.conn)
		return ATTEMPT_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		works[i].upload->sent = true;
		works[i].cell->sent_counts =
			(struct trial_counts){.stored = works[i].cell->n};
	}
	if (way == WAY_COPY)
		outcome = writer_copy(&w->link, &w->scratch, works, n, until_ms);
	else
		outcome = writer_append(&w->link, works, n, until_ms);
	if (outcome != ATTEMPT_DONE)
		return outcome;
	w->link.backoff_ms = 0;
	*committed = true;
	if (way == WAY_COPY)
		finish_copied(w, works, n);
	else
		*committed = finish_appended(w, works, n);
	return outcome;
}

static enum attempt
look(struct writer *w, struct merge *merge, const struct work *works, size_t n)
{
	if (!w->link.conn)
		return ATTEMPT_UNKNOWN;
	for (size_t i = 0; i < n; i++)
		works[i].upload->sent = true;
	return merge_look(merge, &w->link, works, n, latest_deadline(works, n));
}

static enum attempt
write_merged(struct writer *w, struct merge *merge, const struct work *works, size_t n)
{
	enum attempt outcome;

	for (size_t i = 0; i < n; i++)
		works[i].cell->sent_counts = works[i].cell->counts;
	outcome = merge_write(merge, &w->link, latest_deadline(works, n));
	if (outcome == ATTEMPT_DONE) {
		w->link.backoff_ms = 0;
		finish_merged(w, works, n);
	}
	return outcome;
}

/* COPY does not say which cells exist. */
static void
find_duplicates(struct writer *w, const struct work *works, size_t n)
{
	if (++w->duplicates >= DUPLICATES_MAX ||
	    writer_probe(&w->link, works, n, latest_deadline(works, n)) != ATTEMPT_DONE)
		merge_all(works, n);
}

static void
log_refused(const struct link *l)
{
	log_event(LOG_ERROR,
		  strcmp(l->sqlstate, "23514") == 0
			  ? "an upload has no partition for its session's month"
			  : "an upload was refused by the database",
		  log_text("sqlstate", l->sqlstate));
}

/* The works of one upload by themselves. */
static enum attempt
try_alone(struct writer *w, const struct work *own, size_t n, enum cell_way way)
{
	struct merge merge = {0};
	enum attempt outcome;
	bool ignored;

	if (way != WAY_MERGE)
		return send_works(w, own, n, way, &ignored);
	outcome = look(w, &merge, own, n);
	if (outcome == ATTEMPT_DONE)
		outcome = write_merged(w, &merge, own, n);
	merge_clear(&merge);
	return outcome;
}

/* Something in there PostgreSQL does not take: each upload alone, so that one pays. */
static void
try_each(struct writer *w, const struct work *works, size_t n, enum cell_way way)
{
	struct work *own = calloc(n, sizeof(*own));

	if (!own) {
		answer_all(works, n, CAMP_ERR_MEMORY);
		return;
	}
	for (size_t i = 0; i < n; i++)
		works[i].upload->tried = false;
	for (size_t i = 0; i < n; i++) {
		struct upload *u = works[i].upload;
		size_t n_own = 0;
		enum attempt outcome;

		if (u->done || u->tried)
			continue;
		u->tried = true;
		for (size_t j = i; j < n; j++)
			if (works[j].upload == u)
				own[n_own++] = works[j];
		outcome = try_alone(w, own, n_own, way);
		if (outcome == ATTEMPT_FAILED && w->link.failure != DB_RECONNECT &&
		    w->link.failure != DB_RETRY) {
			log_refused(&w->link);
			answer(u, db_failure_err(w->link.failure));
		} else if (outcome != ATTEMPT_DONE) {
			merge_all(own, n_own);
		}
	}
	free(own);
}

static void
pause_randomly(struct writer *w, int tries)
{
	int64_t ms = 2 + randombytes_uniform(8u << tries);

	link_sleep(&w->link, link_now_ms() + ms);
}

static bool
one_upload(const struct work *works, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (works[i].upload != works[0].upload)
			return false;
	return true;
}

static void
on_failed(struct writer *w, const struct work *works, size_t n, enum cell_way way)
{
	bool unsupported = strcmp(w->link.sqlstate, "0A000") == 0;
	enum db_failure failure = w->link.failure;

	if (way == WAY_COPY && unsupported) {
		log_event(LOG_WARNING, "the writer's role may not use COPY, as row-level "
				       "security applies to it; it inserts instead");
		w->copy_refused = true;
		return;
	}
	if (unsupported)
		failure = DB_RECONNECT; /* a table was altered: prepare anew */
	switch (failure) {
	case DB_RECONNECT:
		/* A server on its way down or up again, or a standby, takes connections.
		 */
		link_drop(&w->link);
		link_back_off(&w->link);
		merge_all(works, n);
		return;
	case DB_RETRY:
	case DB_SLOW:
		if (++w->retries > RETRIES_MAX)
			answer_all(works, n, db_failure_err(failure));
		else
			pause_randomly(w, w->retries);
		return;
	case DB_FULL:
		log_event(LOG_ERROR, "the database has no room left");
		answer_all(works, n, CAMP_ERR_STORAGE_FULL);
		return;
	case DB_MEANING:
	case DB_BROKEN:
		break;
	}
	if (!one_upload(works, n)) {
		try_each(w, works, n, way);
		return;
	}
	log_refused(&w->link);
	answer_all(works, n, CAMP_ERR_FAULT);
}

/* What follows from the end of an attempt that did not succeed. */
static void
on_outcome(struct writer *w, const struct work *works, size_t n, enum cell_way way,
	   enum attempt outcome)
{
	switch (outcome) {
	case ATTEMPT_DONE:
	case ATTEMPT_RACED:
		break;
	case ATTEMPT_FAILED:
		on_failed(w, works, n, way);
		break;
	case ATTEMPT_DUPLICATE:
		find_duplicates(w, works, n);
		break;
	case ATTEMPT_UNKNOWN:
		merge_all(works, n);
		break;
	case ATTEMPT_MEMORY:
		answer_all(works, n, CAMP_ERR_MEMORY);
		break;
	}
}

static int
compare_work(const void *a, const void *b)
{
	const struct work *x = a, *y = b;
	int order;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	order = memcmp(x->upload->participant_id.b, y->upload->participant_id.b, 16);
	if (order == 0)
		order = memcmp(x->upload->session_id.b, y->upload->session_id.b, 16);
	if (order == 0)
		order = (x->cell->cell > y->cell->cell) - (x->cell->cell < y->cell->cell);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static bool
same_cell(const struct work *x, const struct work *y)
{
	return x->prefix == y->prefix && x->cell->cell == y->cell->cell &&
	       uuid_equal(&x->upload->session_id, &y->upload->session_id) &&
	       uuid_equal(&x->upload->participant_id, &y->upload->participant_id);
}

/* The cells that are left, sorted; SIZE_MAX without memory. */
static size_t
gather(struct writer *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_batch; i++)
		if (!w->batch[i]->done)
			n += w->batch[i]->n_cells;
	if (n > w->works_cap) {
		struct work *works = realloc(w->works, n * sizeof(*works));

		if (!works)
			return SIZE_MAX;
		w->works = works;
		w->works_cap = n;
	}
	n = 0;
	for (size_t i = 0; i < w->n_batch; i++) {
		struct upload *u = w->batch[i];
		uint64_t prefix;

		if (u->done)
			continue;
		memcpy(&prefix, u->participant_id.b, sizeof(prefix));
		for (size_t c = 0; c < u->n_cells; c++)
			if (!u->cells[c].done)
				w->works[n++] =
					(struct work){.prefix = __builtin_bswap64(prefix),
						      .upload = u,
						      .cell = &u->cells[c],
						      .order = i};
	}
	qsort(w->works, n, sizeof(*w->works), compare_work);
	return n;
}

/* How many works go which way in a round. */
struct share {
	size_t n[WAY_MERGE + 1], all;
};

/* Works of one cell share a round only when all of them are merged. */
static struct share
choose(struct writer *w, size_t n)
{
	struct share s = {0};

	for (size_t i = 0, end; i < n; i = end) {
		bool merged = w->works[i].cell->way == WAY_MERGE;

		w->works[i].cell->later = false;
		for (end = i + 1; end < n && same_cell(&w->works[i], &w->works[end]);
		     end++)
			merged &= w->works[end].cell->way == WAY_MERGE;
		for (size_t j = i + 1; j < end; j++)
			w->works[j].cell->later = !merged;
		for (size_t j = i; j < end; j++)
			if (!w->works[j].cell->later)
				s.n[w->works[j].cell->way]++;
	}
	/*
	 * Copying is cheaper than appending, but not where a second commit must follow:
	 * with many cells to append, the new ones go along with them.
	 */
	if (w->copy_refused || s.n[WAY_APPEND] * 8 > s.n[WAY_COPY]) {
		for (size_t i = 0; i < n; i++)
			if (w->works[i].cell->way == WAY_COPY)
				w->works[i].cell->way = WAY_APPEND;
		s.n[WAY_APPEND] += s.n[WAY_COPY];
		s.n[WAY_COPY] = 0;
	}
	s.all = s.n[WAY_COPY] + s.n[WAY_APPEND] + s.n[WAY_MERGE];
	return s;
}

/* Puts the works of this round in the order of their ways, each part still sorted. */
static bool
divide(struct writer *w, size_t n, const struct share *s)
{
	size_t at[WAY_MERGE + 1] = {0, s->n[WAY_COPY], s->n[WAY_COPY] + s->n[WAY_APPEND]};
	struct work *sorted;

	for (int way = WAY_COPY; way <= WAY_MERGE; way++)
		if (s->n[way] == n)
			return true;
	sorted = malloc((s->all + 1) * sizeof(*sorted));
	if (!sorted)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!w->works[i].cell->later)
			sorted[at[w->works[i].cell->way]++] = w->works[i];
	memcpy(w->works, sorted, s->all * sizeof(*sorted));
	free(sorted);
	return true;
}

/*
 * Looks at what is to be merged, copies and appends, then writes what merging changed. In
 * this order those commits also make sure of what the look has seen, and a round that
 * only copies and repeats has one commit.
 */
static void
run_round(struct writer *w, const struct share *s)
{
	const struct work *to_append = w->works + s->n[WAY_COPY];
	const struct work *to_merge = to_append + s->n[WAY_APPEND];
	size_t n_merge = s->n[WAY_MERGE];
	struct merge merge = {0};
	bool looked = false, committed;

	if (n_merge > 0) {
		enum attempt outcome = look(w, &merge, to_merge, n_merge);

		looked = outcome == ATTEMPT_DONE;
		on_outcome(w, to_merge, n_merge, WAY_MERGE, outcome);
	}
	for (int way = WAY_COPY; way <= WAY_APPEND; way++) {
		const struct work *works = way == WAY_COPY ? w->works : to_append;

		if (s->n[way] == 0)
			continue;
		on_outcome(w, works, s->n[way], way,
			   send_works(w, works, s->n[way], way, &committed));
		if (looked && committed)
			finish_repeats(w, to_merge, n_merge);
	}
	if (looked && w->link.conn && !all_done(to_merge, n_merge))
		on_outcome(w, to_merge, n_merge, WAY_MERGE,
			   write_merged(w, &merge, to_merge, n_merge));
	merge_clear(&merge);
}

void
writer_reconnect(struct writer *w, int64_t until_ms)
{
	struct link *l = &w->link;
	bool open;
	char why[256];

	if (link_now_ms() < l->retry_at_ms) {
		link_sleep(l, l->retry_at_ms < until_ms ? l->retry_at_ms : until_ms);
		return;
	}
	if (until_ms > link_now_ms() + WRITER_OPEN_MS)
		until_ms = link_now_ms() + WRITER_OPEN_MS;
	open = link_open(l, w->conninfo, until_ms, why, sizeof(why));
	w->copy_refused &= !open;
	if (open)
		log_event(LOG_INFO, "the writer is connected again");
	else if (l->backoff_ms >= LINK_BACKOFF_LAST_MS)
		log_event(LOG_WARNING, "the writer cannot connect", log_text("why", why));
	pthread_mutex_lock(&w->lock);
	w->metrics.reconnects += open;
	w->connected = open;
	pthread_mutex_unlock(&w->lock);
}

/* Answers what is too late; returns the latest deadline of the rest, or 0. */
static int64_t
expire(struct writer *w)
{
	int64_t now = link_now_ms(), latest = 0;
	bool stopped = now >= atomic_load(&w->link.stop_at_ms);

	for (size_t i = 0; i < w->n_batch; i++) {
		struct upload *u = w->batch[i];

		if (u->done)
			continue;
		if (stopped)
			answer(u, CAMP_ERR_UNAVAILABLE);
		else if (now >= u->deadline_ms)
			answer(u, u->sent ? CAMP_ERR_DEADLINE : CAMP_ERR_UNAVAILABLE);
		else if (u->deadline_ms > latest)
			latest = u->deadline_ms;
	}
	return latest;
}

/* What the hints say; masks compare as numbers, the later trials having the higher bits.
 */
static enum cell_way
first_way(const struct writer *w, const struct upload *u, const struct upload_cell *c)
{
	uint32_t stored = hints_get(w->hints, &u->session_id, c->cell);

	if (stored == 0)
		return WAY_COPY;
	return stored < (c->present & -c->present) ? WAY_APPEND : WAY_MERGE;
}

static void
begin_batch(struct writer *w)
{
	w->retries = 0;
	w->duplicates = 0;
	for (size_t i = 0; i < w->n_batch; i++) {
		struct upload *u = w->batch[i];

		u->done = false;
		u->sent = false;
		u->n_left = u->n_cells;
		u->counts = (struct trial_counts){0};
		for (size_t c = 0; c < u->n_cells; c++) {
			u->cells[c].way = first_way(w, u, &u->cells[c]);
			u->cells[c].done = false;
			u->cells[c].sent_counts = (struct trial_counts){0};
		}
	}
}

void
writer_run_batch(struct writer *w)
{
	begin_batch(w);
	for (;;) {
		int64_t latest = expire(w);
		struct share share;
		size_t n;

		if (latest == 0)
			return;
		if (!w->link.conn) {
			writer_reconnect(w, latest);
			continue;
		}
		n = gather(w);
		if (n != SIZE_MAX) {
			share = choose(w, n);
			if (divide(w, n, &share)) {
				run_round(w, &share);
				continue;
			}
		}
		for (size_t i = 0; i < w->n_batch; i++)
			if (!w->batch[i]->done)
				answer(w->batch[i], CAMP_ERR_MEMORY);
	}
}
