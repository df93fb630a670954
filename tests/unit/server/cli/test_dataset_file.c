/* server/cli/dataset_file: columns, what counts as missing, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/dataset_file.h"
#include "tests/unit/unit.h"

#define HEADER "participant,session,trial,task,condition,correct,rt_ms\n"

static char path[64], why[512];
static struct dataset data;
static struct dataset_file_notes notes;

static void
make_path(void)
{
	int fd;

	strcpy(path, "/tmp/camp-dataset-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
clear(void)
{
	dataset_clear(&data);
	row_problems_clear(&notes.problems);
}

static void
clean(void)
{
	clear();
	unlink(path);
}

static enum camp_err
load(const char *text, const char *task)
{
	FILE *out = fopen(path, "w");
	enum camp_err err;

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
	clear();
	err = dataset_file_add(&data, path, task, &notes, why, sizeof(why));
	if (err == CAMP_OK)
		err = dataset_finish(&data);
	return err;
}

static const struct sequence_trial *
trial(int sequence, int at)
{
	ck_assert_int_lt(sequence, data.n_sequences);
	ck_assert_int_lt(at, data.sequences[sequence].s.n);
	return &data.sequences[sequence].s.trials[at];
}

START_TEST(dataset_file_reads_what_is_missing_as_none)
{
	ck_assert_int_eq(load(HEADER "P 1/\xc3\xa9,s,1,t,c,1,500.5\n"
				     "P 1/\xc3\xa9,s,2,t,c,0,\n"
				     "P 1/\xc3\xa9,s,3,t,c,False,NA\n"
				     "P 1/\xc3\xa9,s,4,t,c,TRUE,99.9\n"
				     "P 1/\xc3\xa9,s,5,t,c,1.0,10001\n"
				     "P 1/\xc3\xa9,s,6,t,c,1,-1\n"
				     "P 1/\xc3\xa9,s,7,t,c,1,100\n",
			      NULL),
			 CAMP_OK);
	ck_assert_uint_eq(notes.problems.n, 0);
	ck_assert_uint_eq(notes.rows, 7);
	ck_assert_uint_eq(notes.rt_missing, 3);
	ck_assert_str_eq(notes.task, "");
	ck_assert_float_eq(trial(0, 0)->rt_ms, 500.5f);
	for (int i = 1; i < 6; i++)
		ck_assert_float_nan(trial(0, i)->rt_ms);
	ck_assert_float_eq(trial(0, 6)->rt_ms, 100);
	ck_assert(trial(0, 0)->correct && !trial(0, 1)->correct && !trial(0, 2)->correct);
	ck_assert(trial(0, 3)->correct && trial(0, 4)->correct);
	ck_assert_double_nan(trial(0, 0)->onset_ms);
	ck_assert_float_nan(trial(0, 0)->parameters[0]);
}
END_TEST

START_TEST(dataset_file_reads_parameters_and_epochs)
{
	const struct sequence *s;

	ck_assert_int_eq(
		load("TP9_delta,TP9_alpha,TP10_alpha,Fp1_gamma,ptp_uv,M1_alpha,study,"
		     "soa_ms,set_size,load,difficulty,onset_ms,trial,participant,"
		     "condition,task,correct,rt_ms\n"
		     ",,,,9,7,x,100,4,2,-0.5,1234.5,1,a,c,t,1,500\n"
		     "-1.5,1,2,0.25,9,7,x,,,,,,2,a,c,t,1,500\n",
		     NULL),
		CAMP_OK);
	ck_assert_uint_eq(notes.problems.n, 0);
	ck_assert_str_eq(data.sequences[0].session, "x");
	ck_assert_float_eq(trial(0, 0)->parameters[0], 4);
	ck_assert_float_eq(trial(0, 0)->parameters[1], 2);
	ck_assert_float_eq(trial(0, 0)->parameters[2], 100);
	ck_assert_float_eq(trial(0, 0)->parameters[3], -0.5f);
	ck_assert_double_eq(trial(0, 0)->onset_ms, 1234.5);
	ck_assert_float_nan(trial(0, 1)->parameters[2]);
	s = &data.sequences[0].s;
	/* A row without any value has no epoch. */
	ck_assert_int_eq(s->n_epochs, 1);
	ck_assert_uint_eq(notes.epochs, 1);
	ck_assert_int_eq(s->epochs[0].before_trial, 1);
	ck_assert_float_eq(s->epochs[0].log_power[1][0], -1.5f);
	ck_assert_float_eq(s->epochs[0].log_power[1][2], 1.5f);
	ck_assert_float_eq(s->epochs[0].log_power[0][4], 0.25f);
	ck_assert_float_nan(s->epochs[0].log_power[0][2]);
	ck_assert_float_nan(s->epochs[0].log_power[3][2]);
}
END_TEST

START_TEST(dataset_file_names_the_task)
{
	static const char text[] = "participant,trial,condition,correct,rt_ms\n"
				   "a,1,c,1,500\n";

	ck_assert_int_eq(load(text, NULL), CAMP_OK);
	/* of /tmp/camp-dataset-... */
	ck_assert_str_eq(notes.task, "camp");
	ck_assert_str_eq(data.tasks[1], "camp");
	ck_assert_str_eq(data.sequences[0].session, "1");
	ck_assert_int_eq(load(text, "stroop"), CAMP_OK);
	ck_assert_str_eq(data.tasks[1], "stroop");
	ck_assert_int_eq(load(HEADER "a,s,1,t,c,1,5\na,s,2,u,c,1,500\n", "u"), CAMP_OK);
	ck_assert_int_eq(data.n_trials, 1);
	ck_assert_str_eq(data.tasks[1], "u");
	ck_assert_uint_eq(notes.other_task_rows, 1);
	ck_assert_uint_eq(notes.rt_missing, 0);
}
END_TEST

START_TEST(dataset_file_names_line_column_and_reason)
{
	static const struct {
		const char *row, *text;
	} bad[] = {
		{"a,s,1,t,c,1", "line 2 has 6 fields where the header has 7"},
		{",s,1,t,c,1,5", "column \"participant\": \"\" is not a name"},
		{"a,s,1,t,,1,5", "column \"condition\": \"\" is not a name"},
		{"a,s,x,t,c,1,5", "column \"trial\": \"x\" is not a whole number"},
		{"a,s,1.5,t,c,1,5", "column \"trial\": \"1.5\" is not a whole number"},
		{"a,s,1,t,c,,5", "column \"correct\": \"\" is not 1, 0, true or false"},
		{"a,s,1,t,c,2,5", "column \"correct\": \"2\" is not 1, 0, true or false"},
		{"a,s,1,t,c,1,5ms", "column \"rt_ms\": \"5ms\" is not milliseconds"},
		{"a,s,1,t,c,1,inf", "column \"rt_ms\": \"inf\" is not milliseconds"},
		{"a,s,1,t,c,1,0x10", "column \"rt_ms\": \"0x10\" is not milliseconds"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), HEADER "%s\nb,s,1,t,c,1,500\n", bad[i].row);
		ck_assert_int_eq(load(text, NULL), CAMP_OK);
		ck_assert_uint_eq(notes.problems.n, 1);
		ck_assert_msg(strstr(notes.problems.text[0], bad[i].text) != NULL &&
				      strncmp(notes.problems.text[0], "line 2", 6) == 0,
			      "'%s' gave '%s'", bad[i].row, notes.problems.text[0]);
		ck_assert_uint_eq(notes.rows, 1);
		ck_assert_int_eq(data.n_trials, 1);
	}
}
END_TEST

START_TEST(dataset_file_refuses_a_file_without_the_columns)
{
	ck_assert_int_eq(load("participant,trial,condition,correct\na,1,c,1\n", NULL),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "line 1 has no column \"rt_ms\""));
	clear();
	ck_assert_int_eq(dataset_file_add(&data, "/nonexistent", NULL, &notes, why,
					  sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
}
END_TEST

/* Sizes as the sets' notes give them; people and sequences counted with awk. */
START_TEST(dataset_file_reads_the_recordings)
{
	static const struct {
		const char *file, *task;
		int participants, sequences, tasks;
		int64_t trials;
		bool eeg;
	} files[] = {
		{"lef_attention.csv", "", 121, 363, 3, 59048, false},
		{"stroop13_trials.csv.gz", "stroop13", 432, 864, 1, 145527, false},
		{"muse_cueing_dev.csv", "", 26, 52, 1, 3560, true},
	};
	const char *folder = unit_data_folder("dataset_file_reads_the_recordings");

	for (size_t i = 0; folder && i < sizeof(files) / sizeof(files[0]); i++) {
		char file[1024];

		clear();
		snprintf(file, sizeof(file), "%s/%s", folder, files[i].file);
		ck_assert_int_eq(dataset_file_add(&data, file, NULL, &notes, why,
						  sizeof(why)),
				 CAMP_OK);
		ck_assert_int_eq(dataset_finish(&data), CAMP_OK);
		ck_assert_uint_eq(notes.problems.n, 0);
		ck_assert_str_eq(notes.task, files[i].task);
		ck_assert_int_eq(data.n_participants, files[i].participants);
		ck_assert_int_eq(data.n_sequences, files[i].sequences);
		ck_assert_int_eq(data.n_tasks, files[i].tasks);
		ck_assert_int_eq(data.n_trials, files[i].trials);
		ck_assert((notes.epochs > 0) == files[i].eeg);
	}
}
END_TEST

Suite *
suite_dataset_file(void)
{
	Suite *s = suite_create("server/cli/dataset_file");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_path, clean);
	tcase_add_test(t, dataset_file_reads_what_is_missing_as_none);
	tcase_add_test(t, dataset_file_reads_parameters_and_epochs);
	tcase_add_test(t, dataset_file_names_the_task);
	tcase_add_test(t, dataset_file_names_line_column_and_reason);
	tcase_add_test(t, dataset_file_refuses_a_file_without_the_columns);
	tcase_add_test(t, dataset_file_reads_the_recordings);
	suite_add_tcase(s, t);
	return s;
}
