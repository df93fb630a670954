/**
 * Where a verb writes its result: stdout, or a file that appears only when it is whole,
 * either of them as gzip.
 */
#ifndef SERVER_CLI_OUTPUT_H
#define SERVER_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
	FILE *file;             /* plain text; NULL with gzip */
	void *gzip;             /* gzFile */
	char *path, *temporary; /* NULL: stdout */
	char why[256];          /* of the first failure */
	bool failed;
	bool reader_left; /* it failed as nobody reads the pipe any more, like `head` */
};

/** path NULL: stdout. False with a sentence in out->why; still to be closed. */
bool output_open(struct output *out, const char *path, bool gzip);
/** False from the first failure on, as on a full disk or a closed pipe. */
bool output_write(struct output *out, const char *data, size_t len);
/**
 * Ends it. With keep, and unless something failed, the file is flushed to disk and takes
 * its name; else it is removed. True when keep was possible.
 */
bool output_close(struct output *out, bool keep);

#endif
