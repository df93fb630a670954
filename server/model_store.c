#include "server/model_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"

struct model_store {
	/* Held for a few instructions: to follow the pointer and count, as one step. */
	pthread_mutex_t mutex;
	struct model_use *current;
	uint64_t serials;
	char problem[sizeof(((struct model_status *)0)->problem)];
};

struct model_store *
model_store_new(void)
{
	struct model_store *store = calloc(1, sizeof(*store));

	if (store)
		pthread_mutex_init(&store->mutex, NULL);
	return store;
}

void
model_use_release(struct model_use *use)
{
	if (!use || atomic_fetch_sub(&use->users, 1) > 1)
		return;
	forecaster_free(use->forecaster);
	free(use);
}

void
model_store_free(struct model_store *store)
{
	if (!store)
		return;
	model_use_release(store->current);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

enum camp_err
model_store_put(struct model_store *store, struct forecaster *take,
		enum model_source source)
{
	struct model_use *use = calloc(1, sizeof(*use)), *old;

	if (!use) {
		forecaster_free(take);
		return CAMP_ERR_MEMORY;
	}
	use->forecaster = take;
	use->source = source;
	atomic_init(&use->users, 1); /* the store's own */
	pthread_mutex_lock(&store->mutex);
	use->serial = ++store->serials;
	old = store->current;
	store->current = use;
	store->problem[0] = '\0';
	pthread_mutex_unlock(&store->mutex);
	model_use_release(old);
	return CAMP_OK;
}

struct model_use *
model_store_use(struct model_store *store)
{
	struct model_use *use;

	pthread_mutex_lock(&store->mutex);
	use = store->current;
	if (use)
		atomic_fetch_add(&use->users, 1);
	pthread_mutex_unlock(&store->mutex);
	return use;
}

void
model_store_problem(struct model_store *store, const char *problem)
{
	pthread_mutex_lock(&store->mutex);
	snprintf(store->problem, sizeof(store->problem), "%s", problem);
	pthread_mutex_unlock(&store->mutex);
}

void
model_store_status(struct model_store *store, struct model_status *out)
{
	struct model_use *use = model_store_use(store);

	memset(out, 0, sizeof(*out));
	if (use) {
		out->source = use->source;
		snprintf(out->version, sizeof(out->version), "%s",
			 forecaster_version(use->forecaster));
		snprintf(out->encoder, sizeof(out->encoder), "%s",
			 forecaster_encoder(use->forecaster));
	}
	model_use_release(use);
	pthread_mutex_lock(&store->mutex);
	memcpy(out->problem, store->problem, sizeof(out->problem));
	pthread_mutex_unlock(&store->mutex);
}
