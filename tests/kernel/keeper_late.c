/* SPDX-License-Identifier: MIT */
/*
 * keeper_late.c - a filter that kills comes for all threads when there is a
 * keeper: it dies of none of its calls, and memory goes back all the same.
 *
 * Hazard 46, as browsers and media sandboxes do it.
 */
#include "bpf.h"
#include "guard.h"

/* what the keeper may call in any case, and what this program does */
static const long allowed[] = {
	SYS_futex, SYS_madvise, SYS_pread64,
	/* the program's threads */
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_brk,
	/* this one */
	SYS_write, SYS_exit_group, SYS_clock_nanosleep, SYS_restart_syscall,
	SYS_rt_sigreturn,
};

/* what the keeper calls while it is free to */
static const long refused[] = {
	SYS_openat, SYS_read, SYS_close, SYS_ppoll, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_io_uring_register, SYS_process_madvise,
	SYS_membarrier, SYS_userfaultfd, SYS_ioctl, SYS_mbind, SYS_prctl,
	SYS_getpid, SYS_pidfd_open, SYS_dup, SYS_clone3, SYS_rt_sigaction,
};

enum shape { OPENAT, TRAP, REFUSED, ALL, SHAPES };

static const struct {
	const char *name;
	unsigned int verdict;
} shapes[SHAPES] = {
	{ "openat kills", SECCOMP_RET_KILL_PROCESS },
	{ "openat traps", SECCOMP_RET_TRAP },
	{ "what the keeper calls kills", SECCOMP_RET_KILL_PROCESS },
	{ "all but memory calls kill", SECCOMP_RET_KILL_PROCESS },
};

enum when { AT_WORK, IDLE, GUARDING, OBSERVING, WHENS };

static const struct {
	const char *name;
	const char *guard, *observe;
	long pause_ms; /* until the filter */
} whens[WHENS] = {
	{ "at work", "off", "off", 20 },
	{ "asleep, or gone", "off", "off", 4000 },
	{ "with a guard", "report", "off", 300 },
	{ "that observes", "off", "heat", 300 },
};

static bool confine(enum shape shape)
{
	unsigned int verdict = shapes[shape].verdict;
	struct bpf f;

	bpf_begin(&f);
	if (shape == ALL)
		for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
			bpf_rule(&f, allowed[i], SECCOMP_RET_ALLOW);
	else if (shape == REFUSED)
		for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
			bpf_rule(&f, refused[i], verdict);
	else
		bpf_rule(&f, SYS_openat, verdict);
	return bpf_install(&f, shape == ALL ? verdict : SECCOMP_RET_ALLOW,
			   SECCOMP_FILTER_FLAG_TSYNC);
}

static bool decommitted_from(long count)
{
	return ktap_stat(HAK_STAT_DECOMMITTED) >= (uint64_t)count;
}

/* what is freed goes back, by calls that tell nothing to the kernel's files */
static bool gives(void)
{
	long before = (long)ktap_stat(HAK_STAT_DECOMMITTED);

	return swing(64) && ktap_await(decommitted_from, before + 16, PATIENCE);
}

static struct cold cold;
static volatile char *guarded;

static bool finds_guarded(long unused)
{
	(void)unused;
	guarded = cold_pick(&cold, NULL);
	return guarded;
}

/* nobody answers any more: who touches what is guarded goes on */
static bool touches(void)
{
	if (!cold_make(&cold, 64 * KIB) ||
	    !ktap_await(finds_guarded, 0, PATIENCE))
		return false;
	/* What lands between the keeper's look and its call may kill. */
	await_calm(1500);
	return confine(REFUSED) && !*guarded;
}

static int subject(enum shape shape, enum when when)
{
	struct companion other;

	if (!companion_start(&other) || !keeper_works(keeper_started))
		return 1;
	if (when == GUARDING && !touches())
		return 1;
	ktap_pause(whens[when].pause_ms);
	if (when != GUARDING && !confine(shape))
		return SKIPPED;
	for (int i = 0; i < 3; i++)
		if (!gives())
			_exit(1);
	/* Long enough for a look at idle threads, and for a watcher's check. */
	ktap_pause(700);
	_exit(!gives());
}

int main(int argc, char **argv)
{
	char mode[16], name[100];
	int shape, when;

	ktap_preload(argv);
	if (argc > 1 && sscanf(argv[1], "%d %d", &shape, &when) == 2)
		return subject((enum shape)shape, (enum when)when);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("100", "64");
	for (when = 0; when < WHENS; when++)
		for (shape = 0; shape < SHAPES; shape++) {
			/* Of the others one is enough; threads end in one. */
			if (when != AT_WORK &&
			    shape != (when == GUARDING ? REFUSED : ALL))
				continue;
			setenv("HAKMEM_GUARD", whens[when].guard, 1);
			setenv("HAKMEM_OBSERVE", whens[when].observe, 1);
			snprintf(mode, sizeof(mode), "%d %d", shape, when);
			snprintf(name, sizeof(name), "%s, a keeper %s",
				 shapes[shape].name, whens[when].name);
			in_self(mode, name);
		}
	return ksft_finished();
}
