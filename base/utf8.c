#include "base/utf8.h"

#include <stdint.h>
#include <utf8proc.h>

bool
utf8_valid(const char *text, size_t len)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;

	while (len > 0) {
		utf8proc_int32_t point;
		utf8proc_ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)len, &point);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}
