/* camp score: scores a recording, or the stored sessions of a cohort again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/cohorts.h"
#include "models/tasks/score.h"
#include "server/cli/cli.h"
#include "server/cli/output.h"
#include "server/cli/recording.h"
#include "server/cli/rescore.h"
#include "server/cli/task_file.h"
#include "server/cli/text.h"
#include "server/cli/verbs.h"
#include "server/config.h"

struct score {
	struct config config;
	const char *path, *task, *cohort;
	bool json, rescore, skip_bad;
	char code[JOIN_CODE_LEN + 1];
	struct recording rec;
	struct task_definition *definitions[RECORDING_TASKS_MAX];
	struct trial *trials; /* of the session in hand */
	int32_t trials_cap;
	struct output output;
	struct buffer line;
};

static int
read_flags(struct score *s, int argc, char **argv)
{
	const struct config_flag flags[] = {
		{"task", "NAME",
		 "the recording's task; of a file with a task column, the rows to score",
		 &s->task, NULL, NULL},
		{"skip-bad", NULL, "leave malformed lines out instead of scoring nothing",
		 NULL, &s->skip_bad, NULL},
		{"cohort", "CODE",
		 "compare the stored scores of a cohort with its trials", &s->cohort,
		 NULL, NULL},
		{"rescore", NULL, "with --cohort: store what differs or is missing", NULL,
		 &s->rescore, NULL},
		{"json", NULL, "one JSON object a line in place of CSV or text", NULL,
		 &s->json, NULL},
	};
	struct config_verb verb = {
		.usage = "camp score FILE.csv[.gz] --task NAME [OPTION...]\n"
			 "       camp score --cohort CODE [--rescore] [OPTION...]",
		.about = "Scores a recording (columns as for camp replay) with the "
			 "scorers of the server, but\n"
			 "without one, and prints one line a score. With --cohort it "
			 "scores the complete sessions\n"
			 "in the database again from their trials and tells whether the "
			 "stored scores are equal.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
		.operands_max = 1,
	};
	int status = cli_config(&s->config, &verb, argc, argv);

	if (status >= 0)
		return status;
	if ((verb.n_operands == 1) == (s->cohort != NULL))
		return cli_usage("score", "needs either a FILE or --cohort CODE");
	if (s->cohort && !cli_read_code(s->cohort, s->code))
		return cli_usage("score",
				 "--cohort takes the 8 letters and digits that end the "
				 "join "
				 "link, not \"%s\"",
				 s->cohort);
	if (s->cohort && (s->task || s->skip_bad))
		return cli_usage("score", "--task and --skip-bad belong to a FILE");
	if (!s->cohort && s->rescore)
		return cli_usage("score", "--rescore belongs to --cohort");
	s->path = s->cohort ? NULL : verb.operands[0];
	return CLI_GO_ON;
}

static int
load_recording(struct score *s)
{
	char why[512];
	enum camp_err err;

	err = recording_load(&s->rec, s->path, s->task, why, sizeof(why));
	for (int t = 0; err == CAMP_OK && t < s->rec.n_tasks; t++) {
		err = task_file_load(&s->definitions[t], s->config.tasks_dir,
				     s->rec.tasks[t].name, why, sizeof(why));
		if (err == CAMP_OK)
			err = recording_resolve(&s->rec, t, s->definitions[t]);
	}
	row_problems_print(&s->rec.problems, s->path, 0);
	if (err != CAMP_OK)
		return cli_usage("score", "%s", why);
	if (s->rec.problems.n > 0 && (!s->skip_bad || s->rec.n_trials == 0))
		return cli_usage("score",
				 "nothing was scored, as \"%s\" has malformed lines%s",
				 s->path,
				 s->rec.n_trials > 0 ? " (--skip-bad leaves them out)"
						     : "");
	return CLI_GO_ON;
}

static bool
fill_trials(struct score *s, const struct recording_session *session)
{
	if (session->n_trials > s->trials_cap) {
		struct trial *more =
			reallocarray(s->trials, (size_t)session->n_trials, sizeof(*more));

		if (!more)
			return false;
		s->trials = more;
		s->trials_cap = session->n_trials;
	}
	for (int32_t i = 0; i < session->n_trials; i++) {
		const struct recording_trial *from = &session->trials[i];

		s->trials[i] = (struct trial){.seq = i,
					      .trial = from->trial,
					      .condition = from->condition,
					      .response = -1,
					      .correct = from->correct,
					      .rt_ms = from->rt_ms,
					      .difficulty = __builtin_nanf(""),
					      .onset_ms = __builtin_nan("")};
	}
	return true;
}

struct score_line {
	const char *participant, *session, *task;
	const struct task_score_set *set;
	const struct task_score_value *value;
};

static void
add_csv(struct buffer *b, const struct score_line *line)
{
	const struct task_score_value *v = line->value;

	buffer_addf(b, "%s,%s,%s,", line->participant, line->session, line->task);
	text_add_csv(b, v->name);
	buffer_add_char(b, ',');
	text_add_csv(b, v->unit);
	buffer_add_char(b, ',');
	text_add_double(b, v->value);
	buffer_add_char(b, ',');
	text_add_double(b, v->standard_error);
	buffer_addf(b, ",%d,", v->n);
	text_add_double(b, v->raw_value);
	buffer_add_char(b, ',');
	text_add_double(b, v->raw_standard_error);
	buffer_addf(b, ",%d,%d\n", v->raw_n, line->set->usable);
}

static void
add_json(struct buffer *b, const struct score_line *line)
{
	const struct task_score_value *v = line->value;

	buffer_addf(b,
		    "{\"participant\":\"%s\",\"session\":\"%s\",\"task\":\"%s\","
		    "\"name\":",
		    line->participant, line->session, line->task);
	text_add_json(b, v->name);
	buffer_add_text(b, ",\"unit\":");
	text_add_json(b, v->unit);
	buffer_add_text(b, ",\"value\":");
	text_add_json_double(b, v->value);
	buffer_add_text(b, ",\"standard_error\":");
	text_add_json_double(b, v->standard_error);
	buffer_addf(b, ",\"n\":%d,\"raw_value\":", v->n);
	text_add_json_double(b, v->raw_value);
	buffer_add_text(b, ",\"raw_standard_error\":");
	text_add_json_double(b, v->raw_standard_error);
	buffer_addf(b, ",\"raw_n\":%d,\"usable\":%s}\n", v->raw_n,
		    line->set->usable ? "true" : "false");
}

static int
score_session(struct score *s, const struct recording_person *person,
	      const struct recording_session *session)
{
	struct score_line line = {.participant = person->name,
				  .session = session->label,
				  .task = s->rec.tasks[session->task].name};
	struct task_score_set set;
	enum camp_err err;

	if (session->n_trials == 0)
		return CLI_GO_ON;
	if (!fill_trials(s, session))
		return cli_fail("score", "%s", camp_err_title(CAMP_ERR_MEMORY));
	err = task_score(s->definitions[session->task], s->trials,
			 (size_t)session->n_trials, &set);
	if (err == CAMP_ERR_NOT_FOUND)
		return cli_usage("score", "there is no scorer for the task \"%s\"",
				 line.task);
	if (err != CAMP_OK)
		return cli_fail("score", "%s", camp_err_title(err));
	line.set = &set;
	for (int i = 0; i < set.n_values; i++) {
		line.value = &set.values[i];
		buffer_reset(&s->line);
		if (s->json)
			add_json(&s->line, &line);
		else
			add_csv(&s->line, &line);
		if (s->line.failed ||
		    !output_write(&s->output, s->line.data, s->line.len))
			return cli_fail("score", "%s",
					s->line.failed ? camp_err_title(CAMP_ERR_MEMORY)
						       : s->output.why);
	}
	return CLI_GO_ON;
}

static int
score_recording(struct score *s)
{
	static const char header[] =
		"participant,session,task,name,unit,value,standard_error,n,"
		"raw_value,raw_standard_error,raw_n,usable\n";
	int status = CLI_GO_ON;

	if (!output_open(&s->output, NULL, false) ||
	    (!s->json && !output_write(&s->output, header, sizeof(header) - 1)))
		status = CLI_REFUSED;
	for (int p = 0; status < 0 && p < s->rec.n_people; p++) {
		const struct recording_person *person = &s->rec.people[p];

		for (int i = 0; status < 0 && i < person->n_sessions; i++)
			status = score_session(s, person, &person->sessions[i]);
	}
	output_close(&s->output, true);
	if (s->output.reader_left)
		return CLI_REFUSED;
	if (s->output.failed)
		return cli_fail("score", "%s", s->output.why);
	return status < 0 ? CLI_DONE : status;
}

int
verb_score(int argc, char **argv)
{
	static struct score s;
	int status = read_flags(&s, argc, argv);

	if (status < 0) {
		cli_catch_signals();
		if (s.cohort)
			status = rescore_cohort(&s.config, s.code, s.rescore, s.json);
		else
			status = load_recording(&s);
	}
	if (status < 0)
		status = score_recording(&s);
	for (int t = 0; t < RECORDING_TASKS_MAX; t++)
		task_definition_free(s.definitions[t]);
	recording_clear(&s.rec);
	buffer_clear(&s.line);
	free(s.trials);
	config_clear(&s.config);
	return status;
}
