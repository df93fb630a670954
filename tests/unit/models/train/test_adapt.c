/*
 * models/train/adapt: wins for people unlike the others, is not used for people whom the
 * model describes, is dropped when it stops winning; its gradient, its verdicts, its
 * bytes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/engagement/forecaster_internal.h"
#include "models/nn/gemm.h"
#include "models/stats/rng.h"
#include "models/train/adapt.h"
#include "models/train/adapt_plan.h"
#include "models/train/fit.h"
#include "models/train/simulate_sequences.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/models/engagement/random_model.h"
#include "tests/unit/models/nn/gradient.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define SESSIONS 5
#define TRIALS 120

/* Trained once on ordinary people, before the tests fork. */
static struct forecaster *trained;

static bool
go_on(void *arg, const struct fit_progress *progress)
{
	return true;
}

static void
train(void)
{
	static const char *const tasks[] = {"stroop"};
	struct simulated_people what = {.people = 60,
					.sessions = 1,
					.trials = TRIALS,
					.seed = 11,
					.tasks = tasks,
					.n_tasks = 1,
					.history = 1};
	char path[] = "/tmp/camp-adapt-XXXXXX", why[256];
	struct dataset data = {0};
	struct fit_config config;
	struct fit_result result;
	int fd = mkstemp(path);

	nn_gemm_single_thread();
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(simulate_sequences(&data, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	fit_config_default(&config, &data);
	config.width = 16;
	config.heads = 2;
	config.ffn = 32;
	config.layers = 2;
	config.batch = 8;
	config.steps = 24;
	config.threads = 1;
	ck_assert_msg(fit_run(&data, &config, path, NULL, go_on, NULL, &result, why,
			      sizeof(why)) == CAMP_OK,
		      "%s", why);
	ck_assert_msg(forecaster_load(&trained, path, why, sizeof(why)) == CAMP_OK, "%s",
		      why);
	unlink(path);
	dataset_clear(&data);
}

static void
end_training(void)
{
	forecaster_free(trained);
	trained = NULL;
}

/* One simulated person's sessions, in the forecaster's numbers. */
static void
make_person(struct dataset *data, uint64_t seed)
{
	static const char *const tasks[] = {"stroop"};
	struct simulated_people what = {.people = 1,
					.sessions = SESSIONS,
					.trials = TRIALS,
					.seed = seed,
					.prefix = "other",
					.tasks = tasks,
					.n_tasks = 1,
					.history = 1};

	memset(data, 0, sizeof(*data));
	ck_assert_int_eq(simulate_sequences(data, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(data), CAMP_OK);
	ck_assert_int_eq(data->n_sequences, SESSIONS);
	for (int i = 0; i < SESSIONS; i++) {
		struct sequence *s = &data->sequences[i].s;
		struct sequence_trial *trials = (struct sequence_trial *)s->trials;
		int task = forecaster_task(trained, data->tasks[s->task]);

		for (int t = 0; t < s->n; t++) {
			const char *name = data->conditions[trials[t].condition].name;

			trials[t].condition = forecaster_condition(trained, task, name);
			ck_assert_int_gt(trials[t].condition, 0);
		}
		s->task = task;
	}
}

/*
 * The ways to be odd, which are no level that running means would follow: 0 answers of
 * nearly one length; 1 a large conflict; 2 mostly wrong in the second condition.
 */
#define ODDITIES 3

static void
make_odd(const struct sequence *s, int oddity)
{
	struct sequence_trial *trials = (struct sequence_trial *)s->trials;
	int second = forecaster_condition(trained, s->task, "incongruent");

	for (int t = 0; t < s->n; t++) {
		struct sequence_trial *trial = &trials[t];
		bool conflict = trial->condition == second;

		if (oddity == 0)
			trial->rt_ms = 600 * powf(trial->rt_ms / 600, 0.4f);
		if (oddity == 1 && conflict)
			trial->rt_ms *= 1.5f;
		if (oddity == 2 && conflict)
			trial->correct = !trial->correct;
	}
}

/* Outcomes drawn from the model's own forecasts: for this person, it is the truth. */
static void
draw_from_model(const struct sequence *s, struct rng *rng)
{
	struct forecast_work *work = forecast_work_new(trained);
	struct forecast *all = malloc((size_t)s->n * sizeof(*all));
	struct sequence so_far = *s;

	ck_assert_ptr_nonnull(work);
	ck_assert_ptr_nonnull(all);
	for (int t = 0; t < s->n; t++) {
		struct sequence_trial *trial = (struct sequence_trial *)&s->trials[t];
		const struct forecast *f = &all[t];
		double mu, sigma;

		so_far.n = t + 1;
		ck_assert_int_eq(forecast_run(trained, work, &so_far, FORECAST_BY_MODEL,
					      false, all),
				 CAMP_OK);
		mu = (double)f->mu1;
		sigma = (double)f->sigma1;
		if (rng_uniform(rng) < (double)f->slow) {
			mu += (double)f->delta;
			sigma = (double)f->sigma2;
		}
		trial->correct = rng_uniform(rng) < (double)f->p;
		trial->rt_ms = (float)(1000 * exp(mu + sigma * rng_normal(rng)));
	}
	free(all);
	forecast_work_free(work);
}

static struct adapt_verdict
session(struct adapt_person *person, const struct sequence *s)
{
	struct adapt_verdict verdict;

	ck_assert_int_eq(adapt_session(trained, person, s, &verdict), CAMP_OK);
	return verdict;
}

static double
density(double y, double mu, double sigma)
{
	double z = (y - mu) / sigma;

	return exp(-0.5 * z * z) / (sigma * sqrt(2 * M_PI));
}

/* From the public forecasts, as anybody would compute it. */
static double
session_nll(const struct forecaster *f, const struct sequence *s)
{
	struct forecast_work *work = forecast_work_new(f);
	struct forecast *all = malloc((size_t)s->n * sizeof(*all));
	double sum = 0;

	ck_assert_ptr_nonnull(work);
	ck_assert_ptr_nonnull(all);
	ck_assert_int_eq(forecast_run(f, work, s, FORECAST_BY_MODEL, false, all),
			 CAMP_OK);
	for (int t = 0; t < s->n; t++) {
		const struct forecast *c = &all[t];
		double y = (double)token_ln_rt(&s->trials[t]), w = (double)c->slow;

		sum -= log(s->trials[t].correct ? (double)c->p : 1 - (double)c->p);
		if (!isnan(y))
			sum -= log((1 - w) *
					   density(y, (double)c->mu1, (double)c->sigma1) +
				   w * density(y, (double)c->mu1 + (double)c->delta,
					       (double)c->sigma2));
	}
	free(all);
	forecast_work_free(work);
	return sum;
}

START_TEST(adapting_wins_for_people_unlike_the_others)
{
	struct adapt_person person = {0};
	struct forecaster *personal;
	struct dataset data;
	double won = 0;

	make_person(&data, 100);
	for (int i = 0; i < SESSIONS; i++) {
		const struct sequence *s = &data.sequences[i].s;
		struct adapt_verdict v;
		double alone, adapted;

		make_odd(s, _i);
		ck_assert_int_eq(adapt_forecaster_new(&personal, trained, &person),
				 CAMP_OK);
		alone = session_nll(trained, s);
		adapted = session_nll(personal, s);
		adapt_forecaster_free(personal);

		v = session(&person, s);
		/* Sums of 240 float32 forecasts, each good to 1e-6 or so. */
		unit_close(v.alone, alone, 1e-4, "the model alone");
		if (i == 0) {
			ck_assert(isnan(v.adapted) && !v.kept && !person.in_use);
			continue;
		}
		unit_close(v.adapted, adapted, 1e-4, "with the person's values");
		won += v.alone - v.adapted;
		ck_assert_int_eq(person.sessions, i + 1);
	}
	ck_assert_msg(person.in_use, "oddity %d: evidence %g", _i, person.evidence);
	/* 0.02 nats a trial, at least; the model's whole gain over a mean is some 0.2. */
	ck_assert_msg(won > 0.02 * TRIALS * (SESSIONS - 1), "oddity %d: %g nats", _i,
		      won);
	adapt_person_clear(&person);
	dataset_clear(&data);
}
END_TEST

/*
 * Where the model is the truth, evidence of 2 nats comes with a probability below e^-2
 * (Ville's inequality), and learning from noise makes it rarer still.
 */
START_TEST(adapting_is_not_used_for_people_whom_the_model_describes)
{
	int used = 0, judged = 0, dropped = 0;
	struct rng rng;

	rng_seed(&rng, 5, 0);
	for (int who = 0; who < 4; who++) {
		struct adapt_person person = {0};
		struct dataset data;

		make_person(&data, 200 + (uint64_t)who);
		for (int i = 0; i < SESSIONS; i++) {
			const struct sequence *s = &data.sequences[i].s;
			struct adapt_verdict v;

			draw_from_model(s, &rng);
			v = session(&person, s);
			judged += !isnan(v.adapted);
			dropped += !isnan(v.adapted) && !v.kept;
			used += person.in_use;
		}
		adapt_person_clear(&person);
		dataset_clear(&data);
	}
	ck_assert_int_eq(judged, 4 * (SESSIONS - 1));
	ck_assert_msg(used <= 1, "in use after %d of %d sessions", used, judged);
	ck_assert_msg(dropped >= judged / 2, "dropped after %d of %d", dropped, judged);
}
END_TEST

START_TEST(what_stops_winning_is_dropped)
{
	struct adapt_person person = {0};
	struct dataset data;
	bool dropped = false;
	struct rng rng;

	rng_seed(&rng, 6, 0);
	make_person(&data, 300);
	for (int i = 0; i < SESSIONS; i++) {
		const struct sequence *s = &data.sequences[i].s;
		struct adapt_verdict v;

		if (i < 2)
			make_odd(s, 2);
		else
			draw_from_model(s, &rng);
		v = session(&person, s);
		if (i == 1)
			ck_assert(v.kept && person.in_use);
		if (i > 1 && !v.kept) {
			dropped = true;
			ck_assert(v.adapted > v.alone);
			ck_assert_double_eq(person.evidence, 0);
			ck_assert_int_eq(person.sessions, 1);
		}
	}
	ck_assert(dropped);
	ck_assert(!person.in_use);
	adapt_person_clear(&person);
	dataset_clear(&data);
}
END_TEST

/* 300 trials are five windows, whose trials overlap. */
START_TEST(a_long_session_counts_each_trial_once)
{
	struct model_config config = {.encoder = "transformer",
				      .components = 2,
				      .width = 8,
				      .layers = 1,
				      .heads = 2,
				      .ffn = 8,
				      .taps = 3};
	struct forecaster *f = random_forecaster(&config, 1);
	struct sequence s = random_sequence(300, true, 1);
	struct adapt_person person = {0};
	struct adapt_verdict v;
	int outcomes = s.n;

	for (int t = 0; t < s.n; t++)
		outcomes += !isnan(token_ln_rt(&s.trials[t]));
	ck_assert_int_eq(adapt_session(f, &person, &s, &v), CAMP_OK);
	ck_assert_int_eq(v.n, outcomes);
	unit_close(v.alone, session_nll(f, &s), 1e-4, "nats");
	adapt_person_clear(&person);
	random_sequence_clear(&s);
	forecaster_free(f);
}
END_TEST

/* Of a size whose matrices are kept in the order of products, unlike the trained one's.
 */
START_TEST(a_personal_forecaster_of_usual_size_forecasts_as_it_was_judged)
{
	struct model_config config = {.encoder = "transformer",
				      .components = 2,
				      .width = 64,
				      .layers = 2,
				      .heads = 4,
				      .ffn = 64,
				      .taps = 3};
	struct forecaster *f = random_forecaster(&config, 5), *personal;
	struct sequence one = random_sequence(100, false, 1);
	struct sequence two = random_sequence(100, false, 2);
	struct adapt_person person = {0};
	struct adapt_verdict v;
	double adapted;

	ck_assert_int_eq(adapt_session(f, &person, &one, &v), CAMP_OK);
	ck_assert_int_eq(adapt_forecaster_new(&personal, f, &person), CAMP_OK);
	adapted = session_nll(personal, &two);
	adapt_forecaster_free(personal);
	ck_assert_int_eq(adapt_session(f, &person, &two, &v), CAMP_OK);
	unit_close(v.alone, session_nll(f, &two), 1e-4, "the model alone");
	unit_close(v.adapted, adapted, 1e-4, "with the person's values");
	ck_assert_double_gt(fabs(v.adapted - v.alone), 1);
	adapt_person_clear(&person);
	random_sequence_clear(&one);
	random_sequence_clear(&two);
	forecaster_free(f);
}
END_TEST

START_TEST(a_short_session_neither_judges_nor_teaches)
{
	struct adapt_person person = {0};
	struct adapt_verdict v;
	struct dataset data;
	struct sequence s;
	float *before;
	size_t size;

	make_person(&data, 400);
	s = data.sequences[0].s;
	s.n = 9;
	v = session(&person, &s);
	ck_assert(!v.kept && !person.values.base && person.sessions == 0);

	session(&person, &data.sequences[1].s);
	size = person.values.floats * sizeof(float);
	before = malloc(size);
	ck_assert_ptr_nonnull(before);
	memcpy(before, person.values.base, size);
	v = session(&person, &s);
	ck_assert(v.kept && person.sessions == 1);
	ck_assert_mem_eq(person.values.base, before, size);
	free(before);
	adapt_person_clear(&person);
	dataset_clear(&data);
}
END_TEST

/* Also of an encoder without attention, which has the biases alone. */
START_TEST(the_gradient_of_personal_values_is_that_of_differences)
{
	struct model_config config = {.components = 2,
				      .width = 12,
				      .layers = 2,
				      .heads = 2,
				      .ffn = 8,
				      .taps = 3};
	struct forecaster *f;
	struct adapt_plan plan;
	size_t n, personal;
	float *values, *gradient, *merged, *dmerged, *up, *down;
	const float h = 1.0f / 64;
	struct rng rng;

	strcpy(config.encoder, _i ? "gru" : "transformer");
	f = random_forecaster(&config, 2);
	rng_seed(&rng, 7, 0);
	ck_assert_int_eq(adapt_plan_make(&plan, &f->model), CAMP_OK);
	ck_assert_int_eq(plan.n_sites, _i ? 0 : 4);
	n = f->model.parameters.floats;
	personal = plan.plan.floats;
	values = gradient_normals(personal, 0.5, &rng);
	gradient = gradient_floats(personal);
	dmerged = gradient_normals(n, 1, &rng);
	merged = gradient_floats(n);
	up = gradient_floats(n);
	down = gradient_floats(n);
	adapt_plan_merge(&plan, &f->model, merged, f->values.parameters.base, values);
	adapt_plan_gradient(&plan, &f->model, gradient, dmerged, values);
	/* Merging is linear in each value alone, so differences have no error of their
	 * own: what is left is rounding, 1e-7 x values near 1 / h, n of them. */
	for (int i = 0; i < plan.plan.n; i++) {
		const struct nn_tensor *t = &plan.plan.tensors[i];

		for (size_t k = t->offset; k < t->offset + t->size; k++) {
			float keep = values[k];
			double slope = 0;

			values[k] = keep + h;
			adapt_plan_merge(&plan, &f->model, up, f->values.parameters.base,
					 values);
			values[k] = keep - h;
			adapt_plan_merge(&plan, &f->model, down,
					 f->values.parameters.base, values);
			values[k] = keep;
			for (size_t j = 0; j < n; j++)
				slope += ((double)up[j] - (double)down[j]) *
					 (double)dmerged[j];
			unit_close((double)gradient[k], slope / (2 * (double)h), 1e-3,
				   t->name);
		}
	}
	adapt_plan_clear(&plan);
	forecaster_free(f);
	gradient_check_guards();
}
END_TEST

/* Which of the model's parameters a person may change: a flag each. */
static void
mark_adapted(const struct model *m, bool *may)
{
	size_t d = (size_t)m->config.width;

	for (int i = 0; i < m->config.layers; i++) {
		char name[64];
		const struct nn_tensor *qkv;

		snprintf(name, sizeof(name), "encoder.layer.%d.attention.qkv.weight", i);
		qkv = nn_plan_find(&m->parameters, name);
		ck_assert_ptr_nonnull(qkv);
		memset(may + qkv->offset, true, d * d);             /* queries */
		memset(may + qkv->offset + 2 * d * d, true, d * d); /* values */
	}
	for (int c = 0; c < m->head.n_conditions; c++) {
		bool *row = may + m->head.condition + c * HEAD_RAW;

		row[0] = row[1] = row[6] = true; /* log odds, mu, ln sigma: heads.h */
	}
}

START_TEST(a_person_changes_queries_values_and_three_biases_only)
{
	const struct model *m = &trained->model;
	const float *base = trained->values.parameters.base;
	bool *may = calloc(m->parameters.floats, sizeof(*may));
	struct adapt_plan plan;
	float *values, *merged;
	struct rng rng;

	ck_assert_ptr_nonnull(may);
	mark_adapted(m, may);
	rng_seed(&rng, 8, 0);
	ck_assert_int_eq(adapt_plan_make(&plan, m), CAMP_OK);
	values = gradient_normals(plan.plan.floats, 1, &rng);
	merged = gradient_floats(m->parameters.floats);
	adapt_plan_merge(&plan, m, merged, base, values);
	for (size_t i = 0; i < m->parameters.floats; i++)
		ck_assert_msg((merged[i] != base[i]) == may[i], "float %zu", i);
	adapt_plan_clear(&plan);
	free(may);
	gradient_check_guards();
}
END_TEST

START_TEST(with_nothing_learned_no_bit_of_a_forecast_changes)
{
	struct adapt_person person = {0};
	struct forecaster *personal;
	struct adapt_plan plan;
	struct dataset data;

	make_person(&data, 500);
	ck_assert_int_eq(adapt_plan_make(&plan, &trained->model), CAMP_OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(adapt_forecaster_new(&personal, trained, &person),
				 CAMP_OK);
		ck_assert_double_eq(session_nll(personal, &data.sequences[0].s),
				    session_nll(trained, &data.sequences[0].s));
		adapt_forecaster_free(personal);
		if (i == 0) {
			ck_assert_int_eq(nn_arena_init(&person.values, plan.plan.floats),
					 CAMP_OK);
			adapt_plan_start(&plan, person.values.base);
		}
	}
	adapt_plan_clear(&plan);
	adapt_person_clear(&person);
	dataset_clear(&data);
}
END_TEST

static void
assert_same_person(const struct adapt_person *a, const struct adapt_person *b)
{
	ck_assert_int_eq(a->sessions, b->sessions);
	ck_assert_int_eq(a->in_use, b->in_use);
	ck_assert_double_eq(a->evidence, b->evidence);
	ck_assert_uint_eq(a->values.floats, b->values.floats);
	ck_assert_mem_eq(a->values.base, b->values.base,
			 a->values.floats * sizeof(float));
}

START_TEST(the_same_sessions_give_the_same_bits_also_by_way_of_bytes)
{
	struct adapt_person one = {0}, two = {0}, read;
	struct dataset data;
	uint8_t *bytes;
	char why[256];
	size_t n;

	make_person(&data, 600);
	for (int i = 0; i < 3; i++) {
		make_odd(&data.sequences[i].s, 1);
		session(&one, &data.sequences[i].s);
		session(&two, &data.sequences[i].s);
		ck_assert_int_eq(adapt_print(&bytes, &n, trained, &two), CAMP_OK);
		ck_assert_msg(adapt_parse(&read, trained, bytes, n, why, sizeof(why)) ==
				      CAMP_OK,
			      "%s", why);
		adapt_person_clear(&two);
		two = read;
		free(bytes);
		assert_same_person(&one, &two);
	}
	adapt_person_clear(&one);
	adapt_person_clear(&two);
	dataset_clear(&data);
}
END_TEST

START_TEST(an_empty_person_stays_empty_by_way_of_bytes)
{
	struct adapt_person person = {0}, read;
	uint8_t *bytes;
	char why[256];
	size_t n;

	ck_assert_int_eq(adapt_print(&bytes, &n, trained, &person), CAMP_OK);
	ck_assert_int_eq(adapt_parse(&read, trained, bytes, n, why, sizeof(why)),
			 CAMP_OK);
	ck_assert_ptr_null(read.values.base);
	ck_assert_int_eq(read.sessions, 0);
	free(bytes);
}
END_TEST

START_TEST(a_person_of_the_usual_model_takes_nine_kilobytes)
{
	struct model_config config = {.encoder = "transformer",
				      .components = 2,
				      .width = 64,
				      .layers = 2,
				      .heads = 4,
				      .ffn = 8,
				      .taps = 3};
	struct forecaster *f = random_forecaster(&config, 3);
	struct adapt_person person = {0};
	uint8_t *bytes;
	size_t n;

	ck_assert_int_eq(adapt_print(&bytes, &n, f, &person), CAMP_OK);
	ck_assert_uint_gt(n, 8 * 1024);
	ck_assert_uint_lt(n, 9 * 1024 + 512);
	free(bytes);
	forecaster_free(f);
}
END_TEST

static void
assert_refused(const struct forecaster *f, const uint8_t *bytes, size_t n,
	       const char *reason)
{
	struct adapt_person person;
	char why[256] = "";

	ck_assert_int_eq(adapt_parse(&person, f, bytes, n, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_msg(strstr(why, reason) != NULL, "'%s' is not '%s'", why, reason);
	ck_assert_ptr_null(person.values.base);
	ck_assert(!person.in_use && person.sessions == 0);
}

/* The text within the bytes, which have it. */
static char *
find(uint8_t *bytes, size_t n, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= n; i++)
		if (memcmp(bytes + i, text, len) == 0)
			return (char *)bytes + i;
	ck_abort_msg("there is no '%s'", text);
}

START_TEST(bytes_that_do_not_fit_are_refused)
{
	struct model_config config = {.encoder = "transformer",
				      .components = 1,
				      .width = 8,
				      .layers = 1,
				      .heads = 2,
				      .ffn = 8,
				      .taps = 3};
	struct forecaster *other = random_forecaster(&config, 4);
	struct adapt_person person = {0};
	struct dataset data;
	uint8_t *bytes;
	char *at;
	size_t n;

	make_person(&data, 700);
	session(&person, &data.sequences[0].s);
	ck_assert_int_eq(adapt_print(&bytes, &n, trained, &person), CAMP_OK);
	assert_refused(other, bytes, n, "another model");
	for (size_t cut = 0; cut < n; cut += 1 + n / 50)
		assert_refused(trained, bytes, cut, "");
	at = find(bytes, n, "camp-person-1");
	at[12] = '2';
	assert_refused(trained, bytes, n, "not a person");
	at[12] = '1';
	at = find(bytes, n, "\"sessions\":\"1\"");
	at[12] = 'x';
	assert_refused(trained, bytes, n, "no number");
	free(bytes);
	adapt_person_clear(&person);
	dataset_clear(&data);
	forecaster_free(other);
}
END_TEST

START_TEST(without_memory_the_person_is_as_before)
{
	struct adapt_person person = {0};
	struct dataset data;
	float *before;
	size_t size;
	long n;

	make_person(&data, 800);
	session(&person, &data.sequences[0].s);
	size = person.values.floats * sizeof(float);
	before = malloc(size);
	ck_assert_ptr_nonnull(before);
	memcpy(before, person.values.base, size);
	for (n = 1;; n++) {
		struct adapt_verdict v;
		enum camp_err err;

		fail_alloc_arm(n);
		err = adapt_session(trained, &person, &data.sequences[1].s, &v);
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			break;
		}
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_int_eq(person.sessions, 1);
		ck_assert_mem_eq(person.values.base, before, size);
	}
	ck_assert_int_gt(n, 10);
	for (n = 1;; n++) {
		struct forecaster *personal;
		enum camp_err err;

		fail_alloc_arm(n);
		err = adapt_forecaster_new(&personal, trained, &person);
		if (!fail_alloc_disarm()) {
			adapt_forecaster_free(personal);
			break;
		}
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_ptr_null(personal);
	}
	free(before);
	adapt_person_clear(&person);
	dataset_clear(&data);
}
END_TEST

Suite *
suite_adapt(void)
{
	Suite *s = suite_create("adapt");
	TCase *tc = tcase_create("adapt");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, train, end_training);
	tcase_add_loop_test(tc, adapting_wins_for_people_unlike_the_others, 0, ODDITIES);
	tcase_add_test(tc, adapting_is_not_used_for_people_whom_the_model_describes);
	tcase_add_test(tc, what_stops_winning_is_dropped);
	tcase_add_test(tc, a_long_session_counts_each_trial_once);
	tcase_add_test(tc,
		       a_personal_forecaster_of_usual_size_forecasts_as_it_was_judged);
	tcase_add_test(tc, a_short_session_neither_judges_nor_teaches);
	tcase_add_loop_test(tc, the_gradient_of_personal_values_is_that_of_differences, 0,
			    2);
	tcase_add_test(tc, a_person_changes_queries_values_and_three_biases_only);
	tcase_add_test(tc, with_nothing_learned_no_bit_of_a_forecast_changes);
	tcase_add_test(tc, the_same_sessions_give_the_same_bits_also_by_way_of_bytes);
	tcase_add_test(tc, an_empty_person_stays_empty_by_way_of_bytes);
	tcase_add_test(tc, a_person_of_the_usual_model_takes_nine_kilobytes);
	tcase_add_test(tc, bytes_that_do_not_fit_are_refused);
	tcase_add_test(tc, without_memory_the_person_is_as_before);
	suite_add_tcase(s, tc);
	return s;
}
