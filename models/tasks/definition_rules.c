#include "models/tasks/definition_rules.h"

#include <string.h>

#include "base/trial.h"
#include "models/tasks/definition.h"
#include "models/tasks/definition_adaptive.h"

#define LIST_MAX 64           /* parameters, scores, sources, phases, events */
#define PARAMETER_MAX 1000000 /* either sign */
#define DURATION_MAX_MIN 240

/* Texts and names */

static bool
task_name(struct json_check *c, const json_t *value)
{
	return json_check_name(c, value, TASK_NAME_MAX, "-");
}

/* Conditions and responses, as they stand in trials. */
static bool
label_name(struct json_check *c, const json_t *value)
{
	return json_check_name(c, value, TASK_LABEL_MAX, "-_.");
}

static bool
member_name(struct json_check *c, const json_t *value)
{
	return json_check_name(c, value, TASK_LABEL_MAX, "_");
}

static bool
version(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, INT16_MAX);
}

static bool
licence(struct json_check *c, const json_t *value)
{
	static const char *const list[] = {"MIT", NULL};

	return json_check_one_of(c, value, list);
}

static bool
duration(struct json_check *c, const json_t *value)
{
	return json_check_number(c, value, 0, false, DURATION_MAX_MIN);
}

static bool
paragraphs(struct json_check *c, const json_t *value)
{
	return json_check_array(c, value, 1, LIST_MAX, json_check_text);
}

static bool
instructions_of_language(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"intro", true, paragraphs},
						     {"keyboard", true, json_check_text},
						     {"touch", true, json_check_text},
						     {"practice", true, json_check_text},
						     {"test", true, json_check_text},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
instructions(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] =
		{{"en", false, instructions_of_language},
		 {"zh-Hans", false, instructions_of_language},
		 {"es", false, instructions_of_language},
		 {"ar", false, instructions_of_language},
		 {0}};

	return json_check_languages(c, value) && json_check_object(c, value, members);
}

/* Parameters */

static bool
parameter_integer(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, -PARAMETER_MAX, PARAMETER_MAX);
}

static bool
parameter_integers(struct json_check *c, const json_t *value)
{
	return json_check_array(c, value, 1, LIST_MAX, parameter_integer);
}

static bool
parameter_min_items(struct json_check *c, const json_t *value)
{
	return json_check_integer(c, value, 1, LIST_MAX);
}

/* What the name "adaptive" stands for: 1, difficulty follows the person; 0, it does not.
 */
static bool
switch_of_adaptive(struct json_check *c, const json_t *value)
{
	if (strcmp(json_string_value(json_object_get(value, "name")), "adaptive") != 0)
		return true;
	if (!json_object_get(c->root, "adaptive"))
		return json_fail(c, "needs the definition's member \"adaptive\"");
	if (json_integer_value(json_object_get(value, "min")) != 0 ||
	    json_integer_value(json_object_get(value, "max")) != 1)
		return json_fail(c, "must be 0 or 1: min 0, max 1");
	return true;
}

static bool
integer_parameter(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, member_name},
						     {"type", true, json_check_text},
						     {"unit", true, json_check_text},
						     {"default", true, parameter_integer},
						     {"min", true, parameter_integer},
						     {"max", true, parameter_integer},
						     {"description", true,
						      json_check_texts},
						     {0}};
	size_t mark;

	if (!json_check_object(c, value, members))
		return false;
	mark = json_enter(c, "default");
	if (!json_check_integer(c, json_object_get(value, "default"),
				json_integer_value(json_object_get(value, "min")),
				json_integer_value(json_object_get(value, "max"))))
		return false;
	json_leave(c, mark);
	return switch_of_adaptive(c, value);
}

static bool
array_has(const json_t *array, const json_t *value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (json_equal(json_array_get(array, i), value))
			return true;
	}
	return false;
}

static bool
set_parameter(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] =
		{{"name", true, member_name},
		 {"type", true, json_check_text},
		 {"unit", true, json_check_text},
		 {"default", true, parameter_integers},
		 {"allowed", true, parameter_integers},
		 {"min_items", true, parameter_min_items},
		 {"description", true, json_check_texts},
		 {0}};
	const json_t *standard, *allowed;

	if (!json_check_object(c, value, members))
		return false;
	standard = json_object_get(value, "default");
	allowed = json_object_get(value, "allowed");
	json_enter(c, "default");
	if ((json_int_t)json_array_size(standard) <
	    json_integer_value(json_object_get(value, "min_items")))
		return json_fail(c, "has fewer elements than min_items says");
	for (size_t i = 0; i < json_array_size(standard); i++) {
		const json_t *element = json_array_get(standard, i);

		if (!array_has(allowed, element, json_array_size(allowed)) ||
		    array_has(standard, element, i))
			return json_fail(c, "element %zu is not allowed or there twice",
					 i);
	}
	json_leave(c, c->pointer_len - strlen("/default"));
	return true;
}

static bool
parameter(struct json_check *c, const json_t *value)
{
	static const char *const types[] = {"integer", "integer_set", NULL};
	const char *type;
	size_t mark;

	if (!json_is_object(value))
		return json_fail(c, "must be an object");
	mark = json_enter(c, "type");
	if (!json_check_one_of(c, json_object_get(value, "type"), types))
		return false;
	json_leave(c, mark);
	type = json_string_value(json_object_get(value, "type"));
	return strcmp(type, "integer") == 0 ? integer_parameter(c, value)
					    : set_parameter(c, value);
}

static bool
parameters(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 0, LIST_MAX, parameter, "name");
}

/* Conditions and responses */

static bool
factors(struct json_check *c, const json_t *value)
{
	const char *name;
	json_t *level;

	if (!json_is_object(value))
		return json_fail(c, "must be an object");
	json_object_foreach((json_t *)value, name, level)
	{
		size_t mark = json_enter(c, name);

		if (!json_is_number(level) && !json_check_text(c, level))
			return false;
		if (strcmp(name, "set_size") == 0 &&
		    !json_check_number(c, level, 0, false, PARAMETER_MAX))
			return false;
		json_leave(c, mark);
	}
	return true;
}

static bool
condition(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, label_name},
						     {"factors", true, factors},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
conditions(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, TASK_NAMES_MAX, condition, "name");
}

/* How a task is answered: by the buttons of its responses unless it says otherwise. */
static bool
input(struct json_check *c, const json_t *value)
{
	static const char *const list[] = {"buttons", "choices", "keypad", "places",
					   NULL};

	return json_check_one_of(c, value, list);
}

static bool
has_buttons(const struct json_check *c)
{
	const char *name = json_string_value(json_object_get(c->root, "input"));

	return !name || strcmp(name, "buttons") == 0;
}

static bool
response(struct json_check *c, const json_t *value)
{
	const bool pressed = has_buttons(c);
	const struct json_member members[] = {{"name", true, label_name},
					      {"label", true, json_check_texts},
					      {"key", pressed, json_check_text},
					      {"key_label", pressed, json_check_text},
					      {0}};

	return json_check_object(c, value, members);
}

static bool
responses(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, TASK_NAMES_MAX, response, "name") &&
	       (!has_buttons(c) ||
		json_check_named(c, value, 1, TASK_NAMES_MAX, response, "key"));
}

/* Design */

static bool
object(struct json_check *c, const json_t *value)
{
	return json_is_object(value) || json_fail(c, "must be an object");
}

/* A number, or the name of an integer parameter that holds it. */
static bool
amount(struct json_check *c, const json_t *value)
{
	const json_t *list = json_object_get(c->root, "parameters");

	if (json_is_integer(value))
		return json_check_integer(c, value, 0, PARAMETER_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);

		if (json_is_string(value) &&
		    json_equal(json_object_get(p, "name"), value) &&
		    json_is_integer(json_object_get(p, "default")))
			return true;
	}
	return json_fail(c, "must be an integer, or name a parameter of type integer");
}

static bool
phase(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, member_name},
						     {"trials", false, amount},
						     {"trials_per_condition", false,
						      amount},
						     {"break_every", false, amount},
						     {"feedback", true, json_check_bool},
						     {"recorded", true, json_check_bool},
						     {0}};

	if (!json_check_object(c, value, members))
		return false;
	if (!json_object_get(value, "trials") ==
	    !json_object_get(value, "trials_per_condition"))
		return json_fail(c, "must have either trials or trials_per_condition");
	return true;
}

static bool
phases(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, LIST_MAX, phase, "name");
}

static bool
until(struct json_check *c, const json_t *value)
{
	static const char *const list[] = {"response", NULL};

	return json_check_one_of(c, value, list);
}

static bool
event(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"event", true, member_name},
						     {"duration_ms", false, amount},
						     {"until", false, until},
						     {"deadline_ms", false, amount},
						     {"phase", false, member_name},
						     {0}};

	if (!json_check_object(c, value, members))
		return false;
	if (!json_object_get(value, "duration_ms") == !json_object_get(value, "until"))
		return json_fail(c, "must have either duration_ms or until");
	return true;
}

static bool
events(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, LIST_MAX, event, "event");
}

static bool
order(struct json_check *c, const json_t *value)
{
	static const char *const list[] = {"random", "fixed", "adaptive", NULL};

	return json_check_one_of(c, value, list);
}

static bool
design(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"order", true, order},
						     {"phases", true, phases},
						     {"trial", true, events},
						     {"timing", true, json_check_text},
						     {"notes", false, json_check_text},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
detail(struct json_check *c, const json_t *value)
{
	const char *name;
	json_t *meaning;

	if (!object(c, value))
		return false;
	json_object_foreach((json_t *)value, name, meaning)
	{
		size_t mark = json_enter(c, name);

		if (!json_check_text(c, meaning))
			return false;
		json_leave(c, mark);
	}
	return true;
}

/* Exclusions */

static bool
is_true(struct json_check *c, const json_t *value)
{
	return json_is_true(value) ||
	       json_fail(c, "must be true; leave out an unused rule");
}

static bool
rule_time(struct json_check *c, const json_t *value)
{
	return json_check_number(c, value, 0, false, TRIAL_RT_MS_MAX);
}

static bool
rule_deviations(struct json_check *c, const json_t *value)
{
	return json_check_number(c, value, 0, false, 100);
}

static bool
rule_share(struct json_check *c, const json_t *value)
{
	return json_check_number(c, value, 0, true, 1);
}

/* One rule: its value as `check` says, in that unit, removing that. */
static bool
rule(struct json_check *c, const json_t *value, json_check_fn *check, const char *unit,
     const char *removes)
{
	const struct json_member members[] = {{"value", true, check},
					      {"unit", true, json_check_text},
					      {"removes", true, json_check_text},
					      {"reason", true, json_check_text},
					      {"source", true, json_check_text},
					      {0}};

	if (!json_check_object(c, value, members))
		return false;
	if (strcmp(json_string_value(json_object_get(value, "unit")), unit) != 0 ||
	    strcmp(json_string_value(json_object_get(value, "removes")), removes) != 0)
		return json_fail(c, "must have the unit \"%s\" and removes \"%s\"", unit,
				 removes);
	return true;
}

#define RULE(name, check, unit, removes) \
	static bool name(struct json_check *c, const json_t *value) \
	{ \
		return rule(c, value, check, unit, removes); \
	}

RULE(blurred, is_true, "flag", "trial")
RULE(rt_fast, rule_time, "ms", "trial")
RULE(rt_slow, rule_time, "ms", "rt")
RULE(rt_outlier, rule_deviations, "scaled MAD", "rt")
RULE(accuracy, rule_share, "proportion", "session")
RULE(omissions, rule_share, "proportion", "session")
RULE(t1_accuracy, rule_share, "proportion", "session")
RULE(catch, rule_share, "proportion", "session")

static bool
exclusions(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"blurred", false, blurred},
						     {"rt_fast", false, rt_fast},
						     {"rt_slow", false, rt_slow},
						     {"rt_outlier", false, rt_outlier},
						     {"accuracy", false, accuracy},
						     {"omissions", false, omissions},
						     {"t1_accuracy", false, t1_accuracy},
						     {"catch", false, catch},
						     {0}};
	const json_t *fast, *slow;

	if (!json_check_object(c, value, members))
		return false;
	fast = json_object_get(json_object_get(value, "rt_fast"), "value");
	slow = json_object_get(json_object_get(value, "rt_slow"), "value");
	if (fast && slow && json_number_value(fast) >= json_number_value(slow))
		return json_fail(c, "rt_fast must be below rt_slow");
	return true;
}

/* Scores and sources */

static bool
direction(struct json_check *c, const json_t *value)
{
	static const char *const list[] = {"lower", "higher", "none", NULL};

	return json_check_one_of(c, value, list);
}

static bool
score(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, member_name},
						     {"unit", true, json_check_text},
						     {"direction", true, direction},
						     {"primary", false, json_check_bool},
						     {"title", true, json_check_texts},
						     {"description", true,
						      json_check_texts},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
scores(struct json_check *c, const json_t *value)
{
	return json_check_named(c, value, 1, LIST_MAX, score, "name");
}

static bool
source(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"citation", true, json_check_text},
						     {"doi", false, json_check_text},
						     {"url", false, json_check_text},
						     {0}};

	return json_check_object(c, value, members);
}

static bool
sources(struct json_check *c, const json_t *value)
{
	return json_check_array(c, value, 1, LIST_MAX, source);
}

bool
definition_rules_check(struct json_check *c, const json_t *value)
{
	static const struct json_member members[] = {{"name", true, task_name},
						     {"version", true, version},
						     {"licence", true, licence},
						     {"title", true, json_check_texts},
						     {"summary", true, json_check_texts},
						     {"duration_min", true, duration},
						     {"instructions", true, instructions},
						     {"parameters", true, parameters},
						     {"conditions", true, conditions},
						     {"input", false, input},
						     {"responses", true, responses},
						     {"stimuli", true, object},
						     {"design", true, design},
						     {"detail", true, detail},
						     {"exclusions", true, exclusions},
						     {"scores", true, scores},
						     {"sources", true, sources},
						     {"adaptive", false,
						      definition_adaptive_check},
						     {0}};

	c->root = value;
	return json_check_object(c, value, members);
}
