#include <config.h>

#include "db/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"

#define OPEN_MS 10000

/* ---- queues ---- */

static void
queue_push(struct op_queue *q, struct op *op)
{
	op->next = NULL;
	if (q->last != NULL)
		q->last->next = op;
	else
		q->first = op;
	q->last = op;
}

static void
queue_push_front(struct op_queue *q, struct op *op)
{
	op->next = q->first;
	q->first = op;
	if (q->last == NULL)
		q->last = op;
}

/* Takes the element after prev (NULL: the first). */
static struct op *
queue_take(struct op_queue *q, struct op *prev)
{
	struct op **link = prev != NULL ? &prev->next : &q->first;
	struct op *op = *link;

	*link = op->next;
	if (q->last == op)
		q->last = prev;
	op->next = NULL;
	return op;
}

static void
wake(struct db *db)
{
	uint64_t one = 1;

	while (write(db->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

enum camp_err
op_submit(struct op *op)
{
	enum camp_err err = CAMP_OK;
	struct db *db;
	bool first = false;

	if (op == NULL)
		return CAMP_ERR_MEMORY;
	db = op->db;
	if (op->bytes.failed) {
		op_free(op);
		return CAMP_ERR_MEMORY;
	}
	op->deadline_ms = pool_now_ms() + db->timeout_ms;
	pthread_mutex_lock(&db->mutex);
	if (!db->accepting) {
		err = CAMP_ERR_UNAVAILABLE;
	} else if (atomic_load(&db->depth) >= db->queue_limit) {
		err = CAMP_ERR_BUSY;
	} else {
		atomic_fetch_add(&db->depth, 1);
		first = db->submitted.first == NULL;
		queue_push(&db->submitted, op);
	}
	pthread_mutex_unlock(&db->mutex);
	if (err != CAMP_OK)
		op_free(op);
	else if (first)
		wake(db);
	return err;
}

/* ---- what lanes report ---- */

static void
op_done(struct db *db, struct op *op, enum camp_err err)
{
	/* Before the call: who is called back may submit the next one. */
	atomic_fetch_sub(&db->depth, 1);
	db->called_back = true;
	op->finish(op, err);
	op_free(op);
}

/* One that loses every connection it is sent on must not take them all. */
static void
op_again(struct db *db, struct op *op)
{
	if (op->tries >= OP_TRIES_MAX)
		op_done(db, op, CAMP_ERR_UNAVAILABLE);
	else
		queue_push_front(&db->waiting[op->role], op);
}

static const struct lane_events events = {.done = op_done, .again = op_again};

/* ---- one turn ---- */

static bool
role_up(const struct db *db, enum db_role role)
{
	for (int i = 0; i <= db->n_lanes; i++)
		if (db->lanes[i].role == role && db->lanes[i].state == LANE_UP)
			return true;
	return false;
}

/* Of one never sent it is known that nothing was stored. */
static enum camp_err
late_err(const struct db *db, const struct op *op)
{
	if (op->sent)
		return CAMP_ERR_DEADLINE;
	return role_up(db, op->role) ? CAMP_ERR_BUSY : CAMP_ERR_UNAVAILABLE;
}

static void
queue_expire(struct db *db, struct op_queue *q, int64_t now_ms)
{
	struct op *prev = NULL;

	for (struct op *op = q->first; op != NULL;) {
		struct op *next = op->next;

		if (now_ms >= op->deadline_ms)
			op_done(db, queue_take(q, prev), late_err(db, op));
		else
			prev = op;
		op = next;
	}
}

/*
 * An operation in flight past its deadline takes its connection with it: a commit may be
 * waiting for a standby, which no time limit of PostgreSQL ends and a cancel would turn
 * into a false success. The others in flight there are sent again.
 */
static void
lane_expire(struct db *db, struct lane *lane, int64_t now_ms)
{
	struct op *op;

	for (op = lane->first; op != NULL; op = op->next)
		if (now_ms >= op->deadline_ms)
			break;
	if (op == NULL)
		return;
	snprintf(lane->why, LANE_WHY, "an operation passed its deadline");
	lane_lose(lane, db, &events, now_ms); /* queue_expire() answers it */
}

static struct lane *
lane_choose(struct db *db, enum db_role role)
{
	struct lane *best = NULL;

	for (int i = 0; i <= db->n_lanes; i++) {
		struct lane *lane = &db->lanes[i];

		if (lane->role == role && lane->state == LANE_UP &&
		    lane->n_flying < LANE_DEPTH &&
		    (best == NULL || lane->n_flying < best->n_flying))
			best = lane;
	}
	return best;
}

static void
dispatch(struct db *db, enum db_role role, int64_t now_ms)
{
	struct op_queue *q = &db->waiting[role];
	struct op *prev = NULL;
	struct lane *lane;

	for (struct op *op = q->first; op != NULL;) {
		struct op *next = op->next;

		if (op->not_before_ms > now_ms) {
			prev = op;
			op = next;
			continue;
		}
		lane = lane_choose(db, role);
		if (lane == NULL)
			return;
		queue_take(q, prev);
		lane_send(lane, op, db, &events);
		if (lane->state != LANE_UP)
			return; /* it was lost, and the queue is another */
		op = next;
	}
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
wake_at(const struct db *db)
{
	int64_t at = atomic_load(&db->stop_at_ms);

	for (int i = 0; i <= db->n_lanes; i++) {
		at = sooner(at, lane_wake_ms(&db->lanes[i]));
		for (const struct op *op = db->lanes[i].first; op != NULL; op = op->next)
			at = sooner(at, op->deadline_ms);
	}
	for (int role = 0; role < DB_ROLES; role++) {
		for (const struct op *op = db->waiting[role].first; op != NULL;
		     op = op->next) {
			at = sooner(at, op->deadline_ms);
			if (op->not_before_ms > 0)
				at = sooner(at, op->not_before_ms);
		}
	}
	return at;
}

static void
take_submitted(struct db *db)
{
	struct op_queue q;

	pthread_mutex_lock(&db->mutex);
	q = db->submitted;
	db->submitted = (struct op_queue){0};
	pthread_mutex_unlock(&db->mutex);
	while (q.first != NULL) {
		struct op *op = queue_take(&q, NULL);

		queue_push(&db->waiting[op->role], op);
	}
}

static void
count_lanes(struct db *db)
{
	int up = 0;

	for (int i = 0; i <= db->n_lanes; i++)
		up += db->lanes[i].state == LANE_UP;
	atomic_store(&db->lanes_up, up);
}

static void
after_batch(struct db *db)
{
	if (db->called_back && db->after_batch != NULL)
		db->after_batch(db->after_batch_arg);
	db->called_back = false;
}

static void
wait_events(struct db *db, struct pollfd *fds)
{
	int64_t at = wake_at(db), now = pool_now_ms();
	int timeout = at == INT64_MAX ? -1 : at <= now ? 0 : (int)sooner(at - now, 60000);
	uint64_t ignored;

	fds[0] = (struct pollfd){.fd = db->wake_fd, .events = POLLIN};
	for (int i = 0; i <= db->n_lanes; i++) {
		const struct lane *lane = &db->lanes[i];

		fds[i + 1] =
			(struct pollfd){.fd = lane->conn != NULL ? PQsocket(lane->conn)
								 : -1,
					.events = lane->events};
	}
	log_flush();
	if (poll(fds, (nfds_t)db->n_lanes + 2, timeout) <= 0) {
		for (int i = 0; i <= db->n_lanes + 1; i++)
			fds[i].revents = 0;
		return;
	}
	if (fds[0].revents != 0 && read(db->wake_fd, &ignored, sizeof(ignored)) < 0)
		return; /* somebody else took it */
}

static void
turn(struct db *db)
{
	struct pollfd fds[LANES_MAX + 2];
	int64_t now;

	wait_events(db, fds);
	now = pool_now_ms();
	for (int i = 0; i <= db->n_lanes; i++) {
		struct lane *lane = &db->lanes[i];
		bool was_up = lane->state == LANE_UP;

		if (fds[i + 1].revents != 0 || now >= lane_wake_ms(lane))
			lane_advance(lane, db, &events, now);
		if (lane->state == LANE_UP)
			lane_expire(db, lane, now);
		if (was_up && lane->state != LANE_UP)
			atomic_fetch_add(&db->reconnects, 1);
	}
	take_submitted(db);
	for (int role = 0; role < DB_ROLES; role++) {
		queue_expire(db, &db->waiting[role], now);
		dispatch(db, (enum db_role)role, now);
	}
	count_lanes(db);
	after_batch(db);
}

/* ---- life ---- */

static void *
thread_main(void *arg)
{
	struct db *db = arg;

	while (!atomic_load(&db->stopping) ||
	       (atomic_load(&db->depth) > 0 &&
		pool_now_ms() < atomic_load(&db->stop_at_ms)))
		turn(db);
	return NULL;
}

enum camp_err
loop_init(struct db *db)
{
	pthread_mutex_init(&db->mutex, NULL);
	atomic_store(&db->stop_at_ms, INT64_MAX);
	db->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (int i = 0; i <= db->n_lanes; i++) {
		db->lanes[i].conninfo = db->conninfo;
		db->lanes[i].role = i < db->n_lanes ? DB_APP : DB_AUTH;
	}
	return db->wake_fd >= 0 ? CAMP_OK : CAMP_ERR_MEMORY;
}

/* The first lane goes ahead, so that what is wrong is said once. */
enum camp_err
loop_connect(struct db *db, char *why, size_t why_size)
{
	int64_t until = pool_now_ms() + OPEN_MS;

	while (atomic_load(&db->lanes_up) <= db->n_lanes) {
		atomic_store(&db->stop_at_ms, until);
		turn(db);
		for (int i = 0; i <= db->n_lanes; i++) {
			if (db->lanes[i].failures == 0)
				continue;
			snprintf(why, why_size, "%s", db->lanes[i].why);
			return CAMP_ERR_UNAVAILABLE;
		}
		if (pool_now_ms() > until) {
			snprintf(why, why_size, "the database did not answer in time");
			return CAMP_ERR_UNAVAILABLE;
		}
	}
	atomic_store(&db->stop_at_ms, INT64_MAX);
	return CAMP_OK;
}

enum camp_err
loop_start(struct db *db)
{
	sigset_t all, old;
	int failed;

	db->accepting = true;
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&db->thread, NULL, thread_main, db);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	db->threaded = failed == 0;
	return failed == 0 ? CAMP_OK : CAMP_ERR_MEMORY;
}

static void
give_up(struct db *db, struct op_queue *q)
{
	while (q->first != NULL)
		op_done(db, queue_take(q, NULL), CAMP_ERR_UNAVAILABLE);
}

void
loop_stop(struct db *db, int stop_ms)
{
	if (!db->threaded)
		return;
	pthread_mutex_lock(&db->mutex);
	db->accepting = false;
	pthread_mutex_unlock(&db->mutex);
	atomic_store(&db->stop_at_ms, pool_now_ms() + stop_ms);
	atomic_store(&db->stopping, true);
	wake(db);
	pthread_join(db->thread, NULL);
	db->threaded = false;
	take_submitted(db);
	for (int i = 0; i <= db->n_lanes; i++) {
		struct op_queue flying = {db->lanes[i].first, db->lanes[i].last};

		db->lanes[i].first = db->lanes[i].last = NULL;
		db->lanes[i].n_flying = 0;
		give_up(db, &flying);
	}
	for (int role = 0; role < DB_ROLES; role++)
		give_up(db, &db->waiting[role]);
	after_batch(db);
}

void
loop_clear(struct db *db)
{
	for (int i = 0; i <= db->n_lanes; i++)
		lane_clear(&db->lanes[i]);
	if (db->wake_fd >= 0)
		close(db->wake_fd);
	pthread_mutex_destroy(&db->mutex);
}
