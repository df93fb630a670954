/*
 * The attention model for a browser: what the WebAssembly module exports.
 *
 * One model and one sequence of trials at a time. Texts and files enter through a block
 * of memory that engagement_reserve() gives; results stay where the returned addresses
 * point until the next call that makes them anew. web/src/engagement/forecaster.ts is the
 * other side, which knows the layout of struct forecast.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"
#include "models/engagement/score.h"

#define EXPORT(name) __attribute__((export_name("engagement_" #name)))
#define FIRST_CAP 64

_Static_assert(sizeof(struct forecast) == 8 * sizeof(float),
	       "forecaster.ts reads a forecast as 8 floats");

static struct forecaster *model;
static struct forecast_work *work;
static char why[256];
static void *reserved;

/* The sequence, its arrays of room for `cap` trials, and what came of it. */
static struct {
	int task, n, cap;
	struct sequence_trial *trials;
	struct forecast *forecasts;
	float *thresholds, *risks;
	bool *lapses;
} now;

/* {defined, value, low, high, lapses} */
static double score[5];

EXPORT(reserve) void *engagement_reserve(size_t bytes)
{
	free(reserved);
	reserved = malloc(bytes ? bytes : 1);
	return reserved;
}

/** Takes the model file in the first n bytes of the reserved block; 0, or why not. */
EXPORT(load) int engagement_load(size_t n)
{
	struct forecast_work *new_work = NULL;
	struct forecaster *new_model = NULL;
	enum camp_err err;

	err = forecaster_parse(&new_model, reserved, n, why, sizeof(why));
	if (err == CAMP_OK) {
		new_work = forecast_work_new(new_model);
		if (!new_work) {
			snprintf(why, sizeof(why), "out of memory");
			err = CAMP_ERR_MEMORY;
		}
	}
	free(reserved);
	reserved = NULL;
	if (err != CAMP_OK) {
		forecaster_free(new_model);
		return (int)err;
	}
	forecast_work_free(work);
	forecaster_free(model);
	model = new_model;
	work = new_work;
	now.n = now.task = 0;
	return 0;
}

EXPORT(why) const char *engagement_why(void)
{
	return why;
}

/** The file's text of the key in the reserved block, or NULL. */
EXPORT(text) const char *engagement_text(void)
{
	return forecaster_text(model, reserved);
}

EXPORT(version) const char *engagement_version(void)
{
	return forecaster_version(model);
}

/** The name is in the reserved block; 0: unknown to the model. */
EXPORT(task) int engagement_task(void)
{
	return forecaster_task(model, reserved);
}

EXPORT(condition) int engagement_condition(int task)
{
	return forecaster_condition(model, task, reserved);
}

/** Forgets the trials. */
EXPORT(start) void engagement_start(int task)
{
	now.task = task;
	now.n = 0;
}

static bool
grow(void **array, size_t size, int cap)
{
	void *more = realloc(*array, size * (size_t)cap);

	if (more)
		*array = more;
	return more != NULL;
}

static bool
room_for_one(void)
{
	int cap = now.cap ? 2 * now.cap : FIRST_CAP;

	if (now.n < now.cap)
		return true;
	if (!grow((void **)&now.trials, sizeof(*now.trials), cap) ||
	    !grow((void **)&now.forecasts, sizeof(*now.forecasts), cap) ||
	    !grow((void **)&now.thresholds, sizeof(*now.thresholds), cap) ||
	    !grow((void **)&now.risks, sizeof(*now.risks), cap) ||
	    !grow((void **)&now.lapses, sizeof(*now.lapses), cap))
		return false;
	now.cap = cap;
	return true;
}

/** Adds a trial that happened. NAN: no response, unknown onset, no such parameter. */
EXPORT(push)
int
engagement_push(int condition, int correct, float rt_ms, double onset_ms, float set_size,
		float load, float soa_ms, float difficulty)
{
	if (!room_for_one())
		return CAMP_ERR_MEMORY;
	now.trials[now.n++] = (struct sequence_trial){
		.condition = condition,
		.correct = correct != 0,
		.rt_ms = rt_ms,
		.onset_ms = onset_ms,
		.parameters = {set_size, load, soa_ms, difficulty},
	};
	return 0;
}

static int
out_of_memory(void)
{
	snprintf(why, sizeof(why), "out of memory");
	return CAMP_ERR_MEMORY;
}

/** Forecasts each trial from those before it; by 0: the model, 1: the linear baseline. */
EXPORT(run) int engagement_run(int by)
{
	struct sequence s = {.task = now.task, .n = now.n, .trials = now.trials};
	struct engagement e = {0};

	if (now.n > 0 && (forecast_run(model, work, &s, (enum forecast_by)by, false,
				       now.forecasts) != CAMP_OK ||
			  engagement_thresholds(model, &s, now.thresholds) != CAMP_OK))
		return out_of_memory();
	if (now.n > 0) {
		engagement_lapses(&s, now.thresholds, now.lapses);
		engagement_risks(model, &s, now.forecasts, now.thresholds, now.risks);
	}
	engagement_score(now.n, now.risks, now.lapses, &e);
	score[0] = e.defined;
	score[1] = e.value;
	score[2] = e.low;
	score[3] = e.high;
	score[4] = e.lapses;
	return 0;
}

/** The forecast of the trial that comes next, of which only this is known; or NULL. */
EXPORT(next)
const struct forecast *
engagement_next(int by, int condition, double onset_ms, float set_size, float load,
		float soa_ms, float difficulty)
{
	struct sequence s;
	enum camp_err err;

	if (engagement_push(condition, 0, NAN, onset_ms, set_size, load, soa_ms,
			    difficulty) != 0)
		return NULL;
	s = (struct sequence){.task = now.task, .n = now.n, .trials = now.trials};
	err = forecast_run(model, work, &s, (enum forecast_by)by, false, now.forecasts);
	now.n--;
	return err == CAMP_OK ? &now.forecasts[now.n] : NULL;
}

/** Of the last run: [trials] */
EXPORT(forecasts) const struct forecast *engagement_forecasts(void)
{
	return now.forecasts;
}

/** Of the last run: [trials] */
EXPORT(risks) const float *engagement_risks_at(void)
{
	return now.risks;
}

/** Of the last run: defined, value, low, high, lapses. */
EXPORT(score) const double *engagement_score_at(void)
{
	return score;
}
