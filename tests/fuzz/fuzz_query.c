/* What arrives around a body: the first byte picks the parser of the rest. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "server/accept.h"
#include "server/auth.h"
#include "server/framing.h"
#include "server/query.h"
#include "server/request.h"
#include "server/routes.h"
#include "tests/fuzz/fuzz.h"

static void
query(const char *text, size_t len)
{
	struct query q;
	const char *why = NULL;

	if (query_parse(&q, text, len, &why) != CAMP_OK) {
		if (!why || q.n != 0)
			fuzz_fail("a refused query has no reason, or pairs");
		return;
	}
	for (int i = 0; i < q.n; i++) {
		const char *name = q.pair[i].name, *value = q.pair[i].value;

		/* A value that is not there is a constant. */
		if (name < q.text || name + strlen(name) >= q.text + sizeof(q.text) ||
		    (value[0] && (value < q.text ||
				  value + strlen(value) >= q.text + sizeof(q.text))))
			fuzz_fail("a pair is out of bounds");
		if (query_value(&q, name) != value)
			fuzz_fail("a pair is not found by its name");
		for (const char *c = value; *c; c++)
			if ((unsigned char)*c < ' ')
				fuzz_fail("a control character came through");
	}
}

static void
id(const char *text, size_t len)
{
	char again[UUID_TEXT_LEN + 1];
	struct uuid u, back;

	if (!uuid_parse(&u, text, len))
		return;
	uuid_format(&u, again);
	if (len != UUID_TEXT_LEN || !uuid_parse(&back, again, UUID_TEXT_LEN) ||
	    !uuid_equal(&u, &back))
		fuzz_fail("an id does not come back");
}

static void
token(const char *text, size_t len)
{
	static const uint8_t secret[AUTH_SECRET_BYTES] = "a secret for the fuzzer";
	char again[AUTH_TOKEN_MAX];
	struct auth_keys keys;
	struct auth who;

	auth_keys_init(&keys, secret);
	if (auth_token_check(&keys, text, len, 0, &who) != CAMP_OK) {
		if (who.kind != AUTH_NONE)
			fuzz_fail("a refused token leaves someone");
		return;
	}
	auth_token_make(&keys, &who, again);
	if (strlen(again) != len || memcmp(again, text, len) != 0)
		fuzz_fail("two tokens say the same");
}

static void
accept_values(const char *text)
{
	int q = accept_type_quality(text, "application/json");

	if (q < 0 || q > 1000)
		fuzz_fail("a quality is out of range");
	q = accept_encoding_quality(text, "br");
	if (q < 0 || q > 1000)
		fuzz_fail("a quality is out of range");
	(void)content_type_is_json(text);
}

/* Lines of "name: value". */
static void
headers(const char *text, size_t len)
{
	const char *end = text + len;
	struct framing f;

	framing_init(&f);
	while (text < end) {
		const char *line = memchr(text, '\n', (size_t)(end - text));
		const char *colon;

		if (!line)
			line = end;
		colon = memchr(text, ':', (size_t)(line - text));
		if (colon && framing_header(&f, text, (size_t)(colon - text), colon + 1,
					    (size_t)(line - colon - 1)) != CAMP_OK)
			return;
		text = line + 1;
	}
	if (framing_finish(&f, "POST", "HTTP/1.1") == CAMP_OK &&
	    (f.n_hosts != 1 || (f.chunked && f.content_length >= 0)))
		fuzz_fail("an ambiguous request passed");
}

static void
path(const char *text, size_t len)
{
	static struct request rq;
	struct route_miss miss;

	memset(&rq, 0, sizeof(rq));
	if (!route_match(&rq, "POST", text, len, &miss))
		return;
	for (int i = 0; i < rq.n_params; i++)
		if (rq.params[i].value < text ||
		    rq.params[i].value + rq.params[i].len > text + len)
			fuzz_fail("a parameter is out of bounds");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	size_t len;

	if (size == 0 || sodium_init() < 0)
		return 0;
	/* Exactly as long as it is, but for those that take a C string. */
	len = size - 1;
	text = malloc(len + 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, len);
	text[len] = '\0';
	switch (data[0]) {
	case 'q':
		query(text, len);
		break;
	case 'i':
		id(text, len);
		break;
	case 't':
		token(text, len);
		break;
	case 'a':
		accept_values(text);
		break;
	case 'h':
		headers(text, len);
		break;
	case 'p':
		path(text, len);
		break;
	default:
		break;
	}
	free(text);
	return 0;
}
