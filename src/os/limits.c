/* SPDX-License-Identifier: MIT */
/*
 * limits.c - available memory and addresses, page sizes, secrets.
 *
 * Calls   raw system calls, file.h and the auxiliary vector.
 */
#include "os/limits.h"

#include "os/file.h"
#include "os/filter.h"
#include "base/sys.h"

#include <linux/sysinfo.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

/*
 * The value in bytes of the line of /proc/meminfo that starts with `word`; 0 if
 * unknown.
 */
static uint64_t read_bytes(const char *word)
{
	char text[96];
	const char *at = text;
	uint64_t kib = 0;

	if (hak_file_find("/proc/meminfo", word, text, sizeof(text)) < 0)
		return 0;
	while (*at == ' ')
		at++;
	for (; *at >= '0' && *at <= '9'; at++)
		kib = 10 * kib + (uint64_t)(*at - '0');
	return kib << 10;
}

uint64_t hak_limits_memory(void)
{
	struct sysinfo info;

	if (hak_filter_here())
		return read_bytes("MemTotal:") + read_bytes("SwapTotal:");
	if (sys_sysinfo(&info))
		return 0;
	return (uint64_t)(info.totalram + info.totalswap) * info.mem_unit;
}

uint64_t hak_limits_addresses(void)
{
	struct rlimit limit;

	if (sys_getrlimit(RLIMIT_AS, &limit))
		return UINT64_MAX;
	return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

size_t hak_limits_page(void)
{
	return getauxval(AT_PAGESZ);
}

size_t hak_limits_huge_page(void)
{
	static const char path[] =
		"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
	size_t page = hak_limits_page();
	size_t bytes = 0;
	char text[32];
	const char *at;

	/*
	 * With 4 KiB pages a huge page always has 2 MiB, so the process need not read
	 * the file at every start.
	 */
	if (page != 4096 && hak_file_read(path, text, sizeof(text)) > 0)
		for (at = text; *at >= '0' && *at <= '9'; at++)
			bytes = bytes * 10 + (size_t)(*at - '0');
	return bytes ? bytes : page / sizeof(uint64_t) * page;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

uint64_t hak_limits_secret(unsigned which)
{
	const void *bytes = (const void *)getauxval(AT_RANDOM);
	uint64_t words[2] = { 0, 0 };
	uint64_t salt = mix(which + 0x9e3779b97f4a7c15);

	if (bytes)
		memcpy(words, bytes, sizeof(words));
	/*
	 * Mix both words of AT_RANDOM several times, so that nobody can compute a word
	 * from a leaked secret.
	 */
	return mix(mix(words[0] ^ salt) + words[1]) ^
	       mix(mix(words[1] + salt) ^ words[0]);
}
