#include "tests/support/scan_differ.h"

#include <math.h>
#include <string.h>

#include "db/cell.h"

static bool
within(const char *p, size_t n, const char *from, size_t len)
{
	return p >= from && n <= len && p + n <= from + len;
}

/* Every value in its limits, and detail in memory that the batch promises. */
static const char *
check_trials(const struct trial_batch *b, const struct task_definition *def,
	     const char *body, size_t len)
{
	if (b->n == 0 || b->n > TRIALS_PER_REQUEST_MAX)
		return "the number of trials is out of range";
	for (size_t i = 0; i < b->n; i++) {
		const struct trial *t = &b->trials[i];

		if (t->seq < 0 || t->seq > TRIAL_SEQ_MAX ||
		    (i > 0 && t->seq <= b->trials[i - 1].seq))
			return "the order of seq is wrong";
		if (t->condition < 0 || t->condition >= def->n_conditions ||
		    t->response < -1 || t->response >= def->n_responses ||
		    t->trial < -1 || t->trial > TRIAL_NUMBER_MAX)
			return "a code is out of range";
		if (t->rt_ms < 0 || t->rt_ms > (float)TRIAL_RT_MS_MAX ||
		    signbit(t->rt_ms) || t->onset_ms < 0 ||
		    t->onset_ms > TRIAL_ONSET_MS_MAX ||
		    fabsf(t->difficulty) > (float)TRIAL_DIFFICULTY_MAX)
			return "a number is out of range";
		if (t->detail &&
		    (t->detail_len < 2 || t->detail_len > TRIAL_DETAIL_BYTES_MAX ||
		     !(within(t->detail, t->detail_len, body, len) ||
		       within(t->detail, t->detail_len, b->text.data, b->text.len))))
			return "a detail is out of bounds";
	}
	return NULL;
}

static const char *
check_cells(const struct trial_batch *b)
{
	struct trial_owner owner = {.task = "x", .task_version = 1};
	struct trial back[TRIALS_PER_CELL];
	struct buffer tuple = {0};
	const char *wrong = NULL;

	for (size_t i = 0, end; i < b->n && !wrong; i = end) {
		struct cell_row row;
		size_t n;

		for (end = i; end < b->n && cell_of_seq(b->trials[end].seq) ==
						    cell_of_seq(b->trials[i].seq);)
			end++;
		buffer_reset(&tuple);
		cell_encode(&tuple, &owner, b->trials + i, end - i, 0);
		if (tuple.failed)
			break;
		if (!cell_row_from_tuple(&row, tuple.data, tuple.len) ||
		    cell_decode(&row, back, &n) != CAMP_OK || n != end - i)
			wrong = "a cell does not decode";
		for (size_t j = 0; j < end - i && !wrong; j++)
			if (!cell_trial_equal(&b->trials[i + j], &back[j]))
				wrong = "a trial changed on its way through a cell";
	}
	buffer_clear(&tuple);
	return wrong;
}

const char *
scan_differ(struct scan_differ *d, const struct task_definition *def, const char *body,
	    size_t len)
{
	struct problem why;
	enum camp_err err;
	const char *wrong;

	d->scanned = trial_scan_fast(&d->fast, def, body, len);
	err = trial_scan_jansson(&d->full, def, body, len, &why);
	if (err != CAMP_OK && d->full.n != 0)
		return "a refused body left trials";
	if (err == CAMP_ERR_BODY && why.detail[0] == '\0')
		return "bad JSON without a word";
	if (err == CAMP_ERR_INVALID && why.count == 0)
		return "invalid without an entry";
	if (err != CAMP_OK)
		return d->scanned ? "the scanner took what jansson refuses" : NULL;
	wrong = check_trials(&d->full, def, body, len);
	if (!wrong)
		wrong = check_cells(&d->full);
	if (wrong || !d->scanned)
		return wrong;
	wrong = check_trials(&d->fast, def, body, len);
	if (wrong)
		return wrong;
	if (d->fast.n != d->full.n)
		return "the numbers of trials differ";
	for (size_t i = 0; i < d->fast.n; i++)
		if (!cell_trial_equal(&d->fast.trials[i], &d->full.trials[i]))
			return "a trial differs";
	return NULL;
}

void
scan_differ_clear(struct scan_differ *d)
{
	trial_batch_clear(&d->fast);
	trial_batch_clear(&d->full);
}
