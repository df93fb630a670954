/**
 * Personal adaptation: what a model learns about one person from finished sessions, while
 * its own weights stay as they are.
 *
 * Learned are low-rank changes of the query and value rows of each Transformer layer's
 * attention (models/nn/lora.h) and three biases of the heads: of the log odds of being
 * correct, of mu and of ln sigma. Encoders without attention have the biases alone. About
 * 8 kB a person for a width of 64 and two layers.
 *
 * Whether it helps is judged prequentially: each finished session is forecast with and
 * without what was learned from the sessions before it, both before anything is learned
 * from this one. What does not win is dropped, and learning begins anew.
 *
 * Sources: Hu et al. (2021), arXiv 2106.09685 (LoRA); Dawid (1984), J R Stat Soc A 147
 * (prequential).
 */
#ifndef MODELS_TRAIN_ADAPT_H
#define MODELS_TRAIN_ADAPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/errors.h"
#include "models/engagement/forecaster.h"
#include "models/nn/arena.h"

#define ADAPT_RANK 4
#define ADAPT_STEPS 20 /* of AdamW, a session */
/* Sessions with fewer outcomes neither judge nor teach. */
#define ADAPT_OUTCOMES_MIN 20

/* All zero: nothing is known of the person. */
struct adapt_person {
	struct nn_arena values; /* empty: nothing learned */
	int sessions;           /* learned from since it last began */
	/* Nats won over the model alone in the sessions since, each halved with every
	 * later one: a long winner outlasts a bad day, not a change. */
	double evidence;
	bool in_use; /* it won by enough (2 nats of evidence) to forecast with it */
};

/* What the last session said of what was known before it. */
struct adapt_verdict {
	int n;          /* outcomes: answers and response times */
	double alone;   /* nats, sum over them, by the model alone */
	double adapted; /* with what was learned before; NAN: nothing was */
	bool kept;      /* false with a number in `adapted`: it was dropped */
};

/**
 * A session was finished: judges what is known, drops or keeps it, then learns from the
 * session. s: in the forecaster's numbers (forecaster_task(), forecaster_condition());
 * its EEG is not looked at. Deterministic. Takes about ADAPT_STEPS training passes over
 * the session. Errors: MEMORY; the person is as before then.
 */
CAMP_MUST_CHECK enum camp_err
adapt_session(const struct forecaster *f, struct adapt_person *person,
	      const struct sequence *s, struct adapt_verdict *verdict);

/**
 * The forecaster with the person's changes merged in, to use like any other (its int8
 * matrices, if any, are float32 in it). It borrows from f, which must outlive it; freed
 * by adapt_forecaster_free() only. With nothing learned it forecasts as f's float32
 * weights do. Whoever forecasts asks person->in_use first. Errors: MEMORY.
 */
CAMP_MUST_CHECK enum camp_err
adapt_forecaster_new(struct forecaster **out, const struct forecaster *f,
		     const struct adapt_person *person);
void adapt_forecaster_free(struct forecaster *adapted);

/** As bytes to store (safetensors); *out is the caller's to free(). Errors: MEMORY. */
CAMP_MUST_CHECK enum camp_err
adapt_print(uint8_t **out, size_t *n, const struct forecaster *f,
	    const struct adapt_person *person);
/**
 * Reads them again. Errors: INVALID (why says): not such bytes, or made for another
 * version of the model, and the caller begins with an empty person; MEMORY. *person is
 * empty then.
 */
CAMP_MUST_CHECK enum camp_err
adapt_parse(struct adapt_person *person, const struct forecaster *f, const uint8_t *bytes,
	    size_t n, char *why, size_t why_size);

/** NULL-safe, reusable. */
void adapt_person_clear(struct adapt_person *person);

#endif
