/** Values as the API writes them; each returns NULL only when memory ran out. */
#ifndef SERVER_JSON_WRITE_H
#define SERVER_JSON_WRITE_H

#include <jansson.h>
#include <stdint.h>

#include "base/uuid.h"

/** The number, or null where it is not defined (NAN). */
json_t *json_write_number(double value);
/** [low, high], or null where either is not defined. */
json_t *json_write_interval(double low, double high);
json_t *json_write_uuid(const struct uuid *id);
/** "2026-11-01T09:00:00.123Z"; null for 0. */
json_t *json_write_time(int64_t unix_ms);
/** The text, or null for NULL. */
json_t *json_write_text(const char *text);
/** An array of n texts. */
json_t *json_write_texts(const char *const *texts, int n);

#endif
