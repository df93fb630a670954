/** UUIDs: the ids of everything. New ones are version 7 (RFC 9562), ordered by time. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_LEN 36

struct uuid {
	uint8_t b[16];
};

/** A fresh version 7 id at the present time, its other 74 bits random (libsodium). */
struct uuid uuid_v7(void);

/** The same for a given time, in milliseconds since 1970 UTC. */
struct uuid uuid_v7_at(int64_t unix_ms);

/** Milliseconds since 1970 UTC held in a version 7 id. */
int64_t uuid_v7_unix_ms(const struct uuid *id);

/** Canonical lower-case text; out holds UUID_TEXT_LEN + 1 bytes, zero-terminated. */
void uuid_format(const struct uuid *id, char *out);

/** True when text[0..len) is a canonical UUID of either case; else *id is zero. */
bool uuid_parse(struct uuid *id, const char *text, size_t len);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
