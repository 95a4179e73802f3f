/* SPDX-License-Identifier: MIT */
/*
 * init.c - the first process of a guest: says which nodes it sees, runs the
 * tests that /tests names, each with a time limit, and powers off.
 *
 * Owns    the second serial port, on which nobody but the tests writes; the
 *         kernel has the first. `boot` makes /tests and reads the port.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define RESULTS		"/dev/ttyS1"
#define NODES		"/sys/devices/system/node/"
#define WORDS_MAX	32
/* What a test has left running gets this long to be gone. */
#define REAP_SECONDS	60

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
	} list[] = {
		{ "proc", "/proc" },	{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" }, { "tmpfs", "/dev/shm" },
		{ "tmpfs", "/tmp" },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		mkdir(list[i].where, 0755);
		if (mount(list[i].type, list[i].where, list[i].type, 0, NULL))
			fprintf(stderr, "init: mount %s: %s\n", list[i].where,
				strerror(errno));
	}
}

/* All output goes to the second port from here on, byte for byte. */
static void open_results(void)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(RESULTS, O_WRONLY | O_NOCTTY);
	struct termios raw;

	if (out < 0) {
		fprintf(stderr, "init: %s: %s\n", RESULTS, strerror(errno));
		return;
	}
	if (tcgetattr(out, &raw) == 0) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B115200);
		tcsetattr(out, TCSANOW, &raw);
	}
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setlinebuf(stdout);
}

/* Prints "# see NAME TEXT" of a file below NODES. */
static void show(const char *name)
{
	char path[256], text[1024] = "";
	FILE *file;

	snprintf(path, sizeof(path), NODES "%s", name);
	file = fopen(path, "r");
	if (!file)
		return;
	if (fgets(text, sizeof(text), file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	printf("# see %s %s\n", name, text);
}

static void show_nodes(void)
{
	glob_t found;

	show("possible");
	show("online");
	show("has_memory");
	show("has_cpu");
	if (glob(NODES "node*/distance", 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		show(found.gl_pathv[i] + strlen(NODES));
	globfree(&found);
}

/* The next child to end, for at most so long: its pid, or -1. */
static pid_t next_ended(int *status, time_t deadline)
{
	sigset_t child;
	struct timespec left = { .tv_sec = 1 }, now;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while ((pid = waitpid(-1, status, WNOHANG)) == 0) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= deadline)
			return -1;
		sigtimedwait(&child, NULL, &left);
	}
	return pid;
}

static time_t seconds_from_now(time_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + seconds;
}

static pid_t start(char **argv)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	execv(argv[0], argv);
	printf("# %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Ends with a line of its own, even if the test left one unfinished. */
static void run(const char *name, time_t seconds, char **argv)
{
	time_t deadline = seconds_from_now(seconds);
	int status = 0;
	pid_t pid, ended;

	printf("# begin %s\n", name);
	pid = start(argv);
	do
		ended = next_ended(&status, deadline);
	while (ended > 0 && ended != pid);

	/* All but this process. */
	kill(-1, SIGKILL);
	if (ended != pid)
		printf("\n# end %s status timeout\n", name);
	else
		printf("\n# end %s status %d\n", name, WIFEXITED(status) ?
		       WEXITSTATUS(status) : 128 + WTERMSIG(status));
	deadline = seconds_from_now(REAP_SECONDS);
	while (next_ended(&status, deadline) > 0)
		;
}

/*
 * A line of /tests: "set NAME=VALUE" for all that follow, or
 * "run NAME SECONDS COMMAND [WORD]...".
 */
static void obey(char *line)
{
	char *word[WORDS_MAX + 1] = { NULL }, *rest = line;
	int nr = 0;

	while (nr < WORDS_MAX && (word[nr] = strtok_r(rest, " \n", &rest)))
		nr++;
	if (nr == 2 && strcmp(word[0], "set") == 0)
		putenv(strdup(word[1]));
	else if (nr >= 4 && strcmp(word[0], "run") == 0)
		run(word[1], atol(word[2]), word + 3);
	else if (nr)
		printf("# init: what is '%s'?\n", word[0]);
}

int main(void)
{
	char line[1024];
	sigset_t child;
	FILE *list;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	mount_all();
	open_results();
	show_nodes();
	list = fopen("/tests", "re");
	while (list && fgets(line, sizeof(line), list))
		obey(line);
	printf("# done\n");
	fflush(NULL);
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
