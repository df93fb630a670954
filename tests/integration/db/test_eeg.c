/* db/eeg: epochs stored once, one recording a session, gone with their person. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/signal/eeg_summary.h"
#include "tests/integration/db/await.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

#define N_EPOCHS 40

static char conninfo[TEMP_DB_SIZE];
static struct temp_tenant one, two;
static struct db *db;
static PGconn *conn;
static struct trial_owner owner;
static struct eeg_setup setup;
static float power[N_EPOCHS][EEG_BANDS][2];
static const float quality[2] = {1, 0.25f};
static struct eeg_epoch epochs[N_EPOCHS];

static void
open_one(void)
{
	struct answer *a;

	temp_db_new(conninfo);
	temp_db_tenant(conninfo, 1, &one);
	temp_db_tenant(conninfo, 2, &two);
	conn = temp_db_connect(conninfo, DB_LOGIN);
	db = open_db(conninfo);
	owner = (struct trial_owner){.organisation_id = one.organisation_id,
				     .participant_id = uuid_v7(),
				     .task = "stroop",
				     .task_version = 1};
	answer_free(do_join(db, &one, owner.participant_id, 1));
	a = do_create(db, &one, owner.participant_id, 1, 1, 1);
	ck_assert_int_eq(a->err, CAMP_OK);
	owner.session_id = a->session_ids[0];
	answer_free(a);
	setup = (struct eeg_setup){.device = "Muse \"2\"\\",
				   .sampling_rate_hz = 256,
				   .window_s = 1,
				   .step_s = NAN,
				   .n_channels = 2,
				   .channels = {"TP9", "AF7"}};
	for (int i = 0; i < N_EPOCHS; i++) {
		for (int b = 0; b < EEG_BANDS; b++)
			for (int c = 0; c < 2; c++)
				power[i][b][c] = 0.125f * (float)(i + 3 * b) - (float)c;
		power[i][EEG_GAMMA][1] = NAN;
		epochs[i] = (struct eeg_epoch){.seq = i,
					       .t_ms = 1000.5 * i,
					       .log_power = power[i][0],
					       .quality = i % 2 ? quality : NULL};
		eeg_epoch_figures(&epochs[i], 2);
	}
}

static void
close_one(void)
{
	PQfinish(conn);
	db_close(db, 2000);
}

static struct answer *
insert(int from, int n)
{
	struct answer *a = answer_new();

	ck_assert_int_eq(db_eeg_insert(db, &owner, &setup, epochs + from, n, answer_eeg,
				       a),
			 CAMP_OK);
	answer_wait(a);
	return a;
}

static void
check_insert(int from, int n, int stored, int repeated, int conflicting)
{
	struct answer *a = insert(from, n);

	ck_assert_msg(a->err == CAMP_OK, "%s", camp_err_code(a->err));
	ck_assert_int_eq(a->eeg_counts.stored, stored);
	ck_assert_int_eq(a->eeg_counts.repeated, repeated);
	ck_assert_int_eq(a->eeg_counts.conflicting, conflicting);
	answer_free(a);
}

static void
check_refused(enum camp_err err)
{
	struct answer *a = insert(0, 1);

	ck_assert_msg(a->err == err, "%s", camp_err_code(a->err));
	ck_assert(!a->given);
	answer_free(a);
}

static struct answer *
get(const struct temp_tenant *t, struct uuid person, struct uuid session)
{
	struct answer *a = answer_new();

	ck_assert_int_eq(db_eeg_get(db, &t->organisation_id, &person, &session,
				    answer_eeg_read, a),
			 CAMP_OK);
	answer_wait(a);
	return a;
}

START_TEST(an_epoch_is_stored_once_and_the_first_one_stays)
{
	check_insert(10, 20, 20, 0, 0);
	check_insert(10, 20, 0, 20, 0);
	/* Pieces that overlap, before and after. */
	check_insert(0, 15, 10, 5, 0);
	check_insert(25, 15, 10, 5, 0);
	power[3][EEG_BETA][0] += 0.5f;
	epochs[4].t_ms += 1;
	epochs[5].quality = NULL;
	check_insert(0, 10, 0, 7, 3);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg_epoch"), "40");
	ck_assert_str_eq(temp_db_value(conn, "SELECT power::text FROM eeg_epoch WHERE "
					     "seq = 3"),
			 "{{0.375,-0.625},{0.75,-0.25},{1.125,0.125},{1.5,0.5},{1.875,"
			 "NULL}}");
}
END_TEST

START_TEST(what_was_stored_is_read_again)
{
	struct answer *a;

	check_insert(0, N_EPOCHS, N_EPOCHS, 0, 0);
	a = get(&one, owner.participant_id, owner.session_id);
	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert_str_eq(a->eeg_device, setup.device);
	ck_assert_ptr_null(a->eeg_setup.reference);
	ck_assert(a->eeg_setup.sampling_rate_hz == 256 && a->eeg_setup.window_s == 1);
	ck_assert(isnan(a->eeg_setup.step_s));
	ck_assert_int_eq(a->eeg_setup.n_channels, 2);
	ck_assert_str_eq(a->eeg_channels[1], "AF7");
	ck_assert_int_eq(a->n_epochs, N_EPOCHS);
	for (int i = 0; i < N_EPOCHS; i++) {
		const struct eeg_figure *got = &a->epochs[i].engagement,
					*want = &epochs[i].engagement;

		ck_assert_int_eq(a->epochs[i].seq, i);
		ck_assert(a->epochs[i].t_ms == epochs[i].t_ms);
		/* Figures are kept in single precision. */
		ck_assert((float)got->value == (float)want->value);
		ck_assert_int_eq(got->n, i % 2 ? 1 : 2);
		ck_assert(isnan(got->standard_error) == (i % 2 == 1));
		ck_assert_int_eq(a->epochs[i].theta_beta.n, want->n);
	}
	answer_free(a);
}
END_TEST

START_TEST(another_recording_is_refused_and_nothing_of_it_stored)
{
	const struct eeg_setup first = setup;

	check_insert(0, 5, 5, 0, 0);
	setup.device = "Muse S";
	check_refused(CAMP_ERR_EEG_SETUP);
	setup = first;
	setup.reference = "Fpz";
	check_refused(CAMP_ERR_EEG_SETUP);
	setup = first;
	setup.step_s = 1;
	check_refused(CAMP_ERR_EEG_SETUP);
	setup = first;
	setup.channels[0] = "TP10";
	check_refused(CAMP_ERR_EEG_SETUP);
	setup = first;
	setup.sampling_rate_hz = NAN;
	check_refused(CAMP_ERR_EEG_SETUP);
	setup = first;
	check_insert(0, 6, 1, 5, 0);
}
END_TEST

START_TEST(a_complete_session_still_takes_eeg)
{
	answer_free(do_upload(db, &one, owner.participant_id, owner.session_id, 0, 3));
	answer_free(do_seal(db, &one, owner.participant_id, owner.session_id, 4));
	ck_assert_str_eq(temp_db_value(conn, "SELECT state FROM session"), "complete");
	check_insert(0, 3, 3, 0, 0);
}
END_TEST

START_TEST(a_session_without_eeg_is_told_from_no_session)
{
	struct answer *a = get(&one, owner.participant_id, owner.session_id);

	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert(!a->given);
	ck_assert_int_eq(a->n_epochs, 0);
	answer_free(a);
	a = get(&one, owner.participant_id, uuid_v7());
	ck_assert_int_eq(a->err, CAMP_ERR_NOT_FOUND);
	answer_free(a);
	a = get(&one, uuid_v7(), owner.session_id);
	ck_assert_int_eq(a->err, CAMP_ERR_NOT_FOUND);
	answer_free(a);
	a = get(&two, owner.participant_id, owner.session_id);
	ck_assert_int_eq(a->err, CAMP_ERR_NOT_FOUND);
	answer_free(a);
}
END_TEST

static void
check_power(const struct answer *a)
{
	ck_assert_msg(a->err == CAMP_OK, "%s", camp_err_code(a->err));
	ck_assert_int_eq(a->n_epochs, N_EPOCHS);
	ck_assert(a->eeg_setup.window_s == 1);
	ck_assert_int_eq(a->eeg_setup.n_channels, 2);
	ck_assert_str_eq(a->eeg_channels[0], "TP9");
	for (int i = 0; i < N_EPOCHS; i++) {
		ck_assert_int_eq(a->epochs[i].seq, i);
		ck_assert(a->epochs[i].t_ms == epochs[i].t_ms);
		for (int k = 0; k < 2 * EEG_BANDS; k++)
			ck_assert(a->powers[i][k] == power[i][k / 2][k % 2] ||
				  (isnan(a->powers[i][k]) &&
				   isnan(power[i][k / 2][k % 2])));
		ck_assert(a->powers[i][2 * EEG_BANDS + 1] == (i % 2 ? 0.25f : -1));
	}
}

static struct answer *
forecast(void)
{
	struct answer *a = answer_new();

	ck_assert_int_eq(db_session_forecast(db, &one.organisation_id,
					     &owner.participant_id, &owner.session_id,
					     answer_forecast, a),
			 CAMP_OK);
	answer_wait(a);
	return a;
}

/* Bit for bit, while there is no forecast yet. */
START_TEST(forecasts_get_the_power_that_was_stored)
{
	static const float figures[4] = {0.5f, 0.5f, 0.5f, 0.5f};
	static const bool lapse[4];
	const struct db_forecast made = {.trials = 4,
					 .model = {NAN, NAN, NAN},
					 .linear = {NAN, NAN, NAN},
					 .version = "0123456789abcdef",
					 .encoder = "linear",
					 .n = 4,
					 .p = figures,
					 .mu = figures,
					 .sigma = figures,
					 .risk = figures,
					 .lapse = lapse};
	struct answer *a;

	answer_free(do_upload(db, &one, owner.participant_id, owner.session_id, 0, 3));
	a = forecast();
	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert_int_eq(a->n_trials, 4);
	ck_assert_int_eq(a->n_epochs, 0);
	answer_free(a);
	check_insert(0, N_EPOCHS, N_EPOCHS, 0, 0);
	a = forecast();
	check_power(a);
	answer_free(a);
	a = do_seal(db, &one, owner.participant_id, owner.session_id, 4);
	check_power(a);
	ck_assert_int_eq(a->n_trials, 4);
	answer_free(a);
	a = forecast();
	check_power(a);
	answer_free(a);
	a = answer_new();
	ck_assert_int_eq(db_forecast_put(db, &owner, &made, answer_done, a), CAMP_OK);
	answer_wait(a);
	ck_assert_int_eq(a->err, CAMP_OK);
	answer_free(a);
	a = forecast();
	ck_assert_int_eq(a->err, CAMP_OK);
	ck_assert_int_eq(a->n_epochs, 0);
	answer_free(a);
}
END_TEST

START_TEST(erasing_a_person_erases_their_eeg)
{
	char id[UUID_TEXT_LEN + 1];

	check_insert(0, 5, 5, 0, 0);
	uuid_format(&owner.participant_id, id);
	temp_db_value(conn, "DELETE FROM participant WHERE participant_id = '%s'", id);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg_recording"), "0");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg_epoch"), "0");
	/* Their token may live on. */
	check_refused(CAMP_ERR_NOT_FOUND);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg_epoch"), "0");
}
END_TEST

/* Many at once: every epoch is stored by exactly one of them. */
START_TEST(uploads_of_one_session_at_once_store_each_epoch_once)
{
	struct answer *answers[12];
	int stored = 0, repeated = 0;

	for (int i = 0; i < 12; i++) {
		answers[i] = answer_new();
		ck_assert_int_eq(db_eeg_insert(db, &owner, &setup, epochs + i, 20,
					       answer_eeg, answers[i]),
				 CAMP_OK);
	}
	for (int i = 0; i < 12; i++) {
		answer_wait(answers[i]);
		ck_assert_int_eq(answers[i]->err, CAMP_OK);
		stored += answers[i]->eeg_counts.stored;
		repeated += answers[i]->eeg_counts.repeated;
		answer_free(answers[i]);
	}
	ck_assert_int_eq(stored, 31);
	ck_assert_int_eq(stored + repeated, 12 * 20);
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg_epoch"), "31");
}
END_TEST

START_TEST(the_view_has_a_row_an_epoch_and_channel)
{
	check_insert(0, 3, 3, 0, 0);
	ck_assert_str_eq(temp_db_value(conn,
				       "SELECT string_agg(concat_ws(' ', channel, "
				       "delta_log10_uv2, beta_log10_uv2, "
				       "coalesce(gamma_log10_uv2::text, 'none'), "
				       "quality), '; ' "
				       "ORDER BY channel_no) FROM eeg WHERE seq = 1"),
			 "TP9 0.125 1.25 1.625 1; AF7 -0.875 0.25 none 0.25");
	ck_assert_str_eq(temp_db_value(conn, "SELECT count(*) FROM eeg"), "6");
}
END_TEST

Suite *
suite_eeg(void)
{
	Suite *suite = suite_create("eeg");
	TCase *tc = tcase_create("eeg");

	tcase_add_checked_fixture(tc, open_one, close_one);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_epoch_is_stored_once_and_the_first_one_stays);
	tcase_add_test(tc, what_was_stored_is_read_again);
	tcase_add_test(tc, another_recording_is_refused_and_nothing_of_it_stored);
	tcase_add_test(tc, a_complete_session_still_takes_eeg);
	tcase_add_test(tc, a_session_without_eeg_is_told_from_no_session);
	tcase_add_test(tc, forecasts_get_the_power_that_was_stored);
	tcase_add_test(tc, erasing_a_person_erases_their_eeg);
	tcase_add_test(tc, uploads_of_one_session_at_once_store_each_epoch_once);
	tcase_add_test(tc, the_view_has_a_row_an_epoch_and_channel);
	suite_add_tcase(suite, tc);
	return suite;
}
