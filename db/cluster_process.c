#include <config.h>

#include "db/cluster_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec only what is safe in a signal handler. */
static _Noreturn void
child(char *const argv[], int log_fd, int null_fd, uid_t uid, gid_t gid)
{
	static char *const envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
				     "HOME=/nonexistent", NULL};
	struct sigaction act = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	umask(077);
	if (dup2(null_fd, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
		_exit(127);
	close_range(3, ~0U, 0);
	if (uid != 0 && geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0))
		_exit(127);
	if (chdir("/") != 0)
		_exit(127);
	execve(argv[0], argv, envp);
	_exit(127);
}

pid_t
process_start(char *const argv[], const char *log, uid_t uid, gid_t gid)
{
	int log_fd, null_fd = -1;
	pid_t pid = -1;

	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (log_fd < 0)
		return -1;
	/* Made by root, it must be writable when its owner starts the program alone. */
	if (geteuid() == 0 && fchown(log_fd, uid, gid) != 0)
		errno = 0;
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd >= 0)
		pid = fork();
	if (pid == 0)
		child(argv, log_fd, null_fd, uid, gid);
	if (null_fd >= 0)
		close(null_fd);
	close(log_fd);
	return pid;
}

int
process_run(char *const argv[], const char *log, uid_t uid, gid_t gid,
	    const atomic_bool *stop)
{
	pid_t pid = process_start(argv, log, uid, gid), got;
	int status = 0;

	if (pid < 0)
		return -1;
	for (;;) {
		got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		if (stop != NULL && *stop)
			kill(-pid, SIGKILL);
		usleep(10000);
	}
}

bool
process_alive(pid_t pid)
{
	char path[64], state = '?';
	FILE *in;

	if (pid <= 0 || (kill(pid, 0) != 0 && errno != EPERM))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	if (fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(in);
	return state != 'Z';
}
