/**
 * Forecasts one trial at a time, as they happen: equal to forecast_run() over the trials
 * so far, at the cost of one row (the encoder keeps its keys and values). Every
 * SEQUENCE_STRIDE trials, when a window is full, the next one begins with the last
 * SEQUENCE_WINDOW - SEQUENCE_STRIDE trials, which costs as many rows once.
 */
#ifndef MODELS_ENGAGEMENT_STREAM_H
#define MODELS_ENGAGEMENT_STREAM_H

#include "models/engagement/forecaster.h"

struct forecast_stream;

/** One sequence of a task (0: unknown); the forecaster must outlive it. NULL: out of
 * memory. */
struct forecast_stream *
forecast_stream_new(const struct forecaster *f, int task, bool use_eeg);
void forecast_stream_free(struct forecast_stream *s);

/** What is expected of the next trial; its outcome is not read. Once a trial, before: */
void forecast_stream_next(struct forecast_stream *s, const struct sequence_trial *trial,
			  struct forecast *out);
/** the same trial with its outcome. */
void
forecast_stream_outcome(struct forecast_stream *s, const struct sequence_trial *trial);
/** An epoch that ended before the next trial; before_trial is not read. */
void forecast_stream_epoch(struct forecast_stream *s, const struct sequence_epoch *epoch);

#endif
