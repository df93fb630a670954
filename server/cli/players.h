/**
 * The people of a recording, each playing its sessions through the API as a browser
 * would: join, and for every session create, upload cell by cell, upload EEG if there is
 * any, complete. Many at once.
 *
 * Whoever plays a recording again within a day meets the same people and sessions, as
 * every Idempotency-Key is a hash of join code, person, session, task and the replay's
 * seed.
 */
#ifndef SERVER_CLI_PLAYERS_H
#define SERVER_CLI_PLAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "server/cli/client.h"
#include "server/cli/progress.h"
#include "server/cli/recording.h"

#define REFUSALS_KEPT 100

struct replay_refusal {
	char *person, *session; /* session NULL: the person could not join */
	const char
		*step; /* "join", "create session", "upload", "upload EEG", "complete" */
	long status;
	char *code;   /* of the problem; never NULL */
	char *detail; /* what the server says, with pointers and line numbers */
};

struct replay_result {
	uint64_t people, sessions;                    /* that were played to their end */
	uint64_t sent, stored, repeated, conflicting; /* trials */
	struct {
		uint64_t sent, stored, repeated, conflicting;
	} epochs;
	uint64_t new_people, new_sessions; /* made by this run */
	uint64_t n_refusals;               /* the first REFUSALS_KEPT are described */
	struct replay_refusal refusals[REFUSALS_KEPT];
	bool interrupted, gave_up, no_memory;
};

struct replay_plan {
	const struct recording *rec;
	const char *code; /* of the cohort */
	int consent_version;
	long seed; /* another seed makes other people of the same recording */
	int connections;
	/* conditions[t][i] names the condition of code i of the recording's task t */
	const struct task_definition *definitions[RECORDING_TASKS_MAX];
	/* How the file's EEG was recorded, which it does not say; channels are the
	 * file's. */
	struct eeg_setup eeg;
};

/** Plays everything; returns when all is done, *interrupted became true, or it gave up.
 */
void players_run(const struct replay_plan *plan, struct client *client,
		 struct progress *progress, const volatile int *interrupted,
		 struct replay_result *result);
void replay_result_clear(struct replay_result *result);

#endif
