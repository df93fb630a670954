/**
 * Bearer tokens: who may do what, proved without asking the database.
 *
 * A token is a prefix and base64url without padding of payload || MAC, where MAC is the
 * first 32 bytes of HMAC-SHA512 (RFC 2104, RFC 6234) over the payload. Payloads,
 * integers big-endian:
 *
 *   participant "cpt_": u8 1, u32 expiry, organisation[16], participant[16], cohort[16]
 *   session     "cst_": u8 2, u32 expiry, organisation[16], participant[16], session[16],
 *                       u16 task version, task name (the rest)
 *   operator "cot_": u8 3, u32 expiry, zero[16], random[16], zero[16]
 *
 * expiry is in seconds since 1970 UTC. The key is derived from the server's secret, which
 * all processes of one service share.
 */
#ifndef SERVER_AUTH_H
#define SERVER_AUTH_H

#include <sodium.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/trial.h"
#include "base/uuid.h"

#define AUTH_SECRET_BYTES 32
#define AUTH_TOKEN_MAX 256 /* longest token, with the final zero */

struct auth_keys {
	crypto_auth_hmacsha512_state
		token; /* HMAC state after the key, copied for each */
	uint8_t id_key[crypto_generichash_KEYBYTES]; /* of ids derived from requests */
};

enum auth_kind { AUTH_NONE, AUTH_PARTICIPANT, AUTH_SESSION, AUTH_OPERATOR };

/*
 * Who sent a request. owner's task is set for AUTH_SESSION, cohort for AUTH_PARTICIPANT.
 * AUTH_OPERATOR is whoever can read the server's secret, or was given a token by them:
 * owner.participant_id is then a random number that only tells one token from another.
 */
struct auth {
	enum auth_kind kind;
	uint32_t expires_unix_s;
	struct uuid cohort_id;
	struct trial_owner owner;
};

void auth_keys_init(struct auth_keys *keys, const uint8_t secret[AUTH_SECRET_BYTES]);

/** Writes the token of *who, zero-terminated. */
void auth_token_make(const struct auth_keys *keys, const struct auth *who,
		     char out[AUTH_TOKEN_MAX]);

/** Errors: TOKEN_INVALID (also for a forged one), TOKEN_EXPIRED. *who is empty then. */
CAMP_MUST_CHECK enum camp_err
auth_token_check(const struct auth_keys *keys, const char *token, size_t len,
		 int64_t now_unix_s, struct auth *who);

/** An id that depends on a cohort and an Idempotency-Key, so that a repeat finds it. */
struct uuid auth_derive_id(const struct auth_keys *keys, const struct uuid *cohort_id,
			   const char *key);

/** out[0..size) = BLAKE2b of data: for look-ups of tokens, keys and bodies. */
void auth_hash(uint8_t *out, size_t size, const void *data, size_t len);

#endif
