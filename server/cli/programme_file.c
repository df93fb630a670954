#include "server/cli/programme_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/task_registry.h"

static const struct task_definition *
find(const void *arg, const char *task)
{
	return task_registry_current(arg, task);
}

enum camp_err
programme_text_load(struct programme **out, const char *document, const char *name,
		    const char *tasks_dir, char *why, size_t why_size)
{
	struct task_registry *tasks = NULL;
	char reason[384];
	enum camp_err err = task_registry_load(&tasks, tasks_dir, why, why_size);

	*out = NULL;
	if (err != CAMP_OK)
		return err;
	err = programme_parse(out, document, strlen(document), find, tasks, reason,
			      sizeof(reason));
	if (err != CAMP_OK)
		snprintf(why, why_size, "%s: %s", name,
			 err == CAMP_ERR_INVALID ? reason : camp_err_title(err));
	task_registry_free(tasks);
	return err;
}

static enum camp_err
read_text(char **out, const char *path, char *why, size_t why_size)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	*out = NULL;
	if (!file) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return CAMP_ERR_NOT_FOUND;
	}
	*out = malloc(PROGRAMME_JSON_MAX + 2);
	if (*out)
		n = fread(*out, 1, PROGRAMME_JSON_MAX + 1, file);
	if (*out && (ferror(file) || memchr(*out, '\0', n))) {
		snprintf(why, why_size, "%s cannot be read as text", path);
		free(*out);
		*out = NULL;
		fclose(file);
		return CAMP_ERR_INVALID;
	}
	fclose(file);
	if (!*out) {
		snprintf(why, why_size, "%s", camp_err_title(CAMP_ERR_MEMORY));
		return CAMP_ERR_MEMORY;
	}
	(*out)[n] = '\0';
	return CAMP_OK;
}

enum camp_err
programme_file_load(struct programme **out, char **document, const char *path,
		    const char *tasks_dir, char *why, size_t why_size)
{
	enum camp_err err = read_text(document, path, why, why_size);

	*out = NULL;
	if (err == CAMP_OK)
		err = programme_text_load(out, *document, path, tasks_dir, why, why_size);
	if (err != CAMP_OK) {
		free(*document);
		*document = NULL;
	}
	return err;
}

struct db_programme_new
programme_new(const struct programme *p, const char *document,
	      const char *names[PROGRAMME_BLOCK_MAX])
{
	int block[PROGRAMME_BLOCK_MAX], n = programme_block(p, block);

	for (int i = 0; i < n; i++)
		names[i] = p->arms[block[i]].name;
	return (struct db_programme_new){.document = document,
					 .seed = p->seed_given ? p->seed
							       : randombytes_random(),
					 .block = names,
					 .n_block = n};
}
