#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/cluster.h"
#include "db/cluster_place.h"
#include "db/cluster_process.h"
#include "tests/integration/db/suites.h"
#include "tests/support/temp_db.h"

static char folder[64];

static void
make_folder(void)
{
	strcpy(folder, "/tmp/camp-cluster-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
	cluster_place_remove(folder);
}

static struct cluster *
start(bool watch)
{
	struct cluster_options options = {.state_dir = folder, .watch = watch};
	struct cluster *cluster;
	char why[512] = "";
	enum camp_err err = cluster_start(&cluster, &options, why, sizeof(why));

	ck_assert_msg(err == CAMP_OK, "%s", why);
	return cluster;
}

static enum camp_err
start_fails(char *why, size_t size)
{
	struct cluster_options options = {.state_dir = folder};
	struct cluster *cluster;
	enum camp_err err = cluster_start(&cluster, &options, why, size);

	ck_assert_int_ne(err, CAMP_OK);
	ck_assert_ptr_null(cluster);
	return err;
}

/* 0 when none runs, and while a starting one has made its file but not yet filled it. */
static pid_t
postmaster(void)
{
	char path[128];
	long pid = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/postgres/postmaster.pid", folder);
	in = fopen(path, "re");
	if (in == NULL)
		return 0;
	if (fscanf(in, "%ld", &pid) != 1)
		pid = 0;
	fclose(in);
	return (pid_t)pid;
}

static void
write_text(const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "we");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

START_TEST(a_new_folder_gets_a_cluster_with_checksums_and_a_socket_only)
{
	struct cluster *cluster = start(false);
	PGconn *conn = temp_db_connect(cluster_conninfo(cluster), DB_LOGIN);
	char conninfo[TEMP_DB_SIZE];

	ck_assert_str_eq(temp_db_value(conn, "SHOW data_checksums"), "on");
	ck_assert_str_eq(temp_db_value(conn, "SHOW listen_addresses"), "");
	ck_assert_str_eq(temp_db_value(conn, "SHOW log_error_verbosity"), "terse");
	ck_assert_str_eq(temp_db_value(conn, "SHOW synchronous_commit"), "on");
	ck_assert_str_eq(temp_db_value(conn, "SELECT current_database()"), "camp");
	PQfinish(conn);
	ck_assert_int_eq(cluster_conninfo_of(folder, conninfo, sizeof(conninfo)),
			 CAMP_OK);
	ck_assert_str_eq(conninfo, cluster_conninfo(cluster));
	cluster_stop(cluster);
	ck_assert_int_eq(postmaster(), 0);
	ck_assert_int_eq(PQping(conninfo), PQPING_NO_RESPONSE);
}
END_TEST

START_TEST(the_last_user_stops_it)
{
	struct cluster *first = start(false), *second = start(false);
	pid_t pid = postmaster();

	cluster_stop(first);
	ck_assert(process_alive(pid));
	cluster_stop(second);
	ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(one_left_by_a_killed_process_is_taken_over)
{
	struct cluster *cluster;
	pid_t pid, child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		start(false);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	pid = postmaster();
	ck_assert(process_alive(pid));
	cluster = start(false);
	ck_assert_int_eq(postmaster(), pid);
	cluster_stop(cluster);
	ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(a_watched_one_comes_back_after_kill_9)
{
	struct cluster *cluster = start(true);
	pid_t pid = postmaster();
	PGconn *conn;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		for (int n = 0;
		     n < 1500 && (postmaster() == pid || postmaster() == 0 ||
				  PQping(cluster_conninfo(cluster)) != PQPING_OK);
		     n++)
			usleep(20000);
		ck_assert_int_ne(postmaster(), pid);
		pid = postmaster();
		ck_assert_int_ne(pid, 0);
	}
	conn = temp_db_connect(cluster_conninfo(cluster), DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SELECT 1"), "1");
	PQfinish(conn);
	cluster_stop(cluster);
	ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(an_operators_settings_win)
{
	struct cluster *cluster;
	PGconn *conn;

	write_text("postgres.conf", "work_mem = '7MB'\nshared_buffers = '64MB'\n");
	cluster = start(false);
	conn = temp_db_connect(cluster_conninfo(cluster), DB_LOGIN);
	ck_assert_str_eq(temp_db_value(conn, "SHOW work_mem"), "7MB");
	ck_assert_str_eq(temp_db_value(conn, "SHOW shared_buffers"), "64MB");
	PQfinish(conn);
	cluster_stop(cluster);
}
END_TEST

START_TEST(a_cluster_of_another_version_is_named)
{
	char why[512], path[128];

	snprintf(path, sizeof(path), "%s/postgres", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_text("postgres/PG_VERSION", "14\n");
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
	ck_assert_int_eq(start_fails(why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "was made by PostgreSQL 14"));
}
END_TEST

START_TEST(a_folder_that_is_no_cluster_is_left_alone)
{
	char why[512], path[128];

	snprintf(path, sizeof(path), "%s/postgres", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_text("postgres/letters.txt", "dear\n");
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
	ck_assert_int_eq(start_fails(why, sizeof(why)), CAMP_ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "something else than a PostgreSQL cluster"));
	ck_assert_ptr_null(strchr(why, '\n'));
}
END_TEST

START_TEST(a_failed_start_names_its_log)
{
	char why[512], log[128];

	cluster_stop(start(false));
	write_text("postgres.conf", "no_such_setting = 1\n");
	ck_assert_int_eq(start_fails(why, sizeof(why)), CAMP_ERR_UNAVAILABLE);
	snprintf(log, sizeof(log), "\"%s/postgres.log\" says why", folder);
	ck_assert_msg(strstr(why, log) != NULL, "%s", why);
	ck_assert_int_eq(postmaster(), 0);
}
END_TEST

START_TEST(a_half_made_one_is_made_again)
{
	char path[128];
	struct cluster *cluster;

	snprintf(path, sizeof(path), "%s/postgres.new", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_text("postgres.new/PG_VERSION", "15\n");
	cluster = start(false);
	ck_assert_int_ne(access(path, F_OK), 0);
	cluster_stop(cluster);
}
END_TEST

/* What root's own folders are to the user that PostgreSQL runs as. */
START_TEST(a_folder_out_of_reach_gets_another_place)
{
	char parent[64] = "/root/camp-cluster-XXXXXX", base[256] = "", path[320];
	char conninfo[1024];
	struct cluster *cluster;
	FILE *in;

	if (geteuid() != 0 || mkdtemp(parent) == NULL)
		return; /* only root runs it as somebody else */
	remove_folder();
	snprintf(folder, sizeof(folder), "%s/s", parent);
	for (int i = 0; i < 2; i++) {
		cluster = start(false);
		PQfinish(temp_db_connect(cluster_conninfo(cluster), DB_LOGIN));
		ck_assert_int_eq(cluster_conninfo_of(folder, conninfo, sizeof(conninfo)),
				 CAMP_OK);
		ck_assert_str_eq(conninfo, cluster_conninfo(cluster));
		cluster_stop(cluster);
		snprintf(path, sizeof(path), "%s/postgres.path", folder);
		in = fopen(path, "re");
		ck_assert_ptr_nonnull(in);
		ck_assert_ptr_nonnull(fgets(base, sizeof(base), in));
		fclose(in);
		ck_assert_int_eq(strncmp(base, "/var/lib/camp/", 14), 0);
		/* The second time round the folder was emptied. */
		cluster_place_remove(folder);
	}
	cluster_place_remove(base);
	cluster_place_remove(parent);
}
END_TEST

START_TEST(two_starters_share_one)
{
	pid_t children[3];
	int status;

	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct cluster *cluster = start(false);
			PGconn *conn =
				temp_db_connect(cluster_conninfo(cluster), DB_LOGIN);

			temp_db_value(conn, "SELECT pg_sleep(0.3)");
			PQfinish(conn);
			cluster_stop(cluster);
			_exit(0);
		}
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(postmaster(), 0);
}
END_TEST

Suite *
suite_cluster(void)
{
	Suite *suite = suite_create("cluster");
	TCase *tc = tcase_create("private cluster");

	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_new_folder_gets_a_cluster_with_checksums_and_a_socket_only);
	tcase_add_test(tc, the_last_user_stops_it);
	tcase_add_test(tc, one_left_by_a_killed_process_is_taken_over);
	tcase_add_test(tc, a_watched_one_comes_back_after_kill_9);
	tcase_add_test(tc, an_operators_settings_win);
	tcase_add_test(tc, a_cluster_of_another_version_is_named);
	tcase_add_test(tc, a_folder_that_is_no_cluster_is_left_alone);
	tcase_add_test(tc, a_failed_start_names_its_log);
	tcase_add_test(tc, a_half_made_one_is_made_again);
	tcase_add_test(tc, a_folder_out_of_reach_gets_another_place);
	tcase_add_test(tc, two_starters_share_one);
	suite_add_tcase(suite, tc);
	return suite;
}
