/* The web client's pages and its assets, and the contract: all from memory. */
#include <stdio.h>
#include <string.h>

#include "server/assets.h"
#include "server/handlers/handlers.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/routes.h"
#include "server/server.h"

static enum camp_err
answer_asset(struct request *rq, const char *path)
{
	const struct asset *asset = assets_find(rq->sv->assets, path);
	struct MHD_Response *response;
	unsigned status;

	if (!asset)
		return CAMP_ERR_NOT_FOUND;
	response = asset_answer(asset, rq->framing.accept_encoding,
				rq->framing.if_none_match, &status);
	reply_shared(rq, (int)status, response, asset_size(asset));
	return CAMP_OK;
}

enum camp_err
handle_app_page(struct request *rq)
{
	return answer_asset(rq, "/");
}

enum camp_err
handle_cohort_page(struct request *rq)
{
	return answer_asset(rq, "/cohort/");
}

enum camp_err
handle_models_page(struct request *rq)
{
	return answer_asset(rq, "/models");
}

enum camp_err
handle_openapi_get(struct request *rq)
{
	return answer_asset(rq, "/api/v1/openapi.yaml");
}

enum camp_err
handle_tasks_get(struct request *rq)
{
	return answer_asset(rq, "/api/v1/tasks");
}

enum camp_err
handle_task_get(struct request *rq)
{
	char task[64], path[96];
	enum camp_err err = request_param_text(rq, "task", task, sizeof(task));

	if (err != CAMP_OK)
		return err;
	snprintf(path, sizeof(path), "/api/v1/tasks/%s", task);
	return answer_asset(rq, path);
}

enum camp_err
handle_asset(struct request *rq)
{
	char file[128], path[160];
	enum camp_err err = request_param_text(rq, "file", file, sizeof(file));

	if (err != CAMP_OK)
		return err;
	snprintf(path, sizeof(path), "%s%s",
		 strncmp(rq->route->path, "/assets/", 8) == 0 ? "/assets/" : "/", file);
	return answer_asset(rq, path);
}
