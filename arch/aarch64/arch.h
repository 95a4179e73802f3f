/* SPDX-License-Identifier: MIT */
/* aarch64/arch.h - the 64-bit Arm port. */
#pragma once

#include <stdint.h>

/* clock_gettime in the kernel's vDSO. */
#define ARCH_VDSO_CLOCK "__kernel_clock_gettime"

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* The running thread's control block: tells threads apart, never NULL. */
static inline uintptr_t arch_thread_pointer(void)
{
	uintptr_t tp;

	__asm__("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}

/* A counter of one rate, read after what is before it, before what is after. */
static inline uint64_t arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb"
			 : "=r"(ticks)
			 :
			 : "memory");
	return ticks;
}

/* A word, before what is read after it. */
static inline uint64_t arch_load_acquire(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/*
 * A system call without libc: no errno, no cancellation point, and no
 * interposed wrapper that could call malloc. Returns -errno on failure.
 */
static inline long arch_syscall(long nr, long a, long b, long c, long d,
				long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
