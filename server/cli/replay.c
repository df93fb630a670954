#include "server/cli/verbs.h"

int
verb_replay(int argc, char **argv)
{
	return 1;
}
