#include "server/cli/verbs.h"

int
verb_export(int argc, char **argv)
{
	return 1;
}
