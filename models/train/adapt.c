#include "models/train/adapt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster_internal.h"
#include "models/nn/optimiser.h"
#include "models/train/adapt_plan.h"

#define RATE 0.005f
#define WARMUP 2
#define FLOOR 0.1f
#define CLIP 1.0f
#define FORGETTING 0.5
/* Nats of evidence: seven times likelier with the person's values than without. */
#define EVIDENCE_MIN 2.0

static const struct nn_adamw adamw = {0.9f, 0.999f, 1e-8f, 1e-2f};

/* All that one call needs. */
struct learner {
	const struct model *model;
	const float *base;
	struct adapt_plan plan;
	struct token_rows rows;
	struct model_window window;
	struct nn_arena work;
	struct nn_arena merged, dmerged;                 /* of the model's plan */
	struct nn_arena values, gradient, first, second; /* of the personal plan */
};

static void
learner_clear(struct learner *l)
{
	token_rows_clear(&l->rows);
	nn_arena_clear(&l->work);
	nn_arena_clear(&l->merged);
	nn_arena_clear(&l->dmerged);
	nn_arena_clear(&l->values);
	nn_arena_clear(&l->gradient);
	nn_arena_clear(&l->first);
	nn_arena_clear(&l->second);
	adapt_plan_clear(&l->plan);
}

static enum camp_err
learner_init(struct learner *l, const struct forecaster *f)
{
	size_t model, personal;
	enum camp_err err;

	memset(l, 0, sizeof(*l));
	l->model = &f->model;
	l->base = f->values.parameters.base;
	err = adapt_plan_make(&l->plan, l->model);
	if (err != CAMP_OK)
		return err;
	model = l->model->parameters.floats;
	personal = l->plan.plan.floats;
	if (nn_arena_init(&l->work, l->model->work.floats) != CAMP_OK ||
	    nn_arena_init(&l->merged, model) != CAMP_OK ||
	    nn_arena_init(&l->dmerged, model) != CAMP_OK ||
	    nn_arena_init(&l->values, personal) != CAMP_OK ||
	    nn_arena_init(&l->gradient, personal) != CAMP_OK ||
	    nn_arena_init(&l->first, personal) != CAMP_OK ||
	    nn_arena_init(&l->second, personal) != CAMP_OK)
		return CAMP_ERR_MEMORY;
	return CAMP_OK;
}

/* Trials from..to - 1, of which those before `done` are history only. */
static void
pass_window(struct learner *l, int from, int to, int done, struct heads_loss *loss,
	    float *gradient)
{
	struct nn_weights weights = {.base = l->merged.base};
	struct token_rows *r = &l->rows;

	model_window(&l->window, r, from, to);
	for (int i = 0; i < l->window.n; i++) {
		int row = l->window.from + i;

		if (r->trial[row] < done)
			r->correct[row] = r->y[row] = NAN;
	}
	model_forward(l->model, &weights, l->work.base, &l->window, NULL, NULL);
	model_backward(l->model, &weights, l->work.base, &l->window, NULL, 0, loss,
		       gradient);
}

/*
 * Losses of the session with these values (NULL: the model alone), each trial once and
 * from the window that a forecast takes it from; with gradient, that of their sum.
 */
static enum camp_err
pass(struct learner *l, const struct sequence *s, const float *values,
     struct heads_loss *loss, bool gradient)
{
	const struct rows_mask behaviour_alone = {.epochs = true};
	/* Filled anew each time, as windows take away outcomes that are counted. */
	enum camp_err err = token_rows_fill(&l->rows, &l->model->vocabulary, s, s->n,
					    behaviour_alone);

	memset(loss, 0, sizeof(*loss));
	if (err != CAMP_OK)
		return err;
	if (values)
		adapt_plan_merge(&l->plan, l->model, l->merged.base, l->base, values);
	else
		memcpy(l->merged.base, l->base,
		       l->model->parameters.floats * sizeof(float));
	if (gradient)
		nn_arena_zero(&l->dmerged);
	for (int done = 0; done < s->n;) {
		int from = done == 0 ? 0 : done - (SEQUENCE_WINDOW - SEQUENCE_STRIDE);
		int to = from + SEQUENCE_WINDOW < s->n ? from + SEQUENCE_WINDOW : s->n;

		pass_window(l, from, to, done, loss, gradient ? l->dmerged.base : NULL);
		done = to;
	}
	if (gradient)
		adapt_plan_gradient(&l->plan, l->model, l->gradient.base, l->dmerged.base,
				    values);
	return CAMP_OK;
}

/* Steps on l->values. */
static enum camp_err
learn(struct learner *l, const struct sequence *s)
{
	const struct nn_plan *plan = &l->plan.plan;

	for (int t = 0; t < ADAPT_STEPS; t++) {
		float rate = nn_schedule_cosine(t, WARMUP, ADAPT_STEPS, RATE, FLOOR);
		struct heads_loss loss;
		enum camp_err err = pass(l, s, l->values.base, &loss, true);

		if (err != CAMP_OK)
			return err;
		for (size_t i = 0; i < plan->floats; i++)
			l->gradient.base[i] /= (float)loss.n_correct;
		if (isnan(nn_clip(plan, l->gradient.base, CLIP)))
			break;
		nn_adamw_step(plan, adamw, t + 1, rate, l->values.base, l->first.base,
			      l->second.base, l->gradient.base);
	}
	return CAMP_OK;
}

static enum camp_err
judge(struct learner *l, const struct adapt_person *person, const struct sequence *s,
      struct adapt_verdict *v)
{
	struct heads_loss loss;
	enum camp_err err = pass(l, s, NULL, &loss, false);

	*v = (struct adapt_verdict){.n = (int)(loss.n_correct + loss.n_rt),
				    .alone = loss.correct + loss.rt,
				    .adapted = NAN};
	if (err != CAMP_OK || !person->values.base)
		return err;
	err = pass(l, s, person->values.base, &loss, false);
	v->adapted = loss.correct + loss.rt;
	return err;
}

enum camp_err
adapt_session(const struct forecaster *f, struct adapt_person *person,
	      const struct sequence *s, struct adapt_verdict *verdict)
{
	struct adapt_person next = {0};
	struct learner l;
	enum camp_err err = learner_init(&l, f);

	memset(verdict, 0, sizeof(*verdict));
	if (err == CAMP_OK)
		err = judge(&l, person, s, verdict);
	if (err != CAMP_OK || verdict->n < ADAPT_OUTCOMES_MIN) {
		verdict->kept = err == CAMP_OK && person->values.base;
		goto out;
	}
	next.evidence = FORGETTING * person->evidence + verdict->alone - verdict->adapted;
	/* Also false when there was nothing to judge (NAN). */
	verdict->kept = next.evidence > 0;
	if (verdict->kept) {
		next.sessions = person->sessions;
		next.in_use = next.evidence > EVIDENCE_MIN;
		memcpy(l.values.base, person->values.base,
		       l.values.floats * sizeof(*l.values.base));
	} else {
		next.evidence = 0;
		adapt_plan_start(&l.plan, l.values.base);
	}
	err = learn(&l, s);
	if (err != CAMP_OK)
		goto out;
	next.sessions++;
	next.values = l.values;
	memset(&l.values, 0, sizeof(l.values));
	adapt_person_clear(person);
	*person = next;
out:
	learner_clear(&l);
	return err;
}

void
adapt_person_clear(struct adapt_person *person)
{
	nn_arena_clear(&person->values);
	memset(person, 0, sizeof(*person));
}

enum camp_err
adapt_forecaster_new(struct forecaster **out, const struct forecaster *f,
		     const struct adapt_person *person)
{
	struct adapt_plan plan;
	struct forecaster *adapted = NULL;
	enum camp_err err = adapt_plan_make(&plan, &f->model);

	*out = NULL;
	if (err != CAMP_OK)
		return err;
	adapted = malloc(sizeof(*adapted));
	err = CAMP_ERR_MEMORY;
	if (!adapted)
		goto out;
	*adapted = *f;
	err = nn_arena_init(&adapted->values.parameters, f->model.parameters.floats);
	if (err != CAMP_OK)
		goto out;
	if (person->values.base)
		adapt_plan_merge(&plan, &f->model, adapted->values.parameters.base,
				 f->values.parameters.base, person->values.base);
	else
		memcpy(adapted->values.parameters.base, f->values.parameters.base,
		       f->model.parameters.floats * sizeof(float));
	adapted->values.int8 = NULL;
	adapted->values.scales = NULL;
	adapted->values.packed = (struct nn_arena){0};
	adapted->weights = model_weights(&adapted->values);
	*out = adapted;
	adapted = NULL;
out:
	free(adapted);
	adapt_plan_clear(&plan);
	return err;
}

void
adapt_forecaster_free(struct forecaster *adapted)
{
	if (!adapted)
		return;
	nn_arena_clear(&adapted->values.parameters);
	free(adapted);
}
