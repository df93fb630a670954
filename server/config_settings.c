#include <config.h>

#include "server/config_settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct config, member)
#define SHARED .shared = true
#define RELOADS .reloads = true

/* clang-format off */
const struct setting settings[] = {
	{"state_dir", SETTING_PATH, AT(state_dir), 0, 0, "", SHARED, .value_name = "DIR",
	 .help = "secret and private database (default ~/.local/state/camp)"},
	{"database_url", SETTING_DATABASE, AT(database_url), 0, 0, "", SHARED, .secret = true,
	 .value_name = "URL", .help = "PostgreSQL; without it, a private cluster in state_dir"},
	{"tasks_dir", SETTING_PATH, AT(tasks_dir), 0, 0, CAMP_DATADIR "/tasks", SHARED,
	 .value_name = "DIR", .help = "task definitions, one folder each"},
	{"migrations_dir", SETTING_PATH, AT(migrations_dir), 0, 0, CAMP_DATADIR "/migrations",
	 SHARED, .value_name = "DIR", .help = "numbered SQL of the schema"},
	{"log_level", SETTING_LEVEL, AT(log_level), 0, 0, "info", SHARED, RELOADS,
	 .value_name = "LEVEL", .help = "debug, info, warning or error"},

	{"address", SETTING_ADDRESS, AT(address), 0, 0, "127.0.0.1", .value_name = "IP",
	 .help = "address to listen on"},
	{"port", SETTING_INT, AT(port), 1, 65535, "8080", .value_name = "N",
	 .help = "port to listen on"},
	{"admin_port", SETTING_INT, AT(admin_port), 0, 65535, "0", .value_name = "N",
	 .help = "port on loopback for health and metrics; 0: port + 1"},
	{"web_dir", SETTING_PATH, AT(web_dir), 0, 0, CAMP_DATADIR "/web", .value_name = "DIR",
	 .help = "the built web client"},
	{"openapi_file", SETTING_PATH, AT(openapi_file), 0, 0,
	 CAMP_DATADIR "/server/openapi.yaml", .value_name = "FILE",
	 .help = "the API's description, as served"},
	{"base_url", SETTING_WEB_BASE, AT(base_url), 0, 0, "", .value_name = "URL",
	 .help = "how people reach the server; for printed links"},
	{"secret_file", SETTING_PATH, AT(secret_file), 0, 0, "", .value_name = "FILE",
	 .help = "signs the tokens; made when absent (default STATE_DIR/secret)"},
	{"model", SETTING_PATH, AT(model), 0, 0,
	 CAMP_DATADIR "/models/default/model.safetensors", .value_name = "FILE",
	 .help = "attention model that serves until another is activated"},
	{"demo", SETTING_BOOL, AT(demo), 0, 0, "false",
	 .help = "make the demo organisation when there is none; print its links"},
	{"access_log", SETTING_BOOL, AT(access_log), 0, 0, "false", RELOADS,
	 .help = "log a line for every request"},
	{"lanes", SETTING_INT, AT(lanes), 1, 64, "4", .value_name = "N",
	 .help = "database connections, beside the writer's"},
	{"queue_limit", SETTING_INT, AT(queue_limit), 1, 1000000, "1024", .value_name = "N",
	 .help = "operations waiting for the lanes before 503"},
	{"writer_queue_limit", SETTING_INT, AT(writer_queue_limit), 1, 1000000, "4096",
	 .value_name = "N", .help = "uploads waiting for the writer before 503"},
	{"compute_threads", SETTING_INT, AT(compute_threads), 0, 64, "0", .value_name = "N",
	 .help = "threads that forecast; 0: one less than there are processors"},
	{"compute_queue_limit", SETTING_INT, AT(compute_queue_limit), 1, 100000, "256",
	 .value_name = "N", .help = "forecasts waiting for them before 503"},
	{"request_timeout_ms", SETTING_INT, AT(request_timeout_ms), 10, 600000, "10000",
	 .value_name = "MS", .help = "for the database to answer, queueing included"},
	{"receive_timeout_s", SETTING_INT, AT(receive_timeout_s), 1, 3600, "30", RELOADS,
	 .value_name = "S", .help = "for a request to arrive, from its first byte"},
	{"idle_timeout_s", SETTING_INT, AT(idle_timeout_s), 1, 3600, "60", RELOADS,
	 .value_name = "S", .help = "before a connection without a request is closed"},
	{"send_rate_min", SETTING_INT, AT(send_rate_min), 0, 1000000000, "1024", RELOADS,
	 .value_name = "N", .help = "bytes a second that a client must take; 0: no limit"},
	{"send_grace_s", SETTING_INT, AT(send_grace_s), 1, 3600, "10", RELOADS,
	 .value_name = "S", .help = "before that rate is asked of a client"},
	{"body_limit", SETTING_INT, AT(body_limit), 1024, 16777216, "262144", RELOADS,
	 .value_name = "N", .help = "bytes of a body, where its route sets no other limit"},
	{"connection_limit", SETTING_INT, AT(connection_limit), 4, 1000000, "10000",
	 .value_name = "N", .help = "open connections; less when the system allows fewer files"},
	{"drain_timeout_s", SETTING_INT, AT(drain_timeout_s), 0, 600, "10", RELOADS,
	 .value_name = "S", .help = "for requests to finish after SIGTERM"},
	{"participant_token_days", SETTING_INT, AT(participant_token_days), 1, 3650, "180",
	 RELOADS, .value_name = "N", .help = "how long a participant stays signed in"},
	{"session_token_days", SETTING_INT, AT(session_token_days), 1, 3650, "180", RELOADS,
	 .value_name = "N", .help = "how long trials of a session may be sent"},
};
/* clang-format on */

const size_t n_settings = sizeof(settings) / sizeof(settings[0]);
_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX, "SETTINGS_MAX");

const struct setting *
setting_find(const char *key, size_t len)
{
	for (size_t i = 0; i < n_settings; i++) {
		if (strlen(settings[i].key) == len &&
		    memcmp(settings[i].key, key, len) == 0)
			return &settings[i];
	}
	return NULL;
}

void
setting_env_name(const struct setting *s, char out[SETTING_NAME_MAX])
{
	/* The one that every other program calls so, too. */
	snprintf(out, SETTING_NAME_MAX, "%s%s",
		 s->kind == SETTING_DATABASE ? "" : "CAMP_", s->key);
	for (char *p = out; *p != 0; p++)
		*p = (char)toupper((unsigned char)*p);
}

void
setting_flag_name(const struct setting *s, char out[SETTING_NAME_MAX])
{
	snprintf(out, SETTING_NAME_MAX, "%s", s->key);
	for (char *p = out; *p != 0; p++) {
		if (*p == '_')
			*p = '-';
	}
}

static bool
parse_int(int *out, const char *text)
{
	char *end;
	long v;

	if (!isdigit((unsigned char)text[0]))
		return false;
	v = strtol(text, &end, 10);
	if (*end != 0 || v < 0 || v > INT_MAX)
		return false;
	*out = (int)v;
	return true;
}

static bool
parse_bool(bool *out, const char *text)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool
is_address(const char *text)
{
	struct in6_addr scratch;

	return inet_pton(AF_INET, text, &scratch) == 1 ||
	       inet_pton(AF_INET6, text, &scratch) == 1;
}

static bool
is_web_base(const char *text)
{
	const char *host;

	if (strncmp(text, "http://", 7) == 0)
		host = text + 7;
	else if (strncmp(text, "https://", 8) == 0)
		host = text + 8;
	else
		return false;
	return *host != 0 && *host != '/' && strpbrk(host, " \"<>?#") == NULL;
}

const char *
setting_refusal(const struct setting *s, const char *text, char *scratch,
		size_t scratch_size)
{
	enum log_level level;
	bool truth;
	int n;

	for (const char *p = text; *p != 0; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "must not hold control characters";
	}
	switch (s->kind) {
	case SETTING_INT:
		if (parse_int(&n, text) && n >= s->min && n <= s->max)
			return NULL;
		snprintf(scratch, scratch_size, "must be a whole number from %d to %d",
			 s->min, s->max);
		return scratch;
	case SETTING_BOOL:
		return parse_bool(&truth, text) ? NULL : "must be true or false";
	case SETTING_LEVEL:
		return log_level_parse(&level, text)
			       ? NULL
			       : "must be debug, info, warning or error";
	case SETTING_ADDRESS:
		return is_address(text) ? NULL : "must be a numeric IPv4 or IPv6 address";
	case SETTING_WEB_BASE:
		return is_web_base(text)
			       ? NULL
			       : "must start with http:// or https:// and a host";
	case SETTING_PATH:
		return *text != 0 && strlen(text) < PATH_MAX / 2 ? NULL
								 : "must name a file";
	case SETTING_DATABASE:
		/* "postgresql://..." or "host=... dbname=..."; libpq says what is wrong.
		 */
		return *text == 0 || strstr(text, "://") != NULL ||
				       strchr(text, '=') != NULL
			       ? NULL
			       : "must be a postgresql:// URL or libpq keywords";
	}
	return NULL;
}

static char *
absolute_path(const char *text)
{
	char cwd[PATH_MAX], *path;

	if (text[0] == '/' || text[0] == 0 || getcwd(cwd, sizeof(cwd)) == NULL)
		return strdup(text);
	return asprintf(&path, "%s/%s", cwd, text) < 0 ? NULL : path;
}

static enum camp_err
store_text(char **member, char *copy)
{
	if (copy == NULL)
		return CAMP_ERR_MEMORY;
	free(*member);
	*member = copy;
	return CAMP_OK;
}

enum camp_err
setting_store(const struct setting *s, struct config *config, const char *text)
{
	void *member = (char *)config + s->offset;
	size_t len = strlen(text);

	switch (s->kind) {
	case SETTING_INT:
		parse_int(member, text);
		return CAMP_OK;
	case SETTING_BOOL:
		parse_bool(member, text);
		return CAMP_OK;
	case SETTING_LEVEL:
		log_level_parse(member, text);
		return CAMP_OK;
	case SETTING_PATH:
		return store_text(member, absolute_path(text));
	case SETTING_WEB_BASE:
		while (len > 0 && text[len - 1] == '/')
			len--;
		break;
	default:
		break;
	}
	return store_text(member, strndup(text, len));
}

bool
setting_same(const struct setting *s, const struct config *a, const struct config *b)
{
	const void *one = (const char *)a + s->offset, *two = (const char *)b + s->offset;

	switch (s->kind) {
	case SETTING_INT:
		return *(const int *)one == *(const int *)two;
	case SETTING_BOOL:
		return *(const bool *)one == *(const bool *)two;
	case SETTING_LEVEL:
		return *(const enum log_level *)one == *(const enum log_level *)two;
	default:
		return strcmp(*(char *const *)one, *(char *const *)two) == 0;
	}
}

void
setting_copy_number(const struct setting *s, struct config *to, const struct config *from)
{
	void *member = (char *)to + s->offset;
	const void *source = (const char *)from + s->offset;

	switch (s->kind) {
	case SETTING_INT:
		*(int *)member = *(const int *)source;
		break;
	case SETTING_BOOL:
		*(bool *)member = *(const bool *)source;
		break;
	case SETTING_LEVEL:
		*(enum log_level *)member = *(const enum log_level *)source;
		break;
	default:
		break;
	}
}

char *
setting_text(const struct setting *s, const struct config *config)
{
	const void *member = (const char *)config + s->offset;
	char number[16];

	switch (s->kind) {
	case SETTING_INT:
		snprintf(number, sizeof(number), "%d", *(const int *)member);
		return strdup(number);
	case SETTING_BOOL:
		return strdup(*(const bool *)member ? "true" : "false");
	case SETTING_LEVEL:
		return strdup(log_level_name(*(const enum log_level *)member));
	case SETTING_DATABASE:
		return mask_database_url(*(char *const *)member);
	default:
		return strdup(*(char *const *)member);
	}
}

/* Where the value that starts at p ends: quoted by ', or up to a separator. */
static const char *
secret_end(const char *p, const char *separators)
{
	if (*p == '\'') {
		for (p++; *p != 0 && *p != '\''; p++) {
			if (*p == '\\' && p[1] != 0)
				p++;
		}
		return *p == 0 ? p : p + 1;
	}
	while (*p != 0 && strchr(separators, *p) == NULL) {
		if (*p == '\\' && p[1] != 0)
			p++;
		p++;
	}
	return p;
}

/* Replaces what follows each "password =" (also sslpassword) in place; it only shrinks.
 */
static void
mask_keywords(char *text, const char *separators)
{
	char *p = text;

	while ((p = strcasestr(p, "password")) != NULL) {
		const char *end;

		p += strlen("password");
		while (*p == ' ')
			p++;
		if (*p != '=')
			continue;
		p++;
		while (*p == ' ')
			p++;
		end = secret_end(p, separators);
		if ((size_t)(end - p) < 3) {
			/* Too short for three stars: nothing that is worth hiding fits.
			 */
			memset(p, '*', (size_t)(end - p));
			continue;
		}
		memcpy(p, "***", 3);
		memmove(p + 3, end, strlen(end) + 1);
	}
}

char *
mask_database_url(const char *url)
{
	const char *scheme = strstr(url, "://"), *at, *colon, *end;
	char *masked;

	if (scheme == NULL) {
		masked = strdup(url);
		if (masked != NULL)
			mask_keywords(masked, " \t");
		return masked;
	}
	/* user:password@hosts: the last @ before the path ends the password. */
	end = scheme + 3 + strcspn(scheme + 3, "/?#");
	at = memrchr(scheme + 3, '@', (size_t)(end - (scheme + 3)));
	colon = at == NULL ? NULL : memchr(scheme + 3, ':', (size_t)(at - (scheme + 3)));
	if (colon == NULL)
		masked = strdup(url);
	else if (asprintf(&masked, "%.*s***%s", (int)(colon + 1 - url), url, at) < 0)
		masked = NULL;
	if (masked != NULL)
		mask_keywords(masked, "&#");
	return masked;
}
