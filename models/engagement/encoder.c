#include "models/engagement/encoder.h"

#include <string.h>

static const struct encoder_kind *const kinds[] = {
	&encoder_linear,
	&encoder_cnn,
	&encoder_gru,
	&encoder_transformer,
};

const struct encoder_kind *
encoder_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}
