/** Content negotiation over header values (RFC 9110, 12.5). Pure; NULL means absent. */
#ifndef SERVER_ACCEPT_H
#define SERVER_ACCEPT_H

#include <stdbool.h>

/**
 * The quality, in thousandths, that an Accept value gives a media type such as
 * "application/json": the most specific range decides, and 0 means refused. Absent or
 * empty: 1000. Ranges that are not well formed are passed over.
 */
int accept_type_quality(const char *accept, const char *type);

/** The same for Accept-Encoding and a coding; "identity" is 1000 unless refused. */
int accept_encoding_quality(const char *accept_encoding, const char *coding);

/** True when the Content-Type value is application/json (charset absent or utf-8). */
bool content_type_is_json(const char *content_type);

/** True when it is that type, whatever its parameters. */
bool content_type_is(const char *content_type, const char *type);

#endif
