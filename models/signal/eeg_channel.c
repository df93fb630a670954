#include "models/signal/eeg_channel.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "models/engagement/sequence.h"

static_assert(EEG_POSTERIOR + 1 == EEG_REGIONS, "a region is a row of log_power");

struct place {
	char name[EEG_CHANNEL_NAME_MAX + 1];
	signed char region;
};

/* From the nose backwards, left to right. */
static const struct place places[] = {
	{"Nz", EEG_FRONTAL},    {"Fp1", EEG_FRONTAL},   {"Fpz", EEG_FRONTAL},
	{"Fp2", EEG_FRONTAL},   {"AF9", EEG_FRONTAL},   {"AF7", EEG_FRONTAL},
	{"AF5", EEG_FRONTAL},   {"AF3", EEG_FRONTAL},   {"AF1", EEG_FRONTAL},
	{"AFz", EEG_FRONTAL},   {"AF2", EEG_FRONTAL},   {"AF4", EEG_FRONTAL},
	{"AF6", EEG_FRONTAL},   {"AF8", EEG_FRONTAL},   {"AF10", EEG_FRONTAL},
	{"F9", EEG_FRONTAL},    {"F7", EEG_FRONTAL},    {"F5", EEG_FRONTAL},
	{"F3", EEG_FRONTAL},    {"F1", EEG_FRONTAL},    {"Fz", EEG_FRONTAL},
	{"F2", EEG_FRONTAL},    {"F4", EEG_FRONTAL},    {"F6", EEG_FRONTAL},
	{"F8", EEG_FRONTAL},    {"F10", EEG_FRONTAL},   {"FT9", EEG_TEMPORAL},
	{"FT7", EEG_TEMPORAL},  {"FC5", EEG_CENTRAL},   {"FC3", EEG_CENTRAL},
	{"FC1", EEG_CENTRAL},   {"FCz", EEG_CENTRAL},   {"FC2", EEG_CENTRAL},
	{"FC4", EEG_CENTRAL},   {"FC6", EEG_CENTRAL},   {"FT8", EEG_TEMPORAL},
	{"FT10", EEG_TEMPORAL}, {"T9", EEG_TEMPORAL},   {"T7", EEG_TEMPORAL},
	{"C5", EEG_CENTRAL},    {"C3", EEG_CENTRAL},    {"C1", EEG_CENTRAL},
	{"Cz", EEG_CENTRAL},    {"C2", EEG_CENTRAL},    {"C4", EEG_CENTRAL},
	{"C6", EEG_CENTRAL},    {"T8", EEG_TEMPORAL},   {"T10", EEG_TEMPORAL},
	{"TP9", EEG_TEMPORAL},  {"TP7", EEG_TEMPORAL},  {"CP5", EEG_CENTRAL},
	{"CP3", EEG_CENTRAL},   {"CP1", EEG_CENTRAL},   {"CPz", EEG_CENTRAL},
	{"CP2", EEG_CENTRAL},   {"CP4", EEG_CENTRAL},   {"CP6", EEG_CENTRAL},
	{"TP8", EEG_TEMPORAL},  {"TP10", EEG_TEMPORAL}, {"P9", EEG_POSTERIOR},
	{"P7", EEG_POSTERIOR},  {"P5", EEG_POSTERIOR},  {"P3", EEG_POSTERIOR},
	{"P1", EEG_POSTERIOR},  {"Pz", EEG_POSTERIOR},  {"P2", EEG_POSTERIOR},
	{"P4", EEG_POSTERIOR},  {"P6", EEG_POSTERIOR},  {"P8", EEG_POSTERIOR},
	{"P10", EEG_POSTERIOR}, {"PO9", EEG_POSTERIOR}, {"PO7", EEG_POSTERIOR},
	{"PO5", EEG_POSTERIOR}, {"PO3", EEG_POSTERIOR}, {"PO1", EEG_POSTERIOR},
	{"POz", EEG_POSTERIOR}, {"PO2", EEG_POSTERIOR}, {"PO4", EEG_POSTERIOR},
	{"PO6", EEG_POSTERIOR}, {"PO8", EEG_POSTERIOR}, {"PO10", EEG_POSTERIOR},
	{"O1", EEG_POSTERIOR},  {"Oz", EEG_POSTERIOR},  {"O2", EEG_POSTERIOR},
	{"I1", EEG_POSTERIOR},  {"Iz", EEG_POSTERIOR},  {"I2", EEG_POSTERIOR},
};

static const struct {
	char name[EEG_CHANNEL_NAME_MAX + 1], now[EEG_CHANNEL_NAME_MAX + 1];
} old_names[] = {{"T3", "T7"}, {"T4", "T8"}, {"T5", "P7"}, {"T6", "P8"}};

static bool
same(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && strncasecmp(known, name, len) == 0;
}

/* Finds a name's entry; *spelled is its text as the system writes it. */
static int
find(const char *name, size_t len, const char **spelled)
{
	*spelled = NULL;
	for (size_t i = 0; i < sizeof(old_names) / sizeof(*old_names); i++)
		if (same(old_names[i].name, name, len)) {
			*spelled = old_names[i].name;
			name = old_names[i].now;
			len = strlen(name);
			break;
		}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (same(places[i].name, name, len)) {
			if (!*spelled)
				*spelled = places[i].name;
			return (int)i;
		}
	return -1;
}

int
eeg_channel_place(const char *name, size_t len)
{
	const char *spelled;

	return find(name, len, &spelled);
}

const char *
eeg_channel_name(const char *name, size_t len)
{
	const char *spelled;

	return find(name, len, &spelled) < 0 ? NULL : spelled;
}

int
eeg_region_of(const char *name)
{
	int place = eeg_channel_place(name, strlen(name));

	return place < 0 ? -1 : places[place].region;
}
