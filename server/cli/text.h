/** Text that several verbs write: JSON strings, CSV fields and numbers. */
#ifndef SERVER_CLI_TEXT_H
#define SERVER_CLI_TEXT_H

#include "base/buffer.h"

/** Adds a JSON string with its quotes; text is UTF-8. */
void text_add_json(struct buffer *b, const char *text);
/** Adds a CSV field, quoted when it has to be. NULL is an empty field. */
void text_add_csv(struct buffer *b, const char *text);
/** The shortest text that reads back as the same number; NAN and infinities add nothing.
 */
void text_add_float(struct buffer *b, float v);
void text_add_double(struct buffer *b, double v);
/** The same for JSON, where NAN and infinities are null. */
void text_add_json_double(struct buffer *b, double v);

#endif
