#include "server/cli/verbs.h"

int
verb_seed(int argc, char **argv)
{
	return 1;
}
