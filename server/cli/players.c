#include "server/cli/players.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/cli/refusal.h"
#include "server/cli/text.h"

#define TOKEN_SIZE 1024
#define KEY_SIZE 33  /* 24 bytes in base64url, and a zero */
#define POLL_MS 100  /* how late an interrupt or the progress bar may be noticed */
#define STOP_MS 5000 /* what is under way may take this long after an interrupt */
#define RENEWALS_MAX 3
#define EPOCHS_PER_UPLOAD 60

enum step { STEP_JOIN, STEP_CREATE, STEP_UPLOAD, STEP_EEG, STEP_COMPLETE };

static const char *const step_names[] = {"join", "create session", "upload", "upload EEG",
					 "complete"};

struct player {
	const struct recording_person *person; /* NULL: idle */
	enum step step;
	int session;        /* of the person */
	int32_t next_seq;   /* first trial that is not acknowledged */
	int32_t next_epoch; /* the same of the EEG */
	int32_t batch;      /* trials or epochs of the call under way */
	int renewals;       /* of tokens that expired, in this session */
	bool waits;
	char token[TOKEN_SIZE], session_token[TOKEN_SIZE];
	char session_id[UUID_TEXT_LEN + 1];
	struct call call;
};

struct crowd {
	const struct replay_plan *plan;
	struct client *client;
	struct replay_result *result;
	struct player *players;
	int n_players, active, next_person;
	uint64_t settled; /* trials acknowledged, or given up with their session */
	bool stopping;
};

/* Parts are separated by a zero byte, which none of them holds. */
static void
make_key(char key[KEY_SIZE], const struct replay_plan *plan, const char *kind,
	 const char *person, const char *session, const char *task)
{
	const char *parts[] = {"camp replay", kind, plan->code, person, session, task};
	unsigned char hash[24];
	crypto_generichash_state state;
	char seed[24];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		crypto_generichash_update(&state, (const unsigned char *)parts[i],
					  strlen(parts[i]) + 1);
	snprintf(seed, sizeof(seed), "%ld", plan->seed);
	crypto_generichash_update(&state, (const unsigned char *)seed, strlen(seed));
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2base64(key, KEY_SIZE, hash, sizeof(hash),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static const struct recording_session *
session_of(const struct player *p)
{
	return &p->person->sessions[p->session];
}

static const struct task_definition *
definition_of(const struct crowd *crowd, const struct player *p)
{
	return crowd->plan->definitions[session_of(p)->task];
}

/* Sessions whose rows were all left out are not played. */
static bool
skip_empty_sessions(struct player *p)
{
	while (p->session < p->person->n_sessions && session_of(p)->n_trials == 0)
		p->session++;
	return p->session < p->person->n_sessions;
}

/* onset_ms NAN: none given. */
static void
add_trial(struct buffer *b, const struct recording_trial *trial, int32_t seq,
	  double onset_ms, const struct task_definition *def)
{
	buffer_addf(b, "{\"seq\":%d,\"condition\":", seq);
	text_add_json(b, def->conditions[trial->condition].name);
	buffer_add_text(b, trial->correct ? ",\"correct\":true,\"rt_ms\":"
					  : ",\"correct\":false,\"rt_ms\":");
	if (isnan(trial->rt_ms))
		buffer_add_text(b, "null");
	else
		text_add_float(b, trial->rt_ms);
	if (trial->trial >= 0)
		buffer_addf(b, ",\"trial\":%d", trial->trial);
	if (!isnan(onset_ms))
		buffer_addf(b, ",\"onset_ms\":%.0f", onset_ms);
	buffer_add_char(b, '}');
}

static bool
prepare_join(struct crowd *crowd, struct player *p)
{
	struct buffer *b = &p->call.body;
	char key[KEY_SIZE];

	make_key(key, crowd->plan, "join", p->person->name, "", "");
	buffer_addf(b,
		    "{\"code\":\"%s\",\"consent_version\":%d,\"language\":\"en\","
		    "\"pseudonym\":",
		    crowd->plan->code, crowd->plan->consent_version);
	text_add_json(b, p->person->name);
	buffer_add_char(b, '}');
	return call_prepare(&p->call, crowd->client, true, "/api/v1/join", NULL, key);
}

static bool
prepare_create(struct crowd *crowd, struct player *p)
{
	const char *label = session_of(p)->label, *task = definition_of(crowd, p)->name;
	struct buffer *b = &p->call.body;
	char key[KEY_SIZE];

	make_key(key, crowd->plan, "session", p->person->name, label, task);
	buffer_add_text(b, "{\"task\":");
	text_add_json(b, task);
	buffer_add_text(b, ",\"label\":");
	text_add_json(b, label);
	/* Whoever reads these times must know that nobody measured them. */
	buffer_add_text(b, session_of(p)->n_epochs > 0
				   ? ",\"device\":{\"client\":\"camp replay\","
				     "\"clock\":\"made up\"}}"
				   : ",\"device\":{\"client\":\"camp replay\"}}");
	return call_prepare(&p->call, crowd->client, true, "/api/v1/sessions", p->token,
			    key);
}

/* The rest of the cell that next_seq lies in. */
static bool
prepare_upload(struct crowd *crowd, struct player *p)
{
	const struct recording_session *session = session_of(p);
	int32_t n = TRIALS_PER_CELL - p->next_seq % TRIALS_PER_CELL;
	struct buffer *b = &p->call.body;
	char path[80];

	if (n > session->n_trials - p->next_seq)
		n = session->n_trials - p->next_seq;
	p->batch = n;
	buffer_add_text(b, "{\"trials\":[");
	for (int32_t i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_char(b, ',');
		add_trial(b, &session->trials[p->next_seq + i], p->next_seq + i,
			  session->n_epochs > 0 ? session->onset_ms[p->next_seq + i]
						: NAN,
			  definition_of(crowd, p));
	}
	buffer_add_text(b, "]}");
	snprintf(path, sizeof(path), "/api/v1/sessions/%s/trials", p->session_id);
	return call_prepare(&p->call, crowd->client, true, path, p->session_token, NULL);
}

static void
add_eeg_setup(struct buffer *b, const struct eeg_setup *setup,
	      const struct recording_eeg *eeg)
{
	buffer_add_text(b, "{\"device\":");
	text_add_json(b, setup->device);
	if (setup->reference) {
		buffer_add_text(b, ",\"reference\":");
		text_add_json(b, setup->reference);
	}
	buffer_add_text(b, ",\"sampling_rate_hz\":");
	text_add_json_double(b, setup->sampling_rate_hz);
	buffer_add_text(b, ",\"unit\":\"log10_uv2\",\"window_s\":");
	text_add_json_double(b, setup->window_s);
	for (int c = 0; c < eeg->n; c++)
		buffer_addf(b, "%s\"%s\"", c > 0 ? "," : ",\"channels\":[", eeg->name[c]);
	buffer_add_char(b, ']');
}

static void
add_epoch(struct buffer *b, const float *power, int n_channels)
{
	for (int band = 0; band < EEG_BANDS; band++) {
		buffer_addf(b, "%s\"%s\":[", band > 0 ? "," : "\"power\":{",
			    eeg_bands[band].name);
		for (int c = 0; c < n_channels; c++) {
			float value = power[band * n_channels + c];

			if (c > 0)
				buffer_add_char(b, ',');
			if (isnan(value))
				buffer_add_text(b, "null");
			else
				text_add_float(b, value);
		}
		buffer_add_char(b, ']');
	}
	buffer_add_char(b, '}');
}

/* An epoch ends where its trial's target appears. */
static bool
prepare_eeg(struct crowd *crowd, struct player *p)
{
	const struct recording_session *session = session_of(p);
	const struct recording_eeg *eeg = &crowd->plan->rec->eeg;
	int32_t n = session->n_epochs - p->next_epoch;
	struct buffer *b = &p->call.body;
	char path[80];

	p->batch = n < EPOCHS_PER_UPLOAD ? n : EPOCHS_PER_UPLOAD;
	add_eeg_setup(b, &crowd->plan->eeg, eeg);
	for (int32_t i = 0; i < p->batch; i++) {
		int32_t seq = p->next_epoch + i, trial = session->epoch_trial[seq];

		buffer_addf(b, "%s{\"seq\":%d,\"t_ms\":", i > 0 ? "," : ",\"epochs\":[",
			    seq);
		text_add_json_double(b, session->onset_ms[trial] -
						1000 * crowd->plan->eeg.window_s);
		buffer_add_char(b, ',');
		add_epoch(b, session->power + (size_t)trial * (size_t)eeg->n * EEG_BANDS,
			  eeg->n);
		buffer_add_char(b, '}');
	}
	buffer_add_text(b, "]}");
	snprintf(path, sizeof(path), "/api/v1/sessions/%s/eeg", p->session_id);
	return call_prepare(&p->call, crowd->client, true, path, p->session_token, NULL);
}

static bool
prepare_complete(struct crowd *crowd, struct player *p)
{
	char path[80];

	buffer_addf(&p->call.body, "{\"trials\":%d}", session_of(p)->n_trials);
	snprintf(path, sizeof(path), "/api/v1/sessions/%s/complete", p->session_id);
	return call_prepare(&p->call, crowd->client, true, path, p->session_token, NULL);
}

/* Starts the call that the player's step is about. */
static void
take_step(struct crowd *crowd, struct player *p)
{
	static bool (*const prepare[])(struct crowd *,
				       struct player *) = {prepare_join, prepare_create,
							   prepare_upload, prepare_eeg,
							   prepare_complete};

	buffer_reset(&p->call.body);
	p->waits = false;
	if (prepare[p->step](crowd, p) && call_start(&p->call, crowd->client))
		return;
	crowd->result->no_memory = true;
	crowd->stopping = true;
	p->person = NULL;
	crowd->active--;
}

/* Gives an idle player the next person of the recording. */
static void
take_person(struct crowd *crowd, struct player *p)
{
	const struct recording *rec = crowd->plan->rec;

	p->person = NULL;
	while (!crowd->stopping && crowd->next_person < rec->n_people) {
		p->person = &rec->people[crowd->next_person++];
		p->session = 0;
		p->renewals = 0;
		p->step = STEP_JOIN;
		if (skip_empty_sessions(p)) {
			crowd->active++;
			take_step(crowd, p);
			return;
		}
		p->person = NULL;
	}
}

static void
leave_person(struct crowd *crowd, struct player *p)
{
	crowd->active--;
	take_person(crowd, p);
}

static void
next_session(struct crowd *crowd, struct player *p)
{
	p->session++;
	p->renewals = 0;
	if (!skip_empty_sessions(p)) {
		crowd->result->people++;
		leave_person(crowd, p);
		return;
	}
	p->step = STEP_CREATE;
	take_step(crowd, p);
}

static bool
copy_text(char *out, size_t size, const json_t *text)
{
	size_t len = json_string_length(text);

	if (!json_is_string(text) || len == 0 || len >= size)
		return false;
	memcpy(out, json_string_value(text), len + 1);
	return true;
}

static void
keep_refusal(struct crowd *crowd, struct player *p, const char *what)
{
	struct replay_result *result = crowd->result;
	struct replay_refusal *refusal;
	const struct recording_trial *first = NULL;

	if (result->n_refusals++ >= REFUSALS_KEPT)
		return;
	refusal = &result->refusals[result->n_refusals - 1];
	refusal->person = strdup(p->person->name);
	if (p->step != STEP_JOIN)
		refusal->session = strdup(session_of(p)->label);
	if (p->step == STEP_UPLOAD)
		first = &session_of(p)->trials[p->next_seq];
	refusal->step = step_names[p->step];
	refusal->status = p->call.status;
	refusal->code = what ? strdup("bad_answer") : refusal_code(&p->call);
	refusal->detail = what ? strdup(what) : refusal_text(&p->call, first);
}

/* The rest of the session cannot follow; a join that is refused ends the person. */
static void
on_refused(struct crowd *crowd, struct player *p, const char *what)
{
	const struct recording_person *person = p->person;

	keep_refusal(crowd, p, what);
	if (p->step != STEP_JOIN) {
		int32_t from = p->step == STEP_CREATE ? 0 : p->next_seq;

		crowd->settled += (uint64_t)(session_of(p)->n_trials - from);
		next_session(crowd, p);
		return;
	}
	for (int s = 0; s < person->n_sessions; s++)
		crowd->settled += (uint64_t)person->sessions[s].n_trials;
	leave_person(crowd, p);
}

static void
on_joined(struct crowd *crowd, struct player *p, const json_t *answer)
{
	if (!copy_text(p->token, sizeof(p->token), json_object_get(answer, "token"))) {
		on_refused(crowd, p, "the answer holds no token");
		return;
	}
	crowd->result->new_people += p->call.status == 201;
	p->step = STEP_CREATE;
	take_step(crowd, p);
}

/* What a session that was opened still needs. */
static enum step
step_ahead(const struct player *p)
{
	if (p->next_seq < session_of(p)->n_trials)
		return STEP_UPLOAD;
	return p->next_epoch < session_of(p)->n_epochs ? STEP_EEG : STEP_COMPLETE;
}

static void
on_created(struct crowd *crowd, struct player *p, const json_t *answer)
{
	const json_t *session = json_array_get(json_object_get(answer, "sessions"), 0);

	if (!copy_text(p->session_id, sizeof(p->session_id),
		       json_object_get(session, "id")) ||
	    !copy_text(p->session_token, sizeof(p->session_token),
		       json_object_get(session, "token"))) {
		on_refused(crowd, p, "the answer holds no session with id and token");
		return;
	}
	crowd->result->new_sessions += p->call.status == 201;
	if (p->renewals == 0)
		p->next_seq = p->next_epoch = 0;
	p->step = step_ahead(p);
	take_step(crowd, p);
}

struct counts {
	uint64_t stored, repeated, conflicting;
};

/* False when the answer's counts do not add up to the batch. */
static bool
read_counts(struct counts *counts, const json_t *answer, int32_t batch)
{
	json_int_t stored = json_integer_value(json_object_get(answer, "stored")),
		   repeated = json_integer_value(json_object_get(answer, "repeated")),
		   conflicting =
			   json_integer_value(json_object_get(answer, "conflicting"));

	*counts = (struct counts){(uint64_t)stored, (uint64_t)repeated,
				  (uint64_t)conflicting};
	return stored >= 0 && repeated >= 0 && conflicting >= 0 &&
	       stored + repeated + conflicting == batch;
}

static void
on_uploaded(struct crowd *crowd, struct player *p, const json_t *answer)
{
	struct replay_result *result = crowd->result;
	bool eeg = p->step == STEP_EEG;
	struct counts counts;

	if (!read_counts(&counts, answer, p->batch)) {
		on_refused(crowd, p,
			   "the answer's counts do not add up to what was sent");
		return;
	}
	if (eeg) {
		result->epochs.sent += (uint64_t)p->batch;
		result->epochs.stored += counts.stored;
		result->epochs.repeated += counts.repeated;
		result->epochs.conflicting += counts.conflicting;
		p->next_epoch += p->batch;
	} else {
		result->sent += (uint64_t)p->batch;
		result->stored += counts.stored;
		result->repeated += counts.repeated;
		result->conflicting += counts.conflicting;
		crowd->settled += (uint64_t)p->batch;
		p->next_seq += p->batch;
	}
	p->step = step_ahead(p);
	take_step(crowd, p);
}

static void
on_answered(struct crowd *crowd, struct player *p)
{
	json_t *answer = p->step == STEP_COMPLETE ? NULL : call_json(&p->call);

	switch (p->step) {
	case STEP_JOIN:
		on_joined(crowd, p, answer);
		break;
	case STEP_CREATE:
		on_created(crowd, p, answer);
		break;
	case STEP_UPLOAD:
	case STEP_EEG:
		on_uploaded(crowd, p, answer);
		break;
	case STEP_COMPLETE:
		crowd->result->sessions++;
		next_session(crowd, p);
		break;
	}
	json_decref(answer);
}

/* An expired token is renewed by repeating the request that gave it. */
static bool
renew_token(struct crowd *crowd, struct player *p)
{
	char *code;
	bool expired;

	if (p->call.status != 401 || p->step == STEP_JOIN || p->renewals >= RENEWALS_MAX)
		return false;
	code = refusal_code(&p->call);
	expired = code && strcmp(code, "token_expired") == 0;
	free(code);
	if (!expired)
		return false;
	if (p->step == STEP_CREATE && p->renewals == 0)
		p->next_seq = p->next_epoch = 0;
	p->renewals++;
	p->step = p->step == STEP_CREATE ? STEP_JOIN : STEP_CREATE;
	take_step(crowd, p);
	return true;
}

static void
on_finished(struct crowd *crowd, struct player *p, CURLcode code)
{
	switch (call_finish(&p->call, crowd->client, code)) {
	case CALL_DONE:
		on_answered(crowd, p);
		break;
	case CALL_REFUSED:
		if (!renew_token(crowd, p))
			on_refused(crowd, p, NULL);
		break;
	case CALL_WAITS:
		p->waits = true;
		break;
	case CALL_GAVE_UP:
		/* Nobody else would fare better: stop, so that it can be run again. */
		crowd->result->gave_up = true;
		crowd->stopping = true;
		p->person = NULL;
		crowd->active--;
		break;
	}
}

/* Ends what is not under way: a stop begins no new call. */
static void
dismiss_waiting(struct crowd *crowd)
{
	for (int i = 0; i < crowd->n_players; i++) {
		struct player *p = &crowd->players[i];

		if (p->person && !p->call.running) {
			p->person = NULL;
			p->waits = false;
			crowd->active--;
		}
	}
}

/* Starts the attempts that are due; returns how long nothing else will be. */
static int
start_due(struct crowd *crowd)
{
	int64_t now = progress_clock_ms(), soonest = now + POLL_MS;

	for (int i = 0; i < crowd->n_players; i++) {
		struct player *p = &crowd->players[i];

		if (!p->waits)
			continue;
		if (p->call.due_ms <= now) {
			p->waits = false;
			if (!call_start(&p->call, crowd->client)) {
				crowd->result->no_memory = true;
				crowd->stopping = true;
			}
		} else if (p->call.due_ms < soonest) {
			soonest = p->call.due_ms;
		}
	}
	return (int)(soonest - now);
}

static void
read_finished(struct crowd *crowd)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(crowd->client->multi, &left))) {
		struct call *call = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		on_finished(crowd,
			    (struct player *)((char *)call -
					      offsetof(struct player, call)),
			    code);
	}
}

static void
show_progress(const struct crowd *crowd, struct progress *progress)
{
	char note[96], people[27], retries[27] = "";

	progress_number(crowd->result->people, people);
	if (crowd->client->retries > 0)
		progress_number(crowd->client->retries, retries);
	snprintf(note, sizeof(note), "%s of %d people%s%s%s", people,
		 crowd->plan->rec->n_people, retries[0] ? ", " : "", retries,
		 retries[0] ? " retries" : "");
	progress_show(progress, crowd->settled, note);
}

static void
run_crowd(struct crowd *crowd, struct progress *progress, const volatile int *interrupted)
{
	int64_t stop_ms = 0;

	for (int i = 0; i < crowd->n_players; i++)
		take_person(crowd, &crowd->players[i]);
	while (crowd->active > 0) {
		int running, wait_ms = 0;

		curl_multi_perform(crowd->client->multi, &running);
		read_finished(crowd);
		show_progress(crowd, progress);
		if (*interrupted && !crowd->result->interrupted) {
			crowd->result->interrupted = true;
			crowd->stopping = true;
		}
		if (crowd->stopping) {
			if (stop_ms == 0)
				stop_ms = progress_clock_ms() + STOP_MS;
			dismiss_waiting(crowd);
			if (progress_clock_ms() >= stop_ms)
				break;
		} else {
			wait_ms = start_due(crowd);
		}
		if (crowd->active > 0)
			curl_multi_poll(crowd->client->multi, NULL, 0,
					crowd->stopping ? POLL_MS : wait_ms, NULL);
	}
}

void
players_run(const struct replay_plan *plan, struct client *client,
	    struct progress *progress, const volatile int *interrupted,
	    struct replay_result *result)
{
	struct crowd crowd = {.plan = plan, .client = client, .result = result};
	int wanted = plan->connections < plan->rec->n_people ? plan->connections
							     : plan->rec->n_people;

	crowd.players = calloc((size_t)wanted, sizeof(*crowd.players));
	while (crowd.players && crowd.n_players < wanted &&
	       call_init(&crowd.players[crowd.n_players].call, client))
		crowd.n_players++;
	if (crowd.n_players < wanted)
		result->no_memory = true;
	else
		run_crowd(&crowd, progress, interrupted);
	for (int i = 0; i < crowd.n_players; i++) {
		call_clear(&crowd.players[i].call, client);
		sodium_memzero(crowd.players[i].token, TOKEN_SIZE);
		sodium_memzero(crowd.players[i].session_token, TOKEN_SIZE);
	}
	free(crowd.players);
}

void
replay_result_clear(struct replay_result *result)
{
	for (int i = 0; i < REFUSALS_KEPT; i++) {
		free(result->refusals[i].person);
		free(result->refusals[i].session);
		free(result->refusals[i].code);
		free(result->refusals[i].detail);
	}
	memset(result, 0, sizeof(*result));
}
