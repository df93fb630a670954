/* GET /api/v1/me: what the service knows of whoever asks, newest sessions first. */
#include "db/participants.h"
#include "server/handlers/handlers.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

static json_t *
session_json(const struct db_session_row *row)
{
	return json_pack("{s:o, s:s, s:i, s:o, s:s, s:o, s:o, s:o}", "id",
			 json_write_uuid(&row->session_id), "task", row->task,
			 "task_version", row->task_version, "label",
			 json_write_text(row->label), "state",
			 row->complete ? "complete" : "open", "trials",
			 row->trials < 0 ? json_null() : json_integer(row->trials),
			 "created_at", json_write_time(row->created_unix_ms),
			 "completed_at", json_write_time(row->completed_unix_ms));
}

static void
on_me(void *arg, enum camp_err err, const struct db_me *me)
{
	struct request *rq = arg;
	json_t *sessions;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	sessions = json_array();
	for (int i = 0; i < me->n_sessions; i++)
		json_array_append_new(sessions, session_json(&me->sessions[i]));
	reply_take_json(rq, 200,
			json_pack("{s:o, s:{s:s}, s:{s:s}, s:o, s:i, s:o, s:o, s:o}",
				  "participant_id", json_write_uuid(&me->participant_id),
				  "cohort", "name", me->cohort_name, "organisation",
				  "name", me->organisation_name, "pseudonym",
				  json_write_text(me->pseudonym), "consent_version",
				  me->consent_version, "joined_at",
				  json_write_time(me->joined_unix_ms), "tasks",
				  json_write_texts(me->tasks, me->n_tasks), "sessions",
				  sessions));
}

enum camp_err
handle_me_get(struct request *rq)
{
	return db_participant_get(rq->sv->db, &rq->auth.owner.organisation_id,
				  &rq->auth.owner.participant_id, on_me, rq);
}
