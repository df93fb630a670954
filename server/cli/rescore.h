/** Scoring the stored sessions of a cohort again. */
#ifndef SERVER_CLI_RESCORE_H
#define SERVER_CLI_RESCORE_H

#include <stdbool.h>

struct config;

/**
 * Scores every complete session of a cohort from its trials and compares with what is
 * stored, bit for bit; with store, scores that differ or are missing are replaced, and
 * the rollups follow. Prints what it found. Exit status: CLI_REFUSED when stored scores
 * differ (and were not replaced).
 */
int rescore_cohort(const struct config *config, const char *code, bool store, bool json);

#endif
