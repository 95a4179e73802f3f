/* SPDX-License-Identifier: MIT */
/*
 * limits.c - how much there is to have: memory, addresses, page size.
 *
 * Calls   raw system calls and the auxiliary vector.
 * Called by  heap/window.c and front/, during initialisation.
 */
#include "limits.h"

#include "arch.h"

#include <linux/sysinfo.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>

uint64_t hak_limits_memory(void)
{
	struct sysinfo info;

	if (arch_syscall(SYS_sysinfo, (long)&info, 0, 0, 0, 0, 0))
		return 0;
	return (uint64_t)info.totalram * info.mem_unit;
}

uint64_t hak_limits_addresses(void)
{
	struct rlimit limit;

	if (arch_syscall(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit, 0, 0))
		return UINT64_MAX;
	return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

size_t hak_limits_page(void)
{
	return getauxval(AT_PAGESZ);
}

void hak_limits_random(uint64_t ret_words[2])
{
	const void *bytes = (const void *)getauxval(AT_RANDOM);

	ret_words[0] = 0;
	ret_words[1] = 0;
	if (bytes)
		memcpy(ret_words, bytes, 2 * sizeof(*ret_words));
}
