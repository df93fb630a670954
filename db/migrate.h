/**
 * The schema: applies migrations/NNNN_name.sql in order, each in one transaction.
 *
 * What was applied is recorded with a BLAKE2b-256 checksum in schema_migration, so that
 * an edited file and a database newer than the program are refused.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <libpq-fe.h>
#include <stddef.h>

#include "base/errors.h"

/* The newest file of migrations/; a unit test compares. */
#define DB_SCHEMA_VERSION 15

#define DB_MIGRATIONS_MAX 512

struct db_migrated {
	int version; /* of the schema now */
	int n_applied;
	struct {
		int version;
		char name[64];
	} applied[DB_MIGRATIONS_MAX];
};

/**
 * Makes the roles where allowed, applies what is missing from the folder and makes the
 * partitions ahead. Several at once wait for each other. The login must own the database
 * (or be a superuser), or the roles must exist and be granted to it.
 *
 * On failure why[0..why_size) holds one sentence; migrations that were applied before it
 * stay. Errors: UNAVAILABLE, INVALID (files, or a newer or edited schema), FAULT,
 * STORAGE_FULL, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_migrate(const char *conninfo, const char *folder, struct db_migrated *out, char *why,
	   size_t why_size);

/**
 * Checks that the schema is the one of this program, and, unless folder is NULL or
 * missing, that no applied migration was edited. For any role. Errors: INVALID with a
 * sentence in why, UNAVAILABLE, FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
db_schema_check(PGconn *conn, const char *folder, char *why, size_t why_size);

#endif
