#include "server/cli/recording_eeg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/signal/eeg_channel.h"
#include "server/cli/recording.h"
#include "server/cli/row_text.h"

#define BETWEEN_TRIALS_MS 2000

/* The column of a channel and band, or -1. */
static int
band_column(const struct csv *csv, const char *column, size_t channel_len, int band)
{
	const char *name = eeg_bands[band].name;

	for (int i = 0; i < csv_columns(csv); i++) {
		const char *other = csv_column_name(csv, i);

		if (strncmp(other, column, channel_len + 1) == 0 &&
		    strcmp(other + channel_len + 1, name) == 0)
			return i;
	}
	return -1;
}

void
recording_eeg_find(struct recording_eeg *eeg, const struct csv *csv)
{
	int places[EEG_CHANNELS_MAX];

	eeg->n = 0;
	for (int i = 0; i < csv_columns(csv) && eeg->n < EEG_CHANNELS_MAX; i++) {
		const char *column = csv_column_name(csv, i);
		const char *end = strchr(column, '_');
		size_t len = end ? (size_t)(end - column) : 0;
		int place = end ? eeg_channel_place(column, len) : -1;
		bool whole = place >= 0;

		for (int c = 0; c < eeg->n; c++)
			whole &= places[c] != place;
		for (int b = 0; b < EEG_BANDS && whole; b++) {
			eeg->column[eeg->n][b] = band_column(csv, column, len, b);
			whole = eeg->column[eeg->n][b] >= 0;
		}
		if (!whole)
			continue;
		eeg->name[eeg->n] = eeg_channel_name(column, len);
		places[eeg->n++] = place;
	}
}

bool
recording_eeg_uses(const struct recording_eeg *eeg, int column)
{
	for (int c = 0; c < eeg->n; c++)
		for (int b = 0; b < EEG_BANDS; b++)
			if (eeg->column[c][b] == column)
				return true;
	return false;
}

static bool
read_power(const struct csv_field *field, float *out)
{
	const char *text = field->text + (field->text[0] == '-');

	*out = NAN;
	if (field->len == 0)
		return true;
	if (!row_text_is_decimal(text))
		return false;
	*out = strtof(field->text, NULL);
	return *out >= (float)EEG_LOG_POWER_MIN && *out <= (float)EEG_LOG_POWER_MAX;
}

int
recording_eeg_read(const struct recording_eeg *eeg, const struct csv_field *fields,
		   float *power)
{
	for (int c = 0; c < eeg->n; c++)
		for (int b = 0; b < EEG_BANDS; b++)
			if (!read_power(&fields[eeg->column[c][b]],
					&power[b * eeg->n + c]))
				return eeg->column[c][b];
	return -1;
}

static bool
has_epoch(const struct recording *rec, const struct recording_session *session, int32_t i)
{
	int n = rec->eeg.n * EEG_BANDS;

	for (int k = 0; k < n; k++)
		if (!isnan(session->power[(size_t)i * (size_t)n + (size_t)k]))
			return true;
	return false;
}

enum camp_err
recording_eeg_lay_out(const struct recording *rec, struct recording_session *session)
{
	int32_t n = session->n_trials, n_epochs = 0;
	double onset_ms = 0;

	session->n_epochs = 0;
	if (rec->eeg.n == 0 || n == 0)
		return CAMP_OK;
	session->onset_ms = calloc((size_t)n, sizeof(*session->onset_ms));
	session->epoch_trial = calloc((size_t)n, sizeof(*session->epoch_trial));
	if (!session->onset_ms || !session->epoch_trial)
		return CAMP_ERR_MEMORY;
	for (int32_t i = 0; i < n; i++) {
		float rt_ms = session->trials[i].rt_ms;

		onset_ms += BETWEEN_TRIALS_MS;
		session->onset_ms[i] = onset_ms;
		onset_ms += isnan(rt_ms) ? 0 : ceil((double)rt_ms);
		if (has_epoch(rec, session, i))
			session->epoch_trial[n_epochs++] = i;
	}
	if (n_epochs > 0 && (n_epochs > EEG_SEQ_MAX + 1 || onset_ms > TRIAL_ONSET_MS_MAX))
		return CAMP_ERR_INVALID;
	session->n_epochs = n_epochs;
	return CAMP_OK;
}
