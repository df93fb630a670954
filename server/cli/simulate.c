/* camp simulate: trials of simulated participants as CSV, for training and for trying
 * out. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "models/train/simulate_sequences.h"
#include "server/cli/cli.h"
#include "server/cli/output.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

struct simulate {
	struct config config;
	struct simulated_people people;
	const char *path;
	struct config_values tasks;
	bool gzip;
	struct output output;
	struct buffer line;
};

static int
read_counts(struct simulate *s, const char *people, const char *sessions,
	    const char *trials, const char *seed, const char *history)
{
	long n_people = 100, n_sessions = 1, n_trials = 120, n_seed = 1;
	double linked = 1;
	int status;

	status = cli_long_flag("simulate", "people", people, 1, 100000, &n_people);
	if (status < 0)
		status = cli_long_flag("simulate", "sessions", sessions, 1, 1000,
				       &n_sessions);
	if (status < 0)
		status =
			cli_long_flag("simulate", "trials", trials, 1, 100000, &n_trials);
	if (status < 0)
		status = cli_long_flag("simulate", "seed", seed, 0, LONG_MAX, &n_seed);
	if (status < 0)
		status = cli_number_flag("simulate", "history", history, 0, 3, &linked);
	s->people.people = (int)n_people;
	s->people.sessions = (int)n_sessions;
	s->people.trials = (int)n_trials;
	s->people.seed = (uint64_t)n_seed;
	s->people.history = linked;
	return status;
}

static bool
is_simulated(const char *task)
{
	const char *name;

	for (int i = 0; (name = simulated_task(i)); i++) {
		if (strcmp(name, task) == 0)
			return true;
	}
	return false;
}

static int
read_flags(struct simulate *s, int argc, char **argv)
{
	const char *people = NULL, *sessions = NULL, *trials = NULL, *seed = NULL,
		   *history = NULL;
	const struct config_flag flags[] = {
		{"people", "N", "participants (100)", &people, NULL, NULL},
		{"sessions", "N", "of each task and participant (1)", &sessions, NULL,
		 NULL},
		{"trials", "N", "of each session (120)", &trials, NULL, NULL},
		{"task", "NAME...",
		 "stroop, visual-search, flanker, simon, cueing, sart, n-back (all)",
		 NULL, NULL, &s->tasks},
		{"history", "X", "strength of what links trials, 0 to 3 (1)", &history,
		 NULL, NULL},
		{"prefix", "TEXT", "begins the participants' names (sim)",
		 &s->people.prefix, NULL, NULL},
		{"seed", "N", "other numbers make other people (1)", &seed, NULL, NULL},
		{"out", "FILE",
		 "write there, not to stdout; the file appears when it is whole",
		 &s->path, NULL, NULL},
		{"gzip", NULL, "compress (also when FILE ends in .gz)", NULL, &s->gzip,
		 NULL},
	};
	struct config_verb verb = {
		.usage = "camp simulate [OPTION...]",
		.about = "Writes trials of simulated participants as CSV, the same for "
			 "the same options. Effects of\n"
			 "conditions are those reported in the literature; slow drift, "
			 "lapses, slowing after errors\n"
			 "and practice are plausible and no more. Nothing that is "
			 "measured on these people says\n"
			 "anything about real ones.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	int status = cli_config(&s->config, &verb, argc, argv);
	size_t n = s->path ? strlen(s->path) : 0;

	if (status < 0)
		status = read_counts(s, people, sessions, trials, seed, history);
	if (status < 0 && s->people.prefix && strlen(s->people.prefix) > 32)
		status = cli_usage("simulate", "--prefix takes at most 32 bytes");
	for (int i = 0; status < 0 && i < s->tasks.n; i++) {
		if (!is_simulated(s->tasks.value[i]))
			status = cli_usage("simulate",
					   "--task takes stroop, visual-search, flanker, "
					   "simon, cueing, sart and n-back, not \"%s\"",
					   s->tasks.value[i]);
	}
	s->people.tasks = s->tasks.n > 0 ? s->tasks.value : NULL;
	s->people.n_tasks = s->tasks.n;
	s->gzip = s->gzip || (n > 3 && strcmp(s->path + n - 3, ".gz") == 0);
	return status;
}

static enum camp_err
write_row(void *arg, const struct dataset_row *row)
{
	struct simulate *s = arg;
	const struct sequence_trial *t = &row->trial;
	struct buffer *b = &s->line;

	buffer_reset(b);
	text_add_csv(b, row->participant);
	buffer_addf(b, ",%s,%d,%s,%s,%d,", row->session, row->number, row->task,
		    row->condition, t->correct);
	text_add_float(b, t->rt_ms);
	buffer_addf(b, ",%.1f", t->onset_ms);
	for (int i = 0; i < 3; i++) {
		buffer_add_char(b, ',');
		text_add_float(b, t->parameters[i]);
	}
	buffer_add_char(b, '\n');
	if (b->failed)
		return CAMP_ERR_MEMORY;
	return output_write(&s->output, b->data, b->len) && !cli_interrupted
		       ? CAMP_OK
		       : CAMP_ERR_FAULT;
}

static int
write_people(struct simulate *s)
{
	static const char header[] = "participant,session,trial,task,condition,correct,"
				     "rt_ms,onset_ms,set_size,load,soa_ms\n";
	enum camp_err err = CAMP_ERR_FAULT;

	if (output_open(&s->output, s->path, s->gzip) &&
	    output_write(&s->output, header, sizeof(header) - 1))
		err = simulate_rows(&s->people, write_row, s);
	if (!output_close(&s->output, err == CAMP_OK) && s->output.reader_left)
		return CLI_REFUSED;
	if (s->output.failed)
		return cli_fail("simulate", "%s", s->output.why);
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	if (err != CAMP_OK)
		return cli_fail("simulate", "%s", camp_err_title(err));
	return CLI_DONE;
}

int
verb_simulate(int argc, char **argv)
{
	static struct simulate s;
	int status = read_flags(&s, argc, argv);

	if (status < 0) {
		cli_catch_signals();
		status = write_people(&s);
	}
	buffer_clear(&s.line);
	config_clear(&s.config);
	return status;
}
