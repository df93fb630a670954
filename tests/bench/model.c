/*
 * Our side of `./dev bench model`: one encoder at a time, timed on one thread, as told on
 * standard input, a command a line, an answer a line. A time is the fastest of all runs
 * that fit into `seconds`, in seconds a run: CPU time, which is the time that passes when
 * nobody else wants the core. Streamed trials are timed by the clock.
 *
 *   model WIDTH LAYERS [int8]  makes it, with 4 heads, ffn 256, 128 rows; answers "ok"
 *   export FILE      parameters, an input and the output of it, for the peer
 *   window SECONDS   one window of 128 rows
 *   batch SECONDS    64 windows
 *   train SECONDS    64 windows forward and back, and a step of AdamW
 *   stream SECONDS   one trial more, by the cache of keys and values: median and p99
 *   sgemm SECONDS    OpenBLAS at the layers' shapes: GFLOP/s
 *   kernels SECONDS  the kernels of models/nn at the same
 *   flops            of one window
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/engagement/encoder.h"
#include "models/nn/arena.h"
#include "models/nn/gemm.h"
#include "models/nn/kernels/kernels.h"
#include "models/nn/optimiser.h"
#include "models/nn/plan.h"
#include "models/nn/quant.h"
#include "models/stats/rng.h"

enum { ROWS = 128, HEADS = 4, FFN = 256, BATCH = 64, STREAM_MAX = 100000 };

static struct {
	int width, layers;
	struct encoder *encoder;
	struct nn_plan parameters, work;
	struct nn_arena theta, gradients, m, v, room, state;
	struct nn_arena x, dh, dx; /* of a batch; of a window, twice */
	struct nn_weights weights;
	int8_t *int8;
	struct nn_arena scales, packed;
	int position[ROWS];
	int64_t t;
} model;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "model: %s\n", what);
	exit(1);
}

static void
arena(struct nn_arena *a, size_t floats)
{
	nn_arena_clear(a);
	must(nn_arena_init(a, floats) == CAMP_OK, "out of memory");
}

static void
normals(struct nn_arena *a, float sd, struct rng *rng)
{
	for (size_t i = 0; i < a->floats; i++)
		a->base[i] = sd * (float)rng_normal(rng);
}

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
quantise(void)
{
	free(model.int8);
	model.int8 = calloc(1, model.parameters.floats);
	must(model.int8 != NULL, "out of memory");
	arena(&model.scales, model.parameters.floats);
	for (int i = 0; i < model.parameters.n; i++) {
		const struct nn_tensor *t = &model.parameters.tensors[i];

		if (t->n_dims == 2)
			nn_quant_rows(t->dims[0], t->dims[1], model.int8 + t->offset,
				      model.scales.base + t->offset,
				      model.theta.base + t->offset);
	}
	model.weights.int8 = model.int8;
	model.weights.scales = model.scales.base;
}

static void
make(int width, int layers, bool int8)
{
	struct encoder_config c = {.width = width,
				   .layers = layers,
				   .heads = HEADS,
				   .ffn = FFN,
				   .rows_max = ROWS,
				   .positions = ROWS};
	size_t window = (size_t)ROWS * (size_t)width;
	struct rng rng;

	encoder_transformer.free(model.encoder);
	nn_plan_clear(&model.parameters);
	nn_plan_clear(&model.work);
	must(encoder_transformer.make(&model.encoder, &c, &model.parameters,
				      &model.work) == CAMP_OK,
	     "the encoder cannot be made");
	must(model.parameters.err == CAMP_OK && model.work.err == CAMP_OK, "bad plan");
	model.width = width;
	model.layers = layers;
	model.t = 0;
	arena(&model.theta, model.parameters.floats);
	arena(&model.gradients, model.parameters.floats);
	arena(&model.m, model.parameters.floats);
	arena(&model.v, model.parameters.floats);
	arena(&model.room, model.work.floats);
	arena(&model.state, encoder_transformer.state_floats(model.encoder));
	arena(&model.x, BATCH * window);
	arena(&model.dh, window);
	arena(&model.dx, window);
	rng_seed(&rng, 1, 0);
	nn_plan_init_values(&model.parameters, model.theta.base, &rng);
	normals(&model.x, 1, &rng);
	normals(&model.dh, 1e-3f, &rng);
	for (int i = 0; i < ROWS; i++)
		model.position[i] = i;
	model.weights = (struct nn_weights){.base = model.theta.base};
	arena(&model.packed, model.parameters.floats);
	nn_weights_pack(&model.parameters, model.packed.base, model.theta.base);
	model.weights.packed = model.packed.base;
	if (int8)
		quantise();
	puts("ok");
}

static struct encoder_pass
pass(bool forward_only)
{
	return (struct encoder_pass){.n = ROWS,
				     .forward_only = forward_only,
				     .position = model.position,
				     .weights = model.weights,
				     .work = model.room.base};
}

static const float *
window(int i)
{
	struct encoder_pass p = pass(true);

	return encoder_transformer.forward(model.encoder, &p,
					   model.x.base + (size_t)i * ROWS *
								  (size_t)model.width);
}

static void
one_window(void)
{
	window(0);
}

static void
one_batch(void)
{
	for (int i = 0; i < BATCH; i++)
		window(i);
}

static void
one_step(void)
{
	struct nn_adamw o = {.9f, .999f, 1e-8f, 1e-2f};
	struct encoder_pass p = pass(false);

	p.weights.packed = NULL;
	nn_arena_zero(&model.gradients);
	for (int i = 0; i < BATCH; i++) {
		const float *x = model.x.base + (size_t)i * ROWS * (size_t)model.width;

		encoder_transformer.forward(model.encoder, &p, x);
		encoder_transformer.backward(model.encoder, &p, model.dx.base,
					     model.gradients.base, model.dh.base, x);
	}
	nn_adamw_step(&model.parameters, o, ++model.t, 1e-4f, model.theta.base,
		      model.m.base, model.v.base, model.gradients.base);
}

/* Products of one layer, forward. */
static void
one_sgemm(void)
{
	static const int shapes[4][2] = {{3, 1}, {1, 1}, {0, 1}, {1, 0}};
	const float *x = model.x.base;
	float *y = model.room.base;

	for (int i = 0; i < 4; i++) {
		int out = shapes[i][0] ? shapes[i][0] * model.width : FFN;
		int in = shapes[i][1] ? model.width : FFN;

		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, ROWS, out, in, 1, x,
			    in, model.theta.base, in, 0, y, out);
	}
}

static void
one_kernels(void)
{
	static const int shapes[4][2] = {{3, 1}, {1, 1}, {0, 1}, {1, 0}};

	for (int i = 0; i < 4; i++) {
		int out = shapes[i][0] ? shapes[i][0] * model.width : FFN;
		int in = shapes[i][1] ? model.width : FFN;

		nn_gemm_nt(ROWS, out, in, model.room.base, model.x.base, model.theta.base,
			   false);
	}
}

static double
fastest(void (*run)(void), double seconds)
{
	double start = now(CLOCK_PROCESS_CPUTIME_ID), best = 1e9, at = start, next;

	do {
		run();
		next = now(CLOCK_PROCESS_CPUTIME_ID);
		best = next - at < best ? next - at : best;
		at = next;
	} while (at - start < seconds);
	return best;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Windows of ROWS trials, one after the other; all steps are counted. */
static void
stream(double seconds)
{
	static double took[STREAM_MAX];
	double start = now(CLOCK_MONOTONIC), at;
	float h[1024];
	int n = 0;

	do {
		int t = n % ROWS;

		at = now(CLOCK_MONOTONIC);
		encoder_transformer.step(model.encoder, &model.weights, model.state.base,
					 model.room.base, t, t, h,
					 model.x.base + t * model.width);
		took[n++] = now(CLOCK_MONOTONIC) - at;
	} while (at - start < seconds && n < STREAM_MAX);
	qsort(took, (size_t)n, sizeof(*took), by_size);
	printf("%.9g %.9g\n", took[n / 2], took[n - 1 - n / 100]);
}

static double
product_flops(void)
{
	double d = model.width;

	return 2.0 * ROWS * (4 * d * d + 2 * d * FFN);
}

/* Causal attention: half of the squares, diagonal included. */
static double
window_flops(void)
{
	return model.layers *
	       (product_flops() + 2.0 * model.width * (double)(ROWS * (ROWS + 1)));
}

/* A line of JSON that names and shapes what follows it, in this order: float32. */
static void export(const char *path)
{
	FILE *f = fopen(path, "wb");
	size_t n = (size_t)ROWS * (size_t)model.width;

	must(f != NULL, "cannot write the file");
	fputc('[', f);
	for (int i = 0; i < model.parameters.n; i++) {
		const struct nn_tensor *t = &model.parameters.tensors[i];

		fprintf(f, "[\"%s\", [%d%s", t->name, t->dims[0],
			t->n_dims == 2 ? ", " : "");
		if (t->n_dims == 2)
			fprintf(f, "%d", t->dims[1]);
		fprintf(f, "]], ");
	}
	fprintf(f, "[\"x\", [%d, %d]], [\"h\", [%d, %d]]]\n", ROWS, model.width, ROWS,
		model.width);
	for (int i = 0; i < model.parameters.n; i++) {
		const struct nn_tensor *t = &model.parameters.tensors[i];

		fwrite(model.theta.base + t->offset, sizeof(float), t->size, f);
	}
	fwrite(model.x.base, sizeof(float), n, f);
	fwrite(window(0), sizeof(float), n, f);
	must(fclose(f) == 0, "cannot write the file");
	puts("ok");
}

static void
obey(const char *word, const char *rest)
{
	double seconds = atof(rest);

	if (strcmp(word, "export") == 0)
		export(rest);
	else if (strcmp(word, "window") == 0)
		printf("%.9g\n", fastest(one_window, seconds));
	else if (strcmp(word, "batch") == 0)
		printf("%.9g\n", fastest(one_batch, seconds));
	else if (strcmp(word, "train") == 0)
		printf("%.9g\n", fastest(one_step, seconds));
	else if (strcmp(word, "stream") == 0)
		stream(seconds);
	else if (strcmp(word, "sgemm") == 0)
		printf("%.9g\n", product_flops() / fastest(one_sgemm, seconds) / 1e9);
	else if (strcmp(word, "kernels") == 0)
		printf("%.9g\n", product_flops() / fastest(one_kernels, seconds) / 1e9);
	else if (strcmp(word, "flops") == 0)
		printf("%.9g\n", window_flops());
	else
		must(false, "unknown command");
}

int
main(void)
{
	char line[1024], word[16], rest[1000], mode[8];
	int width, layers;

	nn_gemm_single_thread();
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		mode[0] = rest[0] = '\0';
		if (sscanf(line, "model %d %d %7s", &width, &layers, mode) >= 2)
			make(width, layers, strcmp(mode, "int8") == 0);
		else if (sscanf(line, "%15s %999[^\n]", word, rest) >= 1)
			obey(word, rest);
	}
	return 0;
}
