/** Walking over JSON text that a parser has already accepted. */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include "base/buffer.h"

/** The first byte in [p, end) that is not JSON white space, or end. */
const char *json_text_space(const char *p, const char *end);

/**
 * The end of the value that starts at p (no white space before it). Never reads at or
 * beyond end; of text that is not JSON it returns some place up to end.
 */
const char *json_text_skip(const char *p, const char *end);

/** Appends [p, end) without the white space between its tokens. */
void json_text_compact(struct buffer *out, const char *p, const char *end);

#endif
