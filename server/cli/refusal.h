/** What an RFC 9457 answer says, for a person at a terminal. */
#ifndef SERVER_CLI_REFUSAL_H
#define SERVER_CLI_REFUSAL_H

#include "server/cli/client.h"
#include "server/cli/recording.h"

/**
 * Title, detail and pointers on one line. first (or NULL) is the first trial of the
 * upload that was refused, so that pointers into it can name lines of the file. The
 * caller's.
 */
char *refusal_text(const struct call *call, const struct recording_trial *first);
/** The problem's code, or "http_404" and the like for other answers. The caller's. */
char *refusal_code(const struct call *call);

#endif
