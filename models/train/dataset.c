#include "models/train/dataset.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adding to a table without memory leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* A name, or what a sequence is of: numbers and a session, as bytes. */
struct entry {
	UT_hash_handle hh;
	int at;
	unsigned char key[];
};

/* What a sequence needs only while it grows. */
struct growth {
	int trials_cap, epochs_cap;
	int32_t *numbers; /* [trials_cap] */
};

struct dataset_index {
	struct entry *participants, *tasks, *conditions, *sequences;
	int participants_cap, tasks_cap, conditions_cap, sequences_cap, growth_cap;
	struct growth *growth; /* [n_sequences] */
	int n_growth;
	unsigned char *key; /* scratch */
	size_t key_cap;
};

static uint64_t
fnv1a(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ b[i]) * FNV_PRIME;
	return hash;
}

enum dataset_split
dataset_split_of(const char *participant)
{
	int place = (int)(fnv1a(FNV_BASIS, participant, strlen(participant)) % 100);

	return place < 20 ? SPLIT_TEST : place < 30 ? SPLIT_VALIDATION : SPLIT_TRAIN;
}

/* The lowest byte first on every machine, and one pattern for all NANs. */
static uint64_t
hash_number(uint64_t hash, double value)
{
	unsigned char bytes[8];
	uint64_t bits;

	if (isnan(value))
		value = (double)NAN;
	memcpy(&bits, &value, sizeof(bits));
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(bits >> (8 * i));
	return fnv1a(hash, bytes, sizeof(bytes));
}

static uint64_t
hash_row(uint64_t hash, const struct dataset_row *row)
{
	const char *names[] = {row->participant, row->session, row->task, row->condition};

	for (int i = 0; i < 4; i++)
		hash = fnv1a(hash, names[i], strlen(names[i]) + 1);
	hash = hash_number(hash, row->number);
	hash = hash_number(hash, row->trial.correct);
	hash = hash_number(hash, (double)row->trial.rt_ms);
	hash = hash_number(hash, row->trial.onset_ms);
	for (int i = 0; i < SEQUENCE_PARAMETERS; i++)
		hash = hash_number(hash, (double)row->trial.parameters[i]);
	hash = hash_number(hash, row->epoch != NULL);
	for (int r = 0; row->epoch && r < EEG_REGIONS; r++) {
		for (int b = 0; b < EEG_BANDS; b++)
			hash = hash_number(hash, (double)row->epoch->log_power[r][b]);
	}
	return hash;
}

/*
 * Makes room for one more after n elements of that size; array is the address of the
 * pointer to them, of whatever type, and so is copied as bytes.
 */
static bool
grow(void *array, int *cap, int n, size_t size)
{
	void *old, *more;
	int wanted = *cap ? *cap * 2 : 16;

	if (n < *cap)
		return true;
	if (*cap > INT_MAX / 4)
		return false;
	memcpy(&old, array, sizeof(old));
	more = realloc(old, (size_t)wanted * size);
	if (!more)
		return false;
	memcpy(array, &more, sizeof(more));
	*cap = wanted;
	return true;
}

/* The number of a key, `next` when it is new; -1: memory. */
static int
number_of(struct entry **table, const void *key, size_t len, int next)
{
	struct entry *entry;

	HASH_FIND(hh, *table, key, len, entry);
	if (entry)
		return entry->at;
	entry = malloc(sizeof(*entry) + len);
	if (!entry)
		return -1;
	memcpy(entry->key, key, len);
	entry->at = next;
	HASH_ADD_KEYPTR(hh, *table, entry->key, len, entry);
	if (!entry->hh.tbl) {
		free(entry);
		return -1;
	}
	return next;
}

/* Its bytes: the numbers, then the text. NULL: memory. */
static const unsigned char *
make_key(struct dataset_index *index, const int *numbers, int n, const char *text,
	 size_t *len)
{
	size_t head = (size_t)n * sizeof(*numbers), tail = strlen(text);

	*len = head + tail;
	if (*len > index->key_cap) {
		unsigned char *more = realloc(index->key, *len * 2);

		if (!more)
			return NULL;
		index->key = more;
		index->key_cap = *len * 2;
	}
	memcpy(index->key, numbers, head);
	memcpy(index->key + head, text, tail);
	return index->key;
}

static int
find_participant(struct dataset *data, const char *name)
{
	struct dataset_index *x = data->index;
	int at = number_of(&x->participants, name, strlen(name), data->n_participants);

	if (at < data->n_participants)
		return at;
	if (!grow(&data->participants, &x->participants_cap, at,
		  sizeof(*data->participants)))
		return -1;
	data->participants[at] = strdup(name);
	if (!data->participants[at])
		return -1;
	return data->n_participants++;
}

static int
find_task(struct dataset *data, const char *name)
{
	struct dataset_index *x = data->index;
	int at = number_of(&x->tasks, name, strlen(name), data->n_tasks + 1);

	if (at <= data->n_tasks)
		return at;
	if (!grow(&data->tasks, &x->tasks_cap, at, sizeof(*data->tasks)))
		return -1;
	data->tasks[0] = NULL;
	data->tasks[at] = strdup(name);
	if (!data->tasks[at])
		return -1;
	return ++data->n_tasks;
}

static int
find_condition(struct dataset *data, int task, const char *name)
{
	struct dataset_index *x = data->index;
	const unsigned char *key;
	size_t len;
	int at;

	key = make_key(x, &task, 1, name, &len);
	if (!key)
		return -1;
	at = number_of(&x->conditions, key, len, data->n_conditions + 1);
	if (at <= data->n_conditions)
		return at;
	if (!grow(&data->conditions, &x->conditions_cap, at, sizeof(*data->conditions)))
		return -1;
	data->conditions[0] = (struct dataset_condition){0};
	data->conditions[at].name = strdup(name);
	data->conditions[at].task = task;
	if (!data->conditions[at].name)
		return -1;
	return ++data->n_conditions;
}

static int
find_sequence(struct dataset *data, int participant, int task, const char *session)
{
	struct dataset_index *x = data->index;
	const int numbers[2] = {participant, task};
	const unsigned char *key;
	size_t len;
	int at;

	key = make_key(x, numbers, 2, session, &len);
	if (!key)
		return -1;
	at = number_of(&x->sequences, key, len, data->n_sequences);
	if (at < data->n_sequences)
		return at;
	if (!grow(&data->sequences, &x->sequences_cap, at, sizeof(*data->sequences)) ||
	    !grow(&x->growth, &x->growth_cap, at, sizeof(*x->growth)))
		return -1;
	data->sequences[at] = (struct dataset_sequence){
		.participant = participant,
		.session = strdup(session),
		.split = dataset_split_of(data->participants[participant]),
		.s.task = task,
	};
	if (!data->sequences[at].session)
		return -1;
	x->growth[at] = (struct growth){0};
	x->n_growth = at + 1;
	return data->n_sequences++;
}

static bool
append_trial(struct sequence *s, struct growth *g, const struct dataset_row *row,
	     int condition)
{
	struct sequence_trial *trials = (struct sequence_trial *)s->trials;

	if (s->n == g->trials_cap) {
		int cap = g->trials_cap;

		if (!grow(&trials, &cap, s->n, sizeof(*trials)))
			return false;
		s->trials = trials;
		if (!grow(&g->numbers, &g->trials_cap, s->n, sizeof(*g->numbers)))
			return false;
	}
	trials[s->n] = row->trial;
	trials[s->n].condition = condition;
	g->numbers[s->n] = row->number;
	s->n++;
	return true;
}

/* Before the trial that comes next. */
static bool
append_epoch(struct sequence *s, struct growth *g, const struct sequence_epoch *epoch)
{
	struct sequence_epoch *epochs = (struct sequence_epoch *)s->epochs;

	if (!grow(&epochs, &g->epochs_cap, s->n_epochs, sizeof(*epochs)))
		return false;
	s->epochs = epochs;
	epochs[s->n_epochs] = *epoch;
	epochs[s->n_epochs++].before_trial = s->n;
	return true;
}

enum camp_err
dataset_add(struct dataset *data, const struct dataset_row *row)
{
	static const char *const names[SEQUENCE_PARAMETERS] = {"set_size", "load",
							       "soa_ms", "difficulty"};
	int participant, task, condition, sequence;
	struct sequence *s;
	struct growth *g;

	if (!data->index) {
		data->index = calloc(1, sizeof(*data->index));
		if (!data->index)
			return CAMP_ERR_MEMORY;
		data->hash = FNV_BASIS;
		memcpy(data->parameter_names, names, sizeof(names));
	}
	participant = find_participant(data, row->participant);
	task = find_task(data, row->task);
	if (participant < 0 || task < 0)
		return CAMP_ERR_MEMORY;
	condition = find_condition(data, task, row->condition);
	sequence = find_sequence(data, participant, task, row->session);
	if (condition < 0 || sequence < 0)
		return CAMP_ERR_MEMORY;
	s = &data->sequences[sequence].s;
	g = &data->index->growth[sequence];
	if (row->epoch && !append_epoch(s, g, row->epoch))
		return CAMP_ERR_MEMORY;
	if (!append_trial(s, g, row, condition))
		return CAMP_ERR_MEMORY;
	data->hash = hash_row(data->hash, row);
	data->n_trials++;
	return CAMP_OK;
}

struct place {
	int32_t number;
	int from;
};

static int
by_number(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* The order of trials by number, when that is one: places[0..n). */
static bool
has_order(struct place *places, const int32_t *numbers, int n)
{
	bool ascending = true;

	for (int i = 0; i < n; i++) {
		if (numbers[i] < 0)
			return false;
		ascending = ascending && (i == 0 || numbers[i] > numbers[i - 1]);
		places[i] = (struct place){numbers[i], i};
	}
	if (ascending)
		return false;
	qsort(places, (size_t)n, sizeof(*places), by_number);
	for (int i = 1; i < n; i++) {
		if (places[i].number == places[i - 1].number)
			return false;
	}
	return true;
}

/* An epoch goes where the trial that followed it goes. */
static void
reorder(struct sequence *s, const struct place *places, struct sequence_trial *trials,
	struct sequence_epoch *epochs, int *epoch_of)
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		epoch_of[i] = -1;
	for (int e = 0; e < s->n_epochs; e++)
		epoch_of[s->epochs[e].before_trial] = e;
	for (int i = 0; i < s->n; i++) {
		int from = places[i].from;

		trials[i] = s->trials[from];
		if (epoch_of[from] < 0)
			continue;
		epochs[n] = s->epochs[epoch_of[from]];
		epochs[n++].before_trial = i;
	}
	memcpy((void *)s->trials, trials, (size_t)s->n * sizeof(*trials));
	if (n > 0)
		memcpy((void *)s->epochs, epochs, (size_t)n * sizeof(*epochs));
}

static void
free_table(struct entry **table)
{
	struct entry *entry, *next;

	HASH_ITER(hh, *table, entry, next)
	{
		HASH_DEL(*table, entry);
		free(entry);
	}
}

static void
index_free(struct dataset_index *x)
{
	if (!x)
		return;
	free_table(&x->participants);
	free_table(&x->tasks);
	free_table(&x->conditions);
	free_table(&x->sequences);
	for (int i = 0; i < x->n_growth; i++)
		free(x->growth[i].numbers);
	free(x->growth);
	free(x->key);
	free(x);
}

enum camp_err
dataset_finish(struct dataset *data)
{
	struct sequence_trial *trials;
	struct sequence_epoch *epochs;
	struct place *places;
	enum camp_err err = CAMP_OK;
	int *epoch_of, most = 1;

	for (int i = 0; i < data->n_sequences; i++) {
		if (data->sequences[i].s.n > most)
			most = data->sequences[i].s.n;
	}
	trials = calloc((size_t)most, sizeof(*trials));
	epochs = calloc((size_t)most, sizeof(*epochs));
	places = calloc((size_t)most, sizeof(*places));
	epoch_of = calloc((size_t)most, sizeof(*epoch_of));
	if (!trials || !epochs || !places || !epoch_of) {
		err = CAMP_ERR_MEMORY;
		goto out;
	}
	for (int i = 0; data->index && i < data->n_sequences; i++) {
		struct sequence *s = &data->sequences[i].s;

		if (has_order(places, data->index->growth[i].numbers, s->n))
			reorder(s, places, trials, epochs, epoch_of);
	}
	index_free(data->index);
	data->index = NULL;
out:
	free(trials);
	free(epochs);
	free(places);
	free(epoch_of);
	return err;
}

void
dataset_clear(struct dataset *data)
{
	index_free(data->index);
	for (int i = 0; i < data->n_participants; i++)
		free(data->participants[i]);
	for (int i = 1; i <= data->n_tasks; i++)
		free(data->tasks[i]);
	for (int i = 1; i <= data->n_conditions; i++)
		free(data->conditions[i].name);
	for (int i = 0; i < data->n_sequences; i++) {
		free(data->sequences[i].session);
		free((void *)data->sequences[i].s.trials);
		free((void *)data->sequences[i].s.epochs);
	}
	free(data->participants);
	free(data->tasks);
	free(data->conditions);
	free(data->sequences);
	memset(data, 0, sizeof(*data));
}
