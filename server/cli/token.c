/*
 * camp token new --operator: a token for the routes of models and trainings.
 *
 * It is derived from the server's secret and stored nowhere: whoever may read the secret
 * may make one, every server of the installation accepts it, and it ends by itself.
 */
#include <config.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/auth.h"
#include "server/cli/cli.h"
#include "server/cli/verbs.h"
#include "server/config.h"
#include "server/secret.h"

#define DAYS_STANDARD 7
#define DAYS_MAX 90
#define SECONDS_A_DAY 86400
#define WHY_SIZE 512

static int
print_token(const struct config *config, long days)
{
	struct auth who = {.kind = AUTH_OPERATOR, .owner.participant_id = uuid_v7()};
	uint8_t secret[SECRET_BYTES];
	char token[AUTH_TOKEN_MAX], why[WHY_SIZE];
	struct auth_keys keys;

	/* One made here would be nobody's. */
	if (access(config->secret_file, F_OK) != 0)
		return cli_fail("token",
				"there is no secret at \"%s\"; camp serve makes it, or "
				"name it by --secret-file",
				config->secret_file);
	if (secret_load(secret, config->secret_file, why, sizeof(why)) != CAMP_OK)
		return cli_fail("token", "%s", why);
	auth_keys_init(&keys, secret);
	sodium_memzero(secret, sizeof(secret));
	who.expires_unix_s = (uint32_t)(time(NULL) + days * SECONDS_A_DAY);
	auth_token_make(&keys, &who, token);
	sodium_memzero(&keys, sizeof(keys));
	puts(token);
	return fflush(stdout) == 0 ? CLI_DONE : CLI_REFUSED;
}

int
verb_token(int argc, char **argv)
{
	const char *days_text = NULL;
	bool operator= false;
	const struct config_flag flags[] = {{
		.name = "operator",
		.help = "for models and trainings; the only kind so far",
		.set = &operator},
		{.name = "days",
		 .value_name = "N",
		 .help = "how long it is good, 1 to 90 (7)",
		 .value = &days_text},
	};
	struct config_verb verb = {
		.usage = "camp token new --operator [--days N] [OPTION...]",
		.about = "Prints a bearer token for the routes of models and trainings, "
			 "made from the server's secret\n"
			 "(secret_file). It is stored nowhere and cannot be taken back "
			 "before it ends, except by a\n"
			 "new secret, which ends every participant's token too: keep "
			 "it short.",
		.serves = true,
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
		.operands_min = 1,
		.operands_max = 1,
	};
	struct config config;
	long days = DAYS_STANDARD;
	int status = cli_config(&config, &verb, argc, argv);

	if (status != CLI_GO_ON)
		return status;
	if (strcmp(verb.operands[0], "new") != 0)
		status = cli_usage("token", "knows \"new\" only, not \"%s\"",
				   verb.operands[0]);
	else if (!operator)
		status = cli_usage("token", "needs to be told what for: --operator");
	else
		status = cli_long_flag("token", "days", days_text, 1, DAYS_MAX, &days);
	if (status == CLI_GO_ON)
		status = print_token(&config, days);
	config_clear(&config);
	return status;
}
