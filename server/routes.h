/** The whole HTTP surface as one table: the place to start reading. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include <stddef.h>

#include "base/errors.h"

struct request;

/* What a route asks for before its handler runs. */
enum route_auth {
	ROUTE_OPEN,
	ROUTE_PARTICIPANT,
	ROUTE_SESSION,       /* the token of the session in the path */
	ROUTE_SESSION_OWNER, /* that, or the participant's token (the handler's query
				proves ownership) */
	ROUTE_READ_TOKEN,    /* looked up by the handler */
	ROUTE_OPERATOR,      /* a token made from the server's secret: camp token */
	ROUTE_OPERATOR_FILE, /* that, and a body that is a file: application/octet-stream
			      */
};

struct route {
	const char *method; /* "GET" also serves HEAD */
	const char *path;   /* segments; {name} matches one */
	enum route_auth auth;
	size_t body_limit;      /* bytes; 0: the route takes no body */
	const char *query;      /* allowed names, space-separated; "*": any; NULL: none */
	const char *media_type; /* of its answers */
	enum camp_err (*handle)(struct request *rq);
};

extern const struct route routes[];
extern const size_t n_routes;

/* Why no route was found. */
struct route_miss {
	enum camp_err err; /* NOT_FOUND or METHOD */
	char allow[48];    /* for METHOD: "GET, HEAD" */
};

/**
 * The route of a method and a path (as sent, without the query), its parameters put into
 * rq; NULL with *miss filled.
 */
const struct route *route_match(struct request *rq, const char *method, const char *path,
				size_t len, struct route_miss *miss);

#endif
