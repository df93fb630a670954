/*
 * Sustained attention to response (Robertson et al. 1997): withholding a frequent press.
 *
 * Presses to go digits are hits, presses to the no-go digit false alarms. What is right
 * is the trial's own word, so that a trial without a press needs no response time.
 */
#include "models/stats/detection.h"
#include "models/tasks/scorers.h"

static bool
sart_fits(const struct task_definition *def)
{
	return task_condition_named(def, "go") >= 0 &&
	       task_condition_named(def, "nogo") >= 0;
}

static void
sart_compute(const struct task_selection *s, struct stat_estimate *out)
{
	int go = task_condition_named(s->def, "go"),
	    nogo = task_condition_named(s->def, "nogo"), n_go, n_nogo;
	int omissions = task_count_wrong(s, go, &n_go),
	    commissions = task_count_wrong(s, nogo, &n_nogo);
	struct stat_detection detection =
		stat_detection(n_go - omissions, n_go, commissions, n_nogo);

	out[0] = stat_proportion(commissions, n_nogo);
	out[1] = stat_proportion(omissions, n_go);
	out[2] = task_mean_rt(s, go);
	out[3] = task_rt_cv(s, go);
	out[4] = detection.d_prime;
	out[5] = detection.criterion;
}

const struct task_scorer sart_scorer = {
	.task = "sart",
	.version = 2,
	.n_values = 6,
	.values = {{"commission_rate", "proportion"},
		   {"omission_rate", "proportion"},
		   {"rt_go", "ms"},
		   {"rt_cv", "ratio"},
		   {"d_prime", "z"},
		   {"criterion", "z"}},
	.fits = sart_fits,
	.compute = sart_compute,
};
