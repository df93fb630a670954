#include "server/routes.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "db/models.h"
#include "server/handlers/handlers.h"
#include "server/request.h"

#define KIB 1024
#define BODY_DEFAULT (256 * KIB)
#define BODY_SMALL (16 * KIB)
#define BODY_EEG (512 * KIB) /* a minute or four of 32 channels */
#define JSON "application/json"
#define HTML "text/html"

#define API "/api/v1/"

const struct route routes[] = {
	/* clang-format off */
	/* The hot route comes first. */
	{"POST", API "sessions/{session}/trials",   ROUTE_SESSION,       BODY_DEFAULT, NULL, JSON, handle_trials_post},
	{"GET",  API "tasks",                       ROUTE_OPEN,          0,            NULL, JSON, handle_tasks_get},
	{"GET",  API "tasks/{task}",                ROUTE_OPEN,          0,            NULL, JSON, handle_task_get},
	{"GET",  API "join/{code}",                 ROUTE_OPEN,          0,            NULL, JSON, handle_join_get},
	{"POST", API "join",                        ROUTE_OPEN,          BODY_SMALL,   NULL, JSON, handle_join_post},
	{"GET",  API "me",                          ROUTE_PARTICIPANT,   0,            NULL, JSON, handle_me_get},
	{"GET",  API "me/plan",                     ROUTE_PARTICIPANT,   0,            NULL, JSON, handle_plan_get},
	{"GET",  API "me/progress",                 ROUTE_PARTICIPANT,   0,            NULL, JSON, handle_progress_get},
	{"POST", API "sessions",                    ROUTE_PARTICIPANT,   BODY_SMALL,   NULL, JSON, handle_sessions_post},
	{"POST", API "sessions/{session}/complete", ROUTE_SESSION,       BODY_SMALL,   NULL, JSON, handle_complete_post},
	{"GET",  API "sessions/{session}/score",    ROUTE_SESSION_OWNER, 0,            NULL, JSON, handle_score_get},
	{"POST", API "sessions/{session}/eeg",      ROUTE_SESSION,       BODY_EEG,     NULL, JSON, handle_eeg_post},
	{"GET",  API "sessions/{session}/eeg",      ROUTE_SESSION_OWNER, 0,            NULL, JSON, handle_eeg_get},
	{"GET",  API "sessions/{session}/engagement", ROUTE_SESSION_OWNER, 0,          NULL, JSON, handle_session_engagement_get},
	{"GET",  API "cohorts/{cohort}/engagement", ROUTE_READ_TOKEN,    0,            NULL, JSON, handle_engagement_get},
	{"GET",  API "models",                      ROUTE_OPERATOR,      0,            NULL, JSON, handle_models_get},
	{"POST", API "models",                      ROUTE_OPERATOR_FILE, MODEL_BYTES_MAX, NULL, JSON, handle_models_post},
	{"GET",  API "models/{model}",              ROUTE_OPERATOR,      0,            NULL, JSON, handle_model_get},
	{"POST", API "models/{model}/activate",     ROUTE_OPERATOR,      0,            NULL, JSON, handle_model_activate_post},
	{"GET",  API "model-runs",                  ROUTE_OPERATOR,      0,            NULL, JSON, handle_model_runs_get},
	{"POST", API "model-runs",                  ROUTE_OPERATOR,      BODY_SMALL,   NULL, JSON, handle_model_runs_post},
	{"GET",  API "model-runs/{run}",            ROUTE_OPERATOR,      0,            NULL, JSON, handle_model_run_get},
	{"POST", API "model-runs/{run}/cancel",     ROUTE_OPERATOR,      0,            NULL, JSON, handle_model_run_cancel_post},
	{"GET",  API "openapi.yaml",                ROUTE_OPEN,          0,            NULL, "application/yaml", handle_openapi_get},
	/* The web client: page shells and their hashed assets. */
	{"GET",  "/",                               ROUTE_OPEN,          0,            "*",  HTML, handle_app_page},
	{"GET",  "/join/{code}",                    ROUTE_OPEN,          0,            "*",  HTML, handle_app_page},
	{"GET",  "/cohort/{cohort}",                ROUTE_OPEN,          0,            "*",  HTML, handle_cohort_page},
	{"GET",  "/models",                         ROUTE_OPEN,          0,            "*",  HTML, handle_models_page},
	{"GET",  "/assets/{file}",                  ROUTE_OPEN,          0,            "*",  NULL, handle_asset},
	{"GET",  "/{file}",                         ROUTE_OPEN,          0,            "*",  NULL, handle_asset},
	/* clang-format on */
};

const size_t n_routes = sizeof(routes) / sizeof(routes[0]);

/* Compares segment by segment and notes where the parameters lie. */
static bool
path_matches(struct request *rq, const char *pattern, const char *path, const char *end)
{
	rq->n_params = 0;
	while (*pattern && path < end) {
		if (*pattern == '{') {
			const char *name = pattern + 1, *start = path;

			pattern = strchr(pattern, '}') + 1;
			while (path < end && *path != '/')
				path++;
			if (path == start)
				return false;
			rq->params[rq->n_params].name = name;
			rq->params[rq->n_params].value = start;
			rq->params[rq->n_params++].len = (size_t)(path - start);
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *pattern == '\0' && path == end;
}

static void
allow_add(char *allow, size_t size, const char *method)
{
	size_t used = strlen(allow);

	snprintf(allow + used, size - used, "%s%s", used ? ", " : "", method);
	if (strcmp(method, "GET") == 0)
		allow_add(allow, size, "HEAD");
}

const struct route *
route_match(struct request *rq, const char *method, const char *path, size_t len,
	    struct route_miss *miss)
{
	miss->allow[0] = '\0';
	miss->err = CAMP_ERR_NOT_FOUND;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < n_routes; i++) {
		if (!path_matches(rq, routes[i].path, path, path + len))
			continue;
		if (strcmp(routes[i].method, method) == 0)
			return &routes[i];
		miss->err = CAMP_ERR_METHOD;
		allow_add(miss->allow, sizeof(miss->allow), routes[i].method);
	}
	rq->n_params = 0;
	return NULL;
}
