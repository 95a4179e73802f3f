/* SPDX-License-Identifier: MIT */
/*
 * watched.c - what is watched leaves a program as it is: its credentials reach
 * the threads of ours, a filter that comes late stops nobody, huge pages come as
 * they do without, a child shares what it did, realloc still moves page tables.
 *
 * Hazards 14, 46, 47.
 */
#include "bpf.h"
#include "keeper.h"

#include <malloc.h>
#include <sys/ioctl.h>

#define BYTES	1008
#define BLOCKS	(24 * 1024)

static char *block[BLOCKS];
static atomic_bool over;

static const struct hakmem_stats *stats(void)
{
	return dlsym(RTLD_DEFAULT, "hakmem_stats_page");
}

static bool works(long unused)
{
	(void)unused;
	return stats()->heat == HAK_MODE_ON || stats()->guard == HAK_MODE_ON ||
	       stats()->guard == HAK_MODE_USER_ONLY;
}

static bool known(long unused)
{
	(void)unused;
	return stats()->heat || stats()->guard;
}

/* waits until it is known */
static bool can_work(void)
{
	return ktap_await(known, 0, PATIENCE) && works(0);
}

static bool guarded(long superslabs)
{
	return ktap_stat(HAK_STAT_GUARDED) >= (uint64_t)superslabs;
}

static bool observed(long times)
{
	return ktap_stat(HAK_STAT_OBSERVED) >= (uint64_t)times;
}

static void fill(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BYTES);
		memset(block[i], 1, BYTES);
	}
}

/* ---- credentials ---- */

/* Uid: of every thread is this; how many there are */
static int threads_of(long uid)
{
	char path[64], line[256];
	int count = 0;
	long tid, real;

	for (tid = getpid(); tid < getpid() + 200; tid++) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%ld/status", tid);
		file = fopen(path, "r");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "Uid: %ld", &real) == 1 && real == uid)
				count++;
		fclose(file);
	}
	return count;
}

static int credentials(void)
{
	long before;

	if (geteuid())
		return SKIPPED;
	if (!can_work())
		return SKIPPED;
	/* the program's, the keeper and the watcher, which comes last */
	if (!ktap_await(has_threads, 3, PATIENCE))
		return 1;
	before = threads_of(0);
	if (before != 3 || setuid(65534))
		return 1;
	ksft_print_msg("%ld threads, %d after setuid", before,
		       threads_of(65534));
	return threads_of(65534) != before || threads_of(0);
}

/* ---- a filter that comes late ---- */

static void *write_all(void *unused)
{
	(void)unused;
	while (!over)
		for (int i = 0; i < BLOCKS && !over; i++)
			block[i][i % BYTES]++;
	return NULL;
}

static bool stopped(long unused)
{
	(void)unused;
	return stats()->heat == HAK_MODE_FORBIDDEN;
}

static int filter(void)
{
	pthread_t writer;
	struct bpf f;

	fill();
	if (!can_work())
		return SKIPPED;
	pthread_create(&writer, NULL, write_all, NULL);
	if (!ktap_await(observed, 20, PATIENCE))
		return 1;
	bpf_begin(&f);
	bpf_errno(&f, SYS_ioctl, EPERM);
	if (!bpf_install(&f, SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_TSYNC))
		return SKIPPED;
	/* whoever is stopped right now goes on, and all others */
	if (!ktap_await(stopped, 0, PATIENCE))
		return 2;
	for (int i = 0; i < BLOCKS; i++)
		block[i][0]++;
	over = true;
	pthread_join(writer, NULL);
	return 0;
}

/* ---- huge pages ---- */

/* a large block that is touched long after it was allocated */
static int huge(void)
{
	size_t bytes = 28 * MIB;
	char *late[4];
	long kib;

	if (!can_work())
		return SKIPPED;
	for (int i = 0; i < 4; i++)
		late[i] = ktap_opaque(malloc(bytes));
	fill();
	if (!proc_number("smaps_rollup", "AnonHugePages:"))
		return SKIPPED;
	/* a whole round, and more */
	if (!ktap_await(observed, (long)ktap_stat(HAK_STAT_OBSERVED) + 24,
			PATIENCE))
		return 1;
	for (int i = 0; i < 4; i++)
		memset(late[i], 1, bytes);
	kib = proc_number("smaps_rollup", "AnonHugePages:");
	ksft_print_msg("huge %ld KiB", kib);
	return kib < 4 * 26 * 1024;
}

/* ---- a child ---- */

/* to put its huge pages together would copy what they share */
static int shared(void)
{
	uint64_t before;
	pid_t pid;
	int status;

	if (!can_work())
		return SKIPPED;
	fill();
	pid = fork();
	if (!pid) {
		/* it has a keeper once it has freed something */
		if (!swing(64) || !ktap_await(has_keeper, 0, PATIENCE))
			_exit(2);
		if (!ktap_await(works, 0, PATIENCE))
			_exit(3);
		/* what was begun before is of the parent's */
		before = ktap_stat(HAK_STAT_OBSERVED);
		ktap_pause(2500);
		_exit(ktap_stat(HAK_STAT_OBSERVED) != before);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

/* ---- realloc ---- */

static int moved(void)
{
	char *large = ktap_opaque(malloc(64 * MIB));

	if (!can_work())
		return SKIPPED;
	memset(large, 1, 64 * MIB);
	fill();
	if (!ktap_await(observed, (long)ktap_stat(HAK_STAT_OBSERVED) + 30,
			PATIENCE))
		return 1;
	for (int i = 0; i < 6; i++) {
		ktap_opaque(malloc(3 * MIB)); /* in the way */
		large = realloc(large, (size_t)(96 + 32 * i) * MIB);
		if (!large || large[64 * MIB - 1] != 1)
			return 1;
		ktap_pause(200);
	}
	/* the first one began among small pages: it was copied */
	ksft_print_msg("%lu moves", ktap_stat(HAK_STAT_RUNS_MOVED));
	return ktap_stat(HAK_STAT_RUNS_MOVED) < 3;
}

/* where the block was that realloc moved */
static int touched(void)
{
	char *large = ktap_opaque(malloc(64 * MIB));
	uintptr_t was = (uintptr_t)large;
	char *other = ktap_opaque(malloc(3 * MIB));

	if (!can_work())
		return SKIPPED;
	memset(large, 1, 64 * MIB);
	large = ktap_opaque(realloc(large, 128 * MIB));
	if ((uintptr_t)large == was || !large[64 * MIB - 1])
		return 1;
	if (!ktap_await(guarded, 31, PATIENCE))
		return 2;
	if (((volatile char *)was)[5 * MIB] || ktap_stat(HAK_STAT_TOUCHED) != 1)
		return 3;
	free(other);
	free(large);
	return 0;
}

static int prompt(void)
{
	long begin;

	if (!can_work())
		return SKIPPED;
	for (int i = 0; i < 5; i++) {
		void *some = ktap_opaque(malloc(8 * MIB));

		memset(some, 1, 8 * MIB);
		free(some);
		begin = ktap_ms();
		malloc_trim(0);
		if (ktap_ms() - begin > 5000)
			return 1;
	}
	return ktap_stat(HAK_STAT_UNGUARDED) != 0;
}

static const struct mode {
	const char *name;
	int (*run)(void);
	const char *variable, *value;
	const char *what;
} modes[] = {
	{ "credentials", credentials, "HAKMEM_OBSERVE", "locality",
	  "setuid reaches all threads of the library" },
	{ "filter", filter, "HAKMEM_OBSERVE", "locality",
	  "a filter that comes late stops nobody" },
	{ "huge", huge, "HAKMEM_OBSERVE", "heat",
	  "what is touched late is huge all the same" },
	{ "shared", shared, "HAKMEM_OBSERVE", "heat",
	  "nothing is observed in a child that shares pages" },
	{ "moved", moved, "HAKMEM_OBSERVE", "heat",
	  "realloc moves a block by its page tables" },
	{ "touched", touched, "HAKMEM_GUARD", "report",
	  "and where it was is guarded" },
	{ "prompt", prompt, "HAKMEM_GUARD", "report",
	  "malloc_trim does not wait long, and all is guarded" },
};
#define NR_MODES (sizeof(modes) / sizeof(*modes))

static void in_mode(const struct mode *mode)
{
	struct ktap_run run;

	setenv(mode->variable, mode->value, 1);
	ktap_run_self(&run, mode->name, NULL, NULL, 3 * PATIENCE);
	unsetenv(mode->variable);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == SKIPPED) {
		ksft_test_result_skip("not possible here", "%s", mode->what);
		return;
	}
	/* what a guard says is its own test */
	if (!strcmp(mode->name, "touched") && strstr(run.err, "use after free"))
		run.err[0] = '\0';
	ktap_run_result(&run, mode->what);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_MODES; i++)
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].run();
	be_lean("0", "64");
	setenv("HAKMEM_KEEP_MB", "0", 1);
	for (size_t i = 0; i < NR_MODES; i++)
		in_mode(&modes[i]);
	ksft_finished();
}
