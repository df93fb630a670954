#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "server/keeper.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "db/conn.h"
#include "db/model_runs.h"
#include "db/models.h"
#include "models/engagement/forecaster.h"
#include "server/model_row.h"
#include "server/model_store.h"
#include "server/training.h"

#define TICK_MS 1000
#define STOP_S 8
#define WHY_SIZE 320
#define LINE_BYTES_MAX 4096
/* How long a training may take to write its state when we stop. */
#define TRAINING_STOP_MS 5000

struct keeper {
	struct keeper_options options;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool stopping, look;
	PGconn *conn; /* under the mutex when another thread looks */

	/* The thread's own. */
	bool known;                         /* a model of the database was tried: */
	uint8_t known_sum[MODEL_SUM_BYTES]; /* this one */
	struct training *training;
	struct uuid run_id;
	bool cancelled;
};

static void
conn_set(struct keeper *k, PGconn *conn)
{
	PGconn *old;

	pthread_mutex_lock(&k->mutex);
	old = k->conn;
	k->conn = conn;
	pthread_mutex_unlock(&k->mutex);
	PQfinish(old);
}

static enum camp_err
connect_if_needed(struct keeper *k)
{
	char why[WHY_SIZE];
	PGconn *conn;
	enum camp_err err = CAMP_OK;

	if (k->conn != NULL && PQstatus(k->conn) == CONNECTION_OK)
		return CAMP_OK;
	conn_set(k, NULL);
	err = db_conn_open(&conn, k->options.conninfo, DB_APP, why, sizeof(why));
	if (err == CAMP_OK)
		conn_set(k, conn);
	return err;
}

/* ---- the model that serves ---- */

static void
refused(struct keeper *k, const char *what, const char *why)
{
	char text[WHY_SIZE + 64];

	snprintf(text, sizeof(text), "%s cannot be loaded: %s", what, why);
	model_store_problem(k->options.store, text);
	log_event(LOG_ERROR, "an attention model cannot be loaded; the one before serves",
		  log_text("model", what), log_text("reason", why));
}

static void
load_file(struct keeper *k)
{
	struct forecaster *f = NULL;
	char why[WHY_SIZE] = "";
	enum camp_err err = forecaster_load(&f, k->options.model_file, why, sizeof(why));

	if (err == CAMP_OK)
		err = model_store_put(k->options.store, f, MODEL_FROM_FILE);
	if (err != CAMP_OK)
		refused(k, "the model file", why[0] ? why : camp_err_title(err));
}

static void
load_active(struct keeper *k, const struct db_active_model *active)
{
	struct forecaster *f = NULL;
	char why[WHY_SIZE] = "", what[96];
	enum camp_err err =
		forecaster_parse(&f, active->bytes, active->n_bytes, why, sizeof(why));

	snprintf(what, sizeof(what), "the active model %s", active->version);
	if (err == CAMP_OK)
		err = model_store_put(k->options.store, f, MODEL_FROM_DATABASE);
	if (err != CAMP_OK)
		refused(k, what, why[0] ? why : camp_err_title(err));
	else
		log_event(LOG_INFO, "an attention model serves",
			  log_text("version", active->version));
	/* A bad one is not tried again and again. */
	k->known = err != CAMP_ERR_MEMORY;
	memcpy(k->known_sum, active->sum, sizeof(k->known_sum));
}

static enum camp_err
follow_active(struct keeper *k)
{
	struct db_active_model active;
	enum camp_err err =
		db_active_model_read(k->conn, k->known ? k->known_sum : NULL, &active);

	if (err == CAMP_OK && active.bytes != NULL)
		load_active(k, &active);
	free(active.bytes);
	return err;
}

/* ---- the training in progress ---- */

static void
training_over(struct keeper *k, bool keep)
{
	training_free(k->training, keep);
	k->training = NULL;
	k->cancelled = false;
}

static enum camp_err
take_up(struct keeper *k)
{
	char *config = NULL, why[WHY_SIZE];
	enum camp_err err = db_runs_reap(k->conn);

	if (err == CAMP_OK)
		err = db_run_claim(k->conn, &k->run_id, &config);
	if (err == CAMP_OK && config != NULL) {
		const struct training_options options = {
			.run_id = k->run_id,
			.config_json = config,
			.conninfo = k->options.conninfo,
			.state_dir = k->options.state_dir,
		};

		if (training_start(&k->training, &options, why, sizeof(why)) != CAMP_OK)
			err = db_run_end(k->conn, &k->run_id, "failed", why, NULL);
		else
			log_event(LOG_INFO, "a training begins");
	}
	free(config);
	return err;
}

/* One line: an object, of which one with "validated" or losses is a row of the metrics.
 */
static enum camp_err
tell_line(struct keeper *k, const char *line)
{
	json_t *object = json_loads(line, 0, NULL);
	enum camp_err err = CAMP_OK;
	bool stop = false;

	/* What names its step; the last line of all is a summary. */
	if (json_is_integer(json_object_get(object, "step")) &&
	    strlen(line) <= LINE_BYTES_MAX) {
		bool row = json_object_get(object, "nll_correct") != NULL ||
			   json_object_get(object, "nll_rt") != NULL;

		err = db_run_beat(k->conn, &k->run_id, line, row ? line : NULL, &stop);
	}
	json_decref(object);
	if (stop)
		k->cancelled = true;
	return err;
}

static enum camp_err
read_all(const char *path, uint8_t **out, size_t *n)
{
	FILE *in = fopen(path, "re");
	uint8_t *bytes = malloc(MODEL_BYTES_MAX + 1);

	*out = NULL;
	*n = 0;
	if (in != NULL && bytes != NULL)
		*n = fread(bytes, 1, MODEL_BYTES_MAX + 1, in);
	if (in != NULL)
		fclose(in);
	if (*n == 0) {
		free(bytes);
		return CAMP_ERR_FAULT;
	}
	*out = bytes;
	return CAMP_OK;
}

static enum camp_err
store_model(struct keeper *k)
{
	char why[WHY_SIZE] = "the model file cannot be read";
	struct model_row file = {0};
	struct uuid model_id;
	uint8_t *bytes = NULL;
	size_t n;
	enum camp_err err = read_all(training_model_path(k->training), &bytes, &n);

	if (err == CAMP_OK)
		err = model_row_read(&file, bytes, n, "run", why, sizeof(why));
	if (err != CAMP_OK) {
		err = db_run_end(k->conn, &k->run_id, "failed", why, NULL);
	} else {
		err = db_model_store(k->conn, &file.row, &model_id);
		if (err == CAMP_OK)
			err = db_run_end(k->conn, &k->run_id, "done", NULL, &model_id);
	}
	model_row_clear(&file);
	free(bytes);
	return err;
}

static enum camp_err
look_after(struct keeper *k)
{
	char why[WHY_SIZE];
	/* First how it goes, then what it said: nothing is said after the end. */
	enum training_state state = training_state(k->training, why, sizeof(why));
	enum camp_err err = CAMP_OK;
	const char *line;
	bool stop = false;

	while (err == CAMP_OK && (line = training_line(k->training)) != NULL)
		err = tell_line(k, line);
	if (err == CAMP_OK)
		err = db_run_beat(k->conn, &k->run_id, NULL, NULL, &stop);
	if (err != CAMP_OK)
		return err;
	k->cancelled = k->cancelled || stop;
	if (state == TRAINING_RUNS) {
		if (k->cancelled)
			training_ask_stop(k->training);
		return CAMP_OK;
	}
	if (k->cancelled)
		err = db_run_end(k->conn, &k->run_id, "cancelled", NULL, NULL);
	else if (state == TRAINING_DONE)
		err = store_model(k);
	else
		err = db_run_end(k->conn, &k->run_id, "failed", why, NULL);
	if (err == CAMP_OK) {
		log_event(LOG_INFO, "a training is over",
			  log_text("how", k->cancelled             ? "cancelled"
					  : state == TRAINING_DONE ? "done"
								   : "failed"));
		training_over(k, false);
	}
	return err;
}

static void
sleep_ms(int ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

/* We stop, it does not: its state file is there for whoever takes it up again. */
static void
put_back(struct keeper *k)
{
	char why[WHY_SIZE];

	if (k->training == NULL)
		return;
	for (int ms = 0; ms < TRAINING_STOP_MS; ms += 100) {
		if (training_state(k->training, why, sizeof(why)) != TRAINING_RUNS)
			break;
		if (ms == 0)
			training_ask_stop(k->training);
		sleep_ms(100);
	}
	if (connect_if_needed(k) == CAMP_OK &&
	    db_run_requeue(k->conn, &k->run_id) != CAMP_OK)
		log_event(LOG_WARNING, "a training was not put back into the queue");
	training_over(k, true);
}

/* ---- the thread ---- */

/* False: stop. */
static bool
rest(struct keeper *k)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_MS / 1000;
	pthread_mutex_lock(&k->mutex);
	while (!k->stopping && !k->look &&
	       pthread_cond_timedwait(&k->changed, &k->mutex, &until) == 0)
		;
	k->look = false;
	go_on = !k->stopping;
	pthread_mutex_unlock(&k->mutex);
	return go_on;
}

static void
tick(struct keeper *k)
{
	enum camp_err err = connect_if_needed(k);

	if (err == CAMP_OK)
		err = follow_active(k);
	if (err == CAMP_OK)
		err = k->training != NULL ? look_after(k) : take_up(k);
	/* Whatever it was, a fresh connection is the way on. */
	if (err != CAMP_OK)
		conn_set(k, NULL);
	log_flush();
}

static void *
thread_main(void *arg)
{
	struct keeper *k = arg;

	while (rest(k))
		tick(k);
	put_back(k);
	conn_set(k, NULL);
	return NULL;
}

static int
start_thread(struct keeper *k)
{
	sigset_t all, old;
	int failed;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&k->thread, NULL, thread_main, k);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return failed;
}

enum camp_err
keeper_start(struct keeper **out, const struct keeper_options *options)
{
	struct keeper *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;

	*out = NULL;
	if (k == NULL)
		return CAMP_ERR_MEMORY;
	k->options = *options;
	pthread_mutex_init(&k->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->changed, &attr);
	pthread_condattr_destroy(&attr);
	load_file(k);
	/* Before the first request, so that it meets the active one. */
	if (connect_if_needed(k) == CAMP_OK && follow_active(k) != CAMP_OK)
		conn_set(k, NULL);
	if (start_thread(k) == 0) {
		*out = k;
		return CAMP_OK;
	}
	keeper_free(k);
	return CAMP_ERR_MEMORY;
}

void
keeper_wake(struct keeper *k)
{
	pthread_mutex_lock(&k->mutex);
	k->look = true;
	pthread_cond_signal(&k->changed);
	pthread_mutex_unlock(&k->mutex);
}

void
keeper_stop(struct keeper *k)
{
	struct timespec until;

	if (k == NULL)
		return;
	pthread_mutex_lock(&k->mutex);
	k->stopping = true;
	pthread_cond_signal(&k->changed);
	pthread_mutex_unlock(&k->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_S;
	if (pthread_timedjoin_np(k->thread, NULL, &until) != 0) {
		/* The database does not answer: end the wait from this side. */
		pthread_mutex_lock(&k->mutex);
		if (k->conn != NULL)
			shutdown(PQsocket(k->conn), SHUT_RDWR);
		pthread_mutex_unlock(&k->mutex);
		pthread_join(k->thread, NULL);
	}
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	conn_set(k, NULL);
	pthread_cond_destroy(&k->changed);
	pthread_mutex_destroy(&k->mutex);
	free(k);
}
