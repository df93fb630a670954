/*
 * load: an HTTP/1.1 load generator for one server on loopback.
 *
 * One thread, one epoll, N keep-alive connections, each with one request in flight.
 * Ingest mode posts trials of prepared sessions: request j carries `trials` trials, seq
 * 32 c and on, of session j mod S, where c = first cell + j / S; so no trial is ever sent
 * twice. Static mode gets one path. Only a 200 that says what it should counts as
 * success. The result is one line of JSON on stdout. Exit: 0 done, 1 a request failed, 2
 * usage or no server, 3 no answer for `--stall` seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/trial.h"
#include "tests/bench/bodies.h"
#include "tests/bench/histogram.h"

#define ANSWER_MAX 8192 /* head of an answer, and the body of an ingest answer */
#define STATUS_MAX 600
#define FAILED_CONNECTIONS_MAX 1000 /* then the server is gone, and so are we */

struct connection {
	int fd;
	bool busy;         /* a request is in flight */
	bool writing;      /* its tail waits for EPOLLOUT */
	uint64_t start_ns; /* of the request */
	struct buffer tail;
	size_t tail_sent;
	size_t in_len; /* bytes in `in` */
	bool in_body;
	int status;
	size_t body_at; /* where the body begins in `in` */
	size_t body_size, body_got;
	bool closes; /* the server said "Connection: close" */
	char in[ANSWER_MAX];
};

struct options {
	const char *host, *tokens, *path;
	int port, connections, trials;
	double seconds, stall_s;
	uint64_t requests; /* 0: bounded by time */
	int64_t first_cell;
	uint64_t seed;
	size_t bytes; /* length that a static answer must have */
};

struct load {
	struct options options;
	struct heads heads;
	struct bodies bodies;
	struct buffer get; /* the whole request of static mode */
	char stored[32];   /* what an ingest answer must contain */
	struct connection *connections;
	int epoll, in_flight;
	uint64_t started, end_ns, last_answer_ns;
	uint64_t ok, wrong, broken; /* good answers, bad 200s, connections lost */
	uint64_t status[STATUS_MAX];
	uint64_t bytes_in;
	bool stalled;
	struct histogram latency;
};

static char scratch[65536];

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- connections ---- */

static bool
connection_open(struct load *l, struct connection *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)l->options.port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	int one = 1;

	c->busy = c->writing = c->in_body = c->closes = false;
	c->in_len = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || inet_pton(AF_INET, l->options.host, &to.sin_addr) != 1 ||
	    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
		return false;
	}
	return true;
}

static void
connection_watch(struct load *l, struct connection *c, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* A lost connection is replaced at once, as a client would. */
static void
connection_broken(struct load *l, struct connection *c, bool in_request)
{
	if (in_request)
		l->broken++;
	if (c->busy)
		l->in_flight--;
	close(c->fd);
	if (l->broken > FAILED_CONNECTIONS_MAX || !connection_open(l, c)) {
		fprintf(stderr, "load: the server at port %d closes its connections\n",
			l->options.port);
		exit(2);
	}
}

/* ---- sending ---- */

static bool
request_due(const struct load *l, uint64_t now)
{
	if (l->options.requests > 0)
		return l->started < l->options.requests;
	return now < l->end_ns;
}

/* The parts of the next request. */
static int
request_parts(struct load *l, struct iovec part[2])
{
	uint64_t j = l->started++;
	const struct buffer *body;
	int64_t cell;
	size_t s;

	if (l->options.path != NULL) {
		part[0] = (struct iovec){l->get.data, l->get.len};
		return 1;
	}
	s = j % l->heads.n;
	cell = l->options.first_cell + (int64_t)(j / l->heads.n);
	if (cell != l->bodies.cell)
		bodies_make(&l->bodies, cell);
	body = &l->bodies.text[j % BODY_VARIANTS];
	part[0] = (struct iovec){l->heads.text.data + l->heads.start[s],
				 l->heads.start[s + 1] - l->heads.start[s]};
	part[1] = (struct iovec){body->data, body->len};
	return 2;
}

/* Keeps a copy of what the socket did not take. */
static void
keep_tail(struct load *l, struct connection *c, struct iovec *part, int n, size_t sent)
{
	buffer_reset(&c->tail);
	c->tail_sent = 0;
	for (int i = 0; i < n; i++) {
		size_t skip = sent < part[i].iov_len ? sent : part[i].iov_len;

		buffer_add(&c->tail, (char *)part[i].iov_base + skip,
			   part[i].iov_len - skip);
		sent -= skip;
	}
	c->writing = true;
	connection_watch(l, c, EPOLLIN | EPOLLOUT);
}

static void
request_send(struct load *l, struct connection *c, uint64_t now)
{
	struct iovec part[2];
	struct msghdr message = {.msg_iov = part};
	size_t all = 0;
	ssize_t sent;
	int n;

	n = request_parts(l, part);
	message.msg_iovlen = (size_t)n;
	for (int i = 0; i < n; i++)
		all += part[i].iov_len;
	c->busy = true;
	c->start_ns = now;
	l->in_flight++;
	sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN)
		connection_broken(l, c, true);
	else if (sent < (ssize_t)all)
		keep_tail(l, c, part, n, sent < 0 ? 0 : (size_t)sent);
}

static void
tail_send(struct load *l, struct connection *c)
{
	ssize_t sent = send(c->fd, c->tail.data + c->tail_sent,
			    c->tail.len - c->tail_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && errno != EAGAIN) {
		connection_broken(l, c, true);
		return;
	}
	c->tail_sent += sent < 0 ? 0 : (size_t)sent;
	if (c->tail_sent == c->tail.len) {
		c->writing = false;
		connection_watch(l, c, EPOLLIN);
	}
}

/* ---- receiving ---- */

/* The value of a header in the zero-terminated head; NULL when absent. */
static const char *
header_value(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL && line[2] != '\0';
	     line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			return line + 2 + len + 1 + strspn(line + 3 + len, " ");
	}
	return NULL;
}

/* 1: the head is complete; 0: more is needed; -1: not an answer we understand. */
static int
answer_head(struct connection *c)
{
	const char *length, *connection;
	char *end;

	c->in[c->in_len] = '\0';
	end = strstr(c->in, "\r\n\r\n");
	if (end == NULL)
		return c->in_len + 1 >= sizeof(c->in) ? -1 : 0;
	if (strncmp(c->in, "HTTP/1.1 ", 9) != 0)
		return -1;
	c->status = atoi(c->in + 9);
	end[2] = '\0';
	length = header_value(c->in, "content-length");
	connection = header_value(c->in, "connection");
	if (length == NULL || c->status < 100 || c->status >= STATUS_MAX)
		return -1;
	c->closes = connection != NULL && strncasecmp(connection, "close", 5) == 0;
	c->body_size = strtoul(length, NULL, 10);
	c->body_at = (size_t)(end - c->in) + 4;
	c->in_body = true;
	return 1;
}

/* Whether a complete answer says what it should. */
static bool
answer_good(const struct load *l, const struct connection *c)
{
	if (c->status != 200)
		return false;
	if (l->options.path != NULL)
		return l->options.bytes == 0 || l->options.bytes == c->body_size;
	return c->body_at + c->body_size == c->in_len &&
	       memmem(c->in + c->body_at, c->body_size, l->stored, strlen(l->stored)) !=
		       NULL;
}

static void
answer_done(struct load *l, struct connection *c)
{
	uint64_t now = now_ns();

	l->status[c->status]++;
	if (answer_good(l, c))
		l->ok++;
	else if (c->status == 200)
		l->wrong++;
	histogram_add(&l->latency, now - c->start_ns);
	l->last_answer_ns = now;
	l->in_flight--;
	c->busy = c->in_body = false;
	c->in_len = 0;
	if (c->closes)
		connection_broken(l, c, false);
	if (request_due(l, now))
		request_send(l, c, now);
}

/* Takes `got` bytes: as many as fit are in `in`, the rest was not worth keeping. */
static void
answer_part(struct load *l, struct connection *c, size_t got)
{
	size_t room = sizeof(c->in) - 1 - c->in_len;
	size_t kept = got < room ? got : room;

	c->in_len += kept;
	if (c->in_body) {
		c->body_got += got;
	} else {
		int head = answer_head(c);

		if (head < 0)
			connection_broken(l, c, true);
		if (head <= 0)
			return;
		c->body_got = c->in_len - c->body_at + (got - kept);
	}
	if (c->body_got >= c->body_size)
		answer_done(l, c);
}

static void
connection_ready(struct load *l, struct connection *c, uint32_t events)
{
	struct iovec part[2] = {{c->in + c->in_len, sizeof(c->in) - 1 - c->in_len},
				{scratch, sizeof(scratch)}};
	ssize_t got;

	if (c->writing && (events & EPOLLOUT)) {
		tail_send(l, c);
		return;
	}
	/* readv, not recvmsg: a whole static answer in one call without a second buffer.
	 */
	got = readv(c->fd, part, 2);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	l->bytes_in += got > 0 ? (uint64_t)got : 0;
	if (got > 0 && c->busy)
		answer_part(l, c, (size_t)got);
	else
		connection_broken(l, c, c->busy);
}

/* ---- the run ---- */

static void
run(struct load *l)
{
	struct epoll_event events[256];
	uint64_t now = now_ns();

	l->last_answer_ns = now;
	l->end_ns = now + (uint64_t)(l->options.seconds * 1e9);
	for (int i = 0; i < l->options.connections && request_due(l, now); i++)
		request_send(l, &l->connections[i], now_ns());
	while (l->in_flight > 0) {
		int n = epoll_wait(l->epoll, events, 256, 100);

		for (int i = 0; i < n; i++)
			connection_ready(l, events[i].data.ptr, events[i].events);
		now = now_ns();
		/* A connection that broke has lost its request; give it the next one. */
		for (int i = 0; n >= 0 && l->broken > 0 && i < l->options.connections;
		     i++)
			if (!l->connections[i].busy && request_due(l, now))
				request_send(l, &l->connections[i], now);
		if (now > l->last_answer_ns + (uint64_t)(l->options.stall_s * 1e9)) {
			l->stalled = true;
			return;
		}
	}
}

static void
print_result(const struct load *l, double wall_s)
{
	const struct histogram *h = &l->latency;
	struct rusage usage;
	const char *comma = "";
	uint64_t answers = 0;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"requests\":%llu,\"ok\":%llu,\"wrong\":%llu,\"broken\":%llu,\"status\":"
	       "{",
	       (unsigned long long)l->started, (unsigned long long)l->ok,
	       (unsigned long long)l->wrong, (unsigned long long)l->broken);
	for (int s = 0; s < STATUS_MAX; s++) {
		if (l->status[s] == 0)
			continue;
		printf("%s\"%d\":%llu", comma, s, (unsigned long long)l->status[s]);
		comma = ",";
		answers += l->status[s];
	}
	printf("},\"unanswered\":%d,\"stalled\":%s,\"seconds\":%.6f,\"per_second\":%.1f,"
	       "\"mean_ms\":%.3f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
	       "\"p999_ms\":%.3f,\"max_ms\":%.3f,\"bytes_in\":%llu,\"answers\":%llu,"
	       "\"client_cpu_s\":%.3f,\"next_cell\":%lld}\n",
	       l->in_flight, l->stalled ? "true" : "false", wall_s,
	       wall_s > 0 ? (double)l->ok / wall_s : 0, histogram_mean_ms(h),
	       histogram_quantile_ms(h, 0.5), histogram_quantile_ms(h, 0.9),
	       histogram_quantile_ms(h, 0.99), histogram_quantile_ms(h, 0.999),
	       (double)h->max_ns / 1e6, (unsigned long long)l->bytes_in,
	       (unsigned long long)answers,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       (long long)(l->options.first_cell +
			   (l->heads.n > 0 ? (int64_t)(l->started / l->heads.n) + 1
					   : 0)));
}

/* ---- options ---- */

static const char usage_text[] =
	"usage: load --port PORT [--host 127.0.0.1] [--connections 64]\n"
	"            [--seconds 5 | --requests N] [--stall 10]\n"
	"            --tokens FILE --conditions A,B --responses A,B\n"
	"            [--trials 20] [--stride 32] [--first-cell 0] [--seed 1]\n"
	"       load --port PORT ... --path /PATH [--bytes LENGTH]\n"
	"\n"
	"FILE holds a line \"SESSION-ID TOKEN\" for each session.\n";

static void
usage_exit(int code)
{
	fputs(usage_text, code == 0 ? stdout : stderr);
	exit(code);
}

static void
options_read(struct load *l, int argc, char **argv)
{
	static const struct option known[] = {
		{"port", required_argument, NULL, 'p'},
		{"host", required_argument, NULL, 'h'},
		{"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'},
		{"requests", required_argument, NULL, 'n'},
		{"stall", required_argument, NULL, 'w'},
		{"tokens", required_argument, NULL, 't'},
		{"conditions", required_argument, NULL, 'C'},
		{"responses", required_argument, NULL, 'R'},
		{"trials", required_argument, NULL, 'k'},
		{"stride", required_argument, NULL, 'd'},
		{"first-cell", required_argument, NULL, 'f'},
		{"seed", required_argument, NULL, 'S'},
		{"path", required_argument, NULL, 'g'},
		{"bytes", required_argument, NULL, 'b'},
		{"help", no_argument, NULL, '?'},
		{0},
	};
	struct options *o = &l->options;
	int c;

	*o = (struct options){.host = "127.0.0.1",
			      .connections = 64,
			      .trials = 20,
			      .seconds = 5,
			      .stall_s = 10,
			      .seed = 1};
	l->bodies.stride = TRIALS_PER_CELL;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'p':
			o->port = atoi(optarg);
			break;
		case 'h':
			o->host = optarg;
			break;
		case 'c':
			o->connections = atoi(optarg);
			break;
		case 's':
			o->seconds = atof(optarg);
			break;
		case 'n':
			o->requests = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			o->stall_s = atof(optarg);
			break;
		case 't':
			o->tokens = optarg;
			break;
		case 'C':
			body_names_split(&l->bodies.conditions, optarg);
			break;
		case 'R':
			body_names_split(&l->bodies.responses, optarg);
			break;
		case 'k':
			o->trials = atoi(optarg);
			break;
		case 'd':
			l->bodies.stride = atoi(optarg);
			break;
		case 'f':
			o->first_cell = atoll(optarg);
			break;
		case 'S':
			o->seed = strtoull(optarg, NULL, 10);
			break;
		case 'g':
			o->path = optarg;
			break;
		case 'b':
			o->bytes = strtoull(optarg, NULL, 10);
			break;
		default:
			usage_exit(optind > 1 && strcmp(argv[optind - 1], "--help") == 0
					   ? 0
					   : 2);
		}
	}
	if (optind != argc || o->port <= 0 || o->port > 65535 || o->connections < 1 ||
	    o->connections > 20000 || o->trials < 1 || o->trials > 32 ||
	    l->bodies.stride < o->trials || o->first_cell < 0 ||
	    (o->path == NULL) == (o->tokens == NULL) ||
	    (o->tokens != NULL &&
	     (l->bodies.conditions.n == 0 || l->bodies.responses.n == 0)))
		usage_exit(2);
}

static int
prepare(struct load *l)
{
	struct rlimit files;
	char host[80];

	snprintf(host, sizeof(host), "%s:%d", l->options.host, l->options.port);
	snprintf(l->stored, sizeof(l->stored), "\"stored\":%d,", l->options.trials);
	if (l->options.path != NULL)
		buffer_addf(&l->get, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n",
			    l->options.path, host);
	else if (heads_read(&l->heads, l->options.tokens, host) != 0)
		return 2;
	l->bodies.cell = -1;
	l->bodies.trials = l->options.trials;
	l->bodies.seed = l->options.seed;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->connections = calloc((size_t)l->options.connections, sizeof(*l->connections));
	for (int i = 0; l->connections != NULL && i < l->options.connections; i++) {
		if (!connection_open(l, &l->connections[i])) {
			fprintf(stderr, "load: connection %d to port %d: %s\n", i + 1,
				l->options.port, strerror(errno));
			return 2;
		}
	}
	return l->connections != NULL && !l->get.failed ? 0 : 2;
}

int
main(int argc, char **argv)
{
	static struct load load;
	uint64_t start;
	int code;

	options_read(&load, argc, argv);
	code = prepare(&load);
	if (code != 0)
		return code;
	start = now_ns();
	run(&load);
	print_result(&load, (double)(load.last_answer_ns - start) / 1e9);
	for (int i = 0; i < load.options.connections; i++) {
		close(load.connections[i].fd);
		buffer_clear(&load.connections[i].tail);
	}
	free(load.connections);
	heads_clear(&load.heads);
	bodies_clear(&load.bodies);
	buffer_clear(&load.get);
	if (load.stalled)
		return 3;
	return load.ok == load.started ? 0 : 1;
}
