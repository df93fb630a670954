/* The program `camp`: picks the verb and runs it. */
#include <config.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/cli/verbs.h"

static const struct {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} verbs[] = {
#define V(name, help) {#name, help, verb_##name},
	CAMP_VERBS(V)
#undef V
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void
usage(FILE *out)
{
	fputs("usage: camp VERB [OPTION...]\n\n", out);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(out, "  %-9s %s\n", verbs[i].name, verbs[i].help);
	fputs("\n`camp VERB --help` tells more; camp(1) tells all.\n", out);
}

int
main(int argc, char **argv)
{
	if (sodium_init() < 0) {
		fputs("camp: the system's random source cannot be used\n", stderr);
		return 1;
	}
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return 0;
	}
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "camp: there is no verb \"%s\"; see camp --help\n", argv[1]);
	return 2;
}
