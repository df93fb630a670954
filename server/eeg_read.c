#include "server/eeg_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/signal/eeg_summary.h"
#include "server/json_read.h"

#define RATE_HZ_MIN 1
#define WINDOW_S_MIN 0.01

/* One list of numbers, an element a channel. */
struct list {
	const struct json_path *at; /* of the object that holds it */
	const char *key;
	int n;
	bool nullable; /* its elements */
	double min, max;
	struct problem *why;
};

static void
read_channels(struct eeg_setup *setup, const struct json_in *in)
{
	struct json_path list = {NULL, "channels", 0};
	int places[EEG_CHANNELS_MAX];
	json_t *channels;

	if (!json_read_array(in, "channels", JSON_REQUIRED, 1, EEG_CHANNELS_MAX,
			     &channels))
		return;
	for (size_t i = 0; i < json_array_size(channels); i++) {
		const struct json_path at = {&list, NULL, i};
		json_t *item = json_array_get(channels, i);
		const char *text = json_string_value(item);
		size_t len = json_string_length(item);

		if (!text) {
			problem_add(in->why, &at, "wrong_type", "must be a string");
			continue;
		}
		setup->channels[i] = eeg_channel_name(text, len);
		places[i] = eeg_channel_place(text, len);
		if (places[i] < 0) {
			problem_add(in->why, &at, "unknown_name",
				    "is no place of the 10-20 or 10-10 system");
			continue;
		}
		for (size_t before = 0; before < i; before++)
			if (places[before] == places[i])
				problem_add(in->why, &at, "duplicate",
					    "is the same place as /channels/%zu", before);
	}
	setup->n_channels = (int)json_array_size(channels);
}

static void
read_setup(struct eeg_setup *setup, const struct json_in *in, bool *microvolts)
{
	const struct json_path at = {NULL, "unit", 0};
	const char *unit;

	setup->sampling_rate_hz = setup->step_s = NAN;
	json_read_string(in, "device", JSON_REQUIRED, 1, EEG_LABEL_BYTES_MAX,
			 &setup->device);
	json_read_string(in, "reference", JSON_NULLABLE, 1, EEG_LABEL_BYTES_MAX,
			 &setup->reference);
	json_read_number(in, "sampling_rate_hz", JSON_REQUIRED | JSON_NULLABLE,
			 RATE_HZ_MIN, EEG_RATE_HZ_MAX, &setup->sampling_rate_hz);
	json_read_number(in, "window_s", JSON_REQUIRED, WINDOW_S_MIN, EEG_WINDOW_S_MAX,
			 &setup->window_s);
	json_read_number(in, "step_s", JSON_NULLABLE, WINDOW_S_MIN, EEG_WINDOW_S_MAX,
			 &setup->step_s);
	if (json_read_string(in, "unit", JSON_REQUIRED, 1, 16, &unit)) {
		*microvolts = strcmp(unit, "uv2") == 0;
		if (!*microvolts && strcmp(unit, "log10_uv2") != 0)
			problem_add(in->why, &at, "unknown_name",
				    "must be uv2 or log10_uv2");
	}
	read_channels(setup, in);
}

/* Reads the list into out[0..n); what is wrong stays NAN there. */
static void
read_list(const struct list *list, const json_t *array, double *out)
{
	const struct json_path parent = {list->at, list->key, 0};

	for (int i = 0; i < list->n; i++) {
		const struct json_path at = {&parent, NULL, (size_t)i};
		json_t *item = json_array_get(array, (size_t)i);
		bool number = json_is_number(item);

		out[i] = number ? json_number_value(item) : NAN;
		if (json_is_null(item) && list->nullable)
			continue;
		if (number && out[i] >= list->min && out[i] <= list->max)
			continue;
		problem_add(list->why, &at, number ? "out_of_range" : "wrong_type",
			    "must be %sa number from %.15g to %.15g",
			    list->nullable ? "null or " : "", list->min, list->max);
	}
}

static void
read_power(const struct json_in *in, int n_channels, bool microvolts, float *out)
{
	static const char *const known[] = {"delta", "theta", "alpha",
					    "beta",  "gamma", NULL};
	double values[EEG_CHANNELS_MAX];

	for (int b = 0; b < EEG_BANDS; b++) {
		const char *band = eeg_bands[b].name;
		struct list list = {in->at,
				    band,
				    n_channels,
				    true,
				    EEG_LOG_POWER_MIN,
				    EEG_LOG_POWER_MAX,
				    in->why};
		json_t *array;

		if (microvolts) {
			list.min = eeg_power_uv2(EEG_LOG_POWER_MIN);
			list.max = eeg_power_uv2(EEG_LOG_POWER_MAX);
		}
		if (!json_read_array(in, band, JSON_REQUIRED, (size_t)n_channels,
				     (size_t)n_channels, &array))
			continue;
		read_list(&list, array, values);
		for (int c = 0; c < n_channels; c++)
			out[b * n_channels + c] =
				(float)(microvolts ? eeg_log_power(values[c])
						   : values[c]);
	}
	json_read_end(in, known);
}

static void
read_quality(struct eeg_epoch *epoch, const struct json_in *in, int n_channels,
	     float *out)
{
	const struct list list = {in->at, "quality", n_channels, false, 0, 1, in->why};
	double values[EEG_CHANNELS_MAX];
	json_t *array;

	if (!json_read_array(in, "quality", JSON_NULLABLE, (size_t)n_channels,
			     (size_t)n_channels, &array))
		return;
	read_list(&list, array, values);
	for (int c = 0; c < n_channels; c++)
		out[c] = (float)values[c];
	epoch->quality = out;
}

static void
read_epoch(struct eeg_upload *u, int i, bool microvolts, const struct json_in *in)
{
	static const char *const known[] = {"seq", "t_ms", "power", "quality", NULL};
	struct eeg_epoch *epoch = &u->epochs[i], *before = i > 0 ? epoch - 1 : NULL;
	const struct json_path power_at = {in->at, "power", 0},
			       seq_at = {in->at, "seq", 0}, t_at = {in->at, "t_ms", 0};
	int n = u->setup.n_channels;
	float *numbers = u->numbers + (size_t)i * (size_t)n * (EEG_BANDS + 1);
	struct json_in power = {NULL, &power_at, in->why};
	int64_t seq;

	epoch->log_power = numbers;
	if (json_read_int(in, "seq", JSON_REQUIRED, 0, EEG_SEQ_MAX, &seq)) {
		epoch->seq = (int32_t)seq;
		if (before && epoch->seq <= before->seq)
			problem_add(in->why, &seq_at, "order",
				    "must be above the seq of the epoch before it");
	}
	if (json_read_number(in, "t_ms", JSON_REQUIRED, 0, EEG_T_MS_MAX, &epoch->t_ms) &&
	    before && epoch->t_ms <= before->t_ms)
		problem_add(in->why, &t_at, "order",
			    "must be later than the epoch before it");
	/* json_read_object() would write it out to measure it. */
	power.object = json_object_get(in->object, "power");
	if (json_is_object(power.object))
		read_power(&power, n, microvolts, numbers);
	else
		problem_add(in->why, &power_at, power.object ? "wrong_type" : "missing",
			    "must be an object of the five bands");
	read_quality(epoch, in, n, numbers + n * EEG_BANDS);
	json_read_end(in, known);
}

static enum camp_err
read_epochs(struct eeg_upload *u, json_t *array, bool microvolts, struct problem *why)
{
	const struct json_path list = {NULL, "epochs", 0};
	size_t n = json_array_size(array), n_channels = (size_t)u->setup.n_channels;

	u->epochs = calloc(n, sizeof(*u->epochs));
	u->numbers = calloc(n * n_channels * (EEG_BANDS + 1), sizeof(*u->numbers));
	if (!u->epochs || !u->numbers)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < n && !why->truncated; i++) {
		const struct json_path at = {&list, NULL, i};
		const struct json_in in = {json_array_get(array, i), &at, why};

		if (json_is_object(in.object))
			read_epoch(u, (int)i, microvolts, &in);
		else
			problem_add(why, &at, "wrong_type", "must be an object");
	}
	if (why->count)
		return CAMP_ERR_INVALID;
	u->n = (int)n;
	for (size_t i = 0; i < n; i++)
		eeg_epoch_figures(&u->epochs[i], u->setup.n_channels);
	return CAMP_OK;
}

enum camp_err
eeg_read(struct eeg_upload *out, const char *body, size_t len, struct problem *why)
{
	static const char *const known[] = {"device",   "reference", "sampling_rate_hz",
					    "channels", "unit",      "window_s",
					    "step_s",   "epochs",    NULL};
	struct json_in in = {NULL, NULL, why};
	json_t *epochs = NULL;
	bool microvolts = false;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	err = json_read_body(&out->root, body, len, why);
	if (err != CAMP_OK)
		return err;
	in.object = out->root;
	json_read_end(&in, known);
	read_setup(&out->setup, &in, &microvolts);
	json_read_array(&in, "epochs", JSON_REQUIRED, 1, EEG_EPOCHS_PER_REQUEST_MAX,
			&epochs);
	err = why->count ? CAMP_ERR_INVALID : read_epochs(out, epochs, microvolts, why);
	if (err != CAMP_OK)
		eeg_upload_clear(out);
	return err;
}

void
eeg_upload_clear(struct eeg_upload *upload)
{
	free(upload->epochs);
	free(upload->numbers);
	json_decref(upload->root);
	memset(upload, 0, sizeof(*upload));
}
