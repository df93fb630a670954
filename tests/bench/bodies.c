#define _GNU_SOURCE
#include "tests/bench/bodies.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/trial.h"
#include "base/uuid.h"

static bool
add_head(struct heads *h, char *line, const char *host)
{
	char *token = strchr(line, ' ');
	struct uuid id;

	if (token == NULL || !uuid_parse(&id, line, (size_t)(token - line)))
		return false;
	*token++ = '\0';
	token[strcspn(token, "\n")] = '\0';
	buffer_addf(&h->text,
		    "POST /api/v1/sessions/%s/trials HTTP/1.1\r\nHost: %s\r\n"
		    "Authorization: Bearer %s\r\nContent-Type: application/json\r\n",
		    line, host, token);
	return !h->text.failed;
}

int
heads_read(struct heads *h, const char *path, const char *host)
{
	FILE *f = fopen(path, "re");
	size_t line_cap = 0, cap = 0;
	char *line = NULL;
	int result = -1;

	if (f == NULL) {
		fprintf(stderr, "load: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (getline(&line, &line_cap, f) > 0) {
		if (h->n + 1 >= cap) {
			cap = cap == 0 ? 1024 : 2 * cap;
			h->start = realloc(h->start, cap * sizeof(*h->start));
			if (h->start == NULL)
				goto out;
		}
		h->start[h->n] = h->text.len;
		if (!add_head(h, line, host)) {
			fprintf(stderr, "load: %s:%zu: not a session id and a token\n",
				path, h->n + 1);
			goto out;
		}
		h->start[++h->n] = h->text.len;
	}
	if (h->n == 0)
		fprintf(stderr, "load: %s: no sessions\n", path);
	else
		result = 0;
out:
	free(line);
	fclose(f);
	return result;
}

void
heads_clear(struct heads *h)
{
	buffer_clear(&h->text);
	free(h->start);
	*h = (struct heads){0};
}

int
body_names_split(struct body_names *names, char *list)
{
	names->n = 0;
	for (char *name = strtok(list, ","); name != NULL; name = strtok(NULL, ",")) {
		if (names->n == (int)(sizeof(names->name) / sizeof(names->name[0])))
			break;
		names->name[names->n++] = name;
	}
	return names->n;
}

/* splitmix64: the same content on every machine for the same seed. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Shaped like what the participant app sends: tenths of a millisecond, few flags. */
static void
add_trial(struct buffer *json, const struct bodies *b, int64_t seq, uint64_t *state)
{
	uint64_t r = next_random(state);
	unsigned rt = 2500 + (unsigned)(r % 8000), onset = (unsigned)(r >> 32) % 20000;
	char set[6] = "LLLLL";

	for (int i = 0; i < 5; i++)
		if (r >> (20 + i) & 1)
			set[i] = 'R';
	buffer_addf(json,
		    "{\"seq\":%lld,\"condition\":\"%s\",\"correct\":%s,\"rt_ms\":%u.%u,"
		    "\"onset_ms\":%lld.%u,\"response\":\"%s\",\"difficulty\":0.%u,"
		    "\"flags\":[%s],\"detail\":{\"set\":\"%s\"}}",
		    (long long)seq,
		    b->conditions.name[(r >> 8) % (unsigned)b->conditions.n],
		    (r >> 13) % 16 > 0 ? "true" : "false", rt / 10, rt % 10,
		    (long long)(seq % 4096) * 2000 + onset / 10, onset % 10,
		    b->responses.name[(r >> 26) % (unsigned)b->responses.n],
		    100 + (unsigned)(r >> 40) % 900,
		    (r >> 60) == 0 ? "\"frames_dropped\"" : "", set);
}

void
bodies_make(struct bodies *b, int64_t cell)
{
	struct buffer json = {0};

	if (cell * b->stride + b->trials - 1 > TRIAL_SEQ_MAX) {
		fprintf(stderr, "load: the sessions are full; make more of them\n");
		exit(2);
	}
	for (int v = 0; v < BODY_VARIANTS; v++) {
		uint64_t state = b->seed ^ ((uint64_t)cell << 8 | (unsigned)v);

		buffer_reset(&json);
		buffer_add_text(&json, "{\"trials\":[");
		for (int i = 0; i < b->trials; i++) {
			if (i > 0)
				buffer_add_char(&json, ',');
			add_trial(&json, b, cell * b->stride + i, &state);
		}
		buffer_add_text(&json, "]}");
		buffer_reset(&b->text[v]);
		buffer_addf(&b->text[v], "Content-Length: %zu\r\n\r\n", json.len);
		buffer_add(&b->text[v], json.data, json.len);
		if (json.failed || b->text[v].failed) {
			fprintf(stderr, "load: out of memory\n");
			exit(2);
		}
	}
	b->cell = cell;
	buffer_clear(&json);
}

void
bodies_clear(struct bodies *b)
{
	for (int v = 0; v < BODY_VARIANTS; v++)
		buffer_clear(&b->text[v]);
}
