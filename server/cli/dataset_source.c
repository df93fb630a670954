#include "server/cli/dataset_source.h"

#include "server/cli/cli.h"
#include "server/cli/dataset_db.h"

int
dataset_source_load(struct dataset *data, const struct dataset_source *source,
		    const struct config *config, const char *verb)
{
	const struct dataset_db from = {.verb = verb,
					.config = config,
					.cohort = source->cohort};
	int status;

	if (source->from_db == (source->files.files.n > 0))
		return cli_usage(verb, "needs either --data FILE... or --from-db");
	if (!source->from_db && source->cohort)
		return cli_usage(verb, "--cohort belongs to --from-db");
	if (source->from_db && (source->files.task || source->files.skip_bad))
		return cli_usage(verb, "--task and --skip-bad belong to --data");
	if (!source->from_db)
		return dataset_flags_load(data, &source->files, verb);
	status = dataset_db_load(&from, data, NULL);
	if (status < 0 && data->n_trials == 0)
		status = cli_usage(verb, "there are no complete sessions (demo cohorts "
					 "count only when named)");
	return status;
}
