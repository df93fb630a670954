/*
 * Memory of the module: a size class a power of two, a list of free blocks each. Small
 * rather than thrifty: libc's allocator would be a sixth of the module.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536
#define CLASS_MIN 6 /* 64 bytes, so that every block is aligned to as many */
#define CLASS_MAX 30
#define HEADER 64

/* Before each block; only the class is kept while it is in use. */
struct block {
	struct block *next;
	int class;
};

extern unsigned char __heap_base;

static struct block *free_blocks[CLASS_MAX + 1];
static uintptr_t top; /* first byte never given out */

static struct block *
block_of(void *p)
{
	return (struct block *)((unsigned char *)p - HEADER);
}

static struct block *
new_block(int class)
{
	uintptr_t base = top ? top : ((uintptr_t)&__heap_base + HEADER - 1) & -HEADER;
	uintptr_t end = base + HEADER + ((uintptr_t)1 << class);
	size_t pages = __builtin_wasm_memory_size(0), wanted = (end + PAGE - 1) / PAGE;

	if (end < base ||
	    (wanted > pages && __builtin_wasm_memory_grow(0, wanted - pages) == SIZE_MAX))
		return NULL;
	top = end;
	return (struct block *)base;
}

void *
malloc(size_t size)
{
	int class = CLASS_MIN;
	struct block *b;

	while (class <= CLASS_MAX && (size_t)1 << class < size)
		class ++;
	b = class <= CLASS_MAX ? free_blocks[class] : NULL;
	if (b)
		free_blocks[class] = b->next;
	else if (class <= CLASS_MAX)
		b = new_block(class);
	if (!b)
		return NULL;
	b->class = class;
	return (unsigned char *)b + HEADER;
}

void
free(void *p)
{
	struct block *b = p ? block_of(p) : NULL;

	if (!b)
		return;
	b->next = free_blocks[b->class];
	free_blocks[b->class] = b;
}

void *
calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p = __builtin_mul_overflow(n, size, &bytes) ? NULL : malloc(bytes);

	if (p)
		memset(p, 0, bytes);
	return p;
}

void *
realloc(void *old, size_t size)
{
	size_t room = old ? (size_t)1 << block_of(old)->class : 0;
	void *p;

	if (size <= room)
		return old;
	p = malloc(size);
	if (p && old) {
		memcpy(p, old, room);
		free(old);
	}
	return p;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return alignment <= HEADER ? malloc(size) : NULL;
}
