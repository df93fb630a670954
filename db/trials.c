#include "db/trials.h"

#include "db/writer.h"

enum camp_err
db_trials_insert(struct db *db, const struct trial_owner *owner,
		 const struct trial *trials, size_t n, db_trials_cb *cb, void *arg)
{
	return writer_submit(db_writer(db), owner, trials, n, cb, arg);
}
