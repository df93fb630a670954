#include <config.h>

#include "server/cli/tune_ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

/* 17 digits bring back the same number. */
#define FORMAT \
	"{\"rung\":%d,\"candidate\":%d,\"steps\":%" PRId64 ",\"best_step\":%" PRId64 \
	",\"nll_correct\":%.17g,\"nll_rt\":%.17g,\"linear_nll_correct\":%.17g," \
	"\"linear_nll_rt\":%.17g}\n"
#define SCAN \
	"{\"rung\":%d,\"candidate\":%d,\"steps\":%" SCNd64 ",\"best_step\":%" SCNd64 \
	",\"nll_correct\":%lg,\"nll_rt\":%lg,\"linear_nll_correct\":%lg," \
	"\"linear_nll_rt\":%lg}%c"

static bool
read_training(const char *line, struct tune_training *t)
{
	char end;

	return sscanf(line, SCAN, &t->rung, &t->candidate, &t->steps, &t->best_step,
		      &t->nll_correct, &t->nll_rt, &t->linear_nll_correct,
		      &t->linear_nll_rt, &end) == 9 &&
	       end == '\n';
}

/* The finished trainings; what follows the last whole line is cut off. */
static bool
read_trainings(struct tune_ledger *l)
{
	char line[LINE_MAX_BYTES];
	long end = ftell(l->file);

	while (l->n < TUNE_TRAININGS_MAX && fgets(line, sizeof(line), l->file) &&
	       read_training(line, &l->trainings[l->n])) {
		l->n++;
		end = ftell(l->file);
	}
	return end >= 0 && fseek(l->file, end, SEEK_SET) == 0 &&
	       ftruncate(fileno(l->file), end) == 0;
}

static bool
sync_file(FILE *file)
{
	return fflush(file) == 0 && fsync(fileno(file)) == 0;
}

enum camp_err
tune_ledger_open(struct tune_ledger *l, const char *path, const char *identity, char *why,
		 size_t why_size)
{
	char line[LINE_MAX_BYTES];
	bool good;

	memset(l, 0, sizeof(*l));
	l->file = fopen(path, "r+e");
	if (!l->file && errno == ENOENT)
		l->file = fopen(path, "w+e");
	if (!l->file) {
		snprintf(why, why_size, "the ledger \"%s\" cannot be opened: %s", path,
			 strerror(errno));
		return CAMP_ERR_FAULT;
	}
	if (!fgets(line, sizeof(line), l->file)) {
		good = fprintf(l->file, "%s\n", identity) > 0 && sync_file(l->file);
	} else {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, identity) != 0) {
			snprintf(why, why_size,
				 "the ledger \"%s\" is of another search (other data or "
				 "options); remove it, or name another with --ledger",
				 path);
			return CAMP_ERR_INVALID;
		}
		good = read_trainings(l);
	}
	if (good)
		return CAMP_OK;
	snprintf(why, why_size, "the ledger \"%s\" cannot be written: %s", path,
		 strerror(errno));
	return CAMP_ERR_FAULT;
}

const struct tune_training *
tune_ledger_find(const struct tune_ledger *l, int rung, int candidate)
{
	for (int i = 0; i < l->n; i++) {
		if (l->trainings[i].rung == rung &&
		    l->trainings[i].candidate == candidate)
			return &l->trainings[i];
	}
	return NULL;
}

enum camp_err
tune_ledger_add(struct tune_ledger *l, const struct tune_training *t)
{
	if (l->n == TUNE_TRAININGS_MAX ||
	    fprintf(l->file, FORMAT, t->rung, t->candidate, t->steps, t->best_step,
		    t->nll_correct, t->nll_rt, t->linear_nll_correct,
		    t->linear_nll_rt) < 0 ||
	    !sync_file(l->file))
		return CAMP_ERR_FAULT;
	l->trainings[l->n++] = *t;
	return CAMP_OK;
}

void
tune_ledger_close(struct tune_ledger *l)
{
	if (l->file)
		fclose(l->file);
	l->file = NULL;
}
