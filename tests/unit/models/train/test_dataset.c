/* models/train/dataset: grouping, order, the split and the hash of rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/train/dataset.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

static struct dataset data;

static void
clean(void)
{
	dataset_clear(&data);
}

static enum camp_err
add(const char *participant, const char *session, const char *task, const char *condition,
    int number, float rt_ms, const struct sequence_epoch *epoch)
{
	return dataset_add(&data, &(struct dataset_row){.participant = participant,
							.session = session,
							.task = task,
							.condition = condition,
							.number = number,
							.trial = {.condition = -7,
								  .correct = true,
								  .rt_ms = rt_ms,
								  .onset_ms = NAN},
							.epoch = epoch});
}

/* FNV-1a-64 of "", "a" and "foobar" are published by its authors (draft-eastlake-fnv):
 * cbf29ce484222325, af63dc4c8601ec8c, 85944171f73967e8. */
START_TEST(dataset_splits_by_fnv1a)
{
	static const struct {
		const char *id;
		uint64_t hash;
	} known[] = {{"", 0xcbf29ce484222325},
		     {"a", 0xaf63dc4c8601ec8c},
		     {"foobar", 0x85944171f73967e8}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		int place = (int)(known[i].hash % 100);
		enum dataset_split want = place < 20   ? SPLIT_TEST
					  : place < 30 ? SPLIT_VALIDATION
						       : SPLIT_TRAIN;

		ck_assert_int_eq(dataset_split_of(known[i].id), want);
	}
}
END_TEST

START_TEST(dataset_groups_by_participant_session_and_task)
{
	const struct dataset_sequence *q;

	ck_assert_int_eq(add("b", "1", "stroop", "same", 1, 500, NULL), CAMP_OK);
	ck_assert_int_eq(add("b", "1", "flanker", "same", 1, 501, NULL), CAMP_OK);
	ck_assert_int_eq(add("a", "1", "stroop", "other", 1, 502, NULL), CAMP_OK);
	ck_assert_int_eq(add("b", "2", "stroop", "same", 1, 503, NULL), CAMP_OK);
	ck_assert_int_eq(add("b", "1", "stroop", "other", 2, 504, NULL), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	ck_assert_int_eq(data.n_trials, 5);
	ck_assert_int_eq(data.n_participants, 2);
	ck_assert_str_eq(data.participants[1], "a");
	ck_assert_int_eq(data.n_tasks, 2);
	ck_assert_str_eq(data.tasks[2], "flanker");
	/* "same" of two tasks is two conditions. */
	ck_assert_int_eq(data.n_conditions, 3);
	ck_assert_str_eq(data.conditions[2].name, "same");
	ck_assert_int_eq(data.conditions[2].task, 2);
	ck_assert_int_eq(data.n_sequences, 4);
	q = &data.sequences[0];
	ck_assert_int_eq(q->s.n, 2);
	ck_assert_float_eq(q->s.trials[1].rt_ms, 504);
	ck_assert_int_eq(q->s.trials[0].condition, 1);
	ck_assert_int_eq(q->s.trials[1].condition, 3);
	ck_assert_int_eq(data.sequences[2].participant, 1);
	ck_assert_int_eq(data.sequences[2].split, dataset_split_of("a"));
	ck_assert_str_eq(data.sequences[3].session, "2");
}
END_TEST

START_TEST(dataset_brings_trials_into_the_order_of_their_numbers)
{
	struct sequence_epoch epoch = {0};
	const struct sequence *s;

	ck_assert_int_eq(add("a", "1", "t", "c", 3, 300, NULL), CAMP_OK);
	epoch.log_power[0][0] = 2;
	ck_assert_int_eq(add("a", "1", "t", "c", 2, 200, &epoch), CAMP_OK);
	epoch.log_power[0][0] = 1;
	ck_assert_int_eq(add("a", "1", "t", "c", 1, 100, &epoch), CAMP_OK);
	/* Numbers that start again say nothing of the order. */
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(add("b", "1", "t", "c", i == 2 ? 1 : 2 + i, (float)i,
				     NULL),
				 CAMP_OK);
	ck_assert_int_eq(add("b", "1", "t", "c", 2, 4, NULL), CAMP_OK);
	ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
	s = &data.sequences[0].s;
	for (int i = 0; i < 3; i++)
		ck_assert_float_eq(s->trials[i].rt_ms, 100 * (float)(i + 1));
	ck_assert_int_eq(s->n_epochs, 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(s->epochs[i].before_trial, i);
		ck_assert_float_eq(s->epochs[i].log_power[0][0], (float)(i + 1));
	}
	for (int i = 0; i < 5; i++)
		ck_assert_float_eq(data.sequences[1].s.trials[i].rt_ms, (float)i);
}
END_TEST

static uint64_t
hash_of(const char *participant, float rt_ms, const struct sequence_epoch *epoch)
{
	dataset_clear(&data);
	ck_assert_int_eq(add(participant, "1", "t", "c", 1, rt_ms, epoch), CAMP_OK);
	return data.hash;
}

START_TEST(dataset_hash_depends_on_every_row)
{
	struct sequence_epoch epoch = {0};
	uint64_t hash = hash_of("a", 500, NULL);

	ck_assert(hash == hash_of("a", 500, NULL));
	ck_assert(hash != hash_of("b", 500, NULL));
	ck_assert(hash != hash_of("a", 501, NULL));
	ck_assert(hash != hash_of("a", 500, &epoch));
	/* Any two NANs are the same "none". */
	ck_assert(hash_of("a", NAN, NULL) == hash_of("a", -NAN, NULL));
}
END_TEST

START_TEST(dataset_survives_every_lack_of_memory)
{
	struct sequence_epoch epoch = {0};
	enum camp_err err;
	long n = 1;

	for (;; n++) {
		fail_alloc_arm(n);
		err = CAMP_OK;
		for (int i = 0; i < 40 && err == CAMP_OK; i++) {
			char name[8];

			snprintf(name, sizeof(name), "p%d", i % 20);
			err = add(name, "1", i % 2 ? "t" : "u", name, 40 - i, 500,
				  i % 3 ? &epoch : NULL);
		}
		if (err == CAMP_OK)
			err = dataset_finish(&data);
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		dataset_clear(&data);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_int_eq(data.n_trials, 40);
	ck_assert_int_gt(n, 100);
}
END_TEST

Suite *
suite_dataset(void)
{
	Suite *s = suite_create("models/train/dataset");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, NULL, clean);
	tcase_add_test(t, dataset_splits_by_fnv1a);
	tcase_add_test(t, dataset_groups_by_participant_session_and_task);
	tcase_add_test(t, dataset_brings_trials_into_the_order_of_their_numbers);
	tcase_add_test(t, dataset_hash_depends_on_every_row);
	tcase_add_test(t, dataset_survives_every_lack_of_memory);
	suite_add_tcase(s, t);
	return s;
}
