#include "models/programme/plan.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)
#define EPOCH_MONDAY_MS (4 * DAY_MS) /* 1970-01-05 */
#define NEVER INT64_MAX

/* One session of one phase, as it was played. */
struct slot {
	const struct plan_played
		*chosen; /* the first that was opened: it fixes the choice */
	int64_t done_ms; /* 0: not all items are complete */
};

struct work {
	const struct plan_input *in;
	const struct programme *p;
	struct slot *slots[PROGRAMME_PHASES_MAX];     /* [sessions] each */
	struct pick_known known[PROGRAMME_TASKS_MAX]; /* of the pool in hand */
	int64_t now_ms; /* later than in->now_ms for what lies ahead */
	/* Tasks of sessions that are taken for played now, for what lies ahead. */
	const struct plan_session *assumed[PLAN_AHEAD_MAX + 1];
	int n_assumed;
};

/* Where a phase stands. */
struct standing {
	int64_t start_ms;
	bool over;
	int64_t end_ms; /* when over */
	int done, missed;
	int week_done;
	/* When not over: */
	int number; /* the next session */
	int64_t opens_ms, until_ms;
};

/* ---- what was played ---- */

static int
phase_find(const struct programme *p, const char *name)
{
	for (int i = 0; i < p->n_phases; i++) {
		if (strcmp(p->phases[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* The phase and the slot of a played session, or NULL; *item is its number. */
static struct slot *
slot_of(struct work *w, const struct plan_played *s, int *item)
{
	char name[PROGRAMME_NAME_MAX + 1];
	int phase, number;

	if (!s->item || !programme_item_read(s->item, name, &number, item))
		return NULL;
	phase = phase_find(w->p, name);
	if (phase < 0 || !w->slots[phase] || number > w->p->phases[phase].sessions)
		return NULL;
	return &w->slots[phase][number - 1];
}

/* The earliest completion of one item, or 0. */
static int64_t
item_done_ms(const struct work *w, const char *name, struct uuid *session_id)
{
	int64_t done = 0;

	memset(session_id, 0, sizeof(*session_id));
	for (int i = 0; i < w->in->n_played; i++) {
		const struct plan_played *s = &w->in->played[i];

		if (!s->item || strcmp(s->item, name) != 0 || done)
			continue;
		*session_id = s->session_id;
		done = s->complete ? s->completed_ms : 0;
	}
	return done;
}

static int
items_of(const struct programme_phase *phase, const struct slot *slot)
{
	if (slot->chosen && slot->chosen->n_picked > 0)
		return slot->chosen->n_picked;
	return phase->pick ? phase->pick : phase->n_tasks;
}

static void
slot_finish(const struct work *w, int phase, int number)
{
	struct slot *slot = &w->slots[phase][number - 1];
	const struct programme_phase *ph = &w->p->phases[phase];
	int n = items_of(ph, slot);
	struct uuid id;
	int64_t last = 0;

	for (int i = 1; i <= n; i++) {
		char name[PROGRAMME_ITEM_MAX + 1];
		int64_t done;

		programme_item_write(name, ph->name, number, i);
		done = item_done_ms(w, name, &id);
		if (!done)
			return;
		last = done > last ? done : last;
	}
	slot->done_ms = last;
}

static enum camp_err
read_played(struct work *w)
{
	for (int i = 0; i < w->p->n_phases; i++) {
		if (!programme_phase_applies(&w->p->phases[i], w->in->arm))
			continue;
		w->slots[i] =
			calloc((size_t)w->p->phases[i].sessions, sizeof(**w->slots));
		if (!w->slots[i])
			return CAMP_ERR_MEMORY;
	}
	for (int i = 0; i < w->in->n_played; i++) {
		int item;
		struct slot *slot = slot_of(w, &w->in->played[i], &item);

		if (slot && !slot->chosen)
			slot->chosen = &w->in->played[i];
	}
	for (int i = 0; i < w->p->n_phases; i++) {
		for (int k = 1; w->slots[i] && k <= w->p->phases[i].sessions; k++) {
			if (w->slots[i][k - 1].chosen)
				slot_finish(w, i, k);
		}
	}
	return CAMP_OK;
}

/* ---- where a phase stands ---- */

static int64_t
max_ms(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int
week_of(const struct standing *s, int64_t at_ms)
{
	return at_ms < s->start_ms ? 0 : (int)((at_ms - s->start_ms) / WEEK_MS);
}

static int
done_in_week(const struct work *w, const struct programme_phase *phase,
	     const struct slot *slots, const struct standing *s, int week)
{
	int n = 0;

	(void)w;
	for (int k = 0; k < phase->sessions; k++)
		n += slots[k].done_ms && week_of(s, slots[k].done_ms) == week;
	return n;
}

/* The last completion so far, and the gap after it; the start without one. */
static int64_t
earliest(const struct programme_phase *phase, const struct slot *slots,
	 const struct standing *s)
{
	int64_t at = s->start_ms;

	for (int k = 0; k < phase->sessions; k++) {
		if (slots[k].done_ms)
			at = max_ms(at,
				    slots[k].done_ms + phase->min_gap_hours * HOUR_MS);
	}
	return at;
}

/* extend and catch_up: the first that is not done, when the week has room for it. */
static void
stand_open(const struct work *w, const struct programme_phase *phase,
	   const struct slot *slots, struct standing *s)
{
	int week, wanted = phase->per_week * week_of(s, w->now_ms);

	for (s->number = 1; s->number <= phase->sessions; s->number++) {
		if (!slots[s->number - 1].done_ms)
			break;
	}
	if (s->number > phase->sessions) {
		s->over = true;
		for (int k = 0; k < phase->sessions; k++)
			s->end_ms = max_ms(s->end_ms, slots[k].done_ms);
		return;
	}
	wanted = wanted < phase->sessions ? wanted : phase->sessions;
	s->missed = wanted > s->done ? wanted - s->done : 0;
	s->opens_ms = earliest(phase, slots, s);
	if (!phase->per_week)
		return;
	for (;;) {
		week = week_of(s, s->opens_ms);
		if (phase->roll_over == ROLL_CATCH_UP
			    ? s->done < phase->per_week * (week + 1)
			    : done_in_week(w, phase, slots, s, week) < phase->per_week)
			return;
		s->opens_ms = s->start_ms + (week + 1) * WEEK_MS;
	}
}

/* drop: each week has sessions of its own, which its end takes away. */
static void
stand_drop(const struct work *w, const struct programme_phase *phase,
	   const struct slot *slots, struct standing *s)
{
	int weeks = (phase->sessions + phase->per_week - 1) / phase->per_week;
	int now_week = week_of(s, w->now_ms), last_done = 1;
	int64_t from = earliest(phase, slots, s);

	for (int k = 0; k < phase->sessions; k++) {
		int week = k / phase->per_week;
		int64_t week_ms = s->start_ms + week * WEEK_MS;

		if (slots[k].done_ms) {
			s->end_ms = max_ms(s->end_ms, slots[k].done_ms);
			continue;
		}
		if (week == weeks - 1)
			last_done = 0;
		if (week < now_week) {
			s->missed++;
		} else if (!s->number && max_ms(week_ms, from) < week_ms + WEEK_MS) {
			s->number = k + 1;
			s->opens_ms = max_ms(week_ms, from);
			s->until_ms = week_ms + WEEK_MS;
		}
	}
	if (s->number)
		return;
	s->over = true;
	if (!last_done)
		s->end_ms = s->start_ms + weeks * WEEK_MS;
	/* The gap leaves no room before the last week's end. */
	if (s->end_ms > w->now_ms) {
		s->over = w->now_ms >= s->end_ms;
		s->opens_ms = s->end_ms;
	}
}

static struct standing
stand(const struct work *w, int phase_no, int64_t start_ms)
{
	const struct programme_phase *phase = &w->p->phases[phase_no];
	const struct slot *slots = w->slots[phase_no];
	struct standing s = {.start_ms = start_ms};

	for (int k = 0; k < phase->sessions; k++)
		s.done += slots[k].done_ms != 0;
	if (phase->roll_over == ROLL_DROP)
		stand_drop(w, phase, slots, &s);
	else
		stand_open(w, phase, slots, &s);
	s.week_done = phase->per_week
			      ? done_in_week(w, phase, slots, &s, week_of(&s, w->now_ms))
			      : s.done;
	return s;
}

/* ---- one session ---- */

static int
sessions_after(const struct work *w, int64_t at_ms)
{
	int n = 0;

	for (int i = 0; i < w->p->n_phases; i++) {
		for (int k = 0; w->slots[i] && k < w->p->phases[i].sessions; k++)
			n += w->slots[i][k].done_ms > at_ms;
	}
	return n;
}

/* Everything of the pool that was played, assumed sessions included. */
static void
fill_known(struct work *w, const struct programme_phase *phase)
{
	for (int t = 0; t < phase->n_tasks; t++) {
		struct pick_known *k = &w->known[t];
		int64_t last = 0;

		*k = (struct pick_known){.task = phase->tasks[t].name,
					 .uncertainty = NAN};
		for (int i = 0; i < w->in->n_played; i++) {
			const struct plan_played *s = &w->in->played[i];

			if (!s->complete || strcmp(s->task, k->task) != 0)
				continue;
			k->sessions++;
			last = max_ms(last, s->completed_ms);
		}
		for (int a = 0; a < w->n_assumed; a++) {
			for (int i = 0; i < w->assumed[a]->n_items; i++) {
				if (strcmp(w->assumed[a]->items[i].task, k->task) != 0)
					continue;
				k->sessions++;
				last = w->now_ms;
			}
		}
		for (int i = 0; i < w->in->n_knowledge; i++) {
			if (strcmp(w->in->knowledge[i].task, k->task) == 0)
				k->uncertainty = w->in->knowledge[i].uncertainty;
		}
		k->days_since = (double)(w->now_ms - last) / (double)DAY_MS;
		k->sessions_since = sessions_after(w, last);
	}
}

static const struct programme_task *
task_find(const struct programme_phase *phase, const char *name)
{
	for (int t = 0; t < phase->n_tasks; t++) {
		if (strcmp(phase->tasks[t].name, name) == 0)
			return &phase->tasks[t];
	}
	return NULL;
}

static void
item_fill(struct plan_item *item, const struct programme_task *task)
{
	if (task) {
		memcpy(item->task, task->name, sizeof(item->task));
		item->parameters = task->parameters;
		item->minutes = task->minutes;
	}
}

/*
 * What was chosen when the session's first item was opened. A task may be there twice
 * with other parameters; the order is then the same as when it was chosen, as only
 * sessions to pick for change with time.
 */
static void
fill_chosen(struct plan_session *out, const struct programme_phase *phase,
	    const struct plan_played *chosen, const struct pick *fresh)
{
	out->n_items = chosen->n_picked < PROGRAMME_TASKS_MAX ? chosen->n_picked
							      : PROGRAMME_TASKS_MAX;
	for (int i = 0; i < out->n_items; i++) {
		struct plan_item *item = &out->items[i];
		const struct programme_task *task = task_find(phase, chosen->picked[i]);

		if (!phase->pick && i < fresh->n &&
		    strcmp(phase->tasks[fresh->task[i]].name, chosen->picked[i]) == 0)
			task = &phase->tasks[fresh->task[i]];
		item->minutes = 1;
		strncpy(item->task, chosen->picked[i], TASK_NAME_MAX);
		item_fill(item, task);
		item->reason.code = PICK_FIXED;
		for (int k = 0; phase->pick && k < phase->n_tasks; k++) {
			if (&phase->tasks[k] == task)
				item->reason = fresh->reason[k];
		}
	}
}

/* Reasons of the whole pool, by place in it, for those that were chosen before. */
static void
reasons_of_pool(struct pick *out, struct work *w, const struct programme_phase *phase,
		int number)
{
	struct programme_phase all = *phase;
	struct pick ranked;

	all.pick = phase->pick ? phase->n_tasks : 0;
	pick_session(&ranked, w->p, &all, number, w->in->join_no, w->known,
		     phase->n_tasks);
	*out = ranked;
	for (int i = 0; phase->pick && i < ranked.n; i++)
		out->reason[ranked.task[i]] = ranked.reason[i];
}

static void
fill_session(struct plan_session *out, struct work *w, int phase_no,
	     const struct standing *s)
{
	const struct programme_phase *phase = &w->p->phases[phase_no];
	const struct slot *slot = &w->slots[phase_no][s->number - 1];
	struct pick pick;

	memset(out, 0, sizeof(*out));
	out->phase = phase_no;
	out->number = s->number;
	out->since_ms = s->opens_ms;
	out->until_ms = s->until_ms;
	fill_known(w, phase);
	if (slot->chosen && slot->chosen->n_picked > 0) {
		reasons_of_pool(&pick, w, phase, s->number);
		fill_chosen(out, phase, slot->chosen, &pick);
	} else {
		pick_session(&pick, w->p, phase, s->number, w->in->join_no, w->known,
			     phase->n_tasks);
		out->n_items = pick.n;
		for (int i = 0; i < pick.n; i++) {
			item_fill(&out->items[i], &phase->tasks[pick.task[i]]);
			out->items[i].reason = pick.reason[i];
		}
	}
	for (int i = 0; i < out->n_items; i++) {
		struct plan_item *item = &out->items[i];

		programme_item_write(item->name, phase->name, s->number, i + 1);
		item->done = item_done_ms(w, item->name, &item->session_id) != 0;
	}
}

/* ---- the plan ---- */

/* The phase that is not over, and where it stands; -1: all are. */
static int
current(const struct work *w, struct standing *s, struct plan *out)
{
	int64_t start = w->in->joined_ms;
	int found = -1;

	for (int i = 0; i < w->p->n_phases; i++) {
		struct standing one;
		struct plan_phase *row;

		if (!w->slots[i])
			continue;
		one = stand(w, i, start + w->p->phases[i].after_days * DAY_MS);
		if (found < 0 && !one.over) {
			found = i;
			*s = one;
		}
		if (out) {
			row = &out->phases[out->n_phases++];
			row->phase = i;
			row->done = one.done;
			row->state = found < 0    ? PHASE_DONE
				     : found == i ? PHASE_CURRENT
						  : PHASE_AHEAD;
			if (found < 0 || found == i)
				out->missed += one.missed;
		}
		if (one.over)
			start = one.end_ms;
	}
	return found;
}

/* Sessions after the one that is due or waited for, as if each were played at once. */
static void
look_ahead(struct work *w, struct plan *out, const struct plan_session *first)
{
	const struct plan_session *last = first;

	while (out->n_ahead < PLAN_AHEAD_MAX) {
		struct plan_session *next = &out->ahead[out->n_ahead];
		struct standing s;
		int phase;

		if (last) {
			w->now_ms = max_ms(w->now_ms, last->since_ms);
			w->slots[last->phase][last->number - 1].done_ms = w->now_ms;
			w->assumed[w->n_assumed++] = last;
		}
		phase = current(w, &s, NULL);
		if (phase < 0 || s.number == 0)
			return;
		fill_session(next, w, phase, &s);
		next->not_before_ms = max_ms(s.opens_ms, w->now_ms);
		out->n_ahead++;
		last = next;
	}
}

static void
make(struct work *w, struct plan *out)
{
	struct standing s;
	int phase = current(w, &s, out);

	if (phase < 0) {
		out->state = PLAN_FINISHED;
		return;
	}
	out->week_wanted = w->p->phases[phase].per_week ? w->p->phases[phase].per_week
							: w->p->phases[phase].sessions;
	out->week_done = s.week_done;
	if (s.number && s.opens_ms <= w->now_ms) {
		out->state = PLAN_DUE;
		fill_session(&out->due, w, phase, &s);
		look_ahead(w, out, &out->due);
	} else {
		out->state = PLAN_WAIT;
		out->next_ms = s.opens_ms;
		look_ahead(w, out, NULL);
	}
}

/* Without a programme: sessions since Monday. */
static int
this_week(const struct plan_input *in)
{
	int64_t monday = in->now_ms - (in->now_ms - EPOCH_MONDAY_MS) % WEEK_MS;
	int n = 0;

	for (int i = 0; i < in->n_played; i++)
		n += in->played[i].complete && in->played[i].completed_ms >= monday;
	return n;
}

enum camp_err
plan_make(struct plan *out, const struct plan_input *in)
{
	struct work w = {.in = in, .p = in->programme, .now_ms = in->now_ms};
	enum camp_err err = CAMP_OK;

	memset(out, 0, sizeof(*out));
	plan_streaks(in->played, in->n_played, in->now_ms, &out->streak_days,
		     &out->streak_weeks);
	if (!in->programme) {
		out->state = PLAN_FREE;
		out->week_done = this_week(in);
		return CAMP_OK;
	}
	err = read_played(&w);
	if (err == CAMP_OK)
		make(&w, out);
	for (int i = 0; i < in->programme->n_phases; i++)
		free(w.slots[i]);
	return err;
}

const struct plan_item *
plan_item_find(const struct plan *plan, const char *name,
	       const struct plan_session **session)
{
	for (int s = plan->state == PLAN_DUE ? -1 : 0; s < plan->n_ahead; s++) {
		*session = s < 0 ? &plan->due : &plan->ahead[s];
		for (int i = 0; i < (*session)->n_items; i++) {
			if (strcmp((*session)->items[i].name, name) == 0)
				return &(*session)->items[i];
		}
	}
	*session = NULL;
	return NULL;
}

const char *
plan_state_name(enum plan_state state)
{
	static const char *const names[] = {"due", "wait", "finished", "free"};

	return names[state];
}

const char *
plan_phase_state_name(enum plan_phase_state state)
{
	static const char *const names[] = {"done", "current", "ahead"};

	return names[state];
}

/* ---- streaks ---- */

/* Units in a row with a completion, back from the current one. */
static int
streak(const struct plan_played *played, int n, int64_t now_ms, int64_t unit_ms,
       int64_t offset_ms)
{
	int64_t unit = (now_ms - offset_ms) / unit_ms;
	int length = 0;

	for (int64_t u = unit;; u--) {
		bool there = false;

		for (int i = 0; !there && i < n; i++)
			there = played[i].complete &&
				(played[i].completed_ms - offset_ms) / unit_ms == u;
		if (there)
			length++;
		else if (u != unit)
			return length;
	}
}

void
plan_streaks(const struct plan_played *played, int n, int64_t now_ms, int *days,
	     int *weeks)
{
	*days = streak(played, n, now_ms, DAY_MS, 0);
	*weeks = streak(played, n, now_ms, WEEK_MS, EPOCH_MONDAY_MS);
}
