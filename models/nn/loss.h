/**
 * Losses: the mean is the caller's; each returns the sum over rows with weight and writes
 * the gradient of that sum. Rows with a target that is missing (NAN, or class -1) count
 * nothing, gradient 0.
 *
 * Sources: Nix & Weigend (1994) (Gaussian NLL), Bishop (1994) NCRG/94/004 (mixture),
 * Seitzer et al. (2022), arXiv 2203.09168 (beta-NLL).
 */
#ifndef MODELS_NN_LOSS_H
#define MODELS_NN_LOSS_H

/** -ln Bernoulli(y | s(logit)); logit, y, dlogit [n], y in {0, 1, NAN}. */
double nn_loss_bce(int n, float *dlogit, const float *logit, const float *y);

/** -ln softmax(logits)[class]; logits, dlogits [n][classes], class [n]. */
double nn_loss_softmax(int n, int classes, float *dlogits, const float *logits,
		       const int *class_index);

/* The largest logit (the first of equals) is the prediction. 0 / 0 is NAN: the precision
 * of a class never predicted, the recall of one that never occurred. */
struct nn_class_report {
	int n;                     /* rows with a class */
	double accuracy, macro_f1; /* mean over classes that occurred or were predicted */
	/* For each class, borrowed arrays of the caller [classes]. */
	double *precision, *recall, *f1;
	int *support;
	int *confusion; /* [true][predicted] */
};

void nn_class_report(int n, int classes, const float *logits, const int *class_index,
		     struct nn_class_report *report);

/**
 * -ln N(y | mu, sigma), sigma = exp(a): y, mu, a and gradients [n].
 * beta > 0: beta-NLL, each row's NLL weighted by sigma^(2 beta), which is held constant
 * in the gradient; the returned value is the plain NLL in any case.
 */
double nn_loss_gaussian(int n, float *dmu, float *da, const float *mu, const float *a,
			const float *y, float beta);

/**
 * -ln[(1 - w) N(y | mu, sigma) + w N(y | mu + delta, sigma2)], w = s(u), delta = exp(v) >
 * 0, sigma = exp(a), sigma2 = exp(a2); all [n], computed by log-sum-exp.
 */
struct nn_mixture {
	const float *mu, *a, *u, *v, *a2;
};
struct nn_mixture_gradient {
	float *mu, *a, *u, *v, *a2;
};
double
nn_loss_mixture(int n, struct nn_mixture_gradient d, struct nn_mixture m, const float *y);

#endif
