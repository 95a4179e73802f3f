/* SPDX-License-Identifier: MIT */
/*
 * filters.c - seccomp filters that kill for mbind and more: memory still comes,
 * and lies on its node. Debian's redis unit is one: it has
 * SystemCallFilter=~@resources, of which mbind is. The last node is to have
 * processors and memory.
 *
 * Topologies: one two four gap far
 */
#include <malloc.h>
#include <numa.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "numa/pages.h"

#include "kernel/strict.h"
#include "ktap_run.h"
#include "numa/filter.h"

#define BLOCKS	 6000
#define BYTES	 20000 /* 114 MiB: more steps than one of any kind */
#define LARGES	 8
#define LARGE	 ((size_t)9 << 20)
#define CONFINED "/hakmem/tests/numa/confined"
#define SOCKET	 "/tmp/redis"
#define KEYS	 2000
#define VALUE	 20000
#define AT_ONCE	  20
#define FAR	 (numa_max_node())

static char *block[BLOCKS];

/* ---- A filter that was there before the program -------------------------- */

/* FILTER is taken on the last node, and confined.c run there. */
static void started(bool (*filter)(void), const char *what, const char *name)
{
	struct ktap_run run;
	char far[16];
	pid_t pid;
	int fd[2];

	pid = ktap_run_start(fd, 60);
	if (pid == 0) {
		numa_run_on_node(FAR);
		if (!filter())
			_exit(2);
		snprintf(far, sizeof(far), "%d", FAR);
		execl(CONFINED, "confined", what, far, (char *)NULL);
		_exit(127);
	}
	ktap_run_end(&run, pid, fd);
	fputs(run.out, stdout);
	ksft_test_result(!run.status, "%s (status %x)", name, run.status);
}

static bool memory_and_start(void)
{
	return strict_take(true);
}

/* ---- Redis itself -------------------------------------------------------- */

static int dial(void)
{
	struct sockaddr_un address = { AF_UNIX, SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	for (int try = 0; try < 2000; try++) {
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		usleep(100000);
	}
	return -1;
}

static bool say(int fd, const char *text)
{
	size_t bytes = strlen(text);

	return write(fd, text, bytes) == (ssize_t)bytes;
}

/* Keys to fill many superslabs, a few at once; all answered with OK. */
static bool set_keys(int fd)
{
	static char value[VALUE + 1], text[VALUE + 100];
	char answer[5];

	memset(value, 'v', VALUE);
	for (int i = 0; i < KEYS; i += AT_ONCE) {
		for (int j = i; j < i + AT_ONCE; j++) {
			snprintf(text, sizeof(text), "SET key%d %s\r\n", j,
				 value);
			if (!say(fd, text))
				return false;
		}
		for (int j = 0; j < AT_ONCE; j++)
			if (recv(fd, answer, 5, MSG_WAITALL) != 5 ||
			    memcmp(answer, "+OK\r\n", 5))
				return false;
	}
	return true;
}

static int redis(void)
{
	int status = -1;
	bool filled;
	pid_t pid = fork();

	if (pid == 0) {
		numa_run_on_node(FAR);
		if (filter_take_redis())
			execl("/bin/redis-server", "redis-server", "--port",
			      "0", "--unixsocket", SOCKET, "--save", "",
			      "--loglevel", "warning", (char *)NULL);
		_exit(127);
	}
	int fd = dial();

	filled = fd >= 0 && set_keys(fd) &&
		 say(fd, "FLUSHALL\r\nSHUTDOWN NOSAVE\r\n");
	if (!filled)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return filled ? status : status | 1;
}

/* ---- A filter that a thread takes on when all is set up ------------------ */

static char *large[LARGES];
static pthread_barrier_t turn;

static void *late(void *unused)
{
	if (numa_run_on_node(FAR))
		_exit(2);
	free(malloc(BYTES));
	if (!strict_take(false))
		_exit(2);
	for (int i = 0; i < BLOCKS; i++)
		block[i] = malloc(BYTES);
	for (int i = 0; i < LARGES; i++)
		large[i] = malloc(LARGE);
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	malloc_trim(0);
	pthread_barrier_wait(&turn);
	/* A thread's end takes other calls. */
	pthread_barrier_wait(&turn);
	return unused;
}

/* Where another thread, on node 0, touches first what that one allocated. */
static int touch(void)
{
	struct pages small = { 0 };
	pthread_t thread;

	pthread_barrier_init(&turn, NULL, 2);
	numa_run_on_node(0);
	if (pthread_create(&thread, NULL, late, NULL))
		return 2;
	pthread_barrier_wait(&turn);
	for (int i = 0; i < BLOCKS; i++) {
		if (!block[i])
			return 3;
		memset(block[i], 1, BYTES);
		pages_count(&small, block[i] + 4096, BYTES - 4096);
	}
	for (int i = 0; i < LARGES; i++)
		memset(large[i], 1, LARGE);
	pages_print("# first touched from node 0:", &small);
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	/* Where the kernel finds no huge page it takes one of another node. */
	return small.on[FAR] * 10 < pages_there(&small) * 9;
}

static void late_filter(void)
{
	struct ktap_run run;
	pid_t pid;
	int fd[2];

	pid = ktap_run_start(fd, 60);
	if (pid == 0) {
		/* Whose birth takes more than these calls: the manual says so. */
		setenv("HAKMEM_KEEPER", "off", 1);
		execl("/proc/self/exe", "filters", "touch", (char *)NULL);
		_exit(127);
	}
	ktap_run_end(&run, pid, fd);
	fputs(run.out, stdout);
	ksft_test_result(!run.status,
			 "steps mapped under a later filter lie on their node "
			 "(status %x)",
			 run.status);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return touch();
	ksft_print_header();
	ksft_set_plan(4);
	started(memory_and_start, "memory",
		"memory calls and the loader's, from the start");
	started(filter_take_redis, "threads", "the redis unit's filter");
	if (access("/bin/redis-server", X_OK))
		ksft_test_result_skip("no redis-server", "redis-server");
	else
		ksft_test_result(redis() == 0, "redis-server under it");
	late_filter();
	return ksft_finished();
}
