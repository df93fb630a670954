#include "server/score_record.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/session_ability.h"

static char *
exclusion_json(const struct task_score_set *set)
{
	json_t *rules = json_object(), *reasons = json_array(), *both;
	char *text;

	for (int i = 0; i < set->n_rules; i++)
		json_object_set_new(rules, set->rules[i].rule,
				    json_integer(set->rules[i].trials));
	for (int i = 0; i < set->n_reasons; i++)
		json_array_append_new(reasons, json_string(set->reasons[i]));
	both = json_pack("{s:o, s:o}", "rules", rules, "session", reasons);
	text = both ? json_dumps(both, JSON_COMPACT) : NULL;
	json_decref(both);
	return text;
}

/* Bits that differ mean that another rule chose: the scores stand, but for themselves. */
static enum camp_err
ability_fill(struct score_record *record, struct task_score_set *set,
	     const struct task_definition *def, const struct db_session_start *start,
	     const struct trial *trials, size_t n)
{
	bool followed;
	enum camp_err err =
		session_ability_fill(&record->ability, &followed, def, start, trials, n);

	if (err == CAMP_OK && !followed && set->n_reasons < TASK_RULES_MAX) {
		set->reasons[set->n_reasons++] = "difficulty_not_followed";
		set->usable = false;
	}
	if (record->ability.location_sd > 0)
		record->score.ability = &record->ability;
	return err;
}

enum camp_err
score_record_fill(struct score_record *record, const struct task_definition *def,
		  const struct trial_owner *owner, const struct db_session_start *start,
		  const struct trial *trials, size_t n)
{
	struct db_score *score = &record->score;
	struct task_score_set set;
	enum camp_err err;

	memset(record, 0, sizeof(*record));
	err = task_score(def, trials, n, &set);
	if (err == CAMP_OK && start)
		err = ability_fill(record, &set, def, start, trials, n);
	if (err != CAMP_OK)
		return err;
	record->exclusion = exclusion_json(&set);
	if (!record->exclusion)
		return CAMP_ERR_MEMORY;
	score->owner = *owner;
	score->scorer_version = set.scorer_version;
	score->trials = set.trials;
	score->usable = set.usable;
	score->exclusion_json = record->exclusion;
	score->n_values = set.n_values;
	score->values = record->values;
	for (int i = 0; i < set.n_values; i++) {
		const struct task_score_value *v = &set.values[i];

		record->values[i] =
			(struct db_score_value){.name = v->name,
						.unit = v->unit,
						.value = v->value,
						.standard_error = v->standard_error,
						.n = v->n,
						.raw_value = v->raw_value,
						.raw_standard_error =
							v->raw_standard_error,
						.raw_n = v->raw_n};
	}
	return CAMP_OK;
}

struct stat_interval
score_record_interval(const char *task, const struct db_score_value *value, bool kept)
{
	const struct task_score_value v = {
		.name = value->name,
		.unit = value->unit,
		.value = value->value,
		.standard_error = value->standard_error,
		.n = value->n,
		.raw_value = value->raw_value,
		.raw_standard_error = value->raw_standard_error,
		.raw_n = value->raw_n,
		.posterior = task_score_posterior(task, value->name),
	};

	return task_score_interval(&v, kept);
}

void
score_record_clear(struct score_record *record)
{
	if (!record)
		return;
	free(record->exclusion);
	memset(record, 0, sizeof(*record));
}
