#include "server/task_registry.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/assets.h"

#define DEFINITION_BYTES_MAX (512 * 1024)

struct task_registry {
	size_t n;
	struct task_definition *defs[TASK_REGISTRY_MAX];
};

static int
compare(const void *a, const void *b)
{
	const struct task_definition *x = *(struct task_definition *const *)a;
	const struct task_definition *y = *(struct task_definition *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->version - y->version;
}

/* Takes the definition in any case. */
static enum camp_err
take(struct task_registry *tasks, struct task_definition *def, char *why, size_t why_size)
{
	if (task_registry_find(tasks, def->name, def->version)) {
		task_definition_free(def);
		return CAMP_OK;
	}
	if (tasks->n == TASK_REGISTRY_MAX) {
		task_definition_free(def);
		snprintf(why, why_size, "there are more than %d task definitions",
			 TASK_REGISTRY_MAX);
		return CAMP_ERR_INVALID;
	}
	tasks->defs[tasks->n++] = def;
	qsort(tasks->defs, tasks->n, sizeof(tasks->defs[0]), compare);
	return CAMP_OK;
}

enum camp_err
task_registry_add(struct task_registry *tasks, const char *json, size_t len, char *why,
		  size_t why_size)
{
	struct task_definition *def;
	enum camp_err err = task_definition_parse_kept(&def, json, len, why, why_size);

	return err == CAMP_OK ? take(tasks, def, why, why_size) : err;
}

static enum camp_err
read_file(const char *path, char **out, size_t *len, char *why, size_t why_size)
{
	FILE *file = fopen(path, "re");
	enum camp_err err = CAMP_OK;

	*out = NULL;
	*len = 0;
	if (!file) {
		snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
		return CAMP_ERR_NOT_FOUND;
	}
	*out = malloc(DEFINITION_BYTES_MAX);
	if (!*out) {
		err = CAMP_ERR_MEMORY;
		goto out;
	}
	*len = fread(*out, 1, DEFINITION_BYTES_MAX, file);
	if (*len == DEFINITION_BYTES_MAX || ferror(file)) {
		snprintf(why, why_size, "%s cannot be read or is larger than %d KiB",
			 path, DEFINITION_BYTES_MAX / 1024);
		err = CAMP_ERR_INVALID;
	}
out:
	fclose(file);
	if (err != CAMP_OK) {
		free(*out);
		*out = NULL;
	}
	return err;
}

/*
 * The first sd that the literature gives for the primary score; of every version, as the
 * file says nothing of versions. A file that is missing or says nothing changes nothing.
 */
static void
load_reference(struct task_registry *tasks, const char *dir, const char *name)
{
	char path[4096];
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s/reference.json", dir, name);
	root = json_load_file(path, 0, NULL);
	for (size_t t = 0; t < tasks->n; t++) {
		struct task_definition *def = tasks->defs[t];
		const json_t *list = json_object_get(json_object_get(root, "scores"),
						     def->primary_score);

		for (size_t i = 0; strcmp(def->name, name) == 0 &&
				   isnan(def->primary_sd) && i < json_array_size(list);
		     i++) {
			const json_t *sd = json_object_get(json_array_get(list, i), "sd");

			if (json_number_value(sd) > 0)
				def->primary_sd = json_number_value(sd);
		}
	}
	json_decref(root);
}

static enum camp_err
load_one(struct task_registry *tasks, const char *dir, const char *name, char *why,
	 size_t why_size)
{
	struct task_definition *def = NULL;
	char path[4096], reason[256] = "";
	enum camp_err err;
	char *json;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s/task.json", dir, name);
	err = read_file(path, &json, &len, why, why_size);
	if (err != CAMP_OK)
		return err;
	err = task_definition_parse(&def, json, len, reason, sizeof(reason));
	free(json);
	if (err == CAMP_OK)
		err = take(tasks, def, reason, sizeof(reason));
	if (err == CAMP_OK && !task_registry_current(tasks, name)) {
		snprintf(reason, sizeof(reason), "its name is not that of its folder");
		err = CAMP_ERR_INVALID;
	}
	if (err != CAMP_OK)
		snprintf(why, why_size, "%s: %s", path, reason);
	else
		load_reference(tasks, dir, name);
	return err;
}

enum camp_err
task_registry_load(struct task_registry **out, const char *dir, char *why,
		   size_t why_size)
{
	struct task_registry *tasks = calloc(1, sizeof(*tasks));
	DIR *folder = opendir(dir);
	enum camp_err err = CAMP_OK;
	struct dirent *entry;

	*out = NULL;
	if (!tasks) {
		err = CAMP_ERR_MEMORY;
		goto out;
	}
	if (!folder) {
		snprintf(why, why_size, "the folder of task definitions %s: %s", dir,
			 strerror(errno));
		err = CAMP_ERR_NOT_FOUND;
		goto out;
	}
	while (err == CAMP_OK && (entry = readdir(folder))) {
		char path[4096];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s/task.json", dir, entry->d_name);
		if (entry->d_name[0] == '.' || !(file = fopen(path, "re")))
			continue; /* a note beside the definitions */
		fclose(file);
		err = load_one(tasks, dir, entry->d_name, why, why_size);
	}
	if (err == CAMP_OK && tasks->n == 0) {
		snprintf(why, why_size, "there is no NAME/task.json in %s", dir);
		err = CAMP_ERR_NOT_FOUND;
	}
out:
	if (folder)
		closedir(folder);
	if (err != CAMP_OK) {
		task_registry_free(tasks);
		return err;
	}
	*out = tasks;
	return CAMP_OK;
}

const struct task_definition *
task_registry_find(const struct task_registry *tasks, const char *name, int version)
{
	for (size_t i = 0; i < tasks->n; i++) {
		if (tasks->defs[i]->version == version &&
		    strcmp(tasks->defs[i]->name, name) == 0)
			return tasks->defs[i];
	}
	return NULL;
}

const struct task_definition *
task_registry_current(const struct task_registry *tasks, const char *name)
{
	const struct task_definition *newest = NULL;

	for (size_t i = 0; i < tasks->n; i++) {
		if (strcmp(tasks->defs[i]->name, name) == 0)
			newest = tasks->defs[i]; /* sorted by version */
	}
	return newest;
}

size_t
task_registry_count(const struct task_registry *tasks)
{
	return tasks->n;
}

const struct task_definition *
task_registry_at(const struct task_registry *tasks, size_t i)
{
	return tasks->defs[i];
}

/* What the list tells of a task; the whole definition is one request away. */
static json_t *
list_entry(const struct task_definition *def)
{
	json_t *whole = json_loadb(def->json, def->json_len, 0, NULL), *entry;
	char href[96];

	snprintf(href, sizeof(href), "/api/v1/tasks/%s", def->name);
	entry = json_pack("{s:s, s:i, s:s}", "name", def->name, "version", def->version,
			  "href", href);
	for (const char *const *key = (const char *const[]){"title", "summary", NULL};
	     *key; key++) {
		json_t *value = json_object_get(whole, *key);

		if (value)
			json_object_set(entry, *key, value);
	}
	json_decref(whole);
	return entry;
}

enum camp_err
task_registry_publish(const struct task_registry *tasks, struct assets *assets)
{
	json_t *list = json_array(), *body;
	enum camp_err err = CAMP_OK;
	char *text;

	for (size_t i = 0; i < tasks->n && err == CAMP_OK; i++) {
		const struct task_definition *def = tasks->defs[i];
		char path[96];

		if (task_registry_current(tasks, def->name) != def)
			continue;
		json_array_append_new(list, list_entry(def));
		snprintf(path, sizeof(path), "/api/v1/tasks/%s", def->name);
		err = assets_add_memory(assets, path, ASSET_DOCUMENT, "application/json",
					def->json, def->json_len);
	}
	body = json_pack("{s:o}", "tasks", list);
	text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (err == CAMP_OK)
		err = text ? assets_add_memory(assets, "/api/v1/tasks", ASSET_DOCUMENT,
					       "application/json", text, strlen(text))
			   : CAMP_ERR_MEMORY;
	free(text);
	return err;
}

void
task_registry_free(struct task_registry *tasks)
{
	if (!tasks)
		return;
	for (size_t i = 0; i < tasks->n; i++)
		task_definition_free(tasks->defs[i]);
	free(tasks);
}
