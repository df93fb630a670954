#include <config.h>

#include "db/eeg_power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "db/op.h"

#define FLOAT4_OID 700

const struct db_statement statement_eeg_power_setup = {
	.name = "eeg_power_setup",
	.sql = "SELECT window_s, array_to_string(channels, ' ') FROM eeg_recording"
	       " WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "   AND organisation_id = $3::uuid",
	.role = DB_APP,
	.key = 1,
};

/* None where a forecast is stored, which nothing changes. */
const struct db_statement statement_eeg_power_epochs = {
	.name = "eeg_power_epochs",
	.sql = "SELECT seq, t_ms, power, quality FROM ("
	       " SELECT seq, t_ms, power, quality FROM eeg_epoch"
	       "  WHERE participant_id = $1::uuid AND session_id = $2::uuid"
	       "    AND organisation_id = $3::uuid"
	       "    AND NOT EXISTS (SELECT FROM engagement f"
	       "                     WHERE f.participant_id = $1::uuid"
	       "                       AND f.session_id = $2::uuid)"
	       "  ORDER BY seq DESC LIMIT $4::integer) e ORDER BY seq",
	.role = DB_APP,
	.key = 1,
	.binary = true,
};

static void
session_key(struct op *op, const struct trial_owner *owner)
{
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->session_id);
	op_uuid(op, &owner->organisation_id);
}

void
eeg_power_steps(struct op *op, const struct trial_owner *owner)
{
	op_step(op, &statement_eeg_power_setup);
	session_key(op, owner);
	op_step(op, &statement_eeg_power_epochs);
	session_key(op, owner);
	op_int(op, DB_EEG_EPOCHS_MAX);
}

static uint32_t
read_u32(const char *data)
{
	uint32_t bits;

	memcpy(&bits, data, sizeof(bits));
	return __builtin_bswap32(bits);
}

static double
read_double(const char *data)
{
	uint64_t bits;
	double value;

	memcpy(&bits, data, sizeof(bits));
	bits = __builtin_bswap64(bits);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * The elements of a binary real[], of any dimensions, into out[0..n): the number of
 * dimensions, a flag, the type and, for each dimension, its length and first index; then
 * each element's length (-1: null) and bytes. False unless there are exactly n.
 */
static bool
read_floats(const PGresult *result, int row, int column, float *out, int n)
{
	const char *at = PQgetvalue(result, row, column),
		   *end = at + PQgetlength(result, row, column);
	uint32_t bits, dimensions;

	if (end - at < 12 || read_u32(at + 8) != FLOAT4_OID)
		return false;
	dimensions = read_u32(at);
	if (dimensions > 2)
		return false;
	at += 12 + 8 * dimensions;
	for (int i = 0; i < n; i++) {
		if (end - at < 4)
			return false;
		if (read_u32(at) == UINT32_MAX) {
			out[i] = NAN;
			at += 4;
			continue;
		}
		if (read_u32(at) != 4 || end - at < 8)
			return false;
		bits = read_u32(at + 4);
		memcpy(&out[i], &bits, sizeof(bits));
		at += 8;
	}
	return at == end;
}

static bool
read_epoch(struct eeg_epoch *epoch, float *numbers, int n_channels,
	   const PGresult *result, int row)
{
	int n_powers = EEG_BANDS * n_channels;

	*epoch = (struct eeg_epoch){
		.seq = (int32_t)read_u32(PQgetvalue(result, row, 0)),
		.t_ms = read_double(PQgetvalue(result, row, 1)),
		.log_power = numbers,
	};
	if (!PQgetisnull(result, row, 3)) {
		epoch->quality = numbers + n_powers;
		if (!read_floats(result, row, 3, numbers + n_powers, n_channels))
			return false;
	}
	return read_floats(result, row, 2, numbers, n_powers);
}

enum camp_err
eeg_power_read(struct eeg_power *out, const PGresult *recording, const PGresult *epochs)
{
	int n = PQntuples(epochs);
	struct eeg_setup *setup = &out->eeg.setup;
	enum camp_err err = CAMP_OK;
	size_t a_row;

	*out = (struct eeg_power){0};
	if (PQntuples(recording) == 0 || n == 0)
		return CAMP_OK;
	setup->window_s = column_real(recording, 0, 0);
	setup->sampling_rate_hz = setup->step_s = NAN;
	out->names = strdup(PQgetvalue(recording, 0, 1));
	if (!out->names)
		return CAMP_ERR_MEMORY;
	setup->n_channels = words_split(out->names, setup->channels, EEG_CHANNELS_MAX);
	a_row = (size_t)setup->n_channels * (EEG_BANDS + 1);
	out->epochs = calloc((size_t)n, sizeof(*out->epochs));
	out->numbers = calloc((size_t)n * a_row, sizeof(*out->numbers));
	if (!out->epochs || !out->numbers)
		err = CAMP_ERR_MEMORY;
	for (int i = 0; i < n && err == CAMP_OK; i++)
		if (!read_epoch(&out->epochs[i], out->numbers + (size_t)i * a_row,
				setup->n_channels, epochs, i))
			err = CAMP_ERR_FAULT;
	if (err != CAMP_OK) {
		eeg_power_clear(out);
		return err;
	}
	out->eeg.n = n;
	out->eeg.epochs = out->epochs;
	return CAMP_OK;
}

void
eeg_power_clear(struct eeg_power *power)
{
	free(power->epochs);
	free(power->numbers);
	free(power->names);
	*power = (struct eeg_power){0};
}
