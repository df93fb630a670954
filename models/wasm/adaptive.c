/*
 * Adaptive difficulty for a browser: what the WebAssembly module exports. One session at
 * a time; web/src/adaptive/adaptive.ts is the other side. No libc allocator: the one
 * block that is needed lies behind the module's own data.
 */
#include <stddef.h>
#include <stdint.h>

#include "models/adaptive/adaptive.h"

#define EXPORT(name) __attribute__((export_name("adaptive_" #name)))
#define PAGE 65536

extern unsigned char __heap_base;

static struct adaptive_config config;
static struct adaptive_prior prior;
static struct adaptive_estimate estimate;
static struct adaptive *session;

/** Names of the configuration's fields, of kinds and of the estimate's; NULL after the
 * last. */
EXPORT(field)
const char *
adaptive_export_field(int i)
{
	return adaptive_field_name(i);
}

EXPORT(kind)
const char *
adaptive_export_kind(int i)
{
	return adaptive_kind_name(i);
}

EXPORT(member)
const char *
adaptive_export_member(int i)
{
	return adaptive_estimate_name(i);
}

/** The configuration, with every field at its default: doubles to write to. */
EXPORT(config)
double *
adaptive_export_config(void)
{
	adaptive_config_init(&config);
	return adaptive_field(&config, 0);
}

/** Takes what was written there; NULL, or what is wrong with it. */
EXPORT(open)
const char *
adaptive_export_open(void)
{
	static const char memory[] = "out of memory";
	const char *wrong = adaptive_config_check(&config);
	uintptr_t base = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
	size_t pages = __builtin_wasm_memory_size(0), wanted;

	if (wrong)
		return wrong;
	wanted = (base + adaptive_size(&config) + PAGE - 1) / PAGE;
	if (wanted > pages && __builtin_wasm_memory_grow(0, wanted - pages) == SIZE_MAX)
		return memory;
	session = adaptive_init((void *)base, &config);
	return NULL;
}

/** A prior of location_sd 0 is none. */
EXPORT(start)
void
adaptive_export_start(uint32_t seed, double location, double location_sd, double slope,
		      double slope_sd)
{
	prior = (struct adaptive_prior){location, location_sd, slope, slope_sd};
	adaptive_start(session, location_sd > 0 ? &prior : NULL, seed);
}

EXPORT(next)
float
adaptive_export_next(void)
{
	return adaptive_next(session);
}

EXPORT(is_probe)
int
adaptive_export_is_probe(void)
{
	return adaptive_is_probe(session);
}

EXPORT(outcome)
void
adaptive_export_outcome(float difficulty, int correct)
{
	adaptive_outcome(session, difficulty, correct != 0);
}

/** Doubles in the order of the names. */
EXPORT(estimate)
const double *
adaptive_export_estimate(void)
{
	adaptive_estimate(session, &estimate);
	return &estimate.threshold;
}
