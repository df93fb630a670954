/** Summaries of EEG: band power per channel, and what is computed from it. */
#ifndef MODELS_SIGNAL_EEG_SUMMARY_H
#define MODELS_SIGNAL_EEG_SUMMARY_H

#include "models/signal/eeg_channel.h"

#endif
