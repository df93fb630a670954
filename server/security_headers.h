/** The security headers of pages and of API answers; the one place that states them. */
#ifndef SERVER_SECURITY_HEADERS_H
#define SERVER_SECURITY_HEADERS_H

#include "base/errors.h"

struct MHD_Response;

/** For HTML pages and their assets: CSP, isolation (COOP, COEP, CORP) and the rest.
 * MEMORY. */
CAMP_MUST_CHECK enum camp_err security_headers_page(struct MHD_Response *response);

/** For JSON answers, which no browser may render, embed or keep. MEMORY. */
CAMP_MUST_CHECK enum camp_err security_headers_api(struct MHD_Response *response);

/** As for the API, but Cache-Control is left to the caller (documents with an ETag). */
CAMP_MUST_CHECK enum camp_err security_headers_document(struct MHD_Response *response);

#endif
