#include "server/personal.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/adapters.h"
#include "models/engagement/forecaster.h"
#include "models/tasks/definition.h"
#include "models/train/adapt.h"
#include "server/compute.h"
#include "server/model_store.h"
#include "server/server.h"
#include "server/session_forecast.h"

struct lesson {
	struct compute_job job; /* first: a job is one of these */
	const struct server *sv;
	struct trial_owner owner;
	const struct task_definition *def;
	struct session_input input; /* its adapter: what was known before */
};

static void
lesson_free(struct lesson *l)
{
	session_input_clear(&l->input);
	free(l);
}

/* No fault: too much to do, the end of the server, a person who was erased. */
static bool
is_expected(enum camp_err err)
{
	return err == CAMP_ERR_BUSY || err == CAMP_ERR_DRAINING ||
	       err == CAMP_ERR_NOT_FOUND;
}

static void
end(struct lesson *l, enum camp_err err)
{
	if (err != CAMP_OK)
		log_event(is_expected(err) ? LOG_DEBUG : LOG_WARNING,
			  "a session taught nothing about its person",
			  log_text("reason", camp_err_code(err)));
	lesson_free(l);
}

static void
on_stored(void *arg, enum camp_err err)
{
	end(arg, err);
}

/* What is known, or nothing: what another version of the model learned is useless. */
static enum camp_err
recall(struct adapt_person *person, const struct lesson *l, const struct forecaster *f)
{
	char why[128];
	enum camp_err err = CAMP_OK;

	memset(person, 0, sizeof(*person));
	if (l->input.adapter.n > 0)
		err = adapt_parse(person, f, l->input.adapter.state, l->input.adapter.n,
				  why, sizeof(why));
	return err == CAMP_ERR_INVALID ? CAMP_OK : err;
}

static enum camp_err
learn(struct adapt_person *person, const struct lesson *l, const struct forecaster *f)
{
	struct sequence_trial *trials = calloc((size_t)l->input.n + 1, sizeof(*trials));
	struct adapt_verdict verdict;
	struct sequence sequence;
	enum camp_err err = CAMP_ERR_MEMORY;

	if (trials) {
		session_sequence(&sequence, trials, f, l->def, &l->input);
		err = adapt_session(f, person, &sequence, &verdict);
	}
	free(trials);
	return err;
}

static enum camp_err
store(struct lesson *l, const struct adapt_person *person, const struct forecaster *f)
{
	const struct db_adapter_facts facts = {.model_version = forecaster_version(f),
					       .in_use = person->in_use,
					       .sessions = person->sessions,
					       .evidence = person->evidence};
	uint8_t *bytes = NULL;
	size_t n = 0;
	enum camp_err err = adapt_print(&bytes, &n, f, person);

	if (err == CAMP_OK)
		err = db_adapter_put(l->sv->db, &l->owner, &(struct db_adapter){bytes, n},
				     &facts, on_stored, l);
	free(bytes);
	return err;
}

static void
run(struct compute_job *job, const struct model_use *use, struct forecast_work *work)
{
	struct lesson *l = (struct lesson *)job;
	struct adapt_person person = {0};
	enum camp_err err = CAMP_ERR_DRAINING;
	bool stored = false;

	if (use)
		err = recall(&person, l, use->forecaster);
	if (err == CAMP_OK)
		err = learn(&person, l, use->forecaster);
	/* Too few answers ever: there is nothing to keep. */
	if (err == CAMP_OK && person.sessions > 0) {
		err = store(l, &person, use->forecaster);
		stored = err == CAMP_OK;
	}
	/* Else it is on_stored()'s, and may be gone. */
	if (!stored)
		end(l, err);
	adapt_person_clear(&person);
}

static void
on_adapter(void *arg, enum camp_err err, const struct db_adapter *known)
{
	struct lesson *l = arg;
	struct db_adapter *copy = &l->input.adapter;

	if (err == CAMP_OK && known->n > 0) {
		uint8_t *state = malloc(known->n);

		err = state ? CAMP_OK : CAMP_ERR_MEMORY;
		if (state) {
			memcpy(state, known->state, known->n);
			*copy = (struct db_adapter){state, known->n};
		}
	}
	if (err == CAMP_OK)
		err = compute_submit_late(l->sv->compute, &l->job);
	if (err != CAMP_OK)
		end(l, err);
}

void
personal_learn(const struct server *sv, const struct trial_owner *owner,
	       const struct task_definition *def, struct session_input *take)
{
	struct lesson *l = calloc(1, sizeof(*l));
	enum camp_err err;

	if (!l) {
		session_input_clear(take);
		return;
	}
	l->job.run = run;
	l->sv = sv;
	l->owner = *owner;
	l->def = def;
	l->input = *take;
	*take = (struct session_input){0};
	/* Read anew: the session's forecast had it only if it was in use. */
	free((uint8_t *)l->input.adapter.state);
	l->input.adapter = (struct db_adapter){0};
	if (l->input.n > PERSONAL_TRIALS_MAX)
		l->input.n = PERSONAL_TRIALS_MAX;
	l->input.n_epochs = 0; /* they do not teach, and may lie beyond */
	err = db_adapter_get(sv->db, owner, on_adapter, l);
	if (err != CAMP_OK)
		end(l, err);
}
