/* SPDX-License-Identifier: MIT */
/*
 * keeper_senses.c - what the keeper knows and how it waits: in many groups and
 * after a chroot as anywhere; by futex alone, and never for nothing; of the cgroup
 * that the process is in now; and nothing of its own can be written at 0, 1, 2.
 */
#include "keeper.h"

#include <grp.h>
#include <sys/stat.h>

#define GROUPS	 1000
#define FEW	 3
#define CGROUP	 "/sys/fs/cgroup/unified/hakmem-test"
#define CGROUP_2 "/sys/fs/cgroup/hakmem-test"

static struct companion other;

/* the text of a file of the keeper's, as "fdinfo/3"; "" if there is none */
static const char *of_keeper(const char *file)
{
	static char text[4096];
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/%s", keeper_tid(),
		 file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* whether one of the keeper's descriptors is a file with such a name */
static bool has_open(const char *name)
{
	char path[64], where[512];
	ssize_t len;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/task/%ld/fd/%d",
			 keeper_tid(), fd);
		len = readlink(path, where, sizeof(where) - 1);
		where[len > 0 ? len : 0] = '\0';
		if (strstr(where, name))
			return true;
	}
	return false;
}

static bool begin(void)
{
	return companion_start(&other) && keeper_works(has_keeper);
}

static int end(bool ok)
{
	companion_end(&other);
	return !ok;
}

/* ---- the status ---- */

/* in so many groups its status has more than 4 KiB before "Seccomp:" */
static int in_groups(void)
{
	static gid_t groups[GROUPS];

	for (int i = 0; i < GROUPS; i++)
		groups[i] = 1000000000U + (unsigned int)i;
	if (setgroups(GROUPS, groups))
		return SKIPPED;
	if (!begin())
		return 1;
	return end(has_open("io_uring") || has_open("pressure"));
}

static bool tended(long count)
{
	return ktap_stat(HAK_STAT_TCACHES_TENDED) > (uint64_t)count;
}

/* What a thread that sleeps is owed is brought by a keeper that is free to. */
static int in_chroot(void)
{
	bool ok;

	if (!begin())
		return 1;
	/* There is no proc/ in it. */
	if (chroot("/tmp") || chdir("/"))
		return SKIPPED;
	ok = swing(64) &&
	     ktap_await(tended, (long)ktap_stat(HAK_STAT_TCACHES_TENDED),
			PATIENCE);
	companion_end(&other);
	return !ok;
}

/* ---- the wait ---- */

static long switches(void)
{
	const char *at = strstr(of_keeper("status"),
				"\nvoluntary_ctxt_switches:\t");

	return at ? strtol(at + 26, NULL, 10) : -1;
}

/* one that has a time, and was interrupted, goes on by another number */
static bool sleeps_by_futex(void)
{
	long nr = strtol(of_keeper("syscall"), NULL, 10);

	return nr == SYS_futex || nr == SYS_restart_syscall;
}

/*
 * ms for which it has slept by futex alone, after what it had to do; what a poll
 * hears of, and is no news, is none of its calls
 */
static bool is_quiet(long ms)
{
	long before = switches();

	ktap_pause(ms);
	return before >= 0 && switches() - before <= FEW && sleeps_by_futex();
}

static int waits(void)
{
	bool ok;

	if (!begin())
		return 1;
	if (!*of_keeper("syscall"))
		return SKIPPED;
	ok = ktap_await(is_quiet, 3000, PATIENCE);
	if (!ok)
		ksft_print_msg("in %s", of_keeper("syscall"));
	return end(ok);
}

/* ---- its descriptors ---- */

static int reserved(void)
{
	char path[64];
	bool ok = true;
	int fd;

	if (!begin())
		return 1;
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "fdinfo/%d", i);
		/* "flags:" in octal, whose lowest bits say how it is open. */
		const char *at = strstr(of_keeper(path), "flags:\t");

		fd = at ? (int)strtol(at + 7, NULL, 8) & O_ACCMODE : -1;
		if (fd != O_RDONLY)
			ksft_print_msg("%d can be written, or is not there", i);
		ok &= fd == O_RDONLY;
	}
	return end(ok);
}

/* ---- the cgroup ---- */

static bool say(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool said = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return said;
}

static bool hears_of(long name)
{
	return has_open((const char *)name);
}

/* from one to another, by whom it may be, while the keeper sleeps */
static int moved(void)
{
	const char *root = access(CGROUP_2 "/../cgroup.procs", W_OK) ? CGROUP
								     : CGROUP_2;
	char one[128], two[128], procs[160];
	bool ok;

	snprintf(one, sizeof(one), "%s-%d-one", root, getpid());
	snprintf(two, sizeof(two), "%s-%d-two", root, getpid());
	if (mkdir(one, 0755) || mkdir(two, 0755))
		return SKIPPED;
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", one);
	if (!say(procs, "0"))
		return SKIPPED;
	ok = begin() && has_open("-one/");
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", two);
	ok = ok && ktap_await(is_quiet, 1000, PATIENCE) && say(procs, "0") &&
	     ktap_await(hears_of, (long)"-two/", PATIENCE) &&
	     !has_open("-one/");
	end(true);
	snprintf(procs, sizeof(procs), "%s-%d-one/../cgroup.procs", root,
		 getpid());
	say(procs, "0");
	rmdir(one);
	rmdir(two);
	return !ok;
}

static const struct check {
	const char *mode, *name;
	int (*run)(void);
} checks[] = {
	{ "groups", "in 1,000 groups it has what it needs", in_groups },
	{ "chroot", "after a chroot it still looks after others", in_chroot },
	{ "waits", "idle it sleeps by futex", waits },
	{ "reserved", "nothing of it can be written at 0, 1, 2", reserved },
	{ "moved", "moved to another cgroup it hears of that", moved },
};
#define NR_CHECKS ((int)(sizeof(checks) / sizeof(*checks)))

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (int i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("100", "64");
	/* One that has nothing to do would end. */
	setenv("HAKMEM_KEEPER", "on", 1);
	for (int i = 0; i < NR_CHECKS; i++)
		in_self(checks[i].mode, checks[i].name);
	return ksft_finished();
}
