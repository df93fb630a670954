/* models/programme/plan: what is due, when, and what becomes of what was missed. */
#include <stdio.h>
#include <string.h>

#include "models/programme/plan.h"
#include "tests/unit/unit.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define MONDAY (2921 * WEEK + 4 * DAY) /* 00:00 UTC of a Monday in December 2025 */
#define PLAYED_MAX 64

/* A person with a programme of at most three phases of one task each. */
static struct programme programme;
static struct plan_played played[PLAYED_MAX];
static char items[PLAYED_MAX][PROGRAMME_ITEM_MAX + 1];
static const char *const stroop[] = {"stroop"};
static int n_played;
static struct plan plan;

static struct programme_phase *
add_phase(const char *name, int sessions, int per_week, enum programme_roll_over rule)
{
	struct programme_phase *phase = &programme.phases[programme.n_phases++];

	strcpy(phase->name, name);
	phase->sessions = sessions;
	phase->per_week = per_week;
	phase->roll_over = rule;
	phase->arms = UINT32_MAX;
	phase->n_tasks = 1;
	strcpy(phase->tasks[0].name, "stroop");
	phase->tasks[0].minutes = 5;
	return phase;
}

static void
begin(void)
{
	memset(&programme, 0, sizeof(programme));
	n_played = 0;
}

/* completed_ms 0: opened only. */
static void
play(const char *phase, int number, int64_t completed_ms)
{
	struct plan_played *p = &played[n_played];

	programme_item_write(items[n_played], phase, number, 1);
	*p = (struct plan_played){.session_id.b = {(uint8_t)(n_played + 1)},
				  .task = "stroop",
				  .item = items[n_played],
				  .picked = stroop,
				  .n_picked = 1,
				  .complete = completed_ms != 0,
				  .completed_ms = completed_ms};
	n_played++;
}

static void
make(int64_t now_ms)
{
	const struct plan_input in = {.programme = &programme,
				      .arm = -1,
				      .join_no = 1,
				      .joined_ms = MONDAY,
				      .now_ms = now_ms,
				      .played = played,
				      .n_played = n_played};

	ck_assert_int_eq(plan_make(&plan, &in), CAMP_OK);
}

static void
assert_due(int phase, int number)
{
	ck_assert_int_eq(plan.state, PLAN_DUE);
	ck_assert_int_eq(plan.due.phase, phase);
	ck_assert_int_eq(plan.due.number, number);
}

static void
assert_wait(int64_t until_ms)
{
	ck_assert_int_eq(plan.state, PLAN_WAIT);
	ck_assert_int_eq(plan.next_ms, until_ms);
}

START_TEST(without_a_programme_all_is_free)
{
	const struct plan_input in = {.arm = -1, .now_ms = MONDAY + DAY};

	ck_assert_int_eq(plan_make(&plan, &in), CAMP_OK);
	ck_assert_int_eq(plan.state, PLAN_FREE);
}
END_TEST

START_TEST(phases_follow_each_other_with_days_between)
{
	add_phase("baseline", 1, 0, ROLL_EXTEND);
	add_phase("training", 2, 0, ROLL_EXTEND)->after_days = 2;
	make(MONDAY);
	assert_due(0, 1);
	ck_assert_int_eq(plan.due.n_items, 1);
	ck_assert_str_eq(plan.due.items[0].name, "baseline-1-1");
	ck_assert_int_eq(plan.n_ahead, 2);
	ck_assert_int_eq(plan.ahead[0].phase, 1);
	ck_assert_int_eq(plan.ahead[0].not_before_ms, MONDAY + 2 * DAY);
	play("baseline", 1, MONDAY + HOUR);
	make(MONDAY + DAY);
	assert_wait(MONDAY + HOUR + 2 * DAY);
	ck_assert_int_eq(plan.phases[0].state, PHASE_DONE);
	ck_assert_int_eq(plan.phases[1].state, PHASE_CURRENT);
	make(MONDAY + HOUR + 2 * DAY);
	assert_due(1, 1);
	play("training", 1, MONDAY + 3 * DAY);
	play("training", 2, MONDAY + 3 * DAY + HOUR);
	make(MONDAY + 4 * DAY);
	ck_assert_int_eq(plan.state, PLAN_FINISHED);
	ck_assert_int_eq(plan.phases[1].done, 2);
}
END_TEST

START_TEST(a_phase_belongs_to_its_arms)
{
	struct plan_input in = {.programme = &programme,
				.joined_ms = MONDAY,
				.now_ms = MONDAY};

	programme.n_arms = 2;
	add_phase("training", 1, 0, ROLL_EXTEND)->arms = 1;
	add_phase("follow-up", 1, 0, ROLL_EXTEND);
	for (in.arm = -1; in.arm < 2; in.arm++) {
		ck_assert_int_eq(plan_make(&plan, &in), CAMP_OK);
		ck_assert_int_eq(plan.n_phases, in.arm == 0 ? 2 : 1);
		assert_due(in.arm == 0 ? 0 : 1, 1);
	}
}
END_TEST

START_TEST(the_gap_and_the_week_hold_sessions_back)
{
	add_phase("training", 6, 2, ROLL_EXTEND)->min_gap_hours = 20;
	play("training", 1, MONDAY + HOUR);
	make(MONDAY + 2 * HOUR);
	assert_wait(MONDAY + 21 * HOUR);
	ck_assert_int_eq(plan.ahead[0].number, 2);
	ck_assert_int_eq(plan.ahead[0].not_before_ms, MONDAY + 21 * HOUR);
	make(MONDAY + 21 * HOUR);
	assert_due(0, 2);
	play("training", 2, MONDAY + 2 * DAY);
	make(MONDAY + 4 * DAY);
	assert_wait(MONDAY + WEEK); /* two a week are done */
	ck_assert_int_eq(plan.week_wanted, 2);
	ck_assert_int_eq(plan.week_done, 2);
	make(MONDAY + WEEK);
	assert_due(0, 3);
	ck_assert_int_eq(plan.due.since_ms, MONDAY + WEEK);
	ck_assert_int_eq(plan.due.until_ms, 0);
	ck_assert_int_eq(plan.week_done, 0);
	/* Ahead: a gap later, and then the week is full. */
	ck_assert_int_eq(plan.ahead[0].number, 4);
	ck_assert_int_eq(plan.ahead[0].not_before_ms, MONDAY + WEEK + 20 * HOUR);
	ck_assert_int_eq(plan.ahead[1].number, 5);
	ck_assert_int_eq(plan.ahead[1].not_before_ms, MONDAY + 2 * WEEK);
}
END_TEST

START_TEST(extend_keeps_the_pace_after_missed_weeks)
{
	add_phase("training", 4, 2, ROLL_EXTEND);
	make(MONDAY + WEEK + DAY);
	assert_due(0, 1);
	ck_assert_int_eq(plan.missed, 2);
	play("training", 1, MONDAY + WEEK + DAY);
	play("training", 2, MONDAY + WEEK + 2 * DAY);
	make(MONDAY + WEEK + 3 * DAY);
	assert_wait(MONDAY + 2 * WEEK);
}
END_TEST

START_TEST(catch_up_adds_missed_sessions_to_the_week)
{
	add_phase("training", 4, 2, ROLL_CATCH_UP);
	play("training", 1, MONDAY + WEEK + DAY);
	play("training", 2, MONDAY + WEEK + 2 * DAY);
	make(MONDAY + WEEK + 3 * DAY);
	assert_due(0, 3);
	ck_assert_int_eq(plan.missed, 0);
	play("training", 3, MONDAY + WEEK + 3 * DAY);
	play("training", 4, MONDAY + WEEK + 4 * DAY);
	make(MONDAY + WEEK + 5 * DAY);
	ck_assert_int_eq(plan.state, PLAN_FINISHED);
	/* But not before its week. */
	n_played = 2;
	played[0].completed_ms = played[1].completed_ms = MONDAY + DAY;
	make(MONDAY + 2 * DAY);
	assert_wait(MONDAY + WEEK);
}
END_TEST

START_TEST(drop_takes_away_what_a_week_did_not_get)
{
	add_phase("training", 4, 2, ROLL_DROP);
	add_phase("follow-up", 1, 0, ROLL_EXTEND);
	play("training", 1, MONDAY + DAY);
	make(MONDAY + 6 * DAY);
	assert_due(0, 2);
	ck_assert_int_eq(plan.due.until_ms, MONDAY + WEEK);
	make(MONDAY + WEEK);
	assert_due(0, 3);
	ck_assert_int_eq(plan.missed, 1);
	ck_assert_int_eq(plan.due.until_ms, MONDAY + 2 * WEEK);
	play("training", 3, MONDAY + WEEK + DAY);
	make(MONDAY + 2 * WEEK);
	assert_due(1, 1);
	ck_assert_int_eq(plan.due.since_ms, MONDAY + 2 * WEEK);
	ck_assert_int_eq(plan.missed, 2);
	/* A last week that is done ends the phase before its time. */
	play("training", 4, MONDAY + WEEK + 2 * DAY);
	make(MONDAY + WEEK + 3 * DAY);
	assert_due(1, 1);
	ck_assert_int_eq(plan.due.since_ms, MONDAY + WEEK + 2 * DAY);
}
END_TEST

START_TEST(drop_with_a_gap_longer_than_the_week_waits_for_its_end)
{
	add_phase("training", 2, 2, ROLL_DROP)->min_gap_hours = 160;
	play("training", 1, MONDAY + DAY);
	make(MONDAY + 2 * DAY);
	assert_wait(MONDAY + WEEK);
	ck_assert_int_eq(plan.n_ahead, 0);
	make(MONDAY + WEEK);
	ck_assert_int_eq(plan.state, PLAN_FINISHED);
}
END_TEST

START_TEST(a_session_is_done_when_all_its_items_are)
{
	static const char *const both[] = {"sart", "stroop"};
	struct programme_phase *phase = add_phase("training", 2, 0, ROLL_EXTEND);
	const struct plan_session *where;
	const struct plan_item *item;

	phase->n_tasks = 3;
	phase->pick = 2;
	strcpy(phase->tasks[1].name, "sart");
	strcpy(phase->tasks[2].name, "pvt");
	play("training", 1, 0);
	played[0].picked = both;
	played[0].n_picked = 2;
	played[0].task = "sart";
	make(MONDAY + HOUR);
	assert_due(0, 1);
	ck_assert_int_eq(plan.due.n_items, 2);
	ck_assert_str_eq(plan.due.items[0].task,
			 "sart"); /* as chosen when it was opened */
	ck_assert_str_eq(plan.due.items[1].task, "stroop");
	ck_assert(!plan.due.items[0].done);
	ck_assert(uuid_equal(&plan.due.items[0].session_id, &played[0].session_id));
	played[0].complete = true;
	played[0].completed_ms = MONDAY + HOUR;
	make(MONDAY + HOUR);
	assert_due(0, 1);
	ck_assert(plan.due.items[0].done);
	item = plan_item_find(&plan, "training-2-1", &where);
	ck_assert_ptr_nonnull(item);
	ck_assert_int_eq(where->number, 2);
	ck_assert_ptr_null(plan_item_find(&plan, "training-1-3", &where));
	/* Free practice of the other does not count. */
	play("training", 1, MONDAY + 2 * HOUR);
	played[1].item = NULL;
	make(MONDAY + 2 * HOUR);
	assert_due(0, 1);
	programme_item_write(items[1], "training", 1, 2);
	played[1].item = items[1];
	make(MONDAY + 2 * HOUR);
	assert_due(0, 2);
	/* The one that was never played is the next one's first. */
	ck_assert_str_eq(plan.due.items[0].task, "pvt");
	ck_assert_int_eq(plan.due.items[0].reason.code, PICK_NEW);
}
END_TEST

START_TEST(what_another_programme_left_is_ignored)
{
	add_phase("training", 2, 0, ROLL_EXTEND);
	play("gone", 1, MONDAY);
	play("training", 399, MONDAY);
	play("training", 1, MONDAY);
	played[2].item = "training";
	make(MONDAY + HOUR);
	assert_due(0, 1);
	ck_assert_int_eq(plan.phases[0].done, 0);
}
END_TEST

START_TEST(streaks_count_days_and_weeks_up_to_now)
{
	int days, weeks;

	plan_streaks(played, 0, MONDAY, &days, &weeks);
	ck_assert(days == 0 && weeks == 0);
	play("a", 1, MONDAY - 1); /* Sunday, 23:59:59.999 */
	play("a", 2, MONDAY);     /* Monday, 00:00 */
	play("a", 3, MONDAY + DAY + HOUR);
	play("a", 4, MONDAY + DAY + 2 * HOUR);
	plan_streaks(played, 4, MONDAY + DAY + 3 * HOUR, &days, &weeks);
	ck_assert_int_eq(days, 3);
	ck_assert_int_eq(weeks, 2);
	/* Today has none yet, which breaks nothing; yesterday without one does. */
	plan_streaks(played, 4, MONDAY + 2 * DAY, &days, &weeks);
	ck_assert_int_eq(days, 3);
	plan_streaks(played, 4, MONDAY + 3 * DAY, &days, &weeks);
	ck_assert_int_eq(days, 0);
	ck_assert_int_eq(weeks, 2);
	plan_streaks(played, 4, MONDAY + WEEK, &days, &weeks);
	ck_assert_int_eq(weeks, 2);
	plan_streaks(played, 4, MONDAY + 2 * WEEK, &days, &weeks);
	ck_assert_int_eq(weeks, 0);
	/* An open session counts for nothing. */
	played[3].complete = played[2].complete = false;
	plan_streaks(played, 4, MONDAY + DAY, &days, &weeks);
	ck_assert_int_eq(days, 2);
}
END_TEST

Suite *
suite_plan(void)
{
	Suite *s = suite_create("models/programme/plan");
	TCase *t = tcase_create("plan");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, without_a_programme_all_is_free);
	tcase_add_test(t, phases_follow_each_other_with_days_between);
	tcase_add_test(t, a_phase_belongs_to_its_arms);
	tcase_add_test(t, the_gap_and_the_week_hold_sessions_back);
	tcase_add_test(t, extend_keeps_the_pace_after_missed_weeks);
	tcase_add_test(t, catch_up_adds_missed_sessions_to_the_week);
	tcase_add_test(t, drop_takes_away_what_a_week_did_not_get);
	tcase_add_test(t, drop_with_a_gap_longer_than_the_week_waits_for_its_end);
	tcase_add_test(t, a_session_is_done_when_all_its_items_are);
	tcase_add_test(t, what_another_programme_left_is_ignored);
	tcase_add_test(t, streaks_count_days_and_weeks_up_to_now);
	suite_add_tcase(s, t);
	return s;
}
