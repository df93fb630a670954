#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "models/nn/checkpoint_header.h"

#define LENGTH_BYTES 8
#define HEADER_ALIGN 8

static enum camp_err
say_errno(char *why, size_t why_size, const char *path, const char *failed)
{
	int saved = errno;

	snprintf(why, why_size, "\"%s\" cannot be %s: %s", path, failed, strerror(saved));
	return saved == ENOENT ? CAMP_ERR_NOT_FOUND : CAMP_ERR_FAULT;
}

/* Reads until the end or until max bytes are there. */
static ssize_t
read_all(int fd, uint8_t *to, size_t max)
{
	size_t got = 0;

	while (got < max) {
		ssize_t n = read(fd, to + got, max - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static enum camp_err
read_bytes(int fd, uint8_t **bytes, size_t *n, const char *path, char *why,
	   size_t why_size)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return say_errno(why, why_size, path, "read");
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_size, "\"%s\" is not a file", path);
		return CAMP_ERR_INVALID;
	}
	if (st.st_size > CHECKPOINT_FILE_BYTES_MAX) {
		snprintf(why, why_size,
			 "\"%s\" has %lld bytes, more than %d are not read", path,
			 (long long)st.st_size, CHECKPOINT_FILE_BYTES_MAX);
		return CAMP_ERR_INVALID;
	}
	*bytes = malloc((size_t)st.st_size + 1);
	if (!*bytes) {
		snprintf(why, why_size, "out of memory");
		return CAMP_ERR_MEMORY;
	}
	got = read_all(fd, *bytes, (size_t)st.st_size);
	if (got < 0)
		return say_errno(why, why_size, path, "read");
	*n = (size_t)got;
	return CAMP_OK;
}

enum camp_err
nn_checkpoint_read(struct nn_checkpoint *file, const char *path, char *why,
		   size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char reason[256] = "";
	uint8_t *bytes = NULL;
	enum camp_err err;
	size_t n = 0;

	memset(file, 0, sizeof(*file));
	if (fd < 0)
		return say_errno(why, why_size, path, "opened");
	err = read_bytes(fd, &bytes, &n, path, why, why_size);
	close(fd);
	if (err == CAMP_OK) {
		err = nn_checkpoint_parse(file, bytes, n, reason, sizeof(reason));
		if (err == CAMP_OK)
			snprintf(why, why_size, "%s", "");
		else
			snprintf(why, why_size, "\"%s\": %s", path, reason);
	}
	if (err != CAMP_OK)
		free(bytes);
	return err;
}

/* Refuses what would be refused when it is read, such as a diverged model. */
static enum camp_err
check_what_is_written(const struct nn_checkpoint_tensor *tensors, int n_tensors,
		      const struct nn_checkpoint_text *texts, int n_texts, char *why,
		      size_t why_size)
{
	size_t where;

	for (int i = 0; i < n_tensors; i++) {
		if (!utf8_valid(tensors[i].name, strlen(tensors[i].name))) {
			snprintf(why, why_size, "the name of tensor %d is not UTF-8", i);
			return CAMP_ERR_INVALID;
		}
		if (!checkpoint_finite(&tensors[i], &where)) {
			snprintf(why, why_size,
				 "value %zu of tensor \"%s\" is NaN or infinite", where,
				 tensors[i].name);
			return CAMP_ERR_INVALID;
		}
	}
	for (int i = 0; i < n_texts; i++) {
		if (!utf8_valid(texts[i].key, strlen(texts[i].key)) ||
		    !utf8_valid(texts[i].value, strlen(texts[i].value))) {
			snprintf(why, why_size, "text %d of the metadata is not UTF-8",
				 i);
			return CAMP_ERR_INVALID;
		}
	}
	return CAMP_OK;
}

static void
add_string(struct buffer *out, const char *text)
{
	buffer_add_char(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\') {
			buffer_add_char(out, '\\');
			buffer_add_char(out, *c);
		} else if ((unsigned char)*c < 0x20) {
			buffer_addf(out, "\\u%04x", *c);
		} else {
			buffer_add_char(out, *c);
		}
	}
	buffer_add_char(out, '"');
}

static void
add_texts(struct buffer *out, const struct nn_checkpoint_text *texts, int n)
{
	buffer_add_text(out, "\"__metadata__\":{");
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buffer_add_char(out, ',');
		add_string(out, texts[i].key);
		buffer_add_char(out, ':');
		add_string(out, texts[i].value);
	}
	buffer_add_char(out, '}');
}

static void
add_tensor(struct buffer *out, const struct nn_checkpoint_tensor *t, size_t begin)
{
	add_string(out, t->name);
	buffer_addf(out, ":{\"dtype\":\"%s\",\"shape\":[", checkpoint_type_name(t->type));
	for (int i = 0; i < t->n_dims; i++)
		buffer_addf(out, "%s%lld", i ? "," : "", (long long)t->dims[i]);
	buffer_addf(out, "],\"data_offsets\":[%zu,%zu]}", begin, begin + t->bytes);
}

static size_t
bytes_of(const struct nn_checkpoint_tensor *tensors, int n)
{
	size_t bytes = 0;

	for (int i = 0; i < n; i++)
		bytes += tensors[i].bytes;
	return bytes;
}

enum camp_err
nn_checkpoint_print(uint8_t **out, size_t *n, const struct nn_checkpoint_tensor *tensors,
		    int n_tensors, const struct nn_checkpoint_text *texts, int n_texts)
{
	struct buffer b = {0};
	size_t begin = 0, length;

	*out = NULL;
	*n = 0;
	buffer_add(&b, "\0\0\0\0\0\0\0\0{", LENGTH_BYTES + 1);
	if (n_texts > 0)
		add_texts(&b, texts, n_texts);
	for (int i = 0; i < n_tensors; i++) {
		if (i > 0 || n_texts > 0)
			buffer_add_char(&b, ',');
		add_tensor(&b, &tensors[i], begin);
		begin += tensors[i].bytes;
	}
	buffer_add_char(&b, '}');
	while (!b.failed && b.len % HEADER_ALIGN != 0)
		buffer_add_char(&b, ' ');
	length = b.len - LENGTH_BYTES;
	for (int i = 0; i < n_tensors; i++)
		buffer_add(&b, tensors[i].data, tensors[i].bytes);
	if (b.failed) {
		buffer_clear(&b);
		return CAMP_ERR_MEMORY;
	}
	for (int i = 0; i < LENGTH_BYTES; i++)
		b.data[i] = (char)((uint64_t)length >> 8 * i);
	*out = (uint8_t *)b.data;
	*n = b.len;
	return CAMP_OK;
}

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		p += wrote;
		n -= (size_t)wrote;
	}
	return true;
}

/* Writes and syncs a file that is not there; one of a dead process is replaced. */
static bool
write_new(const char *path, const uint8_t *bytes, size_t n)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666), saved;
	bool ok;

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0666);
	if (fd < 0)
		return false;
	ok = write_all(fd, bytes, n) && fsync(fd) == 0;
	saved = errno;
	if (close(fd) != 0 && ok) {
		saved = errno;
		ok = false;
	}
	if (!ok)
		unlink(path);
	errno = saved;
	return ok;
}

static bool
sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd, saved;
	bool ok;

	/* path fits: a longer one was written beside it. */
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
	fd = open(slash == path ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	saved = errno;
	close(fd);
	errno = saved;
	return ok;
}

static enum camp_err
replace(const char *path, const uint8_t *bytes, size_t n, char *why, size_t why_size)
{
	const char *failed = NULL;
	char beside[PATH_MAX];
	int saved;

	if (snprintf(beside, sizeof(beside), "%s.%ld.tmp", path, (long)getpid()) >=
	    (int)sizeof(beside)) {
		errno = ENAMETOOLONG;
		failed = "written";
	} else if (!write_new(beside, bytes, n)) {
		failed = "written";
	} else if (rename(beside, path) != 0) {
		failed = "replaced";
		saved = errno;
		unlink(beside);
		errno = saved;
	} else if (!sync_folder_of(path)) {
		failed = "synced to the disk";
	}
	if (failed)
		say_errno(why, why_size, path, failed);
	return failed ? CAMP_ERR_FAULT : CAMP_OK;
}

enum camp_err
nn_checkpoint_write(const char *path, const struct nn_checkpoint_tensor *tensors,
		    int n_tensors, const struct nn_checkpoint_text *texts, int n_texts,
		    char *why, size_t why_size)
{
	uint8_t *bytes = NULL;
	size_t n;
	enum camp_err err;

	snprintf(why, why_size, "out of memory");
	err = check_what_is_written(tensors, n_tensors, texts, n_texts, why, why_size);
	if (err == CAMP_OK)
		err = nn_checkpoint_print(&bytes, &n, tensors, n_tensors, texts, n_texts);
	if (err == CAMP_OK && (n > CHECKPOINT_FILE_BYTES_MAX ||
			       n - bytes_of(tensors, n_tensors) >
				       LENGTH_BYTES + CHECKPOINT_HEADER_BYTES_MAX)) {
		snprintf(why, why_size, "the file would be larger than what is read");
		err = CAMP_ERR_INVALID;
	}
	if (err == CAMP_OK)
		err = replace(path, bytes, n, why, why_size);
	if (err == CAMP_OK)
		snprintf(why, why_size, "%s", "");
	free(bytes);
	return err;
}
