/* The complete reader of trials: jansson, and a pointer to everything that is wrong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "server/trial_scan_internal.h"

static void
read_name(const struct json_in *in, const struct task_definition *def, const char *key,
	  unsigned need, int16_t *out)
{
	struct json_path at = {in->at, key, 0};
	bool condition = strcmp(key, "condition") == 0;
	const char *name;
	int code;

	if (!json_read_string(in, key, need, 0, SIZE_MAX, &name))
		return;
	code = condition ? task_condition_code(def, name, strlen(name))
			 : task_response_code(def, name, strlen(name));
	if (code < 0)
		problem_add(in->why, &at, "unknown_name", "is not a %s of task \"%s\"",
			    key, def->name);
	else
		*out = (int16_t)code;
}

static void
read_flags(const struct json_in *in, uint16_t *out)
{
	struct json_path list = {in->at, "flags", 0};
	json_t *flags, *flag;
	size_t i;

	if (!json_read_array(in, "flags", JSON_OPTIONAL, 0, SIZE_MAX, &flags))
		return;
	json_array_foreach(flags, i, flag)
	{
		struct json_path at = {&list, NULL, i};
		const char *name = json_string_value(flag);
		uint16_t bit = name ? trial_flag_from_name(name, strlen(name)) : 0;

		if (!name)
			problem_add(in->why, &at, "wrong_type", "must be a string");
		else if (!bit)
			problem_add(in->why, &at, "unknown_name", "is not a known flag");
		else if (*out & bit)
			problem_add(in->why, &at, "duplicate", "is in the list twice");
		*out |= bit;
	}
}

/* Reads one number that may be null; none is NAN. */
static double
read_number(const struct json_in *in, const char *key, unsigned need, double min,
	    double max)
{
	double value = NAN;

	json_read_number(in, key, need | JSON_NULLABLE, min, max, &value);
	return value + 0.0; /* -0 becomes 0 */
}

static void
read_fields(const struct json_in *in, const struct task_definition *def, struct trial *t)
{
	static const char *const known[] = {"seq",      "condition",  "correct",  "rt_ms",
					    "onset_ms", "difficulty", "response", "flags",
					    "trial",    "detail",     NULL};
	int64_t seq = 0, number = -1;
	json_t *detail;

	memset(t, 0, sizeof(*t));
	json_read_int(in, "seq", JSON_REQUIRED, 0, TRIAL_SEQ_MAX, &seq);
	json_read_int(in, "trial", JSON_NULLABLE, 0, TRIAL_NUMBER_MAX, &number);
	t->seq = (int32_t)seq;
	t->trial = (int32_t)number;
	read_name(in, def, "condition", JSON_REQUIRED, &t->condition);
	t->response = -1;
	read_name(in, def, "response", JSON_NULLABLE, &t->response);
	json_read_bool(in, "correct", JSON_REQUIRED, &t->correct);
	t->rt_ms = (float)read_number(in, "rt_ms", JSON_REQUIRED, 0, TRIAL_RT_MS_MAX);
	t->onset_ms = read_number(in, "onset_ms", 0, 0, TRIAL_ONSET_MS_MAX);
	t->difficulty = (float)read_number(in, "difficulty", 0, -TRIAL_DIFFICULTY_MAX,
					   TRIAL_DIFFICULTY_MAX);
	read_flags(in, &t->flags);
	json_read_object(in, "detail", JSON_NULLABLE, SIZE_MAX, &detail);
	json_read_end(in, known);
}

/* Fills the batch in the order of the body, without details. */
static enum camp_err
read_trials(struct trial_batch *batch, const struct task_definition *def, json_t *root,
	    struct problem *why)
{
	struct json_in body = {root, NULL, why};
	struct json_path list = {NULL, "trials", 0};
	json_t *trials, *trial;
	size_t i;

	json_read_end(&body, (const char *const[]){"trials", NULL});
	if (!json_read_array(&body, "trials", JSON_REQUIRED, 1, TRIALS_PER_REQUEST_MAX,
			     &trials))
		return CAMP_ERR_INVALID;
	json_array_foreach(trials, i, trial)
	{
		struct json_path at = {&list, NULL, i};
		struct json_in in = {trial, &at, why};
		struct trial *t = trial_batch_add(batch);

		if (!t)
			return CAMP_ERR_MEMORY;
		if (json_is_object(trial))
			read_fields(&in, def, t);
		else
			problem_add(why, &at, "wrong_type", "must be an object");
		if (why->truncated)
			break;
	}
	return why->count ? CAMP_ERR_INVALID : CAMP_OK;
}

static enum camp_err
refuse_duplicates(const struct trial_batch *batch, struct problem *why)
{
	struct json_path list = {NULL, "trials", 0};
	uint8_t *seen = calloc(TRIAL_SEQ_MAX / 8 + 1, 1);

	if (!seen)
		return CAMP_ERR_MEMORY;
	for (size_t i = 0; i < batch->n; i++) {
		struct json_path trial = {&list, NULL, i}, at = {&trial, "seq", 0};
		int32_t seq = batch->trials[i].seq;
		uint8_t bit = (uint8_t)(1 << seq % 8);

		if (seen[seq / 8] & bit)
			problem_add(why, &at, "duplicate", "%d is in this request twice",
				    (int)seq);
		seen[seq / 8] |= bit;
	}
	free(seen);
	return why->count ? CAMP_ERR_INVALID : CAMP_OK;
}

/* The place of a member among its object's, which jansson keeps in the body's order. */
static size_t
member_index(json_t *object, const char *key)
{
	const char *k;
	json_t *value;
	size_t i = 0;

	json_object_foreach(object, k, value)
	{
		if (strcmp(k, key) == 0)
			break;
		i++;
	}
	return i;
}

/* The text of an object's member by its place; p is at the opening brace. */
static const char *
member_text(const char *p, const char *end, size_t index)
{
	for (; p < end; index--) {
		p = json_text_space(p + 1, end); /* behind the brace or a comma */
		p = json_text_space(json_text_skip(p, end), end);
		p = json_text_space(p + 1, end);
		if (index == 0)
			break;
		p = json_text_space(json_text_skip(p, end), end);
	}
	return p;
}

/*
 * Takes each detail from the body's own text, not from jansson's values: printed again,
 * numbers would look different from what the scanner stores for the same trial.
 */
static enum camp_err
take_details(struct trial_batch *batch, json_t *trials, const char *body, size_t len,
	     struct problem *why)
{
	struct json_path list = {NULL, "trials", 0};
	const char *end = body + len;
	const char *p = member_text(json_text_space(body, end), end, 0);
	json_t *trial;
	size_t i;

	json_array_foreach(trials, i, trial)
	{
		struct json_path element = {&list, NULL, i}, at = {&element, "detail", 0};
		size_t start = batch->text.len, n;

		p = json_text_space(p + 1, end); /* behind the bracket or a comma */
		if (json_is_object(json_object_get(trial, "detail"))) {
			const char *text =
				member_text(p, end, member_index(trial, "detail"));

			json_text_compact(&batch->text, text, json_text_skip(text, end));
			n = batch->text.len - start;
			if (n > TRIAL_DETAIL_BYTES_MAX)
				problem_add(why, &at, "too_long",
					    "must have at most %d bytes as compact JSON",
					    TRIAL_DETAIL_BYTES_MAX);
			batch->trials[i].detail_len = (uint32_t)n;
		}
		p = json_text_space(json_text_skip(p, end), end);
	}
	if (batch->text.failed)
		return CAMP_ERR_MEMORY;
	trial_batch_place_text(batch);
	return why->count ? CAMP_ERR_INVALID : CAMP_OK;
}

enum camp_err
trial_scan_jansson(struct trial_batch *batch, const struct task_definition *def,
		   const char *body, size_t len, struct problem *why)
{
	json_t *root = NULL;
	enum camp_err err;

	problem_reset(why);
	trial_batch_reset(batch);
	err = json_read_body(&root, body, len, why);
	if (err == CAMP_OK)
		err = read_trials(batch, def, root, why);
	if (err == CAMP_OK)
		err = refuse_duplicates(batch, why);
	if (err == CAMP_OK)
		err = take_details(batch, json_object_get(root, "trials"), body, len,
				   why);
	if (err == CAMP_OK)
		trial_batch_sort(batch);
	else
		trial_batch_reset(batch);
	if (err == CAMP_ERR_MEMORY)
		problem_reset(why);
	json_decref(root);
	return err;
}
