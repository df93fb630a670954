/**
 * A PostgreSQL for tests in C: one private cluster in a temporary folder for the whole
 * program, and a fresh, migrated database for whoever asks.
 */
#ifndef TESTS_SUPPORT_TEMP_DB_H
#define TESTS_SUPPORT_TEMP_DB_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "db/conn.h"

#define TEMP_DB_SIZE 600

/** Starts and migrates it; prints a sentence and exits 1 when it cannot. Call from
 * main(). */
void temp_db_start(void);

/** Stops it and removes its folder. */
void temp_db_stop(void);

/** The state folder of the running cluster. */
const char *temp_db_state(void);

/** Makes a migrated database and gives its connection string. Fails the test. */
void temp_db_new(char conninfo[TEMP_DB_SIZE]);

/** The same without any schema. */
void temp_db_new_empty(char conninfo[TEMP_DB_SIZE]);

/** A connection; the test fails when it is not to be had. */
PGconn *temp_db_connect(const char *conninfo, enum db_role role);

/** Runs SQL that must succeed; the first value of the first row (or "") into a static
 * buffer. */
const char *
temp_db_value(PGconn *conn, const char *sql, ...) __attribute__((format(printf, 2, 3)));

/** The SQLSTATE of SQL that may fail: "00000" when it does not. Static buffer. */
const char *temp_db_state_of(PGconn *conn, const char *sql);

/* An organisation with a cohort, its task registered, made by temp_db_tenant(). */
struct temp_tenant {
	struct uuid organisation_id, cohort_id;
	char join_code[9];
	uint8_t read_token_hash[32];
};

/** Makes organisation "N", cohort "N" with task stroop version 1 (2 conditions). */
void temp_db_tenant(const char *conninfo, int number, struct temp_tenant *out);

#endif
