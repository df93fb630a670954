/**
 * Where an EEG channel sits: the places of the 10-10 system and their regions.
 *
 * Names are those of the 10-10 system (Oostenveld and Praamstra 2001, Clin. Neurophysiol.
 * 112: 713-719), without the earlobes and mastoids, which are references rather than
 * places of the scalp. T3, T4, T5 and T6 of the older 10-20 system (Jasper 1958) are the
 * places T7, T8, P7 and P8. Upper and lower case are the same. Pure: no memory, no
 * errors.
 */
#ifndef MODELS_SIGNAL_EEG_CHANNEL_H
#define MODELS_SIGNAL_EEG_CHANNEL_H

#include <stddef.h>

#define EEG_CHANNEL_NAME_MAX 4 /* bytes, without the zero */

/* Rows of sequence_epoch.log_power (models/engagement/sequence.h). */
enum eeg_region {
	EEG_FRONTAL,   /* Nz, Fp, AF, F */
	EEG_TEMPORAL,  /* FT, T, TP; TP9 and TP10 of a headband behind the ears too */
	EEG_CENTRAL,   /* FC, C, CP */
	EEG_POSTERIOR, /* P, PO, O, I; and T5 and T6, which are P7 and P8 */
};

/** The place that a name means, 0 .. ; -1 for no place. T3 and T7 are the same place. */
int eeg_channel_place(const char *name, size_t len);

/**
 * The name as the system spells it ("FP1" is "Fp1"); an old name stays an old name. NULL
 * for no place. The text is static.
 */
const char *eeg_channel_name(const char *name, size_t len);

/** enum eeg_region of a zero-terminated name, or -1. */
int eeg_region_of(const char *name);

#endif
