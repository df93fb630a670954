/**
 * The registry of statements: everything that lanes and writer run, prepared at connect,
 * so that a mistake stops the start. The SQL stands beside the function that uses it.
 *
 * The tests read the registry too: scale rule 10 wants every statement on a distributed
 * table to carry the table's key as a parameter.
 */
#ifndef DB_STATEMENTS_H
#define DB_STATEMENTS_H

#include <stdbool.h>

#include "db/conn.h"

struct db_statement {
	const char *name;
	const char *sql;
	enum db_role role; /* whose connections prepare it */
	int key;     /* number of the parameter that holds the key (participant_id of
			distributed     tables, cohort_id or organisation_id of others); 0: it
			touches no such table */
	bool binary; /* format of the result */
};

#define STATEMENT(name) extern const struct db_statement statement_##name;
#include "db/statements.def"
#undef STATEMENT

extern const struct db_statement *const db_statements[];
extern const int db_n_statements;

#endif
