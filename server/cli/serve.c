#include "server/cli/verbs.h"

int
verb_serve(int argc, char **argv)
{
	return 1;
}
