#include "db/statements.h"

const struct db_statement *const db_statements[] = {
#define STATEMENT(name) &statement_##name,
#include "db/statements.def"
#undef STATEMENT
};

const int db_n_statements = sizeof(db_statements) / sizeof(db_statements[0]);
