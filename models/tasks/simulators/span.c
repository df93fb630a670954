#include "models/tasks/simulators/span.h"

#include <math.h>

/* Responses of both tasks. */
enum { RIGHT, WRONG };

/* Answers whether the sequence was right. */
static bool
add(struct task_run *run, int condition, double length, double accuracy, double mean_ms)
{
	struct trial t = task_run_draw(run, condition, mean_ms, accuracy);

	t.difficulty = (float)length;
	if (t.response >= 0)
		t.response = t.correct ? RIGHT : WRONG;
	task_run_add(run, t);
	return t.correct;
}

void
task_span_session(struct task_run *run, int condition, double span, double base_ms,
		  double item_ms)
{
	const struct task_definition *def = run->def;
	double slope = def->adaptive.slope_min;
	int trials = task_simulate_parameter(def, "trials", 12);
	int longest = task_simulate_parameter(def, "longest", 9);
	int length = task_simulate_parameter(def, "start_length", 2);

	for (int i = 0; run->adaptive && i < trials && run->err == CAMP_OK; i++) {
		double at = task_run_level(run, length);

		add(run, condition, at, 1 / (1 + exp(slope * (at - span))),
		    base_ms + item_ms * at);
	}
	for (; !run->adaptive && length <= longest && run->err == CAMP_OK; length++) {
		double accuracy = 1 / (1 + exp(slope * (length - span)));
		int wrong = 0, enough = run->count < 2 ? run->count : 2;

		for (int i = 0; i < run->count && wrong < enough; i++)
			wrong += !add(run, condition, length, accuracy,
				      base_ms + item_ms * length);
		if (wrong >= enough)
			return;
	}
}
