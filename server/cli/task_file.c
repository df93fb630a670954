#include "server/cli/task_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

#define DEFINITION_BYTES_MAX (1024 * 1024)

static enum camp_err
read_file(struct buffer *out, const char *path, char *why, size_t why_size)
{
	FILE *file = fopen(path, "re");
	char chunk[16384];
	size_t n;

	if (!file) {
		snprintf(why, why_size, "\"%s\" cannot be opened: %s", path,
			 strerror(errno));
		return CAMP_ERR_NOT_FOUND;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 &&
	       out->len < DEFINITION_BYTES_MAX)
		buffer_add(out, chunk, n);
	fclose(file);
	return out->failed ? CAMP_ERR_MEMORY : CAMP_OK;
}

/* A name comes from a command line or a file, and must not lead elsewhere. */
static bool
is_task_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= TASK_NAME_MAX && name[n] == '\0';
}

enum camp_err
task_file_load(struct task_definition **out, const char *tasks_dir, const char *name,
	       char *why, size_t why_size)
{
	struct buffer text = {0};
	char path[4096], reason[400];
	enum camp_err err;

	*out = NULL;
	if (!is_task_name(name)) {
		snprintf(why, why_size, "\"%.60s\" is not the name of a task", name);
		return CAMP_ERR_NOT_FOUND;
	}
	snprintf(path, sizeof(path), "%s/%s/task.json", tasks_dir, name);
	err = read_file(&text, path, why, why_size);
	if (err == CAMP_OK) {
		err = task_definition_parse(out, text.data ? text.data : "", text.len,
					    reason, sizeof(reason));
		if (err != CAMP_OK)
			snprintf(why, why_size, "\"%s\": %s", path, reason);
	}
	buffer_clear(&text);
	if (err == CAMP_ERR_MEMORY)
		snprintf(why, why_size, "%s", camp_err_title(err));
	return err;
}

enum camp_err
task_file_row(struct db_task *out, const struct task_definition *def)
{
	const char **names = calloc((size_t)def->n_conditions + 1, sizeof(*names));

	memset(out, 0, sizeof(*out));
	if (!names)
		return CAMP_ERR_MEMORY;
	for (int i = 0; i < def->n_conditions; i++)
		names[i] = def->conditions[i].name;
	*out = (struct db_task){.name = def->name,
				.version = def->version,
				.n_conditions = def->n_conditions,
				.n_responses = def->n_responses,
				.conditions = names,
				.responses = (const char *const *)def->responses,
				.definition_json = def->json};
	return CAMP_OK;
}
