/** The scanner against jansson: for tests and for the fuzzer. */
#ifndef TESTS_SUPPORT_SCAN_DIFFER_H
#define TESTS_SUPPORT_SCAN_DIFFER_H

#include "server/trial_scan.h"

/* Batches to use again. */
struct scan_differ {
	struct trial_batch fast, full;
	bool scanned; /* the last body was for the scanner */
};

/**
 * Reads a body by both readers, and encodes the trials and decodes them again. NULL when
 * all agree, else what does not (static text).
 */
const char *scan_differ(struct scan_differ *d, const struct task_definition *def,
			const char *body, size_t len);

void scan_differ_clear(struct scan_differ *d);

#endif
