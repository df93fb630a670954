/* Whether EEG is worth using: the fused forecast against behaviour alone on validation
 * people. */
#include <math.h>
#include <stdlib.h>

#include "models/stats/bootstrap.h"
#include "models/train/fit_internal.h"

static double
total(const struct heads_loss *loss)
{
	return loss->correct + loss->rt;
}

/* The losses of all validation sequences, a copy of what the next pass overwrites. */
static enum camp_err
losses(struct fit *f, bool eeg, struct heads_loss *of_sequence)
{
	const struct fit_data *d = &f->sets[0];
	struct heads_loss all;
	enum camp_err err = fit_validate(&f->passes, d, false,
					 f->phases[PHASE_ENCODER].best.base, eeg, &all);

	for (int i = 0; i < d->n_validation && err == CAMP_OK; i++)
		of_sequence[i] = f->passes.of_sequence[i];
	return err;
}

enum camp_err
fit_eeg_gain(struct fit *f, struct fit_eeg_gain *out)
{
	const struct fit_data *d = &f->sets[0];
	size_t n = (size_t)d->n_validation + 1;
	struct heads_loss *alone = calloc(n, sizeof(*alone));
	struct heads_loss *fused = calloc(n, sizeof(*fused));
	struct stat_cluster *people =
		calloc((size_t)f->data->n_participants + 1, sizeof(*people));
	struct stat_cluster all = {0, 0};
	struct stat_interval interval;
	enum camp_err err = CAMP_ERR_MEMORY;
	int n_people = 0;

	*out = (struct fit_eeg_gain){0, (double)NAN, (double)NAN, (double)NAN};
	if (!alone || !fused || !people)
		goto out;
	err = losses(f, false, alone);
	if (err == CAMP_OK)
		err = losses(f, true, fused);
	if (err != CAMP_OK)
		goto out;
	for (int i = 0; i < d->n_validation; i++) {
		int sequence = d->validation[i];
		struct stat_cluster *p = &people[d->participant[sequence]];

		if (d->sequences[sequence].n_epochs == 0)
			continue;
		p->sum += total(&alone[i]) - total(&fused[i]);
		p->n += (double)alone[i].n_correct;
	}
	for (int i = 0; i < f->data->n_participants; i++) {
		if (people[i].n < 1)
			continue;
		people[n_people++] = people[i];
		all.sum += people[i].sum;
		all.n += people[i].n;
	}
	out->people = n_people;
	if (n_people > 0)
		out->gain = all.sum / all.n;
	err = stat_bootstrap_clusters(people, (uint32_t)n_people, &interval);
	out->low = interval.low;
	out->high = interval.high;
out:
	free(alone);
	free(fused);
	free(people);
	return err;
}
