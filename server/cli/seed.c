/* camp seed: makes the demo organisation, or a real cohort that people can join. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/cluster.h"
#include "db/seed.h"
#include "server/cli/cli.h"
#include "server/cli/cohort_new.h"
#include "server/cli/database.h"
#include "server/cli/demo.h"
#include "server/cli/task_file.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define TASKS_TEXT_MAX 512
#define NAME_BYTES_MAX 200

struct seed {
	struct config config;
	struct cli_database database;
	const char *cohort, *organisation, *tasks, *consent;
	bool demo, json;
	long participants, days, seed;
	char base_url[256];
	/* of a real cohort */
	char tasks_text[TASKS_TEXT_MAX];
	const char *names[COHORT_TASKS_MAX];
	struct task_definition *definitions[COHORT_TASKS_MAX];
	struct db_task rows[COHORT_TASKS_MAX];
	int n_tasks;
};

static int
check_flags(const struct seed *s)
{
	if (s->demo == (s->cohort != NULL))
		return cli_usage("seed", "needs either --demo or --cohort-name NAME");
	if (s->demo && (s->organisation || s->tasks || s->consent))
		return cli_usage("seed",
				 "--organisation, --tasks and --consent-file belong to "
				 "--cohort-name, not to --demo");
	if (s->cohort && (!s->cohort[0] || strlen(s->cohort) > NAME_BYTES_MAX))
		return cli_usage("seed", "--cohort-name takes 1 to %d bytes",
				 NAME_BYTES_MAX);
	if (s->organisation &&
	    (!s->organisation[0] || strlen(s->organisation) > NAME_BYTES_MAX))
		return cli_usage("seed", "--organisation takes 1 to %d bytes",
				 NAME_BYTES_MAX);
	return CLI_GO_ON;
}

static int
read_flags(struct seed *s, int argc, char **argv)
{
	const char *participants = NULL, *days = NULL, *seed = NULL;
	const struct config_flag flags[] = {
		{"demo", NULL, "the demo organisation, unless the database has it", NULL,
		 &s->demo, NULL},
		{"participants", "N", "simulated people of the demo (12)", &participants,
		 NULL, NULL},
		{"days", "N", "days that they trained, up to yesterday (14)", &days, NULL,
		 NULL},
		{"seed", "N", "of the simulation (1)", &seed, NULL, NULL},
		{"cohort-name", "NAME", "a real, empty cohort of that name", &s->cohort,
		 NULL, NULL},
		{"organisation", "NAME",
		 "to which it belongs, made when missing (as the cohort)",
		 &s->organisation, NULL, NULL},
		{"tasks", "A,B", "what it offers, in that order (visual-search,stroop)",
		 &s->tasks, NULL, NULL},
		{"consent-file", "FILE", "JSON object of consent texts by language",
		 &s->consent, NULL, NULL},
		{"json", NULL, "print code, token and links as a JSON object", NULL,
		 &s->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp seed --demo | --cohort-name NAME [OPTION...]",
		.about = "Makes a cohort and prints its join link, for participants, and "
			 "its cohort page's link,\n"
			 "which is secret and shown only once. The demo keeps its link "
			 "in demo.json of the state\n"
			 "folder.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	int status = cli_config(&s->config, &verb, argc, argv);

	s->participants = s->days = s->seed = 0;
	if (status < 0)
		status = cli_long_flag("seed", "participants", participants, 1, 500,
				       &s->participants);
	if (status < 0)
		status = cli_long_flag("seed", "days", days, 1, 90, &s->days);
	if (status < 0)
		status = cli_long_flag("seed", "seed", seed, 1, 2147483647, &s->seed);
	if (status < 0)
		status = check_flags(s);
	if (status < 0 && !cli_base_url(NULL, s->base_url, sizeof(s->base_url)))
		status = cli_usage("seed", "the server's address is too long");
	return status;
}

static int
print_links(const struct seed *s, const struct demo_links *links)
{
	char *text;

	if (!s->json) {
		if (s->demo && !links->made)
			puts("the demo is there already");
		printf("join link:   %s\n", links->join_url);
		printf("cohort page: %s\n", links->cohort_url);
		return CLI_DONE;
	}
	text = demo_links_json(links);
	if (!text)
		return cli_fail("seed", "%s", camp_err_title(CAMP_ERR_MEMORY));
	puts(text);
	free(text);
	return CLI_DONE;
}

static int
seed_the_demo(struct seed *s)
{
	const struct demo_options options = {.conninfo = s->database.conninfo,
					     .state_dir = s->config.state_dir,
					     .tasks_dir = s->config.tasks_dir,
					     .base_url = s->base_url,
					     .participants = (int)s->participants,
					     .days = (int)s->days,
					     .seed = (uint64_t)s->seed};
	struct demo_links links;
	char why[512];

	if (seed_demo(&options, &links, why, sizeof(why)) != CAMP_OK)
		return cli_fail("seed", "%s", why);
	return print_links(s, &links);
}

/* Splits --tasks and loads each definition. */
static int
load_tasks(struct seed *s)
{
	const char *list = s->tasks ? s->tasks : "visual-search,stroop";
	char why[512], *rest = s->tasks_text, *name;

	if (snprintf(s->tasks_text, sizeof(s->tasks_text), "%s", list) >= TASKS_TEXT_MAX)
		return cli_usage("seed", "--tasks is too long");
	while ((name = strsep(&rest, ","))) {
		for (int i = 0; i < s->n_tasks; i++) {
			if (strcmp(s->names[i], name) == 0)
				return cli_usage("seed", "--tasks names \"%s\" twice",
						 name);
		}
		if (s->n_tasks == COHORT_TASKS_MAX)
			return cli_usage("seed", "--tasks takes at most %d tasks",
					 COHORT_TASKS_MAX);
		if (task_file_load(&s->definitions[s->n_tasks], s->config.tasks_dir, name,
				   why, sizeof(why)) != CAMP_OK)
			return cli_usage("seed", "--tasks: %s", why);
		if (task_file_row(&s->rows[s->n_tasks], s->definitions[s->n_tasks]) !=
		    CAMP_OK)
			return cli_fail("seed", "%s", camp_err_title(CAMP_ERR_MEMORY));
		s->names[s->n_tasks++] = name;
	}
	return CLI_GO_ON;
}

static enum camp_err
make_cohort(struct db_seeder *seeder, const char *organisation,
	    struct db_cohort_new *cohort)
{
	enum camp_err err;
	bool known;

	err = db_seed_find_organisation(seeder, organisation, &cohort->organisation_id);
	if (err != CAMP_OK && err != CAMP_ERR_NOT_FOUND)
		return err;
	known = err == CAMP_OK;
	if (!known)
		cohort->organisation_id = uuid_v7();
	err = db_seed_enter(seeder, &cohort->organisation_id);
	if (err == CAMP_OK && !known)
		err = db_seed_organisation(seeder, &cohort->organisation_id,
					   organisation);
	if (err == CAMP_OK)
		err = db_seed_cohort(seeder, cohort);
	if (err == CAMP_OK)
		err = db_seed_commit(seeder);
	return err;
}

static int
seed_cohort(struct seed *s, char *consent)
{
	struct demo_links links = {.cohort_id = uuid_v7(), .made = true};
	int64_t now_ms = uuid_v7_unix_ms(&links.cohort_id);
	struct db_cohort_new cohort = {.cohort_id = links.cohort_id,
				       .name = s->cohort,
				       .join_code = links.join_code,
				       .consent_version = 1,
				       .consent_json = consent,
				       .tasks = s->names,
				       .n_tasks = s->n_tasks,
				       .created_unix_ms = now_ms};
	struct db_seeder *seeder = NULL;
	char why[512];
	enum camp_err err;
	int status;

	join_code_make(links.join_code);
	read_token_make(links.read_token);
	read_token_hash(links.read_token, cohort.read_token_hash);
	if (!demo_links_write(&links, s->base_url))
		return cli_usage("seed", "the server's address is too long");
	err = db_seed_open(&seeder, s->database.conninfo, s->rows, s->n_tasks, now_ms,
			   now_ms, why, sizeof(why));
	if (err != CAMP_OK)
		return cli_fail("seed", "%s", why);
	err = make_cohort(seeder, s->organisation ? s->organisation : s->cohort, &cohort);
	status = err == CAMP_OK ? print_links(s, &links)
				: cli_fail("seed", "%s", camp_err_title(err));
	db_seed_close(seeder);
	sodium_memzero(&links, sizeof(links));
	return status;
}

static int
run(struct seed *s)
{
	char *consent = NULL, why[512];
	int status = CLI_GO_ON;

	if (s->cohort)
		status = load_tasks(s);
	if (status < 0 && s->consent &&
	    consent_text_load(&consent, s->consent, why, sizeof(why)) != CAMP_OK)
		status = cli_usage("seed", "--consent-file: %s", why);
	if (status < 0)
		status = cli_database_open(&s->database, "seed", &s->config, true);
	if (status < 0 && s->cohort && !consent)
		consent = consent_text_standard(false);
	if (status < 0 && s->cohort && !consent)
		status = cli_fail("seed", "%s", camp_err_title(CAMP_ERR_MEMORY));
	if (status < 0)
		status = s->demo ? seed_the_demo(s) : seed_cohort(s, consent);
	cli_database_close(&s->database);
	free(consent);
	return status;
}

int
verb_seed(int argc, char **argv)
{
	static struct seed s;
	int status = read_flags(&s, argc, argv);

	if (status < 0)
		status = run(&s);
	for (int i = 0; i < COHORT_TASKS_MAX; i++) {
		free((void *)s.rows[i].conditions);
		task_definition_free(s.definitions[i]);
	}
	config_clear(&s.config);
	return status;
}
