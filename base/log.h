/**
 * The log: one JSON object a line on stderr, made for machines and readable by people.
 *
 *	{"time":"2026-11-01T09:00:00.123Z","level":"info","message":"listening","port":8080}
 *
 *	log_event(LOG_INFO, "listening", log_int("port", port), log_text("address",
 *address));
 *
 * Messages start in lower case, name the cause first and quote the subject. Never a
 *token, a name, a pseudonym, an IP address or a body: what identifies a request is
 *request_id.
 *
 * Lines below LOG_ERROR are collected and written by log_flush(), which an event loop
 * calls once a turn; they are also written when 32 KiB are waiting and at exit. Errors
 *are written at once, after what waited before them. All functions may be called from any
 * thread, none fails, and none blocks on anything but stderr.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_kind { LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_REAL, LOG_KIND_BOOL };

struct log_field {
	const char *key; /* of [a-z0-9_] */
	enum log_kind kind;
	union {
		const char
			*text; /* NULL gives null; bytes that are not UTF-8 give U+FFFD */
		int64_t integer;
		double real; /* not finite: null */
		bool truth;
	} value;
};

static inline struct log_field
log_text(const char *key, const char *value)
{
	return (struct log_field){key, LOG_KIND_TEXT, {.text = value}};
}

static inline struct log_field
log_int(const char *key, int64_t value)
{
	return (struct log_field){key, LOG_KIND_INT, {.integer = value}};
}

static inline struct log_field
log_real(const char *key, double value)
{
	return (struct log_field){key, LOG_KIND_REAL, {.real = value}};
}

static inline struct log_field
log_bool(const char *key, bool value)
{
	return (struct log_field){key, LOG_KIND_BOOL, {.truth = value}};
}

/** Logs one event with any number of fields; costs one comparison below the level. */
#define log_event(level, message, ...) \
	do { \
		if (log_enabled(level)) \
			log_write_fields((level), (message), \
					 (const struct log_field[]){ \
						 __VA_ARGS__ __VA_OPT__(, ){.key = 0}}); \
	} while (0)

/** What log_event() calls; fields end with a NULL key. */
void log_write_fields(enum log_level level, const char *message,
		      const struct log_field *fields);

bool log_enabled(enum log_level level);
/** Default LOG_INFO. */
void log_set_level(enum log_level level);
/** "debug", "info", "warning", "error"; false and *level unchanged for anything else. */
bool log_level_parse(enum log_level *level, const char *name);
const char *log_level_name(enum log_level level);

/** Default 2 (stderr); tests give a pipe. */
void log_set_fd(int fd);
/** Writes what waits. */
void log_flush(void);

#endif
