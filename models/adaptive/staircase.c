#include "models/adaptive/staircase.h"

#include <math.h>

#define REVERSALS_DROPPED 2

static const struct {
	double ratio, target;
} rules[STAIRCASE_DOWN_MAX] = {{0.2845, 0.7785},
			       {0.5488, 0.8035},
			       {0.7393, 0.8315},
			       {0.8415, 0.8584}};

double
staircase_ratio(int n_down)
{
	return rules[n_down - 1].ratio;
}

double
staircase_target(int n_down)
{
	return rules[n_down - 1].target;
}

double
staircase_weight(double target)
{
	return (1 - target) / target;
}

static double
within(const struct staircase *s, double level)
{
	return level < s->min ? s->min : level > s->max ? s->max : level;
}

void
staircase_start(struct staircase *s, double level)
{
	s->level = within(s, level);
	s->run = 0;
	s->direction = 0;
	s->reversals = 0;
	s->averaged = 0;
	s->reversal_sum = 0;
	s->reversal_squares = 0;
}

static void
move(struct staircase *s, int direction)
{
	double step;

	if (s->direction == -direction) {
		if (s->reversals >= REVERSALS_DROPPED) {
			s->averaged++;
			s->reversal_sum += s->level;
			s->reversal_squares += s->level * s->level;
		}
		s->reversals++;
	}
	s->direction = direction;
	step = s->reversals < REVERSALS_DROPPED ? s->first : s->step;
	if (direction > 0)
		step *= s->ratio;
	s->level = within(s, s->level + direction * s->harder * step);
}

void
staircase_outcome(struct staircase *s, bool correct)
{
	if (!correct) {
		s->run = 0;
		move(s, -1);
	} else if (++s->run >= s->n_down) {
		s->run = 0;
		move(s, 1);
	}
}

double
staircase_mean(const struct staircase *s)
{
	return s->averaged < 2 ? NAN : s->reversal_sum / s->averaged;
}

double
staircase_error(const struct staircase *s)
{
	double mean = staircase_mean(s), n = s->averaged, variance;

	if (s->averaged < 3)
		return NAN;
	variance = (s->reversal_squares - n * mean * mean) / (n - 1);
	return sqrt(variance > 0 ? variance / n : 0);
}
