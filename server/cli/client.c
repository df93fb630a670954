#include "server/cli/client.h"

#include <config.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/cli/progress.h"

#define ANSWER_BYTES_MAX (1024 * 1024)
#define CONNECT_TIMEOUT_MS 5000L
#define CALL_TIMEOUT_MS 20000L
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000
#define RETRY_AFTER_MAX_MS 30000
#define FAULTS_MAX 3 /* a 500 is tried again this often: it may be no passing trouble */
#define LATENCY_BASE 1.02

static bool
url_is_loopback(const char *url)
{
	CURLU *parts = curl_url();
	char *host = NULL;
	bool yes = false;

	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		yes = strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
		      strcmp(host, "[::1]") == 0;
	curl_free(host);
	curl_url_cleanup(parts);
	return yes;
}

static bool
url_is_http(const char *url)
{
	CURLU *parts = curl_url();
	bool yes;

	yes = (strncasecmp(url, "http://", 7) == 0 ||
	       strncasecmp(url, "https://", 8) == 0) &&
	      parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK;
	curl_url_cleanup(parts);
	return yes;
}

bool
client_init(struct client *client, const char *base_url, int connections, int patience_s,
	    char *why, size_t why_size)
{
	memset(client, 0, sizeof(*client));
	client->base_url = base_url;
	client->patience_ms = patience_s * 1000;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		snprintf(why, why_size, "libcurl cannot be started");
		return false;
	}
	if (!url_is_http(base_url)) {
		snprintf(why, why_size, "\"%s\" is not an http:// or https:// address",
			 base_url);
		curl_global_cleanup();
		return false;
	}
	client->loopback = url_is_loopback(base_url);
	client->multi = curl_multi_init();
	if (!client->multi) {
		snprintf(why, why_size, "libcurl has no memory");
		curl_global_cleanup();
		return false;
	}
	curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	return true;
}

void
client_clear(struct client *client)
{
	if (!client->multi)
		return;
	curl_multi_cleanup(client->multi);
	curl_global_cleanup();
	memset(client, 0, sizeof(*client));
}

static size_t
on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct call *call = arg;

	if (call->answer.len + size * n > ANSWER_BYTES_MAX)
		return 0;
	buffer_add(&call->answer, data, size * n);
	return call->answer.failed ? 0 : size * n;
}

bool
call_init(struct call *call, struct client *client)
{
	CURL *easy = curl_easy_init();

	memset(call, 0, sizeof(*call));
	if (!easy)
		return false;
	call->easy = easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, CALL_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
			 PACKAGE_NAME "-replay/" PACKAGE_VERSION);
	/* A proxy of the environment cannot reach what runs on this machine. */
	if (client->loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return true;
}

void
call_clear(struct call *call, struct client *client)
{
	if (call->easy) {
		if (call->running)
			curl_multi_remove_handle(client->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->headers);
	buffer_clear(&call->body);
	buffer_clear(&call->answer);
	memset(call, 0, sizeof(*call));
}

static bool
add_header(struct call *call, const char *name, const char *value)
{
	char line[2200];
	struct curl_slist *list;

	if (snprintf(line, sizeof(line), "%s: %s", name, value) >= (int)sizeof(line))
		return false;
	list = curl_slist_append(call->headers, line);
	sodium_memzero(line, sizeof(line));
	if (list)
		call->headers = list;
	return list != NULL;
}

bool
call_prepare(struct call *call, struct client *client, bool is_post, const char *path,
	     const char *token, const char *key)
{
	char url[1024], bearer[2100];
	bool ok = true;

	curl_slist_free_all(call->headers);
	call->headers = NULL;
	call->is_post = is_post;
	call->attempts = call->faults = 0;
	if (snprintf(url, sizeof(url), "%s%s", client->base_url, path) >=
	    (int)sizeof(url))
		return false;
	if (is_post)
		ok = add_header(call, "Content-Type", "application/json");
	if (ok && token) {
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
		ok = add_header(call, "Authorization", bearer);
	}
	if (ok && key)
		ok = add_header(call, "Idempotency-Key", key);
	ok = ok && curl_easy_setopt(call->easy, CURLOPT_URL, url) == CURLE_OK;
	if (!ok || call->body.failed)
		return false;
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	if (is_post) {
		curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)call->body.len);
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body.data);
	} else {
		curl_easy_setopt(call->easy, CURLOPT_HTTPGET, 1L);
	}
	return true;
}

static void
begin_attempt(struct call *call, struct client *client)
{
	if (call->attempts++ == 0)
		call->first_ms = progress_clock_ms();
	else
		client->retries++;
	client->requests++;
	call->error[0] = '\0';
	call->status = 0;
	buffer_reset(&call->answer);
}

bool
call_start(struct call *call, struct client *client)
{
	begin_attempt(call, client);
	call->running = curl_multi_add_handle(client->multi, call->easy) == CURLM_OK;
	return call->running;
}

/* Exponential, with jitter over its upper half so that clients spread out. */
static int
backoff_ms(int attempts)
{
	int ms = BACKOFF_MAX_MS;

	if (attempts < 7 && BACKOFF_FIRST_MS << (attempts - 1) < BACKOFF_MAX_MS)
		ms = BACKOFF_FIRST_MS << (attempts - 1);
	return ms / 2 + (int)randombytes_uniform((uint32_t)(ms / 2 + 1));
}

static enum call_outcome
wait_or_give_up(struct call *call, struct client *client)
{
	int64_t now = progress_clock_ms(), wait = backoff_ms(call->attempts);
	curl_off_t retry_after = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after);
	if (call->status != 0 && retry_after > 0) {
		/* What the server asks for, plus jitter: it asked everybody the same. */
		int64_t asked = (int64_t)retry_after * 1000;

		wait += asked < RETRY_AFTER_MAX_MS ? asked : RETRY_AFTER_MAX_MS;
	}
	if (now - call->first_ms + wait > client->patience_ms)
		return CALL_GAVE_UP;
	call->due_ms = now + wait;
	return CALL_WAITS;
}

static bool
is_passing(long status)
{
	return status == 408 || status == 429 || status == 502 || status == 503 ||
	       status == 504;
}

static enum call_outcome
judge(struct call *call, struct client *client, CURLcode result)
{
	curl_off_t us = 0;

	if (result != CURLE_OK) {
		call->status = 0;
		snprintf(client->trouble, sizeof(client->trouble), "%s",
			 call->error[0] ? call->error : curl_easy_strerror(result));
		return wait_or_give_up(call, client);
	}
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &call->status);
	curl_easy_getinfo(call->easy, CURLINFO_TOTAL_TIME_T, &us);
	client_latency_add(&client->latency, (double)us);
	if (call->status >= 200 && call->status < 300)
		return CALL_DONE;
	if (is_passing(call->status) ||
	    (call->status == 500 && ++call->faults <= FAULTS_MAX)) {
		snprintf(client->trouble, sizeof(client->trouble), "it answers %ld",
			 call->status);
		return wait_or_give_up(call, client);
	}
	return CALL_REFUSED;
}

enum call_outcome
call_finish(struct call *call, struct client *client, CURLcode result)
{
	curl_multi_remove_handle(client->multi, call->easy);
	call->running = false;
	return judge(call, client, result);
}

enum call_outcome
call_run(struct call *call, struct client *client, const volatile int *interrupted)
{
	enum call_outcome outcome;

	for (;;) {
		begin_attempt(call, client);
		outcome = judge(call, client, curl_easy_perform(call->easy));
		if (outcome != CALL_WAITS)
			return outcome;
		while (progress_clock_ms() < call->due_ms) {
			if (interrupted && *interrupted)
				return CALL_GAVE_UP;
			curl_multi_poll(client->multi, NULL, 0, 20, NULL);
		}
	}
}

json_t *
call_json(const struct call *call)
{
	return json_loadb(call->answer.data ? call->answer.data : "", call->answer.len, 0,
			  NULL);
}

void
client_latency_add(struct client_latency *latency, double us)
{
	int at = us > 1 ? (int)(log(us) / log(LATENCY_BASE)) : 0;

	latency->bucket[at < CLIENT_BUCKETS ? at : CLIENT_BUCKETS - 1]++;
	latency->n++;
}

double
client_latency_ms(const struct client_latency *latency, double q)
{
	uint64_t below = 0, wanted = (uint64_t)ceil(q * (double)latency->n);

	if (latency->n == 0)
		return NAN;
	for (int i = 0; i < CLIENT_BUCKETS; i++) {
		below += latency->bucket[i];
		if (below >= wanted && below > 0)
			return pow(LATENCY_BASE, i + 0.5) / 1000;
	}
	return NAN;
}
