#include <config.h>

#include "server/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define HEX_LEN (2 * SECRET_BYTES)

static enum camp_err
fault(char *why, size_t why_size, const char *doing, const char *path)
{
	snprintf(why, why_size, "cannot %s \"%s\": %s", doing, path, strerror(errno));
	return CAMP_ERR_FAULT;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Makes a rename or link in the folder of path survive a crash. */
static void
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;

	snprintf(folder, sizeof(folder), "%.*s",
		 slash == NULL ? 1 : (int)(slash - path + 1), slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* Writes a new file beside path; its name goes to temporary. */
static enum camp_err
write_beside(char temporary[PATH_MAX], const char *path, const void *data, size_t len,
	     char *why, size_t why_size)
{
	bool written;
	int fd;

	if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return fault(why, why_size, "make", path);
	}
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return fault(why, why_size, "make", path);
	written = write_all(fd, data, len) && fsync(fd) == 0;
	if (close(fd) != 0 || !written) {
		enum camp_err err = fault(why, why_size, "write", temporary);

		unlink(temporary);
		return err;
	}
	return CAMP_OK;
}

enum camp_err
secret_write_file(const char *path, const void *data, size_t len, char *why,
		  size_t why_size)
{
	char temporary[PATH_MAX];
	enum camp_err err = write_beside(temporary, path, data, len, why, why_size);

	if (err != CAMP_OK)
		return err;
	if (rename(temporary, path) != 0) {
		err = fault(why, why_size, "write", path);
		unlink(temporary);
		return err;
	}
	sync_folder(path);
	return CAMP_OK;
}

/* NOT_FOUND when there is none, and only then. */
static enum camp_err
read_secret(uint8_t out[SECRET_BYTES], const char *path, char *why, size_t why_size)
{
	char text[HEX_LEN + 2];
	struct stat st;
	size_t len, n_bytes = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return CAMP_ERR_NOT_FOUND;
	if (fd < 0 || fstat(fd, &st) != 0 || (n = read(fd, text, sizeof(text))) < 0) {
		enum camp_err err = fault(why, why_size, "read", path);

		if (fd >= 0)
			close(fd);
		return err;
	}
	close(fd);
	len = (size_t)n;
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len != HEX_LEN ||
	    sodium_hex2bin(out, SECRET_BYTES, text, len, NULL, &n_bytes, NULL) != 0 ||
	    n_bytes != SECRET_BYTES) {
		sodium_memzero(text, sizeof(text));
		snprintf(why, why_size, "\"%s\" must hold %d hexadecimal digits", path,
			 HEX_LEN);
		return CAMP_ERR_INVALID;
	}
	sodium_memzero(text, sizeof(text));
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(why, why_size,
			 "others may write the secret \"%s\"; chmod 600 it", path);
		return CAMP_ERR_INVALID;
	}
	if (st.st_mode & S_IROTH)
		log_event(LOG_WARNING, "others may read the secret",
			  log_text("file", path));
	return CAMP_OK;
}

static enum camp_err
make_secret(const char *path, char *why, size_t why_size)
{
	char temporary[PATH_MAX], text[HEX_LEN + 2];
	uint8_t secret[SECRET_BYTES];
	enum camp_err err;

	randombytes_buf(secret, sizeof(secret));
	sodium_bin2hex(text, HEX_LEN + 1, secret, sizeof(secret));
	text[HEX_LEN] = '\n';
	err = write_beside(temporary, path, text, HEX_LEN + 1, why, why_size);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(text, sizeof(text));
	if (err != CAMP_OK)
		return err;
	/* Unlike rename, link never replaces the secret that another process just made.
	 */
	if (link(temporary, path) != 0 && errno != EEXIST)
		err = fault(why, why_size, "make", path);
	unlink(temporary);
	sync_folder(path);
	return err;
}

enum camp_err
secret_load(uint8_t out[SECRET_BYTES], const char *path, char *why, size_t why_size)
{
	enum camp_err err = read_secret(out, path, why, why_size);

	if (err == CAMP_ERR_NOT_FOUND) {
		err = make_secret(path, why, why_size);
		if (err == CAMP_OK)
			err = read_secret(out, path, why, why_size);
		if (err == CAMP_ERR_NOT_FOUND) {
			snprintf(why, why_size, "the secret \"%s\" vanished", path);
			err = CAMP_ERR_FAULT;
		}
	}
	if (err != CAMP_OK)
		sodium_memzero(out, SECRET_BYTES);
	return err;
}
