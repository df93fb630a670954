/* models/adaptive/staircase: steps by hand, and where staircases settle. */
#include <math.h>

#include "models/adaptive/staircase.h"
#include "models/stats/rng.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

static struct staircase
wide(double ratio, int n_down)
{
	return (struct staircase){.min = -1000,
				  .max = 1000,
				  .harder = 1,
				  .step = 1,
				  .first = 4,
				  .ratio = ratio,
				  .n_down = n_down};
}

START_TEST(staircase_steps_and_reversals_are_those_counted_by_hand)
{
	/* Two down, ratio 1/2: harder by 2 while the first step of 4 holds, then by 1/2.
	 */
	static const bool correct[] = {1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1};
	static const double level[] = {0, 2, 2, 4, 0, 0, 0.5, -0.5, -1.5, -1.5, -1};
	struct staircase s = wide(0.5, 2);

	staircase_start(&s, 0);
	for (int i = 0; i < 11; i++) {
		staircase_outcome(&s, correct[i]);
		unit_close(s.level, level[i], 1e-12, "level");
	}
	/* At 4, 0, 0.5, -1.5; the first two do not count. */
	ck_assert_int_eq(s.reversals, 4);
	unit_close(staircase_mean(&s), (0.5 - 1.5) / 2, 1e-12, "mean");
	ck_assert(isnan(staircase_error(&s)));
}
END_TEST

START_TEST(staircase_stays_within_its_bounds)
{
	struct staircase s = wide(1, 1);

	s.min = -3;
	s.max = 5;
	s.harder = -1;
	staircase_start(&s, 99);
	ck_assert(s.level == 5);
	for (int i = 0; i < 20; i++)
		staircase_outcome(&s, true);
	ck_assert(s.level == -3);
	for (int i = 0; i < 20; i++)
		staircase_outcome(&s, false);
	ck_assert(s.level == 5);
}
END_TEST

/* Share correct of a person with a steep and long function, where drift is in balance. */
static double
settled_share(struct staircase s, uint64_t seed)
{
	struct rng rng;
	double correct = 0;
	const int warm = 2000, n = 200000;

	rng_seed(&rng, seed, 0);
	staircase_start(&s, 0);
	for (int i = 0; i < n + warm; i++) {
		/* A probit function of sd 4 steps easier, as in Garcia-Perez's table 1.
		 */
		double p = 0.5 * erfc(s.level / 4 / sqrt(2));
		bool answer = rng_uniform(&rng) < p;

		if (i >= warm)
			correct += answer;
		staircase_outcome(&s, answer);
	}
	return correct / n;
}

/*
 * 200,000 trials: a standard error below 0.001 as neighbours pull against each other. The
 * tables are of first order in step size, hence the tolerance of a percent and a half.
 */
START_TEST(staircase_rules_settle_where_their_sources_say)
{
	unit_close(settled_share(wide(staircase_weight(0.85), 1), 1), 0.85, 0.005,
		   "weighted 85 %");
	unit_close(settled_share(wide(staircase_weight(0.6), 1), 2), 0.6, 0.005,
		   "weighted 60 %");
	for (int n = 1; n <= STAIRCASE_DOWN_MAX; n++)
		unit_close(settled_share(wide(staircase_ratio(n), n), 2 + (uint64_t)n),
			   staircase_target(n), 0.015, "n-down");
}
END_TEST

START_TEST(staircase_weight_is_kaernbachs)
{
	unit_close(staircase_weight(0.85), 0.176, 5e-4, "85 %");
	unit_close(staircase_weight(0.75), 1 / 3.0, 1e-12, "75 %");
}
END_TEST

Suite *
suite_staircase(void)
{
	Suite *s = suite_create("models/adaptive/staircase");
	TCase *t = tcase_create("staircase");

	tcase_add_test(t, staircase_steps_and_reversals_are_those_counted_by_hand);
	tcase_add_test(t, staircase_stays_within_its_bounds);
	tcase_add_test(t, staircase_rules_settle_where_their_sources_say);
	tcase_add_test(t, staircase_weight_is_kaernbachs);
	suite_add_tcase(s, t);
	return s;
}
