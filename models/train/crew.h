/**
 * A crew of threads that all run one function, then wait for the next: static shares, so
 * that the same number of threads does the same sums in the same order.
 */
#ifndef MODELS_TRAIN_CREW_H
#define MODELS_TRAIN_CREW_H

#include "base/errors.h"

struct crew;

/** worker: 0 .. n - 1, the caller's thread being 0. */
typedef void crew_job(void *arg, int worker, int n_workers);

/** Signals are blocked in the threads. Errors: MEMORY (also: no more threads). */
CAMP_MUST_CHECK enum camp_err crew_new(struct crew **out, int n_workers);
/** Runs job on every worker and returns when all are done. */
void crew_run(struct crew *crew, crew_job *job, void *arg);
int crew_size(const struct crew *crew);
void crew_free(struct crew *crew);

#endif
