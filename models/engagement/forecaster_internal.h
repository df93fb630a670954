/** What a forecaster is made of, for the modules that look inside: streams, explanations,
 * adaptation. */
#ifndef MODELS_ENGAGEMENT_FORECASTER_INTERNAL_H
#define MODELS_ENGAGEMENT_FORECASTER_INTERNAL_H

#include "models/engagement/forecaster.h"
#include "models/engagement/model.h"
#include "models/engagement/model_file.h"

struct forecaster {
	struct model model;
	struct model_values values;
	struct nn_weights weights;
	struct nn_checkpoint_text *texts; /* copies of the file's */
	int n_texts;
	char version[17];
};

struct forecast_work {
	struct nn_arena arena; /* of model.work */
	struct token_rows rows;
	struct model_window window;
};

/** forecast_run() with rows left out (an epoch mask is needed if the model has no EEG).
 */
CAMP_MUST_CHECK enum camp_err
forecast_run_masked(const struct forecaster *f, struct forecast_work *w,
		    const struct sequence *s, enum forecast_by by, struct rows_mask mask,
		    struct forecast *out);

#endif
