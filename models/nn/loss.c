#include "models/nn/loss.h"

#include <math.h>
#include <string.h>

#define HALF_LN_2PI 0.91893853320467274178

/*
 * Rows are few and narrow beside the layers, so all is computed in double: the sums over
 * thousands of trials stay exact enough to compare epochs.
 */

static double
sigmoid(double x)
{
	if (x >= 0)
		return 1 / (1 + exp(-x));
	return exp(x) / (1 + exp(x));
}

/* ln(1 + e^x) without overflow. */
static double
softplus(double x)
{
	return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

double
nn_loss_bce(int n, float *dlogit, const float *logit, const float *y)
{
	double sum = 0;

	for (int i = 0; i < n; i++) {
		double l = (double)logit[i];

		dlogit[i] = 0;
		if (isnan(y[i]))
			continue;
		sum += softplus(l) - l * (double)y[i];
		dlogit[i] = (float)(sigmoid(l) - (double)y[i]);
	}
	return sum;
}

/* -ln softmax(logits)[target] and its gradient p - 1(target). */
static double
softmax_row(int classes, float *dlogits, const float *logits, int target)
{
	double max = -INFINITY, total = 0;

	for (int k = 0; k < classes; k++)
		max = fmax(max, (double)logits[k]);
	for (int k = 0; k < classes; k++)
		total += exp((double)logits[k] - max);
	for (int k = 0; k < classes; k++) {
		double p = exp((double)logits[k] - max) / total;

		dlogits[k] = (float)(p - (k == target ? 1 : 0));
	}
	return log(total) - ((double)logits[target] - max);
}

double
nn_loss_softmax(int n, int classes, float *dlogits, const float *logits,
		const int *class_index)
{
	double sum = 0;

	for (int i = 0; i < n; i++) {
		size_t row = (size_t)i * (size_t)classes;

		if (class_index[i] < 0)
			memset(dlogits + row, 0, (size_t)classes * sizeof(*dlogits));
		else
			sum += softmax_row(classes, dlogits + row, logits + row,
					   class_index[i]);
	}
	return sum;
}

static int
largest(int n, const float *x)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		if (x[i] > x[best])
			best = i;
	return best;
}

/* Figures of class k from the confusion matrix. */
static void
report_class(int classes, int k, struct nn_class_report *report)
{
	int hits = report->confusion[k * classes + k], predicted = 0;

	report->support[k] = 0;
	for (int j = 0; j < classes; j++) {
		report->support[k] += report->confusion[k * classes + j];
		predicted += report->confusion[j * classes + k];
	}
	report->precision[k] = predicted ? (double)hits / predicted : NAN;
	report->recall[k] = report->support[k] ? (double)hits / report->support[k] : NAN;
	report->f1[k] = predicted + report->support[k]
				? 2.0 * hits / (predicted + report->support[k])
				: NAN;
}

void
nn_class_report(int n, int classes, const float *logits, const int *class_index,
		struct nn_class_report *report)
{
	int right = 0, counted = 0;
	double sum = 0;

	report->n = 0;
	memset(report->confusion, 0,
	       (size_t)classes * (size_t)classes * sizeof(*report->confusion));
	for (int i = 0; i < n; i++) {
		int truth = class_index[i];
		int guess = largest(classes, logits + (size_t)i * (size_t)classes);

		if (truth < 0)
			continue;
		report->n++;
		report->confusion[truth * classes + guess]++;
		right += guess == truth;
	}
	for (int k = 0; k < classes; k++) {
		report_class(classes, k, report);
		if (!isnan(report->f1[k])) {
			sum += report->f1[k];
			counted++;
		}
	}
	report->accuracy = report->n ? (double)right / report->n : NAN;
	report->macro_f1 = counted ? sum / counted : NAN;
}

double
nn_loss_gaussian(int n, float *dmu, float *da, const float *mu, const float *a,
		 const float *y, float beta)
{
	double sum = 0;

	for (int i = 0; i < n; i++) {
		double precision, z, weight = 1;

		dmu[i] = da[i] = 0;
		if (isnan(y[i]))
			continue;
		precision = exp(-(double)a[i]);
		z = ((double)y[i] - (double)mu[i]) * precision;
		if (beta > 0)
			weight = exp(2 * (double)beta * (double)a[i]);
		sum += HALF_LN_2PI + (double)a[i] + 0.5 * z * z;
		dmu[i] = (float)(-weight * z * precision);
		da[i] = (float)(weight * (1 - z * z));
	}
	return sum;
}

/* One row: the two log densities, and by their difference who is responsible. */
static double
mixture_row(int i, struct nn_mixture_gradient d, struct nn_mixture m, double y)
{
	double u = (double)m.u[i], delta = exp((double)m.v[i]);
	double precision1 = exp(-(double)m.a[i]), precision2 = exp(-(double)m.a2[i]);
	double z1 = (y - (double)m.mu[i]) * precision1;
	double z2 = (y - (double)m.mu[i] - delta) * precision2;
	double ln1 = -softplus(u) - HALF_LN_2PI - (double)m.a[i] - 0.5 * z1 * z1;
	double ln2 = -softplus(-u) - HALF_LN_2PI - (double)m.a2[i] - 0.5 * z2 * z2;
	double slow = sigmoid(ln2 - ln1), fast = sigmoid(ln1 - ln2);

	d.mu[i] = (float)(-fast * z1 * precision1 - slow * z2 * precision2);
	d.a[i] = (float)(fast * (1 - z1 * z1));
	d.u[i] = (float)(sigmoid(u) - slow);
	d.v[i] = (float)(-slow * z2 * precision2 * delta);
	d.a2[i] = (float)(slow * (1 - z2 * z2));
	return -(fmax(ln1, ln2) + log1p(exp(-fabs(ln1 - ln2))));
}

double
nn_loss_mixture(int n, struct nn_mixture_gradient d, struct nn_mixture m, const float *y)
{
	double sum = 0;

	for (int i = 0; i < n; i++) {
		if (isnan(y[i]))
			d.mu[i] = d.a[i] = d.u[i] = d.v[i] = d.a2[i] = 0;
		else
			sum += mixture_row(i, d, m, (double)y[i]);
	}
	return sum;
}
