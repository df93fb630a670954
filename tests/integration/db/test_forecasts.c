#include <config.h>

#include <math.h>
#include <string.h>

#include "db/forecasts.h"
#include "tests/integration/db/await.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

#define N 40

static char conninfo[TEMP_DB_SIZE];
static struct temp_tenant one, two;
static struct db *db;
static struct uuid person, session;

static float numbers[FORECAST_TRIALS_MAX];
static bool truths[FORECAST_TRIALS_MAX];

/* What a callback was given, copied. */
struct seen {
	struct answer *answer; /* tells when */
	enum camp_err err;
	bool complete, stored;
	int n_trials, last_seq;
	struct db_forecast forecast;
	float p[FORECAST_TRIALS_MAX], risk[FORECAST_TRIALS_MAX];
	bool lapse[FORECAST_TRIALS_MAX];
};

static struct seen seen;

static void
open_one(void)
{
	struct answer *a;

	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	temp_db_tenant(conninfo, 2, &two);
	db = open_db(conninfo);
	person = uuid_v7();
	answer_free(do_join(db, &one, person, 1));
	a = do_create(db, &one, person, 1, 1, 1);
	session = a->session_ids[0];
	answer_free(a);
	for (int i = 0; i < FORECAST_TRIALS_MAX; i++) {
		numbers[i] = (float)i / 3;
		truths[i] = i % 3 == 0;
	}
}

static void
close_one(void)
{
	db_close(db, 2000);
}

static void
on_session(void *arg, enum camp_err err, const struct db_session_forecast *s)
{
	struct seen *to = arg;

	to->err = err;
	if (s != NULL) {
		to->complete = s->complete;
		to->stored = s->forecast != NULL;
		to->n_trials = s->n_trials;
		to->last_seq = s->n_trials > 0 ? s->trials[s->n_trials - 1].seq : -1;
	}
	if (s != NULL && s->forecast != NULL) {
		size_t n = (size_t)s->forecast->n;

		to->forecast = *s->forecast;
		memcpy(to->p, s->forecast->p, n * sizeof(float));
		memcpy(to->risk, s->forecast->risk, n * sizeof(float));
		memcpy(to->lapse, s->forecast->lapse, n);
	}
	answer_done(to->answer, err);
}

static void
look(const struct temp_tenant *tenant, const struct uuid *who)
{
	memset(&seen, 0, sizeof(seen));
	seen.answer = answer_new();
	ck_assert_int_eq(db_session_forecast(db, &tenant->organisation_id, who, &session,
					     on_session, &seen),
			 CAMP_OK);
	answer_wait(seen.answer);
	answer_free(seen.answer);
}

static struct db_forecast
sample(int trials, double value)
{
	struct db_forecast f = {.trials = trials,
				.defined = true,
				.lapses = 3,
				.model = {value, 70.5, 95},
				.linear = {80, 65, 95},
				.version = "0123456789abcdef",
				.encoder = "transformer",
				.first_seq = trials > FORECAST_TRIALS_MAX
						     ? trials - FORECAST_TRIALS_MAX
						     : 0,
				.p = numbers,
				.mu = numbers,
				.sigma = numbers,
				.risk = numbers,
				.lapse = truths};

	f.n = trials - f.first_seq;
	return f;
}

static struct trial_owner
owner(void)
{
	return (struct trial_owner){.organisation_id = one.organisation_id,
				    .participant_id = person,
				    .session_id = session,
				    .task = "stroop",
				    .task_version = 1};
}

static void
put(const struct db_forecast *f)
{
	const struct trial_owner who = owner();
	struct answer *a = answer_new();

	ck_assert_int_eq(db_forecast_put(db, &who, f, answer_done, a), CAMP_OK);
	answer_wait(a);
	ck_assert_int_eq(a->err, CAMP_OK);
	answer_free(a);
}

START_TEST(a_session_without_a_forecast_gives_its_trials)
{
	look(&one, &person);
	ck_assert_int_eq(seen.err, CAMP_OK);
	ck_assert(!seen.complete && !seen.stored);
	ck_assert_int_eq(seen.n_trials, 0);
	answer_free(do_upload(db, &one, person, session, 0, 33));
	answer_free(do_upload(db, &one, person, session, 36, N));
	look(&one, &person);
	/* Up to the first that is not there. */
	ck_assert_int_eq(seen.n_trials, 33 + (seen.last_seq - 32));
	ck_assert_int_lt(seen.n_trials, 37);
	answer_free(do_upload(db, &one, person, session, 0, N));
	answer_free(do_seal(db, &one, person, session, N));
	look(&one, &person);
	ck_assert(seen.complete && !seen.stored);
	ck_assert_int_eq(seen.n_trials, N);
	ck_assert_int_eq(seen.last_seq, N - 1);
}
END_TEST

START_TEST(a_forecast_is_stored_once_and_read_back)
{
	struct db_forecast first = sample(N, 87.25), second = sample(N, 12);

	first.personal = true;
	answer_free(do_upload(db, &one, person, session, 0, N));
	put(&first);
	look(&one, &person);
	ck_assert_msg(!seen.stored, "an open session has no final forecast");
	answer_free(do_seal(db, &one, person, session, N));
	put(&first);
	put(&second);
	look(&one, &person);
	ck_assert(seen.complete && seen.stored);
	ck_assert_int_eq(seen.n_trials, 0);
	ck_assert_double_eq(seen.forecast.model.value, 87.25);
	ck_assert_double_eq(seen.forecast.model.low, 70.5);
	ck_assert_double_eq(seen.forecast.linear.value, 80);
	ck_assert_int_eq(seen.forecast.lapses, 3);
	ck_assert_str_eq(seen.forecast.version, first.version);
	ck_assert_str_eq(seen.forecast.encoder, "transformer");
	ck_assert(seen.forecast.personal);
	ck_assert(seen.forecast.computed_unix_ms > 0);
	ck_assert_int_eq(seen.forecast.n, N);
	for (int i = 0; i < N; i++) {
		/* The same float: 9 digits were written. */
		ck_assert(seen.p[i] == numbers[i] && seen.risk[i] == numbers[i]);
		ck_assert(seen.lapse[i] == truths[i]);
	}
}
END_TEST

START_TEST(what_is_not_defined_stays_so)
{
	struct db_forecast f = sample(5, NAN);

	f.defined = false;
	f.model.low = f.model.high = NAN;
	f.linear = f.model;
	answer_free(do_upload(db, &one, person, session, 0, 5));
	answer_free(do_seal(db, &one, person, session, 5));
	put(&f);
	look(&one, &person);
	ck_assert(seen.stored && !seen.forecast.defined);
	ck_assert(isnan(seen.forecast.model.value) && isnan(seen.forecast.linear.high));
	ck_assert_int_eq(seen.forecast.n, 5);
}
END_TEST

START_TEST(a_forecast_belongs_to_its_session)
{
	struct db_forecast f = sample(N, 50);
	PGconn *conn = temp_db_connect(conninfo, DB_LOGIN);
	struct uuid stranger = uuid_v7();

	answer_free(do_upload(db, &one, person, session, 0, N));
	answer_free(do_seal(db, &one, person, session, N));
	put(&f);
	look(&one, &stranger);
	ck_assert_int_eq(seen.err, CAMP_ERR_NOT_FOUND);
	look(&two, &person);
	ck_assert_int_eq(seen.err, CAMP_ERR_NOT_FOUND);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM engagement"), "1");
	/* Erasing the person erases it. */
	temp_db_value(conn, "WITH gone AS (DELETE FROM participant RETURNING 1) SELECT "
			    "count(*) FROM gone");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM engagement"), "0");
	PQfinish(conn);
}
END_TEST

Suite *
suite_forecasts(void)
{
	Suite *suite = suite_create("forecasts");
	TCase *tc = tcase_create("forecasts");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, open_one, close_one);
	tcase_add_test(tc, a_session_without_a_forecast_gives_its_trials);
	tcase_add_test(tc, a_forecast_is_stored_once_and_read_back);
	tcase_add_test(tc, what_is_not_defined_stays_so);
	tcase_add_test(tc, a_forecast_belongs_to_its_session);
	suite_add_tcase(suite, tc);
	return suite;
}
