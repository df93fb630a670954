/** The demo organisation: made once, its links found again at every later start. */
#ifndef SERVER_CLI_DEMO_H
#define SERVER_CLI_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/uuid.h"
#include "db/cohorts.h"

#define READ_TOKEN_LEN 43 /* 32 random bytes in base64url without padding */
#define LINK_SIZE 512

struct demo_options {
	const char *conninfo;  /* of a login that may take role camp_owner */
	const char *state_dir; /* demo.json is written here, 0600 */
	const char *tasks_dir; /* holds visual-search/task.json and stroop/task.json */
	const char *base_url;  /* links start with it: "http://127.0.0.1:8080" */
	int participants;      /* simulated people, 1..500; 0: 12 */
	int days;              /* that they trained, up to today, 1..90; 0: 14 */
	uint64_t seed;         /* of the simulation; 0: 1 */
};

struct demo_links {
	struct uuid cohort_id;
	char join_code[JOIN_CODE_LEN + 1];
	char read_token[READ_TOKEN_LEN + 1];
	char join_url[LINK_SIZE], cohort_url[LINK_SIZE];
	bool made; /* by this call; false: it was there before */
};

/**
 * Makes the demo organisation and cohort with simulated participants, unless the database
 * has them. Blocks for about a second; the schema must be up to date.
 *
 * When the database has the demo but demo.json is lost or belongs to another database,
 * the cohort gets a new read token, as only a hash of the old one is kept. On failure
 * why[0..why_size) holds one sentence for the operator and the database is unchanged.
 * Errors: UNAVAILABLE, FAULT, INVALID (a definition), MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
seed_demo(const struct demo_options *options, struct demo_links *out, char *why,
	  size_t why_size);

#endif
