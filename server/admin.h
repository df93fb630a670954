/** The operator's listener on loopback: /livez, /readyz, /metrics. A daemon of its own.
 */
#ifndef SERVER_ADMIN_H
#define SERVER_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errors.h"

struct admin;
struct db_metrics;

struct admin_options {
	int port;
	/* Called on the listener's thread. */
	const char *(*not_ready)(void *arg); /* NULL: ready; else why not, static text */
	/* NULL: never; true: ready, but not all of it works, and why[] says what does
	 * not.
	 */
	bool (*degraded)(void *arg, char *why, size_t why_size);
	bool (*db_metrics)(void *arg, struct db_metrics *out); /* false: none yet */
	void *arg;
};

/**
 * Listens on 127.0.0.1. GET and HEAD only.
 *	/livez   200 {"status":"ok"} while the process runs
 *	/readyz  200 {"status":"ok"}, or 503 {"status":"unavailable","reason":"draining"};
 *	         200 {"status":"ok","degraded":"..."} when something beside the requests'
 *	         path fails, such as loading the attention model
 *	/metrics Prometheus text
 * Errors: FAULT with one sentence in why (a busy port names the setting).
 */
CAMP_MUST_CHECK enum camp_err
admin_start(struct admin **out, const struct admin_options *options, char *why,
	    size_t why_size);
/** NULL-safe. */
void admin_stop(struct admin *admin);

#endif
