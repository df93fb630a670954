#include "db/hints.h"

#include <stdlib.h>
#include <string.h>

/* A million slots: 8 MiB, touched only where cells fall. */
#define SLOT_BITS 20

struct slot {
	uint32_t tag; /* 0: empty */
	uint32_t present;
};

struct hints {
	struct slot slots[1u << SLOT_BITS];
};

struct hints *
hints_new(void)
{
	return calloc(1, sizeof(struct hints));
}

void
hints_free(struct hints *h)
{
	free(h);
}

/* Every bit of the input reaches every bit of the result (splitmix64's finish). */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* Ids made in the same millisecond differ in few bits, hence the full mixing. */
static uint64_t
hash(const struct uuid *session_id, int32_t cell)
{
	uint64_t words[2];

	memcpy(words, session_id->b, sizeof(words));
	return mix(words[0] + mix(words[1] + mix((uint32_t)cell + 0x9e3779b97f4a7c15u)));
}

static uint32_t
tag_of(uint64_t h)
{
	uint32_t tag = (uint32_t)(h >> 32);

	return tag ? tag : 1;
}

void
hints_add(struct hints *h, const struct uuid *session_id, int32_t cell, uint32_t present)
{
	uint64_t key = hash(session_id, cell);
	struct slot *slot = &h->slots[key & ((1u << SLOT_BITS) - 1)];

	if (slot->tag == tag_of(key))
		slot->present |= present;
	else
		*slot = (struct slot){tag_of(key), present};
}

uint32_t
hints_get(const struct hints *h, const struct uuid *session_id, int32_t cell)
{
	uint64_t key = hash(session_id, cell);
	const struct slot *slot = &h->slots[key & ((1u << SLOT_BITS) - 1)];

	return slot->tag == tag_of(key) ? slot->present : 0;
}
