#include "base/eeg.h"

const struct eeg_band_range eeg_bands[EEG_BANDS] = {
	[EEG_DELTA] = {"delta", 1, 4},   [EEG_THETA] = {"theta", 4, 8},
	[EEG_ALPHA] = {"alpha", 8, 13},  [EEG_BETA] = {"beta", 13, 30},
	[EEG_GAMMA] = {"gamma", 30, 45},
};
