/* SPDX-License-Identifier: MIT */
/* aarch64/arch.h - the 64-bit Arm port. */
#pragma once

#include <stdint.h>

/* The names of clock_gettime and getcpu in the kernel's vDSO. */
#define ARCH_VDSO_CLOCK "__kernel_clock_gettime"
#define ARCH_VDSO_GETCPU "__kernel_getcpu"

/* Pause for a moment in a loop that waits for another thread. */
static inline void arch_cpu_relax(void)
{
	__asm__ volatile("isb" ::: "memory");
}

/* The address of the running thread's control block: unique to the thread, never 0. */
static inline uintptr_t arch_thread_pointer(void)
{
	uintptr_t tp;

	__asm__("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}

/*
 * Read a counter that grows at a constant rate. The barriers keep the read between the
 * instructions before and after this function.
 */
static inline uint64_t arch_ticks(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb"
			 : "=r"(ticks)
			 :
			 : "memory");
	return ticks;
}

/* Load a word. The thread's later reads and writes happen after the load. */
static inline uint64_t arch_load_acquire(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/*
 * Make a system call without libc. So errno stays, the call is no cancellation point,
 * and no wrapper of another library runs and calls malloc. Returns -errno on failure.
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

/*
 * Define the function `name` with at most three integer arguments. The function stores
 * its arguments in an array and calls `void *target(uintptr_t arguments[3])`, which may
 * change them. Then the function loads the arguments from the array again and jumps to
 * the address that `target` returned. The code at this address sees the stack and the
 * return address of the caller of `name`.
 */
#define ARCH_TAIL_CALL(name, target)				\
	__asm__(".pushsection .text\n"				\
		"\t.p2align 4\n"				\
		"\t.globl " #name "\n"				\
		"\t.type " #name ", %function\n" #name ":\n"	\
		"\t.cfi_startproc\n"				\
		"\thint 34\n" /* bti c */			\
		"\tstp x29, x30, [sp, -48]!\n"			\
		"\t.cfi_def_cfa_offset 48\n"			\
		"\t.cfi_offset 29, -48\n"			\
		"\t.cfi_offset 30, -40\n"			\
		"\tmov x29, sp\n"				\
		"\tstp x0, x1, [sp, 16]\n"			\
		"\tstr x2, [sp, 32]\n"				\
		"\tadd x0, sp, 16\n"				\
		"\tbl " #target "\n"				\
		"\tmov x16, x0\n"				\
		"\tldp x0, x1, [sp, 16]\n"			\
		"\tldr x2, [sp, 32]\n"				\
		"\tldp x29, x30, [sp], 48\n"			\
		"\t.cfi_def_cfa_offset 0\n"			\
		"\t.cfi_restore 29\n"				\
		"\t.cfi_restore 30\n"				\
		"\tbr x16\n"					\
		"\t.cfi_endproc\n"				\
		"\t.size " #name ", . - " #name "\n"		\
		"\t.popsection\n")
