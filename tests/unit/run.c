/*
 * Runs every suite of suites.def, or those named as arguments, and closes with one line
 * of totals. Exit status 1 when a check failed, 2 when an argument names no suite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/unit.h"

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "tests/unit/suites.def"
#undef SUITE
};

#define N_SUITES (sizeof(suites) / sizeof(suites[0]))

/* Shared with the processes that Check forks for each test. */
static int *skipped;

void
unit_skip(const char *test, const char *why)
{
	fprintf(stderr, "SKIPPED %s: %s\n", test, why);
	__atomic_add_fetch(skipped, 1, __ATOMIC_RELAXED);
}

const char *
unit_data_folder(const char *test)
{
	const char *folder = getenv("CAMP_TEST_DATA");

	if (folder && folder[0])
		return folder;
	unit_skip(test, "CAMP_TEST_DATA does not name the folder of recordings");
	return NULL;
}

char *
unit_read_source(const char *path, size_t *len)
{
	char full[1024];
	char *text;
	FILE *file;
	long size;

	snprintf(full, sizeof(full), "%s/%s", CAMP_SOURCE_DIR, path);
	file = fopen(full, "rb");
	ck_assert_msg(file != NULL, "cannot open '%s'", full);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	ck_assert_int_ge(size, 0);
	rewind(file);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	text[size] = '\0';
	*len = (size_t)size;
	return text;
}

static bool
wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc == 1;
}

static bool
arguments_known(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t s = 0;

		while (s < N_SUITES && strcmp(argv[i], suites[s].name) != 0)
			s++;
		if (s == N_SUITES) {
			fprintf(stderr,
				"run: no suite is called '%s'; there are:", argv[i]);
			for (s = 0; s < N_SUITES; s++)
				fprintf(stderr, " %s", suites[s].name);
			fputc('\n', stderr);
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	int total, failed, n_suites = 0;

	if (!arguments_known(argc, argv))
		return 2;
	skipped = mmap(NULL, sizeof(*skipped), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skipped == MAP_FAILED) {
		perror("run: mmap");
		return 1;
	}
	for (size_t s = 0; s < N_SUITES; s++) {
		if (wanted(suites[s].name, argc, argv)) {
			srunner_add_suite(runner, suites[s].make());
			n_suites++;
		}
	}
	srunner_run_all(runner, CK_SILENT);
	srunner_print(runner, CK_NORMAL);
	total = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	printf("unit tests: %d passed, %d failed, %d skipped, in %d suites\n",
	       total - failed - *skipped, failed, *skipped, n_suites);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
