#include "server/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/cohorts.h"
#include "server/config.h"

volatile int cli_interrupted;

static void __attribute__((format(printf, 2, 0)))
complain(const char *verb, const char *format, va_list args)
{
	fprintf(stderr, "camp %s: ", verb);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int
cli_usage(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(verb, format, args);
	va_end(args);
	return CLI_USAGE;
}

int
cli_fail(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(verb, format, args);
	va_end(args);
	return CLI_REFUSED;
}

int
cli_config(struct config *config, struct config_verb *verb, int argc, char **argv)
{
	switch (config_load(config, verb, argc, argv)) {
	case CONFIG_RUN:
		return CLI_GO_ON;
	case CONFIG_DONE:
		return CLI_DONE;
	case CONFIG_FAILED:
		break;
	}
	return CLI_USAGE;
}

bool
cli_read_long(const char *text, long min, long max, long *out)
{
	const char *digit = text[0] == '-' ? text + 1 : text;
	char *end;
	long value;

	if (!isdigit((unsigned char)*digit))
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < min || value > max)
		return false;
	*out = value;
	return true;
}

int
cli_long_flag(const char *verb, const char *flag, const char *text, long min, long max,
	      long *out)
{
	if (!text || cli_read_long(text, min, max, out))
		return CLI_GO_ON;
	return cli_usage(verb, "--%s takes a whole number from %ld to %ld, not \"%s\"",
			 flag, min, max, text);
}

int
cli_number_flag(const char *verb, const char *flag, const char *text, double min,
		double max, double *out)
{
	double value;
	char *end;

	if (!text)
		return CLI_GO_ON;
	value = strtod(text, &end);
	/* strtod() also takes white space, "nan" and hexadecimal, which nobody means. */
	if (strspn(text, "0123456789.eE+-") != strlen(text) || end == text || *end ||
	    !(value >= min && value <= max))
		return cli_usage(verb, "--%s takes a number from %g to %g, not \"%s\"",
				 flag, min, max, text);
	*out = value;
	return CLI_GO_ON;
}

bool
cli_read_code(const char *text, char *out)
{
	if (strlen(text) != JOIN_CODE_LEN)
		return false;
	for (int i = 0; i <= JOIN_CODE_LEN; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\0' && (c > 0x7f || !isalnum(c)))
			return false;
		out[i] = (char)toupper(c);
	}
	return true;
}

static void
on_signal(int number)
{
	cli_interrupted = 1;
}

void
cli_catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal,
				   .sa_flags = (int)SA_RESETHAND};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool
cli_base_url(const char *given, char *out, size_t size)
{
	const char *base = getenv("CAMP_BASE_URL"), *port = getenv("CAMP_PORT");
	int n;

	if (!given && base && base[0])
		given = base;
	if (given)
		n = snprintf(out, size, "%s", given);
	else
		n = snprintf(out, size, "http://127.0.0.1:%s",
			     port && port[0] ? port : "8080");
	if (n < 0 || (size_t)n >= size)
		return false;
	while (n > 0 && out[n - 1] == '/')
		out[--n] = '\0';
	return true;
}
