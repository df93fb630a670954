/* A programme's document: what is taken can be planned with, to its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/programme/plan.h"
#include "tests/fuzz/fuzz.h"

#define DAY INT64_C(86400000)
#define PLAYED_MAX 64

static struct plan_played played[PLAYED_MAX];
static char items[PLAYED_MAX][PROGRAMME_ITEM_MAX + 1];
static char tasks[PLAYED_MAX][TASK_NAME_MAX + 1];

static void
check_session(const struct programme *p, const struct plan_session *s)
{
	char phase[PROGRAMME_NAME_MAX + 1];
	int number, item;

	if (s->phase < 0 || s->phase >= p->n_phases || s->number < 1 ||
	    s->number > p->phases[s->phase].sessions || s->n_items < 1 ||
	    s->n_items > PROGRAMME_TASKS_MAX)
		fuzz_fail("a planned session is none of the programme's");
	for (int i = 0; i < s->n_items; i++) {
		if (!programme_item_read(s->items[i].name, phase, &number, &item) ||
		    strcmp(phase, p->phases[s->phase].name) != 0 || number != s->number ||
		    item != i + 1)
			fuzz_fail("an item's name does not come back");
	}
}

/* Plays whatever is due, a day at a time. */
static void
play(const struct programme *p, int arm)
{
	struct plan_input in = {.programme = p,
				.arm = arm,
				.join_no = 1,
				.now_ms = DAY,
				.joined_ms = DAY,
				.played = played};
	struct plan plan;

	for (int n = 0; n < PLAYED_MAX; in.now_ms += DAY) {
		if (plan_make(&plan, &in) != CAMP_OK)
			return;
		for (int i = 0; i < plan.n_ahead; i++)
			check_session(p, &plan.ahead[i]);
		if (plan.state == PLAN_FINISHED)
			return;
		if (plan.state == PLAN_WAIT) {
			if (plan.next_ms <= in.now_ms)
				fuzz_fail("what is waited for is past");
			in.now_ms = plan.next_ms > in.now_ms + DAY ? plan.next_ms - DAY
								   : in.now_ms;
			continue;
		}
		check_session(p, &plan.due);
		for (int i = 0; i < plan.due.n_items && n < PLAYED_MAX; i++, n++) {
			memcpy(items[n], plan.due.items[i].name, sizeof(items[n]));
			memcpy(tasks[n], plan.due.items[i].task, sizeof(tasks[n]));
			played[n] = (struct plan_played){.task = tasks[n],
							 .item = items[n],
							 .complete = true,
							 .completed_ms = in.now_ms};
		}
		in.n_played = n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[256] = "";
	struct programme *p;
	enum camp_err err = programme_parse(&p, (const char *)data, size, NULL, NULL, why,
					    sizeof(why));

	if ((err == CAMP_OK) != (p != NULL) || (err == CAMP_ERR_INVALID && !why[0]))
		fuzz_fail("a refused document leaves something, or has no reason");
	for (int arm = -1; p && arm < p->n_arms; arm++)
		play(p, arm);
	programme_free(p);
	return 0;
}
