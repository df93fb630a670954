#include "models/train/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
	struct crew *crew;
	int number;
	pthread_t thread;
};

struct crew {
	int n, n_started;
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	unsigned long round;
	int busy;
	bool leaving;
	crew_job *job;
	void *arg;
	struct member *members;
};

static void *
member_main(void *arg)
{
	struct member *m = arg;
	struct crew *c = m->crew;
	unsigned long seen = 0;

	for (;;) {
		pthread_mutex_lock(&c->lock);
		while (c->round == seen && !c->leaving)
			pthread_cond_wait(&c->begin, &c->lock);
		seen = c->round;
		pthread_mutex_unlock(&c->lock);
		if (c->leaving)
			return NULL;
		c->job(c->arg, m->number, c->n);
		pthread_mutex_lock(&c->lock);
		if (--c->busy == 0)
			pthread_cond_signal(&c->end);
		pthread_mutex_unlock(&c->lock);
	}
}

static bool
start_members(struct crew *c)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (int i = 1; i < c->n; i++) {
		c->members[i] = (struct member){.crew = c, .number = i};
		if (pthread_create(&c->members[i].thread, NULL, member_main,
				   &c->members[i]) != 0)
			break;
		c->n_started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->n_started == c->n - 1;
}

enum camp_err
crew_new(struct crew **out, int n_workers)
{
	struct crew *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (!c)
		return CAMP_ERR_MEMORY;
	c->n = n_workers;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->begin, NULL);
	pthread_cond_init(&c->end, NULL);
	c->members = calloc((size_t)n_workers, sizeof(*c->members));
	if (!c->members || !start_members(c)) {
		crew_free(c);
		return CAMP_ERR_MEMORY;
	}
	*out = c;
	return CAMP_OK;
}

void
crew_run(struct crew *c, crew_job *job, void *arg)
{
	pthread_mutex_lock(&c->lock);
	c->job = job;
	c->arg = arg;
	c->busy = c->n - 1;
	c->round++;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	job(arg, 0, c->n);
	pthread_mutex_lock(&c->lock);
	while (c->busy > 0)
		pthread_cond_wait(&c->end, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

int
crew_size(const struct crew *c)
{
	return c->n;
}

void
crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->leaving = true;
	pthread_cond_broadcast(&c->begin);
	pthread_mutex_unlock(&c->lock);
	for (int i = 1; i <= c->n_started; i++)
		pthread_join(c->members[i].thread, NULL);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->begin);
	pthread_cond_destroy(&c->end);
	free(c->members);
	free(c);
}
