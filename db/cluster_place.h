/** Where a private cluster lies, which programs run it and as whom (internal to
 * db/cluster.c). */
#ifndef DB_CLUSTER_PLACE_H
#define DB_CLUSTER_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/errors.h"

#define CLUSTER_USER "camp-db"
#define CLUSTER_LOGIN "camp"
#define CLUSTER_DATABASE "camp"
#define CLUSTER_VERSION_MIN 15
#define CLUSTER_VERSION_MAX 17

struct cluster_place {
	char state[PATH_MAX];  /* the state folder, resolved */
	char base[PATH_MAX];   /* what holds data and socket: state or below /var/lib/camp
				*/
	char data[PATH_MAX];   /* base/postgres */
	char socket[PATH_MAX]; /* a folder */
	char log[PATH_MAX];    /* state/postgres.log */
	char bin[PATH_MAX];    /* programs of the right version; "" until asked for */
	char user_name[64];    /* who runs it */
	uid_t uid;
	gid_t gid;
	bool exists; /* data holds a cluster */
	int version; /* of that cluster, or of the programs for a new one; 0: not known */
};

/**
 * Fills in all but bin. With make, folders and the system user are made where missing;
 * without, nothing is touched. On failure why holds one sentence.
 */
CAMP_MUST_CHECK enum camp_err
cluster_place_find(struct cluster_place *place, const char *state_dir, bool make,
		   char *why, size_t why_size);

/**
 * Finds the programs: of the cluster's version, or the newest for a new one; or those in
 * the folder that the environment's CAMP_POSTGRES_BIN names.
 */
CAMP_MUST_CHECK enum camp_err
cluster_place_programs(struct cluster_place *place, char *why, size_t why_size);

/** Settings, access rules and socket folder, written anew at every start. */
CAMP_MUST_CHECK enum camp_err
cluster_place_configure(const struct cluster_place *place, const char *data, char *why,
			size_t why_size);

/** The connection string for a database; false when it does not fit. */
bool cluster_place_conninfo(const struct cluster_place *place, const char *database,
			    char *out, size_t size);

/** Removes a folder that an interrupted initdb left behind. */
void cluster_place_remove(const char *folder);

#endif
