/**
 * The power of a session's epochs, for a forecast, as part of another operation: none
 *when a forecast is stored. Internal to db/.
 *
 *	eeg_power_steps(op, &owner);             ... its two steps
 *	err = eeg_power_read(&power, op->steps[4].result, op->steps[5].result);
 *	... power.eeg ...
 *	eeg_power_clear(&power);
 */
#ifndef DB_EEG_POWER_H
#define DB_EEG_POWER_H

#include <libpq-fe.h>

#include "base/trial.h"
#include "db/eeg.h"

struct op;

struct eeg_power {
	struct db_eeg eeg;
	/* Owned, beneath it. */
	struct eeg_epoch *epochs;
	float *numbers;
	char *names;
};

void eeg_power_steps(struct op *op, const struct trial_owner *owner);

/** Errors: MEMORY, FAULT (a row contradicts its recording); *out is then empty. */
CAMP_MUST_CHECK enum camp_err
eeg_power_read(struct eeg_power *out, const PGresult *recording, const PGresult *epochs);
/** Reusable. */
void eeg_power_clear(struct eeg_power *power);

#endif
