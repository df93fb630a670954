#include "server/security_headers.h"

#include <microhttpd.h>
#include <stddef.h>

/*
 * jsPsych sets style attributes and plays images and sounds it makes itself; the decision
 * code is WebAssembly. Everything else comes from this origin or not at all.
 */
static const char page_policy[] = "default-src 'none'; "
				  "script-src 'self' 'wasm-unsafe-eval'; "
				  "worker-src 'self'; "
				  "manifest-src 'self'; "
				  "style-src 'self'; "
				  "style-src-attr 'unsafe-inline'; "
				  "img-src 'self' data: blob:; "
				  "media-src 'self' blob:; "
				  "connect-src 'self'; "
				  "base-uri 'none'; "
				  "form-action 'self'; "
				  "frame-ancestors 'none'";

struct header {
	const char *name, *value;
};

static const struct header page_headers[] = {
	{"Content-Security-Policy", page_policy},
	/* Isolation also makes the page's clock twenty times finer. */
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Embedder-Policy", "require-corp"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"}, /* join codes are part of addresses */
	{"Permissions-Policy", "camera=(), display-capture=(), geolocation=(), "
			       "microphone=(), payment=(), usb=()"},
};

static const struct header document_headers[] = {
	{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"X-Content-Type-Options", "nosniff"},
};

static enum camp_err
add(struct MHD_Response *response, const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (MHD_add_response_header(response, headers[i].name,
					    headers[i].value) != MHD_YES)
			return CAMP_ERR_MEMORY;
	}
	return CAMP_OK;
}

enum camp_err
security_headers_page(struct MHD_Response *response)
{
	return add(response, page_headers,
		   sizeof(page_headers) / sizeof(page_headers[0]));
}

enum camp_err
security_headers_document(struct MHD_Response *response)
{
	return add(response, document_headers,
		   sizeof(document_headers) / sizeof(document_headers[0]));
}

enum camp_err
security_headers_api(struct MHD_Response *response)
{
	static const struct header no_store = {"Cache-Control", "no-store"};
	enum camp_err err = security_headers_document(response);

	return err != CAMP_OK ? err : add(response, &no_store, 1);
}
