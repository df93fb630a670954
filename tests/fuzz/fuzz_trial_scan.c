/* Bodies of trials: the scanner and jansson must agree, and cells must keep them. */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/support/scan_differ.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct task_definition *def;
	static struct scan_differ differ;
	const char *wrong;

	if (!def) {
		size_t len;
		char *json = fuzz_read_source("tasks/stroop/task.json", &len), why[256];

		if (task_definition_parse(&def, json, len, why, sizeof(why)) != CAMP_OK)
			fuzz_fail(why);
		free(json);
	}
	wrong = scan_differ(&differ, def, (const char *)data, size);
	if (wrong)
		fuzz_fail(wrong);
	return 0;
}
