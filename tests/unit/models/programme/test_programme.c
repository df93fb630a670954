/* models/programme/programme: what it reads, and what it refuses, where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/programme/programme.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"
#include "tests/unit/unit_tasks.h"

#define TEXTS "{\"en\": \"T\", \"zh-Hans\": \"T\", \"es\": \"T\", \"ar\": \"T\"}"
#define PHASE(more) \
	"{\"name\": \"training\", \"title\": " TEXTS ", \"sessions\": 12" more "}"
#define TASKS ", \"tasks\": [{\"task\": \"stroop\", \"minutes\": 5}]"
#define DOCUMENT(members, phases) \
	"{\"title\": " TEXTS members ", \"phases\": [" phases "]}"

static struct task_definition *stroop;

static void
load_stroop(void)
{
	stroop = unit_definition("stroop");
}

static void
free_stroop(void)
{
	task_definition_free(stroop);
}

static const struct task_definition *
find(const void *arg, const char *task)
{
	ck_assert_ptr_null(arg);
	return strcmp(task, "stroop") == 0 ? stroop : NULL;
}

/* Check's own assertions allocate. */
static const struct task_definition *
find_quiet(const void *arg, const char *task)
{
	(void)arg;
	return strcmp(task, "stroop") == 0 ? stroop : NULL;
}

static struct programme *
parse(const char *json, char *why, size_t why_size)
{
	struct programme *p;
	enum camp_err err =
		programme_parse(&p, json, strlen(json), find, NULL, why, why_size);

	ck_assert((err == CAMP_OK) == (p != NULL));
	return p;
}

START_TEST(programme_is_read)
{
	char why[256];
	struct programme *p = parse(
		DOCUMENT(", \"seed\": 4294967295, \"free_practice\": false, \"arms\": "
			 "[{\"name\": \"a\", \"weight\": 2}, {\"name\": \"b\"}]",
			 PHASE(", \"per_week\": 3, \"min_gap_hours\": 20, "
			       "\"after_days\": 7, \"arms\": [\"b\"], \"roll_over\": "
			       "\"catch_up\", \"pick\": {\"count\": 1, \"from\": "
			       "[{\"task\": \"stroop\", \"minutes\": 5, "
			       "\"parameters\": {\"trials_per_cell\": 10}}, {\"task\": "
			       "\"stroop\", \"minutes\": 6}]}")),
		why, sizeof(why));

	/* The same task twice cannot be picked from. */
	ck_assert_ptr_null(p);
	ck_assert_str_eq(why, "/phases/0/pick/from/1/task: \"stroop\" is there already, "
			      "at element 0");
	p = parse(DOCUMENT(", \"seed\": 4294967295, \"free_practice\": false, \"arms\": "
			   "[{\"name\": \"a\", \"weight\": 2}, {\"name\": \"b\"}]",
			   PHASE(", \"per_week\": 3, \"min_gap_hours\": 20, "
				 "\"after_days\": 7, \"arms\": [\"b\"], \"roll_over\": "
				 "\"catch_up\", \"order\": \"random\", \"tasks\": "
				 "[{\"task\": \"stroop\", \"minutes\": 5, "
				 "\"parameters\": {\"trials_per_cell\": 10}}, "
				 "{\"task\": \"stroop\", \"minutes\": 6}]")),
		  why, sizeof(why));
	ck_assert_msg(p != NULL, "%s", why);
	ck_assert_uint_eq(p->seed, UINT32_MAX);
	ck_assert(p->seed_given && !p->free_practice);
	ck_assert_int_eq(p->n_arms, 2);
	ck_assert_int_eq(p->arms[0].weight, 2);
	ck_assert_int_eq(programme_arm_find(p, "b"), 1);
	ck_assert_int_eq(programme_arm_find(p, "c"), -1);
	ck_assert_int_eq(p->n_phases, 1);
	ck_assert_str_eq(p->phases[0].name, "training");
	ck_assert_int_eq(p->phases[0].sessions, 12);
	ck_assert_int_eq(p->phases[0].per_week, 3);
	ck_assert_int_eq(p->phases[0].min_gap_hours, 20);
	ck_assert_int_eq(p->phases[0].after_days, 7);
	ck_assert_int_eq(p->phases[0].order, ORDER_RANDOM);
	ck_assert_int_eq(p->phases[0].roll_over, ROLL_CATCH_UP);
	ck_assert_int_eq(p->phases[0].pick, 0);
	ck_assert_int_eq(p->phases[0].n_tasks, 2);
	ck_assert_int_eq(p->phases[0].tasks[1].minutes, 6);
	ck_assert_ptr_null(p->phases[0].tasks[1].parameters);
	ck_assert(!programme_phase_applies(&p->phases[0], 0));
	ck_assert(programme_phase_applies(&p->phases[0], 1));
	ck_assert(!programme_phase_applies(&p->phases[0], -1));
	programme_free(p);
}
END_TEST

START_TEST(programme_has_a_block_of_its_weights)
{
	int block[PROGRAMME_BLOCK_MAX];
	char why[256];
	struct programme *p = parse(DOCUMENT(", \"arms\": [{\"name\": \"a\", \"weight\": "
					     "2}, {\"name\": \"b\"}]",
					     PHASE(TASKS)),
				    why, sizeof(why));

	ck_assert_int_eq(programme_block(p, block), 3);
	ck_assert(block[0] == 0 && block[1] == 0 && block[2] == 1);
	ck_assert(p->free_practice && !p->seed_given);
	programme_free(p);
}
END_TEST

static const struct {
	const char *json, *why;
} refused[] = {
	{"[]", "(root): must be an object"},
	{"{}", "(root): must have the member \"title\""},
	{DOCUMENT("", ""), "/phases: must have 1 to 16 elements, has 0"},
	{DOCUMENT(", \"name\": \"x\"", PHASE(TASKS)),
	 "/name: no such member belongs here"},
	{DOCUMENT(", \"seed\": -1", PHASE(TASKS)),
	 "/seed: must be an integer of 0 to 4294967295"},
	{DOCUMENT(", \"arms\": [{\"name\": \"a\"}]", PHASE(TASKS)),
	 "/arms: must have 2 to 16 elements, has 1"},
	{DOCUMENT(", \"arms\": [{\"name\": \"a\"}, {\"name\": \"a\"}]", PHASE(TASKS)),
	 "/arms/1/name: \"a\" is there already, at element 0"},
	{DOCUMENT(", \"arms\": [{\"name\": \"a\", \"weight\": 0}, {\"name\": \"b\"}]",
		  PHASE(TASKS)),
	 "/arms/0/weight: must be an integer of 1 to 16"},
	{DOCUMENT("", PHASE("")), "/phases/0: must have either \"tasks\" or \"pick\""},
	{DOCUMENT("", PHASE(TASKS ", \"pick\": {\"from\": [{\"task\": \"stroop\", "
				  "\"minutes\": 1}, {\"task\": \"x\", \"minutes\": 1}], "
				  "\"count\": 1}")),
	 "/phases/0: must have either \"tasks\" or \"pick\""},
	{DOCUMENT("", PHASE(", \"pick\": {\"from\": [{\"task\": \"stroop\", "
			    "\"minutes\": 1}, {\"task\": \"x\", \"minutes\": 1}], "
			    "\"count\": 3}")),
	 "/phases/0/pick/count: must not be more than the 2 tasks to pick from"},
	{DOCUMENT("", PHASE(TASKS "," PHASE(""))),
	 "line 1, column 214: string or '}' expected near '{'"},
	{DOCUMENT("", PHASE(TASKS) "," PHASE(TASKS)),
	 "/phases/1/name: \"training\" is there already, at element 0"},
	{DOCUMENT("", PHASE(TASKS ", \"roll_over\": \"drop\"")),
	 "/phases/0/roll_over: \"drop\" needs \"per_week\""},
	{DOCUMENT("", PHASE(TASKS ", \"roll_over\": \"later\"")),
	 "/phases/0/roll_over: must be one of \"extend\", \"catch_up\", \"drop\""},
	{DOCUMENT("", PHASE(TASKS ", \"arms\": [\"a\"]")),
	 "/phases/0/arms/0: there is no arm \"a\""},
	{DOCUMENT("", PHASE(", \"tasks\": [{\"task\": \"chess\", \"minutes\": 1}]")),
	 "/phases/0/tasks/0/task: there is no task \"chess\""},
	{DOCUMENT("", PHASE(", \"tasks\": [{\"task\": \"stroop\", \"minutes\": 1, "
			    "\"parameters\": {\"speed\": 1}}]")),
	 "/phases/0/tasks/0/parameters/speed: stroop has no parameter of one whole "
	 "number so named"},
	{DOCUMENT("", PHASE(", \"tasks\": [{\"task\": \"stroop\", \"minutes\": 1, "
			    "\"parameters\": {\"trials_per_cell\": 1.5}}]")),
	 "/phases/0/tasks/0/parameters/trials_per_cell: must be an integer of 1 to 96"},
	{DOCUMENT("", PHASE(", \"tasks\": [{\"task\": \"stroop\", \"minutes\": 0}]")),
	 "/phases/0/tasks/0/minutes: must be an integer of 1 to 240"},
};

START_TEST(programme_refuses_and_says_where)
{
	char why[256];

	ck_assert_ptr_null(parse(refused[_i].json, why, sizeof(why)));
	ck_assert_str_eq(why, refused[_i].why);
}
END_TEST

START_TEST(programme_survives_every_failed_allocation)
{
	const char *json = DOCUMENT(", \"arms\": [{\"name\": \"a\"}, {\"name\": \"b\"}]",
				    PHASE(TASKS));
	bool refused_one = true;
	char why[256];
	long n;

	for (n = 1; refused_one; n++) {
		struct programme *p;
		enum camp_err err;

		ck_assert_int_lt(n, 10000);
		fail_alloc_arm(n);
		err = programme_parse(&p, json, strlen(json), find_quiet, NULL, why,
				      sizeof(why));
		refused_one = fail_alloc_disarm();
		ck_assert(refused_one || err == CAMP_OK);
		ck_assert((err == CAMP_OK) == (p != NULL));
		programme_free(p);
	}
	ck_assert_int_gt(n, 3);
}
END_TEST

START_TEST(items_are_named_and_read)
{
	char name[PROGRAMME_ITEM_MAX + 1], phase[PROGRAMME_NAME_MAX + 1];
	static const char *const wrong[] = {"",
					    "training",
					    "training-1",
					    "training-0-1",
					    "training-1-0",
					    "training-01-1",
					    "training-1-1-",
					    "-1-1",
					    "training-1-99",
					    "training-99999-1",
					    "training-1-a",
					    "training--1-1 "};
	int number, item;

	programme_item_write(name, "follow-up", 400, 12);
	ck_assert_str_eq(name, "follow-up-400-12");
	ck_assert(programme_item_read(name, phase, &number, &item));
	ck_assert_str_eq(phase, "follow-up");
	ck_assert_int_eq(number, 400);
	ck_assert_int_eq(item, 12);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!programme_item_read(wrong[i], phase, &number, &item), "%s",
			      wrong[i]);
}
END_TEST

Suite *
suite_programme(void)
{
	Suite *s = suite_create("models/programme/programme");
	TCase *t = tcase_create("programme");

	tcase_add_checked_fixture(t, load_stroop, free_stroop);
	tcase_add_test(t, programme_is_read);
	tcase_add_test(t, programme_has_a_block_of_its_weights);
	tcase_add_loop_test(t, programme_refuses_and_says_where, 0,
			    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(t, programme_survives_every_failed_allocation);
	tcase_add_test(t, items_are_named_and_read);
	suite_add_tcase(s, t);
	return s;
}
