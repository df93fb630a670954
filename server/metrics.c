#include <config.h>

#include "server/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "db/db.h"

/* One line per status that the server can answer; anything else is counted as 599. */
static const int statuses[] = {200, 201, 204, 304, 400, 401, 404, 405, 406, 409,
			       411, 413, 414, 415, 417, 422, 431, 500, 503, 599};

#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

/* Upper ends of the latency buckets, in seconds; the last is infinity. */
static const double edges[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
			       0.1,    0.25,  0.5,    1,     2.5,  5,     10};

#define N_EDGES (sizeof(edges) / sizeof(edges[0]))

typedef _Atomic uint64_t counter;

/* Kept apart by cache lines only by size; one thread writes nearly all of them. */
struct route_counts {
	counter by_status[N_STATUSES];
	counter by_latency[N_EDGES + 1];
	counter nanoseconds;
};

#define ROUTE_SLOTS (METRICS_ROUTES_MAX + 1) /* the last is METRICS_ROUTE_OTHER */

static struct {
	struct metrics_route routes[METRICS_ROUTES_MAX];
	int n_routes;
	struct route_counts counts[ROUTE_SLOTS];
	counter refused[CAMP_ERR_COUNT];
	counter counters[METRICS_COUNTERS];
	_Atomic int64_t gauges[METRICS_GAUGES];
} all;

static void
count(counter *c, uint64_t by)
{
	atomic_fetch_add_explicit(c, by, memory_order_relaxed);
}

static uint64_t
value(counter *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

void
metrics_routes(const struct metrics_route *routes, int n)
{
	all.n_routes = n < METRICS_ROUTES_MAX ? n : METRICS_ROUTES_MAX;
	memcpy(all.routes, routes, (size_t)all.n_routes * sizeof(*routes));
}

static size_t
status_slot(int status)
{
	for (size_t i = 0; i < N_STATUSES - 1; i++) {
		if (statuses[i] == status)
			return i;
	}
	return N_STATUSES - 1;
}

void
metrics_request(int route, int status, double seconds)
{
	bool known = route >= 0 && route < all.n_routes;
	struct route_counts *c = &all.counts[known ? route : ROUTE_SLOTS - 1];
	size_t bucket = 0;

	while (bucket < N_EDGES && seconds > edges[bucket])
		bucket++;
	count(&c->by_status[status_slot(status)], 1);
	count(&c->by_latency[bucket], 1);
	if (seconds > 0)
		count(&c->nanoseconds, (uint64_t)(seconds * 1e9));
}

void
metrics_refused(enum camp_err why)
{
	if (why > CAMP_OK && why < CAMP_ERR_COUNT)
		count(&all.refused[why], 1);
}

void
metrics_gauge_add(enum metrics_gauge gauge, int by)
{
	atomic_fetch_add_explicit(&all.gauges[gauge], by, memory_order_relaxed);
}

void
metrics_count(enum metrics_counter c, unsigned long by)
{
	count(&all.counters[c], by);
}

void
metrics_reset(void)
{
	memset(&all, 0, sizeof(all));
}

static void
add_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_plain(struct buffer *out, const char *name, const char *type, const char *help,
	  double v)
{
	add_head(out, name, type, help);
	buffer_addf(out, "%s %.17g\n", name, v);
}

static struct metrics_route
route_of(int slot)
{
	return slot < all.n_routes ? all.routes[slot]
				   : (struct metrics_route){"", "other"};
}

static bool
has_counts(int slot)
{
	for (size_t i = 0; i < N_STATUSES; i++) {
		if (value(&all.counts[slot].by_status[i]) > 0)
			return true;
	}
	return false;
}

static void
render_requests(struct buffer *out)
{
	add_head(out, "camp_http_requests_total", "counter",
		 "Requests answered, by route template and status.");
	for (int slot = 0; slot < ROUTE_SLOTS; slot++) {
		struct metrics_route r = route_of(slot);

		for (size_t i = 0; i < N_STATUSES; i++) {
			uint64_t n = value(&all.counts[slot].by_status[i]);

			if (n > 0)
				buffer_addf(out,
					    "camp_http_requests_total{method=\"%s\","
					    "route=\"%s\",status=\"%d\"} %" PRIu64 "\n",
					    r.method, r.path, statuses[i], n);
		}
	}
}

static void
render_latency(struct buffer *out)
{
	add_head(out, "camp_http_request_seconds", "histogram",
		 "Seconds from the first byte of a request to the last of its answer.");
	for (int slot = 0; slot < ROUTE_SLOTS; slot++) {
		struct metrics_route r = route_of(slot);
		struct route_counts *c = &all.counts[slot];
		uint64_t sum = 0;

		if (!has_counts(slot))
			continue;
		for (size_t i = 0; i <= N_EDGES; i++) {
			char edge[24] = "+Inf";

			if (i < N_EDGES)
				snprintf(edge, sizeof(edge), "%g", edges[i]);
			sum += value(&c->by_latency[i]);
			buffer_addf(out,
				    "camp_http_request_seconds_bucket{method=\"%s\","
				    "route=\"%s\",le=\"%s\"} %" PRIu64 "\n",
				    r.method, r.path, edge, sum);
		}
		buffer_addf(out,
			    "camp_http_request_seconds_sum{method=\"%s\",route=\"%s\"} "
			    "%.9g\n"
			    "camp_http_request_seconds_count{method=\"%s\",route=\"%s\"} "
			    "%" PRIu64 "\n",
			    r.method, r.path, (double)value(&c->nanoseconds) / 1e9,
			    r.method, r.path, sum);
	}
}

static void
render_refused(struct buffer *out)
{
	add_head(out, "camp_http_refused_total", "counter",
		 "Requests refused before a route was found, by error code.");
	for (int i = CAMP_OK + 1; i < CAMP_ERR_COUNT; i++) {
		uint64_t n = value(&all.refused[i]);

		if (n > 0)
			buffer_addf(out,
				    "camp_http_refused_total{code=\"%s\"} %" PRIu64 "\n",
				    camp_err_code((enum camp_err)i), n);
	}
}

static void
render_server(struct buffer *out)
{
	static const struct {
		const char *name, *help;
	} gauges[METRICS_GAUGES] =
		{
			[METRICS_CONNECTIONS] = {"camp_http_connections",
						 "Connections open now."},
			[METRICS_SUSPENDED] = {"camp_http_suspended",
					       "Requests waiting for the database now."},
			[METRICS_COMPUTE_QUEUED] =
				{"camp_compute_queued",
				 "Forecasts and adaptations waiting for a thread."},
		},
	  counters[METRICS_COUNTERS] = {
		  [METRICS_CONNECTIONS_ACCEPTED] =
			  {"camp_http_connections_accepted_total",
			   "Connections accepted."},
		  [METRICS_CONNECTIONS_REFUSED] = {"camp_http_connections_refused_total",
						   "Connections over the limit."},
		  [METRICS_RECEIVE_TIMEOUTS] = {"camp_http_receive_timeouts_total",
						"Requests that took too long to arrive."},
		  [METRICS_SEND_TIMEOUTS] = {"camp_http_send_timeouts_total",
					     "Answers that the client took too slowly."},
		  [METRICS_DEADLINES] = {"camp_http_deadlines_total",
					 "Requests answered 503 by their own deadline."},
		  [METRICS_LATE_ANSWERS] = {"camp_http_late_answers_total",
					    "Answers that came after the deadline's."},
		  [METRICS_RECEIVED_BYTES] = {"camp_http_received_bytes_total",
					      "Bytes of request bodies."},
	  };

	for (int i = 0; i < METRICS_GAUGES; i++)
		add_plain(out, gauges[i].name, "gauge", gauges[i].help,
			  (double)atomic_load_explicit(&all.gauges[i],
						       memory_order_relaxed));
	for (int i = 0; i < METRICS_COUNTERS; i++)
		add_plain(out, counters[i].name, "counter", counters[i].help,
			  (double)value(&all.counters[i]));
}

static void
render_db(struct buffer *out, const struct db_metrics *db)
{
	size_t n = sizeof(db->commit_batch_bucket) / sizeof(db->commit_batch_bucket[0]);
	uint64_t sum = 0;

	add_plain(out, "camp_db_lane_depth", "gauge",
		  "Operations waiting or running on the lanes now.", db->lane_depth);
	add_plain(out, "camp_db_writer_depth", "gauge",
		  "Uploads waiting or running in the writer now.", db->writer_depth);
	add_plain(out, "camp_db_reconnects_total", "counter",
		  "Connections to the database made again.", (double)db->reconnects);
	add_head(out, "camp_trials_total", "counter",
		 "Trials acknowledged, by what became of them.");
	buffer_addf(out,
		    "camp_trials_total{outcome=\"stored\"} %" PRIu64 "\n"
		    "camp_trials_total{outcome=\"repeated\"} %" PRIu64 "\n"
		    "camp_trials_total{outcome=\"conflicting\"} %" PRIu64 "\n",
		    db->trials_stored, db->trials_repeated, db->trials_conflicting);
	add_head(out, "camp_db_commit_uploads", "histogram",
		 "Uploads that shared one commit of the writer.");
	for (size_t i = 0; i < n; i++) {
		sum += db->commit_batch_bucket[i];
		if (i + 1 < n)
			buffer_addf(out,
				    "camp_db_commit_uploads_bucket{le=\"%u\"} %" PRIu64
				    "\n",
				    1u << i, sum);
		else
			buffer_addf(out,
				    "camp_db_commit_uploads_bucket{le=\"+Inf\"} %" PRIu64
				    "\n",
				    sum);
	}
	buffer_addf(out,
		    "camp_db_commit_uploads_sum %" PRIu64 "\n"
		    "camp_db_commit_uploads_count %" PRIu64 "\n",
		    db->commit_uploads, sum);
}

static double
resident_bytes(void)
{
	unsigned long total, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 3; /* ".", ".." and the folder itself */
}

/* Seconds since 1970 at which this process started: boot time plus its own offset. */
static double
start_time(void)
{
	struct timespec now, up;
	unsigned long long ticks = 0;
	FILE *f = fopen("/proc/self/stat", "re");

	if (f == NULL)
		return 0;
	/* Field 22; the name in field 2 is "camp" and holds no space. */
	if (fscanf(f,
		   "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
		   "%*d %*d %*d %*d %llu",
		   &ticks) != 1)
		ticks = 0;
	fclose(f);
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (double)now.tv_sec - (double)up.tv_sec +
	       (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void
render_process(struct buffer *out)
{
	struct rusage use;
	double cpu = 0;

	if (getrusage(RUSAGE_SELF, &use) == 0)
		cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		      (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	add_plain(out, "process_cpu_seconds_total", "counter",
		  "User and system CPU of the server.", cpu);
	add_plain(out, "process_resident_memory_bytes", "gauge",
		  "Resident memory of the server.", resident_bytes());
	add_plain(out, "process_open_fds", "gauge", "Open files and sockets.",
		  open_files());
	add_plain(out, "process_start_time_seconds", "gauge",
		  "When the server started, in seconds since 1970.", start_time());
	add_head(out, "camp_build_info", "gauge", "The program's version.");
	buffer_addf(out, "camp_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
}

void
metrics_render(struct buffer *out, const struct db_metrics *db)
{
	render_requests(out);
	render_latency(out);
	render_refused(out);
	render_server(out);
	if (db != NULL)
		render_db(out, db);
	render_process(out);
}
