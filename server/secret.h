/** The server's secret, from which the keys of all tokens are derived. */
#ifndef SERVER_SECRET_H
#define SERVER_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

#define SECRET_BYTES 32

/**
 * Reads the secret (64 hexadecimal digits) or, when the file does not exist, makes it
 * with mode 0600 so that another process starting at the same time finds the same one. A
 * file that others may write is refused; that others may read it is logged. On failure
 * out is zeroed and why holds one sentence. Errors: INVALID, FAULT.
 */
CAMP_MUST_CHECK enum camp_err
secret_load(uint8_t out[SECRET_BYTES], const char *path, char *why, size_t why_size);

/**
 * Writes len bytes to a new file beside path with mode 0600, makes them durable and puts
 * them in its place at once. Errors: FAULT with one sentence in why.
 */
CAMP_MUST_CHECK enum camp_err secret_write_file(const char *path, const void *data,
						size_t len, char *why, size_t why_size);

#endif
