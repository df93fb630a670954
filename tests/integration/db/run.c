/*
 * Runs the suites of suites.def against a PostgreSQL of their own, or those named as
 * arguments. Exit status 1 when a check failed, 2 when an argument names no suite.
 */
#include <config.h>

#include <check.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "tests/integration/db/suites.def"
#undef SUITE
};

#define N_SUITES (sizeof(suites) / sizeof(suites[0]))

static bool
wanted(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

static bool
known(const char *name)
{
	for (size_t i = 0; i < N_SUITES; i++)
		if (strcmp(suites[i].name, name) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	if (sodium_init() < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		if (!known(argv[i])) {
			fprintf(stderr, "there is no suite \"%s\"\n", argv[i]);
			return 2;
		}
	}
	for (size_t i = 0; i < N_SUITES; i++)
		if (wanted(argc, argv, suites[i].name))
			srunner_add_suite(runner, suites[i].make());
	/* The tests provoke errors; TEST_LOG=1 shows what they log. */
	if (getenv("TEST_LOG") == NULL)
		log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	temp_db_start();
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	temp_db_stop();
	return failed > 0;
}
