/** A new cohort's secrets, consent text and links. */
#ifndef SERVER_CLI_COHORT_NEW_H
#define SERVER_CLI_COHORT_NEW_H

#include <stdbool.h>
#include <stdint.h>

#include "server/cli/demo.h"

/** A random join code of [A-Z0-9] without 0, 1, I, L and O, which are easily confused. */
void join_code_make(char out[JOIN_CODE_LEN + 1]);
/** A random read token. */
void read_token_make(char out[READ_TOKEN_LEN + 1]);
/** What the database keeps of a token: BLAKE2b-256. */
void read_token_hash(const char *token, uint8_t out[TOKEN_HASH_BYTES]);

/**
 * The consent texts as JSON, {"en": ..., "zh-Hans": ..., "es": ..., "ar": ...}: a short
 * one that says truthfully what camp does with a participant's data. The caller frees it;
 * NULL: no memory.
 */
char *consent_text_standard(bool demo);
/** The same from a JSON file: an object of texts by language, "en" among them. */
CAMP_MUST_CHECK enum camp_err
consent_text_load(char **out, const char *path, char *why, size_t why_size);

/** Writes the two links from the other members. False when they do not fit. */
bool demo_links_write(struct demo_links *links, const char *base_url);

/** Links as a JSON object, as in demo.json. The caller frees it; NULL: no memory. */
char *demo_links_json(const struct demo_links *links);

#endif
