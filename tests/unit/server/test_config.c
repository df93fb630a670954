/* server/config: file < environment < flags, and one clear sentence for each mistake. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"
#include "server/config_internal.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

static char folder[64], file[96], why[4096];
static struct config_verb serve = {.usage = "camp serve [OPTION...]", .serves = true};

/* The environment of whoever runs the tests must not matter. */
static void
clean_environment(void)
{
	for (size_t i = 0; i < n_settings; i++) {
		char name[SETTING_NAME_MAX];

		setting_env_name(&settings[i], name);
		unsetenv(name);
	}
	unsetenv("CAMP_CONFIG");
	unsetenv("DATABASE_URL_FILE");
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/home/someone", 1);
	strcpy(folder, "/tmp/camp-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/camp.conf", folder);
}

static void
remove_folder(void)
{
	unlink(file);
	rmdir(folder);
}

static void
put(const char *text)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

/* Arguments end with NULL; kept alive as a reload reads them again. */
static char *arguments[32];

static enum camp_err
load_verb(struct config *c, struct config_verb *verb, va_list args)
{
	struct config_wishes wishes;
	int n = 0;

	arguments[n++] = "serve";
	while ((arguments[n] = va_arg(args, char *)) != NULL)
		n++;
	why[0] = 0;
	return config_read(c, verb, n, arguments, &wishes, why, sizeof(why));
}

static enum camp_err
load(struct config *c, ...)
{
	enum camp_err err;
	va_list args;

	va_start(args, c);
	err = load_verb(c, &serve, args);
	va_end(args);
	return err;
}

#define ck_refused(sentence, ...) \
	do { \
		struct config refused_; \
		ck_assert_int_eq(load(&refused_, __VA_ARGS__ __VA_OPT__(, ) NULL), \
				 CAMP_ERR_INVALID); \
		ck_assert_str_eq(why, sentence); \
	} while (0)

START_TEST(config_has_defaults_for_everything)
{
	struct config c;

	ck_assert_int_eq(load(&c, NULL), CAMP_OK);
	ck_assert_int_eq(c.port, 8080);
	ck_assert_int_eq(c.admin_port, 8081);
	ck_assert_str_eq(c.address, "127.0.0.1");
	ck_assert_str_eq(c.state_dir, "/home/someone/.local/state/camp");
	ck_assert_str_eq(c.secret_file, "/home/someone/.local/state/camp/secret");
	ck_assert_str_eq(c.base_url, "http://127.0.0.1:8080");
	ck_assert_str_eq(c.database_url, "");
	ck_assert_int_eq(c.lanes, 4);
	ck_assert_int_eq(c.queue_limit, 1024);
	ck_assert_int_eq(c.writer_queue_limit, 4096);
	ck_assert_int_eq(c.request_timeout_ms, 10000);
	ck_assert_int_eq(c.receive_timeout_s, 30);
	ck_assert_int_eq(c.body_limit, 262144);
	ck_assert_int_gt(c.connection_limit, 0);
	ck_assert_int_le(c.connection_limit, 10000);
	ck_assert_int_eq(c.log_level, LOG_INFO);
	ck_assert(!c.demo);
	config_clear(&c);
	setenv("XDG_STATE_HOME", "/var/lib", 1);
	ck_assert_int_eq(load(&c, NULL), CAMP_OK);
	ck_assert_str_eq(c.state_dir, "/var/lib/camp");
	config_clear(&c);
}
END_TEST

START_TEST(config_ranks_file_environment_flags)
{
	struct config c;

	put("; a comment\nport = 1001\nlanes=2 ; and why\nqueue_limit = 7\n"
	    "state_dir = /srv/camp\n");
	setenv("CAMP_CONFIG", file, 1);
	setenv("CAMP_PORT", "1002", 1);
	setenv("CAMP_LANES", "3", 1);
	ck_assert_int_eq(load(&c, "--port", "1003", "--base-url=https://camp.example/",
			      NULL),
			 CAMP_OK);
	ck_assert_int_eq(c.port, 1003);
	ck_assert_int_eq(c.admin_port, 1004);
	ck_assert_int_eq(c.lanes, 3);
	ck_assert_int_eq(c.queue_limit, 7);
	ck_assert_str_eq(c.state_dir, "/srv/camp");
	ck_assert_str_eq(c.base_url, "https://camp.example");
	config_clear(&c);
	/* --config beats CAMP_CONFIG; an empty variable is none. */
	setenv("CAMP_CONFIG", "/nowhere/camp.conf", 1);
	setenv("CAMP_LANES", "", 1);
	ck_assert_int_eq(load(&c, "--config", file, NULL), CAMP_OK);
	ck_assert_int_eq(c.port, 1002);
	ck_assert_int_eq(c.lanes, 2);
	config_clear(&c);
}
END_TEST

START_TEST(config_names_each_mistake_in_the_file)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"port = 80a\n",
		 ":1: \"port\" must be a whole number from 1 to 65535, not "
		 "\"80a\""},
		{"\n\nport = 0\n",
		 ":3: \"port\" must be a whole number from 1 to 65535, not "
		 "\"0\""},
		{"port = 65536\n",
		 ":1: \"port\" must be a whole number from 1 to 65535, not "
		 "\"65536\""},
		{"lanes =\n",
		 ":1: \"lanes\" must be a whole number from 1 to 64, not \"\""},
		{"colour = blue\n", ":1: there is no setting \"colour\""},
		{"port = 1\nport = 2\n", ":2: \"port\" is given a second time"},
		{"[server]\nport = 1\n",
		 ":2: settings stand in no section, not in [server]"},
		{"port = 1\nnonsense\n", ":2: a line must read \"key = value\""},
		{"demo = perhaps\n",
		 ":1: \"demo\" must be true or false, not \"perhaps\""},
		{"log_level = loud\n",
		 ":1: \"log_level\" must be debug, info, warning or "
		 "error, not \"loud\""},
		{"address = localhost\n",
		 ":1: \"address\" must be a numeric IPv4 or IPv6 "
		 "address, not \"localhost\""},
		{"base_url = camp.example\n",
		 ":1: \"base_url\" must start with http:// or "
		 "https:// and a host, not \"camp.example\""},
		{"database_url = secretword\n", ":1: \"database_url\" must be a "
						"postgresql:// URL or libpq keywords"},
	};
	char expected[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].text);
		snprintf(expected, sizeof(expected), "%s%s", file, cases[i].sentence);
		ck_refused(expected, "--config", file);
	}
	/* What the parser would silently cut in two. */
	snprintf(why, sizeof(why), "port = 1\nstate_dir = /%0300d\n", 0);
	put(why);
	snprintf(expected, sizeof(expected), "%s:2: the line is too long", file);
	ck_refused(expected, "--config", file);
	snprintf(expected, sizeof(expected), "the configuration \"%s\" is a folder",
		 folder);
	ck_refused(expected, "--config", folder);
	ck_refused("cannot open the configuration \"/nowhere\": No such file or "
		   "directory",
		   "--config", "/nowhere");
}
END_TEST

START_TEST(config_names_each_mistake_elsewhere)
{
	ck_refused("flag --port: \"port\" must be a whole number from 1 to 65535, not "
		   "\"x\"",
		   "--port", "x");
	ck_refused("flag \"--port\" needs a value", "--port");
	ck_refused("there is no flag \"--frobnicate\"; see camp serve --help",
		   "--frobnicate");
	ck_refused("flag \"--help=yes\" takes no value", "--help=yes");
	ck_refused("\"extra\" is one argument too many", "extra");
	ck_refused("\"admin_port\" and \"port\" are both 9000", "--port", "9000",
		   "--admin-port", "9000");
	ck_refused("\"admin_port\" must be given, as there is no port above 65535",
		   "--port", "65535");
	setenv("CAMP_QUEUE_LIMIT", "-1", 1);
	ck_refused("CAMP_QUEUE_LIMIT: \"queue_limit\" must be a whole number from 1 to "
		   "1000000, not \"-1\"");
	unsetenv("CAMP_QUEUE_LIMIT");
	unsetenv("HOME");
	ck_refused("\"state_dir\" is not given, and there is no HOME to put it in");
}
END_TEST

START_TEST(config_takes_secrets_from_files)
{
	struct config c;

	put("postgresql://camp:pass@db/camp\n");
	setenv("DATABASE_URL_FILE", file, 1);
	ck_assert_int_eq(load(&c, NULL), CAMP_OK);
	ck_assert_str_eq(c.database_url, "postgresql://camp:pass@db/camp");
	config_clear(&c);
	ck_assert_int_eq(load(&c, "--database-url", "host=/tmp dbname=x", NULL), CAMP_OK);
	ck_assert_str_eq(c.database_url, "host=/tmp dbname=x");
	config_clear(&c);
	setenv("DATABASE_URL", "postgresql://other", 1);
	ck_refused("DATABASE_URL and DATABASE_URL_FILE exclude each other");
	unsetenv("DATABASE_URL");
	setenv("DATABASE_URL_FILE", "/nowhere/secret", 1);
	ck_refused("DATABASE_URL_FILE: cannot open \"/nowhere/secret\": No such file or "
		   "directory");
}
END_TEST

START_TEST(config_masks_passwords)
{
	static const struct {
		const char *url, *masked;
	} cases[] = {
		{"postgresql://camp:geheim@db:5432/camp",
		 "postgresql://camp:***@db:5432/camp"},
		{"postgresql://camp:a:b@db/camp?sslmode=require",
		 "postgresql://camp:***@db/camp?sslmode=require"},
		{"postgresql://db/camp?user=u&password=geheim&x=1",
		 "postgresql://db/camp?user=u&password=***&x=1"},
		{"postgresql://camp@db/camp", "postgresql://camp@db/camp"},
		{"host=db password=geheim user=camp", "host=db password=*** user=camp"},
		{"host=db password = 'ge heim\\' x' user=camp",
		 "host=db password = *** user=camp"},
		{"sslpassword=abcd PASSWORD=efgh", "sslpassword=*** PASSWORD=***"},
		{"host=db", "host=db"},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *masked = mask_database_url(cases[i].url);

		ck_assert_str_eq(masked, cases[i].masked);
		free(masked);
	}
}
END_TEST

START_TEST(config_of_other_verbs_takes_what_they_share)
{
	const char *task = NULL;
	bool json = false;
	struct config_flag flags[] = {
		{"task", "NAME", "the task", .value = &task},
		{"json", NULL, "for machines", .set = &json},
	};
	struct config_verb verb = {.usage = "camp score FILE",
				   .flags = flags,
				   .n_flags = 2,
				   .operands_min = 1,
				   .operands_max = 2};
	char *argv[] = {"score",       "a.csv", "--task", "stroop", "--json",
			"--state-dir", "/s",    "b.csv",  NULL};
	char *serves[] = {"score", "a.csv", "--port", "1", NULL};
	char *none[] = {"score", NULL};
	struct config_wishes wishes;
	struct config c;

	/* Its own settings do not concern it, wrong or not. */
	setenv("CAMP_PORT", "wrong", 1);
	ck_assert_int_eq(config_read(&c, &verb, 8, argv, &wishes, why, sizeof(why)),
			 CAMP_OK);
	ck_assert_str_eq(task, "stroop");
	ck_assert(json);
	ck_assert_str_eq(c.state_dir, "/s");
	ck_assert_int_eq(verb.n_operands, 2);
	ck_assert_str_eq(verb.operands[0], "a.csv");
	ck_assert_str_eq(verb.operands[1], "b.csv");
	config_clear(&c);
	ck_assert_int_eq(config_read(&c, &verb, 4, serves, &wishes, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "there is no flag \"--port\"; see camp score --help");
	ck_assert_int_eq(config_read(&c, &verb, 1, none, &wishes, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "an argument is missing: usage: camp score FILE");
}
END_TEST

START_TEST(config_lists_take_all_up_to_the_next_flag)
{
	static struct config_values data, replay;
	bool json = false;
	struct config_flag flags[] = {
		{"data", "FILE...", "trials", .values = &data},
		{"replay", "FILE...", "more trials", .values = &replay},
		{"json", NULL, "for machines", .set = &json},
	};
	struct config_verb verb = {.usage = "camp train",
				   .flags = flags,
				   .n_flags = 3,
				   .operands_max = 2};
	char *argv[] = {"train",      "first",       "--data", "a",      "b",
			"--replay=c", "-",           "--json", "second", "--data",
			"d",          "--state-dir", "/s",     NULL};
	char *empty[] = {"train", "--data", NULL};
	char *many[CONFIG_VALUES_MAX + 4] = {"train", "--data"};
	struct config_wishes wishes;
	struct config c;

	ck_assert_int_eq(config_read(&c, &verb, 13, argv, &wishes, why, sizeof(why)),
			 CAMP_OK);
	ck_assert_int_eq(data.n, 3);
	ck_assert_str_eq(data.value[0], "a");
	ck_assert_str_eq(data.value[1], "b");
	ck_assert_str_eq(data.value[2], "d");
	ck_assert_int_eq(replay.n, 2);
	ck_assert_str_eq(replay.value[0], "c");
	ck_assert_str_eq(replay.value[1], "-");
	ck_assert(json);
	ck_assert_str_eq(c.state_dir, "/s");
	ck_assert_int_eq(verb.n_operands, 2);
	ck_assert_str_eq(verb.operands[0], "first");
	ck_assert_str_eq(verb.operands[1], "second");
	config_clear(&c);
	ck_assert_int_eq(config_read(&c, &verb, 2, empty, &wishes, why, sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "flag \"--data\" needs a value");
	for (int i = 2; i < CONFIG_VALUES_MAX + 3; i++)
		many[i] = "file";
	ck_assert_int_eq(config_read(&c, &verb, CONFIG_VALUES_MAX + 3, many, &wishes, why,
				     sizeof(why)),
			 CAMP_ERR_INVALID);
	ck_assert_str_eq(why, "flag --data takes at most 256 values");
}
END_TEST

START_TEST(config_switches_may_be_turned_off_again)
{
	struct config c;

	setenv("CAMP_DEMO", "yes", 1);
	ck_assert_int_eq(load(&c, NULL), CAMP_OK);
	ck_assert(c.demo);
	config_clear(&c);
	ck_assert_int_eq(load(&c, "--demo=false", "--access-log", NULL), CAMP_OK);
	ck_assert(!c.demo);
	ck_assert(c.access_log);
	config_clear(&c);
}
END_TEST

START_TEST(config_reload_applies_what_it_can)
{
	struct config_changes changes;
	struct config c;

	put("port = 1001\nreceive_timeout_s = 5\nlog_level = info\n");
	ck_assert_int_eq(load(&c, "--config", file, "--lanes", "2", NULL), CAMP_OK);
	put("port = 2001\nreceive_timeout_s = 6\nlog_level = warning\nlanes = 9\n");
	ck_assert_int_eq(config_reload(&c, &changes, why, sizeof(why)), CAMP_OK);
	ck_assert_int_eq(c.receive_timeout_s, 6);
	ck_assert_int_eq(c.log_level, LOG_WARNING);
	ck_assert(!log_enabled(LOG_INFO));
	ck_assert_int_eq(c.port, 1001);
	ck_assert_int_eq(c.lanes, 2);
	ck_assert_int_eq(changes.n_applied, 2);
	ck_assert_str_eq(changes.applied[0], "log_level");
	ck_assert_str_eq(changes.applied[1], "receive_timeout_s");
	ck_assert_int_eq(changes.n_restart, 3);
	ck_assert_str_eq(changes.restart[0], "port");
	ck_assert_str_eq(changes.restart[1], "admin_port");
	ck_assert_str_eq(changes.restart[2], "base_url");
	/* A broken file changes nothing. */
	put("receive_timeout_s = 7\nport = x\n");
	ck_assert_int_eq(config_reload(&c, &changes, why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_int_eq(c.receive_timeout_s, 6);
	ck_assert_ptr_nonnull(strstr(why, ":2: \"port\""));
	log_set_level(LOG_INFO);
	config_clear(&c);
}
END_TEST

START_TEST(config_survives_each_failed_allocation)
{
	struct config_changes changes;
	struct config c;
	long n;

	put("port = 1001\nlanes = 2\ndatabase_url = host=/tmp\n");
	for (n = 1;; n++) {
		enum camp_err err;

		fail_alloc_arm(n);
		err = load(&c, "--config", file, "--queue-limit", "3", NULL);
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			break;
		}
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_ptr_null(c.origin);
		ck_assert_ptr_null(c.state_dir);
	}
	ck_assert_int_gt(n, 10);
	/* A reload that runs out of memory changes nothing. */
	put("port = 1001\nlanes = 2\ndatabase_url = host=/tmp\nreceive_timeout_s = 5\n");
	for (n = 1;; n++) {
		enum camp_err err;

		fail_alloc_arm(n);
		err = config_reload(&c, &changes, why, sizeof(why));
		if (!fail_alloc_disarm())
			break;
		ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		ck_assert_int_eq(c.receive_timeout_s, 30);
	}
	ck_assert_int_eq(c.receive_timeout_s, 5);
	ck_assert_int_eq(changes.n_applied, 1);
	ck_assert_int_eq(changes.n_restart, 0);
	config_clear(&c);
}
END_TEST

START_TEST(config_sample_file_is_good_and_complete)
{
	struct config c;
	size_t len;
	char *sample = unit_read_source("docs/camp.conf.sample", &len);
	char path[] = CAMP_SOURCE_DIR "/docs/camp.conf.sample";

	ck_assert_msg(load(&c, "--config", path, NULL) == CAMP_OK, "%s", why);
	config_clear(&c);
	for (size_t i = 0; i < n_settings; i++) {
		char line[SETTING_NAME_MAX + 4];

		snprintf(line, sizeof(line), ";%s =", settings[i].key);
		ck_assert_msg(strstr(sample, line) != NULL, "the sample lacks \"%s\"",
			      settings[i].key);
	}
	/* And what it shows as defaults are the defaults. */
	for (size_t i = 0; i < n_settings; i++) {
		char line[200];

		if (settings[i].kind != SETTING_INT && settings[i].kind != SETTING_BOOL &&
		    settings[i].kind != SETTING_LEVEL &&
		    settings[i].kind != SETTING_ADDRESS)
			continue;
		snprintf(line, sizeof(line), ";%s = %s\n", settings[i].key,
			 settings[i].fallback);
		ck_assert_msg(strstr(sample, line) != NULL,
			      "the sample differs in \"%s\"", settings[i].key);
	}
	free(sample);
}
END_TEST

Suite *
suite_config(void)
{
	Suite *s = suite_create("config");
	TCase *c = tcase_create("config");

	tcase_add_checked_fixture(c, clean_environment, remove_folder);
	tcase_add_test(c, config_has_defaults_for_everything);
	tcase_add_test(c, config_ranks_file_environment_flags);
	tcase_add_test(c, config_names_each_mistake_in_the_file);
	tcase_add_test(c, config_names_each_mistake_elsewhere);
	tcase_add_test(c, config_takes_secrets_from_files);
	tcase_add_test(c, config_masks_passwords);
	tcase_add_test(c, config_of_other_verbs_takes_what_they_share);
	tcase_add_test(c, config_lists_take_all_up_to_the_next_flag);
	tcase_add_test(c, config_switches_may_be_turned_off_again);
	tcase_add_test(c, config_reload_applies_what_it_can);
	tcase_add_test(c, config_survives_each_failed_allocation);
	tcase_add_test(c, config_sample_file_is_good_and_complete);
	suite_add_tcase(s, c);
	return s;
}
