/** Child processes of the private cluster (internal to db/cluster.c). */
#ifndef DB_CLUSTER_PROCESS_H
#define DB_CLUSTER_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * Starts argv[0] in a session of its own, so that the terminal's Ctrl-C does not reach
 * it, as another user when uid is not 0 and we are root, with its output appended to a
 * file. -1 with errno on failure. Safe in a program with threads.
 */
pid_t process_start(char *const argv[], const char *log, uid_t uid, gid_t gid);

/** The same, and waits; its exit status, or -1. A set *stop (may be NULL) kills it. */
int process_run(char *const argv[], const char *log, uid_t uid, gid_t gid,
		const atomic_bool *stop);

/** False also for a zombie that nobody has collected. */
bool process_alive(pid_t pid);

#endif
