#include <config.h>

#include "db/session_trials.h"

#include <stdlib.h>

#include "db/cell.h"

static struct cell_row
cell_at(const PGresult *result, int row)
{
	static const enum cell_column columns[] = {CELL_CELL,     CELL_PRESENT,
						   CELL_TRIAL,    CELL_CONDITION,
						   CELL_CORRECT,  CELL_RT_MS,
						   CELL_ONSET_MS, CELL_DIFFICULTY,
						   CELL_RESPONSE, CELL_FLAGS,
						   CELL_DETAIL};
	struct cell_row cell;

	for (int i = 0; i < CELL_COLUMNS; i++) {
		cell.data[i] = NULL;
		cell.len[i] = -1;
	}
	for (int i = 0; i < (int)(sizeof(columns) / sizeof(columns[0])); i++) {
		if (PQgetisnull(result, row, i))
			continue;
		cell.data[columns[i]] = PQgetvalue(result, row, i);
		cell.len[columns[i]] = PQgetlength(result, row, i);
	}
	return cell;
}

/* At most max trials of all cells in order, up to the first that is missing. */
static enum camp_err
prefix_read(const PGresult *result, int max, struct trial *trials, int *at)
{
	struct trial cell_trials[TRIALS_PER_CELL];

	for (int row = 0; row < PQntuples(result); row++) {
		struct cell_row cell = cell_at(result, row);
		size_t n_cell;
		enum camp_err err = cell_decode(&cell, cell_trials, &n_cell);

		if (err != CAMP_OK)
			return err;
		for (size_t i = 0; i < n_cell; i++) {
			if (*at == max || cell_trials[i].seq != *at)
				return CAMP_OK;
			trials[(*at)++] = cell_trials[i];
		}
	}
	return CAMP_OK;
}

enum camp_err
session_trials_read(const PGresult *result, int n, struct trial **out)
{
	struct trial *trials = calloc((size_t)n, sizeof(*trials));
	enum camp_err err = trials != NULL ? CAMP_OK : CAMP_ERR_MEMORY;
	int at = 0;

	*out = NULL;
	if (err == CAMP_OK)
		err = prefix_read(result, n, trials, &at);
	if (err == CAMP_OK && at != n)
		err = CAMP_ERR_FAULT;
	if (err == CAMP_OK)
		*out = trials;
	else
		free(trials);
	return err;
}

enum camp_err
session_trials_so_far(const PGresult *result, struct trial **out, int *n)
{
	int max = PQntuples(result) * TRIALS_PER_CELL;
	struct trial *trials = calloc((size_t)max + 1, sizeof(*trials));
	enum camp_err err = trials != NULL ? CAMP_OK : CAMP_ERR_MEMORY;

	*out = NULL;
	*n = 0;
	if (err == CAMP_OK)
		err = prefix_read(result, max, trials, n);
	if (err == CAMP_OK)
		*out = trials;
	else
		free(trials);
	return err;
}
