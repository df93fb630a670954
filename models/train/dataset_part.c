#include "models/train/dataset_part.h"

static enum camp_err
copy_sequence(struct dataset *out, const struct dataset *data,
	      const struct dataset_sequence *from)
{
	const struct sequence *s = &from->s;
	struct dataset_row row = {.participant = data->participants[from->participant],
				  .session = from->session,
				  .task = data->tasks[s->task]};
	int epoch = 0;

	for (int i = 0; i < s->n; i++) {
		enum camp_err err;

		row.number = i;
		row.trial = s->trials[i];
		row.condition = data->conditions[s->trials[i].condition].name;
		row.epoch = NULL;
		/* One at most lies before each trial: see struct dataset_row. */
		if (epoch < s->n_epochs && s->epochs[epoch].before_trial <= i)
			row.epoch = &s->epochs[epoch++];
		err = dataset_add(out, &row);
		if (err != CAMP_OK)
			return err;
	}
	return CAMP_OK;
}

enum camp_err
dataset_without(struct dataset *out, const struct dataset *data, enum dataset_split split)
{
	enum camp_err err = CAMP_OK;

	for (int i = 0; err == CAMP_OK && i < data->n_sequences; i++) {
		if (data->sequences[i].split != split)
			err = copy_sequence(out, data, &data->sequences[i]);
	}
	return err == CAMP_OK ? dataset_finish(out) : err;
}
