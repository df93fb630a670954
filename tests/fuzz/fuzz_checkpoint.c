/*
 * Model files: any bytes are refused with a reason, or read as tensors that print and
 * read again the same; and as a forecaster, which is refused with a reason or forecasts
 * trials, whatever its values are. Input that starts with '{' is a header alone (up to
 * its first NUL byte, data behind it), so that a change of its length is not lost on the
 * length.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "models/engagement/forecaster.h"
#include "models/nn/checkpoint.h"
#include "tests/fuzz/fuzz.h"

/* A copy in memory of its own, so that the sanitizer sees the first byte beyond. */
static uint8_t *
make_file(const uint8_t *data, size_t size, size_t *n)
{
	bool header_alone = size > 0 && data[0] == '{';
	const uint8_t *nul = header_alone ? memchr(data, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	uint8_t *bytes;

	*n = header_alone ? 8 + size - (nul != NULL) : size;
	bytes = malloc(*n ? *n : 1);
	if (!bytes)
		fuzz_fail("out of memory");
	if (!header_alone) {
		if (size)
			memcpy(bytes, data, size);
		return bytes;
	}
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)len >> 8 * i);
	memcpy(bytes + 8, data, len);
	if (nul)
		memcpy(bytes + 8 + len, nul + 1, size - len - 1);
	return bytes;
}

static void
check_tensor(const struct nn_checkpoint_tensor *t, const struct nn_checkpoint *file)
{
	const struct nn_checkpoint_tensor *u = nn_checkpoint_find(file, t->name);
	size_t count = 1;
	float *values;

	if (!u || u->type != t->type || u->n_dims != t->n_dims || u->bytes != t->bytes)
		fuzz_fail("a tensor printed again reads otherwise");
	for (int i = 0; i < t->n_dims; i++) {
		if (u->dims[i] != t->dims[i])
			fuzz_fail("a shape printed again reads otherwise");
		count *= (size_t)t->dims[i];
	}
	if (t->bytes && memcmp(t->data, u->data, t->bytes) != 0)
		fuzz_fail("data printed again reads otherwise");
	values = malloc((count + 1) * sizeof(*values));
	if (!values || nn_checkpoint_values(u, values, count) != CAMP_OK)
		fuzz_fail("a tensor has not as many values as its shape");
	for (size_t i = 0; i < count; i++)
		if (!(values[i] - values[i] == 0))
			fuzz_fail("a value is not finite");
	if (nn_checkpoint_values(u, values, count + 1) != CAMP_ERR_INVALID)
		fuzz_fail("a tensor has more values than its shape");
	free(values);
}

static void
check_again(const struct nn_checkpoint *file)
{
	struct nn_checkpoint again;
	char why[256];
	uint8_t *bytes;
	size_t n;

	if (nn_checkpoint_print(&bytes, &n, file->tensors, file->n_tensors, file->texts,
				file->n_texts) != CAMP_OK)
		fuzz_fail("out of memory");
	/* Escapes make a header longer, perhaps too long. */
	if (nn_checkpoint_parse(&again, bytes, n, why, sizeof(why)) != CAMP_OK) {
		if (!strstr(why, "header would have"))
			fuzz_fail(why);
		free(bytes);
		return;
	}
	if (again.n_tensors != file->n_tensors || again.n_texts != file->n_texts)
		fuzz_fail("there are more or fewer tensors or texts");
	for (int i = 0; i < file->n_tensors; i++)
		check_tensor(&file->tensors[i], &again);
	for (int i = 0; i < file->n_texts; i++) {
		const char *text = nn_checkpoint_text(&again, file->texts[i].key);

		if (!text || strcmp(text, file->texts[i].value) != 0)
			fuzz_fail("a text printed again reads otherwise");
	}
	nn_checkpoint_clear(&again);
}

/* Made-up trials, of the corpus' task if the file has it. */
static void
check_forecasts(const struct forecaster *f)
{
	int task = forecaster_task(f, "sart");
	struct sequence_trial trials[4] = {
		{.correct = true, .rt_ms = 500, .onset_ms = 1000},
		{.rt_ms = NAN, .onset_ms = NAN, .parameters = {NAN, 2, 300, NAN}},
		{.condition = forecaster_condition(f, task, "go"), .rt_ms = 1e4f},
		{.condition = forecaster_condition(f, task, "no-go"), .correct = true},
	};
	struct sequence s = {.n = 4, .trials = trials};
	struct forecast_work *work = forecast_work_new(f);
	struct forecast out[4];

	if (!work)
		return; /* a large model, little memory */
	for (int by = FORECAST_BY_MODEL; by <= FORECAST_BY_LINEAR; by++) {
		s.task = by == FORECAST_BY_MODEL ? task : 0;
		if (forecast_run(f, work, &s, (enum forecast_by)by, true, out) != CAMP_OK)
			fuzz_fail("out of memory");
	}
	forecast_work_free(work);
}

static void
check_forecaster(const uint8_t *bytes, size_t n)
{
	struct forecaster *f;
	char why[256] = "";

	if (forecaster_parse(&f, bytes, n, why, sizeof(why)) == CAMP_OK)
		check_forecasts(f);
	else if (why[0] == '\0' || f)
		fuzz_fail("a refused model has no reason, or is there");
	forecaster_free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nn_checkpoint file;
	char why[256] = "";
	size_t n;
	uint8_t *bytes = make_file(data, size, &n);

	if (nn_checkpoint_parse(&file, bytes, n, why, sizeof(why)) == CAMP_OK) {
		if (why[0] != '\0')
			fuzz_fail("an accepted file has a reason");
		check_again(&file);
		check_forecaster(bytes, n);
		nn_checkpoint_clear(&file);
	} else {
		if (why[0] == '\0' || file.tensors || file.texts || file.n_tensors ||
		    file.header)
			fuzz_fail("a refused file has no reason, or tensors");
		free(bytes);
	}
	return 0;
}
