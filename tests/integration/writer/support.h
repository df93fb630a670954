/** What the writer's integration tests share: a migrated database, uploads, questions. */
#ifndef TESTS_INTEGRATION_WRITER_SUPPORT_H
#define TESTS_INTEGRATION_WRITER_SUPPORT_H

#include <check.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/trial.h"
#include "db/writer.h"

/** DATABASE_URL, or the end of the program with a sentence. */
const char *database_url(void);

/** Migrates the database and makes partitions; ends the program when that fails. */
void prepare_database(void);

/** A writer with a queue of 4096; fails the test when it does not open. */
struct writer *open_writer(int timeout_ms);

/** A session of its own, in the month of now. */
struct trial_owner new_owner(void);

/** n trials from seq on with everything set; salt changes their content. */
void make_trials(struct trial *trials, int32_t seq, int n, int salt);

/* An upload on its way: wait_upload() waits for its answer. */
struct pending {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int answers; /* how often it was called back */
	enum camp_err err;
	struct trial_counts counts;
};

void pending_init(struct pending *p);
db_trials_cb on_answer; /* arg: struct pending */
void wait_upload(struct pending *p);

/** Sends trials and waits; the answer's error, and its counts when given. */
enum camp_err put(struct writer *w, const struct trial_owner *owner,
		  const struct trial *trials, int n, struct trial_counts *counts);

/** Checks that an upload of n trials from seq gives these counts. */
void expect_counts(struct writer *w, const struct trial_owner *owner, int32_t seq, int n,
		   int salt, int stored, int repeated, int conflicting);

/** A connection as the login; one command, which must succeed. */
PGconn *open_admin(void);
void admin(PGconn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The single number that a query gives. */
long long
number(PGconn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** "participant_id = '..' AND session_id = '..'"; static memory. */
const char *where(const struct trial_owner *owner);
/** Trials stored for the session, and distinct ones in trial_conflict. */
long long stored_trials(PGconn *conn, const struct trial_owner *owner);
long long stored_conflicts(PGconn *conn, const struct trial_owner *owner);

/** Process id of the writer's backend, waiting until there is exactly one. */
int writer_backend(PGconn *conn);

/** Waits until the query gives a number above 0; fails the test after 10 s. */
void wait_for(PGconn *conn, const char *query);

void sleep_ms(int ms);

#endif
