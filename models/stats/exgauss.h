/**
 * The ex-Gaussian law: a normal part plus an exponential one, as response times have it
 * (Luce 1986, Response Times, section 3.2.1). Pure.
 */
#ifndef MODELS_STATS_EXGAUSS_H
#define MODELS_STATS_EXGAUSS_H

#include <stdbool.h>

struct stat_exgauss {
	double mu, sigma; /* of the normal part; sigma > 0 */
	double tau;       /* mean of the exponential part; > 0 */
};

/** Density and distribution function. */
double stat_exgauss_density(const struct stat_exgauss *law, double x);
double stat_exgauss_share_below(const struct stat_exgauss *law, double x);

/** An ex-Gaussian of which only low..high is seen. */
struct stat_exgauss_part {
	struct stat_exgauss law;
	double low, high;
	double below; /* the law's share below low */
	double share; /* its share within */
};

/** The part between two bounds, either of which may be infinite. */
struct stat_exgauss_part
stat_exgauss_between(const struct stat_exgauss *law, double low, double high);

/**
 * The part of a part within `deviations` scaled median absolute deviations of its median,
 * to 1e-9 of the law's spread.
 */
struct stat_exgauss_part
stat_exgauss_without_outliers(const struct stat_exgauss_part *part, double deviations);

/** Share of the part below x. */
double stat_exgauss_part_below(const struct stat_exgauss_part *part, double x);

/** The value with that share, in 0..1, of the part below it. */
double stat_exgauss_part_quantile(const struct stat_exgauss_part *part, double share);

/** Mean of f(x) over the part, by Simpson's rule; f smooth. */
double stat_exgauss_part_mean(const struct stat_exgauss_part *part,
			      double (*f)(double x, const void *arg), const void *arg);

#endif
