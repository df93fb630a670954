/**
 * The private PostgreSQL of a state folder, for machines whose operator has not set one
 *up.
 *
 *	STATE/postgres          its data, of PostgreSQL 15 to 17 (Debian: postgresql-15)
 *	STATE/postgres-socket   its unix socket, the only way in; mode 0700
 *	STATE/postgres.log      what it says
 *	STATE/postgres.conf     the operator's own settings, which win; optional
 *
 * Started by root it runs as the system user camp-db, made when missing. Where that user
 * cannot reach STATE (below /root, say), data and socket go to /var/lib/camp/NUMBER,
 *which STATE/postgres.path names and whose file state-dir names STATE. NUMBER follows
 *from the name of STATE alone: an emptied STATE finds its database again.
 *
 * Any number of processes may use one cluster: the first starts it, the last one out
 *stops it, and who finds it running (its starter was killed) takes it over.
 */
#ifndef DB_CLUSTER_H
#define DB_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"

struct cluster;

struct cluster_options {
	const char *state_dir; /* absolute; made when missing */
	bool watch; /* bring it up again when it dies (a thread; for servers) */
	/* Called before something that takes seconds: "making the database"; or NULL. */
	void (*progress)(const char *text);
};

/**
 * Makes the cluster when there is none, starts it unless it runs, and waits until its
 * database "camp" takes connections. On failure *out is NULL and why holds one sentence
 * for the operator. Errors: UNAVAILABLE, STORAGE_FULL, INVALID (the folder), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
cluster_start(struct cluster **out, const struct cluster_options *options, char *why,
	      size_t why_size);

/** Connection string of database "camp", login "camp", a superuser; borrowed. */
const char *cluster_conninfo(const struct cluster *cluster);

/** Leaves it; a fast shutdown, up to 30 s, when nobody else uses it. NULL-safe. */
void cluster_stop(struct cluster *cluster);

/**
 * The connection string of a state folder's cluster, running or not: for what only wants
 * to know. INVALID when the folder or what it holds cannot be used.
 */
CAMP_MUST_CHECK enum camp_err
cluster_conninfo_of(const char *state_dir, char *out, size_t size);

#endif
