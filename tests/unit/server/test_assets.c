/* server/assets: loading, look-up, negotiation. What MHD sends of it: tests/integration.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/assets.h"
#include "tests/support/fail_alloc.h"
#include "tests/unit/unit.h"

static char folder[64], why[512];
static struct assets *assets;

static void
put(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
make_folder(void)
{
	char path[200];

	strcpy(folder, "/tmp/camp-assets-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/assets", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/assets/deep", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(assets_new(&assets), CAMP_OK);
}

static void
remove_folder(void)
{
	char command[128];

	assets_free(assets);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
load_client(void)
{
	put("app.html", "<p>app");
	put("app.html.br", "brotli");
	put("app.html.gz", "gzip");
	put("cohort.html", "<p>cohort");
	put("models.html", "<p>models");
	put("favicon.svg", "<svg/>");
	put("assets/app.ABC123.js", "let a");
	put("assets/app.ABC123.js.br", "br");
	put("assets/deep/m.1.wasm", "wasm");
	ck_assert_int_eq(assets_load_web(assets, folder, why, sizeof(why)), CAMP_OK);
}

static const char *
header(const char *path, const char *encoding, const char *name)
{
	const struct asset *a = assets_find(assets, path);
	unsigned status;

	ck_assert_msg(a != NULL, "%s is missing", path);
	return MHD_get_response_header(asset_answer(a, encoding, NULL, &status), name);
}

START_TEST(assets_are_found_under_their_paths)
{
	load_client();
	ck_assert_str_eq(asset_type(assets_find(assets, "/")), "text/html");
	ck_assert_str_eq(asset_type(assets_find(assets, "/cohort/")), "text/html");
	ck_assert_str_eq(asset_type(assets_find(assets, "/favicon.svg")),
			 "image/svg+xml");
	ck_assert_str_eq(asset_type(assets_find(assets, "/assets/app.ABC123.js")),
			 "text/javascript");
	ck_assert_str_eq(asset_type(assets_find(assets, "/assets/deep/m.1.wasm")),
			 "application/wasm");
	ck_assert_ptr_null(assets_find(assets, "/assets/app.ABC123.js.br"));
	ck_assert_ptr_null(assets_find(assets, "/assets/../app.html"));
	ck_assert_ptr_null(assets_find(assets, "/assets/"));
	ck_assert_ptr_null(assets_find(assets, ""));
}
END_TEST

START_TEST(assets_carry_their_headers)
{
	load_client();
	ck_assert_str_eq(header("/", NULL, "Cache-Control"), "no-cache");
	ck_assert_str_eq(header("/assets/app.ABC123.js", NULL, "Cache-Control"),
			 "public, max-age=31536000, immutable");
	ck_assert_str_eq(header("/", NULL, "Content-Type"), "text/html; charset=utf-8");
	ck_assert_str_eq(header("/", NULL, "Vary"), "Accept-Encoding");
	ck_assert_str_eq(header("/", NULL, "Cross-Origin-Opener-Policy"), "same-origin");
	ck_assert_str_eq(header("/", NULL, "Cross-Origin-Embedder-Policy"),
			 "require-corp");
	ck_assert_str_eq(
		header("/", NULL, "Content-Security-Policy"),
		"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src "
		"'self'; "
		"manifest-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
		"img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
}
END_TEST

START_TEST(assets_choose_the_encoding_asked_for)
{
	static const struct {
		const char *accept, *coding;
	} cases[] = {
		{NULL, NULL},
		{"", NULL},
		{"gzip", "gzip"},
		{"gzip, deflate, br", "br"},
		{"br;q=0.5, gzip", "gzip"},
		{"br;q=0, gzip;q=0", NULL},
		{"*", "br"},
		{"identity, br;q=0.5", NULL},
		{"identity;q=0", NULL},
		{"*;q=0", NULL},
		{"identity;q=0, gzip", "gzip"},
	};

	load_client();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *coding = header("/", cases[i].accept, "Content-Encoding");

		if (cases[i].coding == NULL)
			ck_assert_ptr_null(coding);
		else
			ck_assert_str_eq(coding, cases[i].coding);
	}
}
END_TEST

START_TEST(assets_answer_304_for_the_same_variant_only)
{
	const struct asset *a;
	char plain[64], packed[64];
	unsigned status;

	load_client();
	a = assets_find(assets, "/");
	strcpy(plain, header("/", NULL, "ETag"));
	strcpy(packed, header("/", "br", "ETag"));
	ck_assert_str_ne(plain, packed);
	asset_answer(a, NULL, plain, &status);
	ck_assert_uint_eq(status, 304);
	asset_answer(a, "br", packed, &status);
	ck_assert_uint_eq(status, 304);
	asset_answer(a, "br", plain, &status);
	ck_assert_uint_eq(status, 200);
	ck_assert_str_eq(MHD_get_response_header(asset_answer(a, NULL, "*", &status),
						 "ETag"),
			 plain);
	ck_assert_uint_eq(status, 304);
}
END_TEST

START_TEST(etag_matches_lists_and_weak_tags)
{
	ck_assert(etag_matches("\"a\"", "\"a\""));
	ck_assert(etag_matches("W/\"a\"", "\"a\""));
	ck_assert(etag_matches("\"x\", W/\"y\" ,\"a\"", "\"a\""));
	ck_assert(etag_matches(" * ", "\"a\""));
	ck_assert(!etag_matches(NULL, "\"a\""));
	ck_assert(!etag_matches("", "\"a\""));
	ck_assert(!etag_matches("a", "\"a\""));
	ck_assert(!etag_matches("\"ab\"", "\"a\""));
	ck_assert(!etag_matches("\"a", "\"a\""));
	ck_assert(!etag_matches("\"x\" junk \"a\"", "\"a\""));
}
END_TEST

START_TEST(assets_not_built_is_one_sentence)
{
	char expected[300];

	put("app.html", "x");
	ck_assert_int_eq(assets_load_web(assets, folder, why, sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
	snprintf(expected, sizeof(expected),
		 "the web client is not built: \"%s\" has no app.html, cohort.html and "
		 "models.html",
		 folder);
	ck_assert_str_eq(why, expected);
	ck_assert_int_eq(assets_load_web(assets, "/nowhere", why, sizeof(why)),
			 CAMP_ERR_NOT_FOUND);
}
END_TEST

START_TEST(assets_total_size_is_bounded)
{
	char path[200];

	put("app.html", "x");
	put("cohort.html", "x");
	put("models.html", "x");
	put("big.wasm", "");
	snprintf(path, sizeof(path), "%s/big.wasm", folder);
	ck_assert_int_eq(truncate(path, (off_t)ASSETS_TOTAL_BYTES_MAX), 0);
	ck_assert_int_eq(assets_load_web(assets, folder, why, sizeof(why)),
			 CAMP_ERR_TOO_LARGE);
	ck_assert_ptr_nonnull(strstr(why, "big.wasm"));
	ck_assert_ptr_nonnull(strstr(why, "64 MiB"));
}
END_TEST

START_TEST(assets_from_memory_are_packed_when_that_helps)
{
	char text[5000];

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(assets_add_memory(assets, "/api/v1/tasks/x", ASSET_DOCUMENT,
					   "application/json", text, sizeof(text)),
			 CAMP_OK);
	ck_assert_int_eq(assets_add_memory(assets, "/small", ASSET_DOCUMENT,
					   "application/json", text, 10),
			 CAMP_OK);
	ck_assert_str_eq(header("/api/v1/tasks/x", "gzip, br", "Content-Encoding"),
			 "gzip");
	ck_assert_ptr_null(header("/small", "gzip", "Content-Encoding"));
	ck_assert_str_eq(header("/small", NULL, "Content-Security-Policy"),
			 "default-src 'none'; frame-ancestors 'none'");
	ck_assert_uint_eq(assets_count(assets), 2);
	ck_assert_uint_lt(assets_bytes(assets), 5100);
	/* The later one wins. */
	ck_assert_int_eq(assets_add_memory(assets, "/small", ASSET_DOCUMENT, "text/plain",
					   "b", 1),
			 CAMP_OK);
	ck_assert_str_eq(asset_type(assets_find(assets, "/small")), "text/plain");
	ck_assert_uint_eq(assets_count(assets), 2);
}
END_TEST

START_TEST(assets_survive_each_failed_allocation)
{
	char text[2000];
	long n;

	memset(text, 'a', sizeof(text));
	put("file.txt", "text");
	for (n = 1;; n++) {
		struct assets *some = NULL;
		char path[200];
		enum camp_err err;

		snprintf(path, sizeof(path), "%s/file.txt", folder);
		fail_alloc_arm(n);
		err = assets_new(&some);
		if (err == CAMP_OK)
			err = assets_add_memory(some, "/m", ASSET_DOCUMENT, "text/plain",
						text, sizeof(text));
		if (err == CAMP_OK)
			err = assets_add_file(some, "/f", ASSET_PAGE, "text/plain", path,
					      why, sizeof(why));
		if (!fail_alloc_disarm()) {
			ck_assert_int_eq(err, CAMP_OK);
			ck_assert_uint_eq(assets_count(some), 2);
			assets_free(some);
			break;
		}
		/* Without room to pack it, a text is served as it is. */
		if (err == CAMP_OK)
			ck_assert_uint_eq(assets_count(some), 2);
		else
			ck_assert_int_eq(err, CAMP_ERR_MEMORY);
		assets_free(some);
	}
	ck_assert_int_gt(n, 5);
}
END_TEST

Suite *
suite_assets(void)
{
	Suite *s = suite_create("assets");
	TCase *c = tcase_create("assets");

	tcase_add_checked_fixture(c, make_folder, remove_folder);
	tcase_add_test(c, assets_are_found_under_their_paths);
	tcase_add_test(c, assets_carry_their_headers);
	tcase_add_test(c, assets_choose_the_encoding_asked_for);
	tcase_add_test(c, assets_answer_304_for_the_same_variant_only);
	tcase_add_test(c, etag_matches_lists_and_weak_tags);
	tcase_add_test(c, assets_not_built_is_one_sentence);
	tcase_add_test(c, assets_total_size_is_bounded);
	tcase_add_test(c, assets_from_memory_are_packed_when_that_helps);
	tcase_add_test(c, assets_survive_each_failed_allocation);
	suite_add_tcase(s, c);
	return s;
}
