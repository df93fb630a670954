#include "base/folder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

bool
folder_make(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	struct stat st;

	if (len == 0 || len >= sizeof(part)) {
		errno = len == 0 ? ENOENT : ENAMETOOLONG;
		return false;
	}
	memcpy(part, path, len + 1);
	for (char *c = part + 1; *c != '\0'; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST)
			return false;
		*c = '/';
	}
	if (mkdir(part, mode) != 0 && errno != EEXIST)
		return false;
	if (stat(part, &st) != 0)
		return false;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode);
}

bool
folder_make_for(const char *file, mode_t mode)
{
	const char *slash = strrchr(file, '/');
	char folder[PATH_MAX];
	size_t len = slash ? (size_t)(slash - file) : 0;

	if (len == 0)
		return true; /* the root or where we are */
	if (len >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(folder, file, len);
	folder[len] = '\0';
	return folder_make(folder, mode);
}
