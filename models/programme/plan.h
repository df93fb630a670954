/**
 * What is due by a programme: phases, sessions, their items, streaks. Pure: everything
 * comes in, the time too, and the same input gives the same plan.
 *
 * Times are Unix milliseconds. Weeks of a phase are sevens of days from its beginning:
 * from joining, or from the end of the phase before, plus after_days.
 *
 * A session of a phase is done when all its items are complete. What it plays is chosen
 * for good when its first item is opened, and is chosen anew each time before.
 */
#ifndef MODELS_PROGRAMME_PLAN_H
#define MODELS_PROGRAMME_PLAN_H

#include "base/errors.h"
#include "base/uuid.h"
#include "models/programme/pick.h"
#include "models/programme/programme.h"

#define PLAN_AHEAD_MAX 2

/* One stored session of the person, of the programme or not. */
struct plan_played {
	struct uuid session_id; /* UUIDv7: a later one is newer */
	const char *task;
	const char *item;          /* "training-2-1"; NULL: free practice */
	const char *const *picked; /* tasks of its planned session, item by item */
	int n_picked;
	bool complete;
	int64_t completed_ms;
};

/* How well the person's ability in a task is known: pick.h's u. */
struct plan_knowledge {
	const char *task;
	double uncertainty;
};

struct plan_input {
	const struct programme *programme; /* NULL: none */
	int arm;                           /* -1: none */
	int join_no;                       /* from 1; 0: unknown */
	int64_t joined_ms, now_ms;
	const struct plan_played *played; /* oldest first */
	int n_played;
	const struct plan_knowledge *knowledge;
	int n_knowledge;
};

struct plan_item {
	char name[PROGRAMME_ITEM_MAX + 1];
	char task[TASK_NAME_MAX + 1];
	const json_t *parameters; /* NULL: none; borrowed from the programme */
	int minutes;
	struct pick_reason reason;
	bool done;
	struct uuid session_id; /* zero: never opened */
};

struct plan_session {
	int phase;                  /* in programme->phases */
	int number;                 /* from 1 */
	int64_t since_ms, until_ms; /* until_ms 0: without end */
	int64_t not_before_ms;      /* of one that lies ahead */
	int n_items;
	struct plan_item items[PROGRAMME_TASKS_MAX];
};

enum plan_state { PLAN_DUE, PLAN_WAIT, PLAN_FINISHED, PLAN_FREE };
enum plan_phase_state { PHASE_DONE, PHASE_CURRENT, PHASE_AHEAD };

struct plan_phase {
	int phase; /* in programme->phases */
	int done;  /* sessions */
	enum plan_phase_state state;
};

struct plan {
	enum plan_state state;
	int n_phases;
	struct plan_phase phases[PROGRAMME_PHASES_MAX];
	struct plan_session due; /* with PLAN_DUE */
	int n_ahead;
	struct plan_session ahead[PLAN_AHEAD_MAX];
	int64_t next_ms; /* with PLAN_WAIT */
	int week_wanted, week_done, missed;
	int streak_days, streak_weeks;
};

/** Errors: MEMORY. The plan borrows from the input. */
CAMP_MUST_CHECK enum camp_err plan_make(struct plan *out, const struct plan_input *in);

/** The item of that name among those due and ahead, or NULL; *session is where it is. */
const struct plan_item *plan_item_find(const struct plan *plan, const char *name,
				       const struct plan_session **session);

const char *plan_state_name(enum plan_state state);
const char *plan_phase_state_name(enum plan_phase_state state);

/**
 * Days and weeks in a row with a completed session, up to now: UTC days, and weeks that
 * begin on Monday 00:00 UTC. The current one counts when it has a session and breaks
 * nothing when it has none yet.
 */
void plan_streaks(const struct plan_played *played, int n, int64_t now_ms, int *days,
		  int *weeks);

#endif
