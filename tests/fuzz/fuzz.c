#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"

void
fuzz_fail(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

char *
fuzz_read_source(const char *path, size_t *len)
{
	struct buffer text = {0};
	char name[1024];
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", CAMP_SOURCE_DIR, path);
	f = fopen(name, "re");
	if (!f)
		fuzz_fail(name);
	while (buffer_reserve(&text, 4096) && !feof(f) && !ferror(f))
		text.len += fread(text.data + text.len, 1, 4096, f);
	fclose(f);
	*len = text.len;
	buffer_add_char(&text, '\0');
	if (text.failed)
		fuzz_fail("out of memory");
	return text.data;
}
