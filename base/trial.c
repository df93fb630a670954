#include "base/trial.h"

#include <string.h>

static const char *const flag_names[] = {"touch",   "frames_dropped", "blurred",
					 "resumed", "catch",          "timeout"};

#define N_FLAGS (sizeof(flag_names) / sizeof(flag_names[0]))

uint16_t
trial_flag_from_name(const char *name, size_t len)
{
	for (size_t i = 0; i < N_FLAGS; i++) {
		if (strlen(flag_names[i]) == len && memcmp(flag_names[i], name, len) == 0)
			return (uint16_t)(1u << i);
	}
	return 0;
}

const char *
trial_flag_name(uint16_t bit)
{
	for (size_t i = 0; i < N_FLAGS; i++) {
		if (bit == 1u << i)
			return flag_names[i];
	}
	return NULL;
}
