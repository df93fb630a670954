#include "base/uuid.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

struct uuid
uuid_v7_at(int64_t unix_ms)
{
	struct uuid id;

	randombytes_buf(id.b, sizeof(id.b));
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}

struct uuid
uuid_v7(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return uuid_v7_at((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

int64_t
uuid_v7_unix_ms(const struct uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->b[i];
	return ms;
}

void
uuid_format(const struct uuid *id, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[id->b[i] >> 4];
		*out++ = hex[id->b[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
uuid_parse(struct uuid *id, const char *text, size_t len)
{
	size_t at = 0;

	memset(id, 0, sizeof(*id));
	if (len != UUID_TEXT_LEN)
		return false;
	for (int i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
			goto malformed;
		high = hex_value(text[at++]);
		low = hex_value(text[at++]);
		if (high < 0 || low < 0)
			goto malformed;
		id->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
malformed:
	memset(id, 0, sizeof(*id));
	return false;
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
