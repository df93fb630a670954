/*
 * camp health: asks a running `camp serve` on its admin listener whether it lives. Made
 * for the health checks of containers, which then need no other HTTP client.
 */
#include <config.h>

#include <curl/curl.h>
#include <stdio.h>

#include "server/cli/cli.h"
#include "server/cli/verbs.h"
#include "server/config.h"

#define TIMEOUT_MS 3000L

static size_t
discard(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

/* The status of the answer, or 0 with libcurl's reason in why. */
static long
ask(const char *url, char why[CURL_ERROR_SIZE])
{
	CURL *easy = curl_easy_init();
	long status = 0;

	snprintf(why, CURL_ERROR_SIZE, "libcurl cannot be started");
	if (!easy)
		return 0;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
	if (curl_easy_perform(easy) == CURLE_OK)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	return status;
}

int
verb_health(int argc, char **argv)
{
	bool ready = false;
	const struct config_flag flags[] = {
		{"ready", NULL, "ask for /readyz (takes requests), not /livez (runs)",
		 NULL, &ready, NULL},
	};
	struct config_verb verb = {
		.usage = "camp health [--ready] [OPTION...]",
		.about = "Asks the `camp serve` of the same configuration, through its "
			 "admin port on "
			 "this machine, whether it runs. The exit status is 0 for yes.",
		.serves = true,
		.flags = flags,
		.n_flags = sizeof(flags) / sizeof(flags[0]),
	};
	struct config config;
	char url[64], why[CURL_ERROR_SIZE];
	long http_status;
	int status;

	status = cli_config(&config, &verb, argc, argv);
	if (status != CLI_GO_ON)
		return status;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", config.admin_port,
		 ready ? "readyz" : "livez");
	config_clear(&config);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	http_status = ask(url, why);
	curl_global_cleanup();
	if (http_status == 200)
		return CLI_DONE;
	if (http_status == 0)
		return cli_fail("health", "%s does not answer: %s", url, why);
	return cli_fail("health", "%s answers %ld", url, http_status);
}
