/* Lines are formatted outside the lock; under it they only move to the shared buffer. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define TEXT_MAX_BYTES 1024 /* of one value; the rest is cut */
#define WAITING_MAX_BYTES 32768

static const char *const level_names[] = {"debug", "info", "warning", "error"};

static _Atomic int threshold = LOG_INFO;

static struct {
	pthread_mutex_t lock;
	int fd;
	bool at_exit_set;
	size_t len;
	char waiting[WAITING_MAX_BYTES + LINE_MAX_BYTES];
} out = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO};

/* One line being made. What does not fit is left out as a whole, so JSON stays JSON. */
struct line {
	size_t len;
	bool full;
	char text[LINE_MAX_BYTES];
};

#define LINE_TAIL 24 /* ,"truncated":true} and the newline always fit */

static void
line_add(struct line *l, const char *text, size_t n)
{
	if (l->full || l->len + n > sizeof(l->text) - LINE_TAIL) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, text, n);
	l->len += n;
}

/* Bytes of the UTF-8 sequence at s, or 0 when it is not well formed. */
static size_t
utf8_len(const unsigned char *s, size_t left)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0xc0   ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf8 ? 4
				 : 0;
	uint32_t code;

	if (n == 0 || n > left)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

static void
line_add_string(struct line *l, const char *text)
{
	size_t left = strnlen(text, TEXT_MAX_BYTES + 1);
	bool cut = left > TEXT_MAX_BYTES;
	const unsigned char *s = (const unsigned char *)text;

	left = cut ? TEXT_MAX_BYTES : left;
	line_add(l, "\"", 1);
	while (left > 0) {
		size_t n = 1;
		char escaped[8];

		if (*s == '"' || *s == '\\') {
			escaped[0] = '\\';
			escaped[1] = (char)*s;
			line_add(l, escaped, 2);
		} else if (*s < 0x20 || *s == 0x7f) {
			/* Newlines above all: a value must not forge a line. */
			snprintf(escaped, sizeof(escaped), "\\u%04x", *s);
			line_add(l, escaped, 6);
		} else if (*s < 0x80) {
			line_add(l, (const char *)s, 1);
		} else if ((n = utf8_len(s, left)) > 0) {
			line_add(l, (const char *)s, n);
		} else {
			n = 1;
			line_add(l, "\xef\xbf\xbd", 3);
		}
		s += n;
		left -= n;
	}
	line_add(l, cut ? "...\"" : "\"", cut ? 4 : 1);
}

static void
line_add_value(struct line *l, const struct log_field *f)
{
	char number[32];
	int n = 0;

	switch (f->kind) {
	case LOG_KIND_TEXT:
		if (f->value.text != NULL) {
			line_add_string(l, f->value.text);
			return;
		}
		break;
	case LOG_KIND_INT:
		n = snprintf(number, sizeof(number), "%" PRId64, f->value.integer);
		break;
	case LOG_KIND_REAL:
		if (isfinite(f->value.real))
			n = snprintf(number, sizeof(number), "%.9g", f->value.real);
		break;
	case LOG_KIND_BOOL:
		n = snprintf(number, sizeof(number), "%s",
			     f->value.truth ? "true" : "false");
		break;
	}
	if (n == 0)
		line_add(l, "null", 4);
	else
		line_add(l, number, (size_t)n);
}

/* ,"key":value or nothing of it. */
static void
line_add_field(struct line *l, const struct log_field *f)
{
	size_t before = l->len;

	line_add(l, ",\"", 2);
	line_add(l, f->key, strlen(f->key));
	line_add(l, "\":", 2);
	line_add_value(l, f);
	if (l->full)
		l->len = before;
}

static void
line_start(struct line *l, enum log_level level, const char *message)
{
	struct timespec now;
	struct tm tm;
	char text[96];
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = snprintf(text, sizeof(text),
		     "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"level\":\"%s\","
		     "\"message\":",
		     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		     tm.tm_sec, (int)(now.tv_nsec / 1000000), level_names[level]);
	line_add(l, text, (size_t)n);
	line_add_string(l, message);
}

static void
line_end(struct line *l)
{
	static const char truncated[] = ",\"truncated\":true}\n";
	const char *tail = l->full ? truncated : truncated + sizeof(truncated) - 3;
	size_t n = strlen(tail);

	memcpy(l->text + l->len, tail, n);
	l->len += n;
}

/* With the lock held. A stderr that cannot be written loses lines, never the program. */
static void
write_waiting(void)
{
	size_t done = 0;

	while (done < out.len) {
		ssize_t n = write(out.fd, out.waiting + done, out.len - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = out.fd, .events = POLLOUT};

			if (poll(&p, 1, 1000) <= 0)
				break;
		} else if (n < 0 && errno != EINTR) {
			break;
		}
	}
	out.len = 0;
}

void
log_write_fields(enum log_level level, const char *message,
		 const struct log_field *fields)
{
	struct line l;
	int saved = errno;

	l.len = 0;
	l.full = false;
	line_start(&l, level, message);
	for (; fields->key != NULL; fields++)
		line_add_field(&l, fields);
	line_end(&l);

	pthread_mutex_lock(&out.lock);
	if (!out.at_exit_set)
		out.at_exit_set = atexit(log_flush) == 0;
	memcpy(out.waiting + out.len, l.text, l.len);
	out.len += l.len;
	if (level >= LOG_ERROR || out.len >= WAITING_MAX_BYTES)
		write_waiting();
	pthread_mutex_unlock(&out.lock);
	errno = saved;
}

void
log_flush(void)
{
	pthread_mutex_lock(&out.lock);
	write_waiting();
	pthread_mutex_unlock(&out.lock);
}

bool
log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

bool
log_level_parse(enum log_level *level, const char *name)
{
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

void
log_set_fd(int fd)
{
	pthread_mutex_lock(&out.lock);
	write_waiting();
	out.fd = fd;
	pthread_mutex_unlock(&out.lock);
}
