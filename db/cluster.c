#include <config.h>

#include "db/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "db/cluster_place.h"
#include "db/cluster_process.h"
#include "db/conn.h"

#define STEP_MS 20
#define LOCK_MS 120000  /* another process makes or stops it */
#define START_MS 600000 /* recovery after a crash may take minutes */
#define STOP_MS 30000
#define LOG_BYTES_MAX (8 << 20)
#define ROOM_MB 150 /* a new cluster takes 60 */
#define CONNINFO_SIZE 8500

struct cluster {
	struct cluster_place place;
	char conninfo[CONNINFO_SIZE];
	int lock_fd;
	pid_t pid;    /* of the postmaster; 0: unknown */
	bool ours;    /* it is our child, to be collected */
	bool watched; /* the thread runs */
	atomic_bool stopping;
	pthread_t thread;
};

#define say(why, why_size, ...) snprintf((why), (why_size), __VA_ARGS__)

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- who uses it ---- */

/*
 * Two bytes of STATE/postgres.lock. Whoever starts or stops the cluster holds TURN alone;
 * whoever uses it shares USE, which is taken and given up within a turn only. The kernel
 * releases both when a process dies.
 */
enum lock_byte { LOCK_TURN, LOCK_USE };

static bool
lock_try(int fd, enum lock_byte byte, short type)
{
	struct flock lock = {.l_type = type,
			     .l_whence = SEEK_SET,
			     .l_start = byte,
			     .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void
lock_release(int fd, enum lock_byte byte)
{
	(void)lock_try(fd, byte, F_UNLCK);
}

static bool
turn_take(const struct cluster *c)
{
	int64_t until = now_ms() + LOCK_MS;

	while (!lock_try(c->lock_fd, LOCK_TURN, F_WRLCK)) {
		if (now_ms() > until || (errno != EAGAIN && errno != EACCES))
			return false;
		usleep(STEP_MS * 1000);
	}
	return true;
}

static enum camp_err
lock_open(struct cluster *c, char *why, size_t why_size)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/postgres.lock", c->place.state);

	if (n > 0 && (size_t)n < sizeof(path))
		c->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock_fd >= 0)
		return CAMP_OK;
	say(why, why_size, "the file \"%s\" cannot be opened: %s", path, strerror(errno));
	return errno == ENOSPC ? CAMP_ERR_STORAGE_FULL : CAMP_ERR_INVALID;
}

/* ---- what its log says ---- */

static off_t
log_size(const struct cluster_place *place)
{
	struct stat st;

	return stat(place->log, &st) == 0 ? st.st_size : 0;
}

static void
log_rotate(const struct cluster_place *place)
{
	char old[PATH_MAX + 2];

	if (log_size(place) < LOG_BYTES_MAX)
		return;
	snprintf(old, sizeof(old), "%s.1", place->log);
	rename(place->log, old);
}

/* What was written to the log since it had that size; at most the last 32 KiB. */
static void
log_since(const struct cluster_place *place, off_t from, char *out, size_t size)
{
	off_t end = log_size(place);
	FILE *in = fopen(place->log, "re");
	size_t n = 0;

	if (end - from >= (off_t)size)
		from = end - (off_t)size + 1;
	if (in != NULL) {
		if (fseeko(in, from, SEEK_SET) == 0)
			n = fread(out, 1, size - 1, in);
		fclose(in);
	}
	out[n] = '\0';
}

/* One sentence for what made initdb or postgres give up. */
static enum camp_err
log_explain(const struct cluster_place *place, off_t from, const char *what, char *why,
	    size_t why_size)
{
	char text[32768];

	log_since(place, from, text, sizeof(text));
	if (strstr(text, "No space left on device") != NULL) {
		say(why, why_size,
		    "the disk that holds \"%s\" is full: make room and start again",
		    place->data);
		return CAMP_ERR_STORAGE_FULL;
	}
	if (strstr(text, "could not look up effective user ID") != NULL)
		say(why, why_size,
		    "the user number %d has no name on this machine, which PostgreSQL "
		    "needs: add it to /etc/passwd, or set DATABASE_URL",
		    (int)place->uid);
	else if (strstr(text, "incompatible with server") != NULL)
		say(why, why_size,
		    "the database in \"%s\" was made by another version of PostgreSQL "
		    "than "
		    "the one in \"%s\"",
		    place->data, place->bin);
	else if (strstr(text, "could not open directory") != NULL ||
		 strstr(text, "Permission denied") != NULL)
		say(why, why_size,
		    "the user \"%s\", as whom PostgreSQL runs, may not use \"%s\": see "
		    "\"%s\"",
		    place->user_name, place->base, place->log);
	else
		say(why, why_size, "%s failed: \"%s\" says why", what, place->log);
	return CAMP_ERR_UNAVAILABLE;
}

/* ---- making it ---- */

static enum camp_err
room_check(const struct cluster_place *place, char *why, size_t why_size)
{
	struct statvfs fs;
	unsigned long long mb;

	if (statvfs(place->base, &fs) != 0)
		return CAMP_OK;
	mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
	if (mb >= ROOM_MB)
		return CAMP_OK;
	say(why, why_size,
	    "the disk that holds \"%s\" has %llu MB left; a new database needs %d",
	    place->base, mb, ROOM_MB);
	return CAMP_ERR_STORAGE_FULL;
}

/* Data checksums and a locale that every machine has; initdb reads LC_ALL=C for messages.
 */
static enum camp_err
initdb(struct cluster *c, char *data, char *why, size_t why_size)
{
	struct cluster_place *place = &c->place;
	char program[PATH_MAX + 8];
	char *argv[] = {program,
			"--pgdata",
			data,
			"--username=" CLUSTER_LOGIN,
			"--auth-local=peer",
			"--auth-host=reject",
			"--data-checksums",
			"--encoding=UTF8",
			"--locale=C.UTF-8",
			"--no-instructions",
			NULL};
	off_t from = log_size(place);

	snprintf(program, sizeof(program), "%s/initdb", place->bin);
	if (mkdir(data, 0700) != 0 ||
	    (geteuid() == 0 && chown(data, place->uid, place->gid) != 0)) {
		say(why, why_size, "the folder \"%s\" cannot be made: %s", data,
		    strerror(errno));
		return errno == ENOSPC ? CAMP_ERR_STORAGE_FULL : CAMP_ERR_INVALID;
	}
	if (process_run(argv, place->log, place->uid, place->gid, &c->stopping) == 0)
		return CAMP_OK;
	return log_explain(place, from, "making the database", why, why_size);
}

/* Made beside its place and then renamed, so that a half-made one is never used. */
static enum camp_err
make(struct cluster *c, const struct cluster_options *options, char *why, size_t why_size)
{
	struct cluster_place *place = &c->place;
	char data[PATH_MAX + 4];
	enum camp_err err;

	err = room_check(place, why, why_size);
	if (err != CAMP_OK)
		return err;
	if (options->progress != NULL)
		options->progress("making the database");
	snprintf(data, sizeof(data), "%s.new", place->data);
	cluster_place_remove(data);
	err = initdb(c, data, why, why_size);
	if (err == CAMP_OK)
		err = cluster_place_configure(place, data, why, why_size);
	if (err == CAMP_OK && rename(data, place->data) != 0) {
		say(why, why_size, "the folder \"%s\" cannot be renamed: %s", data,
		    strerror(errno));
		err = CAMP_ERR_INVALID;
	}
	if (err != CAMP_OK)
		cluster_place_remove(data);
	else
		place->exists = true;
	return err;
}

/* ---- running it ---- */

/* First line of postmaster.pid; 0 when there is none. */
static pid_t
pid_read(const struct cluster_place *place)
{
	char path[PATH_MAX + 16];
	FILE *in;
	long pid = 0;

	snprintf(path, sizeof(path), "%s/postmaster.pid", place->data);
	in = fopen(path, "re");
	if (in == NULL)
		return 0;
	if (fscanf(in, "%ld", &pid) != 1 || pid <= 1)
		pid = 0;
	fclose(in);
	return (pid_t)pid;
}

static PGPing
ping(const struct cluster_place *place)
{
	char conninfo[CONNINFO_SIZE];

	/* A dying server's children may take a connection that nobody serves. */
	if (!cluster_place_conninfo(place, "postgres connect_timeout=2", conninfo,
				    sizeof(conninfo)))
		return PQPING_NO_ATTEMPT;
	return PQping(conninfo);
}

/* True while the postmaster lives; collects it when it was our child. */
static bool
alive(struct cluster *c)
{
	if (c->pid == 0)
		return false;
	if (c->ours && waitpid(c->pid, NULL, WNOHANG) != 0) {
		c->pid = 0;
		return false;
	}
	return process_alive(c->pid);
}

static enum camp_err
wait_ready(struct cluster *c, off_t log_from, char *why, size_t why_size)
{
	int64_t until = now_ms() + START_MS;
	PGPing state;

	while ((state = ping(&c->place)) != PQPING_OK) {
		if (!alive(c))
			return log_explain(&c->place, log_from, "starting PostgreSQL",
					   why, why_size);
		if (c->stopping || now_ms() > until) {
			say(why, why_size,
			    "PostgreSQL did not become ready: \"%s\" says "
			    "why",
			    c->place.log);
			return CAMP_ERR_UNAVAILABLE;
		}
		usleep(STEP_MS * 1000);
	}
	return CAMP_OK;
}

/* One that runs already, perhaps still starting: its starter was killed. */
static bool
adopt(struct cluster *c)
{
	PGPing state = ping(&c->place);

	if (state != PQPING_OK && state != PQPING_REJECT)
		return false;
	c->pid = pid_read(&c->place);
	c->ours = false;
	return c->pid != 0 && process_alive(c->pid);
}

/*
 * After kill -9 of the postmaster its children live on for a moment and keep the shared
 * memory, which makes the next start fail; so it is tried for some seconds.
 */
static enum camp_err
launch(struct cluster *c, char *why, size_t why_size)
{
	struct cluster_place *place = &c->place;
	char program[PATH_MAX + 10], text[8192];
	char *argv[] = {program, "-D", place->data, NULL};
	enum camp_err err = CAMP_ERR_UNAVAILABLE;

	snprintf(program, sizeof(program), "%s/postgres", place->bin);
	for (int i = 0; i < 50 && !c->stopping; i++) {
		off_t from;

		log_rotate(place);
		from = log_size(place);
		c->pid = process_start(argv, place->log, place->uid, place->gid);
		c->ours = true;
		if (c->pid < 0) {
			c->pid = 0;
			say(why, why_size, "PostgreSQL cannot be started: %s",
			    strerror(errno));
			return CAMP_ERR_UNAVAILABLE;
		}
		err = wait_ready(c, from, why, why_size);
		if (err == CAMP_OK)
			return CAMP_OK;
		log_since(place, from, text, sizeof(text));
		if (strstr(text, "is still in use") == NULL &&
		    strstr(text, "\"postmaster.pid\" already exists") == NULL)
			return err;
		usleep(200000);
	}
	return err;
}

static enum camp_err
run(struct cluster *c, const struct cluster_options *options, char *why, size_t why_size)
{
	struct cluster_place *place = &c->place;
	enum camp_err err;

	if (place->exists && adopt(c)) {
		off_t from = log_size(place);

		err = wait_ready(c, from, why, why_size);
		if (err == CAMP_OK || alive(c))
			return err;
		/* It was on its way out. */
	}
	err = cluster_place_programs(place, why, why_size);
	if (err != CAMP_OK)
		return err;
	if (!place->exists)
		err = make(c, options, why, why_size);
	else
		err = cluster_place_configure(place, place->data, why, why_size);
	if (err == CAMP_OK)
		err = launch(c, why, why_size);
	return err;
}

/* The database itself, made once. */
static enum camp_err
database_ensure(struct cluster *c, char *why, size_t why_size)
{
	char conninfo[CONNINFO_SIZE];
	PGconn *conn = NULL;
	PGresult *result = NULL;
	enum camp_err err;

	if (!cluster_place_conninfo(&c->place, "postgres", conninfo, sizeof(conninfo)))
		return CAMP_ERR_MEMORY;
	err = db_conn_open(&conn, conninfo, DB_LOGIN, why, why_size);
	if (err == CAMP_OK)
		err = db_exec(conn, "database_exists",
			      "SELECT FROM pg_database WHERE datname = "
			      "'" CLUSTER_DATABASE "'",
			      0, NULL, &result);
	if (err == CAMP_OK && PQntuples(result) == 0)
		err = db_run(conn, "database_create", "CREATE DATABASE " CLUSTER_DATABASE,
			     0, NULL);
	if (err != CAMP_OK && conn != NULL)
		say(why, why_size, "the database \"%s\" cannot be made: \"%s\" says why",
		    CLUSTER_DATABASE, c->place.log);
	PQclear(result);
	PQfinish(conn);
	return err;
}

/* ---- watching it ---- */

static void
pause_ms(struct cluster *c, int ms)
{
	for (; ms > 0 && !c->stopping; ms -= STEP_MS)
		usleep(STEP_MS * 1000);
}

static void
revive(struct cluster *c)
{
	static const struct cluster_options none = {0};
	char why[512] = "";
	enum camp_err err;

	log_event(LOG_ERROR, "PostgreSQL died and is started again",
		  log_text("log", c->place.log));
	for (int wait_ms = 250; !c->stopping;
	     wait_ms = wait_ms < 8000 ? 2 * wait_ms : 8000) {
		if (!turn_take(c))
			continue;
		err = run(c, &none, why, sizeof(why));
		lock_release(c->lock_fd, LOCK_TURN);
		if (err == CAMP_OK) {
			log_event(LOG_INFO, "PostgreSQL is up again");
			return;
		}
		log_event(LOG_ERROR, "PostgreSQL does not start", log_text("why", why));
		pause_ms(c, wait_ms);
	}
}

static void *
watch(void *arg)
{
	struct cluster *c = arg;

	while (!c->stopping) {
		pause_ms(c, 100);
		if (!c->stopping && !alive(c))
			revive(c);
	}
	return NULL;
}

static enum camp_err
watch_start(struct cluster *c, char *why, size_t why_size)
{
	sigset_t all, old;
	int failed;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&c->thread, NULL, watch, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed != 0) {
		say(why, why_size, "a thread cannot be started: %s", strerror(failed));
		return CAMP_ERR_MEMORY;
	}
	c->watched = true;
	return CAMP_OK;
}

/* ---- from outside ---- */

enum camp_err
cluster_start(struct cluster **out, const struct cluster_options *options, char *why,
	      size_t why_size)
{
	struct cluster *c = calloc(1, sizeof(*c));
	enum camp_err err;

	*out = NULL;
	if (c == NULL) {
		say(why, why_size, "out of memory");
		return CAMP_ERR_MEMORY;
	}
	c->lock_fd = -1;
	err = cluster_place_find(&c->place, options->state_dir, true, why, why_size);
	if (err == CAMP_OK)
		err = lock_open(c, why, why_size);
	if (err != CAMP_OK)
		goto out;
	if (!turn_take(c)) {
		say(why, why_size,
		    "another process has been starting or stopping the database in "
		    "\"%s\" for two minutes",
		    c->place.state);
		err = CAMP_ERR_UNAVAILABLE;
		goto out;
	}
	/* Another process may have made it while this one waited for its turn. */
	err = cluster_place_find(&c->place, options->state_dir, true, why, why_size);
	if (err == CAMP_OK)
		err = run(c, options, why, why_size);
	if (err == CAMP_OK)
		err = database_ensure(c, why, why_size);
	(void)lock_try(c->lock_fd, LOCK_USE, F_RDLCK);
	lock_release(c->lock_fd, LOCK_TURN);
	if (err == CAMP_OK && !cluster_place_conninfo(&c->place, CLUSTER_DATABASE,
						      c->conninfo, sizeof(c->conninfo)))
		err = CAMP_ERR_MEMORY;
	if (err == CAMP_OK && options->watch)
		err = watch_start(c, why, why_size);
out:
	if (err == CAMP_OK)
		*out = c;
	else
		cluster_stop(c);
	return err;
}

const char *
cluster_conninfo(const struct cluster *cluster)
{
	return cluster->conninfo;
}

/* Fast first; an immediate stop costs the next start its recovery, no data. */
static void
shut_down(struct cluster *c)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGKILL};

	/* Another process may have brought it up again after its postmaster died. */
	if (!alive(c))
		adopt(c);
	for (size_t i = 0; i < 3 && alive(c); i++) {
		int64_t until = now_ms() + (i == 0 ? STOP_MS : STOP_MS / 6);

		kill(c->pid, signals[i]);
		while (alive(c) && now_ms() < until)
			usleep(STEP_MS * 1000);
	}
}

void
cluster_stop(struct cluster *c)
{
	if (c == NULL)
		return;
	c->stopping = true;
	if (c->watched)
		pthread_join(c->thread, NULL);
	if (c->lock_fd >= 0) {
		if (turn_take(c)) {
			lock_release(c->lock_fd, LOCK_USE);
			if (lock_try(c->lock_fd, LOCK_USE, F_WRLCK))
				shut_down(c);
		}
		close(c->lock_fd); /* and with it the locks */
	}
	free(c);
}

enum camp_err
cluster_conninfo_of(const char *state_dir, char *out, size_t size)
{
	struct cluster_place place;
	char why[512];
	enum camp_err err;

	err = cluster_place_find(&place, state_dir, false, why, sizeof(why));
	if (err == CAMP_OK &&
	    !cluster_place_conninfo(&place, CLUSTER_DATABASE, out, size))
		err = CAMP_ERR_MEMORY;
	return err;
}
