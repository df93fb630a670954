#include "server/auth.h"

#include <string.h>

#define MAC_BYTES 32
#define PREFIX_LEN 4
#define HEAD_BYTES (1 + 4 + 16 + 16 + 16)
#define PAYLOAD_MAX (HEAD_BYTES + 2 + 32)

static const char kdf_context[crypto_kdf_CONTEXTBYTES + 1] = "camp-key";

void
auth_keys_init(struct auth_keys *keys, const uint8_t secret[AUTH_SECRET_BYTES])
{
	uint8_t key[32];

	crypto_kdf_derive_from_key(key, sizeof(key), 1, kdf_context, secret);
	crypto_auth_hmacsha512_init(&keys->token, key, sizeof(key));
	crypto_kdf_derive_from_key(keys->id_key, sizeof(keys->id_key), 2, kdf_context,
				   secret);
	sodium_memzero(key, sizeof(key));
}

static void
mac_of(const struct auth_keys *keys, const uint8_t *payload, size_t len,
       uint8_t mac[crypto_auth_hmacsha512_BYTES])
{
	crypto_auth_hmacsha512_state state = keys->token;

	crypto_auth_hmacsha512_update(&state, payload, len);
	crypto_auth_hmacsha512_final(&state, mac);
}

static const char *const prefixes[] = {
	[AUTH_NONE] = "    ",
	[AUTH_PARTICIPANT] = "cpt_",
	[AUTH_SESSION] = "cst_",
	[AUTH_OPERATOR] = "cot_",
};

/* The kind that a token claims to be of. */
static enum auth_kind
kind_of(const char *token)
{
	for (int kind = AUTH_PARTICIPANT; kind <= AUTH_OPERATOR; kind++) {
		if (memcmp(token, prefixes[kind], PREFIX_LEN) == 0)
			return (enum auth_kind)kind;
	}
	return AUTH_NONE;
}

static uint8_t *
put(uint8_t *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return at + len;
}

void
auth_token_make(const struct auth_keys *keys, const struct auth *who,
		char out[AUTH_TOKEN_MAX])
{
	uint8_t bytes[PAYLOAD_MAX + crypto_auth_hmacsha512_BYTES];
	uint32_t expiry = __builtin_bswap32(who->expires_unix_s);
	uint8_t *at = bytes;

	*at++ = (uint8_t)who->kind;
	at = put(at, &expiry, 4);
	at = put(at, who->owner.organisation_id.b, 16);
	at = put(at, who->owner.participant_id.b, 16);
	if (who->kind == AUTH_SESSION) {
		uint16_t version = __builtin_bswap16((uint16_t)who->owner.task_version);

		at = put(at, who->owner.session_id.b, 16);
		at = put(at, &version, 2);
		at = put(at, who->owner.task, strlen(who->owner.task));
	} else {
		at = put(at, who->cohort_id.b, 16);
	}
	mac_of(keys, bytes, (size_t)(at - bytes), at);
	at += MAC_BYTES;
	memcpy(out, prefixes[who->kind], PREFIX_LEN);
	sodium_bin2base64(out + PREFIX_LEN, AUTH_TOKEN_MAX - PREFIX_LEN, bytes,
			  (size_t)(at - bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void
payload_read(struct auth *who, const uint8_t *p, size_t len)
{
	uint32_t expiry;

	who->kind = (enum auth_kind)p[0];
	memcpy(&expiry, p + 1, 4);
	who->expires_unix_s = __builtin_bswap32(expiry);
	memcpy(who->owner.organisation_id.b, p + 5, 16);
	memcpy(who->owner.participant_id.b, p + 21, 16);
	if (who->kind == AUTH_SESSION) {
		uint16_t version;

		memcpy(who->owner.session_id.b, p + 37, 16);
		memcpy(&version, p + 53, 2);
		who->owner.task_version = (int16_t)__builtin_bswap16(version);
		memcpy(who->owner.task, p + 55, len - 55);
	} else {
		memcpy(who->cohort_id.b, p + 37, 16);
	}
}

enum camp_err
auth_token_check(const struct auth_keys *keys, const char *token, size_t len,
		 int64_t now_unix_s, struct auth *who)
{
	uint8_t bytes[PAYLOAD_MAX + MAC_BYTES];
	uint8_t mac[crypto_auth_hmacsha512_BYTES];
	size_t n, payload;
	enum auth_kind kind;

	memset(who, 0, sizeof(*who));
	if (len <= PREFIX_LEN || len >= AUTH_TOKEN_MAX)
		return CAMP_ERR_TOKEN_INVALID;
	kind = kind_of(token);
	if (kind == AUTH_NONE)
		return CAMP_ERR_TOKEN_INVALID;
	if (sodium_base642bin(bytes, sizeof(bytes), token + PREFIX_LEN, len - PREFIX_LEN,
			      NULL, &n, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return CAMP_ERR_TOKEN_INVALID;
	if (n < HEAD_BYTES + MAC_BYTES)
		return CAMP_ERR_TOKEN_INVALID;
	payload = n - MAC_BYTES;
	mac_of(keys, bytes, payload, mac);
	if (sodium_memcmp(mac, bytes + payload, MAC_BYTES) != 0)
		return CAMP_ERR_TOKEN_INVALID;
	/* Ours from here on: the lengths are what auth_token_make() wrote. */
	if (bytes[0] != kind)
		return CAMP_ERR_TOKEN_INVALID;
	payload_read(who, bytes, payload);
	if (who->expires_unix_s <= now_unix_s) {
		memset(who, 0, sizeof(*who));
		return CAMP_ERR_TOKEN_EXPIRED;
	}
	return CAMP_OK;
}

struct uuid
auth_derive_id(const struct auth_keys *keys, const struct uuid *cohort_id,
	       const char *key)
{
	crypto_generichash_state state;
	struct uuid id;

	crypto_generichash_init(&state, keys->id_key, sizeof(keys->id_key), sizeof(id.b));
	crypto_generichash_update(&state, cohort_id->b, sizeof(cohort_id->b));
	crypto_generichash_update(&state, (const uint8_t *)key, strlen(key));
	crypto_generichash_final(&state, id.b, sizeof(id.b));
	/* Version 8: an id of our own making (RFC 9562, section 5.8). */
	id.b[6] = (uint8_t)(0x80 | (id.b[6] & 0x0f));
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}

void
auth_hash(uint8_t *out, size_t size, const void *data, size_t len)
{
	crypto_generichash(out, size, data, len, NULL, 0);
}
