/**
 * The configuration: file < environment < flags, one table for all three (config.c).
 *
 * A setting "queue_limit" is the line `queue_limit = 1024` in the file (--config FILE or
 * CAMP_CONFIG), CAMP_QUEUE_LIMIT in the environment (but DATABASE_URL) and --queue-limit
 * among the flags. A setting that holds a secret may be given as the name of a file that
 * holds it: database_url_file, DATABASE_URL_FILE, --database-url-file. An empty
 * environment variable counts as absent. A bad value, an unknown key or an unknown flag
 * is named in one sentence with the place it came from.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "base/log.h"

/* Every value is set and within its range after config_load(). Text is never NULL. */
struct config {
	/* What every verb shares. */
	char *state_dir;    /* absolute */
	char *database_url; /* "": the private cluster in state_dir */
	char *tasks_dir;    /* one folder a task */
	char *migrations_dir;
	enum log_level log_level;

	/* What only `camp serve` reads. */
	char *address; /* numeric IPv4 or IPv6 */
	int port;
	int admin_port; /* resolved: never 0; bound to loopback */
	char *web_dir;  /* the built client */
	char *openapi_file;
	char *base_url;    /* for printed links; no slash at its end */
	char *secret_file; /* absolute */
	char *model;       /* the attention model until another is activated */
	bool demo;         /* seed the demo organisation when the database is empty */
	bool access_log;   /* one line a request */
	int lanes;
	int queue_limit, writer_queue_limit;
	int compute_threads; /* 0: one less than there are processors */
	int compute_queue_limit;
	int request_timeout_ms; /* an operation of the database, queueing included */
	int receive_timeout_s;  /* from the first byte of a request to its last */
	int idle_timeout_s;     /* a kept-alive connection between requests */
	int send_rate_min;      /* bytes a second that a client must take of an answer */
	int send_grace_s;       /* before that rate is asked of it */
	int body_limit;         /* bytes, where the route sets none */
	int connection_limit;   /* clipped to what RLIMIT_NOFILE leaves */
	int drain_timeout_s;
	int participant_token_days, session_token_days;

	struct config_origin *origin; /* inside: where each value came from */
};

#define CONFIG_VALUES_MAX 256

/* The values of a flag that takes several; borrowed from argv. */
struct config_values {
	int n;
	const char *value[CONFIG_VALUES_MAX];
};

/* A flag of a verb's own, beside the settings. */
struct config_flag {
	const char *name;       /* "task": --task VALUE */
	const char *value_name; /* as in --help; NULL: a switch that takes no value */
	const char *help;
	const char **value; /* where the value goes (borrowed from argv); or */
	bool *set;          /* where a switch is noted; or */
	/* where all values go of --data A B --data C: what stands before the next flag */
	struct config_values *values;
};

/* What a verb takes. Zeroed parts mean none. */
struct config_verb {
	const char *usage; /* "camp serve [OPTION...]" */
	const char *about; /* a paragraph for --help, or NULL */
	bool serves;       /* takes all settings; else only the shared ones */
	const struct config_flag *flags;
	size_t n_flags;
	int operands_min, operands_max;
	/* Set by config_load(); borrowed from argv. */
	char **operands;
	int n_operands;
};

enum config_outcome {
	CONFIG_RUN,    /* go on */
	CONFIG_DONE,   /* --help, --check-config or --print-config was served: exit 0 */
	CONFIG_FAILED, /* the sentence was printed to stderr: exit 2 */
};

/**
 * Reads the settings of a verb whose argv[0] is its own name, and serves --help (and for
 * `camp serve` --check-config and --print-config). argv may be reordered; it must outlive
 * *config, as config_reload() reads it again. Also sets the log's level.
 */
CAMP_MUST_CHECK enum config_outcome
config_load(struct config *config, struct config_verb *verb, int argc, char **argv);

/* What a reload changed, by key; texts are static. */
struct config_changes {
	int n_applied, n_restart;
	const char *applied[32]; /* now in force in *config */
	const char *restart[32]; /* changed outside, but kept until the next start */
};

/**
 * Reads everything again (SIGHUP). Only numbers and switches change in *config, so call
 * it on the thread that reads them. On an error nothing changes and why holds the
 * sentence. Errors: INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
config_reload(struct config *config, struct config_changes *changes, char *why,
	      size_t why_size);

/** Frees the texts; NULL-safe, reusable. */
void config_clear(struct config *config);

#endif
