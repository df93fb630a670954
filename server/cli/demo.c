#include <config.h>

#include "server/cli/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/folder.h"
#include "server/cli/cohort_new.h"
#include "server/cli/demo_people.h"
#include "server/cli/demo_programme.h"
#include "server/cli/programme_file.h"
#include "server/cli/task_file.h"

#define DAY_MS INT64_C(86400000)
#define PARTICIPANTS_STANDARD 12
#define DAYS_STANDARD 14
#define DEMO_FILE_BYTES_MAX 8192

static const char *const demo_tasks[] = {"visual-search", "stroop"};

#define N_TASKS 2

/* Everything that the steps share. */
struct demo_seed {
	const struct demo_options *options;
	struct task_definition *definitions[N_TASKS];
	struct db_task rows[N_TASKS];
	struct db_seeder *seeder;
	int64_t now_ms, first_day_ms;
	char path[4096]; /* of demo.json */
	char *why;
	size_t why_size;
};

static enum camp_err
fail(struct demo_seed *s, enum camp_err err)
{
	if (err != CAMP_OK)
		snprintf(s->why, s->why_size, "the demo cannot be made: %s",
			 camp_err_title(err));
	return err;
}

static enum camp_err
prepare(struct demo_seed *s)
{
	const struct demo_options *o = s->options;
	int days = o->days ? o->days : DAYS_STANDARD;
	enum camp_err err = CAMP_OK;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	s->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	/* Up to today, so that whoever plays first finds company in today's bar; just
	 * after midnight, when there was no time for a session yet, up to yesterday. */
	s->first_day_ms =
		(s->now_ms - DEMO_SESSION_MS) / DAY_MS * DAY_MS - (days - 1) * DAY_MS;
	snprintf(s->path, sizeof(s->path), "%s/demo.json", o->state_dir);
	for (int t = 0; err == CAMP_OK && t < N_TASKS; t++) {
		err = task_file_load(&s->definitions[t], o->tasks_dir, demo_tasks[t],
				     s->why, s->why_size);
		if (err == CAMP_OK)
			err = fail(s, task_file_row(&s->rows[t], s->definitions[t]));
	}
	if (err != CAMP_OK)
		return err;
	return db_seed_open(&s->seeder, o->conninfo, s->rows, N_TASKS, s->first_day_ms,
			    s->now_ms, s->why, s->why_size);
}

static void
clear(struct demo_seed *s)
{
	db_seed_close(s->seeder);
	for (int t = 0; t < N_TASKS; t++) {
		free((void *)s->rows[t].conditions);
		task_definition_free(s->definitions[t]);
	}
}

/* The token in demo.json, when it is the one that the cohort's hash is of. */
static bool
read_token(const struct demo_seed *s, const struct db_demo *demo,
	   char token[READ_TOKEN_LEN + 1])
{
	json_t *file = json_load_file(s->path, 0, NULL);
	const json_t *text = json_object_get(file, "read_token");
	uint8_t hash[TOKEN_HASH_BYTES];
	bool found = false;

	if (json_is_string(text) && json_string_length(text) == READ_TOKEN_LEN) {
		read_token_hash(json_string_value(text), hash);
		found = memcmp(hash, demo->read_token_hash, sizeof(hash)) == 0;
	}
	if (found)
		memcpy(token, json_string_value(text), READ_TOKEN_LEN + 1);
	json_decref(file);
	return found;
}

/* Nobody but the operator may read it, at any moment; it appears whole. */
static enum camp_err
write_file(struct demo_seed *s, const struct demo_links *links)
{
	char *text = demo_links_json(links), temporary[4200];
	int fd;
	bool ok;

	if (!text)
		return fail(s, CAMP_ERR_MEMORY);
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", s->path);
	fd = folder_make_for(s->path, 0700) ? mkostemp(temporary, O_CLOEXEC) : -1;
	ok = fd >= 0 && dprintf(fd, "%s\n", text) > 0 && fsync(fd) == 0;
	if (ok)
		ok = rename(temporary, s->path) == 0;
	if (!ok) {
		snprintf(s->why, s->why_size, "\"%s\" cannot be written: %s", s->path,
			 strerror(errno));
		if (fd >= 0)
			unlink(temporary);
	}
	if (fd >= 0)
		close(fd);
	sodium_memzero(text, strlen(text));
	free(text);
	return ok ? CAMP_OK : CAMP_ERR_FAULT;
}

static enum camp_err
make_programme(struct demo_seed *s, const struct uuid *cohort_id)
{
	const char *names[PROGRAMME_BLOCK_MAX];
	struct task_registry *tasks = NULL;
	struct programme *programme = NULL;
	struct db_programme_new new;
	char *document = NULL;
	enum camp_err err;

	err = task_registry_load(&tasks, s->options->tasks_dir, s->why, s->why_size);
	if (err != CAMP_OK)
		return err;
	document = demo_programme_document(tasks);
	task_registry_free(tasks);
	if (!document)
		return CAMP_ERR_MEMORY;
	err = programme_text_load(&programme, document, "the demo's programme",
				  s->options->tasks_dir, s->why, s->why_size);
	if (err == CAMP_OK) {
		new = programme_new(programme, document, names);
		err = db_seed_programme(s->seeder, cohort_id, &new);
	}
	programme_free(programme);
	free(document);
	return err;
}

/*
 * The database has the demo: its links, with a new token if the old one is lost, and a
 * programme, should it be from a time before there were any.
 */
static enum camp_err
find_again(struct demo_seed *s, const struct db_demo *demo, struct demo_links *links)
{
	bool known = read_token(s, demo, links->read_token), has_programme = false;
	uint8_t hash[TOKEN_HASH_BYTES];
	enum camp_err err;

	links->cohort_id = demo->cohort_id;
	memcpy(links->join_code, demo->join_code, sizeof(links->join_code));
	if (!known)
		read_token_make(links->read_token);
	read_token_hash(links->read_token, hash);
	err = db_seed_enter(s->seeder, &demo->organisation_id);
	if (err == CAMP_OK)
		err = db_seed_has_programme(s->seeder, &demo->cohort_id, &has_programme);
	if (err == CAMP_OK && !has_programme)
		err = make_programme(s, &demo->cohort_id);
	if (err == CAMP_OK && !known)
		err = db_seed_read_token(s->seeder, &demo->cohort_id, hash);
	if (err == CAMP_OK)
		err = db_seed_commit(s->seeder);
	return fail(s, err);
}

static enum camp_err
make_cohort(struct demo_seed *s, struct db_cohort_new *cohort)
{
	enum camp_err err = db_seed_enter(s->seeder, &cohort->organisation_id);

	if (err == CAMP_OK)
		err = db_seed_organisation(s->seeder, &cohort->organisation_id,
					   "Attention Camp demo");
	if (err == CAMP_OK)
		err = db_seed_cohort(s->seeder, cohort);
	return err;
}

static enum camp_err
make(struct demo_seed *s, struct demo_links *links)
{
	const struct demo_options *o = s->options;
	char *consent = consent_text_standard(true);
	struct db_cohort_new cohort = {.cohort_id = uuid_v7_at(s->first_day_ms),
				       .organisation_id = uuid_v7_at(s->first_day_ms),
				       .name = "Demo cohort",
				       .join_code = links->join_code,
				       .consent_version = 1,
				       .consent_json = consent,
				       .tasks = demo_tasks,
				       .n_tasks = N_TASKS,
				       .demo = true,
				       .created_unix_ms = s->first_day_ms};
	const struct demo_plan plan =
		{.participants =
			 o->participants ? o->participants : PARTICIPANTS_STANDARD,
		 .days = o->days ? o->days : DAYS_STANDARD,
		 .seed = o->seed ? o->seed : 1,
		 .now_ms = s->now_ms,
		 .first_day_ms = s->first_day_ms,
		 .cohort = &cohort,
		 .definitions = (const struct task_definition *const *)s->definitions,
		 .n_definitions = N_TASKS};
	enum camp_err err = consent ? CAMP_OK : CAMP_ERR_MEMORY;

	links->made = true;
	links->cohort_id = cohort.cohort_id;
	join_code_make(links->join_code);
	read_token_make(links->read_token);
	read_token_hash(links->read_token, cohort.read_token_hash);
	if (err == CAMP_OK)
		err = make_cohort(s, &cohort);
	if (err == CAMP_OK)
		err = make_programme(s, &cohort.cohort_id);
	if (err == CAMP_OK)
		err = demo_people_seed(s->seeder, &plan);
	if (err == CAMP_OK)
		err = db_seed_flush(s->seeder, &cohort.cohort_id);
	if (err == CAMP_OK)
		err = db_seed_commit(s->seeder);
	free(consent);
	return fail(s, err);
}

enum camp_err
seed_demo(const struct demo_options *options, struct demo_links *out, char *why,
	  size_t why_size)
{
	struct demo_seed s = {.options = options, .why = why, .why_size = why_size};
	struct db_demo demo;
	enum camp_err err;

	memset(out, 0, sizeof(*out));
	err = prepare(&s);
	if (err == CAMP_OK) {
		err = db_seed_find_demo(s.seeder, &demo);
		if (err == CAMP_ERR_NOT_FOUND)
			err = make(&s, out);
		else if (err == CAMP_OK)
			err = find_again(&s, &demo, out);
		else
			err = fail(&s, err);
	}
	if (err == CAMP_OK && !demo_links_write(out, options->base_url)) {
		snprintf(why, why_size, "the base URL is too long");
		err = CAMP_ERR_INVALID;
	}
	if (err == CAMP_OK)
		err = write_file(&s, out);
	clear(&s);
	if (err != CAMP_OK)
		sodium_memzero(out, sizeof(*out));
	return err;
}
