/* SPDX-License-Identifier: MIT */
/* x86_64/arch.h - the x86-64 port. */
#pragma once

#include <stdint.h>

/* clock_gettime in the kernel's vDSO. */
#define ARCH_VDSO_CLOCK "__vdso_clock_gettime"

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* The running thread's control block: tells threads apart, never NULL. */
static inline uintptr_t arch_thread_pointer(void)
{
	uintptr_t tp;

	__asm__("movq %%fs:0, %0" : "=r"(tp));
	return tp;
}

/* A counter of one rate, read after what is before it, before what is after. */
static inline uint64_t arch_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence"
			 : "=a"(low), "=d"(high)
			 :
			 : "memory");
	return (uint64_t)high << 32 | low;
}

/* A word, before what is read after it: loads here keep their order. */
static inline uint64_t arch_load_acquire(const uint64_t *word)
{
	return *word;
}

/*
 * A system call without libc: no errno, no cancellation point, and no
 * interposed wrapper that could call malloc. Returns -errno on failure.
 */
static inline long arch_syscall(long nr, long a, long b, long c, long d,
				long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
