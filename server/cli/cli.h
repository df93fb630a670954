/** What the verbs share: exit statuses, numbers among the flags, the way to a database.
 */
#ifndef SERVER_CLI_CLI_H
#define SERVER_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"

/*
 * Statuses that a verb exits with; scripts may rely on them. An interrupted verb exits as
 * a shell expects of SIGINT.
 */
enum cli_status {
	CLI_DONE = 0,
	CLI_REFUSED = 1, /* something failed or was refused */
	CLI_USAGE = 2, /* the command line or the input file is wrong; nothing was done */
	CLI_INTERRUPTED = 130,
};

struct config;
struct config_verb;

/* What the verbs' functions return when the verb goes on: no exit status yet. */
#define CLI_GO_ON (-1)

/** Prints "camp VERB: sentence" to stderr; returns CLI_USAGE, for `return`. */
int cli_usage(const char *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** The same with CLI_REFUSED. */
int
cli_fail(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** config_load() as an exit status, or CLI_GO_ON. */
int cli_config(struct config *config, struct config_verb *verb, int argc, char **argv);

/** Reads a whole decimal number in min..max; false for anything else. */
bool cli_read_long(const char *text, long min, long max, long *out);

/**
 * Reads the value of a flag: *out stays when text is NULL (not given). CLI_GO_ON, or
 * CLI_USAGE after a sentence.
 */
int cli_long_flag(const char *verb, const char *flag, const char *text, long min,
		  long max, long *out);

/** The same for a decimal number. */
int cli_number_flag(const char *verb, const char *flag, const char *text, double min,
		    double max, double *out);

/** A join code of 8 letters and digits, in upper case; out holds 9 bytes. */
bool cli_read_code(const char *text, char *out);

/**
 * From now on SIGINT and SIGTERM set *cli_interrupted, so that a verb ends in order; a
 * second signal ends it at once. SIGPIPE is ignored: writing fails instead.
 */
void cli_catch_signals(void);
extern volatile int cli_interrupted;

/**
 * Where `camp serve` with this environment can be reached: CAMP_BASE_URL, or CAMP_PORT on
 * 127.0.0.1. No slash at its end. False when it does not fit.
 */
bool cli_base_url(const char *given, char *out, size_t size);

#endif
