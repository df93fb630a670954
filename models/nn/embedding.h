/**
 * Rows of a table looked up by index and added to y, and the gradient.
 *
 * Shapes: y, dy [n][width], table, dtable [rows][width], index [n], each 0..rows-1 (or
 * -1: adds nothing). y and dtable are added to.
 */
#ifndef MODELS_NN_EMBEDDING_H
#define MODELS_NN_EMBEDDING_H

struct nn_embedding {
	int n, rows, width;
};

void nn_embedding_forward(struct nn_embedding d, float *y, const int *index,
			  const float *table);
void nn_embedding_backward(struct nn_embedding d, float *dtable, const float *dy,
			   const int *index);

#endif
