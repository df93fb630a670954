/**
 * One HTTP call of `camp replay`: sent through a libcurl multi handle, tried again as a
 * browser's outbox would, its answer read.
 */
#ifndef SERVER_CLI_CLIENT_H
#define SERVER_CLI_CLIENT_H

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

#define CLIENT_BUCKETS 1200

/* Latencies with 2 % resolution from 1 us to hours, in constant memory. */
struct client_latency {
	uint64_t n, bucket[CLIENT_BUCKETS];
};

struct client {
	const char *base_url; /* no slash at its end; borrowed */
	CURLM *multi;
	int patience_ms; /* how long one call is tried */
	uint64_t requests, retries;
	struct client_latency latency;
	bool loopback;
	char trouble[256]; /* why the last failed attempt failed */
};

struct call {
	CURL *easy;
	struct curl_slist *headers;
	struct buffer body, answer;
	bool is_post, running;
	int attempts, faults;
	int64_t first_ms; /* of the first attempt */
	int64_t due_ms;   /* when waiting: of the next attempt */
	long status;      /* of the answer */
	char error[CURL_ERROR_SIZE];
};

enum call_outcome {
	CALL_DONE,    /* 2xx */
	CALL_REFUSED, /* the server said no; trying again is of no use */
	CALL_WAITS,   /* the next attempt is at due_ms */
	CALL_GAVE_UP, /* patience ended; client->trouble tells */
};

/** False when libcurl has no memory or the URL is not http(s); why gets one sentence. */
bool client_init(struct client *client, const char *base_url, int connections,
		 int patience_s, char *why, size_t why_size);
void client_clear(struct client *client);

bool call_init(struct call *call, struct client *client);
void call_clear(struct call *call, struct client *client);

/**
 * Sets up a call; a POST's body is what the caller put into call->body. token and key (or
 * NULL) become the Authorization and Idempotency-Key headers. False: no memory.
 */
bool call_prepare(struct call *call, struct client *client, bool is_post,
		  const char *path, const char *token, const char *key);
/** Starts an attempt on the multi handle. False: no memory. */
bool call_start(struct call *call, struct client *client);
/** Judges an attempt that libcurl finished. */
enum call_outcome call_finish(struct call *call, struct client *client, CURLcode result);

/** Prepares nothing, but runs the call to its end; *interrupted (or NULL) ends it early.
 */
enum call_outcome
call_run(struct call *call, struct client *client, const volatile int *interrupted);

/** The answer as JSON, or NULL. The caller's. */
json_t *call_json(const struct call *call);

void client_latency_add(struct client_latency *latency, double us);
/** The q-th quantile in milliseconds, NAN when there was no call. */
double client_latency_ms(const struct client_latency *latency, double q);

#endif
