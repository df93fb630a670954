#include "server/cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_EVERY_MS 100
#define LINE_EVERY_MS 5000
#define JSON_EVERY_MS 1000
#define RATE_OVER_MS 1000
#define COLUMNS_MAX 200

int64_t
progress_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *
progress_number(uint64_t n, char *out)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

const char *
progress_duration(double seconds, char *out)
{
	long s;

	if (!(seconds >= 0 && seconds < 1e6)) {
		strcpy(out, "-");
		return out;
	}
	s = (long)(seconds + 0.5);
	if (s >= 3600)
		snprintf(out, 27, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, 27, "%ld:%02ld", s / 60, s % 60);
	return out;
}

void
progress_start(struct progress *p, enum progress_style style, const char *what,
	       const char *unit, uint64_t total)
{
	const char *term = getenv("TERM");

	memset(p, 0, sizeof(*p));
	p->bar = isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	p->style = style;
	if (style == PROGRESS_TERMINAL && !p->bar)
		p->style = PROGRESS_NONE;
	p->what = what;
	p->unit = unit;
	p->total = total;
	p->started_ms = p->shown_ms = p->rate_from_ms = progress_clock_ms();
}

double
progress_seconds(const struct progress *p)
{
	int64_t ms = progress_clock_ms() - p->started_ms;

	return (double)(ms > 0 ? ms : 1) / 1000;
}

static int
terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 80;
	return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static void
draw_bar(struct progress *p, const char *figures, double share)
{
	char bar[32] = "";
	int columns = terminal_columns();
	int width = columns - 1 - (int)strlen(figures) - (int)strlen("[] ");

	/* The figures come first; the bar takes what they leave. */
	if (width > 20)
		width = 20;
	if (p->total > 0 && width >= 5) {
		int full = (int)(share * width);

		bar[0] = '[';
		for (int i = 0; i < width; i++)
			bar[1 + i] = i < full ? '#' : '.';
		memcpy(bar + 1 + width, "] ", 3);
	}
	fprintf(stderr, "\r\033[K%s%.*s", bar, columns - 1 - (int)strlen(bar), figures);
	fflush(stderr);
	p->drawn = true;
}

static void
show_text(struct progress *p, const char *note)
{
	double share = p->total ? (double)p->done / (double)p->total : 0;
	char figures[256], done[27], total[27], rate[27], left[27];

	if (share > 1)
		share = 1;
	progress_number(p->done, done);
	progress_number(p->total, total);
	progress_number((uint64_t)(p->rate + 0.5), rate);
	progress_duration(p->rate > 0 ? (double)(p->total - p->done) / p->rate : -1,
			  left);
	if (p->total > 0)
		snprintf(figures, sizeof(figures),
			 "%3.0f%%  %s of %s %s  %s/s  %s left%s%s", 100 * share, done,
			 total, p->unit, rate, left, note ? "  " : "", note ? note : "");
	else
		snprintf(figures, sizeof(figures), "%s %s  %s/s%s%s", done, p->unit, rate,
			 note ? "  " : "", note ? note : "");
	if (p->bar)
		draw_bar(p, figures, share);
	else
		fprintf(stderr, "%s: %s\n", p->what, figures);
}

static void
show_json(const struct progress *p)
{
	printf("{\"event\":\"progress\",\"what\":\"%s\",\"unit\":\"%s\",\"done\":%llu,"
	       "\"total\":%llu,\"rate\":%.1f,\"seconds\":%.3f}\n",
	       p->what, p->unit, (unsigned long long)p->done,
	       (unsigned long long)p->total, p->rate, progress_seconds(p));
	fflush(stdout);
}

void
progress_show(struct progress *p, uint64_t done, const char *note)
{
	int64_t now, every = p->style == PROGRESS_JSON ? JSON_EVERY_MS
			     : p->bar                  ? BAR_EVERY_MS
						       : LINE_EVERY_MS;

	p->done = done;
	if (p->style == PROGRESS_NONE)
		return;
	now = progress_clock_ms();
	if (now - p->shown_ms < every)
		return;
	p->shown_ms = now;
	if (now - p->rate_from_ms >= RATE_OVER_MS || p->rate == 0) {
		double recent = (double)(done - p->rate_from) * 1000 /
				(double)(now - p->rate_from_ms);

		p->rate = p->rate == 0 ? recent : 0.7 * p->rate + 0.3 * recent;
		p->rate_from = done;
		p->rate_from_ms = now;
	}
	if (p->style == PROGRESS_JSON)
		show_json(p);
	else
		show_text(p, note);
}

void
progress_figures(struct progress *p, uint64_t done, const char *figures, bool now_please)
{
	int64_t now = progress_clock_ms(), every = p->bar ? BAR_EVERY_MS : LINE_EVERY_MS;
	double share = p->total ? fmin((double)done / (double)p->total, 1) : 0;

	p->done = done;
	if (p->style == PROGRESS_NONE || p->style == PROGRESS_JSON ||
	    (!now_please && now - p->shown_ms < every))
		return;
	p->shown_ms = now;
	if (p->bar)
		draw_bar(p, figures, share);
	else
		fprintf(stderr, "%s: %s\n", p->what, figures);
}

void
progress_hide(struct progress *p)
{
	if (!p->drawn)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->drawn = false;
}
