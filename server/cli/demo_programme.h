/** The programme of the demo cohort: a baseline, two trainings, a follow-up, all at once.
 */
#ifndef SERVER_CLI_DEMO_PROGRAMME_H
#define SERVER_CLI_DEMO_PROGRAMME_H

#include "server/task_registry.h"

/**
 * The document, of those of its tasks that this program has, shortened to some minutes a
 * session; the caller's, NULL when memory ran out.
 */
char *demo_programme_document(const struct task_registry *tasks);

#endif
