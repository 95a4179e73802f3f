/* SPDX-License-Identifier: MIT */
/*
 * use_after_free.c - blocks read and written after they were freed and their
 * memory given back: told where HAKMEM_GUARD watches it, and not otherwise.
 */
#include <malloc.h>

#include "../ktap_stats.h"
#include "sin.h"

#define SUPERSLAB	((size_t)2 << 20)
#define BYTES		((size_t)64 << 20)
#define TOLD		"use after free"

static char **words;

/* Becomes this sin again, under that guard, unless it is already. */
static void under(const char *mode)
{
	if (getenv("HAKMEM_GUARD"))
		return;
	if (setenv("HAKMEM_GUARD", mode, 1) ||
	    setenv("HAKMEM_PROFILE", "lean", 1) ||
	    setenv("HAKMEM_KEEP_MB", "0", 1) ||
	    setenv("HAKMEM_KEEP_PERCENT", "0", 1) ||
	    setenv("HAKMEM_DECOMMIT_DELAY", "0", 1))
		_exit(123);
	execv("/proc/self/exe", words);
	_exit(124);
}

/* Nothing of its superslab is resident. That is asked without a touch. */
static bool is_given_back(const char *at)
{
	unsigned char there[SUPERSLAB / 4096];
	char *base = (char *)((uintptr_t)at & ~(uintptr_t)(SUPERSLAB - 1));

	if (mincore(base, SUPERSLAB, there))
		return false;
	for (size_t i = 0; i < SUPERSLAB / (size_t)sysconf(_SC_PAGESIZE); i++)
		if (there[i] & 1)
			return false;
	return true;
}

static bool is_on(long unused)
{
	const struct hakmem_stats *page =
		(const struct hakmem_stats *)dlsym(RTLD_DEFAULT,
						     "hakmem_stats_page");

	(void)unused;
	return atomic_load(&page->guard) != HAK_MODE_OFF;
}

/* The middle one of many that are freed, once the kernel has it. */
static char *kept_pointer(size_t size)
{
	size_t count = BYTES / size;
	char **block = mmap(NULL, count * sizeof(*block),
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *kept;

	if (strcmp(getenv("HAKMEM_GUARD"), "off"))
		ktap_await(is_on, 0, 20);
	for (size_t i = 0; i < count; i++)
		block[i] = sin_malloc(size);
	kept = block[count / 2] + size / 2;
	for (size_t i = 0; i < count; i++)
		sin_free(block[i]);
	malloc_trim(0);
	for (int i = 0; !is_given_back(kept); i++) {
		if (i == 10000)
			_exit(121);
		ktap_pause(5);
	}
	return sin_names(ktap_opaque(kept));
}

static void sin_read(char *at)
{
	if (*(volatile char *)at)
		sin_exploited("what was freed can be read");
}

static void sin_write(char *at)
{
	*(volatile char *)at = 1;
}

static void trap_read(size_t size)
{
	under("trap");
	sin_read(kept_pointer(size));
}

static void trap_write(size_t size)
{
	under("trap");
	sin_write(kept_pointer(size));
}

static void report_read(size_t size)
{
	under("report");
	sin_read(kept_pointer(size));
}

static void report_write(size_t size)
{
	under("report");
	sin_write(kept_pointer(size));
}

static void off_read(size_t size)
{
	under("off");
	sin_read(kept_pointer(size));
}

static const struct sin sins[] = {
	{ "trap-read-64", trap_read, 64, TOLD },
	{ "trap-read-20000", trap_read, 20000, TOLD },
	{ "trap-read-5MiB", trap_read, 5 << 20, TOLD },
	{ "trap-write-64", trap_write, 64, TOLD },
	{ "trap-write-20000", trap_write, 20000, TOLD },
	{ "trap-write-5MiB", trap_write, 5 << 20, TOLD },
	{ "report-read-64", report_read, 64, SIN_TOLD TOLD },
	{ "report-read-5MiB", report_read, 5 << 20, SIN_TOLD TOLD },
	{ "report-write-64", report_write, 64, SIN_TOLD TOLD },
	{ "report-write-5MiB", report_write, 5 << 20, SIN_TOLD TOLD },
	{ "off-read-64", off_read, 64, SIN_SURVIVED },
	{ "off-read-5MiB", off_read, 5 << 20, SIN_SURVIVED },
};

int main(int argc, char **argv)
{
	words = argv;
	if (argc == 1)
		unsetenv("HAKMEM_GUARD");
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
