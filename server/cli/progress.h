/**
 * Shows how far a long command is, on stderr: a bar with rate and time left on a
 * terminal, a line every few seconds elsewhere, or NDJSON on stdout for programs.
 */
#ifndef SERVER_CLI_PROGRESS_H
#define SERVER_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_style {
	PROGRESS_AUTO,     /* a bar or lines, as stderr is a terminal or not */
	PROGRESS_TERMINAL, /* a bar, or nothing where there is no terminal */
	PROGRESS_JSON,     /* {"event":"progress",...} lines on stdout */
	PROGRESS_NONE,
};

struct progress {
	enum progress_style style;
	const char *what;     /* "replay", static text */
	const char *unit;     /* "trials", static text */
	uint64_t done, total; /* total 0: not known */
	int64_t started_ms, shown_ms, rate_from_ms;
	uint64_t rate_from;
	double rate; /* units a second, over the last seconds */
	bool bar, drawn;
};

/** Milliseconds on the monotonic clock. */
int64_t progress_clock_ms(void);

void progress_start(struct progress *p, enum progress_style style, const char *what,
		    const char *unit, uint64_t total);
/** Cheap: shows something only a few times a second. note (or NULL) follows the figures.
 */
void progress_show(struct progress *p, uint64_t done, const char *note);
/**
 * The same with the caller's own figures in place of count, rate and time left. now: not
 * only a few times a second. Nothing with PROGRESS_JSON.
 */
void progress_figures(struct progress *p, uint64_t done, const char *figures, bool now);
/** Wipes the bar, so that other text can be printed; the next progress_show() redraws. */
void progress_hide(struct progress *p);
/** Seconds since the start, never 0. */
double progress_seconds(const struct progress *p);

/** "145,527": a number with separators; out holds at least 27 bytes. Returns out. */
const char *progress_number(uint64_t n, char *out);
/** "1:02:03" or "0:07"; out holds at least 27 bytes. Returns out. */
const char *progress_duration(double seconds, char *out);

#endif
