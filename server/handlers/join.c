/*
 * GET  /api/v1/join/{code}: what one is invited to, and the consent text.
 * POST /api/v1/join: give consent and become a participant.
 *
 * The participant's id is derived from the cohort and the Idempotency-Key, so that a join
 * whose answer was lost finds the same person again, for a day.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/cohorts.h"
#include "db/participants.h"
#include "server/handlers/handlers.h"
#include "server/json_read.h"
#include "server/json_write.h"
#include "server/reply.h"
#include "server/request.h"
#include "server/server.h"

#define SECONDS_A_DAY 86400

static bool
join_code_valid(const char *code)
{
	return strlen(code) == JOIN_CODE_LEN &&
	       strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == JOIN_CODE_LEN;
}

static void
on_invited(void *arg, enum camp_err err, const struct db_cohort *cohort)
{
	struct request *rq = arg;

	if (err != CAMP_OK) {
		reply_error(rq, err);
		return;
	}
	reply_take_json(rq, 200,
			json_pack("{s:{s:s, s:b}, s:{s:s}, s:{s:i, s:o}, s:o}", "cohort",
				  "name", cohort->name, "demo", cohort->demo,
				  "organisation", "name", cohort->organisation_name,
				  "consent", "version", cohort->consent_version, "text",
				  json_loads(cohort->consent_json, 0, NULL), "tasks",
				  json_write_texts(cohort->tasks, cohort->n_tasks)));
}

enum camp_err
handle_join_get(struct request *rq)
{
	char code[64];
	enum camp_err err = request_param_text(rq, "code", code, sizeof(code));

	if (err != CAMP_OK || !join_code_valid(code))
		return request_refuse(rq, CAMP_ERR_PARAMETER,
				      "a join code is 8 capital letters and digits");
	return db_cohort_by_join_code(rq->sv->db, code, on_invited, rq);
}

/* What a join holds between its two steps; texts are its own. */
struct joining {
	struct request *rq;
	struct auth who;
	struct db_join join;
	char key[65];
	char pseudonym[65], age_band[16], language[16];
};

static void
copy_text(char *to, size_t size, const char *from)
{
	if (from)
		memcpy(to, from, strnlen(from, size - 1));
}

static bool
one_of(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(text, *list) == 0)
			return true;
	}
	return false;
}

static enum camp_err
read_join(struct joining *j, json_t *root, char *code, struct problem *why)
{
	static const char *const known[] = {"code",     "consent_version", "language",
					    "age_band", "pseudonym",       NULL};
	static const char *const bands[] = {"under-18", "18-29", "30-39",   "40-49",
					    "50-59",    "60-69", "70-plus", NULL};
	static const char *const languages[] = {"en", "zh-Hans", "es", "ar", NULL};
	const char *text, *pseudonym = NULL, *band = NULL, *language = "en";
	struct json_in in = {root, NULL, why};
	struct json_path at = {0};
	int64_t version = 0;

	if (json_read_string(&in, "code", JSON_REQUIRED, 1, 64, &text)) {
		at.key = "code";
		if (join_code_valid(text))
			memcpy(code, text, JOIN_CODE_LEN + 1);
		else
			problem_add(why, &at, "format",
				    "a join code is 8 capital letters and digits");
	}
	json_read_int(&in, "consent_version", JSON_REQUIRED, 1, 32767, &version);
	at.key = "language";
	if (json_read_string(&in, "language", JSON_OPTIONAL, 1, 15, &language) &&
	    !one_of(language, languages))
		problem_add(why, &at, "unknown",
			    "one of \"en\", \"zh-Hans\", \"es\" and \"ar\"");
	at.key = "age_band";
	if (json_read_string(&in, "age_band", JSON_OPTIONAL, 1, 15, &band) &&
	    !one_of(band, bands))
		problem_add(why, &at, "unknown", "not one of the age bands");
	at.key = "pseudonym";
	if (json_read_string(&in, "pseudonym", JSON_OPTIONAL, 1, 64, &pseudonym) &&
	    !request_label_valid(pseudonym))
		problem_add(why, &at, "format",
			    "letters, digits, \".\", \"_\" and \"-\" only");
	json_read_end(&in, known);
	j->join.consent_version = (int)version;
	copy_text(j->language, sizeof(j->language), language);
	copy_text(j->age_band, sizeof(j->age_band), band);
	copy_text(j->pseudonym, sizeof(j->pseudonym), pseudonym);
	return why->count ? CAMP_ERR_INVALID : CAMP_OK;
}

static void
reply_token(struct request *rq, int status, const struct auth *who)
{
	char token[AUTH_TOKEN_MAX];

	auth_token_make(&rq->sv->keys, who, token);
	reply_take_json(rq, status,
			json_pack("{s:o, s:s, s:o}", "participant_id",
				  json_write_uuid(&who->owner.participant_id), "token",
				  token, "expires_at",
				  json_write_time(who->expires_unix_s * 1000LL)));
}

static void
on_joined(void *arg, enum camp_err err, bool repeated)
{
	struct joining *j = arg;

	if (err != CAMP_OK)
		reply_error(j->rq, err);
	else
		reply_token(j->rq, repeated ? 200 : 201, &j->who);
	free(j);
}

static void
on_cohort(void *arg, enum camp_err err, const struct db_cohort *cohort)
{
	struct joining *j = arg;
	struct request *rq = j->rq;

	if (err == CAMP_OK && cohort->consent_version != j->join.consent_version)
		err = CAMP_ERR_CONSENT_VERSION;
	if (err == CAMP_OK) {
		j->join.organisation_id = cohort->organisation_id;
		j->join.cohort_id = cohort->cohort_id;
		j->join.participant_id =
			auth_derive_id(&rq->sv->keys, &cohort->cohort_id, j->key);
		j->who.kind = AUTH_PARTICIPANT;
		j->who.cohort_id = cohort->cohort_id;
		j->who.owner.organisation_id = cohort->organisation_id;
		j->who.owner.participant_id = j->join.participant_id;
		j->who.expires_unix_s =
			(uint32_t)(time(NULL) +
				   (time_t)rq->sv->config->participant_token_days *
					   SECONDS_A_DAY);
		err = db_participant_join(rq->sv->db, &j->join, on_joined, j);
	}
	if (err != CAMP_OK) {
		reply_error(rq, err);
		free(j);
	}
}

enum camp_err
handle_join_post(struct request *rq)
{
	char code[JOIN_CODE_LEN + 1] = "";
	struct joining *j = NULL;
	json_t *root = NULL;
	struct problem why;
	enum camp_err err;
	const char *key;

	problem_reset(&why);
	err = request_idempotency_key(rq, &key);
	if (err != CAMP_OK)
		return err;
	j = calloc(1, sizeof(*j));
	if (!j)
		return CAMP_ERR_MEMORY;
	err = json_read_body(&root, rq->body.data, rq->body.len, &why);
	if (err == CAMP_OK)
		err = read_join(j, root, code, &why);
	json_decref(root);
	if (err != CAMP_OK) {
		reply_problem(rq, err, &why);
		err = CAMP_OK;
		goto failed;
	}
	j->rq = rq;
	copy_text(j->key, sizeof(j->key), key);
	j->join.language = j->language;
	j->join.age_band = j->age_band[0] ? j->age_band : NULL;
	j->join.pseudonym = j->pseudonym[0] ? j->pseudonym : NULL;
	auth_hash(j->join.request_hash, sizeof(j->join.request_hash), rq->body.data,
		  rq->body.len);
	err = db_cohort_by_join_code(rq->sv->db, code, on_cohort, j);
	if (err == CAMP_OK)
		return CAMP_OK; /* on_cohort() owns j */
failed:
	free(j);
	return err;
}
