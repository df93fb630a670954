/** The difficulties of an adaptive session, decided again, and the ability that it found.
 */
#ifndef SERVER_SESSION_ABILITY_H
#define SERVER_SESSION_ABILITY_H

#include "base/errors.h"
#include "base/trial.h"
#include "db/sessions.h"
#include "models/tasks/definition.h"

/**
 * Replays the n trials, in order of seq, from the seed and the ability that the session
 * started from. `followed` tells whether every difficulty was the one decided; only then
 * is *out filled. A task that does not adapt, or a session whose parameter "adaptive" is
 * 0, gives followed and out->location_sd 0. Takes about 0.1 ms a trial. Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err session_ability_fill(struct db_ability *out, bool *followed,
						   const struct task_definition *def,
						   const struct db_session_start *start,
						   const struct trial *trials, size_t n);

#endif
