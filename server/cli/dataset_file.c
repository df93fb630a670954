#include "server/cli/dataset_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/trial.h"
#include "models/signal/eeg_channel.h"
#include "server/cli/cli.h"

enum column {
	PARTICIPANT,
	TRIAL,
	CONDITION,
	CORRECT,
	RT_MS,
	N_NEEDED,
	SESSION = N_NEEDED,
	TASK,
	SET_SIZE,
	LOAD,
	SOA_MS,
	DIFFICULTY,
	ONSET_MS,
	N_COLUMNS
};

static const char *const column_names[N_COLUMNS] = {
	[PARTICIPANT] = "participant",
	[TRIAL] = "trial",
	[CONDITION] = "condition",
	[CORRECT] = "correct",
	[RT_MS] = "rt_ms",
	[SESSION] = "session",
	[TASK] = "task",
	[SET_SIZE] = "set_size",
	[LOAD] = "load",
	[SOA_MS] = "soa_ms",
	[DIFFICULTY] = "difficulty",
	[ONSET_MS] = "onset_ms",
};

#define NUMBERS_MAX 1e12 /* of parameters and onsets, either sign */

/* A column of band power. */
struct band_column {
	int column, region, band;
};

struct reader {
	struct dataset *data;
	struct dataset_file_notes *notes;
	struct csv *csv;
	const char *path, *wanted_task, *task; /* task: of files without the column */
	int column[N_COLUMNS];
	struct band_column bands[CSV_COLUMNS_MAX];
	int n_bands;
	/* The row in hand. */
	const struct csv_field *fields;
	struct sequence_epoch epoch;
};

static bool
is_name(const struct csv_field *field)
{
	if (field->len < 1 || field->len > DATASET_NAME_MAX)
		return false;
	for (size_t i = 0; i < field->len; i++) {
		unsigned char c = (unsigned char)field->text[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_none(const struct csv_field *field)
{
	return field->len == 0 || strcasecmp(field->text, "na") == 0 ||
	       strcasecmp(field->text, "nan") == 0;
}

/* NAN for none. */
static bool
read_number(const struct csv_field *field, double *out)
{
	const char *text = field->text;

	*out = (double)NAN;
	if (is_none(field))
		return true;
	if (!row_text_is_decimal(*text == '-' ? text + 1 : text))
		return false;
	*out = strtod(text, NULL);
	return fabs(*out) <= NUMBERS_MAX;
}

static bool
read_trial_number(const struct csv_field *field, int32_t *out)
{
	double value;

	*out = -1;
	if (!read_number(field, &value))
		return false;
	if (isnan(value))
		return true;
	if (value < 0 || value > INT32_MAX || value != floor(value))
		return false;
	*out = (int32_t)value;
	return true;
}

static bool
read_correct(const struct csv_field *field, bool *out)
{
	double value;

	*out = strcasecmp(field->text, "true") == 0;
	if (*out || strcasecmp(field->text, "false") == 0)
		return true;
	if (!read_number(field, &value))
		return false;
	*out = value == 1;
	return value == 1 || value == 0;
}

static const struct csv_field *
field_of(const struct reader *r, enum column column)
{
	return r->column[column] < 0 ? NULL : &r->fields[r->column[column]];
}

/* Notes what a column's field is not; false, for return. */
static bool
refuse(struct reader *r, int column, const char *expected)
{
	char text[ROW_TEXT_SHOWN_SIZE];

	row_problems_add(&r->notes->problems,
			 "line %" PRIu64 ", column \"%s\": \"%s\" is not %s",
			 csv_line(r->csv), csv_column_name(r->csv, column),
			 row_text_shown(&r->fields[column], text), expected);
	return false;
}

/* One of the columns that hold a name; fallback when the file has no such column. */
static bool
read_name(struct reader *r, enum column column, const char *fallback, const char **out)
{
	const struct csv_field *field = field_of(r, column);

	*out = field ? field->text : fallback;
	if (!field || is_name(field))
		return true;
	return refuse(r, r->column[column],
		      "a name of 1 to 128 bytes without control characters");
}

static bool
read_optional_number(struct reader *r, enum column column, double *out)
{
	const struct csv_field *field = field_of(r, column);

	*out = (double)NAN;
	if (!field || read_number(field, out))
		return true;
	return refuse(r, r->column[column], "a number, or nothing");
}

static bool
read_rt(struct reader *r, float *out)
{
	double rt_ms;

	*out = NAN;
	if (!read_number(field_of(r, RT_MS), &rt_ms))
		return refuse(r, r->column[RT_MS], "milliseconds, or nothing");
	if (isnan(rt_ms))
		return true;
	if (rt_ms < DATASET_RT_MS_MIN || rt_ms > DATASET_RT_MS_MAX)
		r->notes->rt_missing++;
	else
		*out = (float)rt_ms;
	return true;
}

static bool
read_trial(struct reader *r, struct dataset_row *row)
{
	double value;

	if (!read_name(r, PARTICIPANT, NULL, &row->participant) ||
	    !read_name(r, SESSION, "1", &row->session) ||
	    !read_name(r, TASK, r->task, &row->task) ||
	    !read_name(r, CONDITION, NULL, &row->condition))
		return false;
	if (!read_trial_number(field_of(r, TRIAL), &row->number))
		return refuse(r, r->column[TRIAL], "a whole number, or nothing");
	if (!read_correct(field_of(r, CORRECT), &row->trial.correct))
		return refuse(r, r->column[CORRECT], "1, 0, true or false");
	for (int i = 0; i < SEQUENCE_PARAMETERS; i++) {
		if (!read_optional_number(r, (enum column)(SET_SIZE + i), &value))
			return false;
		row->trial.parameters[i] = (float)value;
	}
	return read_optional_number(r, ONSET_MS, &row->trial.onset_ms);
}

/* Sets row->epoch when any channel has a value. */
static bool
read_epoch(struct reader *r, struct dataset_row *row)
{
	double sum[EEG_REGIONS][EEG_BANDS] = {{0}};
	int n[EEG_REGIONS][EEG_BANDS] = {{0}};

	for (int i = 0; i < r->n_bands; i++) {
		const struct band_column *b = &r->bands[i];
		double value;

		if (!read_number(&r->fields[b->column], &value))
			return refuse(r, b->column, "a number, or nothing");
		if (isnan(value))
			continue;
		sum[b->region][b->band] += value;
		n[b->region][b->band]++;
		row->epoch = &r->epoch;
	}
	for (int i = 0; i < EEG_REGIONS; i++) {
		for (int j = 0; j < EEG_BANDS; j++)
			r->epoch.log_power[i][j] =
				n[i][j] ? (float)(sum[i][j] / n[i][j]) : NAN;
	}
	return true;
}

static enum camp_err
add_row(struct reader *r)
{
	struct dataset_row row = {0};
	uint64_t rt_missing = r->notes->rt_missing;
	enum camp_err err;

	if (!read_trial(r, &row) || !read_epoch(r, &row) || !read_rt(r, &row.trial.rt_ms))
		return CAMP_OK;
	if (r->wanted_task && strcmp(row.task, r->wanted_task) != 0) {
		r->notes->other_task_rows++;
		r->notes->rt_missing = rt_missing;
		return CAMP_OK;
	}
	err = dataset_add(r->data, &row);
	if (err != CAMP_OK)
		return err;
	r->notes->rows++;
	r->notes->epochs += row.epoch != NULL;
	return CAMP_OK;
}

static enum camp_err
read_rows(struct reader *r, char *why, size_t why_size)
{
	enum camp_err err = CAMP_OK;

	while (err == CAMP_OK) {
		switch (csv_next(r->csv, &r->fields)) {
		case CSV_ROW:
			err = add_row(r);
			break;
		case CSV_BAD_LINE:
			row_problems_add(&r->notes->problems, "line %" PRIu64 " %s",
					 csv_line(r->csv), csv_why(r->csv));
			break;
		case CSV_END:
			return CAMP_OK;
		case CSV_FAILED:
			snprintf(why, why_size, "\"%s\", after line %" PRIu64 ": %s",
				 r->path, csv_line(r->csv), csv_why(r->csv));
			return CAMP_ERR_FAULT;
		}
	}
	return err;
}

/* "TP9_alpha": region and band; false for anything else. */
static bool
read_band_name(const char *name, struct band_column *out)
{
	static const char *const bands[EEG_BANDS] = {"delta", "theta", "alpha", "beta",
						     "gamma"};
	const char *cut = strrchr(name, '_');
	char channel[16];

	if (!cut || (size_t)(cut - name) >= sizeof(channel))
		return false;
	memcpy(channel, name, (size_t)(cut - name));
	channel[cut - name] = '\0';
	out->region = eeg_region_of(channel);
	out->band = -1;
	for (int i = 0; i < EEG_BANDS; i++) {
		if (strcasecmp(cut + 1, bands[i]) == 0)
			out->band = i;
	}
	return out->region >= 0 && out->band >= 0;
}

static enum camp_err
find_columns(struct reader *r, char *why, size_t why_size)
{
	static const char *const session_names[] = {"phase", "study"};

	for (int c = 0; c < N_COLUMNS; c++) {
		r->column[c] = csv_column(r->csv, column_names[c]);
		if (r->column[c] < 0 && c < N_NEEDED) {
			snprintf(why, why_size,
				 "\"%s\": line 1 has no column \"%s\" (needed: "
				 "participant, trial, condition, correct, rt_ms)",
				 r->path, column_names[c]);
			return CAMP_ERR_INVALID;
		}
	}
	for (int i = 0; i < 2 && r->column[SESSION] < 0; i++)
		r->column[SESSION] = csv_column(r->csv, session_names[i]);
	for (int c = 0; c < csv_columns(r->csv); c++) {
		struct band_column *band = &r->bands[r->n_bands];

		if (read_band_name(csv_column_name(r->csv, c), band)) {
			band->column = c;
			r->n_bands++;
		}
	}
	return CAMP_OK;
}

/* "a/stroop13_trials.csv.gz" -> "stroop13". */
static void
name_task(const char *path, char out[DATASET_NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strcspn(base, "_.-");

	if (n == 0)
		snprintf(out, DATASET_NAME_MAX + 1, "task");
	else
		snprintf(out, DATASET_NAME_MAX + 1, "%.*s",
			 (int)(n < DATASET_NAME_MAX ? n : DATASET_NAME_MAX), base);
}

enum camp_err
dataset_file_add(struct dataset *data, const char *path, const char *task,
		 struct dataset_file_notes *notes, char *why, size_t why_size)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum camp_err err = CAMP_ERR_MEMORY;

	memset(notes, 0, sizeof(*notes));
	snprintf(why, why_size, "\"%s\" does not fit into memory", path);
	if (!r)
		return err;
	r->data = data;
	r->notes = notes;
	r->path = path;
	r->wanted_task = r->task = task;
	err = csv_open(&r->csv, path, why, why_size);
	if (err != CAMP_OK)
		goto out;
	snprintf(why, why_size, "\"%s\" does not fit into memory", path);
	err = find_columns(r, why, why_size);
	if (err != CAMP_OK)
		goto out;
	if (r->column[TASK] < 0 && !task) {
		name_task(path, notes->task);
		r->task = notes->task;
	}
	err = read_rows(r, why, why_size);
out:
	if (r->csv)
		csv_close(r->csv);
	free(r);
	return err;
}

static void
print_notes(const struct dataset_file_notes *notes, const char *path, const char *verb)
{
	row_problems_print(&notes->problems, path, 0);
	if (notes->task[0])
		fprintf(stderr,
			"camp %s: \"%s\" has no column \"task\"; its task is taken to be "
			"\"%s\" (--task names another)\n",
			verb, path, notes->task);
	if (notes->rt_missing > 0)
		fprintf(stderr,
			"camp %s: \"%s\": %" PRIu64 " response times outside %.0f to "
			"%.0f ms count as missing\n",
			verb, path, notes->rt_missing, DATASET_RT_MS_MIN,
			DATASET_RT_MS_MAX);
}

static int
load_file(struct dataset *data, const char *path, const struct dataset_flags *flags,
	  const char *verb)
{
	struct dataset_file_notes notes;
	int status = CLI_GO_ON;
	char why[512];

	if (dataset_file_add(data, path, flags->task, &notes, why, sizeof(why)) !=
	    CAMP_OK) {
		row_problems_print(&notes.problems, path, 0);
		status = cli_usage(verb, "%s", why);
		goto out;
	}
	print_notes(&notes, path, verb);
	if (notes.problems.n > 0 && !flags->skip_bad)
		status = cli_usage(verb,
				   "\"%s\" has malformed lines (--skip-bad leaves them "
				   "out)",
				   path);
	else if (notes.rows == 0 && notes.other_task_rows > 0)
		status = cli_usage(verb, "\"%s\" has no rows of task \"%s\"", path,
				   flags->task);
	else if (notes.rows == 0)
		status = cli_usage(verb, "\"%s\" has no usable rows after its header",
				   path);
out:
	row_problems_clear(&notes.problems);
	return status;
}

int
dataset_flags_load(struct dataset *data, const struct dataset_flags *flags,
		   const char *verb)
{
	int status = CLI_GO_ON;

	if (flags->files.n == 0)
		return cli_usage(verb, "needs --data FILE...");
	for (int i = 0; status < 0 && i < flags->files.n; i++)
		status = load_file(data, flags->files.value[i], flags, verb);
	if (status < 0 && dataset_finish(data) != CAMP_OK)
		status = cli_fail(verb, "%s", camp_err_title(CAMP_ERR_MEMORY));
	return status;
}
