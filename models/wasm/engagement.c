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
#include "models/engagement/stream.h"

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
	bool ahead; /* trial n is forecast and waits for its outcome */
	struct forecast_stream *stream;
	struct sequence_trial *trials;
	struct forecast *streamed;  /* as the trials came */
	struct forecast *forecasts; /* of the last run */
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
	forecast_stream_free(now.stream);
	forecast_work_free(work);
	forecaster_free(model);
	model = new_model;
	work = new_work;
	now.stream = NULL;
	now.n = now.task = 0;
	now.ahead = false;
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

static int
out_of_memory(void)
{
	snprintf(why, sizeof(why), "out of memory");
	return CAMP_ERR_MEMORY;
}

/** Begins a session; trials of the one before are forgotten. */
EXPORT(start) int engagement_start(int task)
{
	forecast_stream_free(now.stream);
	now.stream = forecast_stream_new(model, task, false);
	now.task = task;
	now.n = 0;
	now.ahead = false;
	return now.stream ? 0 : out_of_memory();
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
	    !grow((void **)&now.streamed, sizeof(*now.streamed), cap) ||
	    !grow((void **)&now.forecasts, sizeof(*now.forecasts), cap) ||
	    !grow((void **)&now.thresholds, sizeof(*now.thresholds), cap) ||
	    !grow((void **)&now.risks, sizeof(*now.risks), cap) ||
	    !grow((void **)&now.lapses, sizeof(*now.lapses), cap))
		return false;
	now.cap = cap;
	return true;
}

/**
 * Forecasts the trial that comes next, of which only this is known (NAN: unknown onset,
 * no such parameter); its outcome must follow. NULL: see engagement_why().
 */
EXPORT(next)
const struct forecast *
engagement_next(int condition, double onset_ms, float set_size, float load, float soa_ms,
		float difficulty)
{
	if (now.ahead || !now.stream) {
		snprintf(why, sizeof(why),
			 now.ahead ? "the trial before has no outcome yet"
				   : "no session was started");
		return NULL;
	}
	if (!room_for_one()) {
		out_of_memory();
		return NULL;
	}
	now.trials[now.n] = (struct sequence_trial){
		.condition = condition,
		.rt_ms = NAN,
		.onset_ms = onset_ms,
		.parameters = {set_size, load, soa_ms, difficulty},
	};
	forecast_stream_next(now.stream, &now.trials[now.n], &now.streamed[now.n]);
	now.ahead = true;
	return &now.streamed[now.n];
}

/** What became of the trial that was forecast; rt_ms NAN: no response. */
EXPORT(outcome) int engagement_outcome(int correct, float rt_ms)
{
	if (!now.ahead) {
		snprintf(why, sizeof(why), "no trial waits for its outcome");
		return CAMP_ERR_INVALID;
	}
	now.trials[now.n].correct = correct != 0;
	now.trials[now.n].rt_ms = rt_ms;
	forecast_stream_outcome(now.stream, &now.trials[now.n]);
	now.n++;
	now.ahead = false;
	return 0;
}

/* Risks and the score from forecasts of all trials. */
static int
judge(const struct sequence *s, const struct forecast *forecasts)
{
	struct engagement e = {0};

	if (s->n > 0) {
		if (engagement_thresholds(model, s, now.thresholds) != CAMP_OK)
			return out_of_memory();
		engagement_lapses(s, now.thresholds, now.lapses);
		engagement_risks(model, s, forecasts, now.thresholds, now.risks);
	}
	engagement_score(s->n, now.risks, now.lapses, &e);
	score[0] = e.defined;
	score[1] = e.value;
	score[2] = e.low;
	score[3] = e.high;
	score[4] = e.lapses;
	return 0;
}

/** The score after the trials so far, from their forecasts as they came. */
EXPORT(judge) int engagement_judge(void)
{
	struct sequence s = {.task = now.task, .n = now.n, .trials = now.trials};

	return judge(&s, now.streamed);
}

/** Forecasts each trial again; by 0: the model, 1: the linear baseline. Then judges. */
EXPORT(run) int engagement_run(int by)
{
	struct sequence s = {.task = now.task, .n = now.n, .trials = now.trials};

	if (s.n > 0 && forecast_run(model, work, &s, (enum forecast_by)by, false,
				    now.forecasts) != CAMP_OK)
		return out_of_memory();
	return judge(&s, now.forecasts);
}

/** Of the last run: [trials] */
EXPORT(forecasts) const struct forecast *engagement_forecasts(void)
{
	return now.forecasts;
}

/** Of the last judgement: [trials] */
EXPORT(risks) const float *engagement_risks_at(void)
{
	return now.risks;
}

/** Of the last judgement: defined, value, low, high, lapses. */
EXPORT(score) const double *engagement_score_at(void)
{
	return score;
}
