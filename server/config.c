#include <config.h>

#include "server/config_internal.h"

#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SECRET_FILE_BYTES_MAX 4096
#define OWN_FLAGS_MAX 40
/* Files that the program needs beside its connections. */
#define FILES_RESERVED 128

/* A load under way. The first error wins; later steps see it and do nothing. */
struct loader {
	struct config_origin *origin;
	struct config_wishes *wishes;
	char *why;
	size_t why_size;
	enum camp_err err;
	bool shared_only;
	const char *config_file;
	/* Inside the file: */
	FILE *file;
	int line;
	bool line_too_long;
};

static void __attribute__((format(printf, 3, 4)))
fail(struct loader *l, enum camp_err err, const char *format, ...)
{
	va_list args;

	if (l->err != CAMP_OK)
		return;
	l->err = err;
	va_start(args, format);
	vsnprintf(l->why, l->why_size, format, args);
	va_end(args);
}

static struct given *
given_of(struct loader *l, const struct setting *s)
{
	return &l->origin->given[s - settings];
}

/* Takes a value; refuses it, naming the place, if it does not fit the setting. */
static void
give(struct loader *l, const struct setting *s, const char *text, const char *source)
{
	struct given *g = given_of(l, s);
	char scratch[80];
	const char *refusal = setting_refusal(s, text, scratch, sizeof(scratch));

	if (refusal != NULL) {
		if (s->secret)
			fail(l, CAMP_ERR_INVALID, "%s: \"%s\" %s", source, s->key,
			     refusal);
		else
			fail(l, CAMP_ERR_INVALID, "%s: \"%s\" %s, not \"%.80s\"", source,
			     s->key, refusal, text);
		return;
	}
	free(g->text);
	free(g->source);
	g->text = strdup(text);
	g->source = strdup(source);
	if (g->text == NULL || g->source == NULL)
		fail(l, CAMP_ERR_MEMORY, "out of memory");
}

/* The value of a secret from the file that holds it, without its last line end. */
static void
give_from_file(struct loader *l, const struct setting *s, const char *path,
	       const char *source)
{
	char text[SECRET_FILE_BYTES_MAX + 1], from[PATH_MAX + 64];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL) {
		fail(l, CAMP_ERR_INVALID, "%s: cannot open \"%s\": %s", source, path,
		     strerror(errno));
		return;
	}
	n = fread(text, 1, sizeof(text), f);
	if (ferror(f)) {
		fail(l, CAMP_ERR_INVALID, "%s: cannot read \"%s\": %s", source, path,
		     strerror(errno));
	} else if (n == sizeof(text)) {
		fail(l, CAMP_ERR_INVALID, "%s: \"%s\" is longer than %d bytes", source,
		     path, SECRET_FILE_BYTES_MAX);
	} else {
		while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
			n--;
		text[n] = 0;
		snprintf(from, sizeof(from), "%s through %s", path, source);
		give(l, s, text, from);
	}
	memset(text, 0, sizeof(text));
	fclose(f);
}

/* The setting whose value this key names the file of: "database_url_file"; else NULL. */
static const struct setting *
find_file_key(const char *key)
{
	static const char suffix[] = "_file";
	size_t len = strlen(key), n = sizeof(suffix) - 1;
	const struct setting *s;

	if (len <= n || strcmp(key + len - n, suffix) != 0)
		return NULL;
	s = setting_find(key, len - n);
	return s != NULL && s->secret ? s : NULL;
}

/* Two ways to say one thing in one place leave it open which was meant. */
static bool
given_twice(struct loader *l, const struct setting *s, const char *layer)
{
	const struct given *g = given_of(l, s);

	return g->source != NULL && strstr(g->source, layer) != NULL;
}

static int
on_file_entry(void *arg, const char *section, const char *key, const char *value)
{
	struct loader *l = arg;
	char source[PATH_MAX + 24], layer[PATH_MAX + 8];
	const struct setting *s = setting_find(key, strlen(key)), *file = NULL;

	snprintf(source, sizeof(source), "%s:%d", l->config_file, l->line);
	snprintf(layer, sizeof(layer), "%s:", l->config_file);
	if (s == NULL)
		s = file = find_file_key(key);
	if (*section != 0)
		fail(l, CAMP_ERR_INVALID, "%s: settings stand in no section, not in [%s]",
		     source, section);
	else if (s == NULL)
		fail(l, CAMP_ERR_INVALID, "%s: there is no setting \"%s\"", source, key);
	else if (given_twice(l, s, layer))
		fail(l, CAMP_ERR_INVALID, "%s: \"%s\" is given a second time", source,
		     key);
	else if (file != NULL)
		give_from_file(l, s, value, source);
	else
		give(l, s, value, source);
	return l->err == CAMP_OK;
}

/* Counts lines, and notices those that the parser would silently cut. */
static char *
read_line(char *line, int size, void *arg)
{
	struct loader *l = arg;
	char *got;
	size_t len;

	if (l->err != CAMP_OK || l->line_too_long)
		return NULL;
	got = fgets(line, size, l->file);
	if (got == NULL)
		return NULL;
	l->line++;
	len = strlen(got);
	l->line_too_long = len + 1 == (size_t)size && got[len - 1] != '\n';
	return l->line_too_long ? NULL : got;
}

static void
read_file(struct loader *l, const char *path)
{
	struct stat st;
	int bad;

	l->config_file = path;
	l->file = fopen(path, "re");
	if (l->file == NULL || fstat(fileno(l->file), &st) != 0) {
		fail(l, CAMP_ERR_INVALID, "cannot open the configuration \"%s\": %s",
		     path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		fail(l, CAMP_ERR_INVALID, "the configuration \"%s\" is a folder", path);
	} else {
		bad = ini_parse_stream(read_line, l, on_file_entry, l);
		if (l->line_too_long)
			fail(l, CAMP_ERR_INVALID, "%s:%d: the line is too long", path,
			     l->line);
		else if (bad > 0)
			fail(l, CAMP_ERR_INVALID,
			     "%s:%d: a line must read \"key = value\"", path, bad);
		else if (bad < 0)
			fail(l, CAMP_ERR_MEMORY, "out of memory");
	}
	if (l->file != NULL)
		fclose(l->file);
	l->file = NULL;
}

static const char *
env_value(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != 0 ? value : NULL;
}

static void
read_environment(struct loader *l)
{
	char name[SETTING_NAME_MAX], file_name[SETTING_NAME_MAX + 8];

	for (size_t i = 0; i < n_settings && l->err == CAMP_OK; i++) {
		const struct setting *s = &settings[i];
		const char *value, *file = NULL;

		if (l->shared_only && !s->shared)
			continue;
		setting_env_name(s, name);
		value = env_value(name);
		if (s->secret) {
			snprintf(file_name, sizeof(file_name), "%s_FILE", name);
			file = env_value(file_name);
		}
		if (value != NULL && file != NULL)
			fail(l, CAMP_ERR_INVALID, "%s and %s exclude each other", name,
			     file_name);
		else if (value != NULL)
			give(l, s, value, name);
		else if (file != NULL)
			give_from_file(l, s, file, file_name);
	}
}

/* What a long option of getopt means. */
struct flag {
	char name[SETTING_NAME_MAX + 8];
	const struct setting *setting;
	bool names_file;
	const struct config_flag *own;
	bool *wish;
	const char **text;
};

#define FLAGS_MAX (SETTINGS_MAX * 2 + OWN_FLAGS_MAX + 4)

struct flags {
	int n;
	struct flag flag[FLAGS_MAX];
	struct option option[FLAGS_MAX + 1];
};

static struct flag *
add_flag(struct flags *f, const char *name, int has_argument)
{
	struct flag *flag = &f->flag[f->n];

	snprintf(flag->name, sizeof(flag->name), "%s", name);
	f->option[f->n] = (struct option){flag->name, has_argument, NULL, 256 + f->n};
	f->n++;
	return flag;
}

static void
add_setting_flags(struct flags *f, const struct setting *s)
{
	char name[SETTING_NAME_MAX], file_name[SETTING_NAME_MAX + 8];
	struct flag *flag;

	setting_flag_name(s, name);
	add_flag(f, name, s->kind == SETTING_BOOL ? optional_argument : required_argument)
		->setting = s;
	if (s->secret) {
		snprintf(file_name, sizeof(file_name), "%s-file", name);
		flag = add_flag(f, file_name, required_argument);
		flag->setting = s;
		flag->names_file = true;
	}
}

static struct flags *
make_flags(struct loader *l)
{
	const struct config_verb *verb = l->origin->verb;
	struct flags *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		fail(l, CAMP_ERR_MEMORY, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < verb->n_flags && i < OWN_FLAGS_MAX; i++) {
		const struct config_flag *own = &verb->flags[i];

		if (own->values != NULL)
			own->values->n = 0;
		add_flag(f, own->name,
			 own->value_name == NULL ? no_argument : required_argument)
			->own = own;
	}
	add_flag(f, "help", no_argument)->wish = &l->wishes->help;
	add_flag(f, "config", required_argument)->text = &l->config_file;
	if (verb->serves) {
		add_flag(f, "check-config", no_argument)->wish = &l->wishes->check;
		add_flag(f, "print-config", no_argument)->wish = &l->wishes->print;
	}
	for (size_t i = 0; i < n_settings; i++) {
		if (settings[i].shared || !l->shared_only)
			add_setting_flags(f, &settings[i]);
	}
	return f;
}

static void
take_value(struct loader *l, const struct config_flag *own, const char *value)
{
	if (own->values->n == CONFIG_VALUES_MAX)
		fail(l, CAMP_ERR_INVALID, "flag --%s takes at most %d values", own->name,
		     CONFIG_VALUES_MAX);
	else
		own->values->value[own->values->n++] = value;
}

/*
 * A list takes the arguments up to the next flag. getopt has put what belongs to no flag
 * behind it, so that moving optind on is all it needs to see them as taken.
 */
static void
take_list(struct loader *l, const struct config_flag *own, const char *value,
	  bool settings_pass)
{
	const struct config_origin *o = l->origin;

	if (!settings_pass)
		take_value(l, own, value);
	while (l->err == CAMP_OK && optind < o->argc &&
	       (o->argv[optind][0] != '-' || o->argv[optind][1] == 0)) {
		if (!settings_pass)
			take_value(l, own, o->argv[optind]);
		optind++;
	}
}

static void
take_flag(struct loader *l, const struct flag *flag, const char *value,
	  bool settings_pass)
{
	char source[sizeof(flag->name) + 8];

	snprintf(source, sizeof(source), "flag --%s", flag->name);
	if (flag->setting != NULL && settings_pass) {
		if (flag->names_file)
			give_from_file(l, flag->setting, value, source);
		else
			give(l, flag->setting, value == NULL ? "true" : value, source);
	} else if (flag->own != NULL && flag->own->values != NULL) {
		take_list(l, flag->own, value, settings_pass);
	} else if (flag->setting != NULL || settings_pass) {
		return;
	} else if (flag->wish != NULL) {
		*flag->wish = true;
	} else if (flag->text != NULL) {
		*flag->text = value;
	} else if (flag->own->value != NULL) {
		*flag->own->value = value;
	} else if (flag->own->set != NULL) {
		*flag->own->set = true;
	}
}

static void
fail_flag(struct loader *l, int c, int argc, char **argv)
{
	const char *verb = argv[0];
	const char *what = optind > 0 && optind <= argc ? argv[optind - 1] : "";

	if (c == ':')
		fail(l, CAMP_ERR_INVALID, "flag \"%s\" needs a value", what);
	else if (optopt >= 256)
		fail(l, CAMP_ERR_INVALID, "flag \"%s\" takes no value", what);
	else
		fail(l, CAMP_ERR_INVALID, "there is no flag \"%s\"; see camp %s --help",
		     what, verb);
}

/*
 * Walks the flags. The file's name is among them, and the file ranks below them: so the
 * first pass takes everything but settings, and the second takes the settings.
 */
static void
read_flags(struct loader *l, const struct flags *f, bool settings_pass)
{
	struct config_origin *o = l->origin;
	struct config_verb *verb = o->verb;
	int c;

	optind = 0; /* glibc: start over, also the state kept inside */
	opterr = 0;
	while (l->err == CAMP_OK &&
	       (c = getopt_long(o->argc, o->argv, ":", f->option, NULL)) != -1) {
		if (c < 256)
			fail_flag(l, c, o->argc, o->argv);
		else
			take_flag(l, &f->flag[c - 256], optarg, settings_pass);
	}
	verb->operands = o->argv + optind;
	verb->n_operands = o->argc - optind;
	if (l->err != CAMP_OK || l->wishes->help)
		return;
	if (verb->n_operands > verb->operands_max)
		fail(l, CAMP_ERR_INVALID, "\"%s\" is one argument too many",
		     verb->operands[verb->operands_max]);
	else if (verb->n_operands < verb->operands_min)
		fail(l, CAMP_ERR_INVALID, "an argument is missing: usage: %s",
		     verb->usage);
}

static char *
default_state_dir(void)
{
	const char *base = env_value("XDG_STATE_HOME"), *home = env_value("HOME");
	char *path = NULL;
	int n = -1;

	if (base != NULL && base[0] == '/')
		n = asprintf(&path, "%s/camp", base);
	else if (home != NULL)
		n = asprintf(&path, "%s/.local/state/camp", home);
	return n < 0 ? NULL : path;
}

/* http://127.0.0.1:8080: what a browser on this machine reaches. */
static char *
default_base_url(const struct config *c)
{
	bool v6 = strchr(c->address, ':') != NULL;
	const char *host = c->address;
	char *url;

	if (strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (strcmp(host, "::") == 0)
		host = "::1";
	if (asprintf(&url, v6 ? "http://[%s]:%d" : "http://%s:%d", host, c->port) < 0)
		return NULL;
	return url;
}

static void
replace_text(struct loader *l, char **member, char *made)
{
	if (made == NULL) {
		fail(l, CAMP_ERR_MEMORY, "out of memory");
		return;
	}
	free(*member);
	*member = made;
}

static void
clip_connections(struct config *c)
{
	struct rlimit files;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	/* What the system allows may be taken without asking anyone. */
	if (files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &files) != 0 ||
		    getrlimit(RLIMIT_NOFILE, &files) != 0)
			return;
	}
	room = files.rlim_cur > 2 * FILES_RESERVED ? files.rlim_cur - FILES_RESERVED
						   : files.rlim_cur / 2;
	if ((rlim_t)c->connection_limit > room)
		c->connection_limit = (int)room;
}

static void
derive_admin_port(struct loader *l, struct config *c)
{
	if (c->admin_port == 0)
		c->admin_port = c->port + 1;
	if (c->admin_port > 65535)
		fail(l, CAMP_ERR_INVALID,
		     "\"admin_port\" must be given, as there is no port above %d",
		     c->port);
	else if (c->admin_port == c->port)
		fail(l, CAMP_ERR_INVALID, "\"admin_port\" and \"port\" are both %d",
		     c->port);
}

/* The values that follow from others. */
static void
derive(struct loader *l, struct config *c)
{
	char *made;

	if (c->state_dir[0] == 0) {
		made = default_state_dir();
		if (made == NULL)
			fail(l, CAMP_ERR_INVALID,
			     "\"state_dir\" is not given, and there is no HOME to put it "
			     "in");
		else
			replace_text(l, &c->state_dir, made);
	}
	if (l->err != CAMP_OK)
		return;
	if (c->secret_file[0] == 0)
		replace_text(l, &c->secret_file,
			     asprintf(&made, "%s/secret", c->state_dir) < 0 ? NULL
									    : made);
	if (c->base_url[0] == 0)
		replace_text(l, &c->base_url, default_base_url(c));
	if (l->shared_only)
		return;
	derive_admin_port(l, c);
	clip_connections(c);
}

static void
store_all(struct loader *l, struct config *config)
{
	for (size_t i = 0; i < n_settings && l->err == CAMP_OK; i++) {
		const struct given *g = &l->origin->given[i];

		if (setting_store(&settings[i], config,
				  g->text != NULL ? g->text : settings[i].fallback) !=
		    CAMP_OK)
			fail(l, CAMP_ERR_MEMORY, "out of memory");
	}
	if (l->err == CAMP_OK)
		derive(l, config);
}

enum camp_err
config_read(struct config *config, struct config_verb *verb, int argc, char **argv,
	    struct config_wishes *wishes, char *why, size_t why_size)
{
	struct loader l = {.wishes = wishes,
			   .why = why,
			   .why_size = why_size,
			   .shared_only = !verb->serves};
	struct flags *flags = NULL;

	*config = (struct config){0};
	*wishes = (struct config_wishes){0};
	l.origin = config->origin = calloc(1, sizeof(*config->origin));
	if (l.origin == NULL) {
		fail(&l, CAMP_ERR_MEMORY, "out of memory");
		return l.err;
	}
	*l.origin = (struct config_origin){.verb = verb, .argc = argc, .argv = argv};
	l.config_file = env_value("CAMP_CONFIG");
	flags = make_flags(&l);
	if (flags != NULL)
		read_flags(&l, flags, false);
	if (l.err == CAMP_OK && !wishes->help) {
		if (l.config_file != NULL)
			read_file(&l, l.config_file);
		read_environment(&l);
		if (l.err == CAMP_OK)
			read_flags(&l, flags, true);
		store_all(&l, config);
	}
	free(flags);
	if (l.err != CAMP_OK)
		config_clear(config);
	return l.err;
}

enum config_outcome
config_load(struct config *config, struct config_verb *verb, int argc, char **argv)
{
	struct config_wishes wishes;
	char why[PATH_MAX + 256];
	bool good;

	if (config_read(config, verb, argc, argv, &wishes, why, sizeof(why)) != CAMP_OK) {
		fprintf(stderr, "camp: %s\n", why);
		return CONFIG_FAILED;
	}
	log_set_level(config->log_level);
	if (!wishes.help && !wishes.print && !wishes.check)
		return CONFIG_RUN;
	if (wishes.help)
		config_print_help(verb);
	else if (wishes.print)
		config_print(config);
	good = wishes.help || !wishes.check || config_check(config);
	config_clear(config);
	return good ? CONFIG_DONE : CONFIG_FAILED;
}

enum camp_err
config_reload(struct config *config, struct config_changes *changes, char *why,
	      size_t why_size)
{
	struct config_origin *o = config->origin;
	struct config_wishes wishes;
	struct config fresh;
	enum camp_err err;

	*changes = (struct config_changes){0};
	err = config_read(&fresh, o->verb, o->argc, o->argv, &wishes, why, why_size);
	if (err != CAMP_OK)
		return err;
	for (size_t i = 0; i < n_settings; i++) {
		if (setting_same(&settings[i], config, &fresh))
			continue;
		if (settings[i].reloads) {
			setting_copy_number(&settings[i], config, &fresh);
			changes->applied[changes->n_applied++] = settings[i].key;
		} else {
			changes->restart[changes->n_restart++] = settings[i].key;
		}
	}
	log_set_level(config->log_level);
	config_clear(&fresh);
	return CAMP_OK;
}

void
config_clear(struct config *config)
{
	if (config == NULL)
		return;
	for (size_t i = 0; i < n_settings; i++) {
		char **text = (char **)((char *)config + settings[i].offset);

		if (settings[i].kind != SETTING_INT && settings[i].kind != SETTING_BOOL &&
		    settings[i].kind != SETTING_LEVEL)
			free(*text);
	}
	if (config->origin != NULL) {
		for (size_t i = 0; i < n_settings; i++) {
			free(config->origin->given[i].text);
			free(config->origin->given[i].source);
		}
		free(config->origin);
	}
	*config = (struct config){0};
}
