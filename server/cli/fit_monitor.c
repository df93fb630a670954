#include "server/cli/fit_monitor.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/cli.h"
#include "server/cli/text.h"

#define JSON_EVERY_MS 1000
#define LINE_EVERY_MS 2000

void
fit_monitor_start(struct fit_monitor *m, const char *verb, const char *path, bool json,
		  bool resumes)
{
	memset(m, 0, sizeof(*m));
	m->json = json;
	m->resumes = resumes;
	m->path = path;
	m->valid = (double)NAN;
	progress_start(&m->progress, json ? PROGRESS_NONE : PROGRESS_AUTO, verb, "steps",
		       0);
	m->shown_ms = progress_clock_ms();
}

static void
fail(struct fit_monitor *m)
{
	if (m->why[0] == '\0')
		snprintf(m->why, sizeof(m->why), "\"%.150s\" cannot be written: %s",
			 m->path, strerror(errno));
}

/* Whether a line of an earlier run comes before what this one does first. */
static bool
comes_before(const char *line, const struct fit_progress *first)
{
	char phase[32];
	int64_t step;

	if (!strchr(line, '\n') ||
	    sscanf(line, "{\"phase\":\"%31[a-z]\",\"step\":%" SCNd64, phase, &step) != 2)
		return false;
	if (strcmp(phase, first->phase) == 0)
		return step < first->step;
	return strcmp(phase, "linear") == 0;
}

/* Lines stand in order, so those that stay are the beginning of the file. */
static void
cut_metrics(struct fit_monitor *m, const struct fit_progress *first)
{
	char line[1024];
	long end = 0;

	while (fgets(line, sizeof(line), m->metrics) && comes_before(line, first))
		end = ftell(m->metrics);
	if (end < 0 || ftruncate(fileno(m->metrics), end) != 0 ||
	    fseek(m->metrics, end, SEEK_SET) != 0)
		fail(m);
}

static void
open_metrics(struct fit_monitor *m, const struct fit_progress *first)
{
	if (!m->path)
		return;
	if (m->resumes)
		m->metrics = fopen(m->path, "r+e");
	if (m->metrics)
		cut_metrics(m, first);
	else
		m->metrics = fopen(m->path, "we");
	if (!m->metrics)
		fail(m);
}

/* "phase":... up to the loss, and after a validation its figures. */
static void
add_figures(struct fit_monitor *m, const struct fit_progress *p)
{
	struct buffer *b = &m->line;

	buffer_addf(b,
		    "\"phase\":\"%s\",\"step\":%" PRId64 ",\"steps\":%" PRId64
		    ",\"epoch\":%d,\"loss\":",
		    p->phase, p->step, p->steps, p->epoch);
	text_add_json_double(b, p->loss);
	if (!p->validated)
		return;
	buffer_add_text(b, ",\"nll_correct\":");
	text_add_json_double(b, p->nll_correct);
	buffer_add_text(b, ",\"nll_rt\":");
	text_add_json_double(b, p->nll_rt);
	buffer_add_text(b, ",\"best\":");
	text_add_json_double(b, p->best);
}

static void
keep_metrics(struct fit_monitor *m, const struct fit_progress *p)
{
	if (!p->validated || !m->metrics)
		return;
	buffer_reset(&m->line);
	buffer_add_char(&m->line, '{');
	add_figures(m, p);
	buffer_add_text(&m->line, "}\n");
	/* Before the state is written, which promises that this line is there. */
	if (!m->line.failed &&
	    (fwrite(m->line.data, 1, m->line.len, m->metrics) != m->line.len ||
	     fflush(m->metrics) != 0))
		fail(m);
}

static void
show_json(struct fit_monitor *m, const struct fit_progress *p)
{
	int64_t now = progress_clock_ms();

	if (!p->validated && now - m->shown_ms < JSON_EVERY_MS)
		return;
	m->shown_ms = now;
	buffer_reset(&m->line);
	buffer_addf(&m->line, "{\"event\":\"%s\",",
		    p->validated ? "validation" : "progress");
	add_figures(m, p);
	buffer_addf(&m->line, ",\"trials_per_s\":%.1f,\"seconds_left\":%.1f}\n",
		    p->trials_per_s, isfinite(p->seconds_left) ? p->seconds_left : 0);
	if (!m->line.failed)
		fwrite(m->line.data, 1, m->line.len, stdout);
	fflush(stdout);
}

/* Not all: small data are validated many times a second. */
static void
show_validation(struct fit_monitor *m, const struct fit_progress *p)
{
	int64_t now = progress_clock_ms();

	if (now - m->shown_ms < LINE_EVERY_MS && p->step < p->steps)
		return;
	m->shown_ms = now;
	progress_hide(&m->progress);
	fprintf(stderr, "%s: step %" PRId64 " of %" PRId64 ", loss %.4f", p->phase,
		p->step, p->steps, p->loss);
	if (isfinite(p->nll_rt))
		fprintf(stderr, "; validation NLL correct %.4f, RT %.4f%s",
			p->nll_correct, p->nll_rt,
			p->nll_correct + p->nll_rt <= p->best ? ", the best so far" : "");
	fputc('\n', stderr);
}

static void
show_text(struct fit_monitor *m, const struct fit_progress *p)
{
	char text[200], rate[27], left[27], valid[32] = "-";

	m->progress.total = (uint64_t)p->steps;
	if (p->validated)
		show_validation(m, p);
	if (isfinite(m->valid))
		snprintf(valid, sizeof(valid), "%.3f", m->valid);
	snprintf(text, sizeof(text),
		 "%" PRId64 "/%" PRId64 "  loss %.3f  valid %s  %s trials/s  %s left",
		 p->step, p->steps, p->loss, valid,
		 progress_number((uint64_t)fmax(p->trials_per_s, 0), rate),
		 progress_duration(p->seconds_left, left));
	progress_figures(&m->progress, (uint64_t)p->step, text, false);
}

bool
fit_monitor_step(void *arg, const struct fit_progress *p)
{
	struct fit_monitor *m = arg;

	if (m->first_step == 0) {
		m->first_step = p->step;
		open_metrics(m, p);
	}
	snprintf(m->phase, sizeof(m->phase), "%s", p->phase);
	m->step = p->step;
	m->steps = p->steps;
	if (p->validated)
		m->valid = p->nll_correct + p->nll_rt;
	keep_metrics(m, p);
	if (m->json)
		show_json(m, p);
	else
		show_text(m, p);
	return !cli_interrupted;
}

void
fit_monitor_end(struct fit_monitor *m)
{
	progress_hide(&m->progress);
	if (m->metrics && fclose(m->metrics) != 0)
		fail(m);
	m->metrics = NULL;
	buffer_clear(&m->line);
}
