/*
 * AX continuous performance (Servan-Schreiber et al. 1996): does the first letter prepare
 * the answer to the second?
 *
 * d'-context takes hits from AX and false alarms from BX trials. The proactive index
 * (Braver 2012) is (AY - BX) / (AY + BX), of times and of error rates, the latter always
 * with the log-linear correction, (errors + 1/2) / (n + 1), as Gonthier et al. (2016)
 * have it, so that sessions without errors have one too. Errors are of answered trials: a
 * missing answer says nothing about what was prepared.
 */
#include <math.h>

#include "models/stats/detection.h"
#include "models/tasks/scorers.h"

enum { AX, AY, BX, BY, KINDS };

static const char *const names[KINDS] = {"ax", "ay", "bx", "by"};

struct tally {
	int errors, answered;
};

static bool
ax_cpt_fits(const struct task_definition *def)
{
	for (int i = 0; i < KINDS; i++)
		if (task_condition_named(def, names[i]) < 0)
			return false;
	return true;
}

static struct tally
count(const struct task_selection *s, int condition)
{
	struct tally tally = {0};

	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];

		if (t->condition != condition || !(s->keep[i] & TASK_KEEP_ANSWER) ||
		    isnan(t->rt_ms))
			continue;
		tally.answered++;
		tally.errors += !t->correct;
	}
	return tally;
}

/* The rate with its log-linear correction, and the error of a share there. */
static struct stat_estimate
corrected(struct tally tally)
{
	struct stat_estimate rate = stat_proportion(tally.errors, tally.answered);

	rate.value = tally.answered ? (tally.errors + 0.5) / (tally.answered + 1) : NAN;
	return rate;
}

static void
ax_cpt_compute(const struct task_selection *s, struct stat_estimate *out)
{
	struct stat_estimate *rt = out + 3, *rate = out + 7;
	struct tally tally[KINDS];

	for (int i = 0; i < KINDS; i++) {
		int condition = task_condition_named(s->def, names[i]);

		tally[i] = count(s, condition);
		rt[i] = task_mean_rt(s, condition);
		rate[i] = stat_proportion(tally[i].errors, tally[i].answered);
	}
	out[0] = stat_detection(tally[AX].answered - tally[AX].errors, tally[AX].answered,
				tally[BX].errors, tally[BX].answered)
			 .d_prime;
	out[1] = stat_contrast(corrected(tally[AY]), corrected(tally[BX]));
	out[2] = stat_contrast(rt[AY], rt[BX]);
	out[11] = task_accuracy_all(s);
}

const struct task_scorer ax_cpt_scorer = {
	.task = "ax-cpt",
	.version = 1,
	.n_values = 12,
	.values = {{"d_context", "z"},
		   {"pbi_errors", "ratio"},
		   {"pbi_rt", "ratio"},
		   {"rt_ax", "ms"},
		   {"rt_ay", "ms"},
		   {"rt_bx", "ms"},
		   {"rt_by", "ms"},
		   {"error_rate_ax", "proportion"},
		   {"error_rate_ay", "proportion"},
		   {"error_rate_bx", "proportion"},
		   {"error_rate_by", "proportion"},
		   {"accuracy", "proportion"}},
	.fits = ax_cpt_fits,
	.compute = ax_cpt_compute,
};
