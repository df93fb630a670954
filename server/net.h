/**
 * The network thread: libmicrohttpd's epoll descriptor in a poll loop of our own, since
 * its internal thread stops serving after a full turn of 128 events (0.9.75).
 *
 * The loop resumes answered requests, answers overdue ones with DEADLINE, and shuts
 * sockets that take too long to send a request or to read its answer: libmicrohttpd's own
 * time-out means inactivity, which a byte now and then defeats.
 */
#ifndef SERVER_NET_H
#define SERVER_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"

struct net;
struct request;
struct server;

/* A longer address is refused with 414. */
#define URI_MAX 1024

enum connection_state { CONNECTION_RECEIVING, CONNECTION_HANDLING, CONNECTION_SENDING };

/* One TCP connection; network thread only. */
struct connection {
	int fd;
	enum connection_state state;
	int64_t deadline_ms; /* when the state may end by force; 0: request's own */
	/* Of the request being received. libmicrohttpd cuts its own copy at "?" and "&".
	 */
	const char *raw_uri; /* where it began in libmicrohttpd's memory; NULL: none */
	size_t uri_len;
	char uri[URI_MAX + 1]; /* up to its first NUL, cut when longer */
	bool left;             /* no more was to come when we last looked */
	struct connection *next, *previous;
};

/** Binds and listens. why[0..why_size) holds one sentence on failure. */
CAMP_MUST_CHECK enum camp_err
net_open(struct net **out, struct server *sv, char *why, size_t why_size);

/** Serves until SIGTERM or SIGINT, then drains. on_reload runs at SIGHUP. */
void
net_run(struct net *net, void (*on_reload)(void *), void (*on_drain)(void *), void *arg);
void net_close(struct net *net);

/** The answer of a suspended request is there; from any thread. */
void net_done(struct net *net, struct request *rq);

/** The same without waking the loop: net_wake() follows soon. */
void net_done_quietly(struct net *net, struct request *rq);
void net_wake(struct net *net);

/** Monotonic milliseconds as of this turn of the loop. */
int64_t net_now_ms(const struct net *net);
bool net_draining(const struct net *net);

/* For dispatch. */
void net_suspend(struct net *net, struct request *rq);
void net_connection_receiving(struct net *net, struct connection *c);
void net_connection_sending(struct net *net, struct connection *c, uint64_t bytes);

#endif
