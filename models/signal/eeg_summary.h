/**
 * What is computed from summaries of EEG: band power per channel and epoch.
 *
 * A channel of an epoch is *usable* when its quality is not given or at least
 * EEG_QUALITY_MIN. A figure leaves out the channels that are not usable and those that
 * lack one of the bands it needs (NAN). Pure: no memory, no errors; what is not defined
 * is NAN.
 */
#ifndef MODELS_SIGNAL_EEG_SUMMARY_H
#define MODELS_SIGNAL_EEG_SUMMARY_H

#include <stddef.h>

#include "base/eeg.h"
#include "models/signal/eeg_channel.h"

#define EEG_QUALITY_MIN 0.5f
#define EEG_SUMMARY_EPOCHS_MIN 16 /* below it a session's standard error is NAN */

/** log10 of a power in uV^2 and back. NAN stays NAN; power <= 0 has no logarithm: NAN. */
double eeg_log_power(double power_uv2);
double eeg_power_uv2(double log_power);

/**
 * The figures of an epoch from its log_power and quality: for each usable channel the
 * ratio of powers in uV^2, beta / (alpha + theta) (Pope, Bogart and Bartolome 1995, Biol.
 * Psychol. 40: 187-195) and theta / beta; the value is the mean of the channels' ratios,
 * the standard error sd / sqrt(n) over the channels, which needs two of them. Channels of
 * one head are not independent, so it tells how far the channels agree rather than how
 * the figure would vary between recordings.
 */
void eeg_epoch_figures(struct eeg_epoch *epoch, int n_channels);

/**
 * Mean of a session's epochs, without those that are NAN, and its standard error.
 *
 * Neighbouring epochs resemble each other (they overlap, or the state of a person lasts),
 * so sd / sqrt(n) would claim too much. The epochs are cut in their order into
 * floor(sqrt(n)) blocks of nearly equal length, and the standard error is the sd of the
 * blocks' means over the root of their number (batch means; Flegal and Jones 2010, Ann.
 * Statist. 38: 1034-1070). NAN with fewer than EEG_SUMMARY_EPOCHS_MIN epochs.
 */
struct eeg_figure eeg_session_figure(const double *values, size_t n);

/**
 * Mean log10 power of the usable channels of each region and band; NAN where a region has
 * none. out is [EEG_POSTERIOR + 1][EEG_BANDS]; region[c] as eeg_region_of().
 */
void eeg_epoch_regions(const struct eeg_epoch *epoch, int n_channels, const int *region,
		       float out[][EEG_BANDS]);

#endif
