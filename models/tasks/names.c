#include "models/tasks/names.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/* Eight bytes a step; the last step overlaps the one before where len is no multiple. */
static uint64_t
hash_text(const char *text, size_t len)
{
	uint64_t hash = len, word = 0;

	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			word = word << 8 | (unsigned char)text[i];
		return mix(hash, word);
	}
	for (size_t at = 0; at + 8 < len; at += 8) {
		memcpy(&word, text + at, 8);
		hash = mix(hash, word);
	}
	memcpy(&word, text + len - 8, 8);
	return mix(hash, word);
}

/* The name's slot, or the free one where it would go. */
static struct task_names_slot *
slot_find(const struct task_names *table, const char *text, size_t len)
{
	size_t at = hash_text(text, len) & table->mask;
	struct task_names_slot *slot = &table->slots[at];

	while (slot->name && (slot->len != len || memcmp(slot->name, text, len) != 0)) {
		at = (at + 1) & table->mask;
		slot = &table->slots[at];
	}
	return slot;
}

int
task_names_find(const struct task_names *table, const char *text, size_t len)
{
	const struct task_names_slot *slot;

	/* Longer than any name is a cheap no for what a client may send. */
	if (!table->slots || len > TASK_LABEL_MAX)
		return -1;
	slot = slot_find(table, text, len);
	return slot->name ? slot->code : -1;
}

enum camp_err
task_names_init(struct task_names *table, char *const *names, int n)
{
	size_t size = 8;

	memset(table, 0, sizeof(*table));
	while (size < 4 * (size_t)n)
		size *= 2;
	table->slots = calloc(size, sizeof(*table->slots));
	if (!table->slots)
		return CAMP_ERR_MEMORY;
	table->mask = size - 1;
	for (int i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		*slot_find(table, names[i], len) =
			(struct task_names_slot){names[i], (uint16_t)len, (int16_t)i};
	}
	return CAMP_OK;
}

void
task_names_clear(struct task_names *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}
