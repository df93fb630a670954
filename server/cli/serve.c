/*
 * camp serve: brings up what a server needs, in an order in which each step can explain
 * its own failure, serves until told to stop, and takes everything down again.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "db/cluster.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/migrate.h"
#include "db/tasks.h"
#include "server/admin.h"
#include "server/assets.h"
#include "server/cli/demo.h"
#include "server/cli/task_file.h"
#include "server/cli/verbs.h"
#include "server/compute.h"
#include "server/config.h"
#include "server/keeper.h"
#include "server/metrics.h"
#include "server/model_store.h"
#include "server/net.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/secret.h"
#include "server/server.h"
#include "server/task_registry.h"

#define WHY_SIZE 512
#define DB_STOP_MS 5000

struct serving {
	struct config config;
	struct server sv;
	struct cluster *cluster; /* NULL with DATABASE_URL */
	struct admin *admin;
	struct demo_links links;
	const char *conninfo;
	char why[WHY_SIZE];
};

/* Progress: for people who watch, else a line of the log. */
static void
say(const char *text)
{
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "camp: %s ...\n", text);
	} else {
		log_event(LOG_INFO, text);
		log_flush();
	}
}

static enum camp_err
start_database(struct serving *s)
{
	const struct cluster_options options = {.state_dir = s->config.state_dir,
						.watch = true,
						.progress = say};
	struct db_migrated migrated;
	enum camp_err err;

	if (s->config.database_url[0]) {
		/* The operator's own database is migrated by `camp migrate` alone. */
		s->conninfo = s->config.database_url;
		return CAMP_OK;
	}
	err = cluster_start(&s->cluster, &options, s->why, WHY_SIZE);
	if (err != CAMP_OK)
		return err;
	s->conninfo = cluster_conninfo(s->cluster);
	return db_migrate(s->conninfo, s->config.migrations_dir, &migrated, s->why,
			  WHY_SIZE);
}

static enum camp_err
register_task(PGconn *conn, const struct task_definition *def, char *why)
{
	struct db_task row;
	enum camp_err err = task_file_row(&row, def);

	if (err != CAMP_OK)
		return err;
	err = db_task_register(conn, &row, why, WHY_SIZE);
	free((void *)row.conditions);
	return err;
}

/* What the database says of an earlier version of a task. */
static enum camp_err
add_earlier(void *arg, const char *definition_json)
{
	struct serving *s = arg;

	return task_registry_add(s->sv.tasks, definition_json, strlen(definition_json),
				 s->why, WHY_SIZE);
}

static enum camp_err
start_tasks(struct serving *s)
{
	struct task_registry *tasks = NULL;
	PGconn *conn = NULL;
	enum camp_err err;

	err = task_registry_load(&tasks, s->config.tasks_dir, s->why, WHY_SIZE);
	if (err != CAMP_OK)
		return err;
	s->sv.tasks = tasks;
	err = db_conn_open(&conn, s->conninfo, DB_LOGIN, s->why, WHY_SIZE);
	if (err == CAMP_OK)
		err = db_schema_check(conn, s->config.migrations_dir, s->why, WHY_SIZE);
	for (size_t i = 0; i < task_registry_count(tasks) && err == CAMP_OK; i++)
		err = register_task(conn, task_registry_at(tasks, i), s->why);
	if (err == CAMP_OK)
		err = db_tasks_each(conn, add_earlier, s);
	PQfinish(conn);
	return err;
}

static enum camp_err
start_assets(struct serving *s)
{
	enum camp_err err = assets_new(&s->sv.assets);

	if (err == CAMP_OK)
		err = assets_load_web(s->sv.assets, s->config.web_dir, s->why, WHY_SIZE);
	if (err == CAMP_OK)
		err = assets_add_file(s->sv.assets, "/api/v1/openapi.yaml",
				      ASSET_DOCUMENT, "application/yaml",
				      s->config.openapi_file, s->why, WHY_SIZE);
	if (err == CAMP_OK)
		err = task_registry_publish(s->sv.tasks, s->sv.assets);
	return err;
}

static enum camp_err
start_demo(struct serving *s)
{
	const struct demo_options options = {
		.conninfo = s->conninfo,
		.state_dir = s->config.state_dir,
		.tasks_dir = s->config.tasks_dir,
		.base_url = s->config.base_url,
	};

	if (!s->config.demo)
		return CAMP_OK;
	return seed_demo(&options, &s->links, s->why, WHY_SIZE);
}

static void
wake_net(void *arg)
{
	struct serving *s = arg;

	net_wake(s->sv.net);
}

static enum camp_err
start_lanes(struct serving *s)
{
	const struct db_options options = {
		.conninfo = s->conninfo,
		.lanes = s->config.lanes,
		.queue_limit = s->config.queue_limit,
		.writer_queue_limit = s->config.writer_queue_limit,
		.timeout_ms = s->config.request_timeout_ms,
		.after_batch = wake_net,
		.after_batch_arg = s,
	};

	return db_open(&s->sv.db, &options, s->why, WHY_SIZE);
}

/* The store comes before the lanes, whose callbacks hand jobs to the workers. */
static enum camp_err
start_compute(struct serving *s)
{
	s->sv.models = model_store_new();
	if (!s->sv.models)
		return CAMP_ERR_MEMORY;
	return compute_start(&s->sv.compute, s->sv.models, s->config.compute_threads,
			     s->config.compute_queue_limit);
}

static enum camp_err
start_keeper(struct serving *s)
{
	const struct keeper_options options = {
		.conninfo = s->conninfo,
		.state_dir = s->config.state_dir,
		.model_file = s->config.model,
		.store = s->sv.models,
	};

	return keeper_start(&s->sv.keeper, &options);
}

/* Scores go on without a model, so that is no reason to take no requests. */
static bool
degraded(void *arg, char *why, size_t why_size)
{
	struct serving *s = arg;
	struct model_status status;

	model_store_status(s->sv.models, &status);
	snprintf(why, why_size, "%s%s%s", status.problem,
		 status.version[0] ? "; this version serves: " : "; none serves",
		 status.version);
	return status.problem[0] != '\0';
}

static const char *
not_ready(void *arg)
{
	struct serving *s = arg;

	if (net_draining(s->sv.net))
		return "draining";
	return db_ready(s->sv.db) ? NULL : "the database is not connected";
}

static bool
read_db_metrics(void *arg, struct db_metrics *out)
{
	struct serving *s = arg;

	db_metrics(s->sv.db, out);
	return true;
}

static enum camp_err
start_admin(struct serving *s)
{
	const struct admin_options options = {
		.port = s->config.admin_port,
		.not_ready = not_ready,
		.degraded = degraded,
		.db_metrics = read_db_metrics,
		.arg = s,
	};
	struct metrics_route names[METRICS_ROUTES_MAX];

	for (size_t i = 0; i < n_routes; i++)
		names[i] = (struct metrics_route){routes[i].method, routes[i].path};
	metrics_routes(names, (int)n_routes);
	return admin_start(&s->admin, &options, s->why, WHY_SIZE);
}

static enum camp_err
start_keys(struct serving *s)
{
	uint8_t secret[SECRET_BYTES];
	enum camp_err err;

	/* Where the secret goes unless it has a file elsewhere. */
	if (!folder_make(s->config.state_dir, 0755)) {
		snprintf(s->why, WHY_SIZE, "the state folder \"%s\" cannot be made: %s",
			 s->config.state_dir, strerror(errno));
		return CAMP_ERR_FAULT;
	}
	err = secret_load(secret, s->config.secret_file, s->why, WHY_SIZE);
	if (err == CAMP_OK)
		auth_keys_init(&s->sv.keys, secret);
	sodium_memzero(secret, sizeof(secret));
	return err;
}

static enum camp_err
start(struct serving *s)
{
	static enum camp_err (*const steps[])(struct serving *) = {
		start_database, start_keys,  start_tasks,  start_assets, start_demo,
		start_compute,  start_lanes, start_keeper, start_admin,
	};
	/* The port comes first: a busy one is told before anything is changed. */
	enum camp_err err = net_open(&s->sv.net, &s->sv, s->why, WHY_SIZE);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && err == CAMP_OK; i++)
		err = steps[i](s);
	if (err == CAMP_OK)
		err = reply_init();
	return err;
}

static void
announce(const struct serving *s)
{
	printf("\nAttention Camp %s is up at %s\n", PACKAGE_VERSION, s->config.base_url);
	if (s->config.demo)
		printf("\n  join link:   %s\n  cohort page: %s\n", s->links.join_url,
		       s->links.cohort_url);
	puts("\nCtrl-C stops it.\n");
	fflush(stdout);
	log_event(LOG_INFO, "listening", log_text("address", s->config.address),
		  log_int("port", s->config.port),
		  log_int("admin_port", s->config.admin_port));
}

static void
on_reload(void *arg)
{
	struct serving *s = arg;
	struct config_changes changes = {0};
	enum camp_err err = config_reload(&s->config, &changes, s->why, WHY_SIZE);

	if (err != CAMP_OK) {
		log_event(LOG_ERROR, "the configuration was not reloaded",
			  log_text("reason", s->why));
		return;
	}
	for (int i = 0; i < changes.n_applied; i++)
		log_event(LOG_INFO, "setting reloaded",
			  log_text("key", changes.applied[i]));
	for (int i = 0; i < changes.n_restart; i++)
		log_event(LOG_WARNING, "setting changes with the next start",
			  log_text("key", changes.restart[i]));
	log_event(LOG_INFO, "configuration reloaded");
}

static void
on_drain(void *arg)
{
	log_event(LOG_INFO, "stopping");
}

static void
stop(struct serving *s)
{
	keeper_stop(s->sv.keeper);
	/* Jobs go on with the lanes, and callbacks of the lanes make jobs: refused now.
	 */
	compute_stop(s->sv.compute);
	db_close(s->sv.db, DB_STOP_MS);
	net_close(s->sv.net);
	admin_stop(s->admin);
	keeper_free(s->sv.keeper);
	compute_free(s->sv.compute);
	model_store_free(s->sv.models);
	reply_clear();
	requests_clear();
	assets_free(s->sv.assets);
	task_registry_free(s->sv.tasks);
	cluster_stop(s->cluster);
	config_clear(&s->config);
	log_flush();
}

int
verb_serve(int argc, char **argv)
{
	struct config_verb verb = {
		.usage = "camp serve [OPTION...]",
		.about = "Serves the API and the web client. Without DATABASE_URL it "
			 "starts "
			 "a private PostgreSQL in the state folder.",
		.serves = true,
	};
	struct serving s = {.sv.config = &s.config};
	enum camp_err err;

	switch (config_load(&s.config, &verb, argc, argv)) {
	case CONFIG_RUN:
		break;
	case CONFIG_DONE:
		return 0;
	case CONFIG_FAILED:
		return 2;
	}
	err = start(&s);
	if (err == CAMP_OK) {
		announce(&s);
		net_run(s.sv.net, on_reload, on_drain, &s);
		log_event(LOG_INFO, "stopped");
	} else {
		fprintf(stderr, "camp: %s\n", s.why[0] ? s.why : camp_err_title(err));
	}
	stop(&s);
	return err == CAMP_OK ? 0 : 1;
}
