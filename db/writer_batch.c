/* One batch: what goes by COPY, what is merged, and what to do when that fails. */
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

/* The size of a commit goes to the first bucket 2^i that holds it. */
static void
count_commit(struct writer *w, size_t uploads)
{
	size_t bucket = 0;

	while (bucket < 9 && uploads > (size_t)1 << bucket)
		bucket++;
	pthread_mutex_lock(&w->lock);
	w->metrics.commits++;
	w->metrics.commit_uploads += uploads;
	w->metrics.commit_batch_bucket[bucket]++;
	pthread_mutex_unlock(&w->lock);
}

/* The works' uploads are committed. */
static void
acknowledge(struct writer *w, const struct work *works, size_t n, bool copied)
{
	size_t uploads = 0;

	for (size_t i = 0; i < n; i++) {
		struct upload *u = works[i].upload;

		hints_add(w->hints, &u->session_id, works[i].cell->cell);
		if (u->done)
			continue;
		if (copied)
			u->counts = (struct trial_counts){.stored = u->n_trials};
		answer(u, CAMP_OK);
		uploads++;
	}
	count_commit(w, uploads);
	w->link.backoff_ms = 0;
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
		works[i].upload->merge = true;
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

static enum attempt
copy_once(struct writer *w, const struct work *works, size_t n)
{
	if (!w->link.conn)
		return ATTEMPT_UNKNOWN;
	for (size_t i = 0; i < n; i++)
		works[i].upload->sent = true;
	return writer_copy(&w->link, &w->scratch, works, n, latest_deadline(works, n));
}

static enum attempt
merge_once(struct writer *w, const struct work *works, size_t n)
{
	int64_t until_ms = latest_deadline(works, n);
	struct merge merge = {0};
	enum attempt outcome = ATTEMPT_UNKNOWN;

	for (size_t i = 0; i < n; i++)
		works[i].upload->sent = true;
	if (w->link.conn)
		outcome = merge_look(&merge, &w->link, works, n, until_ms);
	if (outcome == ATTEMPT_DONE)
		outcome = merge_write(&merge, &w->link, until_ms);
	merge_clear(&merge);
	return outcome;
}

/* COPY does not say which cells exist. */
static void
find_duplicates(struct writer *w, const struct work *works, size_t n)
{
	bool found;

	if (++w->duplicates >= DUPLICATES_MAX ||
	    writer_probe(&w->link, works, n, latest_deadline(works, n), &found) !=
		    ATTEMPT_DONE)
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

/* Something in there PostgreSQL does not take: each upload alone, so that one pays. */
static void
try_each(struct writer *w, const struct work *works, size_t n, bool copy)
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

		if (u->done || u->tried)
			continue;
		u->tried = true;
		for (size_t j = i; j < n; j++)
			if (works[j].upload == u)
				own[n_own++] = works[j];
		switch (copy ? copy_once(w, own, n_own) : merge_once(w, own, n_own)) {
		case ATTEMPT_DONE:
			acknowledge(w, own, n_own, copy);
			break;
		case ATTEMPT_FAILED:
			if (w->link.failure == DB_RECONNECT ||
			    w->link.failure == DB_RETRY) {
				u->merge = true;
				break;
			}
			log_refused(&w->link);
			answer(u, db_failure_err(w->link.failure));
			break;
		default:
			u->merge = true;
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

static size_t
count_uploads(const struct work *works, size_t n)
{
	const struct upload *last = NULL;
	size_t uploads = 0;

	/* Enough to tell one from many: a lone upload's works all name it. */
	for (size_t i = 0; i < n; i++) {
		uploads += works[i].upload != last;
		last = works[i].upload;
	}
	return uploads;
}

static void
on_failed(struct writer *w, const struct work *works, size_t n, bool copy)
{
	bool unsupported = strcmp(w->link.sqlstate, "0A000") == 0;
	enum db_failure failure = w->link.failure;

	if (!copy && unsupported)
		failure = DB_RECONNECT; /* a table was altered: prepare anew */
	if (copy && unsupported) {
		log_event(LOG_WARNING, "the writer's role may not use COPY, as row-level "
				       "security applies to it; it inserts instead");
		w->copy_refused = true;
		return;
	}
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
	if (count_uploads(works, n) > 1) {
		try_each(w, works, n, copy);
		return;
	}
	log_refused(&w->link);
	answer_all(works, n, CAMP_ERR_FAULT);
}

/* What follows from an attempt's end; copied tells how it was made. */
static void
conclude(struct writer *w, const struct work *works, size_t n, bool copied,
	 enum attempt outcome)
{
	switch (outcome) {
	case ATTEMPT_DONE:
		acknowledge(w, works, n, copied);
		break;
	case ATTEMPT_FAILED:
		on_failed(w, works, n, copied);
		break;
	case ATTEMPT_DUPLICATE:
		find_duplicates(w, works, n);
		break;
	case ATTEMPT_RACED:
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

/* The cells of all uploads without an answer, sorted; SIZE_MAX without memory. */
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
		u->later = false;
		memcpy(&prefix, u->participant_id.b, sizeof(prefix));
		for (size_t c = 0; c < u->n_cells; c++)
			w->works[n++] = (struct work){.prefix = __builtin_bswap64(prefix),
						      .upload = u,
						      .cell = &u->cells[c],
						      .order = i};
	}
	qsort(w->works, n, sizeof(*w->works), compare_work);
	return n;
}

/* True when the upload is merged in this round rather than copied. */
static bool
merges(const struct writer *w, const struct upload *u)
{
	return u->merge || w->copy_refused;
}

/* Works of one cell share a round only when all of them are merged. */
static void
put_off_repeats(struct writer *w, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		bool all_merge = merges(w, w->works[i].upload);

		for (end = i + 1; end < n && same_cell(&w->works[i], &w->works[end]);
		     end++)
			all_merge &= merges(w, w->works[end].upload);
		for (size_t j = i + 1; j < end && !all_merge; j++)
			w->works[j].upload->later = true;
	}
}

/* Puts the works to copy first and those to merge behind them, both still sorted. */
static bool
divide(struct writer *w, size_t n, size_t *copies, size_t *merged)
{
	struct work *aside;

	put_off_repeats(w, n);
	*copies = *merged = 0;
	for (size_t i = 0; i < n; i++) {
		const struct upload *u = w->works[i].upload;

		*merged += merges(w, u) && !u->later;
		*copies += !merges(w, u) && !u->later;
	}
	if (*copies == n || *merged == n)
		return true;
	aside = malloc((*merged + 1) * sizeof(*aside));
	if (!aside)
		return false;
	*copies = *merged = 0;
	for (size_t i = 0; i < n; i++) {
		const struct upload *u = w->works[i].upload;

		if (u->later)
			continue;
		if (merges(w, u))
			aside[(*merged)++] = w->works[i];
		else
			w->works[(*copies)++] = w->works[i];
	}
	memcpy(w->works + *copies, aside, *merged * sizeof(*aside));
	free(aside);
	return true;
}

/* Uploads that only repeat what is stored: a commit after the look covers them too. */
static void
acknowledge_repeats(struct writer *w, const struct work *works, size_t n)
{
	uint64_t uploads = 0;

	for (size_t i = 0; i < n; i++) {
		struct upload *u = works[i].upload;

		hints_add(w->hints, &u->session_id, works[i].cell->cell);
		if (u->done || u->writes)
			continue;
		answer(u, CAMP_OK);
		uploads++;
	}
	pthread_mutex_lock(&w->lock);
	w->metrics.commit_uploads += uploads;
	pthread_mutex_unlock(&w->lock);
}

static bool
all_done(const struct work *works, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!works[i].upload->done)
			return false;
	return true;
}

/*
 * Looks at what is to be merged, copies, then writes what merging changed. In this order
 * the commit of the COPY also makes sure of what the look has seen, and a round that only
 * copies and repeats has one commit.
 */
static void
run_round(struct writer *w, size_t copies, size_t merged)
{
	const struct work *to_merge = w->works + copies;
	struct merge merge = {0};
	enum attempt outcome;
	bool looked = false;

	if (merged > 0) {
		for (size_t i = 0; i < merged; i++)
			to_merge[i].upload->sent = true;
		outcome = merge_look(&merge, &w->link, to_merge, merged,
				     latest_deadline(to_merge, merged));
		looked = outcome == ATTEMPT_DONE;
		if (!looked)
			conclude(w, to_merge, merged, false, outcome);
	}
	if (copies > 0) {
		outcome = copy_once(w, w->works, copies);
		conclude(w, w->works, copies, true, outcome);
		if (looked && outcome == ATTEMPT_DONE)
			acknowledge_repeats(w, to_merge, merged);
	}
	if (looked && w->link.conn && !all_done(to_merge, merged)) {
		outcome =
			merge_write(&merge, &w->link, latest_deadline(to_merge, merged));
		conclude(w, to_merge, merged, false, outcome);
	}
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

/* Works until every upload of the batch has its answer. */
void
writer_run_batch(struct writer *w)
{
	w->retries = 0;
	w->duplicates = 0;
	for (size_t i = 0; i < w->n_batch; i++) {
		struct upload *u = w->batch[i];

		u->done = false;
		u->merge = false;
		u->sent = false;
		for (size_t c = 0; c < u->n_cells && !u->merge; c++)
			u->merge = hints_has(w->hints, &u->session_id, u->cells[c].cell);
	}
	for (;;) {
		int64_t latest = expire(w);
		size_t n, copies, merged;

		if (latest == 0)
			return;
		if (!w->link.conn) {
			writer_reconnect(w, latest);
			continue;
		}
		n = gather(w);
		if (n == SIZE_MAX || !divide(w, n, &copies, &merged)) {
			for (size_t i = 0; i < w->n_batch; i++)
				if (!w->batch[i]->done)
					answer(w->batch[i], CAMP_ERR_MEMORY);
			return;
		}
		run_round(w, copies, merged);
	}
}
