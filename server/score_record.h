/** A session's computed score in the form that the database stores. */
#ifndef SERVER_SCORE_RECORD_H
#define SERVER_SCORE_RECORD_H

#include "base/errors.h"
#include "db/sessions.h"
#include "models/tasks/score.h"

/* score points into the rest, so a record is not to be copied. */
struct score_record {
	struct db_score score;
	struct db_score_value values[TASK_SCORES_MAX];
	struct db_ability ability; /* of an adaptive task */
	char *exclusion; /* {"rules": {"rt_fast": 3, ...}, "session": ["accuracy"]} */
};

/**
 * Scores the n trials of the owner's session, in order of seq. Where the task adapts and
 * start is not NULL, its difficulties are decided again: a session that does not follow
 * is kept, and not usable ("difficulty_not_followed"); one that does has an ability.
 * Errors: as task_score(); the record is then empty. To be cleared.
 */
CAMP_MUST_CHECK enum camp_err
score_record_fill(struct score_record *record, const struct task_definition *def,
		  const struct trial_owner *owner, const struct db_session_start *start,
		  const struct trial *trials, size_t n);
/** The 95 % interval of a stored score of a task, with exclusions (kept) or raw. */
struct stat_interval
score_record_interval(const char *task, const struct db_score_value *value, bool kept);
/** NULL-safe, reusable. */
void score_record_clear(struct score_record *record);

#endif
