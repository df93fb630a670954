#include "server/cli/fit_flags.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "models/engagement/encoder.h"
#include "server/cli/cli.h"

/* How a flag is read into a member of the configuration. */
struct number_flag {
	const char *name, *text;
	double min, max;
	int *whole;   /* either */
	float *share; /* or */
};

static int
read_numbers(const struct number_flag *flags, size_t n, const char *verb)
{
	for (size_t i = 0; i < n; i++) {
		const struct number_flag *f = &flags[i];
		double value;
		long whole;
		int status;

		if (!f->text)
			continue;
		if (f->whole) {
			status = cli_long_flag(verb, f->name, f->text, (long)f->min,
					       (long)f->max, &whole);
			if (status < 0)
				*f->whole = (int)whole;
		} else {
			status = cli_number_flag(verb, f->name, f->text, f->min, f->max,
						 &value);
			if (status < 0)
				*f->share = (float)value;
		}
		if (status >= 0)
			return status;
	}
	return CLI_GO_ON;
}

static int64_t
windows_of(const struct sequence *s)
{
	int beyond = s->n - SEQUENCE_WINDOW;

	return beyond <= 0 ? 1 : 1 + (beyond + SEQUENCE_STRIDE - 1) / SEQUENCE_STRIDE;
}

static int64_t
steps_of_epochs(const struct dataset *data, long epochs, int batch)
{
	int64_t windows = 0;

	for (int i = 0; i < data->n_sequences; i++) {
		if (data->sequences[i].split == SPLIT_TRAIN)
			windows += windows_of(&data->sequences[i].s);
	}
	/* The last step does not begin another pass. */
	return epochs * windows > batch ? epochs * windows / batch : 1;
}

static int
read_length(struct fit_config *config, const struct fit_flags *flags,
	    const struct dataset *data, const char *verb)
{
	long steps = config->steps, epochs = 0, seed = (long)config->seed;
	int status;

	if (flags->epochs && flags->steps)
		return cli_usage(verb, "--epochs and --steps say the same; give one");
	status = cli_long_flag(verb, "epochs", flags->epochs, 1, 100000, &epochs);
	if (status < 0)
		status = cli_long_flag(verb, "steps", flags->steps, 1, 10000000, &steps);
	if (status < 0)
		status = cli_long_flag(verb, "seed", flags->seed, 0, LONG_MAX, &seed);
	config->steps = flags->epochs ? steps_of_epochs(data, epochs, config->batch)
				      : (int64_t)steps;
	config->seed = (uint64_t)seed;
	return status;
}

int
fit_flags_apply(struct fit_config *config, const struct fit_flags *flags,
		const struct dataset *data, const char *verb)
{
	struct number_flag numbers[] = {
		{"components", flags->components, 1, 2, &config->components, NULL},
		{"width", flags->width, 4, 1024, &config->width, NULL},
		{"layers", flags->layers, 1, 24, &config->layers, NULL},
		{"heads", flags->heads, 1, 64, &config->heads, NULL},
		{"batch", flags->batch, 1, 4096, &config->batch, NULL},
		{"patience", flags->patience, 0, 100000, &config->patience, NULL},
		{"threads", flags->threads, 1, 256, &config->threads, NULL},
		{"dropout", flags->dropout, 0, 0.9, NULL, &config->dropout},
		{"rate", flags->rate, 1e-7, 1, NULL, &config->rate},
		{"decay", flags->decay, 0, 1, NULL, &config->decay},
		{"beta", flags->beta, 0, 1, NULL, &config->beta},
	};
	int status;

	fit_config_default(config, data);
	if (flags->encoder && !encoder_kind_find(flags->encoder))
		return cli_usage(verb,
				 "--encoder takes transformer, gru, cnn or linear, not "
				 "\"%s\"",
				 flags->encoder);
	if (flags->encoder)
		config->encoder = flags->encoder;
	config->use_eeg = config->use_eeg && !flags->no_eeg;
	status = read_numbers(numbers, sizeof(numbers) / sizeof(numbers[0]), verb);
	if (status < 0)
		status = read_length(config, flags, data, verb);
	if (status < 0 && strcmp(config->encoder, "transformer") == 0 &&
	    config->width % config->heads != 0)
		return cli_usage(verb, "--width %d is not a multiple of --heads %d",
				 config->width, config->heads);
	return status;
}

int
fit_data_check(const struct dataset *data, int counts[SPLIT_ALL], const char *verb)
{
	memset(counts, 0, SPLIT_ALL * sizeof(*counts));
	for (int i = 0; i < data->n_participants; i++)
		counts[dataset_split_of(data->participants[i])]++;
	if (data->n_participants == 0)
		return cli_usage(verb, "there are no trials to train on");
	if (counts[SPLIT_TRAIN] == 0)
		return cli_usage(verb,
				 "there are no participants for training: of %d, %d are "
				 "for the test and %d for validation, by their names",
				 data->n_participants, counts[SPLIT_TEST],
				 counts[SPLIT_VALIDATION]);
	return CLI_GO_ON;
}

bool
fit_nobody_validates(const int counts[SPLIT_ALL])
{
	return counts[SPLIT_VALIDATION] == 0 &&
	       counts[SPLIT_TRAIN] < FIT_PARTICIPANTS_MIN;
}
