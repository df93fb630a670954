#include "tests/support/fail_alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The linker's names: --wrap=malloc turns calls of malloc into calls of __wrap_malloc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static long until_failure; /* 0: not armed */
static bool refused;

static bool
refuse(void)
{
	if (until_failure == 0 || --until_failure > 0)
		return false;
	refused = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return refuse() ? NULL : __real_aligned_alloc(alignment, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return refuse() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return refuse() ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t n)
{
	return refuse() ? NULL : __real_strndup(text, n);
}

void
fail_alloc_arm(long n)
{
	json_malloc_t present;
	json_free_t ignored;

	/* A program's own functions end in malloc as well, and may do more. */
	json_get_alloc_funcs(&present, &ignored);
	if (present == __real_malloc)
		json_set_alloc_funcs(__wrap_malloc, free);
	refused = false;
	until_failure = n;
}

bool
fail_alloc_disarm(void)
{
	until_failure = 0;
	return refused;
}
