/**
 * A finished session teaches the person's own changes of the attention model
 * (models/train/adapt.h), on the thread for what nobody waits for.
 *
 * May be late or never happen: when 32 sessions wait, the server stops or something
 * fails, the person stays as before. Two sessions of one person at once: whoever stores
 * last wins, and what the other taught is lost.
 */
#ifndef SERVER_PERSONAL_H
#define SERVER_PERSONAL_H

#include "base/trial.h"

struct server;
struct session_input;
struct task_definition;

/* Of longer sessions only the first so many trials teach: about a second of work. */
#define PERSONAL_TRIALS_MAX 1024

/** Reads what is known of the owner, judges and changes it by the session, stores it. The
 * input is taken over and left empty. Failures are logged. Any thread. */
void personal_learn(const struct server *sv, const struct trial_owner *owner,
		    const struct task_definition *def, struct session_input *take);

#endif
