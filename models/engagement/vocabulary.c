#include "models/engagement/vocabulary.h"

#include <stdlib.h>
#include <string.h>

/* All trials of a model without training data: half a second, nearly always right. */
static const struct vocabulary_figures plain = {.mean = -0.6f,
						.sd = 0.4f,
						.log_odds = 2.2f,
						.response_rate = 1.0f};

enum camp_err
vocabulary_init(struct vocabulary *v)
{
	memset(v, 0, sizeof(*v));
	v->tasks = calloc(1, sizeof(*v->tasks));
	v->conditions = calloc(1, sizeof(*v->conditions));
	if (!v->tasks || !v->conditions) {
		vocabulary_clear(v);
		return CAMP_ERR_MEMORY;
	}
	v->tasks[0].figures = plain;
	v->conditions[0].figures = plain;
	v->n_tasks = v->n_conditions = 1;
	for (int i = 0; i < SEQUENCE_PARAMETERS; i++)
		v->parameter_sd[i] = 1;
	return CAMP_OK;
}

void
vocabulary_clear(struct vocabulary *v)
{
	for (int i = 1; i < v->n_tasks; i++)
		free(v->tasks[i].name);
	for (int i = 1; i < v->n_conditions; i++)
		free(v->conditions[i].name);
	free(v->tasks);
	free(v->conditions);
	memset(v, 0, sizeof(*v));
}

enum camp_err
vocabulary_copy(struct vocabulary *to, const struct vocabulary *from)
{
	enum camp_err err = vocabulary_init(to);
	int at;

	for (int i = 1; i < from->n_tasks && err == CAMP_OK; i++)
		err = vocabulary_add_task(to, from->tasks[i].name, &at);
	for (int i = 1; i < from->n_conditions && err == CAMP_OK; i++)
		err = vocabulary_add_condition(to, from->conditions[i].task,
					       from->conditions[i].name, &at);
	if (err != CAMP_OK) {
		vocabulary_clear(to);
		return err;
	}
	for (int i = 0; i < from->n_tasks; i++)
		to->tasks[i].figures = from->tasks[i].figures;
	for (int i = 0; i < from->n_conditions; i++)
		to->conditions[i].figures = from->conditions[i].figures;
	memcpy(to->parameter_mean, from->parameter_mean, sizeof(to->parameter_mean));
	memcpy(to->parameter_sd, from->parameter_sd, sizeof(to->parameter_sd));
	return CAMP_OK;
}

static bool
name_is_plain(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return false;
	return *name != '\0';
}

enum camp_err
vocabulary_add_task(struct vocabulary *v, const char *name, int *task)
{
	struct vocabulary_task *more;
	char *copy;

	*task = vocabulary_task(v, name);
	if (*task > 0)
		return CAMP_OK;
	if (!name_is_plain(name) || v->n_tasks == VOCABULARY_TASKS_MAX)
		return CAMP_ERR_INVALID;
	more = realloc(v->tasks, ((size_t)v->n_tasks + 1) * sizeof(*more));
	if (!more)
		return CAMP_ERR_MEMORY;
	v->tasks = more;
	copy = strdup(name);
	if (!copy)
		return CAMP_ERR_MEMORY;
	*task = v->n_tasks++;
	v->tasks[*task].name = copy;
	v->tasks[*task].figures = v->tasks[0].figures;
	return CAMP_OK;
}

enum camp_err
vocabulary_add_condition(struct vocabulary *v, int task, const char *name, int *condition)
{
	struct vocabulary_condition *more;
	char *copy;

	*condition = vocabulary_condition(v, task, name);
	if (*condition > 0)
		return CAMP_OK;
	if (task < 1 || task >= v->n_tasks || !name_is_plain(name) ||
	    v->n_conditions == VOCABULARY_CONDITIONS_MAX)
		return CAMP_ERR_INVALID;
	more = realloc(v->conditions, ((size_t)v->n_conditions + 1) * sizeof(*more));
	if (!more)
		return CAMP_ERR_MEMORY;
	v->conditions = more;
	copy = strdup(name);
	if (!copy)
		return CAMP_ERR_MEMORY;
	*condition = v->n_conditions++;
	v->conditions[*condition] =
		(struct vocabulary_condition){.name = copy,
					      .task = task,
					      .figures = v->tasks[task].figures};
	return CAMP_OK;
}

int
vocabulary_task(const struct vocabulary *v, const char *name)
{
	for (int i = 1; i < v->n_tasks; i++)
		if (strcmp(v->tasks[i].name, name) == 0)
			return i;
	return 0;
}

int
vocabulary_condition(const struct vocabulary *v, int task, const char *name)
{
	for (int i = 1; i < v->n_conditions; i++)
		if (v->conditions[i].task == task &&
		    strcmp(v->conditions[i].name, name) == 0)
			return i;
	return 0;
}

const struct vocabulary_figures *
vocabulary_figures(const struct vocabulary *v, int task, int condition)
{
	return condition > 0 ? &v->conditions[condition].figures
			     : &v->tasks[task].figures;
}

void
vocabulary_print_tasks(const struct vocabulary *v, struct buffer *out)
{
	for (int i = 1; i < v->n_tasks; i++)
		buffer_addf(out, "%s\n", v->tasks[i].name);
	buffer_add_char(out, '\0');
}

void
vocabulary_print_conditions(const struct vocabulary *v, struct buffer *out)
{
	for (int i = 1; i < v->n_conditions; i++)
		buffer_addf(out, "%d\t%s\n", v->conditions[i].task,
			    v->conditions[i].name);
	buffer_add_char(out, '\0');
}

/* The next line of *text into line[], false at the end; a line too long reads as empty.
 */
static bool
next_line(const char **text, char *line, size_t size)
{
	size_t len = strcspn(*text, "\n");

	if (**text == '\0')
		return false;
	line[0] = '\0';
	if (len < size) {
		memcpy(line, *text, len);
		line[len] = '\0';
	}
	*text += len + ((*text)[len] == '\n');
	return true;
}

static enum camp_err
read_tasks(struct vocabulary *v, const char *text)
{
	enum camp_err err = CAMP_OK;
	char line[512];

	while (err == CAMP_OK && next_line(&text, line, sizeof(line))) {
		int expected = v->n_tasks, task;

		err = vocabulary_add_task(v, line, &task);
		if (err == CAMP_OK && task != expected)
			err = CAMP_ERR_INVALID; /* a name twice */
	}
	return err;
}

static enum camp_err
read_conditions(struct vocabulary *v, const char *text)
{
	enum camp_err err = CAMP_OK;
	char line[512];

	while (err == CAMP_OK && next_line(&text, line, sizeof(line))) {
		int expected = v->n_conditions, condition;
		char *end;
		long task = strtol(line, &end, 10);

		if (end == line || *end != '\t' || task < 1 || task >= v->n_tasks)
			return CAMP_ERR_INVALID;
		err = vocabulary_add_condition(v, (int)task, end + 1, &condition);
		if (err == CAMP_OK && condition != expected)
			err = CAMP_ERR_INVALID;
	}
	return err;
}

enum camp_err
vocabulary_read(struct vocabulary *v, const char *tasks, const char *conditions)
{
	enum camp_err err = vocabulary_init(v);

	if (err == CAMP_OK)
		err = read_tasks(v, tasks);
	if (err == CAMP_OK)
		err = read_conditions(v, conditions);
	if (err != CAMP_OK)
		vocabulary_clear(v);
	return err;
}
