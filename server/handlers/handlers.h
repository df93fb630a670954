/** What the route table calls: one file of this folder per resource. */
#ifndef SERVER_HANDLERS_HANDLERS_H
#define SERVER_HANDLERS_HANDLERS_H

#include "base/errors.h"

struct request;

/*
 * Each runs on the network thread, must not block, and either answers (now or later, by
 * one call of reply_*) and returns CAMP_OK, or returns an error that dispatch answers.
 */
enum camp_err handle_app_page(struct request *rq);
enum camp_err handle_asset(struct request *rq);
enum camp_err handle_cohort_page(struct request *rq);
enum camp_err handle_complete_post(struct request *rq);
enum camp_err handle_eeg_get(struct request *rq);
enum camp_err handle_eeg_post(struct request *rq);
enum camp_err handle_engagement_get(struct request *rq);
enum camp_err handle_join_get(struct request *rq);
enum camp_err handle_join_post(struct request *rq);
enum camp_err handle_me_get(struct request *rq);
enum camp_err handle_model_activate_post(struct request *rq);
enum camp_err handle_model_get(struct request *rq);
enum camp_err handle_model_run_cancel_post(struct request *rq);
enum camp_err handle_model_run_get(struct request *rq);
enum camp_err handle_model_runs_get(struct request *rq);
enum camp_err handle_model_runs_post(struct request *rq);
enum camp_err handle_models_get(struct request *rq);
enum camp_err handle_models_page(struct request *rq);
enum camp_err handle_models_post(struct request *rq);
enum camp_err handle_openapi_get(struct request *rq);
enum camp_err handle_plan_get(struct request *rq);
enum camp_err handle_progress_get(struct request *rq);
enum camp_err handle_score_get(struct request *rq);
enum camp_err handle_session_engagement_get(struct request *rq);
enum camp_err handle_sessions_post(struct request *rq);
enum camp_err handle_task_get(struct request *rq);
enum camp_err handle_tasks_get(struct request *rq);
enum camp_err handle_trials_post(struct request *rq);

#endif
