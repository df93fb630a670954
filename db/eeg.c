/* EEG summaries of sessions (db/eeg.h). */
#include <config.h>

#include "db/eeg.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/cell.h"
#include "db/op.h"

#define SESSION_KEY \
	"participant_id = $1::uuid AND session_id = $2::uuid" \
	" AND organisation_id = $3::uuid"
#define RECEIVED_AT(number) \
	"(timestamptz 'epoch' + " number "::bigint * interval '1 microsecond')"

/* ---- storing ---- */

/*
 * The update changes nothing but locks the row, so that uploads of one session follow
 * each other, and makes a mere repeat write too: its commit then waits for a synchronous
 * standby that may lack what it acknowledges.
 */
const struct db_statement statement_eeg_recording_put = {
	.name = "eeg_recording_put",
	.sql = "INSERT INTO eeg_recording (participant_id, session_id, organisation_id,"
	       "  device, reference, sampling_rate_hz, window_s, step_s, channels,"
	       "  received_at)"
	       " SELECT participant_id, session_id, organisation_id, $4::text, $5::text,"
	       "        $6::float8, $7::float8, $8::float8, $9::text[]," RECEIVED_AT(
		       "$10") "   FROM session WHERE " SESSION_KEY
			      " ON CONFLICT (participant_id, session_id) DO UPDATE"
			      "  SET device = eeg_recording.device"
			      " RETURNING session_id",
	.role = DB_APP,
	.key = 1,
};

/* Undoes all when the session was recorded otherwise: false divides by zero. */
const struct db_statement statement_eeg_recording_guard = {
	.name = "eeg_recording_guard",
	.sql = "SELECT 1 / ((device, reference, sampling_rate_hz, window_s, step_s,"
	       "             channels) IS NOT DISTINCT FROM ($4::text, $5::text,"
	       "             $6::float8, $7::float8, $8::float8, $9::text[]))::integer"
	       "  FROM eeg_recording WHERE " SESSION_KEY,
	.role = DB_APP,
	.key = 1,
};

/*
 * The recording's lock is held, so this statement's snapshot has every epoch that was
 * stored before, and no other upload adds one. An epoch with this upload's own time is
 * from an attempt whose end was not seen.
 */
const struct db_statement statement_eeg_epoch_put = {
	.name = "eeg_epoch_put",
	.sql = "WITH offered AS ("
	       " SELECT u.seq, u.t_ms, u.power::real[] AS power,"
	       "        u.quality::real[] AS quality, u.e, u.e_se, u.e_n, u.b, u.b_se,"
	       "        u.b_n," RECEIVED_AT(
		       "$14") " AS received_at"
			      "   FROM unnest($4::integer[], $5::float8[], $6::text[], "
			      "$7::text[],"
			      "         $8::real[], $9::real[], $10::smallint[], "
			      "$11::real[],"
			      "         $12::real[], $13::smallint[])"
			      "        u(seq, t_ms, power, quality, e, e_se, e_n, b, "
			      "b_se, b_n)),"
			      " put AS ("
			      " INSERT INTO eeg_epoch (participant_id, session_id, "
			      "organisation_id, seq,"
			      "  t_ms, power, quality, engagement_index, "
			      "engagement_index_se,"
			      "  engagement_index_n, theta_beta, theta_beta_se, "
			      "theta_beta_n,"
			      "  received_at)"
			      " SELECT r.participant_id, r.session_id, "
			      "r.organisation_id, o.seq, o.t_ms,"
			      "        o.power, o.quality, o.e, o.e_se, o.e_n, o.b, "
			      "o.b_se, o.b_n,"
			      "        o.received_at"
			      "   FROM eeg_recording r, offered o WHERE r.participant_id "
			      "= $1::uuid"
			      "    AND r.session_id = $2::uuid AND r.organisation_id = "
			      "$3::uuid"
			      " ON CONFLICT (participant_id, session_id, seq) DO NOTHING"
			      " RETURNING seq)"
			      " SELECT (SELECT count(*) FROM put)"
			      "         + count(*) FILTER (WHERE e.received_at = "
			      "o.received_at),"
			      "        count(*) FILTER (WHERE e.received_at <> "
			      "o.received_at"
			      "         AND (e.t_ms, e.power, e.quality)"
			      "          IS NOT DISTINCT FROM (o.t_ms, o.power, "
			      "o.quality)),"
			      "        count(*) FILTER (WHERE e.received_at <> "
			      "o.received_at"
			      "         AND (e.t_ms, e.power, e.quality)"
			      "          IS DISTINCT FROM (o.t_ms, o.power, o.quality))"
			      "   FROM offered o JOIN eeg_epoch e ON e.participant_id = "
			      "$1::uuid"
			      "    AND e.session_id = $2::uuid AND e.organisation_id = "
			      "$3::uuid"
			      "    AND e.seq = o.seq",
	.role = DB_APP,
	.key = 1,
};

static void
on_stored(struct op *op, enum camp_err err)
{
	const PGresult *counted = op->steps[3].result;
	struct eeg_counts counts = {0};

	if (err == CAMP_OK && PQntuples(op->steps[1].result) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		counts.stored = (int32_t)column_int(counted, 0, 0);
		counts.repeated = (int32_t)column_int(counted, 0, 1);
		counts.conflicting = (int32_t)column_int(counted, 0, 2);
	}
	op->cb.eeg(op->arg, err, err == CAMP_OK ? &counts : NULL);
}

static void
session_key(struct op *op, const struct trial_owner *owner)
{
	op_uuid(op, &owner->participant_id);
	op_uuid(op, &owner->session_id);
	op_uuid(op, &owner->organisation_id);
}

static void
bind_number(struct op *op, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.17g", value);
	op_text(op, isnan(value) ? NULL : text);
}

static void
bind_setup(struct op *op, const struct trial_owner *owner, const struct eeg_setup *setup)
{
	session_key(op, owner);
	op_text(op, setup->device);
	op_text(op, setup->reference);
	bind_number(op, setup->sampling_rate_hz);
	bind_number(op, setup->window_s);
	bind_number(op, setup->step_s);
	op_text_array(op, setup->channels, setup->n_channels);
}

/* "{1.5,NULL}": 9 digits give every float back. */
static void
add_floats(struct buffer *out, const float *values, int n)
{
	for (int i = 0; i < n; i++) {
		buffer_add_char(out, i > 0 ? ',' : '{');
		if (isnan(values[i]))
			buffer_add_text(out, "NULL");
		else
			buffer_addf(out, "%.9g", (double)values[i]);
	}
	buffer_add_char(out, '}');
}

/* The text of a real[], or NULL for no values; borrowed from the buffer, once it is full.
 */
struct array_text {
	size_t at;
	bool null;
};

static void
add_epoch(struct buffer *text, const struct eeg_epoch *epoch, int n_channels,
	  struct array_text *power, struct array_text *quality)
{
	*power = (struct array_text){.at = text->len};
	for (int b = 0; b < EEG_BANDS; b++) {
		buffer_add_char(text, b > 0 ? ',' : '{');
		add_floats(text, epoch->log_power + b * n_channels, n_channels);
	}
	buffer_add(text, "}", 2);
	*quality = (struct array_text){.at = text->len, .null = !epoch->quality};
	if (epoch->quality)
		add_floats(text, epoch->quality, n_channels);
	buffer_add_char(text, '\0');
}

static void
bind_array_texts(struct op *op, const struct buffer *text,
		 const struct array_text *arrays, int n)
{
	const char *items[EEG_EPOCHS_PER_REQUEST_MAX] = {0};

	for (int i = 0; i < n; i++)
		items[i] = arrays[i].null ? NULL : text->data + arrays[i].at;
	op_text_array(op, items, n);
}

static void
bind_figures(struct op *op, const struct eeg_epoch *epochs, int n, size_t offset)
{
	double value[EEG_EPOCHS_PER_REQUEST_MAX] = {0},
	       se[EEG_EPOCHS_PER_REQUEST_MAX] = {0};
	int64_t channels[EEG_EPOCHS_PER_REQUEST_MAX] = {0};

	for (int i = 0; i < n; i++) {
		const struct eeg_figure *f =
			(const void *)((const char *)&epochs[i] + offset);

		value[i] = f->value;
		se[i] = f->standard_error;
		channels[i] = f->n;
	}
	op_real_array(op, value, n);
	op_real_array(op, se, n);
	op_int_array(op, channels, n);
}

static enum camp_err
bind_epochs(struct op *op, const struct eeg_epoch *epochs, int n, int n_channels)
{
	struct array_text power[EEG_EPOCHS_PER_REQUEST_MAX] = {0},
			  quality[EEG_EPOCHS_PER_REQUEST_MAX] = {0};
	int64_t seq[EEG_EPOCHS_PER_REQUEST_MAX] = {0};
	double t_ms[EEG_EPOCHS_PER_REQUEST_MAX] = {0};
	struct buffer text = {0};
	bool failed;

	for (int i = 0; i < n; i++) {
		seq[i] = epochs[i].seq;
		t_ms[i] = epochs[i].t_ms;
		add_epoch(&text, &epochs[i], n_channels, &power[i], &quality[i]);
	}
	failed = text.failed;
	if (!failed) {
		op_int_array(op, seq, n);
		op_real_array(op, t_ms, n);
		bind_array_texts(op, &text, power, n);
		bind_array_texts(op, &text, quality, n);
		bind_figures(op, epochs, n, offsetof(struct eeg_epoch, engagement));
		bind_figures(op, epochs, n, offsetof(struct eeg_epoch, theta_beta));
	}
	buffer_clear(&text);
	return failed ? CAMP_ERR_MEMORY : CAMP_OK;
}

enum camp_err
db_eeg_insert(struct db *db, const struct trial_owner *owner,
	      const struct eeg_setup *setup, const struct eeg_epoch *epochs, int n,
	      db_eeg_cb *cb, void *arg)
{
	struct op *op = op_new(db, DB_APP, on_stored);
	int64_t now_us = cell_now_us();

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.eeg = cb;
	op->arg = arg;
	op_tenant(op, &owner->organisation_id);
	op_step(op, &statement_eeg_recording_put);
	bind_setup(op, owner, setup);
	op_int(op, now_us);
	op_step(op, &statement_eeg_recording_guard);
	bind_setup(op, owner, setup);
	op_step(op, &statement_eeg_epoch_put);
	session_key(op, owner);
	if (bind_epochs(op, epochs, n, setup->n_channels) != CAMP_OK) {
		op_free(op);
		return CAMP_ERR_MEMORY;
	}
	op_int(op, now_us);
	op_expect(op, "22012", CAMP_ERR_EEG_SETUP);
	return op_submit(op);
}

/* ---- reading ---- */

const struct db_statement statement_eeg_recording_get = {
	.name = "eeg_recording_get",
	.sql = "SELECT r.device, r.reference, r.sampling_rate_hz, r.window_s, r.step_s,"
	       "       array_to_string(r.channels, ' ')"
	       "  FROM session s LEFT JOIN eeg_recording r"
	       "    ON r.participant_id = s.participant_id"
	       "   AND r.session_id = s.session_id"
	       " WHERE s.participant_id = $1::uuid AND s.session_id = $2::uuid"
	       "   AND s.organisation_id = $3::uuid",
	.role = DB_APP,
	.key = 1,
};

const struct db_statement statement_eeg_epochs_get = {
	.name = "eeg_epochs_get",
	.sql = "SELECT seq, t_ms, engagement_index, engagement_index_se,"
	       "       engagement_index_n, theta_beta, theta_beta_se, theta_beta_n"
	       "  FROM eeg_epoch WHERE " SESSION_KEY " ORDER BY seq",
	.role = DB_APP,
	.key = 1,
};

static struct eeg_figure
figure_at(const PGresult *result, int row, int column)
{
	return (struct eeg_figure){column_real(result, row, column),
				   column_real(result, row, column + 1),
				   (int)column_int(result, row, column + 2)};
}

/* NULL when memory ran out; the caller's. */
static struct eeg_epoch *
epochs_read(const PGresult *result)
{
	int n = PQntuples(result);
	struct eeg_epoch *epochs = calloc((size_t)n + 1, sizeof(*epochs));

	for (int i = 0; epochs && i < n; i++) {
		epochs[i].seq = (int32_t)column_int(result, i, 0);
		epochs[i].t_ms = column_real(result, i, 1);
		epochs[i].engagement = figure_at(result, i, 2);
		epochs[i].theta_beta = figure_at(result, i, 5);
	}
	return epochs;
}

/* names keeps what setup->channels points into. */
static void
setup_read(struct eeg_setup *setup, const PGresult *result, char *names, size_t size)
{
	*setup = (struct eeg_setup){
		.device = column_text(result, 0, 0),
		.reference = column_text(result, 0, 1),
		.sampling_rate_hz = column_real(result, 0, 2),
		.window_s = column_real(result, 0, 3),
		.step_s = column_real(result, 0, 4),
	};
	column_copy(result, 0, 5, names, size);
	setup->n_channels = words_split(names, setup->channels, EEG_CHANNELS_MAX);
}

static void
on_read(struct op *op, enum camp_err err)
{
	const PGresult *recording = op->steps[1].result;
	char names[EEG_CHANNELS_MAX * 8];
	struct eeg_epoch *epochs = NULL;
	struct eeg_setup setup;
	bool there = false;

	if (err == CAMP_OK && PQntuples(recording) == 0)
		err = CAMP_ERR_NOT_FOUND;
	if (err == CAMP_OK) {
		there = !PQgetisnull(recording, 0, 0);
		epochs = epochs_read(op->steps[2].result);
		if (epochs == NULL)
			err = CAMP_ERR_MEMORY;
	}
	if (err == CAMP_OK && there)
		setup_read(&setup, recording, names, sizeof(names));
	op->cb.eeg_read(op->arg, err, err == CAMP_OK && there ? &setup : NULL, epochs,
			err == CAMP_OK ? PQntuples(op->steps[2].result) : 0);
	free(epochs);
}

enum camp_err
db_eeg_get(struct db *db, const struct uuid *organisation_id,
	   const struct uuid *participant_id, const struct uuid *session_id,
	   db_eeg_read_cb *cb, void *arg)
{
	const struct trial_owner owner = {.organisation_id = *organisation_id,
					  .participant_id = *participant_id,
					  .session_id = *session_id};
	struct op *op = op_new(db, DB_APP, on_read);

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	op->cb.eeg_read = cb;
	op->arg = arg;
	op_tenant(op, organisation_id);
	op_step(op, &statement_eeg_recording_get);
	session_key(op, &owner);
	op_step(op, &statement_eeg_epochs_get);
	session_key(op, &owner);
	return op_submit(op);
}
