#include <config.h>

#include "server/assets.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
/* A table that cannot grow marks its asset instead of ending the program. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(asset) ((asset)->lost = true)
#include <uthash.h>
#define ZLIB_CONST
#include <zlib.h>

#include "server/accept.h"
#include "server/security_headers.h"

#define ETAG_HASH_BYTES 16
#define FOLDER_DEPTH_MAX 8
/* Below this a gzip header and the work of unpacking cost more than they save. */
#define COMPRESS_BYTES_MIN 512

/* In order of preference. */
enum encoding { BROTLI, GZIP, IDENTITY, ENCODINGS };

static const struct {
	const char *coding, *suffix;
} encodings[ENCODINGS] = {
	[BROTLI] = {"br", ".br"},
	[GZIP] = {"gzip", ".gz"},
	[IDENTITY] = {"identity", ""},
};

struct variant {
	char *data; /* NULL: there is no such variant */
	size_t len;
	char etag[ETAG_SIZE];
	struct MHD_Response *response, *not_modified;
};

struct asset {
	char *path;
	const char *type; /* static text, as the Content-Type says it */
	char bare_type[40];
	enum asset_kind kind;
	struct variant variant[ENCODINGS];
	bool lost; /* there was no memory to put it into the table */
	UT_hash_handle hh;
};

struct assets {
	struct asset *by_path;
	size_t bytes;
};

static const struct {
	const char *suffix, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".webmanifest", "application/manifest+json"},
	{".yaml", "application/yaml"},
	{".txt", "text/plain; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".webp", "image/webp"},
	{".ico", "image/vnd.microsoft.icon"},
	{".woff2", "font/woff2"},
	{".wasm", "application/wasm"},
	{".wav", "audio/wav"},
	{".mp3", "audio/mpeg"},
	{".ogg", "audio/ogg"},
};

static bool
ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

static const char *
type_of(const char *path)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (ends_with(path, types[i].suffix))
			return types[i].type;
	}
	return "application/octet-stream";
}

void
etag_of(char out[ETAG_SIZE], const void *data, size_t len)
{
	unsigned char hash[ETAG_HASH_BYTES];
	size_t n;

	crypto_generichash(hash, sizeof(hash), data, len, NULL, 0);
	out[0] = '"';
	sodium_bin2base64(out + 1, ETAG_SIZE - 2, hash, sizeof(hash),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	n = strlen(out);
	out[n] = '"';
	out[n + 1] = 0;
}

int
etag_matches(const char *if_none_match, const char *etag)
{
	const char *p = if_none_match;
	size_t n = strlen(etag);

	if (p == NULL)
		return 0;
	p += strspn(p, " \t,");
	if (p[0] == '*' && p[1 + strspn(p + 1, " \t")] == 0)
		return 1;
	while (*p != 0) {
		const char *end;

		if (p[0] == 'W' && p[1] == '/')
			p += 2;
		if (*p != '"' || (end = strchr(p + 1, '"')) == NULL)
			return 0;
		end++;
		if ((size_t)(end - p) == n && memcmp(p, etag, n) == 0)
			return 1;
		p = end + strspn(end, " \t,");
	}
	return 0;
}

static void
asset_free(struct asset *a)
{
	for (int i = 0; i < ENCODINGS; i++) {
		if (a->variant[i].response != NULL)
			MHD_destroy_response(a->variant[i].response);
		if (a->variant[i].not_modified != NULL)
			MHD_destroy_response(a->variant[i].not_modified);
		free(a->variant[i].data);
	}
	free(a->path);
	free(a);
}

enum camp_err
assets_new(struct assets **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? CAMP_ERR_MEMORY : CAMP_OK;
}

void
assets_free(struct assets *assets)
{
	struct asset *a, *next;

	if (assets == NULL)
		return;
	HASH_ITER(hh, assets->by_path, a, next)
	{
		HASH_DEL(assets->by_path, a);
		asset_free(a);
	}
	free(assets);
}

static bool
add_header(struct MHD_Response *r, const char *name, const char *value)
{
	return MHD_add_response_header(r, name, value) == MHD_YES;
}

/* The headers that 200 and 304 share. */
static bool
add_common(const struct asset *a, const struct variant *v, struct MHD_Response *r)
{
	const char *cache = a->kind == ASSET_IMMUTABLE
				    ? "public, max-age=31536000, immutable"
				    : "no-cache";
	enum camp_err err = a->kind == ASSET_DOCUMENT ? security_headers_document(r)
						      : security_headers_page(r);

	return err == CAMP_OK && add_header(r, "ETag", v->etag) &&
	       add_header(r, "Cache-Control", cache) &&
	       add_header(r, "Vary", "Accept-Encoding");
}

/* Takes data, also on failure. */
static enum camp_err
take_variant(struct assets *assets, struct asset *a, enum encoding e, char *data,
	     size_t len)
{
	struct variant *v = &a->variant[e];

	v->data = data;
	v->len = len;
	if (assets->bytes + len > ASSETS_TOTAL_BYTES_MAX)
		return CAMP_ERR_TOO_LARGE;
	assets->bytes += len;
	etag_of(v->etag, data, len);
	v->response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_PERSISTENT);
	v->not_modified =
		MHD_create_response_from_buffer(0, data, MHD_RESPMEM_PERSISTENT);
	if (v->response == NULL || v->not_modified == NULL ||
	    !add_header(v->response, "Content-Type", a->type) ||
	    (e != IDENTITY &&
	     !add_header(v->response, "Content-Encoding", encodings[e].coding)) ||
	    !add_common(a, v, v->response) || !add_common(a, v, v->not_modified))
		return CAMP_ERR_MEMORY;
	return CAMP_OK;
}

/* gzip of data at its best level; NULL without memory or gain. */
static char *
compress_gzip(const void *data, size_t len, size_t *out_len)
{
	z_stream z = {0};
	char *out;
	bool done;

	if (len < COMPRESS_BYTES_MIN || len > ASSETS_TOTAL_BYTES_MAX)
		return NULL;
	out = malloc(len);
	/* 16 added to the window's bits asks for the gzip form. */
	if (out == NULL || deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9,
					Z_DEFAULT_STRATEGY) != Z_OK) {
		free(out);
		return NULL;
	}
	z.next_in = data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)len;
	done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	*out_len = z.total_out;
	deflateEnd(&z);
	if (!done) {
		free(out);
		return NULL;
	}
	return out;
}

static struct asset *
asset_new(const char *path, enum asset_kind kind, const char *type)
{
	struct asset *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->path = strdup(path)) == NULL) {
		free(a);
		return NULL;
	}
	a->kind = kind;
	a->type = type;
	snprintf(a->bare_type, sizeof(a->bare_type), "%.*s", (int)strcspn(type, ";"),
		 type);
	return a;
}

/* Takes the asset: into the table on CAMP_OK, else it is freed. The later one wins. */
static enum camp_err
take_asset(struct assets *assets, struct asset *a, enum camp_err err)
{
	struct asset *old;

	if (err != CAMP_OK) {
		asset_free(a);
		return err;
	}
	HASH_REPLACE_STR(assets->by_path, path, a, old);
	if (old != NULL)
		asset_free(old);
	if (a->lost) {
		asset_free(a);
		return CAMP_ERR_MEMORY;
	}
	return CAMP_OK;
}

enum camp_err
assets_add_memory(struct assets *assets, const char *path, enum asset_kind kind,
		  const char *type, const void *data, size_t len)
{
	struct asset *a = asset_new(path, kind, type);
	size_t packed_len = 0;
	char *copy, *packed;
	enum camp_err err;

	if (a == NULL)
		return CAMP_ERR_MEMORY;
	copy = malloc(len + 1);
	if (copy == NULL)
		return take_asset(assets, a, CAMP_ERR_MEMORY);
	memcpy(copy, data, len);
	err = take_variant(assets, a, IDENTITY, copy, len);
	packed = err == CAMP_OK ? compress_gzip(data, len, &packed_len) : NULL;
	if (packed != NULL)
		err = take_variant(assets, a, GZIP, packed, packed_len);
	return take_asset(assets, a, err);
}

static enum camp_err
explain(char *why, size_t why_size, const char *file, enum camp_err err)
{
	if (err == CAMP_ERR_TOO_LARGE)
		snprintf(why, why_size,
			 "\"%s\" is too much: files may take %u MiB in all", file,
			 ASSETS_TOTAL_BYTES_MAX >> 20);
	else if (err == CAMP_ERR_MEMORY)
		snprintf(why, why_size, "out of memory at \"%s\"", file);
	else
		snprintf(why, why_size, "cannot read \"%s\": %s", file, strerror(errno));
	return err;
}

/* The whole file; NOT_FOUND when it is none, TOO_LARGE, FAULT, MEMORY. */
static enum camp_err
read_whole(const char *file, char **data, size_t *len)
{
	FILE *f = fopen(file, "re");
	enum camp_err err = CAMP_OK;
	struct stat st;

	*data = NULL;
	*len = 0;
	if (f == NULL)
		return errno == ENOENT ? CAMP_ERR_NOT_FOUND : CAMP_ERR_FAULT;
	if (fstat(fileno(f), &st) != 0)
		err = CAMP_ERR_FAULT;
	else if (st.st_size > (off_t)ASSETS_TOTAL_BYTES_MAX)
		err = CAMP_ERR_TOO_LARGE;
	else if ((*data = malloc((size_t)st.st_size + 1)) == NULL)
		err = CAMP_ERR_MEMORY;
	else
		*len = fread(*data, 1, (size_t)st.st_size, f);
	if (err == CAMP_OK && ferror(f))
		err = CAMP_ERR_FAULT;
	fclose(f);
	if (err != CAMP_OK) {
		free(*data);
		*data = NULL;
	}
	return err;
}

enum camp_err
assets_add_file(struct assets *assets, const char *path, enum asset_kind kind,
		const char *type, const char *file, char *why, size_t why_size)
{
	struct asset *a = asset_new(path, kind, type);
	enum camp_err err = CAMP_OK;
	char name[PATH_MAX];

	if (a == NULL)
		return explain(why, why_size, file, CAMP_ERR_MEMORY);
	for (int e = IDENTITY; e >= 0 && err == CAMP_OK; e--) {
		char *data;
		size_t len;

		snprintf(name, sizeof(name), "%s%s", file, encodings[e].suffix);
		err = read_whole(name, &data, &len);
		if (err == CAMP_ERR_NOT_FOUND && e != IDENTITY) {
			err = CAMP_OK;
			continue;
		}
		if (err == CAMP_OK)
			err = take_variant(assets, a, (enum encoding)e, data, len);
	}
	if (err != CAMP_OK)
		explain(why, why_size, name, err);
	return take_asset(assets, a, err);
}

/* One walk through the folder of the built client. */
struct walk {
	struct assets *assets;
	char *why;
	size_t why_size;
};

static enum camp_err
load_entry(const struct walk *w, const char *file, const char *path, bool immutable)
{
	enum asset_kind kind = immutable ? ASSET_IMMUTABLE : ASSET_PAGE;

	for (int e = 0; e < IDENTITY; e++) {
		if (ends_with(file, encodings[e].suffix))
			return CAMP_OK; /* comes with the file it encodes */
	}
	if (!immutable && ends_with(file, ".html"))
		return CAMP_OK; /* a shell, which has its own path */
	return assets_add_file(w->assets, path, kind, type_of(file), file, w->why,
			       w->why_size);
}

static enum camp_err
load_folder(const struct walk *w, const char *folder, const char *prefix, bool immutable,
	    int depth)
{
	enum camp_err err = CAMP_OK;
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL)
		return explain(w->why, w->why_size, folder, CAMP_ERR_FAULT);
	while (err == CAMP_OK && (entry = readdir(dir)) != NULL) {
		char file[PATH_MAX], path[PATH_MAX];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name) >=
			    (int)sizeof(file) ||
		    snprintf(path, sizeof(path), "%s%s", prefix, entry->d_name) >=
			    (int)sizeof(path) - 1 ||
		    stat(file, &st) != 0)
			err = explain(w->why, w->why_size, entry->d_name, CAMP_ERR_FAULT);
		else if (S_ISREG(st.st_mode))
			err = load_entry(w, file, path, immutable);
		else if (S_ISDIR(st.st_mode) && immutable && depth < FOLDER_DEPTH_MAX)
			err = load_folder(w, file, strcat(path, "/"), true, depth + 1);
	}
	closedir(dir);
	return err;
}

static enum camp_err
load_shell(const struct walk *w, const char *dir, const char *name, const char *path)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	return assets_add_file(w->assets, path, ASSET_PAGE, type_of(file), file, w->why,
			       w->why_size);
}

enum camp_err
assets_load_web(struct assets *assets, const char *dir, char *why, size_t why_size)
{
	struct walk w = {assets, why, why_size};
	char folder[PATH_MAX];
	struct stat st;
	enum camp_err err;

	err = load_shell(&w, dir, "app.html", "/");
	if (err == CAMP_OK)
		err = load_shell(&w, dir, "cohort.html", "/cohort/");
	if (err == CAMP_OK)
		err = load_shell(&w, dir, "models.html", "/models");
	if (err == CAMP_ERR_NOT_FOUND)
		snprintf(why, why_size,
			 "the web client is not built: \"%s\" has no app.html, "
			 "cohort.html and models.html",
			 dir);
	if (err != CAMP_OK)
		return err;
	err = load_folder(&w, dir, "/", false, 0);
	snprintf(folder, sizeof(folder), "%s/assets", dir);
	if (err == CAMP_OK && stat(folder, &st) == 0)
		err = load_folder(&w, folder, "/assets/", true, 0);
	return err;
}

const struct asset *
assets_find(const struct assets *assets, const char *path)
{
	struct asset *a;

	HASH_FIND_STR(assets->by_path, path, a);
	return a;
}

static const struct variant *
choose(const struct asset *a, const char *accept_encoding)
{
	const struct variant *best = &a->variant[IDENTITY];
	int best_quality = accept_encoding_quality(accept_encoding, "identity");

	if (accept_encoding == NULL)
		return best;
	for (int e = IDENTITY - 1; e >= 0; e--) {
		int q;

		if (a->variant[e].data == NULL)
			continue;
		q = accept_encoding_quality(accept_encoding, encodings[e].coding);
		if (q > 0 && q >= best_quality) {
			best = &a->variant[e];
			best_quality = q;
		}
	}
	return best;
}

struct MHD_Response *
asset_answer(const struct asset *asset, const char *accept_encoding,
	     const char *if_none_match, unsigned *status)
{
	const struct variant *v = choose(asset, accept_encoding);

	if (if_none_match != NULL && etag_matches(if_none_match, v->etag)) {
		*status = MHD_HTTP_NOT_MODIFIED;
		return v->not_modified;
	}
	*status = MHD_HTTP_OK;
	return v->response;
}

const char *
asset_type(const struct asset *asset)
{
	return asset->bare_type;
}

size_t
assets_bytes(const struct assets *assets)
{
	return assets->bytes;
}

size_t
assets_count(const struct assets *assets)
{
	return HASH_COUNT(assets->by_path);
}

size_t
asset_size(const struct asset *asset)
{
	return asset->variant[0].len;
}
