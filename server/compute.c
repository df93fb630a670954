#define _GNU_SOURCE /* gettid */
#include "server/compute.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "server/metrics.h"
#include "server/model_store.h"

#define THREADS_MAX 64
/* Taken at once: enough to share a look-up, few enough to leave some for the others. */
#define BATCH_MAX 8
#define LATE_LIMIT 32
#define LATE_NICE 10

struct queue {
	pthread_cond_t wake;
	struct compute_job *first, *last;
	int depth, limit;
};

struct compute {
	struct model_store *store;
	pthread_mutex_t mutex;
	struct queue soon, late;
	bool stopping;
	int n_threads;
	pthread_t threads[THREADS_MAX], late_thread;
	bool has_late_thread;
};

/* A worker's work space and the model that it fits. */
struct worker {
	struct forecast_work *work;
	uint64_t serial; /* 0: none */
};

static void
worker_drop(struct worker *w)
{
	forecast_work_free(w->work);
	w->work = NULL;
	w->serial = 0;
}

static void
worker_fit(struct worker *w, const struct model_use *use)
{
	if (use && w->serial == use->serial)
		return;
	worker_drop(w);
	if (!use)
		return;
	w->work = forecast_work_new(use->forecaster);
	w->serial = w->work ? use->serial : 0;
}

/* Waits for jobs of a queue that n_threads share; NULL: stopped and none are left. */
static struct compute_job *
take(struct compute *c, struct queue *q, int n_threads, bool *stopping)
{
	struct compute_job *batch, *last;
	int n;

	pthread_mutex_lock(&c->mutex);
	while (!q->first && !c->stopping)
		pthread_cond_wait(&q->wake, &c->mutex);
	batch = last = q->first;
	if (batch) {
		n = (q->depth + n_threads - 1) / n_threads;
		if (n > BATCH_MAX)
			n = BATCH_MAX;
		q->depth -= n;
		metrics_gauge_add(METRICS_COMPUTE_QUEUED, -n);
		for (; n > 1; n--)
			last = last->next;
		q->first = last->next;
		if (!q->first)
			q->last = NULL;
		last->next = NULL;
	}
	*stopping = c->stopping;
	pthread_mutex_unlock(&c->mutex);
	return batch;
}

static void *
worker_main(void *arg)
{
	struct compute *c = arg;
	struct worker w = {0};
	struct compute_job *job;
	bool stopping;
	int n_threads;

	pthread_mutex_lock(&c->mutex); /* it is final once compute_start() unlocks */
	n_threads = c->n_threads;
	pthread_mutex_unlock(&c->mutex);
	while ((job = take(c, &c->soon, n_threads, &stopping)) != NULL) {
		struct model_use *use = model_store_use(c->store);

		worker_fit(&w, use);
		while (job) {
			struct compute_job *next = job->next;

			/* Without work space it is as if there were no model. */
			job->run(job, w.work ? use : NULL, w.work);
			job = next;
		}
		model_use_release(use);
	}
	worker_drop(&w);
	return NULL;
}

static void *
late_main(void *arg)
{
	struct compute *c = arg;
	struct compute_job *job;
	bool stopping;

	/* Linux gives each thread a nice value; where it fails, all are equal. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), LATE_NICE);
	/* One at a time, as each takes long and has to see that the end is near. */
	while ((job = take(c, &c->late, LATE_LIMIT, &stopping)) != NULL) {
		struct model_use *use = stopping ? NULL : model_store_use(c->store);

		job->run(job, use, NULL);
		model_use_release(use);
	}
	return NULL;
}

static int
threads_standard(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN) - 1;

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (int)n;
}

enum camp_err
compute_start(struct compute **out, struct model_store *store, int threads,
	      int queue_limit)
{
	struct compute *c = calloc(1, sizeof(*c));
	sigset_t all, old;

	*out = NULL;
	if (!c)
		return CAMP_ERR_MEMORY;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->soon.wake, NULL);
	pthread_cond_init(&c->late.wake, NULL);
	c->store = store;
	c->soon.limit = queue_limit;
	c->late.limit = LATE_LIMIT;
	if (threads == 0)
		threads = threads_standard();
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&c->mutex); /* they divide by the final n_threads */
	while (c->n_threads < threads && c->n_threads < THREADS_MAX &&
	       pthread_create(&c->threads[c->n_threads], NULL, worker_main, c) == 0)
		c->n_threads++;
	pthread_mutex_unlock(&c->mutex);
	if (c->n_threads > 0)
		c->has_late_thread =
			pthread_create(&c->late_thread, NULL, late_main, c) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!c->has_late_thread) {
		compute_stop(c);
		compute_free(c);
		return CAMP_ERR_MEMORY;
	}
	*out = c;
	return CAMP_OK;
}

static enum camp_err
submit(struct compute *c, struct queue *q, struct compute_job *job)
{
	enum camp_err err = CAMP_OK;

	job->next = NULL;
	pthread_mutex_lock(&c->mutex);
	if (c->stopping) {
		err = CAMP_ERR_DRAINING;
	} else if (q->depth >= q->limit) {
		err = CAMP_ERR_BUSY;
	} else {
		if (q->last)
			q->last->next = job;
		else
			q->first = job;
		q->last = job;
		q->depth++;
		metrics_gauge_add(METRICS_COMPUTE_QUEUED, 1);
		pthread_cond_signal(&q->wake);
	}
	pthread_mutex_unlock(&c->mutex);
	return err;
}

enum camp_err
compute_submit(struct compute *c, struct compute_job *job)
{
	return submit(c, &c->soon, job);
}

enum camp_err
compute_submit_late(struct compute *c, struct compute_job *job)
{
	return submit(c, &c->late, job);
}

void
compute_stop(struct compute *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	pthread_cond_broadcast(&c->soon.wake);
	pthread_cond_broadcast(&c->late.wake);
	pthread_mutex_unlock(&c->mutex);
	for (int i = 0; i < c->n_threads; i++)
		pthread_join(c->threads[i], NULL);
	c->n_threads = 0;
	if (c->has_late_thread)
		pthread_join(c->late_thread, NULL);
	c->has_late_thread = false;
}

void
compute_free(struct compute *c)
{
	if (!c)
		return;
	pthread_cond_destroy(&c->soon.wake);
	pthread_cond_destroy(&c->late.wake);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}
