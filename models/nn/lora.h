/**
 * Low-rank adaptation of a weight matrix: W' = W + (alpha / rank) B A, W itself frozen.
 *
 * The adapted matrix is merged, so forward and backward passes are those of the plain
 * layer; the gradient of W' gives those of A and B by the product rule. Shapes: w,
 * merged, dmerged [out][in], a, da [rank][in], b, db [out][rank] (b zero at first, so
 * that nothing changes). da and db are added to. merged may be w. Source: Hu et al.
 * (2021), arXiv 2106.09685.
 */
#ifndef MODELS_NN_LORA_H
#define MODELS_NN_LORA_H

struct nn_lora {
	int in, out, rank;
	float alpha;
};

void nn_lora_merge(struct nn_lora d, float *merged, const float *w, const float *a,
		   const float *b);
void nn_lora_backward(struct nn_lora d, float *da, float *db, const float *dmerged,
		      const float *a, const float *b);

#endif
