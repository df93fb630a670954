/*
 * POST /api/v1/sessions/{session}/eeg: store epochs of band power.
 * GET  /api/v1/sessions/{session}/eeg: the figures of the stored epochs and of the
 * session.
 *
 * EEG is not part of what completing a session seals: a headset's own program may send it
 * later, so a complete session still takes it. It never changes a score.
 */
#include <math.h>
#include <stdlib.h>

#include "db/eeg.h"
#include "models/signal/eeg_summary.h"
#include "server/eeg_read.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

static void
on_stored(void *arg, enum camp_err err, const struct eeg_counts *counts)
{
	struct request *rq = arg;

	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_take_json(rq, 200,
				json_pack("{s:i, s:i, s:i}", "stored",
					  (int)counts->stored, "repeated",
					  (int)counts->repeated, "conflicting",
					  (int)counts->conflicting));
}

enum camp_err
handle_eeg_post(struct request *rq)
{
	struct eeg_upload upload;
	struct problem why;
	enum camp_err err;

	problem_reset(&why);
	err = eeg_read(&upload, rq->body.data, rq->body.len, &why);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		return CAMP_OK;
	}
	/* Copies what it needs; from here on_stored() answers. */
	err = db_eeg_insert(rq->sv->db, &rq->auth.owner, &upload.setup, upload.epochs,
			    upload.n, on_stored, rq);
	eeg_upload_clear(&upload);
	return err;
}

static json_t *
setup_json(const struct eeg_setup *setup)
{
	if (!setup)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "device", setup->device,
			 "reference", json_write_text(setup->reference),
			 "sampling_rate_hz", json_write_number(setup->sampling_rate_hz),
			 "window_s", json_write_number(setup->window_s), "step_s",
			 json_write_number(setup->step_s), "channels",
			 json_write_texts(setup->channels, setup->n_channels));
}

static json_t *
figure_json(const struct eeg_figure *figure)
{
	return json_pack("{s:o, s:o, s:i}", "value", json_write_number(figure->value),
			 "standard_error", json_write_number(figure->standard_error), "n",
			 figure->n);
}

static json_t *
epochs_json(const struct eeg_epoch *epochs, int n)
{
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:i, s:f, s:o, s:o}", "seq",
						(int)epochs[i].seq, "t_ms",
						epochs[i].t_ms, "engagement_index",
						figure_json(&epochs[i].engagement),
						"theta_beta",
						figure_json(&epochs[i].theta_beta)));
	return list;
}

static json_t *
summary_json(const struct eeg_epoch *epochs, int n, double *values)
{
	struct eeg_figure engagement, theta_beta;

	for (int i = 0; i < n; i++)
		values[i] = epochs[i].engagement.value;
	engagement = eeg_session_figure(values, (size_t)n);
	for (int i = 0; i < n; i++)
		values[i] = epochs[i].theta_beta.value;
	theta_beta = eeg_session_figure(values, (size_t)n);
	return json_pack("{s:o, s:o}", "engagement_index", figure_json(&engagement),
			 "theta_beta", figure_json(&theta_beta));
}

static void
on_read(void *arg, enum camp_err err, const struct eeg_setup *setup,
	const struct eeg_epoch *epochs, int n)
{
	struct request *rq = arg;
	double *values = NULL;

	if (err == CAMP_OK) {
		values = calloc((size_t)n + 1, sizeof(*values));
		if (!values)
			err = CAMP_ERR_MEMORY;
	}
	if (err != CAMP_OK)
		reply_error(rq, err);
	else
		reply_take_json(rq, 200,
				json_pack("{s:o, s:o, s:o}", "recording",
					  setup_json(setup), "summary",
					  summary_json(epochs, n, values), "epochs",
					  epochs_json(epochs, n)));
	free(values);
}

enum camp_err
handle_eeg_get(struct request *rq)
{
	const struct trial_owner *owner = &rq->auth.owner;
	struct uuid session_id;
	enum camp_err err = request_param_uuid(rq, "session", &session_id);

	if (err != CAMP_OK)
		return err;
	/* The participant is part of the key: another's session is not found. */
	return db_eeg_get(rq->sv->db, &owner->organisation_id, &owner->participant_id,
			  &session_id, on_read, rq);
}
