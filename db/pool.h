/**
 * The lanes: connections in pipeline mode, each with operations in flight. Internal to
 * db/; everything here runs on the database thread (or, while db_open() waits, on its
 * caller's).
 */
#ifndef DB_POOL_H
#define DB_POOL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/conn.h"
#include "db/op.h"

/* Operations sent to a connection and not answered yet; they queue there one by one. */
#define LANE_DEPTH 4
#define LANE_WHY 256

enum lane_state {
	LANE_DOWN,       /* waits until retry_at_ms */
	LANE_CONNECTING, /* until give_up_ms */
	LANE_PREPARING,  /* the same */
	LANE_UP,
};

struct lane {
	const char *conninfo;
	enum db_role role;
	enum lane_state state;
	PGconn *conn;
	short events; /* that poll() is to wait for */
	int64_t retry_at_ms, give_up_ms;
	int failures;            /* since it was last up */
	int preparing;           /* statements that are not confirmed yet */
	int prepare_next;        /* the one whose answer comes next */
	struct op *first, *last; /* in flight, in the order sent */
	int n_flying;
	struct db_notice notice;
	char why[LANE_WHY]; /* one sentence on the last failure */
};

/* What a lane does with operations it is done with. */
struct lane_events {
	/* Answered: err as in op_finish. The callee frees it. */
	void (*done)(struct db *db, struct op *op, enum camp_err err);
	/* To be sent again, on any lane of its role. */
	void (*again)(struct db *db, struct op *op);
};

int64_t pool_now_ms(void);

/** Begins to connect. */
void lane_connect(struct lane *lane, int64_t now_ms);

/** Sends an operation; the lane must be up and have room. */
void lane_send(struct lane *lane, struct op *op, struct db *db,
	       const struct lane_events *events);

/** Goes on with whatever the lane waits for, after poll() or a time-out. */
void lane_advance(struct lane *lane, struct db *db, const struct lane_events *events,
		  int64_t now_ms);

/**
 * Drops the connection, to be made again after a growing random wait. What was in flight
 * is sent again. Never cancels: a commit may be on its way.
 */
void lane_lose(struct lane *lane, struct db *db, const struct lane_events *events,
	       int64_t now_ms);

/** Closes it; what is in flight stays in lane->first. */
void lane_clear(struct lane *lane);

/** When lane_advance() is to be called without an event; INT64_MAX: never. */
int64_t lane_wake_ms(const struct lane *lane);

#endif
