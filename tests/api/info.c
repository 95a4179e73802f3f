/* SPDX-License-Identifier: MIT */
/*
 * info.c - mallinfo, mallinfo2, malloc_info, malloc_stats, malloc_trim and
 * mallopt: there, plausible, well formed, and of the right heap.
 */
#include <ctype.h>
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"
#include "../ktap_run.h"

#define MIB	((size_t)1 << 20)

/* A hundred MiB made and freed must show in the numbers. */
static void figures(size_t block_size, const char *name)
{
	size_t count = 100 * MIB / block_size, in_use, total;
	void **block = malloc(count * sizeof(*block));
	struct mallinfo2 before = mallinfo2(), during, after;

	for (size_t i = 0; i < count; i++) {
		block[i] = malloc(block_size);
		memset(block[i], 1, block_size);
	}
	during = mallinfo2();
	for (size_t i = 0; i < count; i++)
		free(block[i]);
	after = mallinfo2();
	free(block);

	in_use = during.uordblks + during.hblkhd;
	total = before.uordblks + before.hblkhd;
	ksft_test_result(in_use - total > 90 * MIB &&
			 in_use - total < 150 * MIB,
			 "%s: 100 MiB more in use (%zu MiB)", name,
			 (in_use - total) / MIB);
	in_use = after.uordblks + after.hblkhd;
	ksft_test_result(in_use < total + 20 * MIB,
			 "%s: and less when freed (%zu MiB left)", name,
			 (in_use - total) / MIB);
}

static void plausible(void)
{
	void *block = ktap_opaque(malloc(10 * MIB));
	struct mallinfo2 info;

	memset(block, 1, 10 * MIB);
	info = mallinfo2();
	ksft_print_msg("arena %zu hblkhd %zu uordblks %zu fordblks %zu",
		       info.arena, info.hblkhd, info.uordblks, info.fordblks);
	ksft_test_result(info.arena + info.hblkhd >= 10 * MIB &&
			 info.uordblks <= info.arena + info.hblkhd &&
			 info.fordblks <= info.arena + info.hblkhd,
			 "mallinfo2 adds up");
	free(block);
}

/* The int version: the same numbers, as far as an int holds them. */
static void old_mallinfo(void)
{
	void *block = ktap_opaque(malloc(50 * MIB));
	struct mallinfo info;
	size_t in_use;

	memset(block, 1, 50 * MIB);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	info = mallinfo();
#pragma GCC diagnostic pop
	in_use = (size_t)info.uordblks + (size_t)info.hblkhd;
	ksft_test_result(info.uordblks >= 0 && in_use >= 50 * MIB &&
			 in_use < 1000 * MIB, "mallinfo: %zu MiB in use",
			 in_use / MIB);
	free(block);
}

/* Tags closed in order, attributes quoted: enough of XML to fail on junk. */
static bool well_formed(const char *text)
{
	char open[32][32];
	int depth = 0, elements = 0;

	for (const char *at = text; *at; at++) {
		bool closing;
		int len = 0;

		if (*at == '>' || *at == '&')
			return false;
		if (*at != '<')
			continue;
		closing = at[1] == '/';
		at += 1 + closing;
		if (*at == '?') {
			at = strstr(at, "?>");
			if (!at || elements)
				return false;
			at++;
			continue;
		}
		while (isalnum((unsigned char)at[len]) && len < 31)
			len++;
		if (!len || depth == 32 || (closing && !depth))
			return false;
		if (closing) {
			depth--;
			if (open[depth][len] || strncmp(open[depth], at, len))
				return false;
		} else {
			memcpy(open[depth], at, len);
			open[depth++][len] = '\0';
			elements++;
		}
		for (bool quoted = false; *at != '>' || quoted; at++) {
			if (!*at || (*at == '<' && !quoted))
				return false;
			quoted ^= *at == '"';
		}
		if (at[-1] == '/' && !closing)
			depth--;
		if (!depth && elements > 1 && strspn(at + 1, " \n") !=
		    strlen(at + 1))
			return false;
	}
	return !depth && elements;
}

static void xml(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	int ret = malloc_info(0, file);

	fclose(file);
	ksft_test_result(ret == 0 && strstr(text, "<malloc"),
			 "malloc_info writes a <malloc> document");
	if (!ksft_test_result(well_formed(text), "malloc_info is well formed"))
		ksft_print_msg("%s", text);
	free(text);
	errno = 0;
	ret = malloc_info(ktap_opaque(3), stderr);
	ksft_test_result(ret == EINVAL || (ret == -1 && errno == EINVAL),
			 "malloc_info refuses options");
}

static int say_stats(void *arg)
{
	(void)arg;
	malloc_stats();
	return 0;
}

static void stats(void)
{
	struct ktap_run run;

	ktap_run_fork(&run, say_stats, NULL, 20);
	ksft_test_result(ktap_run_ok(&run) && !run.out[0] &&
			 strchr(run.err, '\n') && strpbrk(run.err, "123456789"),
			 "malloc_stats writes figures to stderr");
	if (!ktap_run_ok(&run))
		ktap_run_print(&run);
}

static size_t resident(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void trim(void)
{
	static void *block[6400];
	size_t before, full, after;
	int ret;

	malloc_trim(0);
	before = resident();
	for (int i = 0; i < 6400; i++) {
		block[i] = malloc(20000);
		memset(block[i], 1, 20000);
	}
	full = resident();
	for (int i = 0; i < 6400; i++)
		free(block[i]);
	ret = malloc_trim(0);
	after = resident();
	ksft_test_result(full > before + 110 * MIB &&
			 after < before + 10 * MIB,
			 "malloc_trim gives back (%zu -> %zu -> %zu MiB)",
			 before / MIB, full / MIB, after / MIB);
	ksft_test_result(ret == 0 || ret == 1, "malloc_trim returns 0 or 1");
	for (int i = 0; i < 1000; i++)
		malloc_trim(i % 2 ? SIZE_MAX : 0);
	ksft_test_result_pass("malloc_trim many times");
}

/* Programs set glibc's knobs; whatever is done with them, malloc goes on. */
static void knobs(void)
{
	static const int knob[] = { M_MXFAST, M_TRIM_THRESHOLD, M_TOP_PAD,
				    M_MMAP_THRESHOLD, M_MMAP_MAX,
				    M_CHECK_ACTION, M_PERTURB, M_ARENA_TEST,
				    M_ARENA_MAX, 9999 };
	size_t bad = 0;

	for (size_t i = 0; i < sizeof(knob) / sizeof(*knob); i++) {
		int ret = mallopt(knob[i], knob[i] == M_PERTURB ? 0 : 64);

		bad += ret != 0 && ret != 1;
		free(malloc(100000));
		free(malloc(10 * MIB));
	}
	ksft_test_result(!bad, "mallopt returns 0 or 1");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(18);
	figures(100, "100 bytes");
	figures(5000, "5000 bytes");
	figures(300000, "300 kB");
	figures(5 * MIB, "5 MiB");
	plausible();
	old_mallinfo();
	xml();
	stats();
	trim();
	knobs();
	return ksft_finished();
}
