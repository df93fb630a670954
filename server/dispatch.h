/** libmicrohttpd's callbacks: match, authorise, collect the body, call, answer. */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include <microhttpd.h>

enum MHD_Result dispatch_access(void *server, struct MHD_Connection *mhd, const char *url,
				const char *method, const char *version,
				const char *upload, size_t *upload_size, void **context);
void dispatch_completed(void *server, struct MHD_Connection *mhd, void **context,
			enum MHD_RequestTerminationCode code);

#endif
