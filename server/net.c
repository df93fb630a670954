#define _GNU_SOURCE /* POLLRDHUP */
#include "server/net.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "server/config.h"
#include "server/dispatch.h"
#include "server/metrics.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

#define TICK_MS 100
#define LOOK_MS 1000 /* between two looks for clients that left */
#define LOOK_AT_ONCE 128
#define LISTEN_BACKLOG 1024
/* Request line, headers and what is read of the body at a time; its clearing for every
 * request is measurable, so it is no larger than browsers need. */
#define CONNECTION_MEMORY_BYTES 8192
/* MHD_ALLOW_SUSPEND_RESUME without its inter-thread channel: we resume on this thread and
 * call MHD_run() ourselves, which saves a write for each answer. */
#define SUSPEND_WITHOUT_CHANNEL ((enum MHD_FLAG)8192)

struct net {
	struct server *sv;
	struct MHD_Daemon *mhd;
	int listen_fd, epoll_fd, wake_fd, signal_fd;
	int64_t now_ms;
	_Atomic(struct request *) done; /* a stack, newest first */
	struct request *suspended;      /* doubly linked, any order */
	struct connection *connections;
	atomic_bool draining;
	int64_t drain_until_ms;
	int64_t next_look_ms;
};

static int64_t
monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
net_now_ms(const struct net *net)
{
	return net->now_ms;
}

bool
net_draining(const struct net *net)
{
	return atomic_load_explicit(&net->draining, memory_order_relaxed);
}

/* Answered requests. */

static bool
push_done(struct net *net, struct request *rq)
{
	struct request *head = atomic_load_explicit(&net->done, memory_order_relaxed);

	do {
		rq->next_done = head;
	} while (!atomic_compare_exchange_weak_explicit(&net->done, &head, rq,
							memory_order_release,
							memory_order_relaxed));
	return head == NULL;
}

void
net_wake(struct net *net)
{
	uint64_t one = 1;
	ssize_t n = write(net->wake_fd, &one, sizeof(one));

	(void)n; /* fails only when the counter is full: then the loop wakes anyway */
}

void
net_done(struct net *net, struct request *rq)
{
	/* Whoever finds the stack empty wakes the loop for all that follow. */
	if (push_done(net, rq))
		net_wake(net);
}

void
net_done_quietly(struct net *net, struct request *rq)
{
	push_done(net, rq);
}

void
net_suspend(struct net *net, struct request *rq)
{
	rq->suspended = true;
	rq->previous_suspended = NULL;
	rq->next_suspended = net->suspended;
	if (net->suspended)
		net->suspended->previous_suspended = rq;
	net->suspended = rq;
	rq->connection->state = CONNECTION_HANDLING;
	rq->connection->deadline_ms = 0;
	metrics_gauge_add(METRICS_SUSPENDED, 1);
	MHD_suspend_connection(rq->mhd);
}

static void
resume(struct net *net, struct request *rq)
{
	if (rq->previous_suspended)
		rq->previous_suspended->next_suspended = rq->next_suspended;
	else
		net->suspended = rq->next_suspended;
	if (rq->next_suspended)
		rq->next_suspended->previous_suspended = rq->previous_suspended;
	rq->suspended = false;
	metrics_gauge_add(METRICS_SUSPENDED, -1);
	MHD_resume_connection(rq->mhd);
}

/* True when something was resumed, so that libmicrohttpd must run at once. */
static bool
resume_done(struct net *net)
{
	struct request *rq =
		atomic_exchange_explicit(&net->done, NULL, memory_order_acquire);
	bool any = rq != NULL;

	while (rq) {
		struct request *next = rq->next_done;

		resume(net, rq);
		rq = next;
	}
	return any;
}

/* Connections and their limits. */

void
net_connection_receiving(struct net *net, struct connection *c)
{
	c->state = CONNECTION_RECEIVING;
	c->raw_uri = NULL;
	c->left = false;
	c->deadline_ms = net->now_ms + net->sv->config->idle_timeout_s * 1000LL;
}

void
net_connection_sending(struct net *net, struct connection *c, uint64_t bytes)
{
	const struct config *config = net->sv->config;

	c->state = CONNECTION_SENDING;
	c->deadline_ms = 0;
	if (config->send_rate_min == 0)
		return;
	c->deadline_ms = net->now_ms + config->send_grace_s * 1000LL +
			 (int64_t)(bytes * 1000 / (uint64_t)config->send_rate_min);
}

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **context,
	      enum MHD_ConnectionNotificationCode code)
{
	struct net *net = arg;
	struct connection *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

		c = calloc(1, sizeof(*c));
		*context = c;
		if (!c)
			return; /* its requests are refused in dispatch */
		c->fd = info->connect_fd;
		net_connection_receiving(net, c);
		c->next = net->connections;
		if (c->next)
			c->next->previous = c;
		net->connections = c;
		metrics_gauge_add(METRICS_CONNECTIONS, 1);
		metrics_count(METRICS_CONNECTIONS_ACCEPTED, 1);
		return;
	}
	*context = NULL;
	if (!c)
		return;
	if (c->previous)
		c->previous->next = c->next;
	else
		net->connections = c->next;
	if (c->next)
		c->next->previous = c->previous;
	metrics_gauge_add(METRICS_CONNECTIONS, -1);
	free(c);
}

static void
shut_slow_connections(struct net *net)
{
	for (struct connection *c = net->connections; c; c = c->next) {
		if (c->deadline_ms == 0 || c->deadline_ms > net->now_ms)
			continue;
		/* libmicrohttpd sees the end of the stream and cleans up. */
		shutdown(c->fd, SHUT_RDWR);
		if (c->state == CONNECTION_SENDING)
			metrics_count(METRICS_SEND_TIMEOUTS, 1);
		else if (c->raw_uri)
			metrics_count(METRICS_RECEIVE_TIMEOUTS, 1);
		c->deadline_ms = 0;
	}
}

/* What a second look finds still closed by the client will never be a whole request. */
static void
shut_if_left_again(struct pollfd *fds, struct connection **of, int n)
{
	poll(fds, (nfds_t)n, 0);
	for (int i = 0; i < n; i++) {
		if (!fds[i].revents)
			continue;
		if (of[i]->left) {
			shutdown(of[i]->fd, SHUT_RDWR);
			of[i]->deadline_ms = 0;
		}
		of[i]->left = true;
	}
}

/*
 * libmicrohttpd 0.9.75 misses the end of a stream that comes together with data: its
 * epoll is edge-triggered, and after a short read it waits for another edge.
 */
static void
shut_left_connections(struct net *net)
{
	struct pollfd fds[LOOK_AT_ONCE];
	struct connection *of[LOOK_AT_ONCE];
	int n = 0;

	if (net->now_ms < net->next_look_ms)
		return;
	net->next_look_ms = net->now_ms + LOOK_MS;
	for (struct connection *c = net->connections; c; c = c->next) {
		if (c->state != CONNECTION_RECEIVING || c->deadline_ms == 0)
			continue;
		fds[n] = (struct pollfd){.fd = c->fd, .events = POLLRDHUP};
		of[n++] = c;
		if (n == LOOK_AT_ONCE) {
			shut_if_left_again(fds, of, n);
			n = 0;
		}
	}
	if (n > 0)
		shut_if_left_again(fds, of, n);
}

static void
answer_overdue(struct net *net)
{
	struct request *next;

	for (struct request *rq = net->suspended; rq; rq = next) {
		next = rq->next_suspended;
		if (rq->deadline_ms > net->now_ms || atomic_load(&rq->answered))
			continue;
		metrics_count(METRICS_DEADLINES, 1);
		/* reply_error() drops a pending answer, which here is still to come. */
		atomic_fetch_add(&rq->references, 1);
		reply_error(rq,
			    net_draining(net) ? CAMP_ERR_DRAINING : CAMP_ERR_DEADLINE);
	}
}

/* Opening. */

static int
listen_on(const char *address, int port, char *why, size_t why_size)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char service[8];
	int fd = -1, one = 1, error;

	snprintf(service, sizeof(service), "%d", port);
	error = getaddrinfo(address, service, &hints, &found);
	if (error != 0) {
		snprintf(why, why_size, "the address \"%s\" cannot be used: %s", address,
			 gai_strerror(error));
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
		    listen(fd, LISTEN_BACKLOG) == 0)
			goto out;
	}
	if (errno == EADDRINUSE)
		snprintf(why, why_size,
			 "port %d on %s is in use by another program; stop that one or "
			 "choose another with --port or CAMP_PORT",
			 port, address);
	else
		snprintf(why, why_size, "cannot listen on %s port %d: %s", address, port,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
	fd = -1;
out:
	freeaddrinfo(found);
	return fd;
}

/*
 * A handler and a pipe rather than blocked signals and a signalfd: a library may have
 * made a thread before main() (OpenBLAS does), which blocks nothing, and a signal that
 * any thread takes with the default action ends the process.
 */
static atomic_int signal_to = -1;

static void
on_signal(int sig)
{
	int saved = errno;
	unsigned char byte = (unsigned char)sig;
	ssize_t n = write(atomic_load(&signal_to), &byte, 1);

	(void)n; /* a full pipe holds enough of them */
	errno = saved;
}

static int
open_signal_fd(void)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	int ends[2];

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
		return -1;
	atomic_store(&signal_to, ends[1]);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	return ends[0];
}

/* What comes later is ignored. */
static void
close_signal_fd(int fd)
{
	int to = atomic_exchange(&signal_to, -1);

	if (to >= 0)
		close(to);
	if (fd >= 0)
		close(fd);
}

static void *
on_uri(void *arg, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *c = info ? info->socket_context : NULL;
	struct net *net = arg;

	if (c) {
		c->raw_uri = uri;
		c->uri_len = strlen(uri);
		snprintf(c->uri, sizeof(c->uri), "%s", uri);
		c->left = false;
		c->deadline_ms =
			net->now_ms + net->sv->config->receive_timeout_s * 1000LL;
	}
	return NULL;
}

/* Paths are matched as they were sent; nothing is decoded in place. */
static size_t
keep_escapes(void *arg, struct MHD_Connection *mhd, char *text)
{
	return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void
on_mhd_log(void *arg, const char *format, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\r\n")] = '\0';
	log_event(LOG_DEBUG, "libmicrohttpd", log_text("text", text));
}

static struct MHD_Daemon *
start_mhd(struct net *net)
{
	const struct config *config = net->sv->config;

	/* The time-out is a backstop for silence: net->connections have their own. */
	return MHD_start_daemon(MHD_USE_EPOLL | SUSPEND_WITHOUT_CHANNEL |
					MHD_USE_ERROR_LOG,
				0, NULL, NULL, dispatch_access, net->sv,
				/* First, so that its messages are ours from the start. */
				MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL,
				MHD_OPTION_LISTEN_SOCKET, net->listen_fd,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				(size_t)CONNECTION_MEMORY_BYTES,
				MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)config->connection_limit,
				MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)(config->receive_timeout_s +
					       config->idle_timeout_s),
				MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, net,
				MHD_OPTION_NOTIFY_COMPLETED, dispatch_completed, net->sv,
				MHD_OPTION_URI_LOG_CALLBACK, on_uri, net,
				MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
				MHD_OPTION_END);
}

enum camp_err
net_open(struct net **out, struct server *sv, char *why, size_t why_size)
{
	struct net *net = calloc(1, sizeof(*net));
	const union MHD_DaemonInfo *info;

	*out = NULL;
	if (!net)
		return CAMP_ERR_MEMORY;
	net->sv = sv;
	net->now_ms = monotonic_ms();
	net->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	net->signal_fd = open_signal_fd();
	net->listen_fd = listen_on(sv->config->address, sv->config->port, why, why_size);
	if (net->listen_fd < 0)
		goto failed;
	net->mhd = start_mhd(net);
	if (!net->mhd) {
		snprintf(why, why_size, "the HTTP server cannot start: %s",
			 strerror(errno));
		goto failed;
	}
	info = MHD_get_daemon_info(net->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	net->epoll_fd = info->epoll_fd;
	*out = net;
	return CAMP_OK;
failed:
	if (net->listen_fd >= 0)
		close(net->listen_fd);
	close(net->wake_fd);
	close_signal_fd(net->signal_fd);
	free(net);
	return CAMP_ERR_FAULT;
}

/* Running. */

static int
turn_timeout_ms(struct net *net, bool resumed)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (resumed)
		return 0;
	if (MHD_get_timeout(net->mhd, &ms) == MHD_YES && ms < TICK_MS)
		return (int)ms;
	return TICK_MS;
}

static void
turn(struct net *net)
{
	struct pollfd fds[] = {{.fd = net->epoll_fd, .events = POLLIN},
			       {.fd = net->wake_fd, .events = POLLIN},
			       {.fd = net->signal_fd, .events = POLLIN}};
	bool resumed = resume_done(net);

	poll(fds, 3, turn_timeout_ms(net, resumed));
	net->now_ms = monotonic_ms();
	if (fds[1].revents) {
		uint64_t count;
		ssize_t n = read(net->wake_fd, &count, sizeof(count));

		(void)n;
		resume_done(net);
	}
	MHD_run(net->mhd);
}

static void
begin_drain(struct net *net)
{
	MHD_socket fd;

	atomic_store(&net->draining, true);
	net->drain_until_ms = net->now_ms + net->sv->config->drain_timeout_s * 1000LL;
	/* The kernel refuses newcomers at once; those it had accepted are still served.
	 */
	fd = MHD_quiesce_daemon(net->mhd);
	if (fd != MHD_INVALID_SOCKET)
		close(fd);
	net->listen_fd = -1;
	log_event(LOG_INFO, "draining");
}

/* Idle connections may go; whoever is being answered may not. */
static bool
drained(struct net *net)
{
	if (net->suspended)
		return false;
	for (struct connection *c = net->connections; c; c = c->next) {
		if (c->state != CONNECTION_RECEIVING || c->raw_uri)
			return false;
	}
	return true;
}

static int
read_signal(struct net *net)
{
	unsigned char byte;

	return read(net->signal_fd, &byte, 1) == 1 ? byte : 0;
}

void
net_run(struct net *net, void (*on_reload)(void *), void (*on_drain)(void *), void *arg)
{
	int64_t next_tick_ms = 0;

	for (;;) {
		turn(net);
		if (net->now_ms < next_tick_ms)
			continue;
		next_tick_ms = net->now_ms + TICK_MS;
		for (int sig = read_signal(net); sig != 0; sig = read_signal(net)) {
			if (sig == SIGHUP) {
				on_reload(arg);
			} else if (!net_draining(net)) {
				on_drain(arg);
				begin_drain(net);
			} else {
				/* Asked twice: whoever still waits is told now. */
				net->drain_until_ms = net->now_ms - 1;
			}
		}
		shut_slow_connections(net);
		shut_left_connections(net);
		answer_overdue(net);
		log_flush();
		if (!net_draining(net))
			continue;
		if (drained(net))
			break;
		if (net->now_ms > net->drain_until_ms) {
			for (struct request *rq = net->suspended; rq;
			     rq = rq->next_suspended)
				rq->deadline_ms = 0;
			/* One more second for the answers to leave. */
			if (net->now_ms > net->drain_until_ms + 1000)
				break;
		}
	}
}

void
net_close(struct net *net)
{
	if (!net)
		return;
	/* After a forced end a late answer may still have come: stopping with suspended
	 * connections is undefined. */
	for (struct request *rq = net->suspended; rq; rq = rq->next_suspended)
		rq->deadline_ms = 0;
	answer_overdue(net);
	resume_done(net);
	MHD_run(net->mhd);
	MHD_stop_daemon(net->mhd);
	if (net->listen_fd >= 0)
		close(net->listen_fd);
	close(net->wake_fd);
	close_signal_fd(net->signal_fd);
	free(net);
}
