/**
 * The checks against request smuggling that libmicrohttpd 0.9 leaves out, and the headers
 * a request is about to need, read in the same pass.
 *
 * Call it in the first call of the access handler; on anything but CAMP_OK answer with
 * the error and close the connection (Connection: close), reading no body.
 */
#ifndef SERVER_FRAMING_H
#define SERVER_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct MHD_Connection;

#define FRAMING_HEADERS_MAX 64
#define FRAMING_VALUE_MAX 4096 /* bytes of one header's value */

/* Texts are borrowed from the connection; NULL: absent. */
struct framing {
	const char *reason; /* on an error: a static sentence for the problem's detail */
	int64_t content_length; /* -1: not given */
	bool chunked;
	bool expects_continue;
	const char *host, *authorization, *content_type, *accept, *accept_encoding,
		*if_none_match, *idempotency_key;
	int n_headers, n_hosts, n_lengths, n_encodings; /* inside */
};

/**
 * Exactly one Host (at most one in HTTP/1.0), at most one Content-Length and it of digits
 * only, Transfer-Encoding only as exactly "chunked" and never beside a length, no control
 * character or NUL in a value, no folded line or bare line feed, one Authorization,
 * Content-Type and Idempotency-Key each, and POST, PUT and PATCH with a length or
 * chunked. Of several Accept, Accept-Encoding or If-None-Match lines the first counts.
 *
 * Errors: REQUEST, LENGTH_REQUIRED, TOO_LARGE (a length beyond 2^53).
 */
CAMP_MUST_CHECK enum camp_err
framing_check(struct framing *out, struct MHD_Connection *connection, const char *method,
	      const char *version);

/**
 * True when the address that libmicrohttpd gave its URI log callback is all that stood
 * between method and version: it hides what follows a NUL byte.
 */
bool framing_uri_is_whole(const char *uri, size_t uri_len, const char *version);

/* The same in pieces, for tests and fuzzing: init, add each header, then finish. */
void framing_init(struct framing *f);
CAMP_MUST_CHECK enum camp_err
framing_header(struct framing *f, const char *name, size_t name_len, const char *value,
	       size_t value_len);
CAMP_MUST_CHECK enum camp_err
framing_finish(struct framing *f, const char *method, const char *version);

#endif
