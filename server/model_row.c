#include "server/model_row.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"

/* Longer ones are left out: what they tell is in the file. */
#define METADATA_BYTES_MAX 65536

/* The file's "__metadata__"; the bytes were found good. A new reference. */
static json_t *
metadata_of(const uint8_t *bytes, size_t n)
{
	uint64_t len = 0;
	json_t *header, *metadata;

	for (int i = 7; i >= 0 && n >= 8; i--)
		len = len << 8 | bytes[i];
	if (n < 8 || len > n - 8)
		return json_object();
	header = json_loadb((const char *)bytes + 8, (size_t)len, 0, NULL);
	metadata = json_incref(json_object_get(header, "__metadata__"));
	json_decref(header);
	return json_is_object(metadata) ? metadata : json_object();
}

/* Metadata are texts; the one called "metrics" is an object as text. */
static char *
metrics_of(const json_t *metadata)
{
	const char *text = json_string_value(json_object_get(metadata, "metrics"));
	json_t *metrics = text ? json_loads(text, 0, NULL) : NULL;
	char *out = json_is_object(metrics) ? json_dumps(metrics, JSON_COMPACT)
					    : strdup("{}");

	json_decref(metrics);
	return out;
}

static enum camp_err
describe(struct model_row *file, const void *bytes, size_t n)
{
	json_t *metadata = metadata_of(bytes, n);

	file->metrics = metrics_of(metadata);
	json_object_del(metadata, "metrics");
	file->metadata = json_dumps(metadata, JSON_COMPACT);
	json_decref(metadata);
	if (file->metadata && strlen(file->metadata) > METADATA_BYTES_MAX)
		strcpy(file->metadata, "{}");
	if (!file->metadata || !file->metrics)
		return CAMP_ERR_MEMORY;
	file->row.metadata_json = file->metadata;
	file->row.metrics_json = file->metrics;
	return CAMP_OK;
}

enum camp_err
model_row_read(struct model_row *file, const void *bytes, size_t n, const char *source,
	       char *why, size_t why_size)
{
	struct forecaster *f = NULL;
	enum camp_err err;

	memset(file, 0, sizeof(*file));
	if (n > MODEL_BYTES_MAX) {
		snprintf(why, why_size, "the model is larger than %d bytes",
			 MODEL_BYTES_MAX);
		return CAMP_ERR_INVALID;
	}
	err = forecaster_parse(&f, bytes, n, why, why_size);
	if (err != CAMP_OK)
		return err == CAMP_ERR_MEMORY ? err : CAMP_ERR_INVALID;
	snprintf(file->encoder, sizeof(file->encoder), "%s", forecaster_encoder(f));
	snprintf(file->version, sizeof(file->version), "%s", forecaster_version(f));
	forecaster_free(f);
	crypto_hash_sha256(file->row.sum, bytes, n);
	file->row.model_id = uuid_v7();
	file->row.bytes = bytes;
	file->row.n_bytes = n;
	file->row.encoder = file->encoder;
	file->row.version = file->version;
	file->row.source = source;
	err = describe(file, bytes, n);
	if (err != CAMP_OK)
		model_row_clear(file);
	return err;
}

void
model_row_clear(struct model_row *file)
{
	free(file->metadata);
	free(file->metrics);
	memset(file, 0, sizeof(*file));
}
