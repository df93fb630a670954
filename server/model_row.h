/** What the database keeps of a model file beside its bytes. */
#ifndef SERVER_MODEL_ROW_H
#define SERVER_MODEL_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "db/models.h"

/* row borrows bytes from the caller and texts from the rest. */
struct model_row {
	struct db_model_new row;
	char encoder[16], version[17];
	char *metadata, *metrics;
};

/**
 * Checks that the bytes are a model that this program can use, and describes it. Errors:
 * INVALID (why: the loader's sentence), MEMORY. To be cleared.
 */
CAMP_MUST_CHECK enum camp_err
model_row_read(struct model_row *file, const void *bytes, size_t n, const char *source,
	       char *why, size_t why_size);
void model_row_clear(struct model_row *file);

#endif
