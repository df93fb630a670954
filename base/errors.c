#include "base/errors.h"

static const struct {
	int status;
	const char *code, *title;
} rows[CAMP_ERR_COUNT] = {
	[CAMP_OK] = {200, "ok", "OK"},
#define CAMP_ERROR(name, status, code, title) [CAMP_ERR_##name] = {status, code, title},
#include "base/errors.def"
#undef CAMP_ERROR
};

int
camp_err_status(enum camp_err err)
{
	return rows[err].status;
}

const char *
camp_err_code(enum camp_err err)
{
	return rows[err].code;
}

const char *
camp_err_title(enum camp_err err)
{
	return rows[err].title;
}
