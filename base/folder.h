/** Folders of the file system. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

/** Makes a folder and those above it, as far as they are missing. False with errno set.
 */
bool folder_make(const char *path, mode_t mode);

/** The same for the folder that a file is to lie in. */
bool folder_make_for(const char *file, mode_t mode);

#endif
