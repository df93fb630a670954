#include "server/cli/verbs.h"

int
verb_migrate(int argc, char **argv)
{
	return 1;
}
