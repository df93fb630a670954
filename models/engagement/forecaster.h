/**
 * The attention model in use: a loaded file, immutable, shared by any number of threads,
 * each of which brings its own work space.
 *
 * A forecast of trial t uses trials before t and t's condition and parameters only.
 */
#ifndef MODELS_ENGAGEMENT_FORECASTER_H
#define MODELS_ENGAGEMENT_FORECASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/engagement/sequence.h"

struct forecaster;
struct forecast_work;

/* What is expected of one trial before it happens; y = ln(RT in seconds). */
struct forecast {
	float p;         /* P(correct) */
	float mu, sigma; /* moments of y's distribution: the public contract */
	/* (1 - slow) N(mu1, sigma1) + slow N(mu1 + delta, sigma2); slow = 0: one normal
	 */
	float mu1, sigma1, slow, delta, sigma2;
};

enum forecast_by {
	FORECAST_BY_MODEL,
	FORECAST_BY_LINEAR, /* the linear baseline fitted to the same data, in the same
			       file */
};

/** Errors: NOT_FOUND, INVALID (why: one sentence), FAULT, MEMORY. */
CAMP_MUST_CHECK enum camp_err
forecaster_load(struct forecaster **out, const char *path, char *why, size_t why_size);
/** The same from memory, which is copied. */
CAMP_MUST_CHECK enum camp_err forecaster_parse(struct forecaster **out, const void *bytes,
					       size_t n, char *why, size_t why_size);
void forecaster_free(struct forecaster *f);

/** Names -> indices; 0 for what the model never saw. */
int forecaster_task(const struct forecaster *f, const char *task);
int forecaster_condition(const struct forecaster *f, int task, const char *condition);
/** Share of correct trials with a response in a condition of training; of all for
 * unknown. */
float forecaster_response_rate(const struct forecaster *f, int condition);
/** Mean of ln RT of a condition in training; NAN for unknown ones. */
float forecaster_condition_mean(const struct forecaster *f, int task, int condition);
/** "transformer", ...; the file's metadata by key, NULL when it has none. */
const char *forecaster_encoder(const struct forecaster *f);
const char *forecaster_text(const struct forecaster *f, const char *key);
/**
 * Whether its fused forecast beat behaviour alone on validation people, the whole 95 %
 * interval above zero: only then may epochs change a forecast that people see.
 */
bool forecaster_uses_eeg(const struct forecaster *f);
/** FNV-1a-64 of the file, 16 hex digits: the version stored beside what it computes.
 */
const char *forecaster_version(const struct forecaster *f);

/** NULL: out of memory. */
struct forecast_work *forecast_work_new(const struct forecaster *f);
void forecast_work_free(struct forecast_work *w);

/**
 * Forecasts every trial: out[s->n]. Longer sequences are cut into windows of
 * SEQUENCE_WINDOW, stride SEQUENCE_STRIDE, and each trial is taken from the first window
 * that has it. Epochs are ignored unless the model has EEG and use_eeg is set. Errors:
 * MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
forecast_run(const struct forecaster *f, struct forecast_work *w,
	     const struct sequence *s, enum forecast_by by, bool use_eeg,
	     struct forecast *out);

/** P(y > threshold), 0 if the threshold is infinite. */
double forecast_exceeds(const struct forecast *f, double threshold);

#endif
