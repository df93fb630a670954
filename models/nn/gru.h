/**
 * Gated recurrent unit over one sequence from a zero (or given) state, and its gradient.
 *
 *   r = s(Wr x + Ur h + br + cr), z = s(Wz x + Uz h + bz + cz)
 *   c = tanh(Wc x + bc + r * (Uc h + cc)),  h' = (1 - z) * c + z * h
 *
 * in PyTorch's order r, z, c. Shapes: x, dx [n][in], h, dh [n][width] (all states), w [3
 * width][in], u [3 width][width], b, c [3 width], h0 [width] or NULL (zero). cache [n][4
 * width] is written by forward (gates, and Uc h + cc), read by backward; scratch [n +
 * 2][3 width]. Gradients of parameters are added to; dx is overwritten (NULL: not
 * wanted); none is given for h0. Source: Cho et al. (2014), arXiv 1406.1078, in the form
 * of Chung et al. (2014), arXiv 1412.3555.
 */
#ifndef MODELS_NN_GRU_H
#define MODELS_NN_GRU_H

struct nn_gru {
	int n, in, width;
};

struct nn_gru_weights {
	const float *w, *u, *b, *c;
};

struct nn_gru_gradients {
	float *w, *u, *b, *c;
};

/**
 * The gates of one row, for callers who make the products: input [3 width] is W x + b,
 * the first 3 width of the row's cache U h + c. h may be `before`, the state before
 * (NULL: zero).
 */
void
nn_gru_row(int width, float *h, float *cache, const float *input, const float *before);
void nn_gru_forward(struct nn_gru d, float *h, float *cache, float *scratch,
		    const float *x, const float *h0, struct nn_gru_weights p);
void nn_gru_backward(struct nn_gru d, float *dx, struct nn_gru_gradients dp,
		     float *scratch, const float *dh, const float *h, const float *cache,
		     const float *x, const float *h0, struct nn_gru_weights p);

#endif
