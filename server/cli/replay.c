/* camp replay: plays a recording through the HTTP API as real clients would. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/cohorts.h"
#include "server/cli/cli.h"
#include "server/cli/players.h"
#include "server/cli/refusal.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define REFUSALS_SHOWN 20
#define EEG_WINDOW_S 1     /* of a recording's epochs; what its columns mean */
#define FIRST_PATIENCE_S 5 /* a server that is not there at the start is soon said so */

struct replay {
	struct config config;
	const char *path, *task, *cohort, *url;
	const char *eeg_device, *eeg_reference;
	long connections, patience_s, seed, eeg_rate_hz;
	bool json, skip_bad;
	char code[JOIN_CODE_LEN + 1];
	char url_text[256];
	struct recording rec;
	struct client client;
	struct replay_plan plan;
	struct task_definition *definitions[RECORDING_TASKS_MAX];
	struct progress progress;
	struct replay_result result;
};

static int
read_flags(struct replay *r, int argc, char **argv)
{
	const char *connections = NULL, *patience = NULL, *seed = NULL, *rate = NULL;
	const struct config_flag flags[] = {
		{"cohort", "CODE", "the cohort's join code", &r->cohort, NULL, NULL},
		{"task", "NAME",
		 "the recording's task; of a file with a task column, the rows to play",
		 &r->task, NULL, NULL},
		{"url", "URL", "the server (CAMP_BASE_URL, or CAMP_PORT on 127.0.0.1)",
		 &r->url, NULL, NULL},
		{"connections", "N", "people playing at the same time (64)", &connections,
		 NULL, NULL},
		{"patience", "SECONDS", "how long one request is tried again (60)",
		 &patience, NULL, NULL},
		{"seed", "N",
		 "another number makes other people of the same recording (0)", &seed,
		 NULL, NULL},
		{"eeg-device", "NAME", "what recorded the file's EEG (not known)",
		 &r->eeg_device, NULL, NULL},
		{"eeg-rate", "HZ", "its sampling rate (not known)", &rate, NULL, NULL},
		{"eeg-reference", "NAME", "its reference electrode (not known)",
		 &r->eeg_reference, NULL, NULL},
		{"skip-bad", NULL, "leave malformed lines out instead of sending nothing",
		 NULL, &r->skip_bad, NULL},
		{"json", NULL, "progress and summary as lines of JSON on stdout", NULL,
		 &r->json, NULL},
	};
	struct config_verb verb = {
		.usage =
			"camp replay FILE.csv[.gz] --task NAME --cohort CODE [OPTION...]",
		.about = "Plays a recording through the HTTP API as real clients would. "
			 "It needs the columns\n"
			 "participant, trial, condition, correct, rt_ms (empty: no "
			 "response) and session, phase\n"
			 "or study. The whole file is checked before anything is sent. "
			 "Within a day, playing it\n"
			 "again goes on with the same people: every trial is stored "
			 "once.\n"
			 "Columns such as TP9_delta (log10 uV^2 in the second before the "
			 "target) are sent as\n"
			 "EEG, on a made-up clock.",
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
		.operands_min = 1,
		.operands_max = 1,
	};
	int status = cli_config(&r->config, &verb, argc, argv);

	if (status < 0)
		status = cli_long_flag("replay", "connections", connections, 1, 1000,
				       &r->connections);
	if (status < 0)
		status = cli_long_flag("replay", "patience", patience, 1, 86400,
				       &r->patience_s);
	if (status < 0)
		status = cli_long_flag("replay", "seed", seed, 0, INT_MAX, &r->seed);
	if (status < 0)
		status = cli_long_flag("replay", "eeg-rate", rate, 1,
				       (long)EEG_RATE_HZ_MAX, &r->eeg_rate_hz);
	if (status >= 0)
		return status;
	r->path = verb.operands[0];
	if (!r->cohort)
		return cli_usage("replay", "needs --cohort CODE, the cohort's join code");
	if (!cli_read_code(r->cohort, r->code))
		return cli_usage("replay",
				 "--cohort takes the 8 letters and digits that end the "
				 "join link, not \"%s\"",
				 r->cohort);
	if (!cli_base_url(r->url, r->url_text, sizeof(r->url_text)))
		return cli_usage("replay", "the server's address is too long");
	return CLI_GO_ON;
}

static void
print_notices(const struct replay *r)
{
	const struct recording *rec = &r->rec;
	char n[27];

	if (rec->ignored_columns)
		fprintf(stderr, "ignored columns: %s\n", rec->ignored_columns);
	if (!rec->session_column)
		fputs("no session column: one session \"1\" a person\n", stderr);
	else if (strcmp(rec->session_column, "session") != 0)
		fprintf(stderr, "sessions are named by the column \"%s\"\n",
			rec->session_column);
	if (rec->eeg.n > 0)
		fprintf(stderr, "EEG of %d channels, on a made-up clock\n", rec->eeg.n);
	if (rec->other_task_rows > 0)
		fprintf(stderr, "left out: %s rows of other tasks\n",
			progress_number(rec->other_task_rows, n));
}

static int
check_problems(const struct replay *r, uint64_t seen)
{
	if (r->rec.problems.n == seen)
		return CLI_GO_ON;
	row_problems_print(&r->rec.problems, r->path, seen);
	if (r->skip_bad && r->rec.n_trials > 0)
		return CLI_GO_ON;
	return cli_usage("replay", "nothing was sent, as \"%s\" has malformed lines%s",
			 r->path,
			 r->rec.n_trials > 0 ? " (--skip-bad leaves them out)" : "");
}

static int
load_file(struct replay *r)
{
	char why[512];
	enum camp_err err;

	err = recording_load(&r->rec, r->path, r->task, why, sizeof(why));
	if (err != CAMP_OK)
		row_problems_print(&r->rec.problems, r->path, 0);
	if (err != CAMP_OK)
		return cli_usage("replay", "%s", why);
	print_notices(r);
	return CLI_GO_ON;
}

/* GETs path; -1 and *out to go on. what names it in messages. */
static int
get_json(struct replay *r, const char *path, const char *what, struct call *call)
{
	enum call_outcome outcome = CALL_GAVE_UP;
	char *text;

	if (!call_init(call, &r->client) ||
	    !call_prepare(call, &r->client, false, path, NULL, NULL))
		return cli_usage("replay", "out of memory");
	outcome = call_run(call, &r->client, &cli_interrupted);
	if (outcome == CALL_DONE)
		return CLI_GO_ON;
	if (cli_interrupted)
		return CLI_INTERRUPTED;
	if (outcome == CALL_GAVE_UP) {
		fprintf(stderr, "camp replay: no server answers at %s: %s\n", r->url_text,
			r->client.trouble);
		return CLI_REFUSED;
	}
	text = refusal_text(call, NULL);
	fprintf(stderr, "camp replay: %s: %ld %s\n", what, call->status,
		text ? text : "");
	free(text);
	return CLI_REFUSED;
}

static bool
array_holds(const json_t *array, const char *text)
{
	size_t n = json_array_size(array);

	for (size_t i = 0; i < n; i++) {
		const char *item = json_string_value(json_array_get(array, i));

		if (item && strcmp(item, text) == 0)
			return true;
	}
	return false;
}

/* The consent version in force, and whether the cohort offers the file's tasks. */
static int
look_at_cohort(struct replay *r)
{
	char path[64], what[64];
	struct call call;
	json_t *cohort = NULL;
	int status;

	snprintf(path, sizeof(path), "/api/v1/join/%s", r->code);
	snprintf(what, sizeof(what), "cohort %s", r->code);
	status = get_json(r, path, what, &call);
	if (status < 0) {
		cohort = call_json(&call);
		r->plan.consent_version = (int)json_integer_value(
			json_object_get(json_object_get(cohort, "consent"), "version"));
		if (r->plan.consent_version < 1) {
			fprintf(stderr,
				"camp replay: %s does not answer as a camp server\n",
				r->url_text);
			status = CLI_REFUSED;
		}
	}
	for (int t = 0; status < 0 && t < r->rec.n_tasks; t++) {
		if (!array_holds(json_object_get(cohort, "tasks"), r->rec.tasks[t].name))
			status = cli_usage("replay",
					   "cohort %s does not offer the task "
					   "\"%s\"",
					   r->code, r->rec.tasks[t].name);
	}
	json_decref(cohort);
	call_clear(&call, &r->client);
	return status;
}

/* The server's definition tells which conditions the task has. */
static int
look_at_task(struct replay *r, int task)
{
	const char *name = r->rec.tasks[task].name;
	char path[80], what[64], why[256];
	struct call call;
	int status;

	snprintf(path, sizeof(path), "/api/v1/tasks/%s", name);
	snprintf(what, sizeof(what), "task \"%s\"", name);
	status = get_json(r, path, what, &call);
	if (status < 0 &&
	    task_definition_parse_kept(&r->definitions[task], call.answer.data,
				       call.answer.len, why, sizeof(why)) != CAMP_OK) {
		fprintf(stderr, "camp replay: task \"%s\" of %s: %s\n", name, r->url_text,
			why);
		status = CLI_REFUSED;
	}
	call_clear(&call, &r->client);
	if (status < 0 &&
	    recording_resolve(&r->rec, task, r->definitions[task]) != CAMP_OK)
		status = cli_usage("replay", "out of memory");
	r->plan.definitions[task] = r->definitions[task];
	return status;
}

static void
print_refusals(const struct replay *r)
{
	const struct replay_result *result = &r->result;
	bool expired = false;
	uint64_t shown = 0;

	for (; shown < result->n_refusals && shown < REFUSALS_SHOWN; shown++) {
		const struct replay_refusal *refusal = &result->refusals[shown];

		fprintf(stderr, "refused: %s%s%s, %s: %ld %s\n",
			refusal->person ? refusal->person : "?",
			refusal->session ? " " : "",
			refusal->session ? refusal->session : "", refusal->step,
			refusal->status, refusal->detail ? refusal->detail : "");
		expired |= refusal->code &&
			   strcmp(refusal->code, "idempotency_key_expired") == 0;
	}
	if (result->n_refusals > shown)
		fprintf(stderr, "refused: and %llu more\n",
			(unsigned long long)(result->n_refusals - shown));
	if (expired)
		fputs("These people were played more than a day ago; --seed N makes new "
		      "ones.\n",
		      stderr);
}

static void
print_summary(const struct replay *r)
{
	const struct replay_result *result = &r->result;
	double seconds = progress_seconds(&r->progress);
	char a[27], b[27], c[27], d[27];

	printf("%-12s %s of %s (%s new)\n", "participants",
	       progress_number(result->people, a),
	       progress_number((uint64_t)r->rec.n_people, b),
	       progress_number(result->new_people, c));
	printf("%-12s %s of %s (%s new)\n", "sessions",
	       progress_number(result->sessions, a),
	       progress_number(r->rec.n_sessions, b),
	       progress_number(result->new_sessions, c));
	printf("%-12s %s of %s sent: %s stored, %s repeated", "trials",
	       progress_number(result->sent, a), progress_number(r->rec.n_trials, b),
	       progress_number(result->stored, c), progress_number(result->repeated, d));
	printf(", %s conflicting\n", progress_number(result->conflicting, a));
	if (r->rec.n_epochs > 0) {
		printf("%-12s %s of %s sent: %s stored, %s repeated", "EEG epochs",
		       progress_number(result->epochs.sent, a),
		       progress_number(r->rec.n_epochs, b),
		       progress_number(result->epochs.stored, c),
		       progress_number(result->epochs.repeated, d));
		printf(", %s conflicting\n",
		       progress_number(result->epochs.conflicting, a));
	}
	printf("%-12s %s, %s tried again, %s refused\n", "requests",
	       progress_number(r->client.requests, a),
	       progress_number(r->client.retries, b),
	       progress_number(result->n_refusals, c));
	printf("%-12s %.1f s, %s trials/s, %s requests/s\n", "time", seconds,
	       progress_number((uint64_t)((double)result->sent / seconds), a),
	       progress_number((uint64_t)((double)r->client.requests / seconds), b));
	if (r->client.latency.n > 0)
		printf("%-12s p50 %.1f ms, p99 %.1f ms\n", "latency",
		       client_latency_ms(&r->client.latency, 0.5),
		       client_latency_ms(&r->client.latency, 0.99));
}

static json_t *
latency_json(const struct client_latency *latency, double q)
{
	double ms = client_latency_ms(latency, q);

	return isnan(ms) ? json_null() : json_real(ms);
}

static json_t *
refusals_json(const struct replay_result *result)
{
	json_t *list = json_array();

	for (uint64_t i = 0; i < result->n_refusals && i < REFUSALS_KEPT; i++) {
		const struct replay_refusal *refusal = &result->refusals[i];

		json_array_append_new(list,
				      json_pack("{s:s?, s:s?, s:s, s:I, s:s?, s:s?}",
						"participant", refusal->person, "session",
						refusal->session, "step", refusal->step,
						"status", (json_int_t)refusal->status,
						"code", refusal->code, "detail",
						refusal->detail));
	}
	return list;
}

static void
print_json_summary(const struct replay *r, int status)
{
	const struct replay_result *result = &r->result;
	const struct client *client = &r->client;
	double seconds = progress_seconds(&r->progress);
	json_t *summary =
		json_pack("{s:s, s:i, s:b, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, "
			  "s:{s:I, s:I, s:I, s:I, s:I, s:I}, "
			  "s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:f, "
			  "s:f, s:{s:o, s:o}, "
			  "s:o}",
			  "event", "summary", "status", status, "interrupted",
			  result->interrupted, "participants", "file",
			  (json_int_t)r->rec.n_people, "played",
			  (json_int_t)result->people, "new",
			  (json_int_t)result->new_people, "sessions", "file",
			  (json_int_t)r->rec.n_sessions, "played",
			  (json_int_t)result->sessions, "new",
			  (json_int_t)result->new_sessions, "trials", "file",
			  (json_int_t)r->rec.n_trials, "skipped",
			  (json_int_t)r->rec.bad_rows, "sent", (json_int_t)result->sent,
			  "stored", (json_int_t)result->stored, "repeated",
			  (json_int_t)result->repeated, "conflicting",
			  (json_int_t)result->conflicting, "epochs", "file",
			  (json_int_t)r->rec.n_epochs, "sent",
			  (json_int_t)result->epochs.sent, "stored",
			  (json_int_t)result->epochs.stored, "repeated",
			  (json_int_t)result->epochs.repeated, "conflicting",
			  (json_int_t)result->epochs.conflicting, "requests", "sent",
			  (json_int_t)client->requests, "retried",
			  (json_int_t)client->retries, "refused",
			  (json_int_t)result->n_refusals, "seconds", seconds,
			  "trials_per_s", (double)result->sent / seconds, "latency_ms",
			  "p50", latency_json(&client->latency, 0.5), "p99",
			  latency_json(&client->latency, 0.99), "refusals",
			  refusals_json(result));

	if (!summary)
		return;
	json_dumpf(summary, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(summary);
}

static int
judge_result(const struct replay *r)
{
	const struct replay_result *result = &r->result;

	if (result->no_memory)
		fputs("camp replay: out of memory\n", stderr);
	if (result->gave_up)
		fprintf(stderr, "camp replay: no answer from %s for %ld s (%s).\n",
			r->url_text, r->patience_s, r->client.trouble);
	if (result->interrupted || result->gave_up)
		fputs("Run the same command again within a day to go on: what is stored "
		      "already "
		      "is only counted as repeated.\n",
		      stderr);
	if (result->conflicting + result->epochs.conflicting > 0)
		fputs("Conflicting trials and epochs differ from those stored before "
		      "under the same "
		      "numbers; "
		      "the first ones stay.\n",
		      stderr);
	if (result->interrupted)
		return CLI_INTERRUPTED;
	return result->no_memory || result->gave_up || result->n_refusals > 0 ||
			       result->conflicting + result->epochs.conflicting > 0
		       ? CLI_REFUSED
		       : CLI_DONE;
}

static int
play(struct replay *r)
{
	char why[320];
	uint64_t seen;
	int status;

	status = check_problems(r, 0);
	if (status >= 0)
		return status;
	if (!client_init(&r->client, r->url_text, (int)r->connections, FIRST_PATIENCE_S,
			 why, sizeof(why)))
		return cli_usage("replay", "%s", why);
	seen = r->rec.problems.n;
	status = look_at_cohort(r);
	for (int t = 0; status < 0 && t < r->rec.n_tasks; t++)
		status = look_at_task(r, t);
	if (status < 0)
		status = check_problems(r, seen);
	if (status >= 0)
		return status;
	r->client.patience_ms = (int)r->patience_s * 1000;
	r->plan.rec = &r->rec;
	r->plan.code = r->code;
	r->plan.seed = r->seed;
	r->plan.connections = (int)r->connections;
	r->plan.eeg = (struct eeg_setup){
		.device = r->eeg_device ? r->eeg_device : "not known",
		.reference = r->eeg_reference,
		.sampling_rate_hz = r->eeg_rate_hz > 0 ? (double)r->eeg_rate_hz : NAN,
		.window_s = EEG_WINDOW_S,
	};
	progress_start(&r->progress, r->json ? PROGRESS_JSON : PROGRESS_AUTO, "replay",
		       "trials", r->rec.n_trials);
	players_run(&r->plan, &r->client, &r->progress, &cli_interrupted, &r->result);
	progress_hide(&r->progress);
	print_refusals(r);
	status = judge_result(r);
	if (r->json)
		print_json_summary(r, status);
	else
		print_summary(r);
	return status;
}

int
verb_replay(int argc, char **argv)
{
	struct replay *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		return cli_usage("replay", "out of memory");
	r->connections = 64;
	r->patience_s = 60;
	status = read_flags(r, argc, argv);
	if (status < 0) {
		cli_catch_signals();
		status = load_file(r);
	}
	if (status < 0)
		status = play(r);
	client_clear(&r->client);
	config_clear(&r->config);
	recording_clear(&r->rec);
	replay_result_clear(&r->result);
	for (int t = 0; t < RECORDING_TASKS_MAX; t++)
		task_definition_free(r->definitions[t]);
	free(r);
	return status;
}
