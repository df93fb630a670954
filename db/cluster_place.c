#include <config.h>

#include "db/cluster_place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "db/cluster_process.h"

#define FALLBACK_DIR "/var/lib/camp"
/* sun_path of a unix socket holds 108 bytes with its zero. */
#define SOCKET_PATH_MAX 107
#define SOCKET_FILE "/.s.PGSQL.5432"

#define say(why, why_size, ...) snprintf((why), (why_size), __VA_ARGS__)

static bool
join(char out[PATH_MAX], const char *folder, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s%s", folder, name);

	return n > 0 && n < PATH_MAX;
}

/* ---- folders ---- */

static bool
may_pass(const struct stat *st, uid_t uid, gid_t gid)
{
	if (st->st_uid == uid)
		return (st->st_mode & S_IXUSR) != 0;
	if (st->st_gid == gid)
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}

/* True when the user can reach the folder's entries: every folder above lets it pass. */
static bool
can_reach(const char *folder, uid_t uid, gid_t gid)
{
	char part[PATH_MAX];
	struct stat st;

	if (!join(part, folder, "/"))
		return false;
	for (char *c = part; *c != '\0'; c++) {
		char next = c[1];

		if (*c != '/')
			continue;
		c[1] = '\0';
		if (stat(part, &st) != 0 || !may_pass(&st, uid, gid))
			return false;
		c[1] = next;
	}
	return true;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void
cluster_place_remove(const char *folder)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* First line of a small file, without its newline; false when there is none. */
static bool
read_line(const char *path, char *out, size_t size)
{
	FILE *in = fopen(path, "re");
	bool ok;

	if (in == NULL)
		return false;
	ok = fgets(out, (int)size, in) != NULL;
	fclose(in);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	return ok && out[0] != '\0';
}

static bool
write_file(const char *path, const char *text, mode_t mode, uid_t uid, gid_t gid)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	size_t len = strlen(text);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0 &&
	     (geteuid() != 0 || fchown(fd, uid, gid) == 0);
	return close(fd) == 0 && ok;
}

/* ---- the user ---- */

static bool
user_find(struct cluster_place *place, const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL || pw->pw_uid == 0)
		return false;
	place->uid = pw->pw_uid;
	place->gid = pw->pw_gid;
	snprintf(place->user_name, sizeof(place->user_name), "%s", name);
	return true;
}

/* PostgreSQL refuses to run as root, so root makes it a user of its own. */
static bool
user_make(struct cluster_place *place)
{
	static char *const argv[] = {"/usr/sbin/useradd", "--system",
				     "--user-group",      "--no-create-home",
				     "--home-dir",        "/nonexistent",
				     "--shell",           "/usr/sbin/nologin",
				     CLUSTER_USER,        NULL};

	for (int i = 0; i < 5; i++) {
		if (user_find(place, CLUSTER_USER))
			return true;
		if (process_run(argv, place->log, 0, 0, NULL) == 0)
			continue;
		usleep(200000); /* another process may hold the lock of /etc/passwd */
	}
	return user_find(place, CLUSTER_USER) || user_find(place, "postgres");
}

static void
user_self(struct cluster_place *place)
{
	const struct passwd *pw = getpwuid(geteuid());

	place->uid = geteuid();
	place->gid = getegid();
	snprintf(place->user_name, sizeof(place->user_name), "%s",
		 pw != NULL ? pw->pw_name : "");
}

/* ---- where ---- */

static void
number_of(const char *path, char out[17])
{
	uint8_t sum[16];

	crypto_generichash(sum, sizeof(sum), (const uint8_t *)path, strlen(path), NULL,
			   0);
	sodium_bin2hex(out, 17, sum, 8);
}

/* base, for a cluster that does not exist yet. */
static enum camp_err
base_choose(struct cluster_place *place, char *why, size_t why_size)
{
	char pointer[PATH_MAX], number[17];
	struct stat st;

	snprintf(place->base, PATH_MAX, "%s", place->state);
	if (geteuid() != 0 || can_reach(place->state, place->uid, place->gid))
		return CAMP_OK;
	/* Passing through is harmless where only the last folder is shut and it is ours.
	 */
	if (stat(place->state, &st) == 0 && st.st_uid == 0 &&
	    chmod(place->state, (st.st_mode & 07777) | S_IXOTH) == 0 &&
	    can_reach(place->state, place->uid, place->gid))
		return CAMP_OK;
	number_of(place->state, number);
	snprintf(place->base, PATH_MAX, "%s/%s", FALLBACK_DIR, number);
	if (!folder_make(place->base, 0755) ||
	    !can_reach(place->base, place->uid, place->gid)) {
		say(why, why_size,
		    "the user \"%s\", as whom PostgreSQL runs, can reach neither \"%s\" "
		    "nor \"%s\": choose another --state-dir",
		    place->user_name, place->state, place->base);
		return CAMP_ERR_INVALID;
	}
	if (!join(pointer, place->base, "/state-dir") ||
	    !write_file(pointer, place->state, 0644, 0, 0) ||
	    !join(pointer, place->state, "/postgres.path") ||
	    !write_file(pointer, place->base, 0644, 0, 0)) {
		say(why, why_size, "the file \"%s\" cannot be written: %s", pointer,
		    strerror(errno));
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

/* The folder is bound to its owner: a cluster made by root stays its user's. */
static enum camp_err
owner_check(struct cluster_place *place, const struct stat *st, char *why,
	    size_t why_size)
{
	const struct passwd *pw = getpwuid(st->st_uid);

	if (st->st_uid == 0 || (geteuid() != 0 && st->st_uid != geteuid())) {
		say(why, why_size,
		    "the database in \"%s\" belongs to the user \"%s\": choose another "
		    "--state-dir%s",
		    place->data, pw != NULL ? pw->pw_name : "?",
		    geteuid() != 0 ? " or run as that user or root" : "");
		return CAMP_ERR_INVALID;
	}
	place->uid = st->st_uid;
	place->gid = st->st_gid;
	snprintf(place->user_name, sizeof(place->user_name), "%s",
		 pw != NULL ? pw->pw_name : "");
	return CAMP_OK;
}

/* Looks at data: nothing there, a cluster, or something else. */
static enum camp_err
data_look(struct cluster_place *place, char *why, size_t why_size)
{
	char path[PATH_MAX], line[32] = "";
	struct stat st;
	enum camp_err err;

	if (!join(place->data, place->base, "/postgres")) {
		say(why, why_size, "the state folder's name is too long");
		return CAMP_ERR_INVALID;
	}
	if (stat(place->data, &st) != 0)
		return CAMP_OK;
	err = owner_check(place, &st, why, why_size);
	if (err != CAMP_OK)
		return err;
	if (!join(path, place->data, "/PG_VERSION") ||
	    !read_line(path, line, sizeof(line)) || atoi(line) == 0) {
		say(why, why_size,
		    "the folder \"%s\" holds something else than a PostgreSQL cluster: "
		    "move it away",
		    place->data);
		return CAMP_ERR_INVALID;
	}
	place->version = atoi(line);
	place->exists = true;
	return CAMP_OK;
}

static bool
socket_choose(struct cluster_place *place)
{
	char number[17];

	if (!join(place->socket, place->base, "/postgres-socket"))
		return false;
	if (strlen(place->socket) + strlen(SOCKET_FILE) <= SOCKET_PATH_MAX)
		return true;
	number_of(place->base, number);
	snprintf(place->socket, PATH_MAX, "/tmp/camp-%s", number);
	return true;
}

enum camp_err
cluster_place_find(struct cluster_place *place, const char *state_dir, bool make,
		   char *why, size_t why_size)
{
	char pointer[PATH_MAX];
	bool pointed;
	enum camp_err err = CAMP_OK;

	memset(place, 0, sizeof(*place));
	if (make && !folder_make(state_dir, 0755)) {
		say(why, why_size, "the state folder \"%s\" cannot be made: %s",
		    state_dir, strerror(errno));
		return errno == ENOSPC ? CAMP_ERR_STORAGE_FULL : CAMP_ERR_INVALID;
	}
	if (realpath(state_dir, place->state) == NULL ||
	    !join(place->log, place->state, "/postgres.log") ||
	    !join(pointer, place->state, "/postgres.path")) {
		say(why, why_size, "the state folder \"%s\" cannot be used: %s",
		    state_dir, strerror(errno));
		return CAMP_ERR_INVALID;
	}
	user_self(place);
	snprintf(place->base, PATH_MAX, "%s", place->state);
	pointed = read_line(pointer, place->base, PATH_MAX);
	err = data_look(place, why, why_size);
	if (err == CAMP_OK && !place->exists && make) {
		if (geteuid() == 0 && !user_make(place)) {
			say(why, why_size,
			    "the system user \"%s\", as whom PostgreSQL runs, cannot be "
			    "made: run `useradd --system %s`",
			    CLUSTER_USER, CLUSTER_USER);
			return CAMP_ERR_INVALID;
		}
		if (!pointed)
			err = base_choose(place, why, why_size);
		else if (!folder_make(place->base, 0755))
			err = CAMP_ERR_INVALID;
		if (err == CAMP_OK)
			err = data_look(place, why, why_size);
	}
	if (err == CAMP_OK && !socket_choose(place)) {
		say(why, why_size, "the state folder's name is too long");
		err = CAMP_ERR_INVALID;
	}
	return err;
}

/* ---- programs ---- */

static bool
programs_at(struct cluster_place *place, const char *folder)
{
	char path[PATH_MAX];

	if (!join(path, folder, "/postgres") || access(path, X_OK) != 0 ||
	    !join(path, folder, "/initdb") || access(path, X_OK) != 0)
		return false;
	snprintf(place->bin, PATH_MAX, "%s", folder);
	return true;
}

/* Where Debian and the RPM packages of postgresql.org put a major version. */
static bool
programs_of(struct cluster_place *place, int version)
{
	static const char *const patterns[] = {"/usr/lib/postgresql/%d/bin",
					       "/usr/pgsql-%d/bin"};
	char folder[64];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(folder, sizeof(folder), patterns[i], version);
#pragma GCC diagnostic pop
		if (programs_at(place, folder))
			return true;
	}
	return false;
}

/* For programs that lie elsewhere; PostgreSQL itself compares their version with the
 * data. */
static enum camp_err
programs_given(struct cluster_place *place, const char *folder, char *why,
	       size_t why_size)
{
	if (programs_at(place, folder))
		return CAMP_OK;
	say(why, why_size,
	    "CAMP_POSTGRES_BIN names the folder \"%s\", which lacks the programs "
	    "postgres "
	    "and initdb",
	    folder);
	return CAMP_ERR_INVALID;
}

enum camp_err
cluster_place_programs(struct cluster_place *place, char *why, size_t why_size)
{
	const char *given = getenv("CAMP_POSTGRES_BIN");

	if (place->version != 0 && (place->version < CLUSTER_VERSION_MIN ||
				    place->version > CLUSTER_VERSION_MAX)) {
		say(why, why_size,
		    "the database in \"%s\" was made by PostgreSQL %d, but camp needs "
		    "version %d to %d: move it over with pg_upgrade, or choose another "
		    "--state-dir",
		    place->data, place->version, CLUSTER_VERSION_MIN,
		    CLUSTER_VERSION_MAX);
		return CAMP_ERR_INVALID;
	}
	if (given != NULL && given[0] != '\0')
		return programs_given(place, given, why, why_size);
	if (place->exists) {
		if (programs_of(place, place->version))
			return CAMP_OK;
		say(why, why_size,
		    "the database in \"%s\" was made by PostgreSQL %d, whose programs "
		    "are "
		    "not installed: install the package postgresql-%d",
		    place->data, place->version, place->version);
		return CAMP_ERR_INVALID;
	}
	for (int v = CLUSTER_VERSION_MAX; v >= CLUSTER_VERSION_MIN; v--) {
		if (programs_of(place, v)) {
			place->version = v;
			return CAMP_OK;
		}
	}
	say(why, why_size,
	    "the programs of PostgreSQL %d to %d are not installed: install the package "
	    "postgresql (on Debian 12: apt-get install postgresql-15), or set "
	    "DATABASE_URL",
	    CLUSTER_VERSION_MIN, CLUSTER_VERSION_MAX);
	return CAMP_ERR_INVALID;
}

/* ---- settings ---- */

/* For a small machine that does other things too; an operator's postgres.conf wins. */
static const char settings[] =
	"# Written by camp at every start. Put your own settings into %s.\n"
	"listen_addresses = ''\n"
	"port = 5432\n"
	"unix_socket_directories = '%s'\n"
	"max_connections = 100\n"
	"shared_buffers = 128MB\n"
	"synchronous_commit = on\n"
	"fsync = on\n"
	"full_page_writes = on\n"
	"# After a crash: one call instead of one a file, 0.3 s instead of 1.5 s.\n"
	"recovery_init_sync_method = syncfs\n"
	"wal_compression = on\n"
	"min_wal_size = 128MB\n"
	"max_wal_size = 2GB\n"
	"checkpoint_timeout = 15min\n"
	"jit = off\n"
	"timezone = 'UTC'\n"
	"log_timezone = 'UTC'\n"
	"log_line_prefix = '%%m [%%p] '\n"
	"# Neither rows nor statements reach the log: they hold what participants did.\n"
	"log_error_verbosity = terse\n"
	"log_min_error_statement = panic\n"
	"logging_collector = off\n"
	"log_destination = 'stderr'\n"
	"cluster_name = 'camp'\n"
	"include_if_exists = '%s'\n";

/* A quoted setting may not hold a quote or a newline; folders rarely do. */
static bool
quotable(const char *path)
{
	return strpbrk(path, "'\n\\") == NULL;
}

static bool
socket_folder_ensure(const struct cluster_place *place)
{
	struct stat st;

	if (mkdir(place->socket, 0700) == 0 && geteuid() == 0 &&
	    chown(place->socket, place->uid, place->gid) != 0)
		return false;
	/* In /tmp another user might have made it first. */
	if (lstat(place->socket, &st) != 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != place->uid) {
		errno = EPERM;
		return false;
	}
	return chmod(place->socket, 0700) == 0;
}

static bool
data_file(const struct cluster_place *place, const char *data, const char *name,
	  const char *text)
{
	char path[PATH_MAX];

	return join(path, data, name) &&
	       write_file(path, text, 0600, place->uid, place->gid);
}

enum camp_err
cluster_place_configure(const struct cluster_place *place, const char *data, char *why,
			size_t why_size)
{
	char own[PATH_MAX], *text = NULL, *ident = NULL;
	bool ok;

	if (!join(own, place->state, "/postgres.conf") || !quotable(own) ||
	    !quotable(place->socket)) {
		say(why, why_size,
		    "the state folder's name \"%s\" holds a quote, a backslash or a "
		    "newline: choose another --state-dir",
		    place->state);
		return CAMP_ERR_INVALID;
	}
	if (!socket_folder_ensure(place)) {
		say(why, why_size, "the socket folder \"%s\" cannot be used: %s",
		    place->socket, strerror(errno));
		return CAMP_ERR_INVALID;
	}
	if (asprintf(&text, settings, own, place->socket, own) < 0)
		text = NULL;
	if (asprintf(&ident, "camp root %s\ncamp \"%s\" %s\n", CLUSTER_LOGIN,
		     place->user_name, CLUSTER_LOGIN) < 0)
		ident = NULL;
	ok = text != NULL && ident != NULL &&
	     data_file(place, data, "/postgresql.conf", text) &&
	     data_file(place, data, "/pg_ident.conf", ident) &&
	     data_file(place, data, "/pg_hba.conf",
		       "local all " CLUSTER_LOGIN " peer map=camp\n");
	if (!ok)
		say(why, why_size, "the settings in \"%s\" cannot be written: %s", data,
		    strerror(errno));
	free(text);
	free(ident);
	if (ok)
		return CAMP_OK;
	return errno == ENOSPC ? CAMP_ERR_STORAGE_FULL : CAMP_ERR_INVALID;
}

bool
cluster_place_conninfo(const struct cluster_place *place, const char *database, char *out,
		       size_t size)
{
	char host[2 * PATH_MAX];
	size_t n = 0;
	int len;

	for (const char *c = place->socket; *c != '\0'; c++) {
		if (*c == '\'' || *c == '\\')
			host[n++] = '\\';
		host[n++] = *c;
	}
	host[n] = '\0';
	len = snprintf(out, size, "host='%s' port=5432 user=%s dbname=%s", host,
		       CLUSTER_LOGIN, database);
	return len > 0 && (size_t)len < size;
}
