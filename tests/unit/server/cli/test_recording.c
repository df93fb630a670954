/* server/cli/recording: grouping, and the line, column and reason of every bad value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/cli/recording.h"
#include "server/cli/task_file.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

#define EEG_HEADER "task,participant,session,trial,condition,correct,rt_ms," EEG_COLUMNS
#define EEG_COLUMNS "Cz_delta,CZ_theta,Cz_theta,Cz_alpha,Cz_beta,Cz_gamma,T7_delta\n"
#define HEADER "participant,session,trial,condition,correct,rt_ms\n"

static char path[64], why[512];
static struct recording rec;

static void
make_path(void)
{
	int fd;

	strcpy(path, "/tmp/camp-recording-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
clean(void)
{
	recording_clear(&rec);
	unlink(path);
}

static void
write_text(const char *text)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

static enum camp_err
load(const char *text, const char *task)
{
	write_text(text);
	recording_clear(&rec);
	return recording_load(&rec, path, task, why, sizeof(why));
}

START_TEST(recording_groups_by_person_session_and_task_in_file_order)
{
	const struct recording_session *s;

	ck_assert_int_eq(load("task,participant,session,trial,condition,correct,rt_ms\n"
			      "stroop,b,one,1,congruent,1,500\n"
			      "stroop,a,one,1,congruent,1,501.5\n"
			      "flanker,b,one,1,neutral,0,\n"
			      "stroop,b,two,,congruent,true,0\n"
			      "stroop,b,one,1,incongruent,false,6e2\n",
			      NULL),
			 CAMP_OK);
	ck_assert_uint_eq(rec.problems.n, 0);
	ck_assert_int_eq(rec.n_people, 2);
	ck_assert_uint_eq(rec.n_sessions, 4);
	ck_assert_uint_eq(rec.n_trials, 5);
	ck_assert_str_eq(rec.people[0].name, "b");
	ck_assert_int_eq(rec.people[0].n_sessions, 3);
	s = &rec.people[0].sessions[0];
	ck_assert_str_eq(s->label, "one");
	ck_assert_str_eq(rec.tasks[s->task].name, "stroop");
	ck_assert_int_eq(s->n_trials, 2);
	ck_assert_int_eq(s->trials[1].trial, 1);
	ck_assert_uint_eq(s->trials[1].line, 6);
	ck_assert(!s->trials[1].correct);
	ck_assert_float_eq(s->trials[1].rt_ms, 600.0f);
	ck_assert_str_eq(rec.conditions[s->trials[1].condition].name, "incongruent");
	ck_assert(isnan(rec.people[0].sessions[1].trials[0].rt_ms));
	ck_assert_int_eq(rec.people[0].sessions[2].trials[0].trial, -1);
	ck_assert_float_eq(rec.people[1].sessions[0].trials[0].rt_ms, 501.5f);
}
END_TEST

START_TEST(recording_leaves_other_tasks_out)
{
	static const char text[] = "participant,task,trial,condition,correct,rt_ms\n"
				   "a,stroop,1,congruent,1,500\n"
				   "a,simon,1,congruent,1,500\n";

	ck_assert_int_eq(load(text, "simon"), CAMP_OK);
	ck_assert_uint_eq(rec.n_trials, 1);
	ck_assert_uint_eq(rec.other_task_rows, 1);
	ck_assert_str_eq(rec.tasks[0].name, "simon");
	ck_assert_ptr_null(rec.session_column);
	ck_assert_str_eq(rec.people[0].sessions[0].label, "1");
	ck_assert_int_eq(load(text, "flanker"), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "has no rows of task \"flanker\""));
}
END_TEST

START_TEST(recording_takes_phase_or_study_for_the_session)
{
	ck_assert_int_eq(load("study,participant,phase,trial,condition,correct,rt_ms\n"
			      "1,a,control,1,c,1,5\n",
			      "t"),
			 CAMP_OK);
	ck_assert_str_eq(rec.people[0].sessions[0].label, "control");
	ck_assert_str_eq(rec.session_column, "phase");
	ck_assert_str_eq(rec.ignored_columns, "study");
	ck_assert_int_eq(load("study,participant,trial,condition,correct,rt_ms\n1,a,1,c,"
			      "1,5\n",
			      "t"),
			 CAMP_OK);
	ck_assert_str_eq(rec.people[0].sessions[0].label, "1");
	ck_assert_str_eq(rec.session_column, "study");
	ck_assert_ptr_null(rec.ignored_columns);
}
END_TEST

START_TEST(recording_names_line_column_and_reason)
{
	static const struct {
		const char *row, *problem;
	} rows[] = {
		{",s,1,c,1,5",
		 "column \"participant\": \"\" is not 1 to 64 of A-Z a-z 0-9 . _ -"},
		{"a b,s,1,c,1,5",
		 "column \"participant\": \"a b\" is not 1 to 64 of A-Z a-z 0-9 . _ -"},
		{"a,,1,c,1,5",
		 "column \"session\": \"\" is not 1 to 64 of A-Z a-z 0-9 . _ -"},
		{"a,s,-1,c,1,5", "column \"trial\": \"-1\" is not a whole number from 0 "
				 "to 1000000, or nothing"},
		{"a,s,1.0,c,1,5", "column \"trial\": \"1.0\" is not a whole number from "
				  "0 to 1000000, or nothing"},
		{"a,s,1000001,c,1,5",
		 "column \"trial\": \"1000001\" is not a whole number from 0 "
		 "to 1000000, or nothing"},
		{"a,s,99999999999999999999,c,1,5",
		 "column \"trial\": \"99999999999999999999\" is not a whole number from "
		 "0 "
		 "to 1000000, or nothing"},
		{"a,s,1,,1,5",
		 "column \"condition\": \"\" is not a condition's name of 1 to 64 "
		 "bytes"},
		{"a,s,1,c,yes,5",
		 "column \"correct\": \"yes\" is not 1, 0, true or false"},
		{"a,s,1,c,,5", "column \"correct\": \"\" is not 1, 0, true or false"},
		{"a,s,1,c,1,fast", "column \"rt_ms\": \"fast\" is not milliseconds from "
				   "0 to 600000, or nothing"},
		{"a,s,1,c,1,-5", "column \"rt_ms\": \"-5\" is not milliseconds from 0 to "
				 "600000, or nothing"},
		{"a,s,1,c,1,nan", "column \"rt_ms\": \"nan\" is not milliseconds from 0 "
				  "to 600000, or nothing"},
		{"a,s,1,c,1,inf", "column \"rt_ms\": \"inf\" is not milliseconds from 0 "
				  "to 600000, or nothing"},
		{"a,s,1,c,1,0x10", "column \"rt_ms\": \"0x10\" is not milliseconds from "
				   "0 to 600000, or nothing"},
		{"a,s,1,c,1,1e9", "column \"rt_ms\": \"1e9\" is not milliseconds from 0 "
				  "to 600000, or nothing"},
		{"a,s,1,c,1,.",
		 "column \"rt_ms\": \".\" is not milliseconds from 0 to 600000, or "
		 "nothing"},
		{"a,s,1,c,1,5e",
		 "column \"rt_ms\": \"5e\" is not milliseconds from 0 to 600000, or "
		 "nothing"},
		{"a,s,1,c,1, 5",
		 "column \"rt_ms\": \" 5\" is not milliseconds from 0 to 600000, or "
		 "nothing"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512], expected[256];

		snprintf(text, sizeof(text), HEADER "a,s,1,c,1,5\n%s\nz,s,1,c,1,5\n",
			 rows[i].row);
		ck_assert_int_eq(load(text, "t"), CAMP_OK);
		ck_assert_uint_eq(rec.problems.n, 1);
		snprintf(expected, sizeof(expected), "line 3, %s", rows[i].problem);
		ck_assert_str_eq(rec.problems.text[0], expected);
		ck_assert_uint_eq(rec.n_trials, 2);
		ck_assert_uint_eq(rec.bad_rows, 1);
	}
}
END_TEST

START_TEST(recording_names_the_session_column_as_the_file_does)
{
	ck_assert_int_eq(load("participant,phase,trial,condition,correct,rt_ms\na,?,1,c,"
			      "1,5\n",
			      "t"),
			 CAMP_OK);
	ck_assert_str_eq(rec.problems.text[0],
			 "line 2, column \"phase\": \"?\" is not 1 to 64 of "
			 "A-Z a-z 0-9 . _ -");
}
END_TEST

START_TEST(recording_shows_strange_text_safely)
{
	ck_assert_int_eq(
		load(HEADER "a,s,1,c,\"\x1b[31m\",5\n"
			    "a,s,1,c,"
			    "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
			    "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
			    "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8,5\n",
		     "t"),
		CAMP_OK);
	ck_assert_str_eq(rec.problems.text[0], "line 2, column \"correct\": \"?[31m\" is "
					       "not 1, 0, true or false");
	/* 40 bytes hold 13 of the 14 characters. */
	ck_assert_str_eq(rec.problems.text[1],
			 "line 3, column \"correct\": "
			 "\"\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
			 "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
			 "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8...\" is not 1, 0, true or "
			 "false");
}
END_TEST

START_TEST(recording_counts_all_problems_and_keeps_the_first)
{
	char text[2048] = HEADER, *at = text + strlen(text);

	for (int i = 0; i < 50; i++)
		at = stpcpy(at, "a,s,1,c,?,5\n");
	ck_assert_int_eq(load(text, "t"), CAMP_OK);
	ck_assert_uint_eq(rec.problems.n, 50);
	ck_assert_ptr_nonnull(rec.problems.text[ROW_PROBLEMS_SHOWN - 1]);
	ck_assert_uint_eq(rec.n_trials, 0);
}
END_TEST

START_TEST(recording_refuses_a_file_that_cannot_be_one)
{
	ck_assert_int_eq(load("participant,session,trial,condition,correct\n", "t"),
			 CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "line 1 has no column \"rt_ms\""));
	ck_assert_int_eq(load(HEADER, "t"), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "has no rows after its header"));
	ck_assert_int_eq(load(HEADER "a,s,1,c,1,5\n", NULL), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "name the task with --task"));
	recording_clear(&rec);
	ck_assert_int_eq(recording_load(&rec, "/nonexistent", "t", why, sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
}
END_TEST

/* A session takes seq 0..TRIAL_SEQ_MAX. */
START_TEST(recording_bounds_a_session)
{
	FILE *out = fopen(path, "w");

	fputs(HEADER, out);
	for (int i = 0; i < TRIAL_SEQ_MAX + 3; i++)
		fputs("a,s,1,c,1,5\n", out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(recording_load(&rec, path, "t", why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(rec.people[0].sessions[0].n_trials, TRIAL_SEQ_MAX + 1);
	ck_assert_uint_eq(rec.problems.n, 2);
	ck_assert_str_eq(rec.problems.text[0],
			 "line 100002: a session holds at most 100000 trials");
}
END_TEST

START_TEST(recording_survives_every_lack_of_memory)
{
	struct task_definition *def;
	enum camp_err err;
	long n = 1;

	ck_assert_int_eq(task_file_load(&def, CAMP_SOURCE_DIR "/tasks", "stroop", why,
					sizeof(why)),
			 CAMP_OK);
	write_text(EEG_HEADER "stroop,a,one,1,congruent,1,500,1,x,1,1,1,1,x\n"
			      "stroop,b,one,1,incongruent,1,500,,x,,,,,x\n"
			      "stroop,b,two,1,neutral,1,500,1,x,1,1,1,1,x\n"
			      "stroop,b,two,2,congruent,1,500,1,x,1,1,1,1,x\n");
	for (;; n++) {
		fail_alloc_arm(n);
		err = recording_load(&rec, path, NULL, why, sizeof(why));
		if (err == CAMP_OK)
			err = recording_resolve(&rec, 0, def);
		if (!fail_alloc_disarm())
			break;
		/* A problem's text is the one thing that may be missing. */
		ck_assert(err == CAMP_ERR_MEMORY ||
			  (err == CAMP_OK && !rec.problems.text[0]));
		ck_assert_str_ne(why, "");
		recording_clear(&rec);
	}
	ck_assert_int_eq(err, CAMP_OK);
	ck_assert_uint_eq(rec.n_trials, 3);
	ck_assert_uint_eq(rec.problems.n, 1);
	ck_assert_int_gt(n, 20);
	task_definition_free(def);
}
END_TEST

/* A channel needs all bands, each by the same spelling; a trial's power moves with it. */
START_TEST(recording_keeps_eeg_beside_its_trials)
{
	const struct recording_session *s;
	struct task_definition *def;

	ck_assert_int_eq(task_file_load(&def, CAMP_SOURCE_DIR "/tasks", "stroop", why,
					sizeof(why)),
			 CAMP_OK);
	ck_assert_int_eq(load(EEG_HEADER "stroop,a,1,1,congruent,1,500,1,x,2,3,4,5,x\n"
					 "stroop,a,1,2,neutral,1,500,0,x,0,0,0,0,x\n"
					 "stroop,a,1,3,congruent,0,,,x,,,,,x\n"
					 "stroop,a,1,4,congruent,1,0.5,,x,,-1.5,,,x\n",
			      NULL),
			 CAMP_OK);
	ck_assert_int_eq(recording_resolve(&rec, 0, def), CAMP_OK);
	task_definition_free(def);
	ck_assert_int_eq(rec.eeg.n, 1);
	ck_assert_str_eq(rec.eeg.name[0], "Cz");
	ck_assert_str_eq(rec.ignored_columns, "CZ_theta, T7_delta");
	ck_assert_uint_eq(rec.n_epochs, 2);
	s = &rec.people[0].sessions[0];
	ck_assert_int_eq(s->n_trials, 3);
	ck_assert_int_eq(s->n_epochs, 2);
	ck_assert_int_eq(s->epoch_trial[0], 0);
	ck_assert_int_eq(s->epoch_trial[1], 2);
	for (int b = 0; b < EEG_BANDS; b++) {
		ck_assert_float_eq(s->power[b], (float)(b + 1));
		ck_assert(isnan(s->power[EEG_BANDS + b]));
	}
	ck_assert_float_eq(s->power[2 * EEG_BANDS + EEG_ALPHA], -1.5f);
	/* Two seconds from an answer to the next target. */
	ck_assert(s->onset_ms[0] == 2000 && s->onset_ms[1] == 4500 &&
		  s->onset_ms[2] == 6500);
}
END_TEST

START_TEST(recording_reads_the_stroop_study)
{
	const char *folder = unit_data_folder("recording_reads_the_stroop_study");
	char file[512];

	if (!folder)
		return;
	snprintf(file, sizeof(file), "%s/stroop13_trials.csv.gz", folder);
	ck_assert_int_eq(recording_load(&rec, file, "stroop", why, sizeof(why)), CAMP_OK);
	ck_assert_uint_eq(rec.problems.n, 0);
	ck_assert_int_eq(rec.n_people, 432);
	ck_assert_uint_eq(rec.n_sessions, 864);
	ck_assert_uint_eq(rec.n_trials, 145527);
	ck_assert_int_eq(rec.n_conditions, 2);
	ck_assert_str_eq(rec.session_column, "phase");
}
END_TEST

Suite *
suite_recording(void)
{
	Suite *s = suite_create("server/cli/recording");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, make_path, clean);
	tcase_add_test(t, recording_groups_by_person_session_and_task_in_file_order);
	tcase_add_test(t, recording_leaves_other_tasks_out);
	tcase_add_test(t, recording_takes_phase_or_study_for_the_session);
	tcase_add_test(t, recording_names_line_column_and_reason);
	tcase_add_test(t, recording_names_the_session_column_as_the_file_does);
	tcase_add_test(t, recording_shows_strange_text_safely);
	tcase_add_test(t, recording_counts_all_problems_and_keeps_the_first);
	tcase_add_test(t, recording_refuses_a_file_that_cannot_be_one);
	tcase_add_test(t, recording_bounds_a_session);
	tcase_add_test(t, recording_survives_every_lack_of_memory);
	tcase_add_test(t, recording_keeps_eeg_beside_its_trials);
	tcase_add_test(t, recording_reads_the_stroop_study);
	suite_add_tcase(s, t);
	return s;
}
