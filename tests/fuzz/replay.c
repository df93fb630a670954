/* Feeds a fuzz target the files of its corpus, for compilers without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

int
main(void)
{
	struct dirent **files;
	char folder[256], path[600];
	int n;

	snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", FUZZ_NAME);
	snprintf(path, sizeof(path), "%s/%s", CAMP_SOURCE_DIR, folder);
	n = scandir(path, &files, NULL, alphasort);
	if (n < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		size_t len;
		char *data;

		if (files[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, files[i]->d_name);
			data = fuzz_read_source(path, &len);
			LLVMFuzzerTestOneInput((const uint8_t *)data, len);
			free(data);
		}
		free(files[i]);
	}
	free(files);
	printf("%s: %d files of the corpus\n", FUZZ_NAME, n - 2);
	return 0;
}
