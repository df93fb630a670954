/**
 * Makes the nth allocation fail, so that a test can walk through every place that runs
 * out of memory:
 *
 *     for (long n = 1;; n++) {
 *             fail_alloc_arm(n);
 *             err = thing_under_test(&out);
 *             if (!fail_alloc_disarm())
 *                     break; // it needed fewer than n: err is success
 *             // err is CAMP_ERR_MEMORY, and *out is empty
 *     }
 *
 * A program that uses it is linked with FAIL_ALLOC_WRAP (tests/files.am), which sends
 * the calls in its own objects through here, strdup and strndup too; jansson's
 * allocations follow from the first arming on. Calls inside other libraries are not seen.
 * Works under the sanitizers. Not for use from several threads at once.
 */
#ifndef TESTS_SUPPORT_FAIL_ALLOC_H
#define TESTS_SUPPORT_FAIL_ALLOC_H

#include <stdbool.h>

/** The nth allocation from now on fails, once; n counts from 1. */
void fail_alloc_arm(long n);

/** Ends it; true when an allocation was refused since it was armed. */
bool fail_alloc_disarm(void);

#endif
