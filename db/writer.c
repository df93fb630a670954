#include "db/writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "db/writer_internal.h"

#define QUEUE_BYTES_MAX ((size_t)64 << 20)
#define SPARE_BYTES_MAX ((size_t)8 << 20) /* kept for reuse */

static void
wake(struct writer *w)
{
	uint64_t one = 1;

	if (write(w->link.wake_fd, &one, sizeof(one)) < 0)
		log_event(LOG_ERROR, "the writer cannot be woken");
}

/* ---- callers' side ---- */

static void
upload_free(struct upload *u)
{
	buffer_clear(&u->tuples);
	free(u->cells);
	free(u);
}

/* Takes a place in the queue and an upload to fill. */
static enum camp_err
take_upload(struct writer *w, struct upload **out)
{
	struct upload *u = NULL;
	enum camp_err err = CAMP_OK;

	pthread_mutex_lock(&w->lock);
	if (w->stopping)
		err = CAMP_ERR_UNAVAILABLE;
	else if (w->depth >= w->options.queue_limit || w->queued_bytes > QUEUE_BYTES_MAX)
		err = CAMP_ERR_BUSY;
	if (err == CAMP_OK) {
		w->depth++;
		u = w->spare;
		if (u) {
			w->spare = u->next;
			w->spare_bytes -= u->tuples.cap;
		}
	}
	pthread_mutex_unlock(&w->lock);
	if (err == CAMP_OK && !u) {
		u = calloc(1, sizeof(*u));
		if (!u) {
			pthread_mutex_lock(&w->lock);
			w->depth--;
			pthread_mutex_unlock(&w->lock);
			err = CAMP_ERR_MEMORY;
		}
	}
	*out = u;
	return err;
}

/* Keeps the upload for another one; the lock is held. */
static void
put_upload(struct writer *w, struct upload *u)
{
	if (w->spare_bytes + u->tuples.cap > SPARE_BYTES_MAX) {
		upload_free(u);
		return;
	}
	w->spare_bytes += u->tuples.cap;
	u->next = w->spare;
	w->spare = u;
}

static struct upload_cell *
add_cell(struct upload *u)
{
	if (u->n_cells == u->cells_cap) {
		size_t cap = u->cells_cap ? 2 * u->cells_cap : 4;
		struct upload_cell *cells = realloc(u->cells, cap * sizeof(*cells));

		if (!cells)
			return NULL;
		u->cells = cells;
		u->cells_cap = cap;
	}
	return &u->cells[u->n_cells++];
}

/* Splits the trials at the borders of cells. */
static bool
fill_upload(struct upload *u, const struct trial_owner *owner, const struct trial *trials,
	    size_t n)
{
	int64_t received_us = cell_now_us();

	buffer_reset(&u->tuples);
	u->n_cells = 0;
	for (size_t i = 0; i < n;) {
		struct upload_cell *c = add_cell(u);
		size_t from = i;

		if (!c)
			return false;
		c->cell = cell_of_seq(trials[i].seq);
		c->start = u->tuples.len;
		c->present = 0;
		for (; i < n && cell_of_seq(trials[i].seq) == c->cell; i++)
			c->present |= 1u << trials[i].seq % TRIALS_PER_CELL;
		c->n = (int)(i - from);
		cell_encode(&u->tuples, owner, trials + from, i - from, received_us);
		c->len = u->tuples.len - c->start;
	}
	return !u->tuples.failed;
}

enum camp_err
writer_submit(struct writer *w, const struct trial_owner *owner,
	      const struct trial *trials, size_t n, db_trials_cb *cb, void *arg)
{
	struct upload *u;
	enum camp_err err = take_upload(w, &u);
	bool sleeping = false;

	if (err != CAMP_OK)
		return err;
	assert(n > 0 && trials[0].seq >= 0 && trials[n - 1].seq <= TRIAL_SEQ_MAX);
	u->participant_id = owner->participant_id;
	u->session_id = owner->session_id;
	u->deadline_ms = link_now_ms() + w->options.timeout_ms;
	u->cb = cb;
	u->arg = arg;
	u->next = NULL;
	if (!fill_upload(u, owner, trials, n))
		err = CAMP_ERR_MEMORY;

	pthread_mutex_lock(&w->lock);
	if (err == CAMP_OK && w->stopping)
		err = CAMP_ERR_UNAVAILABLE;
	if (err == CAMP_OK) {
		if (w->last)
			w->last->next = u;
		else
			w->first = u;
		w->last = u;
		w->queued_bytes += u->tuples.len;
		sleeping = w->asleep;
		w->asleep = false;
	} else {
		w->depth--;
		put_upload(w, u);
	}
	pthread_mutex_unlock(&w->lock);
	if (sleeping)
		wake(w);
	return err;
}

bool
writer_ready(struct writer *w)
{
	bool ready;

	pthread_mutex_lock(&w->lock);
	ready = w->connected && !w->stopping;
	pthread_mutex_unlock(&w->lock);
	return ready;
}

void
writer_metrics(struct writer *w, struct db_metrics *out)
{
	pthread_mutex_lock(&w->lock);
	out->writer_depth = w->depth;
	out->trials_stored = w->metrics.trials_stored;
	out->trials_repeated = w->metrics.trials_repeated;
	out->trials_conflicting = w->metrics.trials_conflicting;
	out->commits = w->metrics.commits;
	memcpy(out->commit_batch_bucket, w->metrics.commit_batch_bucket,
	       sizeof(out->commit_batch_bucket));
	out->commit_uploads = w->metrics.commit_uploads;
	out->reconnects += w->metrics.reconnects;
	pthread_mutex_unlock(&w->lock);
}

/* ---- the writer's thread ---- */

static void
count_answers(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->n_batch; i++) {
		const struct upload *u = w->batch[i];

		if (u->err != CAMP_OK)
			continue;
		w->metrics.trials_stored += (uint64_t)u->counts.stored;
		w->metrics.trials_repeated += (uint64_t)u->counts.repeated;
		w->metrics.trials_conflicting += (uint64_t)u->counts.conflicting;
	}
	w->connected = w->link.conn != NULL;
	w->depth -= (int)w->n_batch;
	pthread_mutex_unlock(&w->lock);
}

static void
answer_batch(struct writer *w)
{
	count_answers(w);
	for (size_t i = 0; i < w->n_batch; i++) {
		struct upload *u = w->batch[i];

		u->cb(u->arg, u->err, u->err == CAMP_OK ? &u->counts : NULL);
	}
	if (w->options.after_batch)
		w->options.after_batch(w->options.after_batch_arg);
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->n_batch; i++)
		put_upload(w, w->batch[i]);
	pthread_mutex_unlock(&w->lock);
	w->n_batch = 0;
}

/* Moves what waits into the batch; the lock is held. */
static void
take_batch(struct writer *w)
{
	size_t bytes = 0;

	while (w->first && w->n_batch < BATCH_UPLOADS_MAX && bytes < BATCH_BYTES_MAX) {
		struct upload *u = w->first;

		w->first = u->next;
		if (!w->first)
			w->last = NULL;
		bytes += u->tuples.len;
		w->batch[w->n_batch++] = u;
	}
	w->queued_bytes -= bytes;
}

/* Waits for uploads and looks after the connection; false: nothing is left to do. */
static bool
wait_for_batch(struct writer *w)
{
	for (;;) {
		bool stopping;

		pthread_mutex_lock(&w->lock);
		take_batch(w);
		stopping = w->stopping;
		w->asleep = w->n_batch == 0 && !stopping;
		w->connected = w->link.conn != NULL;
		pthread_mutex_unlock(&w->lock);
		if (w->n_batch > 0)
			return true;
		if (stopping)
			return false;
		if (w->link.conn)
			link_sleep(&w->link, NEVER);
		else
			writer_reconnect(w, NEVER);
	}
}

static void *
run(void *arg)
{
	struct writer *w = arg;

	while (wait_for_batch(w)) {
		writer_run_batch(w);
		answer_batch(w);
	}
	return NULL;
}

/* ---- life ---- */

static void
writer_free(struct writer *w)
{
	link_drop(&w->link);
	if (w->link.wake_fd >= 0)
		close(w->link.wake_fd);
	while (w->spare) {
		struct upload *u = w->spare;

		w->spare = u->next;
		upload_free(u);
	}
	pthread_mutex_destroy(&w->lock);
	buffer_clear(&w->scratch);
	hints_free(w->hints);
	free(w->works);
	free(w->conninfo);
	free(w);
}

enum camp_err
writer_open(struct writer **out, const struct writer_options *options, char *why,
	    size_t why_size)
{
	enum camp_err err = CAMP_ERR_MEMORY;
	struct writer *w;

	*out = NULL;
	snprintf(why, why_size, "out of memory");
	w = calloc(1, sizeof(*w));
	if (!w)
		return CAMP_ERR_MEMORY;
	pthread_mutex_init(&w->lock, NULL);
	atomic_init(&w->link.stop_at_ms, NEVER);
	w->options = *options;
	w->link.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->conninfo = strdup(options->conninfo);
	w->hints = hints_new();
	if (w->link.wake_fd < 0 || !w->conninfo || !w->hints)
		goto failed;
	err = CAMP_ERR_UNAVAILABLE;
	if (!link_open(&w->link, w->conninfo, link_now_ms() + WRITER_OPEN_MS, why,
		       why_size))
		goto failed;
	w->connected = true;
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		snprintf(why, why_size, "a thread could not be started");
		goto failed;
	}
	*out = w;
	return CAMP_OK;
failed:
	writer_free(w);
	return err;
}

void
writer_close(struct writer *w, int stop_ms)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_mutex_unlock(&w->lock);
	atomic_store(&w->link.stop_at_ms, link_now_ms() + stop_ms);
	wake(w);
	pthread_join(w->thread, NULL);
	writer_free(w);
}
