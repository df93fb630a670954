/** What all unit tests share. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#define SUITE(name) Suite *suite_##name(void);
#include "tests/unit/suites.def"
#undef SUITE

/**
 * Notes that a test could not run here and why; the closing line counts it. The test
 * returns right afterwards. Works from Check's child processes.
 */
void unit_skip(const char *test, const char *why);

/**
 * The folder of recordings (CAMP_TEST_DATA), or NULL after unit_skip().
 * The text is the environment's.
 */
const char *unit_data_folder(const char *test);

/** Reads a file of the source tree, zero-terminated; the caller frees. Fails the test. */
char *unit_read_source(const char *path, size_t *len);

#endif
