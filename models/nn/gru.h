/**
 * Gated recurrent unit over one sequence from a zero (or given) state, and its gradient.
 *
 *   r = s(Wr x + Ur h + br + cr), z = s(Wz x + Uz h + bz + cz)
 *   c = tanh(Wc x + bc + r * (Uc h + cc)),  h' = (1 - z) * c + z * h        (PyTorch's
 * order r, z, c) Shapes: x [n][in], h [n][width] (all states), w [3 width][in], u [3
 * width][width], b, c [3 width]. h0 [width] or NULL (zero). cache [n][4 width] is written
 * by forward (gates, and U_c h + cc), read by backward; scratch [n][3 width]. Gradients
 * of parameters are added to; dx overwritten (NULL: not wanted). Source: Cho et al.
 * (2014), arXiv 1406.1078, in the form of Chung et al. (2014), arXiv 1412.3555.
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

void nn_gru_forward(struct nn_gru d, float *h, float *cache, float *scratch,
		    const float *x, const float *h0, struct nn_gru_weights p);
void nn_gru_backward(struct nn_gru d, float *dx, struct nn_gru_gradients dp,
		     float *scratch, const float *dh, const float *h, const float *cache,
		     const float *x, const float *h0, struct nn_gru_weights p);

#endif
