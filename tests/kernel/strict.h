/* SPDX-License-Identifier: MIT */
/*
 * strict.h - filters that kill for all system calls but memory calls.
 */
#pragma once

#include "kernel/bpf.h"

/* Memory calls, and the calls with which a thread ends and a test reports. */
static const long strict_memory[] = {
	SYS_mmap,    SYS_munmap,       SYS_mremap, SYS_mprotect,
	SYS_madvise, SYS_futex,	       SYS_brk,	   SYS_exit_group,
	SYS_exit,    SYS_rt_sigreturn, SYS_write,
};

/* The calls of the loader and the C library until main(). */
static const long strict_start[] = {
	SYS_execve,	     SYS_openat,	  SYS_read,
	SYS_pread64,	     SYS_close,		  SYS_newfstatat,
	SYS_set_tid_address, SYS_set_robust_list, SYS_rseq,
	SYS_prlimit64,	     SYS_getrandom,
#ifdef SYS_access
	SYS_access,
#endif
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_faccessat
	SYS_faccessat,
#endif
};

/* Filter the running thread only. STARTS: allow the calls to execute a program. */
static UTIL_UNUSED bool strict_take(bool starts)
{
	struct bpf filter;
	size_t i;

	bpf_begin(&filter);
	for (i = 0; i < sizeof(strict_memory) / sizeof(long); i++)
		bpf_rule(&filter, strict_memory[i], SECCOMP_RET_ALLOW);
	for (i = 0; starts && i < sizeof(strict_start) / sizeof(long); i++)
		bpf_rule(&filter, strict_start[i], SECCOMP_RET_ALLOW);
	return bpf_install(&filter, SECCOMP_RET_KILL_PROCESS, 0);
}
