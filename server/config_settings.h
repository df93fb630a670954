/** The table of all settings and what each accepts. Inside config*.c only. */
#ifndef SERVER_CONFIG_SETTINGS_H
#define SERVER_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/config.h"

enum setting_kind {
	SETTING_PATH,     /* made absolute */
	SETTING_ADDRESS,  /* numeric IPv4 or IPv6 */
	SETTING_WEB_BASE, /* http(s)://..., its last slash dropped */
	SETTING_DATABASE,
	SETTING_INT,
	SETTING_BOOL,
	SETTING_LEVEL,
};

struct setting {
	const char *key;
	enum setting_kind kind;
	size_t offset;        /* of its member in struct config */
	int min, max;         /* SETTING_INT */
	const char *fallback; /* as text; "": worked out from others */
	bool shared;          /* every verb takes it */
	bool reloads;         /* takes effect on SIGHUP */
	bool secret;          /* masked when printed; may be given as a file's name */
	const char *value_name, *help;
};

extern const struct setting settings[];
extern const size_t n_settings;
#define SETTINGS_MAX 32

/** The setting of a key in key[0..len); NULL. */
const struct setting *setting_find(const char *key, size_t len);

/** "queue_limit" as "CAMP_QUEUE_LIMIT" (or "DATABASE_URL"), or as "queue-limit". */
#define SETTING_NAME_MAX 48
void setting_env_name(const struct setting *s, char out[SETTING_NAME_MAX]);
void setting_flag_name(const struct setting *s, char out[SETTING_NAME_MAX]);

/** NULL when the text is acceptable, else what it must be: "must be ...". */
const char *setting_refusal(const struct setting *s, const char *text, char *scratch,
			    size_t scratch_size);

/** Puts an acceptable text into its member. MEMORY. */
CAMP_MUST_CHECK enum camp_err
setting_store(const struct setting *s, struct config *config, const char *text);

/** Whether both configurations have the same value. */
bool
setting_same(const struct setting *s, const struct config *a, const struct config *b);

/** Copies a number or switch from one configuration to another. */
void setting_copy_number(const struct setting *s, struct config *to,
			 const struct config *from);

/** The value as text for people, secrets masked; the caller frees it. NULL: no memory. */
char *setting_text(const struct setting *s, const struct config *config);

/** A copy of a conninfo or URL with every password replaced by "***"; caller frees. */
char *mask_database_url(const char *url);

#endif
