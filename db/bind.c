/* C values to parameters, columns to C values (db/op.h). */
#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"

/* Transaction-scoped, so that a connection never carries an organisation further. */
const struct db_statement statement_org_set = {
	.name = "org_set",
	.sql = "SELECT set_config('app.org', $1::uuid::text, true)",
	.role = DB_APP,
};

struct op *
op_new(struct db *db, enum db_role role, op_finish *finish)
{
	struct op *op = calloc(1, sizeof(*op));

	if (op == NULL)
		return NULL;
	op->db = db;
	op->role = role;
	op->finish = finish;
	return op;
}

void
op_step(struct op *op, const struct db_statement *statement)
{
	if (op == NULL)
		return;
	if (op->n_steps == OP_STEPS_MAX) {
		op->bytes.failed = true;
		return;
	}
	op->steps[op->n_steps++] = (struct op_step){.statement = statement,
						    .first_param = op->n_params,
						    .n_params = 0};
}

void
op_tenant(struct op *op, const struct uuid *organisation_id)
{
	op_step(op, &statement_org_set);
	op_uuid(op, organisation_id);
}

/* A parameter that starts where the bytes end; NULL when there is no room for it. */
static struct op_param *
param_new(struct op *op)
{
	if (op == NULL)
		return NULL;
	if (op->n_params == OP_PARAMS_MAX || op->n_steps == 0) {
		op->bytes.failed = true;
		return NULL;
	}
	op->steps[op->n_steps - 1].n_params++;
	op->params[op->n_params] = (struct op_param){.at = op->bytes.len};
	return &op->params[op->n_params++];
}

/* Text ends with a zero, which is not counted. */
static void
param_end(struct op *op, struct op_param *param)
{
	param->len = (int)(op->bytes.len - param->at);
	if (!param->binary)
		buffer_add_char(&op->bytes, '\0');
}

void
op_bytes(struct op *op, const void *data, size_t len)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	param->binary = true;
	buffer_add(&op->bytes, data, len);
	param_end(op, param);
}

void
op_uuid(struct op *op, const struct uuid *value)
{
	op_bytes(op, value->b, sizeof(value->b));
}

void
op_int(struct op *op, int64_t value)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_addf(&op->bytes, "%" PRId64, value);
	param_end(op, param);
}

void
op_real(struct op *op, double value)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	param->null = !isfinite(value);
	if (!param->null)
		buffer_addf(&op->bytes, "%.17g", value);
	param_end(op, param);
}

void
op_text(struct op *op, const char *value)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	param->null = value == NULL;
	if (value != NULL)
		buffer_add_text(&op->bytes, value);
	param_end(op, param);
}

static void
add_quoted(struct buffer *out, const char *text)
{
	if (text == NULL) {
		buffer_add_text(out, "NULL");
		return;
	}
	buffer_add_char(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			buffer_add_char(out, '\\');
		buffer_add_char(out, *c);
	}
	buffer_add_char(out, '"');
}

void
op_text_array(struct op *op, const char *const *items, int n)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_char(&op->bytes, ',');
		add_quoted(&op->bytes, items[i]);
	}
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

void
op_uuid_array(struct op *op, const struct uuid *items, int n)
{
	struct op_param *param = param_new(op);
	char text[UUID_TEXT_LEN + 1];

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++) {
		uuid_format(&items[i], text);
		buffer_addf(&op->bytes, "%s%s", i > 0 ? "," : "", text);
	}
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

void
op_int_array(struct op *op, const int64_t *items, int n)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++)
		buffer_addf(&op->bytes, "%s%" PRId64, i > 0 ? "," : "", items[i]);
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

/* 17 digits give every double back. */
void
op_real_array(struct op *op, const double *items, int n)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_char(&op->bytes, ',');
		if (isfinite(items[i]))
			buffer_addf(&op->bytes, "%.17g", items[i]);
		else
			buffer_add_text(&op->bytes, "NULL");
	}
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

/* 9 digits give every float back. */
void
op_float_array(struct op *op, const float *items, int n)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_char(&op->bytes, ',');
		if (isfinite(items[i]))
			buffer_addf(&op->bytes, "%.9g", (double)items[i]);
		else
			buffer_add_text(&op->bytes, "NULL");
	}
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

void
op_bool_array(struct op *op, const bool *items, int n)
{
	struct op_param *param = param_new(op);

	if (param == NULL)
		return;
	buffer_add_char(&op->bytes, '{');
	for (int i = 0; i < n; i++)
		buffer_addf(&op->bytes, "%s%c", i > 0 ? "," : "", items[i] ? 't' : 'f');
	buffer_add_char(&op->bytes, '}');
	param_end(op, param);
}

void
op_expect(struct op *op, const char *sqlstate, enum camp_err err)
{
	if (op == NULL || op->n_expected == OP_EXPECTED_MAX)
		return;
	op->expected[op->n_expected].sqlstate = sqlstate;
	op->expected[op->n_expected++].err = err;
}

void
op_reset(struct op *op)
{
	for (int i = 0; i < op->n_steps; i++) {
		PQclear(op->steps[i].result);
		op->steps[i].result = NULL;
	}
	op->step_at = 0;
	op->sqlstate[0] = '\0';
	op->failed_statement = NULL;
}

void
op_free(struct op *op)
{
	if (op == NULL)
		return;
	op_reset(op);
	buffer_clear(&op->bytes);
	free(op);
}

const char *
column_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

int64_t
column_int(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

double
column_real(const PGresult *result, int row, int column)
{
	const char *text = column_text(result, row, column);

	return text != NULL ? strtod(text, NULL) : NAN;
}

bool
column_bool(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}

struct uuid
column_uuid(const PGresult *result, int row, int column)
{
	struct uuid id;

	uuid_parse(&id, PQgetvalue(result, row, column),
		   (size_t)PQgetlength(result, row, column));
	return id;
}

void
column_copy(const PGresult *result, int row, int column, char *out, size_t size)
{
	snprintf(out, size, "%s", PQgetvalue(result, row, column));
}

int
words_split(char *text, const char **words, int max)
{
	char *save = NULL;
	int n = 0;

	for (char *word = strtok_r(text, " ", &save); word != NULL && n < max;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return n;
}
