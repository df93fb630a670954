#include "models/nn/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN_BYTES 64

enum camp_err
nn_arena_init(struct nn_arena *arena, size_t floats)
{
	size_t bytes = floats * sizeof(float);

	arena->base = NULL;
	arena->floats = 0;
	if (floats > SIZE_MAX / sizeof(float) - ALIGN_BYTES)
		return CAMP_ERR_MEMORY;
	/* aligned_alloc wants a multiple of the alignment, and something of an empty one.
	 */
	bytes = (bytes + ALIGN_BYTES) / ALIGN_BYTES * ALIGN_BYTES;
	arena->base = aligned_alloc(ALIGN_BYTES, bytes);
	if (!arena->base)
		return CAMP_ERR_MEMORY;
	memset(arena->base, 0, bytes);
	arena->floats = floats;
	return CAMP_OK;
}

void
nn_arena_zero(struct nn_arena *arena)
{
	if (arena->base)
		memset(arena->base, 0, arena->floats * sizeof(float));
}

void
nn_arena_clear(struct nn_arena *arena)
{
	free(arena->base);
	arena->base = NULL;
	arena->floats = 0;
}
