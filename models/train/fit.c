#include "models/train/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "models/engagement/model_file.h"
#include "models/nn/gemm.h"
#include "models/nn/optimiser.h"
#include "models/stats/rng.h"
#include "models/train/fit_internal.h"

#define LINEAR_STEPS 300
#define LINEAR_RATE 1e-2f
#define LINEAR_WARMUP 20
#define WARMUP 50
#define RATE_FLOOR 0.02f
#define CLIP 1.0f
/* Weights are averaged over about the last hundred steps: what is validated and kept. */
#define AVERAGE 0.99
#define VALIDATIONS 30
#define WAY 0.75f /* from an older model to what new data made of it */
#define BATCH_MAX 4096
#define STREAM_ORDER 1000

void
fit_config_default(struct fit_config *c, const struct dataset *data)
{
	int64_t windows = data->n_trials / SEQUENCE_STRIDE;

	*c = (struct fit_config){.encoder = "transformer",
				 .components = 2,
				 .width = 64,
				 .layers = 2,
				 .heads = 4,
				 .ffn = 256,
				 .taps = 3,
				 .dropout = 0.1f,
				 .rate = 2e-3f,
				 .decay = 1e-2f,
				 .batch = 64,
				 .steps = 450,
				 .patience = 12,
				 .seed = 1,
				 .threads = 1};
	for (int i = 0; i < data->n_sequences; i++)
		c->use_eeg = c->use_eeg || data->sequences[i].s.n_epochs > 0;
	/* Large collections are seen four times at least. */
	if (4 * windows / c->batch > c->steps)
		c->steps = 4 * windows / c->batch;
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The windows of one step: the sets take turns, each in an order shuffled every epoch. */
static void
sample(struct fit *f, int set, int64_t nth, int slot)
{
	const struct fit_data *d = &f->sets[set];
	struct fit_sampler *s = &f->samplers[set];
	int64_t epoch = nth / d->n_windows;

	if (s->epoch != epoch) {
		struct rng rng;

		for (int i = 0; i < d->n_windows; i++)
			s->order[i] = i;
		rng_seed(&rng, f->config->seed,
			 STREAM_ORDER + (uint64_t)epoch * 2 + (uint64_t)set);
		rng_shuffle(&rng, s->order, (uint32_t)d->n_windows);
		s->epoch = epoch;
	}
	f->batch_data[slot] = d;
	f->batch_window[slot] = s->order[nth % d->n_windows];
}

static void
fill_batch(struct fit *f, int64_t step)
{
	int old = f->n_sets == 2 ? f->config->batch / 2 : 0;
	int fresh = f->config->batch - old;

	for (int i = 0; i < fresh; i++)
		sample(f, 0, step * fresh + i, i);
	for (int i = 0; i < old; i++)
		sample(f, 1, step * old + i, fresh + i);
}

static void
update_average(const struct fit_phase *p)
{
	double t = (double)p->step;
	float rate = 1 - (float)fmin(AVERAGE, (1 + t) / (10 + t));

	for (size_t i = 0; i < p->plan->floats; i++)
		p->average.base[i] += rate * (p->theta.base[i] - p->average.base[i]);
}

static enum camp_err
train_step(struct fit *f, int phase)
{
	struct nn_adamw adamw = {0.9f, 0.999f, 1e-8f, f->config->decay};
	struct fit_phase *p = &f->phases[phase];
	struct fit_batch batch = {.linear = phase == PHASE_LINEAR,
				  .theta = p->theta.base,
				  .n = f->config->batch,
				  .data = f->batch_data,
				  .window = f->batch_window,
				  .seed = f->config->seed + (uint64_t)phase,
				  .step = p->step,
				  .beta = f->config->beta,
				  .eeg = f->model.config.eeg};
	float rate =
		nn_schedule_cosine(p->step, p->warmup, p->steps, p->rate, RATE_FLOOR);
	struct heads_loss loss;
	enum camp_err err;

	fill_batch(f, p->step);
	err = fit_gradient(&f->passes, &batch, f->gradient.base, &loss);
	if (err != CAMP_OK)
		return err;
	p->step++;
	/* A batch without a finite gradient moves nothing. */
	if (!isnan(nn_clip(p->plan, f->gradient.base, CLIP)))
		nn_adamw_step(p->plan, adamw, p->step, rate, p->theta.base, p->first.base,
			      p->second.base, f->gradient.base);
	update_average(p);
	f->loss_sum += loss.correct / (double)(loss.n_correct ? loss.n_correct : 1) +
		       loss.rt / (double)(loss.n_rt ? loss.n_rt : 1);
	f->loss_steps++;
	f->trials += loss.n_correct;
	return CAMP_OK;
}

/* Both sets' validation people, each set with the same weight. */
static enum camp_err
validate(struct fit *f, int phase, double *nll_correct, double *nll_rt)
{
	struct fit_phase *p = &f->phases[phase];

	*nll_correct = *nll_rt = 0;
	for (int i = 0; i < f->n_sets; i++) {
		struct heads_loss loss;
		enum camp_err err =
			fit_validate(&f->passes, &f->sets[i], phase == PHASE_LINEAR,
				     p->average.base, f->model.config.eeg, &loss);

		if (err != CAMP_OK)
			return err;
		*nll_correct += loss.correct /
				(double)(loss.n_correct ? loss.n_correct : 1) / f->n_sets;
		*nll_rt += loss.rt / (double)(loss.n_rt ? loss.n_rt : 1) / f->n_sets;
	}
	return CAMP_OK;
}

static void
keep_if_best(struct fit_phase *p, double nll_correct, double nll_rt)
{
	double loss = nll_correct + nll_rt;

	if (!(loss < p->best_loss)) {
		p->stalled++;
		return;
	}
	p->stalled = 0;
	p->best_loss = loss;
	p->best_step = p->step;
	p->nll_correct = nll_correct;
	p->nll_rt = nll_rt;
	memcpy(p->best.base, p->average.base, p->plan->floats * sizeof(float));
}

static bool
tell(struct fit *f, int phase, bool validated, double nll_correct, double nll_rt)
{
	struct fit_phase *p = &f->phases[phase];
	double elapsed = now_s() - f->started_s;
	struct fit_progress now = {
		.phase = phase == PHASE_LINEAR ? "linear" : f->model.config.encoder,
		.step = p->step,
		.steps = p->steps,
		.epoch = 1 + (int)((p->step * f->config->batch - 1) /
				   f->sets[0].n_windows / f->n_sets),
		.loss = f->loss_steps ? f->loss_sum / (double)f->loss_steps : NAN,
		.validated = validated,
		.nll_correct = nll_correct,
		.nll_rt = nll_rt,
		.best = p->best_loss,
		.trials_per_s = elapsed > 0 ? (double)f->trials / elapsed : 0,
		.seconds_left = NAN,
	};

	if (f->loss_steps > 0 && elapsed > 0 && f->trials > 0)
		now.seconds_left = (double)(p->steps - p->step) *
				   (double)f->config->batch * SEQUENCE_WINDOW /
				   now.trials_per_s;
	if (validated) {
		f->loss_sum = 0;
		f->loss_steps = 0;
	}
	return !f->report || f->report(f->arg, &now);
}

/* Runs a phase to its end; *stopped when the report wished so. */
static enum camp_err
run_phase(struct fit *f, int phase, const char *state_path, bool *stopped)
{
	struct fit_phase *p = &f->phases[phase];
	bool judged = f->sets[0].n_validation > 0;
	double nll_correct = NAN, nll_rt = NAN;
	enum camp_err err = CAMP_OK;

	f->started_s = now_s();
	f->trials = 0;
	if (p->step == 0) {
		memcpy(p->average.base, p->theta.base, p->plan->floats * sizeof(float));
		p->best_loss = INFINITY;
		if (judged)
			err = validate(f, phase, &nll_correct, &nll_rt);
		keep_if_best(p, judged ? nll_correct : 0, judged ? nll_rt : 0);
	}
	while (err == CAMP_OK && !p->done) {
		bool look;

		if (p->step >= p->steps ||
		    (p->patience > 0 && p->stalled >= p->patience)) {
			p->done = true;
			break;
		}
		err = train_step(f, phase);
		if (err != CAMP_OK)
			break;
		look = p->step % p->validate_every == 0 || p->step == p->steps;
		if (look && judged)
			err = validate(f, phase, &nll_correct, &nll_rt);
		if (look && judged && err == CAMP_OK)
			keep_if_best(p, nll_correct, nll_rt);
		/* First told, then kept: who is killed between the two hears it twice. */
		if (err == CAMP_OK && !tell(f, phase, look, nll_correct, nll_rt)) {
			*stopped = true;
			return CAMP_OK;
		}
		if (look && state_path && err == CAMP_OK)
			err = fit_state_write(f, state_path);
	}
	/* Nobody to judge: the baseline is kept as it ended, the encoder is not trusted.
	 */
	if (err == CAMP_OK && !judged && phase == PHASE_LINEAR)
		memcpy(p->best.base, p->average.base, p->plan->floats * sizeof(float));
	return err;
}

/* The encoder's heads begin as the linear baseline, their part of h at zero. */
static void
start_encoder_from_linear(struct fit *f)
{
	const struct fit_phase *from = &f->phases[PHASE_LINEAR];
	const struct fit_phase *to = &f->phases[PHASE_ENCODER];
	const struct heads *a = &f->model.linear, *b = &f->model.head;
	size_t n = (size_t)a->n_conditions;

	memcpy(to->theta.base + b->features, from->best.base + a->features,
	       HEAD_OUTPUTS * TOKEN_FEATURES * sizeof(float));
	memcpy(to->theta.base + b->condition, from->best.base + a->condition,
	       n * HEAD_RAW * sizeof(float));
	memcpy(to->theta.base + b->previous, from->best.base + a->previous,
	       n * HEAD_OUTPUTS * sizeof(float));
}

static void
plan_phases(struct fit *f)
{
	struct fit_phase *linear = &f->phases[PHASE_LINEAR];
	struct fit_phase *encoder = &f->phases[PHASE_ENCODER];
	bool again = f->config->continue_from != NULL;

	linear->steps = LINEAR_STEPS;
	linear->warmup = LINEAR_WARMUP;
	linear->rate = again ? LINEAR_RATE / 4 : LINEAR_RATE;
	linear->validate_every = LINEAR_STEPS / VALIDATIONS;
	linear->patience = 10;
	encoder->steps = f->config->steps;
	encoder->warmup = f->config->steps > 4 * WARMUP ? WARMUP : f->config->steps / 4;
	encoder->rate = again ? f->config->rate / 4 : f->config->rate;
	encoder->validate_every =
		f->config->steps > VALIDATIONS ? f->config->steps / VALIDATIONS : 1;
	encoder->patience = f->config->patience;
	if (strcmp(f->model.config.encoder, "linear") == 0 ||
	    f->sets[0].n_validation == 0)
		encoder->steps = 0;
}

static void
write_identity(struct fit *f)
{
	const struct fit_config *c = f->config;

	snprintf(f->identity, sizeof(f->identity),
		 "%s components %d width %d layers %d heads %d ffn %d taps %d dropout %a "
		 "rate %a decay %a beta %a batch %d steps %lld patience %d seed %llu "
		 "threads "
		 "%d eeg %d data %016llx replay %016llx from %s",
		 c->encoder, c->components, c->width, c->layers, c->heads, c->ffn,
		 c->taps, (double)c->dropout, (double)c->rate, (double)c->decay,
		 (double)c->beta, c->batch, (long long)c->steps, c->patience,
		 (unsigned long long)c->seed, c->threads, c->use_eeg,
		 (unsigned long long)f->data->hash,
		 (unsigned long long)(c->replay ? c->replay->hash : 0),
		 c->continue_from ? c->continue_from : "new");
}

static enum camp_err
check_config(struct fit *f)
{
	const struct fit_config *c = f->config;
	const char *problem = NULL;

	if (c->batch < 1 || c->batch > BATCH_MAX)
		problem = "the batch must be 1 to 4096 windows";
	else if (c->threads < 1 || c->threads > 256)
		problem = "threads must be 1 to 256";
	else if (!(c->rate > 0 && c->rate < 1) || !(c->decay >= 0 && c->decay < 1))
		problem = "the learning rate must lie between 0 and 1, the decay below 1";
	else if (c->steps < 0)
		problem = "steps must not be negative";
	else if (c->beta != 0 && (c->components != 1 || !(c->beta > 0 && c->beta <= 1)))
		problem = "beta must be 0 to 1, and is for one component only";
	if (problem) {
		snprintf(f->why, f->why_size, "%s", problem);
		return CAMP_ERR_INVALID;
	}
	return CAMP_OK;
}

static enum camp_err
make_sets(struct fit *f)
{
	const struct dataset *data[2] = {f->data, f->config->replay};
	enum camp_err err = CAMP_OK;

	f->n_sets = data[1] ? 2 : 1;
	for (int i = 0; i < f->n_sets && err == CAMP_OK; i++) {
		err = fit_data_make(&f->sets[i], data[i], &f->model.vocabulary);
		if (err == CAMP_OK && f->sets[i].n_windows == 0) {
			snprintf(f->why, f->why_size,
				 "%s has no training participants: the split by their "
				 "names "
				 "left all of them to testing",
				 i == 0 ? "the data" : "the data to replay");
			return CAMP_ERR_INVALID;
		}
		f->samplers[i].epoch = -1;
		f->samplers[i].order =
			calloc((size_t)f->sets[i].n_windows + 1, sizeof(int));
		if (err == CAMP_OK && !f->samplers[i].order)
			err = CAMP_ERR_MEMORY;
	}
	f->batch_data = calloc((size_t)f->config->batch, sizeof(*f->batch_data));
	f->batch_window = calloc((size_t)f->config->batch, sizeof(int));
	if (err == CAMP_OK && (!f->batch_data || !f->batch_window))
		err = CAMP_ERR_MEMORY;
	return err;
}

static enum camp_err
write_model(struct fit *f, const char *path)
{
	const struct fit_phase *p = &f->phases[PHASE_ENCODER];
	const struct fit_phase *linear = &f->phases[PHASE_LINEAR];
	char seed[24], hash[24], metrics[160], of_linear[160], steps[48], trials[24];
	char gain[128];
	struct fit_eeg_gain eeg;
	struct nn_checkpoint_text texts[] = {
		{"seed", seed},           {"data_hash", hash},
		{"train_trials", trials}, {"steps", steps},
		{"validation", metrics},  {"validation_linear", of_linear},
		{"eeg_use", "no"},        {"eeg_gain", gain},
	};
	int n_texts = sizeof(texts) / sizeof(texts[0]);
	enum camp_err err;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)f->config->seed);
	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)f->data->hash);
	snprintf(trials, sizeof(trials), "%lld", (long long)f->sets[0].n_train_trials);
	snprintf(steps, sizeof(steps), "%lld of %lld, best %lld", (long long)p->step,
		 (long long)f->config->steps, (long long)p->best_step);
	snprintf(metrics, sizeof(metrics), "nll_correct %.6f nll_rt %.6f", p->nll_correct,
		 p->nll_rt);
	snprintf(of_linear, sizeof(of_linear), "nll_correct %.6f nll_rt %.6f",
		 linear->nll_correct, linear->nll_rt);
	if (f->model.config.eeg) {
		err = fit_eeg_gain(f, &eeg);
		if (err != CAMP_OK)
			return err;
		snprintf(gain, sizeof(gain),
			 "%.6f nats a trial (%.6f to %.6f), %d people", eeg.gain, eeg.low,
			 eeg.high, eeg.people);
		if (eeg.low > 0)
			texts[n_texts - 2].value = "yes";
	} else {
		n_texts -= 2;
	}
	return model_file_write(path, &f->model, p->best.base, linear->best.base, texts,
				n_texts, NULL, 0, f->why, f->why_size);
}

static void
fit_clear(struct fit *f)
{
	fit_passes_clear(&f->passes);
	for (int i = 0; i < PHASES; i++) {
		struct fit_phase *p = &f->phases[i];

		nn_arena_clear(&p->theta);
		nn_arena_clear(&p->first);
		nn_arena_clear(&p->second);
		nn_arena_clear(&p->average);
		nn_arena_clear(&p->best);
		nn_arena_clear(&p->start);
	}
	nn_arena_clear(&f->gradient);
	for (int i = 0; i < 2; i++) {
		fit_data_clear(&f->sets[i]);
		free(f->samplers[i].order);
	}
	free(f->batch_data);
	free(f->batch_window);
	model_clear(&f->model);
}

static void
fill_result(const struct fit *f, bool stopped, struct fit_result *r)
{
	const struct fit_phase *p = &f->phases[PHASE_ENCODER];
	const struct fit_phase *linear = &f->phases[PHASE_LINEAR];

	*r = (struct fit_result){.finished = !stopped,
				 .steps_done = p->step,
				 .best_step = p->best_step,
				 .nll_correct = p->nll_correct,
				 .nll_rt = p->nll_rt,
				 .linear_nll_correct = linear->nll_correct,
				 .linear_nll_rt = linear->nll_rt};
	for (int i = 0; i < f->model.parameters.n; i++)
		r->n_parameters += f->model.parameters.tensors[i].size;
}

/*
 * A model that went on from an older one is taken only part of the way there: on the line
 * between the two, most of what is new is learnt before much of what is old is lost
 * (Wortsman et al. 2022, robust fine-tuning by averaging weights). Without replay nobody
 * asked for the old.
 */
static enum camp_err
hold_on_to_start(struct fit *f)
{
	enum camp_err err = CAMP_OK;

	for (int i = 0; i < PHASES && err == CAMP_OK; i++) {
		struct fit_phase *p = &f->phases[i];

		if (!p->start.base || p->best_step == 0)
			continue;
		for (size_t k = 0; k < p->plan->floats; k++) {
			float old = p->start.base[k];

			if (!isnan(old))
				p->best.base[k] = old + WAY * (p->best.base[k] - old);
		}
		if (f->sets[0].n_validation == 0)
			continue;
		memcpy(p->average.base, p->best.base, p->plan->floats * sizeof(float));
		err = validate(f, i, &p->nll_correct, &p->nll_rt);
	}
	return err;
}

static enum camp_err
prepare(struct fit *f, const char *state_path)
{
	enum camp_err err = check_config(f);

	if (err == CAMP_OK)
		err = fit_start(f);
	if (err == CAMP_OK)
		err = make_sets(f);
	if (err == CAMP_OK)
		err = fit_passes_init(&f->passes, &f->model, f->config->threads);
	if (err != CAMP_OK)
		return err;
	plan_phases(f);
	write_identity(f);
	return state_path ? fit_state_read(f, state_path) : CAMP_OK;
}

enum camp_err
fit_run(const struct dataset *data, const struct fit_config *config, const char *out_path,
	const char *state_path, fit_report *report, void *arg, struct fit_result *result,
	char *why, size_t why_size)
{
	struct fit f = {.config = config,
			.data = data,
			.report = report,
			.arg = arg,
			.why = why,
			.why_size = why_size};
	bool stopped = false;
	enum camp_err err;

	memset(result, 0, sizeof(*result));
	snprintf(why, why_size, "out of memory");
	nn_gemm_single_thread();
	err = prepare(&f, state_path);
	if (err == CAMP_OK)
		err = run_phase(&f, PHASE_LINEAR, state_path, &stopped);
	if (err == CAMP_OK && !stopped && f.phases[PHASE_ENCODER].step == 0 &&
	    !config->continue_from)
		start_encoder_from_linear(&f);
	if (err == CAMP_OK && !stopped)
		err = run_phase(&f, PHASE_ENCODER, state_path, &stopped);
	if (err == CAMP_OK && stopped && state_path)
		err = fit_state_write(&f, state_path);
	if (err == CAMP_OK && !stopped)
		err = hold_on_to_start(&f);
	if (err == CAMP_OK && !stopped)
		err = write_model(&f, out_path);
	if (err == CAMP_OK && !stopped && state_path)
		unlink(state_path);
	if (err == CAMP_OK)
		fill_result(&f, stopped, result);
	fit_clear(&f);
	return err;
}
