/* models/tasks/definition: what it reads, and what it refuses, where. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/stats/rng.h"
#include "models/tasks/names.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

static const char *const tasks[] = {"ant",
				    "attentional-blink",
				    "ax-cpt",
				    "cueing",
				    "flanker",
				    "gradcpt",
				    "mot",
				    "n-back",
				    "oddball",
				    "pvt",
				    "sart",
				    "speech-in-noise",
				    "stroop",
				    "task-switching",
				    "visual-search",
				    "visual-search-2-5",
				    "visual-search-feature"};

#define N_TASKS (sizeof(tasks) / sizeof(tasks[0]))

static char *
definition_text(const char *task, size_t *len)
{
	char path[128];

	snprintf(path, sizeof(path), "tasks/%s/task.json", task);
	return unit_read_source(path, len);
}

START_TEST(definition_of_visual_search_is_read)
{
	struct task_definition *def = unit_definition("visual-search");
	int code = task_condition_code(def, "absent-12", 9);

	ck_assert_str_eq(def->name, "visual-search");
	ck_assert_int_eq(def->version, 1);
	ck_assert_int_eq(def->n_conditions, 8);
	ck_assert_str_eq(def->conditions[code].name, "absent-12");
	ck_assert_double_eq(def->conditions[code].set_size, 12);
	ck_assert(!def->conditions[code].target);
	ck_assert(def->conditions[task_condition_code(def, "present-3", 9)].target);
	ck_assert_int_eq(task_response_code(def, "absent", 6), 0);
	ck_assert_int_eq(task_response_code(def, "present", 7), 1);
	ck_assert_int_eq(task_parameter_find(def, "trials_per_cell")->standard, 20);
	ck_assert_int_eq(task_parameter_find(def, "trials_per_cell")->min, 1);
	ck_assert_ptr_null(task_parameter_find(def, "set_sizes"));
	ck_assert(def->exclusions.blurred);
	ck_assert_double_eq(def->exclusions.rt_min_ms, 200);
	ck_assert_double_eq(def->exclusions.rt_max_ms, 6000);
	ck_assert_double_eq(def->exclusions.rt_mad, 3);
	ck_assert_double_eq(def->exclusions.accuracy_min, 0.6);
	ck_assert_double_eq(def->exclusions.omission_max, 0.2);
	task_definition_free(def);
}
END_TEST

START_TEST(definition_of_stroop_has_the_conditions_of_recordings)
{
	struct task_definition *def = unit_definition("stroop");

	ck_assert_int_eq(def->n_conditions, 2);
	ck_assert_int_eq(task_condition_code(def, "congruent", 9), 0);
	ck_assert_int_eq(task_condition_code(def, "incongruent", 11), 1);
	ck_assert(isnan(def->conditions[0].set_size));
	ck_assert_int_eq(def->n_responses, 4);
	ck_assert_int_eq(task_response_code(def, "yellow", 6), 3);
	task_definition_free(def);
}
END_TEST

/* The file is served as it is. */
START_TEST(definition_keeps_its_text)
{
	for (size_t i = 0; i < N_TASKS; i++) {
		struct task_definition *def = unit_definition(tasks[i]);
		size_t len;
		char *text = definition_text(tasks[i], &len);

		ck_assert_uint_eq(def->json_len, len);
		ck_assert_str_eq(def->json, text);
		free(text);
		task_definition_free(def);
	}
}
END_TEST

/* What the scorer reports is what the definition promises, in its order. */
START_TEST(definition_lists_the_scores_of_its_scorer)
{
	for (size_t i = 0; i < N_TASKS; i++) {
		struct task_definition *def = unit_definition(tasks[i]);
		json_t *root = json_loadb(def->json, def->json_len, 0, NULL);
		const json_t *scores = json_object_get(root, "scores");
		struct task_score_set set;

		ck_assert_int_eq(task_score(def, NULL, 0, &set), CAMP_OK);
		ck_assert_int_eq(set.n_values, (int)json_array_size(scores));
		for (int k = 0; k < set.n_values; k++) {
			const json_t *score = json_array_get(scores, (size_t)k);

			ck_assert_str_eq(set.values[k].name,
					 json_string_value(
						 json_object_get(score, "name")));
			ck_assert_str_eq(set.values[k].unit,
					 json_string_value(
						 json_object_get(score, "unit")));
		}
		json_decref(root);
		task_definition_free(def);
	}
}
END_TEST

/* Each published number is of a score that the scorer has, in its unit. */
START_TEST(reference_numbers_are_of_known_scores)
{
	struct task_definition *def = unit_definition(tasks[_i]);
	struct task_score_set set;
	char path[128], *text;
	json_t *root, *list, *entry;
	const char *name;
	size_t len, k;

	snprintf(path, sizeof(path), "tasks/%s/reference.json", tasks[_i]);
	text = unit_read_source(path, &len);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(root, "task")), tasks[_i]);
	ck_assert_int_eq(task_score(def, NULL, 0, &set), CAMP_OK);
	json_object_foreach(json_object_get(root, "scores"), name, list)
	{
		const struct task_score_value *score = unit_score(&set, name);

		json_array_foreach(list, k, entry)
		{
			ck_assert_str_eq(json_string_value(
						 json_object_get(entry, "unit")),
					 score->unit);
			ck_assert(json_is_number(json_object_get(entry, "mean")));
			ck_assert(json_is_string(json_object_get(entry, "sample")));
		}
	}
	json_decref(root);
	free(text);
	task_definition_free(def);
}
END_TEST

START_TEST(names_are_found_and_others_are_not)
{
	struct task_definition *def = unit_definition("visual-search");
	static const char *const none[] = {"",           "present",   "present-",
					   "present-33", "Present-3", "absent-1",
					   "absent-180"};
	char longest[300];

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_int_eq(task_condition_code(def, none[i], strlen(none[i])), -1);
	memset(longest, 'a', sizeof(longest));
	for (size_t len = 0; len <= sizeof(longest); len++)
		ck_assert_int_eq(task_condition_code(def, longest, len), -1);
	/* A name within a longer text, as a parser hands it over. */
	ck_assert_int_eq(task_condition_code(def, "present-3\",", 9), 0);
	ck_assert_int_eq(task_condition_code(def, "present-3\0", 10), -1);
	task_definition_free(def);
}
END_TEST

START_TEST(names_of_every_length_are_found)
{
	char *names[TASK_NAMES_MAX];
	struct task_names table;

	for (int i = 0; i < TASK_NAMES_MAX; i++) {
		/* Names that differ at one place only, at the front, middle or end. */
		int len = 2 + i % (TASK_LABEL_MAX - 1);

		names[i] = malloc((size_t)len + 1);
		memset(names[i], 'x', (size_t)len);
		names[i][len] = '\0';
		names[i][i * 7 % len] = (char)('0' + i / (TASK_LABEL_MAX - 1));
	}
	ck_assert_int_eq(task_names_init(&table, names, TASK_NAMES_MAX), CAMP_OK);
	for (int i = 0; i < TASK_NAMES_MAX; i++)
		ck_assert_int_eq(task_names_find(&table, names[i], strlen(names[i])), i);
	ck_assert_int_eq(task_names_find(&table, "y", 1), -1);
	task_names_clear(&table);
	ck_assert_int_eq(task_names_find(&table, names[0], strlen(names[0])), -1);
	for (int i = 0; i < TASK_NAMES_MAX; i++)
		free(names[i]);
}
END_TEST

/* Puts a value at a pointer (NULL: takes it away), making no containers. */
static void
patch(json_t *root, const char *pointer, const char *value)
{
	char name[64];
	json_t *at = root;

	for (;;) {
		size_t len = strcspn(++pointer, "/");
		bool last = pointer[len] == '\0';
		json_t *new = NULL;

		ck_assert_uint_lt(len, sizeof(name));
		memcpy(name, pointer, len);
		name[len] = '\0';
		pointer += len;
		if (last && value) {
			new = json_loads(value, JSON_DECODE_ANY, NULL);
			ck_assert_msg(new != NULL, "bad value '%s' in the test", value);
		}
		if (json_is_array(at)) {
			size_t i = strtoul(name, NULL, 10);

			if (last && value && i == json_array_size(at))
				ck_assert_int_eq(json_array_append_new(at, new), 0);
			else if (last && value)
				ck_assert_int_eq(json_array_set_new(at, i, new), 0);
			else if (last)
				ck_assert_int_eq(json_array_remove(at, i), 0);
			at = json_array_get(at, i);
		} else {
			if (last && value)
				ck_assert_int_eq(json_object_set_new(at, name, new), 0);
			else if (last)
				ck_assert_int_eq(json_object_del(at, name), 0);
			at = json_object_get(at, name);
		}
		if (last)
			return;
		ck_assert_msg(at != NULL, "no '%s' in the test's pointer", name);
	}
}

static const struct {
	const char *pointer, *value; /* the change */
	const char *why;             /* how the refusal starts */
} refusals[] = {
	{"/name", "\"Stroop\"", "/name: must be 1 to 31 of"},
	{"/name", "\"\"", "/name: must be"},
	{"/name", "7", "/name: must be"},
	{"/name", NULL, "(root): must have the member \"name\""},
	{"/version", "0", "/version: must be an integer of 1 to 32767"},
	{"/version", "32768", "/version: must be an integer"},
	{"/version", "1.5", "/version: must be an integer"},
	{"/licence", "\"GPL\"", "/licence: must be one of \"MIT\""},
	{"/title", "\"Stroop\"", "/title: must be an object"},
	{"/title/zh-Hans", NULL, "/title: must have a text in \"zh-Hans\""},
	{"/title/es", NULL, "/title: must have a text in \"es\""},
	{"/scores/0/title/ar", NULL, "/scores/0/title: must have a text in \"ar\""},
	{"/instructions/ar", NULL, "/instructions: must have a text in \"ar\""},
	{"/title/de", "\"\"", "/title/de: must be a text that is not empty"},
	{"/summary", NULL, "(root): must have the member \"summary\""},
	{"/duration_min", "0", "/duration_min: must be a number above 0"},
	{"/duration_min", "241", "/duration_min: must be a number"},
	{"/instructions/en/intro", "[]", "/instructions/en/intro: must have 1 to 64"},
	{"/instructions/en/intro/1", "null", "/instructions/en/intro/1: must be a text"},
	{"/instructions/zh-Hans/touch", NULL, "/instructions/zh-Hans: must have"},
	{"/extra", "1", "/extra: no such member belongs here"},
	{"/a~1b~0", "1", "/a~01b~00: no such member"},
	{"/parameters", "{}", "/parameters: must be an array"},
	{"/parameters/0", "3", "/parameters/0: must be an object"},
	{"/parameters/0/type", "\"real\"",
	 "/parameters/0/type: must be one of \"integer\""},
	{"/parameters/0/type", NULL, "/parameters/0/type: must be one of"},
	{"/parameters/0/default", "0",
	 "/parameters/0/default: must be an integer of 1 to 96"},
	{"/parameters/0/min", "49",
	 "/parameters/0/default: must be an integer of 49 to 96"},
	{"/parameters/0/max", "1e3", "/parameters/0/max: must be an integer"},
	{"/parameters/0/unit", NULL, "/parameters/0: must have the member \"unit\""},
	{"/parameters/0/allowed", "[1]", "/parameters/0/allowed: no such member"},
	{"/parameters/1/name", "\"trials_per_cell\"",
	 "/parameters/1/name: \"trials_per_cell\" is there already, at element 0"},
	{"/parameters/1/name", "\"trials-per-cell\"",
	 "/parameters/1/name: must be 1 to 47"},
	{"/conditions", "[]", "/conditions: must have 1 to 256 elements, has 0"},
	{"/conditions/1/name", "\"congruent\"",
	 "/conditions/1/name: \"congruent\" is there"},
	{"/conditions/1/name", "\"in congruent\"", "/conditions/1/name: must be"},
	{"/conditions/0/factors", "[]", "/conditions/0/factors: must be an object"},
	{"/conditions/0/factors/congruency", "true",
	 "/conditions/0/factors/congruency: must"},
	{"/conditions/0/factors/set_size", "0",
	 "/conditions/0/factors/set_size: must be a"},
	{"/conditions/0/factors/set_size", "\"3\"",
	 "/conditions/0/factors/set_size: must"},
	{"/responses/0/key", "\"KeyF\"", "/responses/1/key: \"KeyF\" is there already"},
	{"/responses/3/name", "\"red\"", "/responses/3/name: \"red\" is there already"},
	{"/responses/3/label", NULL, "/responses/3: must have the member \"label\""},
	{"/responses/0/key", NULL, "/responses/0: must have the member \"key\""},
	{"/input", "\"voice\"", "/input: must be one of \"buttons\""},
	{"/parameters/0/name", "\"adaptive\"",
	 "/parameters/0: needs the definition's member \"adaptive\""},
	{"/exclusions/catch", "{}", "/exclusions/catch: must have the member"},
	{"/stimuli", "[]", "/stimuli: must be an object"},
	{"/design/order", "\"any\"", "/design/order: must be one of \"random\""},
	{"/design/phases/0/trials", "\"practise\"",
	 "/design/phases/0/trials: must be an integer, or name a parameter"},
	{"/design/phases/0/trials", "-1",
	 "/design/phases/0/trials: must be an integer of 0"},
	{"/design/phases/0/trials", NULL, "/design/phases/0: must have either trials or"},
	{"/design/phases/1/trials", "3", "/design/phases/1: must have either trials or"},
	{"/design/phases/1/name", "\"practice\"",
	 "/design/phases/1/name: \"practice\" is"},
	{"/design/phases/0/recorded", "0",
	 "/design/phases/0/recorded: must be true or false"},
	{"/design/trial/0/duration_ms", NULL,
	 "/design/trial/0: must have either duration_ms"},
	{"/design/trial/1/until", "\"never\"", "/design/trial/1/until: must be one of"},
	{"/design/timing", NULL, "/design: must have the member \"timing\""},
	{"/detail/word", "1", "/detail/word: must be a text"},
	{"/exclusions/rt_fast/value", "3000",
	 "/exclusions: rt_fast must be below rt_slow"},
	{"/exclusions/rt_fast/value", "0",
	 "/exclusions/rt_fast/value: must be a number above"},
	{"/exclusions/rt_slow/value", "600001",
	 "/exclusions/rt_slow/value: must be a number"},
	{"/exclusions/rt_fast/unit", "\"s\"",
	 "/exclusions/rt_fast: must have the unit \"ms\""},
	{"/exclusions/rt_fast/removes", "\"rt\"",
	 "/exclusions/rt_fast: must have the unit"},
	{"/exclusions/rt_fast/reason", NULL, "/exclusions/rt_fast: must have the member"},
	{"/exclusions/blurred/value", "false", "/exclusions/blurred/value: must be true"},
	{"/exclusions/accuracy/value", "1.01",
	 "/exclusions/accuracy/value: must be a number"},
	{"/exclusions/omissions/value", "-0.1", "/exclusions/omissions/value: must be a"},
	{"/exclusions/luck", "{}", "/exclusions/luck: no such member"},
	{"/scores/0/direction", "\"up\"",
	 "/scores/0/direction: must be one of \"lower\""},
	{"/scores/1/name", "\"stroop_effect\"",
	 "/scores/1/name: \"stroop_effect\" is there"},
	{"/scores/0/primary", "1", "/scores/0/primary: must be true or false"},
	{"/sources", "[]", "/sources: must have 1 to 64 elements"},
	{"/sources/0/doi", "\"\"", "/sources/0/doi: must be a text"},
};

static void
check_refused(const char *task, const char *pointer, const char *value, const char *why)
{
	size_t len;
	char *text = definition_text(task, &len), *changed, got[256];
	json_t *root = json_loadb(text, len, 0, NULL);
	struct task_definition *def;

	patch(root, pointer, value);
	changed = json_dumps(root, 0);
	ck_assert_int_eq(task_definition_parse(&def, changed, strlen(changed), got,
					       sizeof(got)),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_null(def);
	ck_assert_msg(strncmp(got, why, strlen(why)) == 0,
		      "%s = %s: got \"%s\", want \"%s\"", pointer,
		      value ? value : "(gone)", got, why);
	json_decref(root);
	free(changed);
	free(text);
}

START_TEST(definition_refuses_and_says_where)
{
	check_refused("stroop", refusals[_i].pointer, refusals[_i].value,
		      refusals[_i].why);
}
END_TEST

/* Pointers escape what RFC 6901 says, and are cut where they grow too long. */
START_TEST(definition_points_at_odd_members)
{
	static const char expected[] = "/a~1b~0c: no such member belongs here";
	char name[400], why[512], *text;
	struct task_definition *def = unit_definition("stroop");
	json_t *root = json_loadb(def->json, def->json_len, 0, NULL);

	task_definition_free(def);
	json_object_set_new(root, "a/b~c", json_true());
	text = json_dumps(root, 0);
	ck_assert_int_eq(task_definition_parse(&def, text, strlen(text), why,
					       sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, expected);
	free(text);

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	json_object_del(root, "a/b~c");
	json_object_set_new(root, name, json_true());
	text = json_dumps(root, 0);
	ck_assert_int_eq(task_definition_parse(&def, text, strlen(text), why,
					       sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_uint_eq(strspn(why + 1, "n"), 254);
	ck_assert_str_eq(why + 255, expected + 8);
	free(text);
	json_decref(root);
}
END_TEST

START_TEST(definition_refuses_bad_sets)
{
	const char *task = "visual-search";

	check_refused(task, "/parameters/0/default", "[3]",
		      "/parameters/0/default: has fewer elements than min_items");
	check_refused(task, "/parameters/0/default", "[3, 4]",
		      "/parameters/0/default: element 1 is not allowed or there twice");
	check_refused(task, "/parameters/0/default", "[3, 3]",
		      "/parameters/0/default: element 1 is not allowed or there twice");
	check_refused(task, "/parameters/0/min", "1",
		      "/parameters/0/min: no such member belongs here");
	check_refused(task, "/parameters/0/allowed/4", "\"5\"",
		      "/parameters/0/allowed/4: must be an integer");
	/* A set is no number of trials. */
	check_refused(task, "/design/phases/0/trials", "\"set_sizes\"",
		      "/design/phases/0/trials: must be an integer, or name a parameter");
}
END_TEST

START_TEST(definition_refuses_what_is_not_json)
{
	static const struct {
		const char *text, *why;
	} bad[] = {{"", "line 1, column 0: "},
		   {"{", "line 1, column 1: "},
		   {"[]", "(root): must be an object"},
		   {"{\"name\": \"a\",\n \"name\": \"b\"}", "line 2, column 7: "},
		   {"{\"name\": \"\xff\"}", "line 1, column "},
		   {"{} {}", "line 1, column 4: "}};
	struct task_definition *def;
	char why[256], *large;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(task_definition_parse(&def, bad[i].text,
						       strlen(bad[i].text), why,
						       sizeof(why)),
				 CAMP_ERR_INVALID);
		ck_assert_ptr_null(def);
		ck_assert_msg(strncmp(why, bad[i].why, strlen(bad[i].why)) == 0,
			      "%s: got \"%s\"", bad[i].text, why);
	}
	large = calloc(1, TASK_JSON_MAX + 1);
	ck_assert_int_eq(task_definition_parse(&def, large, TASK_JSON_MAX + 1, why,
					       sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "(root): must be at most 262144 bytes");
	free(large);
}
END_TEST

/* The reason is cut to its room, and may be left out. */
START_TEST(definition_cuts_the_reason_to_its_room)
{
	struct task_definition *def;
	char why[12];

	memset(why, 'x', sizeof(why));
	ck_assert_int_eq(task_definition_parse(&def, "[]", 2, why, 8), CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "(root):");
	ck_assert_int_eq(why[8], 'x');
	ck_assert_int_eq(task_definition_parse(&def, "[]", 2, NULL, 0), CAMP_ERR_INVALID);
}
END_TEST

/* Broken bytes anywhere: an answer, and no crash, leak or overrun (sanitizers look). */
START_TEST(definition_survives_damage_anywhere)
{
	struct task_definition *def;
	char why[256];
	struct rng rng;

	rng_seed(&rng, 11, (uint64_t)_i);
	for (int i = 0; i < 400; i++) {
		size_t len;
		char *text = definition_text(tasks[_i], &len);

		for (uint32_t k = rng_below(&rng, 4); k > 0; k--) {
			static const char bytes[] = "{}[]\",:0-e.\\ tn\n\xc3";

			text[rng_below(&rng, (uint32_t)len)] =
				bytes[rng_below(&rng, sizeof(bytes))];
		}
		if (rng_below(&rng, 2))
			len = rng_below(&rng, (uint32_t)len + 1);
		if (task_definition_parse(&def, text, len, why, sizeof(why)) == CAMP_OK)
			ck_assert_ptr_nonnull(def);
		else
			ck_assert(def == NULL && why[0] != '\0');
		task_definition_free(def);
		free(text);
	}
}
END_TEST

START_TEST(definition_reports_every_failed_allocation)
{
	size_t len;
	char *text = definition_text("stroop", &len), why[256];
	struct task_definition *def;

	for (long n = 1;; n++) {
		enum camp_err err;

		fail_alloc_arm(n);
		err = task_definition_parse(&def, text, len, why, sizeof(why));
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_int_gt(n, 100);
			break;
		}
		if (err == CAMP_ERR_MEMORY) {
			ck_assert_str_eq(why, "out of memory");
		} else if (err == CAMP_ERR_INVALID) {
			/* jansson takes most of its own failures for a syntax error. */
			ck_assert_msg(strncmp(why, "line ", 5) == 0, "%ld: %s", n, why);
		} else {
			/* And it does without growing a hash table. */
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_int_eq(def->n_conditions, 2);
		}
		ck_assert_int_eq(err == CAMP_OK, def != NULL);
		task_definition_free(def);
	}
	task_definition_free(def);
	free(text);
}
END_TEST

/* The definition of stroop with a member "adaptive"; what was said of it in why. */
static struct task_definition *
with_adaptive(const char *adaptive, char *why, size_t why_size)
{
	struct task_definition *def = NULL;
	size_t len;
	char *text = definition_text("stroop", &len), *changed;
	json_t *root = json_loadb(text, len, 0, NULL);
	enum camp_err err;

	json_object_set_new(root, "adaptive", json_loads(adaptive, 0, NULL));
	changed = json_dumps(root, 0);
	err = task_definition_parse(&def, changed, strlen(changed), why, why_size);
	ck_assert_int_eq(err, def ? CAMP_OK : CAMP_ERR_INVALID);
	free(changed);
	json_decref(root);
	free(text);
	return def;
}

#define ADAPTIVE \
	"\"kind\": \"weighted\", \"version\": 1, \"unit\": \"ms\"," \
	" \"parameter\": \"deadline_ms\", \"min\": 500, \"max\": 5000, \"step\": 50"

START_TEST(definition_reads_how_difficulty_adapts)
{
	char why[256];
	struct task_definition *def =
		with_adaptive("{" ADAPTIVE ", \"harder\": -1, \"location_min\": 500,"
			      " \"location_max\": 5000, \"slope_min\": 0.002, "
			      "\"slope_max\": 0.002}",
			      why, sizeof(why));

	ck_assert_msg(def != NULL, "%s", why);
	ck_assert(def->adapts);
	ck_assert(def->adaptive.kind == ADAPTIVE_WEIGHTED);
	ck_assert(def->adaptive.harder == -1);
	ck_assert(def->adaptive.step == 50);
	ck_assert(def->adaptive.target == 0.85);
	task_definition_free(def);
	def = unit_definition("stroop");
	ck_assert(!def->adapts);
	task_definition_free(def);
}
END_TEST

START_TEST(definition_refuses_difficulty_that_cannot_adapt)
{
	static const struct {
		const char *adaptive, *why;
	} cases[] = {
		{"[]", "/adaptive: must be an object"},
		{"{\"kind\": \"weighted\"}",
		 "/adaptive: must have the member \"version\""},
		{"{" ADAPTIVE ", \"speed\": 1}",
		 "/adaptive/speed: is no member of adaptive difficulty"},
		{"{" ADAPTIVE ", \"target\": \"high\"}",
		 "/adaptive/target: must be a number"},
		{"{" ADAPTIVE ", \"target\": 0.3}",
		 "/adaptive: cannot be used: target must be between guess_max and "
		 "1 - lapse_min"},
		{"{" ADAPTIVE ", \"prior_sd\": -1}",
		 "/adaptive: cannot be used: prior_sd"},
		{"{\"kind\": \"best\", \"version\": 1, \"unit\": \"ms\", \"parameter\": "
		 "\"gap_ms\", \"min\": 0, \"max\": 1, \"step\": 1}",
		 "/adaptive/kind: must be weighted, up_down, questplus, ability or "
		 "blocks"},
		{"{\"kind\": \"weighted\", \"version\": 1, \"unit\": \"ms\", "
		 "\"parameter\": \"gap\", \"min\": 0, \"max\": 1, \"step\": 1}",
		 "/adaptive/parameter: must name one of the parameters"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[256];

		ck_assert_ptr_null(with_adaptive(cases[i].adaptive, why, sizeof(why)));
		ck_assert_str_eq(why, cases[i].why);
	}
}
END_TEST

Suite *
suite_definition(void)
{
	Suite *s = suite_create("models/tasks/definition");
	TCase *t = tcase_create("definition");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, definition_of_visual_search_is_read);
	tcase_add_test(t, definition_of_stroop_has_the_conditions_of_recordings);
	tcase_add_test(t, definition_keeps_its_text);
	tcase_add_test(t, definition_reads_how_difficulty_adapts);
	tcase_add_test(t, definition_refuses_difficulty_that_cannot_adapt);
	tcase_add_test(t, definition_lists_the_scores_of_its_scorer);
	tcase_add_loop_test(t, reference_numbers_are_of_known_scores, 0, (int)N_TASKS);
	tcase_add_test(t, names_are_found_and_others_are_not);
	tcase_add_test(t, names_of_every_length_are_found);
	tcase_add_loop_test(t, definition_refuses_and_says_where, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(t, definition_points_at_odd_members);
	tcase_add_test(t, definition_refuses_bad_sets);
	tcase_add_test(t, definition_refuses_what_is_not_json);
	tcase_add_test(t, definition_cuts_the_reason_to_its_room);
	tcase_add_loop_test(t, definition_survives_damage_anywhere, 0, (int)N_TASKS);
	tcase_add_test(t, definition_reports_every_failed_allocation);
	suite_add_tcase(s, t);
	return s;
}
