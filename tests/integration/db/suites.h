/** The suites that need a database. */
#ifndef TESTS_INTEGRATION_DB_SUITES_H
#define TESTS_INTEGRATION_DB_SUITES_H

#include <check.h>

#define SUITE(name) Suite *suite_##name(void);
#include "tests/integration/db/suites.def"
#undef SUITE

#endif
