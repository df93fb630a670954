/** The body of POST sessions/{session}/eeg: a setup and epochs of band power. */
#ifndef SERVER_EEG_READ_H
#define SERVER_EEG_READ_H

#include <jansson.h>

#include "base/eeg.h"
#include "base/errors.h"
#include "base/problem.h"

struct eeg_upload {
	struct eeg_setup setup; /* its texts live as long as root */
	int n;                  /* epochs, seq ascending, figures filled */
	struct eeg_epoch *epochs;
	/* Owned, beneath the above. */
	float *numbers;
	json_t *root;
};

/**
 * Reads and checks a body. Powers in uV^2 become log10 uV^2; channels are spelled as the
 * 10-10 system does. On failure *out is empty and why says what is wrong, with pointers;
 * after a wrong setup the epochs are not looked at, as their lengths depend on it.
 * Errors: BODY, INVALID, MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
eeg_read(struct eeg_upload *out, const char *body, size_t len, struct problem *why);

void eeg_upload_clear(struct eeg_upload *upload);

#endif
