/* --help, --print-config and --check-config. */
#include <config.h>

#include "server/config_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELP_COLUMN 32

static void
print_flag(const char *name, const char *value_name, const char *help)
{
	int n = printf(value_name == NULL ? "  --%s" : "  --%s %s", name, value_name);

	if (n >= HELP_COLUMN)
		printf("\n%*s", HELP_COLUMN, "");
	else
		printf("%*s", HELP_COLUMN - n, "");
	puts(help);
}

static void
print_setting(const struct setting *s)
{
	char name[SETTING_NAME_MAX], help[200];

	setting_flag_name(s, name);
	if (s->fallback[0] != 0 && s->kind != SETTING_BOOL && s->kind != SETTING_PATH)
		snprintf(help, sizeof(help), "%s (default %s)", s->help, s->fallback);
	else
		snprintf(help, sizeof(help), "%s", s->help);
	print_flag(name, s->value_name, help);
}

void
config_print_help(const struct config_verb *verb)
{
	printf("usage: %s\n\n", verb->usage);
	if (verb->about != NULL)
		printf("%s\n\n", verb->about);
	for (size_t i = 0; i < verb->n_flags; i++)
		print_flag(verb->flags[i].name, verb->flags[i].value_name,
			   verb->flags[i].help);
	print_flag("help", NULL, "print this");
	if (verb->serves) {
		print_flag("check-config", NULL, "say whether the configuration is good");
		print_flag("print-config", NULL,
			   "print every value and where it is from");
	}
	puts("\nSettings, which may also stand in a file or, as CAMP_NAME (but "
	     "DATABASE_URL),\n"
	     "in the environment:");
	print_flag("config", "FILE", "the file: lines \"name = value\" (CAMP_CONFIG)");
	for (size_t i = 0; i < n_settings; i++) {
		if (settings[i].shared || verb->serves)
			print_setting(&settings[i]);
	}
	print_flag("database-url-file", "FILE", "a file that holds database_url");
}

void
config_print(const struct config *config)
{
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *s = &settings[i];
		const char *source = config->origin->given[i].source;
		char *text = setting_text(s, config);

		/* The form of the file, so that it can be kept as one. */
		if (text == NULL || text[0] == 0)
			printf("; %s =  ; default\n", s->key);
		else
			printf("%s = %s  ; %s\n", s->key, text,
			       source == NULL ? "default" : source);
		free(text);
	}
}

static bool
check_folder(const char *key, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	fprintf(stderr, "camp: \"%s\": there is no folder \"%s\"\n", key, path);
	return false;
}

static bool
check_file(const char *key, const char *path)
{
	if (access(path, R_OK) == 0)
		return true;
	fprintf(stderr, "camp: \"%s\": cannot read \"%s\": %s\n", key, path,
		strerror(errno));
	return false;
}

bool
config_check(const struct config *config)
{
	bool good = check_folder("tasks_dir", config->tasks_dir);

	good = check_folder("migrations_dir", config->migrations_dir) && good;
	good = check_folder("web_dir", config->web_dir) && good;
	good = check_file("openapi_file", config->openapi_file) && good;
	/* The secret is made when absent; one that is there must be readable. */
	if (access(config->secret_file, F_OK) == 0)
		good = check_file("secret_file", config->secret_file) && good;
	if (good)
		puts("the configuration is good");
	return good;
}
