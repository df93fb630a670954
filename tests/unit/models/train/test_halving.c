/* models/train/halving and dataset_part: the search's arithmetic, and data without some.
 */
#include <math.h>
#include <string.h>

#include "models/train/dataset_part.h"
#include "models/train/halving.h"
#include "models/train/simulate_sequences.h"
#include "tests/unit/unit.h"

static const struct fit_config base = {.rate = 2e-3f,
				       .dropout = 0.1f,
				       .width = 64,
				       .layers = 2,
				       .heads = 4};

START_TEST(halving_draws_candidates_of_a_seed)
{
	struct halving_candidate few[4], many[40], other[40];
	bool differ = false;

	halving_candidates(few, 4, &base, 1);
	halving_candidates(many, 40, &base, 1);
	halving_candidates(other, 40, &base, 2);
	ck_assert(memcmp(few, many, sizeof(few)) == 0);
	ck_assert(many[0].rate == base.rate && many[0].width == 64 &&
		  many[0].layers == 2 && many[0].dropout == base.dropout);
	for (int i = 1; i < 40; i++) {
		ck_assert(many[i].rate >= 0.00039f && many[i].rate <= 0.0081f);
		ck_assert_int_ge(many[i].width, 32);
		ck_assert_int_le(many[i].width, 128);
		ck_assert_int_eq(many[i].width % 4, 0);
		ck_assert_int_ge(many[i].layers, 1);
		ck_assert_int_le(many[i].layers, 4);
		ck_assert(many[i].dropout >= 0 && many[i].dropout <= 0.3f);
		differ = differ || many[i].rate != other[i].rate;
	}
	ck_assert(differ);
}
END_TEST

START_TEST(halving_gives_most_steps_to_the_few)
{
	ck_assert_int_eq(halving_rungs(1), 1);
	ck_assert_int_eq(halving_rungs(2), 1);
	ck_assert_int_eq(halving_rungs(3), 2);
	ck_assert_int_eq(halving_rungs(9), 3);
	ck_assert_int_eq(halving_rungs(1000), 3);
	ck_assert_int_eq(halving_count(12, 0), 12);
	ck_assert_int_eq(halving_count(12, 1), 4);
	ck_assert_int_eq(halving_count(12, 2), 2);
	ck_assert_int_eq(halving_steps(450, 3, 0), 50);
	ck_assert_int_eq(halving_steps(450, 3, 1), 150);
	ck_assert_int_eq(halving_steps(450, 3, 2), 450);
	ck_assert_int_eq(halving_steps(1, 3, 0), 1);
}
END_TEST

START_TEST(halving_sorts_by_loss)
{
	const double loss[] = {0.5, NAN, 0.1, 0.5, -0.2, NAN};
	int order[] = {3, 1, 0, 5, 2, 4};
	const int sorted[] = {4, 2, 0, 3, 1, 5};

	halving_sort(order, 6, loss);
	ck_assert_mem_eq(order, sorted, sizeof(order));
}
END_TEST

/* Copies a data set; the trials of test participants are changed, or not. */
static void
copy_changed(struct dataset *out, const struct dataset *data, bool change)
{
	for (int i = 0; i < data->n_sequences; i++) {
		const struct dataset_sequence *q = &data->sequences[i];

		for (int k = 0; k < q->s.n; k++) {
			int condition = q->s.trials[k].condition;
			struct dataset_row row =
				{.participant = data->participants[q->participant],
				 .session = q->session,
				 .task = data->tasks[q->s.task],
				 .condition = data->conditions[condition].name,
				 .number = k,
				 .trial = q->s.trials[k]};

			if (change && q->split == SPLIT_TEST) {
				row.condition = "never seen";
				row.trial.rt_ms = 4321;
				row.trial.correct = false;
			}
			ck_assert_int_eq(dataset_add(out, &row), CAMP_OK);
		}
	}
	ck_assert_int_eq(dataset_finish(out), CAMP_OK);
}

START_TEST(dataset_without_a_split_has_no_trace_of_it)
{
	const struct simulated_people what = {.people = 40,
					      .sessions = 1,
					      .trials = 20,
					      .seed = 1,
					      .history = 1};
	struct dataset data = {0}, changed = {0}, a = {0}, b = {0};
	int64_t kept = 0;

	ck_assert_int_eq(simulate_sequences(&changed, &what), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&changed), CAMP_OK);
	copy_changed(&data, &changed, false);
	dataset_clear(&changed);
	copy_changed(&changed, &data, true);
	ck_assert_uint_ne(data.hash, changed.hash);
	ck_assert_int_ne(data.n_conditions, changed.n_conditions);

	ck_assert_int_eq(dataset_without(&a, &data, SPLIT_TEST), CAMP_OK);
	ck_assert_int_eq(dataset_without(&b, &changed, SPLIT_TEST), CAMP_OK);
	ck_assert_uint_eq(a.hash, b.hash);
	ck_assert_int_eq(a.n_conditions, b.n_conditions);
	for (int i = 0; i < data.n_sequences; i++)
		kept += data.sequences[i].split == SPLIT_TEST ? 0 : data.sequences[i].s.n;
	ck_assert_int_eq(a.n_trials, kept);
	ck_assert_int_lt(a.n_trials, data.n_trials);
	for (int i = 0; i < a.n_sequences; i++)
		ck_assert_int_ne(a.sequences[i].split, SPLIT_TEST);
	dataset_clear(&data);
	dataset_clear(&changed);
	dataset_clear(&a);
	dataset_clear(&b);
}
END_TEST

START_TEST(dataset_without_a_split_keeps_epochs_in_their_places)
{
	const struct sequence_epoch epoch = {.log_power = {{1, 2, 3, 4, 5}}};
	struct dataset data = {0}, part = {0};
	struct dataset_row row = {.participant = "p1",
				  .session = "1",
				  .task = "t",
				  .condition = "c"};

	ck_assert_int_ne(dataset_split_of("p1"), SPLIT_TEST);
	for (int i = 0; i < 6; i++) {
		row.number = i;
		row.trial.rt_ms = 500 + (float)i;
		row.epoch = i == 2 || i == 4 ? &epoch : NULL;
		ck_assert_int_eq(dataset_add(&data, &row), CAMP_OK);
	}
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	ck_assert_int_eq(dataset_without(&part, &data, SPLIT_TEST), CAMP_OK);
	ck_assert_int_eq(part.sequences[0].s.n_epochs, 2);
	ck_assert_int_eq(part.sequences[0].s.epochs[0].before_trial, 2);
	ck_assert_int_eq(part.sequences[0].s.epochs[1].before_trial, 4);
	ck_assert(part.sequences[0].s.epochs[1].log_power[0][4] == 5);
	ck_assert(part.sequences[0].s.trials[5].rt_ms == 505);
	dataset_clear(&data);
	dataset_clear(&part);
}
END_TEST

Suite *
suite_halving(void)
{
	Suite *s = suite_create("halving");
	TCase *c = tcase_create("halving");

	tcase_add_test(c, halving_draws_candidates_of_a_seed);
	tcase_add_test(c, halving_gives_most_steps_to_the_few);
	tcase_add_test(c, halving_sorts_by_loss);
	tcase_add_test(c, dataset_without_a_split_has_no_trace_of_it);
	tcase_add_test(c, dataset_without_a_split_keeps_epochs_in_their_places);
	suite_add_tcase(s, c);
	return s;
}
