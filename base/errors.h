/** The error codes that all modules return; base/errors.def lists them. */
#ifndef BASE_ERRORS_H
#define BASE_ERRORS_H

enum camp_err {
	CAMP_OK = 0,
#define CAMP_ERROR(name, status, code, title) CAMP_ERR_##name,
#include "base/errors.def"
#undef CAMP_ERROR
	CAMP_ERR_COUNT
};

#define CAMP_MUST_CHECK __attribute__((warn_unused_result))

/** HTTP status, stable code and English title of an error; CAMP_OK gives 200, "ok". */
int camp_err_status(enum camp_err err);
const char *camp_err_code(enum camp_err err);
const char *camp_err_title(enum camp_err err);

#endif
