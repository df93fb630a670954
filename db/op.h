/**
 * One operation on the lanes: a few prepared statements that run as one transaction in
 *one round trip. Internal to db/: the files of the resources build operations, db/loop.c
 *runs them.
 *
 *	struct op *op = op_new(db, DB_APP, on_result);
 *	op_tenant(op, &organisation_id);
 *	op_step(op, &statement_participant_get);
 *	op_uuid(op, participant_id);
 *	return op_submit(op);
 *
 * A failed allocation is remembered and reported by op_submit().
 *
 * The statements are sent between two syncs of a pipeline, which PostgreSQL runs as one
 * implicit transaction under READ COMMITTED: each statement sees what the ones before it
 * did and what others committed meanwhile; the first error undoes all. An operation may
 *be sent again after a serialization failure or on a new connection, so each must be
 * repeatable: the second run finds the first one's rows and reports the same.
 */
#ifndef DB_OP_H
#define DB_OP_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/errors.h"
#include "base/uuid.h"
#include "db/adapters.h"
#include "db/cohorts.h"
#include "db/db.h"
#include "db/forecasts.h"
#include "db/model_runs.h"
#include "db/models.h"
#include "db/eeg.h"
#include "db/participants.h"
#include "db/programmes.h"
#include "db/sessions.h"
#include "db/statements.h"

#define OP_STEPS_MAX 10
#define OP_PARAMS_MAX 80
#define OP_EXPECTED_MAX 2
#define OP_TRIES_MAX 4 /* the first and three more */

struct op;

/**
 * Decodes the results and calls back; on a database thread, exactly once. err is CAMP_OK
 * when every step succeeded; the results are borrowed from the operation.
 */
typedef void op_finish(struct op *op, enum camp_err err);

struct op_step {
	const struct db_statement *statement;
	int first_param, n_params;
	PGresult *result; /* NULL until it succeeded */
};

struct op_param {
	size_t at; /* in bytes */
	int len;
	bool binary, null;
};

union op_cb {
	db_cohort_cb *cohort;
	db_engagement_cb *engagement;
	db_join_cb *join;
	db_me_cb *me;
	db_plan_cb *plan;
	db_progress_cb *progress;
	db_sessions_created_cb *created;
	db_sealed_cb *sealed;
	db_done_cb *done;
	db_score_cb *score;
	db_session_forecast_cb *forecast;
	db_model_cb *model;
	db_model_list_cb *models;
	db_run_cb *run;
	db_run_list_cb *runs;
	db_eeg_cb *eeg;
	db_eeg_read_cb *eeg_read;
	db_adapter_cb *adapter;
};

struct op {
	struct op *next;
	struct db *db;
	enum db_role role;
	op_finish *finish;
	union op_cb cb;
	void *arg;
	/* What finish() needs of the call beside its parameters. */
	struct uuid id[3];
	int number;

	int n_steps, n_params;
	struct op_step steps[OP_STEPS_MAX];
	struct op_param params[OP_PARAMS_MAX];
	struct buffer bytes;
	struct {
		const char *sqlstate;
		enum camp_err err;
	} expected[OP_EXPECTED_MAX];
	int n_expected;

	/* While it runs. */
	int64_t deadline_ms, not_before_ms; /* monotonic clock */
	int tries;
	bool sent;
	int step_at;
	char sqlstate[6]; /* of the first failed step; "" while there is none */
	const char *failed_statement;
};

struct op *op_new(struct db *db, enum db_role role, op_finish *finish);

/** Binds the transaction to an organisation: the first step of everything on role
 * camp_app that touches a tenant's tables. */
void op_tenant(struct op *op, const struct uuid *organisation_id);

/** Adds a statement; the parameters that follow are its own. */
void op_step(struct op *op, const struct db_statement *statement);

void op_uuid(struct op *op, const struct uuid *value);
void op_int(struct op *op, int64_t value);
/** NAN and infinity bind null. */
void op_real(struct op *op, double value);
/** NULL binds null. */
void op_text(struct op *op, const char *value);
void op_bytes(struct op *op, const void *data, size_t len);

/* Arrays in PostgreSQL's text form. Elements that are NULL or NAN become null. */
void op_text_array(struct op *op, const char *const *items, int n);
void op_uuid_array(struct op *op, const struct uuid *items, int n);
void op_int_array(struct op *op, const int64_t *items, int n);
void op_real_array(struct op *op, const double *items, int n);
void op_float_array(struct op *op, const float *items, int n);
void op_bool_array(struct op *op, const bool *items, int n);

/** A SQLSTATE that this operation gives a meaning to, so that it is no fault. */
void op_expect(struct op *op, const char *sqlstate, enum camp_err err);

/** Queues it. It is freed here on failure, else after finish(). BUSY, UNAVAILABLE,
 * MEMORY. */
CAMP_MUST_CHECK enum camp_err op_submit(struct op *op);

/** Forgets results and errors before another try. */
void op_reset(struct op *op);
void op_free(struct op *op);

/* Columns of a text result. Row and column exist. */
const char *column_text(const PGresult *result, int row, int column); /* NULL: null */
int64_t column_int(const PGresult *result, int row, int column);      /* 0: null */
double column_real(const PGresult *result, int row, int column);      /* NAN: null */
bool column_bool(const PGresult *result, int row, int column);        /* false: null */
struct uuid column_uuid(const PGresult *result, int row, int column); /* zero: null */
/** Copies text into a field of fixed size, cutting what does not fit. */
void column_copy(const PGresult *result, int row, int column, char *out, size_t size);
/** Splits "a b c" in place of the copy the caller made; returns the number of words. */
int words_split(char *text, const char **words, int max);

#endif
