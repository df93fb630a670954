#include <config.h>

#include "server/cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static bool
fail(struct output *out, const char *what, int code)
{
	if (out->failed)
		return false;
	snprintf(out->why, sizeof(out->why), "\"%s\" cannot be %s: %s",
		 out->path ? out->path : "standard output", what,
		 code ? strerror(code) : "compression failed");
	out->failed = true;
	out->reader_left = code == EPIPE;
	return false;
}

/* A new file beside the one wanted, so that rename() can put it in its place. */
static int
open_temporary(struct output *out, const char *path)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	out->path = strdup(path);
	if (!out->path || asprintf(&out->temporary, "%s.XXXXXX", path) < 0) {
		out->temporary = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = mkstemp(out->temporary);
	if (fd < 0) {
		free(out->temporary);
		out->temporary = NULL;
		return -1;
	}
	/* What open() would have given it. */
	if (fchmod(fd, 0666 & ~mask) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
output_open(struct output *out, const char *path, bool gzip)
{
	int fd;

	memset(out, 0, sizeof(*out));
	fd = path ? open_temporary(out, path) : dup(STDOUT_FILENO);
	if (fd < 0)
		return fail(out, "written", errno);
	if (gzip)
		out->gzip = gzdopen(fd, "wb6");
	else
		out->file = fdopen(fd, "w");
	if (!out->gzip && !out->file) {
		close(fd);
		return fail(out, "written", ENOMEM);
	}
	if (out->gzip)
		gzbuffer(out->gzip, 128 * 1024);
	return true;
}

bool
output_write(struct output *out, const char *data, size_t len)
{
	if (out->failed)
		return false;
	errno = 0;
	if (out->gzip ? gzwrite(out->gzip, data, (unsigned)len) != (int)len
		      : fwrite(data, 1, len, out->file) != len)
		return fail(out, "written", errno);
	return true;
}

/* The data must be on disk before the name points to it. */
static bool
sync_path(const char *path)
{
	FILE *file = fopen(path, "r");
	bool synced = file && fsync(fileno(file)) == 0;

	if (file)
		fclose(file);
	return synced;
}

bool
output_close(struct output *out, bool keep)
{
	errno = 0;
	if (out->gzip && gzclose(out->gzip) != Z_OK)
		fail(out, "written", errno);
	if (out->file && fclose(out->file) != 0)
		fail(out, "written", errno);
	if (out->temporary) {
		keep = keep && !out->failed;
		if (keep && !sync_path(out->temporary))
			keep = fail(out, "written", errno);
		if (keep && rename(out->temporary, out->path) != 0)
			keep = fail(out, "written", errno);
		if (!keep)
			unlink(out->temporary);
	}
	free(out->temporary);
	free(out->path);
	out->file = NULL;
	out->gzip = NULL;
	out->temporary = out->path = NULL;
	return keep && !out->failed;
}
