#include "server/cli/demo_people.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/programme/programme.h"
#include "models/stats/rng.h"
#include "models/tasks/simulate.h"
#include "server/score_record.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)
#define DEMO_TASKS_MAX 32
#define ABSENT_MAX 2 /* people who skip a day */

/* Streams of the seed: one for who trains when, then one a person. */
enum { STREAM_CALENDAR, STREAM_PEOPLE };

struct demo_person {
	struct db_seed_person row;
	char pseudonym[32];
	struct rng rng;
	struct task_person traits[DEMO_TASKS_MAX];
	int sessions; /* of each task, so far */
	bool present;
};

struct demo_label {
	char item[PROGRAMME_ITEM_MAX + 1];
	char picked[DEMO_TASKS_MAX * (TASK_NAME_MAX + 1)];
};

struct demo {
	const struct demo_plan *plan;
	struct db_seeder *seeder;
	struct task_population populations[DEMO_TASKS_MAX];
	struct demo_person *people;
};

static void
draw_person(struct demo *demo, int i)
{
	static const char *const bands[] = {"18-29", "30-39", "40-49", "50-59", "60-69"};
	struct demo_person *person = &demo->people[i];
	/* Within the first eight hours, before anybody trains. */
	int64_t joined = demo->plan->first_day_ms;

	rng_seed(&person->rng, demo->plan->seed, STREAM_PEOPLE + (uint64_t)i);
	joined += rng_below(&person->rng, 6 * HOUR_MS);
	snprintf(person->pseudonym, sizeof(person->pseudonym), "demo-%02d", i + 1);
	person->row =
		(struct db_seed_person){.participant_id = uuid_v7_at(joined),
					.pseudonym = person->pseudonym,
					.age_band = bands[rng_below(&person->rng, 5)],
					.language = i % 3 == 2 ? "zh-Hans" : "en",
					.joined_unix_ms = joined,
					.join_no = i + 1};
	for (int t = 0; t < demo->plan->n_definitions; t++)
		task_person_draw(&person->traits[t], &demo->populations[t], &person->rng);
}

/* Some are away each day, but as many stay as a day needs to be shown. */
static void
draw_day(struct demo *demo, struct rng *calendar)
{
	int n = demo->plan->participants, away = 0;

	for (int i = 0; i < n; i++)
		demo->people[i].present = true;
	if (n > DEMO_PRESENT_MIN) {
		int most = n - DEMO_PRESENT_MIN < ABSENT_MAX ? n - DEMO_PRESENT_MIN
							     : ABSENT_MAX;

		away = (int)rng_below(calendar, (uint32_t)most + 1);
	}
	while (away > 0) {
		struct demo_person *person =
			&demo->people[rng_below(calendar, (uint32_t)n)];

		away -= person->present;
		person->present = false;
	}
}

/* From the first trial's clock to the last answer, and the time to read the result. */
static int64_t
duration_ms(const struct trial *trials, size_t n)
{
	const struct trial *last = &trials[n - 1];

	return (int64_t)(last->onset_ms +
			 (isnan(last->rt_ms) ? 0 : (double)last->rt_ms)) +
	       4000;
}

/*
 * Days are sessions of a programme like those of the research that the demo stands for: a
 * baseline, trainings, a follow-up on the last day of three or more.
 */
static void
label_session(const struct demo *demo, int day, int task, struct db_seed_session *session,
	      struct demo_label *label)
{
	const struct demo_plan *plan = demo->plan;
	bool last = plan->days >= 3 && day == plan->days - 1;
	const char *phase = day == 0 ? "baseline" : last ? "follow-up" : "training";
	int n = 0;

	programme_item_write(label->item, phase, day == 0 || last ? 1 : day, task + 1);
	for (int t = 0; t < plan->n_definitions; t++)
		n += snprintf(label->picked + n, sizeof(label->picked) - (size_t)n,
			      "%s%s", t ? " " : "", plan->definitions[t]->name);
	session->phase = phase;
	session->item = label->item;
	session->picked = label->picked;
}

static enum camp_err
seed_session(struct demo *demo, struct demo_person *person, int day, int task,
	     int64_t *clock_ms)
{
	struct demo_label label;
	const struct task_definition *def = demo->plan->definitions[task];
	struct db_seed_session session = {.device_json = "{\"simulated\":true}",
					  .created_unix_ms = *clock_ms};
	struct trial_owner owner = {.participant_id = person->row.participant_id,
				    .organisation_id =
					    demo->plan->cohort->organisation_id,
				    .session_id = uuid_v7_at(*clock_ms),
				    .task_version = (int16_t)def->version};
	struct score_record record = {0};
	struct trial *trials = NULL;
	enum camp_err err;
	struct task_visit visit = {.number = person->sessions};
	size_t n;

	strcpy(owner.task, def->name);
	session.seed = visit.seed = (uint32_t)rng_next(&person->rng);
	err = task_simulate(def, &demo->populations[task], &person->traits[task], &visit,
			    &person->rng, &trials, &n);
	if (err == CAMP_OK)
		err = score_record_fill(&record, def, &owner, NULL, trials, n);
	if (err == CAMP_OK) {
		*clock_ms += duration_ms(trials, n);
		session.score = &record.score;
		session.trials = trials;
		session.completed_unix_ms = *clock_ms;
		label_session(demo, day, task, &session, &label);
		db_seed_session(demo->seeder, demo->plan->cohort, &session);
	}
	score_record_clear(&record);
	free(trials);
	return err;
}

/* A start by day; today, one that leaves time to have finished. */
static int64_t
draw_start_ms(struct demo *demo, struct demo_person *person, int day)
{
	int64_t midnight = demo->plan->first_day_ms + day * DAY_MS;
	int64_t first = midnight + 8 * HOUR_MS, last = midnight + 20 * HOUR_MS;

	if (last > demo->plan->now_ms - DEMO_SESSION_MS) {
		first = midnight;
		last = demo->plan->now_ms - DEMO_SESSION_MS;
	}
	return first + rng_below(&person->rng, (uint32_t)(last - first) + 1);
}

static enum camp_err
seed_day(struct demo *demo, struct rng *calendar, int day)
{
	enum camp_err err = CAMP_OK;

	draw_day(demo, calendar);
	for (int i = 0; i < demo->plan->participants; i++) {
		struct demo_person *person = &demo->people[i];
		int64_t clock;

		if (!person->present)
			continue;
		clock = draw_start_ms(demo, person, day);
		for (int t = 0; err == CAMP_OK && t < demo->plan->n_definitions; t++) {
			err = seed_session(demo, person, day, t, &clock);
			clock += 20000; /* a look at the result */
		}
		person->sessions++;
	}
	return err;
}

enum camp_err
demo_people_seed(struct db_seeder *seeder, const struct demo_plan *plan)
{
	struct demo demo = {.plan = plan, .seeder = seeder};
	struct rng calendar;
	enum camp_err err = CAMP_OK;

	if (plan->n_definitions > DEMO_TASKS_MAX)
		return CAMP_ERR_INVALID;
	for (int t = 0; err == CAMP_OK && t < plan->n_definitions; t++)
		err = task_population_standard(&demo.populations[t],
					       plan->definitions[t]->name);
	if (err != CAMP_OK)
		return err;
	demo.people = calloc((size_t)plan->participants, sizeof(*demo.people));
	if (!demo.people)
		return CAMP_ERR_MEMORY;
	rng_seed(&calendar, plan->seed, STREAM_CALENDAR);
	for (int i = 0; i < plan->participants; i++) {
		draw_person(&demo, i);
		db_seed_person(seeder, plan->cohort, &demo.people[i].row);
	}
	for (int day = 0; err == CAMP_OK && day < plan->days; day++)
		err = seed_day(&demo, &calendar, day);
	free(demo.people);
	return err;
}
