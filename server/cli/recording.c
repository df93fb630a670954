#include "server/cli/recording.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adding to a table without memory leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/csv.h"

struct name_entry {
	UT_hash_handle hh;
	int at;
	char name[];
};

struct group_key {
	int person, task;
	char label[RECORDING_LABEL_MAX + 1];
};

struct group_entry {
	UT_hash_handle hh;
	struct group_key key;
	int session; /* of the person */
};

struct recording_index {
	struct name_entry *people, *conditions;
	struct group_entry *groups;
	int people_cap, conditions_cap;
};

enum column { PARTICIPANT, SESSION, TRIAL, TASK, CONDITION, CORRECT, RT_MS, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"participant", "session",   "trial",
						    "task",        "condition", "correct",
						    "rt_ms"};

#define add_problem(rec, ...) \
	((rec)->bad_rows++, row_problems_add(&(rec)->problems, __VA_ARGS__))

static bool
is_label(const struct csv_field *field)
{
	if (field->len < 1 || field->len > RECORDING_LABEL_MAX)
		return false;
	for (size_t i = 0; i < field->len; i++) {
		char c = field->text[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static bool
read_number(const struct csv_field *field, int32_t *out)
{
	int64_t value = 0;

	*out = -1;
	if (field->len == 0)
		return true;
	for (size_t i = 0; i < field->len; i++) {
		if (field->text[i] < '0' || field->text[i] > '9')
			return false;
		value = value * 10 + (field->text[i] - '0');
		if (value > TRIAL_NUMBER_MAX)
			return false;
	}
	*out = (int32_t)value;
	return true;
}

static bool
read_rt(const struct csv_field *field, float *out)
{
	*out = NAN;
	if (field->len == 0)
		return true;
	if (!row_text_is_decimal(field->text))
		return false;
	*out = strtof(field->text, NULL);
	return *out <= (float)TRIAL_RT_MS_MAX;
}

static bool
read_correct(const struct csv_field *field, bool *out)
{
	*out = strcmp(field->text, "1") == 0 || strcmp(field->text, "true") == 0;
	return *out || strcmp(field->text, "0") == 0 || strcmp(field->text, "false") == 0;
}

/* The place of a name in its list, which the caller extends when it is new; -1: memory.
 */
static int
name_index(struct name_entry **table, const struct csv_field *field, int next)
{
	struct name_entry *entry;

	HASH_FIND(hh, *table, field->text, field->len, entry);
	if (entry)
		return entry->at;
	entry = malloc(sizeof(*entry) + field->len + 1);
	if (!entry)
		return -1;
	memcpy(entry->name, field->text, field->len + 1);
	entry->at = next;
	HASH_ADD_KEYPTR(hh, *table, entry->name, field->len, entry);
	if (!entry->hh.tbl) {
		free(entry);
		return -1;
	}
	return next;
}

static void *
grown(void *array, int *cap, size_t size)
{
	int wanted = *cap ? *cap * 2 : 8;
	void *out;

	if (*cap > INT_MAX / 4)
		return NULL;
	out = realloc(array, (size_t)wanted * size);
	if (out)
		*cap = wanted;
	return out;
}

static struct recording_person *
find_person(struct recording *rec, const struct csv_field *field)
{
	int at = name_index(&rec->index->people, field, rec->n_people);

	if (at < 0)
		return NULL;
	if (at < rec->n_people)
		return &rec->people[at];
	if (rec->n_people == rec->index->people_cap) {
		void *more =
			grown(rec->people, &rec->index->people_cap, sizeof(*rec->people));

		if (!more)
			return NULL;
		rec->people = more;
	}
	rec->people[at] = (struct recording_person){.name = strdup(field->text)};
	if (!rec->people[at].name)
		return NULL;
	rec->n_people++;
	return &rec->people[at];
}

static int
find_condition(struct recording *rec, const struct csv_field *field)
{
	int at = name_index(&rec->index->conditions, field, rec->n_conditions);

	if (at < rec->n_conditions)
		return at;
	if (rec->n_conditions == rec->index->conditions_cap) {
		void *more = grown(rec->conditions, &rec->index->conditions_cap,
				   sizeof(*rec->conditions));

		if (!more)
			return -1;
		rec->conditions = more;
	}
	rec->conditions[at].name = strdup(field->text);
	rec->conditions[at].rows = 0;
	if (!rec->conditions[at].name)
		return -1;
	rec->n_conditions++;
	return at;
}

/* -1: memory; -2: too many. */
static int
find_task(struct recording *rec, const char *name)
{
	for (int i = 0; i < rec->n_tasks; i++) {
		if (strcmp(rec->tasks[i].name, name) == 0)
			return i;
	}
	if (rec->n_tasks == RECORDING_TASKS_MAX)
		return -2;
	rec->tasks[rec->n_tasks].name = strdup(name);
	if (!rec->tasks[rec->n_tasks].name)
		return -1;
	return rec->n_tasks++;
}

static struct recording_session *
find_session(struct recording *rec, struct recording_person *person, const char *label,
	     int task)
{
	struct group_key key = {.person = (int)(person - rec->people), .task = task};
	struct recording_session *sessions;
	struct group_entry *entry;

	/* Zero-filled by the initialiser, as the whole struct is the key. */
	memcpy(key.label, label, strlen(label));
	HASH_FIND(hh, rec->index->groups, &key, sizeof(key), entry);
	if (entry)
		return &person->sessions[entry->session];
	sessions = reallocarray(person->sessions, (size_t)person->n_sessions + 1,
				sizeof(*sessions));
	if (!sessions)
		return NULL;
	person->sessions = sessions;
	sessions += person->n_sessions;
	*sessions = (struct recording_session){.label = strdup(label), .task = task};
	entry = malloc(sizeof(*entry));
	if (!sessions->label || !entry) {
		free(sessions->label);
		free(entry);
		return NULL;
	}
	entry->key = key;
	entry->session = person->n_sessions;
	HASH_ADD(hh, rec->index->groups, key, sizeof(key), entry);
	if (!entry->hh.tbl) {
		free(sessions->label);
		free(entry);
		return NULL;
	}
	person->n_sessions++;
	rec->n_sessions++;
	return sessions;
}

static bool
add_trial(struct recording *rec, struct recording_session *session,
	  const struct recording_trial *trial, const float *power)
{
	size_t n_powers = (size_t)rec->eeg.n * EEG_BANDS;

	if (session->n_trials == session->cap) {
		int cap = session->cap;
		void *more = grown(session->trials, &cap, sizeof(*session->trials));

		if (!more)
			return false;
		session->trials = more;
		if (n_powers > 0) {
			more = reallocarray(session->power, (size_t)cap,
					    n_powers * sizeof(*session->power));
			if (!more)
				return false;
			session->power = more;
		}
		session->cap = cap;
	}
	if (n_powers > 0)
		memcpy(session->power + (size_t)session->n_trials * n_powers, power,
		       n_powers * sizeof(*power));
	session->trials[session->n_trials++] = *trial;
	rec->n_trials++;
	return true;
}

/* What a row's text means; NULL when all is well, else the column that is not. */
static const char *
read_row(const struct csv_field *field[N_COLUMNS], struct recording_trial *trial,
	 const char **expected)
{
	*expected = "1 to 64 of A-Z a-z 0-9 . _ -";
	if (!is_label(field[PARTICIPANT]))
		return "participant";
	if (field[SESSION] && !is_label(field[SESSION]))
		return "session";
	if (field[TASK] && (!is_label(field[TASK]) || field[TASK]->len > TASK_NAME_MAX)) {
		*expected = "1 to 31 of A-Z a-z 0-9 . _ -";
		return "task";
	}
	*expected = "a whole number from 0 to 1000000, or nothing";
	if (!read_number(field[TRIAL], &trial->trial))
		return "trial";
	*expected = "a condition's name of 1 to 64 bytes";
	if (field[CONDITION]->len < 1 || field[CONDITION]->len > 64)
		return "condition";
	*expected = "1, 0, true or false";
	if (!read_correct(field[CORRECT], &trial->correct))
		return "correct";
	*expected = "milliseconds from 0 to 600000, or nothing";
	if (!read_rt(field[RT_MS], &trial->rt_ms))
		return "rt_ms";
	return NULL;
}

/* Column i of the table is named otherwise in this file only for the session. */
static const char *
file_column(const struct recording *rec, const char *column)
{
	return strcmp(column, "session") == 0 ? rec->session_column : column;
}

static enum camp_err
add_row(struct recording *rec, uint64_t line, const struct csv_field *field[N_COLUMNS],
	const float *power, const char *wanted_task)
{
	struct recording_trial trial = {.line = line < UINT32_MAX ? (uint32_t)line
								  : UINT32_MAX};
	struct recording_person *person;
	struct recording_session *session;
	const char *column, *expected, *task;
	char text[ROW_TEXT_SHOWN_SIZE];
	int task_at, condition;

	column = read_row(field, &trial, &expected);
	if (column) {
		const struct csv_field *bad = NULL;

		for (int i = 0; i < N_COLUMNS; i++) {
			if (strcmp(column, column_names[i]) == 0)
				bad = field[i];
		}
		add_problem(rec, "line %llu, column \"%s\": \"%s\" is not %s",
			    (unsigned long long)line, file_column(rec, column),
			    row_text_shown(bad, text), expected);
		return CAMP_OK;
	}
	task = field[TASK] ? field[TASK]->text : wanted_task;
	if (wanted_task && strcmp(task, wanted_task) != 0) {
		rec->other_task_rows++;
		return CAMP_OK;
	}
	task_at = find_task(rec, task);
	if (task_at == -2) {
		add_problem(rec,
			    "line %llu, column \"task\": \"%s\" is more than the %d "
			    "tasks "
			    "that one file may hold",
			    (unsigned long long)line, task, RECORDING_TASKS_MAX);
		return CAMP_OK;
	}
	person = find_person(rec, field[PARTICIPANT]);
	condition = find_condition(rec, field[CONDITION]);
	if (task_at < 0 || !person || condition < 0 || condition > INT16_MAX)
		return CAMP_ERR_MEMORY;
	session = find_session(rec, person, field[SESSION] ? field[SESSION]->text : "1",
			       task_at);
	if (!session)
		return CAMP_ERR_MEMORY;
	if (session->n_trials > TRIAL_SEQ_MAX) {
		add_problem(rec, "line %llu: a session holds at most %d trials",
			    (unsigned long long)line, TRIAL_SEQ_MAX + 1);
		return CAMP_OK;
	}
	trial.condition = (int16_t)condition;
	if (!add_trial(rec, session, &trial, power))
		return CAMP_ERR_MEMORY;
	rec->tasks[task_at].rows++;
	rec->conditions[condition].rows++;
	return CAMP_OK;
}

/* Notes the columns that nothing is read from. */
static enum camp_err
note_ignored(struct recording *rec, const struct csv *csv, const int column[N_COLUMNS])
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int n = 0;

	if (!out)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < csv_columns(csv); i++) {
		bool used = recording_eeg_uses(&rec->eeg, i);

		for (int c = 0; c < N_COLUMNS; c++)
			used |= column[c] == i;
		if (!used)
			fprintf(out, "%s%s", n++ ? ", " : "", csv_column_name(csv, i));
	}
	if (fclose(out) != 0) {
		free(text);
		return CAMP_ERR_MEMORY;
	}
	if (n > 0)
		rec->ignored_columns = text;
	else
		free(text);
	return CAMP_OK;
}

static enum camp_err
find_columns(struct recording *rec, const struct csv *csv, const char *path,
	     const char *task, int column[N_COLUMNS], char *why, size_t why_size)
{
	static const char *const session_names[] = {"session", "phase", "study"};

	for (int c = 0; c < N_COLUMNS; c++) {
		column[c] = csv_column(csv, column_names[c]);
		if (column[c] < 0 && c != SESSION && c != TASK) {
			snprintf(why, why_size,
				 "\"%s\": line 1 has no column \"%s\" (needed: "
				 "participant, "
				 "trial, condition, correct, rt_ms)",
				 path, column_names[c]);
			return CAMP_ERR_INVALID;
		}
	}
	for (int i = 0; i < 3 && column[SESSION] < 0; i++)
		column[SESSION] = csv_column(csv, session_names[i]);
	if (column[SESSION] >= 0) {
		rec->session_column = strdup(csv_column_name(csv, column[SESSION]));
		if (!rec->session_column)
			return CAMP_ERR_MEMORY;
	}
	if (column[TASK] < 0 && !task) {
		snprintf(why, why_size,
			 "\"%s\" has no column \"task\"; name the task with --task",
			 path);
		return CAMP_ERR_INVALID;
	}
	recording_eeg_find(&rec->eeg, csv);
	return note_ignored(rec, csv, column);
}

/* A row's EEG, if it is good; the rest of the row is add_row()'s. */
static bool
read_eeg(struct recording *rec, const struct csv *csv, const struct csv_field *fields,
	 float *power)
{
	int bad = recording_eeg_read(&rec->eeg, fields, power);
	char text[ROW_TEXT_SHOWN_SIZE];

	if (bad >= 0)
		add_problem(rec,
			    "line %llu, column \"%s\": \"%s\" is not a log10 power from "
			    "%g to %g, or nothing",
			    (unsigned long long)csv_line(csv), csv_column_name(csv, bad),
			    row_text_shown(&fields[bad], text), EEG_LOG_POWER_MIN,
			    EEG_LOG_POWER_MAX);
	return bad < 0;
}

static enum camp_err
read_rows(struct recording *rec, struct csv *csv, const char *path, const char *task,
	  const int column[N_COLUMNS], char *why, size_t why_size)
{
	const struct csv_field *fields, *field[N_COLUMNS];
	float power[RECORDING_POWERS_MAX];
	enum camp_err err = CAMP_OK;

	while (err == CAMP_OK) {
		enum csv_status status = csv_next(csv, &fields);

		switch (status) {
		case CSV_ROW:
			for (int c = 0; c < N_COLUMNS; c++)
				field[c] = column[c] < 0 ? NULL : &fields[column[c]];
			if (read_eeg(rec, csv, fields, power))
				err = add_row(rec, csv_line(csv), field, power, task);
			break;
		case CSV_BAD_LINE:
			add_problem(rec, "line %llu %s",
				    (unsigned long long)csv_line(csv), csv_why(csv));
			break;
		case CSV_END:
			return CAMP_OK;
		case CSV_FAILED:
			snprintf(why, why_size, "\"%s\", after line %llu: %s", path,
				 (unsigned long long)csv_line(csv), csv_why(csv));
			return CAMP_ERR_FAULT;
		}
	}
	return err;
}

static void
index_free(struct recording_index *index)
{
	struct name_entry *name, *next_name;
	struct group_entry *group, *next_group;

	if (!index)
		return;
	HASH_ITER(hh, index->people, name, next_name)
	{
		HASH_DEL(index->people, name);
		free(name);
	}
	HASH_ITER(hh, index->conditions, name, next_name)
	{
		HASH_DEL(index->conditions, name);
		free(name);
	}
	HASH_ITER(hh, index->groups, group, next_group)
	{
		HASH_DEL(index->groups, group);
		free(group);
	}
	free(index);
}

enum camp_err
recording_load(struct recording *rec, const char *path, const char *task, char *why,
	       size_t why_size)
{
	struct csv *csv = NULL;
	int column[N_COLUMNS];
	enum camp_err err;

	memset(rec, 0, sizeof(*rec));
	err = csv_open(&csv, path, why, why_size);
	if (err != CAMP_OK)
		return err;
	snprintf(why, why_size, "\"%s\" does not fit into memory", path);
	rec->index = calloc(1, sizeof(*rec->index));
	err = rec->index ? find_columns(rec, csv, path, task, column, why, why_size)
			 : CAMP_ERR_MEMORY;
	if (err == CAMP_OK)
		err = read_rows(rec, csv, path, task, column, why, why_size);
	index_free(rec->index);
	rec->index = NULL;
	csv_close(csv);
	if (err == CAMP_OK && rec->n_trials == 0 && rec->problems.n == 0) {
		if (rec->other_task_rows > 0)
			snprintf(why, why_size, "\"%s\" has no rows of task \"%s\"", path,
				 task);
		else
			snprintf(why, why_size, "\"%s\" has no rows after its header",
				 path);
		return CAMP_ERR_INVALID;
	}
	return err;
}

/* Codes of the recording's condition names in a definition, -1 for unknown ones. */
static int16_t *
condition_codes(const struct recording *rec, const struct task_definition *def)
{
	int16_t *codes = calloc((size_t)rec->n_conditions + 1, sizeof(*codes));

	for (int i = 0; codes && i < rec->n_conditions; i++)
		codes[i] = (int16_t)task_condition_code(def, rec->conditions[i].name,
							strlen(rec->conditions[i].name));
	return codes;
}

static void
resolve_session(struct recording *rec, struct recording_session *session,
		const struct task_definition *def, const int16_t *codes)
{
	size_t n_powers = (size_t)rec->eeg.n * EEG_BANDS;
	int32_t kept = 0;
	char text[ROW_TEXT_SHOWN_SIZE];

	for (int32_t i = 0; i < session->n_trials; i++) {
		struct recording_trial *trial = &session->trials[i];
		const char *name = rec->conditions[trial->condition].name;
		int16_t code = codes[trial->condition];

		if (code >= 0) {
			if (session->power)
				memmove(session->power + (size_t)kept * n_powers,
					session->power + (size_t)i * n_powers,
					n_powers * sizeof(*session->power));
			session->trials[kept] = *trial;
			session->trials[kept++].condition = code;
			continue;
		}
		add_problem(rec,
			    "line %u, column \"condition\": task \"%s\" has no condition "
			    "\"%s\"",
			    trial->line, def->name,
			    row_text_shown(&(struct csv_field){name, strlen(name)},
					   text));
	}
	rec->n_trials -= (uint64_t)(session->n_trials - kept);
	session->n_trials = kept;
}

static enum camp_err
lay_out(struct recording *rec, const struct recording_person *person,
	struct recording_session *session)
{
	enum camp_err err = recording_eeg_lay_out(rec, session);

	if (err == CAMP_ERR_INVALID) {
		add_problem(rec,
			    "%s, session %s: more EEG than a session takes (%d epochs "
			    "within a day)",
			    person->name, session->label, EEG_SEQ_MAX + 1);
		err = CAMP_OK;
	}
	rec->n_epochs += (uint64_t)session->n_epochs;
	return err;
}

enum camp_err
recording_resolve(struct recording *rec, int task, const struct task_definition *def)
{
	int16_t *codes = condition_codes(rec, def);
	enum camp_err err = codes ? CAMP_OK : CAMP_ERR_MEMORY;

	for (int p = 0; p < rec->n_people && err == CAMP_OK; p++) {
		struct recording_person *person = &rec->people[p];

		for (int s = 0; s < person->n_sessions && err == CAMP_OK; s++) {
			struct recording_session *session = &person->sessions[s];

			if (session->task != task)
				continue;
			resolve_session(rec, session, def, codes);
			err = lay_out(rec, person, session);
		}
	}
	free(codes);
	return err;
}

void
recording_clear(struct recording *rec)
{
	for (int p = 0; p < rec->n_people; p++) {
		for (int s = 0; s < rec->people[p].n_sessions; s++) {
			free(rec->people[p].sessions[s].label);
			free(rec->people[p].sessions[s].trials);
			free(rec->people[p].sessions[s].power);
			free(rec->people[p].sessions[s].epoch_trial);
			free(rec->people[p].sessions[s].onset_ms);
		}
		free(rec->people[p].sessions);
		free(rec->people[p].name);
	}
	free(rec->people);
	for (int i = 0; i < rec->n_tasks; i++)
		free(rec->tasks[i].name);
	for (int i = 0; i < rec->n_conditions; i++)
		free(rec->conditions[i].name);
	free(rec->conditions);
	row_problems_clear(&rec->problems);
	free(rec->session_column);
	free(rec->ignored_columns);
	memset(rec, 0, sizeof(*rec));
}
