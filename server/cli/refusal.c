#include "server/cli/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINTERS_SHOWN 5

char *
refusal_code(const struct call *call)
{
	json_t *problem = call_json(call);
	const char *code = json_string_value(json_object_get(problem, "code"));
	char other[32], *out;

	snprintf(other, sizeof(other), "http_%ld", call->status);
	out = strdup(code ? code : other);
	json_decref(problem);
	return out;
}

/* "/trials/3/rt_ms" of a batch whose first trial is given: the line of that trial. */
static unsigned
pointer_line(const char *pointer, const struct recording_trial *first)
{
	unsigned at;

	if (!first || sscanf(pointer, "/trials/%5u", &at) != 1 || at >= TRIALS_PER_CELL)
		return 0;
	return first[at].line;
}

static void
add_errors(FILE *out, const json_t *errors, const struct recording_trial *first)
{
	size_t n = json_array_size(errors);

	for (size_t i = 0; i < n && i < POINTERS_SHOWN; i++) {
		const json_t *error = json_array_get(errors, i);
		const char *pointer =
				   json_string_value(json_object_get(error, "pointer")),
			   *detail = json_string_value(json_object_get(error, "detail"));
		unsigned line = pointer ? pointer_line(pointer, first) : 0;

		fprintf(out, "; %s", pointer ? pointer : "?");
		if (line > 0)
			fprintf(out, " (line %u)", line);
		if (detail)
			fprintf(out, ": %s", detail);
	}
	if (n > POINTERS_SHOWN)
		fprintf(out, "; and %zu more", n - POINTERS_SHOWN);
}

char *
refusal_text(const struct call *call, const struct recording_trial *first)
{
	json_t *problem = call_json(call);
	const char *title = json_string_value(json_object_get(problem, "title")),
		   *detail = json_string_value(json_object_get(problem, "detail"));
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		fputs(title ? title : "no reason was given", out);
		if (detail && (!title || strcmp(detail, title) != 0))
			fprintf(out, ": %s", detail);
		add_errors(out, json_object_get(problem, "errors"), first);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	json_decref(problem);
	return text;
}
