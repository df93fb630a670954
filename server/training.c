#define _GNU_SOURCE /* pipe2, environ */
#include "server/training.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/folder.h"

#define PROGRAM "/proc/self/exe"
#define NICE 10
#define STOPS_MAX 10
#define ARGS_MAX 24
#define PATH_SIZE 4096
#define ENV_MAX 512

struct training {
	pid_t pid;
	int out_fd;
	int stops; /* how often it was asked to end */
	bool over;
	int status; /* of waitpid(), when over */
	char folder[PATH_SIZE], model[PATH_SIZE + 32], errors[PATH_SIZE + 32];
	struct buffer out;
	size_t line_at; /* of out: what was not given yet */
};

/* The arguments and the environment of the child; texts are its own. */
struct command {
	char *args[ARGS_MAX + 1];
	int n_args;
	char *env[ENV_MAX + 1];
	int n_env;
	bool failed;
};

static void
command_clear(struct command *c)
{
	for (int i = 0; i < c->n_args; i++)
		free(c->args[i]);
	for (int i = 0; i < c->n_env; i++)
		free(c->env[i]);
}

static void
add(struct command *c, char **list, int *n, int max, char *take)
{
	if (!take || *n == max) {
		free(take);
		c->failed = true;
		return;
	}
	list[(*n)++] = take;
}

static void
arg(struct command *c, const char *text)
{
	add(c, c->args, &c->n_args, ARGS_MAX, strdup(text));
}

static void
setting(struct command *c, const char *name, const char *value)
{
	char *text;

	add(c, c->env, &c->n_env, ENV_MAX,
	    asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text);
}

/* What the request asked for, as flags. */
static void
add_flags(struct command *c, const json_t *config)
{
	static const struct {
		const char *member, *flag;
	} flags[] = {{"encoder", "--encoder"},
		     {"steps", "--steps"},
		     {"seed", "--seed"},
		     {"components", "--components"},
		     {"cohort", "--cohort"}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const json_t *value = json_object_get(config, flags[i].member);
		char number[24];

		if (!json_is_string(value) && !json_is_integer(value))
			continue;
		arg(c, flags[i].flag);
		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(value));
		arg(c, json_is_string(value) ? json_string_value(value) : number);
	}
}

/* As ours, but the database is the one we use, and never on the command line. */
static void
add_environment(struct command *c, const struct training_options *options)
{
	for (char **e = environ; *e; e++) {
		if (strncmp(*e, "DATABASE_URL", 12) != 0 &&
		    strncmp(*e, "CAMP_STATE_DIR=", 15) != 0 &&
		    strncmp(*e, "OPENBLAS_NUM_THREADS=", 21) != 0)
			add(c, c->env, &c->n_env, ENV_MAX, strdup(*e));
	}
	setting(c, "DATABASE_URL", options->conninfo);
	setting(c, "CAMP_STATE_DIR", options->state_dir);
	setting(c, "OPENBLAS_NUM_THREADS", "1");
}

static enum camp_err
command_make(struct command *c, const struct training *t,
	     const struct training_options *options)
{
	json_t *config = json_loads(options->config_json, 0, NULL);

	if (!json_is_object(config)) {
		json_decref(config);
		return CAMP_ERR_INVALID;
	}
	arg(c, "camp");
	arg(c, "train");
	arg(c, "--from-db");
	arg(c, "--json");
	arg(c, "--out");
	arg(c, t->model);
	add_flags(c, config);
	json_decref(config);
	add_environment(c, options);
	return c->failed ? CAMP_ERR_MEMORY : CAMP_OK;
}

/* Handlers do not outlive exec, but what we ignore would stay ignored. */
static void
plain_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	/* A group of its own: Ctrl-C on our terminal reaches it through us alone. */
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETPGROUP);
}

static int
spawn(struct training *t, struct command *c, int out_end)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int failed;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out_end, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, t->errors,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	plain_signals(&attr);
	failed = posix_spawn(&t->pid, PROGRAM, &files, &attr, c->args, c->env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (failed != 0)
		t->pid = 0;
	else
		setpriority(PRIO_PROCESS, (id_t)t->pid, NICE);
	return failed;
}

static enum camp_err
run(struct training *t, struct command *c, char *why, size_t why_size)
{
	int ends[2], failed;

	if (!folder_make(t->folder, 0700)) {
		snprintf(why, why_size, "the folder of the run cannot be made: %s",
			 strerror(errno));
		return CAMP_ERR_FAULT;
	}
	if (pipe2(ends, O_CLOEXEC) != 0) {
		snprintf(why, why_size, "there is no pipe: %s", strerror(errno));
		return CAMP_ERR_FAULT;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	failed = spawn(t, c, ends[1]);
	close(ends[1]);
	if (failed != 0) {
		close(ends[0]);
		snprintf(why, why_size, "the training cannot be started: %s",
			 strerror(failed));
		return CAMP_ERR_FAULT;
	}
	t->out_fd = ends[0];
	return CAMP_OK;
}

enum camp_err
training_start(struct training **out, const struct training_options *options, char *why,
	       size_t why_size)
{
	struct training *t = calloc(1, sizeof(*t));
	char id[UUID_TEXT_LEN + 1];
	struct command c = {0};
	enum camp_err err;

	*out = NULL;
	snprintf(why, why_size, "the server is short of memory");
	if (!t)
		return CAMP_ERR_MEMORY;
	t->out_fd = -1;
	uuid_format(&options->run_id, id);
	if (snprintf(t->folder, sizeof(t->folder), "%s/runs/%s", options->state_dir,
		     id) >= (int)sizeof(t->folder)) {
		free(t);
		return CAMP_ERR_FAULT;
	}
	snprintf(t->model, sizeof(t->model), "%s/model.safetensors", t->folder);
	snprintf(t->errors, sizeof(t->errors), "%s/errors.txt", t->folder);
	err = command_make(&c, t, options);
	if (err == CAMP_ERR_INVALID)
		snprintf(why, why_size, "the configuration is no object");
	if (err == CAMP_OK)
		err = run(t, &c, why, why_size);
	command_clear(&c);
	if (err == CAMP_OK)
		*out = t;
	else
		training_free(t, false);
	return err;
}

/* ---- while it runs ---- */

static void
receive(struct training *t)
{
	char some[4096];
	ssize_t n;

	if (t->line_at > 0) {
		memmove(t->out.data, t->out.data + t->line_at, t->out.len - t->line_at);
		t->out.len -= t->line_at;
		t->line_at = 0;
	}
	while ((n = read(t->out_fd, some, sizeof(some))) > 0)
		buffer_add(&t->out, some, (size_t)n);
}

const char *
training_line(struct training *t)
{
	char *start, *end = NULL;

	for (int look = 0; look < 2 && !end; look++) {
		if (look > 0)
			receive(t);
		start = t->out.data ? t->out.data + t->line_at : NULL;
		end = start ? memchr(start, '\n', t->out.len - t->line_at) : NULL;
	}
	if (!end)
		return NULL;
	*end = '\0';
	t->line_at = (size_t)(end + 1 - t->out.data);
	return start;
}

/* The last line of a file that is not empty, without "camp: " before it. */
static void
last_line(const char *path, char *out, size_t size)
{
	FILE *in = fopen(path, "re");
	char line[512];

	out[0] = '\0';
	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			snprintf(out, size, "%s",
				 strncmp(line, "camp: ", 6) == 0 ? line + 6 : line);
	}
	fclose(in);
}

enum training_state
training_state(struct training *t, char *why, size_t why_size)
{
	why[0] = '\0';
	if (!t->over && waitpid(t->pid, &t->status, WNOHANG) == t->pid)
		t->over = true;
	if (!t->over)
		return TRAINING_RUNS;
	if (WIFEXITED(t->status) && WEXITSTATUS(t->status) == 0 &&
	    access(t->model, R_OK) == 0)
		return TRAINING_DONE;
	last_line(t->errors, why, why_size);
	if (!why[0] && WIFSIGNALED(t->status))
		snprintf(why, why_size, "the training was ended by signal %d",
			 WTERMSIG(t->status));
	else if (!why[0])
		snprintf(why, why_size, "the training ended with status %d and no model",
			 WEXITSTATUS(t->status));
	return TRAINING_FAILED;
}

void
training_ask_stop(struct training *t)
{
	if (!t->over)
		kill(t->pid, ++t->stops > STOPS_MAX ? SIGKILL : SIGTERM);
}

const char *
training_model_path(const struct training *t)
{
	return t->model;
}

/* The files that a training leaves; what else lies there is not ours. */
static void
remove_files(const struct training *t)
{
	static const char *const names[] = {"model.safetensors",
					    "model.safetensors.state",
					    "model.safetensors.metrics.ndjson",
					    "model.metrics.ndjson", "errors.txt"};
	char path[PATH_SIZE + 64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t->folder, names[i]);
		unlink(path);
	}
	rmdir(t->folder);
}

void
training_free(struct training *t, bool keep)
{
	if (!t)
		return;
	if (t->pid > 0 && !t->over) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, &t->status, 0);
	}
	if (t->out_fd >= 0)
		close(t->out_fd);
	if (!keep)
		remove_files(t);
	buffer_clear(&t->out);
	free(t);
}
