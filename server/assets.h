/**
 * Static files, held in memory with their headers ready.
 *
 * Each file is one response object per encoding (identity, gzip, brotli), made once and
 * queued as often as wanted: answering allocates nothing but what MHD needs for a reply.
 * Hashed names under /assets/ are immutable; shells and documents are checked by ETag.
 * After loading everything is read only, so any thread may look up.
 */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stddef.h>

#include "base/errors.h"

struct MHD_Response;
struct assets;
struct asset;

#define ASSETS_TOTAL_BYTES_MAX (64u << 20)

enum asset_kind {
	ASSET_PAGE,      /* an HTML shell: page security headers, no-cache */
	ASSET_IMMUTABLE, /* a hashed name: cached for a year */
	ASSET_DOCUMENT,  /* openapi.yaml, a task definition: API headers, no-cache */
};

CAMP_MUST_CHECK enum camp_err assets_new(struct assets **out);
void assets_free(struct assets *assets);

/**
 * Loads the built client: DIR/app.html as "/" (look it up under that name for
 * /join/{code} too), DIR/cohort.html as "/cohort/", DIR/models.html as
 * "/models", DIR/assets/ and all below it as
 * "/assets/...", and any other file of DIR itself, such as favicon.svg, as "/NAME",
 * checked by ETag. NAME.br and NAME.gz are encodings of NAME. Errors: NOT_FOUND (not
 * built), TOO_LARGE, FAULT, MEMORY; why holds one sentence.
 */
CAMP_MUST_CHECK enum camp_err
assets_load_web(struct assets *assets, const char *dir, char *why, size_t why_size);

/** Adds a text under an exact path; copies it and makes its gzip form. MEMORY. */
CAMP_MUST_CHECK enum camp_err
assets_add_memory(struct assets *assets, const char *path, enum asset_kind kind,
		  const char *type, const void *data, size_t len);

/** The same from a file, with FILE.gz and FILE.br. NOT_FOUND, TOO_LARGE, FAULT, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
assets_add_file(struct assets *assets, const char *path, enum asset_kind kind,
		const char *type, const char *file, char *why, size_t why_size);

/** Exact path ("/", "/cohort/", "/assets/app.ABC123.js", "/api/v1/openapi.yaml"). */
const struct asset *assets_find(const struct assets *assets, const char *path);

/**
 * Picks the answer to GET and HEAD: 200 with the best encoding or 304 without a body, as
 * the two header values (NULL: absent) ask. The response is borrowed: queue it with
 * MHD_queue_response(connection, *status, response) and do not destroy it.
 */
struct MHD_Response *asset_answer(const struct asset *asset, const char *accept_encoding,
				  const char *if_none_match, unsigned *status);

/** Bytes of its plain form, the largest. */
size_t asset_size(const struct asset *asset);

/** The media type without parameters, for the Accept check: "text/html". */
const char *asset_type(const struct asset *asset);

/** Bytes held, and the number of files. */
size_t assets_bytes(const struct assets *assets);
size_t assets_count(const struct assets *assets);

/** True when the If-None-Match value holds the tag (with quotes), or "*". Weak
 * comparison. */
int etag_matches(const char *if_none_match, const char *etag);

/** A strong tag of the bytes with its quotes, zero-terminated: BLAKE2b, 128 bits. */
#define ETAG_SIZE 26
void etag_of(char out[ETAG_SIZE], const void *data, size_t len);

#endif
