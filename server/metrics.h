/**
 * Counters of the server and their Prometheus text. One set a process; counting is a few
 * relaxed atomic additions, from any thread. No label ever names a person.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "base/buffer.h"
#include "base/errors.h"

struct db_metrics;

#define METRICS_ROUTES_MAX 64
#define METRICS_ROUTE_OTHER (-1) /* an address that no route has */

struct metrics_route {
	const char *method,
		*path; /* the template: "/api/v1/sessions/{id}/trials"; static */
};

/** Names the routes; n <= METRICS_ROUTES_MAX. Call once, before anything is counted. */
void metrics_routes(const struct metrics_route *routes, int n);

/** One answered request. seconds from its first byte to the last of the answer. */
void metrics_request(int route, int status, double seconds);

/** A request refused before a route was found (framing, limits), by its error. */
void metrics_refused(enum camp_err why);

enum metrics_gauge {
	METRICS_CONNECTIONS,    /* open now */
	METRICS_SUSPENDED,      /* requests waiting for the database now */
	METRICS_COMPUTE_QUEUED, /* forecasts and adaptations waiting for a thread */
	METRICS_GAUGES
};
void metrics_gauge_add(enum metrics_gauge gauge, int by);

enum metrics_counter {
	METRICS_CONNECTIONS_ACCEPTED,
	METRICS_CONNECTIONS_REFUSED, /* over the limit */
	METRICS_RECEIVE_TIMEOUTS,    /* closed by the absolute age limit */
	METRICS_SEND_TIMEOUTS,       /* closed because the client did not read */
	METRICS_DEADLINES,           /* answered 503 by their own deadline */
	METRICS_LATE_ANSWERS,        /* came after the deadline had answered */
	METRICS_RECEIVED_BYTES,      /* of bodies */
	METRICS_COUNTERS
};
void metrics_count(enum metrics_counter counter, unsigned long by);

/** Appends everything in text format 0.0.4. db may be NULL: its part is left out. */
void metrics_render(struct buffer *out, const struct db_metrics *db);

/** Zeroes all counters (tests). */
void metrics_reset(void);

#endif
