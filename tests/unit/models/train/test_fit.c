/*
 * models/train/fit: the same bits for the same seed, also after interruptions; never
 * worse than the baseline for validation people; goes on from an older model; says what
 * is wrong.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/engagement/forecaster.h"
#include "models/train/fit.h"
#include "models/train/simulate_sequences.h"
#include "tests/unit/unit.h"

static const char *const stroop[] = {"stroop"}, *const flanker[] = {"flanker"};

struct place {
	char folder[32], out[64], state[64];
};

static void
place_make(struct place *p)
{
	strcpy(p->folder, "/tmp/camp-fit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(p->folder));
	snprintf(p->out, sizeof(p->out), "%s/model", p->folder);
	snprintf(p->state, sizeof(p->state), "%s/state", p->folder);
}

static void
place_clear(struct place *p)
{
	unlink(p->out);
	unlink(p->state);
	ck_assert_int_eq(rmdir(p->folder), 0); /* nothing else was left */
}

static void
simulate(struct dataset *d, const char *const *task, int people, int trials,
	 uint64_t seed)
{
	struct simulated_people what = {.people = people,
					.sessions = 1,
					.trials = trials,
					.seed = seed,
					.tasks = task,
					.n_tasks = 1,
					.history = 1};

	memset(d, 0, sizeof(*d));
	ck_assert_int_eq(simulate_sequences(d, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(d), CAMP_OK);
}

static struct fit_config
small_config(const struct dataset *d)
{
	struct fit_config c;

	fit_config_default(&c, d);
	c.width = 16;
	c.heads = 2;
	c.ffn = 32;
	c.batch = 8;
	c.steps = 24;
	return c;
}

/* Stops after `left` reports. */
struct stopper {
	int left;
};

static bool
stop_after(void *arg, const struct fit_progress *progress)
{
	struct stopper *s = arg;

	ck_assert(progress->steps == 0 || progress->step <= progress->steps);
	ck_assert(isfinite(progress->loss) || progress->loss != progress->loss);
	return s->left-- > 0;
}

static struct fit_result
fit(const struct dataset *d, const struct fit_config *c, const struct place *p,
    int reports)
{
	struct stopper s = {reports};
	struct fit_result r;
	char why[256];

	ck_assert_msg(fit_run(d, c, p->out, p->state, stop_after, &s, &r, why,
			      sizeof(why)) == CAMP_OK,
		      "%s", why);
	return r;
}

static char *
read_all(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1 << 22);

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(bytes);
	*n = fread(bytes, 1, 1 << 22, file);
	fclose(file);
	return bytes;
}

static void
assert_same_file(const char *a, const char *b)
{
	size_t n, m;
	char *x = read_all(a, &n), *y = read_all(b, &m);

	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(x, y, n);
	free(x);
	free(y);
}

/* _i: threads - 1 */
START_TEST(the_same_seed_gives_the_same_bits_also_when_interrupted)
{
	struct place one, two;
	struct fit_config c;
	struct dataset d;
	struct fit_result r;
	int rounds = 0;

	simulate(&d, stroop, 24, 140, 1);
	c = small_config(&d);
	c.threads = _i + 1;
	place_make(&one);
	place_make(&two);
	fit(&d, &c, &one, 1 << 20);
	/* Ever longer stretches, cut anywhere; each goes on from the last one's state. */
	do {
		r = fit(&d, &c, &two, 7 + 31 * rounds);
		ck_assert_int_eq(access(two.out, F_OK), r.finished ? 0 : -1);
		rounds++;
	} while (!r.finished && rounds < 50);
	ck_assert(r.finished);
	ck_assert_int_gt(rounds, 3);
	assert_same_file(one.out, two.out);
	place_clear(&one);
	place_clear(&two);
	dataset_clear(&d);
}
END_TEST

START_TEST(another_seed_gives_another_model)
{
	struct place one, two;
	struct fit_config c;
	struct dataset d;
	size_t n, m;
	char *a, *b;

	simulate(&d, stroop, 24, 100, 1);
	c = small_config(&d);
	place_make(&one);
	place_make(&two);
	fit(&d, &c, &one, 1 << 20);
	c.seed = 2;
	fit(&d, &c, &two, 1 << 20);
	a = read_all(one.out, &n);
	b = read_all(two.out, &m);
	ck_assert(n != m || memcmp(a, b, n) != 0);
	free(a);
	free(b);
	place_clear(&one);
	place_clear(&two);
	dataset_clear(&d);
}
END_TEST

START_TEST(validation_people_never_fare_worse_than_with_the_baseline)
{
	struct fit_config c;
	struct fit_result r;
	struct place p;
	struct dataset d;

	simulate(&d, flanker, 40, 160, (uint64_t)_i + 1);
	c = small_config(&d);
	c.steps = 60;
	place_make(&p);
	r = fit(&d, &c, &p, 1 << 20);
	ck_assert(r.nll_correct + r.nll_rt <=
		  r.linear_nll_correct + r.linear_nll_rt + 1e-6);
	ck_assert(r.best_step > 0 ||
		  fabs(r.nll_rt - r.linear_nll_rt) < 1e-5); /* nothing gained: the same */
	place_clear(&p);
	dataset_clear(&d);
}
END_TEST

START_TEST(an_older_model_learns_a_new_task_and_keeps_its_names)
{
	struct place old, new;
	struct fit_config c;
	struct dataset first, second;
	struct forecaster *f = NULL;
	char why[256];

	simulate(&first, stroop, 24, 100, 1);
	simulate(&second, flanker, 24, 100, 2);
	place_make(&old);
	place_make(&new);
	c = small_config(&first);
	fit(&first, &c, &old, 1 << 20);
	c.continue_from = old.out;
	c.replay = &first;
	fit(&second, &c, &new, 1 << 20);
	ck_assert_int_eq(forecaster_load(&f, new.out, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(forecaster_task(f, "stroop"), 1);
	ck_assert_int_eq(forecaster_task(f, "flanker"), 2);
	ck_assert_int_gt(forecaster_condition(f, 2, "incongruent"),
			 forecaster_condition(f, 1, "incongruent"));
	forecaster_free(f);
	place_clear(&old);
	place_clear(&new);
	dataset_clear(&first);
	dataset_clear(&second);
}
END_TEST

static void
refuse(const struct dataset *d, const struct fit_config *c, const char *reason)
{
	struct fit_result r;
	char why[256] = "";

	ck_assert_int_eq(fit_run(d, c, "/nowhere/model", NULL, NULL, NULL, &r, why,
				 sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, reason) != NULL, "\"%s\"", why);
}

START_TEST(wrong_configurations_are_named)
{
	struct dataset d, nobody = {0};
	struct fit_config good, c;

	simulate(&d, stroop, 12, 40, 1);
	c = good = small_config(&d);
	c.encoder = "oracle";
	refuse(&d, &c, "encoder");
	c = good;
	c.components = 3;
	refuse(&d, &c, "components");
	c = good;
	c.heads = 3;
	refuse(&d, &c, "multiple");
	c = good;
	c.batch = 0;
	refuse(&d, &c, "batch");
	c = good;
	c.rate = NAN;
	refuse(&d, &c, "learning rate");
	c = good;
	c.beta = 0.5f;
	refuse(&d, &c, "one component");
	c = good;
	c.dropout = 1;
	refuse(&d, &c, "dropout");
	ck_assert_int_eq(dataset_finish(&nobody), CAMP_OK);
	refuse(&nobody, &good, "no training participants");
	dataset_clear(&nobody);
	dataset_clear(&d);
}
END_TEST

Suite *
suite_fit(void)
{
	Suite *suite = suite_create("fit");
	TCase *tc = tcase_create("fit");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, the_same_seed_gives_the_same_bits_also_when_interrupted,
			    0, 2);
	tcase_add_test(tc, another_seed_gives_another_model);
	tcase_add_loop_test(tc, validation_people_never_fare_worse_than_with_the_baseline,
			    0, 2);
	tcase_add_test(tc, an_older_model_learns_a_new_task_and_keeps_its_names);
	tcase_add_test(tc, wrong_configurations_are_named);
	suite_add_tcase(suite, tc);
	return suite;
}
