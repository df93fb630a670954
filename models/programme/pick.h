/**
 * Which tasks a session of a programme plays, in which order, and why.
 *
 * Rank of a task to pick from = expected information + due practice.
 *
 * Expected information of one more session, in bits: 1/2 log2(1 + 4 u^2), where u is what
 * is not known of the person's ability as a share of what is not known of anybody's: the
 * posterior sd over the prior sd of an adaptive task, the standard error of the primary
 * score over its sd between people of any other (0..1; 1: nothing is known). It is the
 * mutual information of a Gaussian with sd u and a measurement of error variance 1/4 of
 * the variance between people (Lindley 1956, Ann. Math. Stat. 27: information of an
 * experiment), which a session of some minutes roughly has: reliability 0.8.
 *
 * Due practice: days since the task was last played / 14 + sessions of the programme
 * since then x tasks picked / (2 x tasks of the pool). Both terms grow without end, so
 * every task comes back; the second one also where many sessions share a day.
 *
 * Equal ranks are decided by a hash of seed, session and task, so the same state always
 * gives the same choice.
 */
#ifndef MODELS_PROGRAMME_PICK_H
#define MODELS_PROGRAMME_PICK_H

#include <stdint.h>

#include "models/programme/programme.h"

/* What is known of a person and a task. */
struct pick_known {
	const char *task;
	int sessions;       /* complete ones of the task, of the programme or not */
	int sessions_since; /* of the programme, complete, after the last of the task */
	double days_since;  /* since the last one; ignored without sessions */
	double uncertainty; /* u above; NAN: not known, taken as 1 */
};

enum pick_code { PICK_FIXED, PICK_NEW, PICK_UNCERTAIN, PICK_DUE_PRACTICE, PICK_CODES };

struct pick_reason {
	enum pick_code code;
	int days; /* with PICK_DUE_PRACTICE */
};

/* The place in phase->tasks and the reason of each item. */
struct pick {
	int n;
	int task[PROGRAMME_TASKS_MAX];
	struct pick_reason reason[PROGRAMME_TASKS_MAX];
};

/** Bits of one more session. */
double pick_information(double uncertainty);
double pick_due(const struct pick_known *known, int pool, int count);

/** "fixed", "new", "uncertain", "due_practice". */
const char *pick_code_name(enum pick_code code);

/**
 * The items of session `number` (from 1) of a phase for the person with that join number
 * (from 1; 0: unknown). Tasks that `known` does not name are new.
 */
void pick_session(struct pick *out, const struct programme *p,
		  const struct programme_phase *phase, int number, int join_no,
		  const struct pick_known *known, int n_known);

/**
 * Row `row` of the balanced Latin square of n conditions, or of its two squares when n is
 * odd (Williams 1949, Aust. J. Sci. Res. A 2: every condition follows every other equally
 * often). There are n rows (n even) or 2 n; row is taken modulo their number.
 */
void pick_latin_row(int *out, int n, uint32_t row);

#endif
