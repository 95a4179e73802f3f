/* SPDX-License-Identifier: MIT */
/* x86_64/arch.h - the x86-64 port. */
#pragma once

#include <stdint.h>

/* The names of clock_gettime and getcpu in the kernel's vDSO. */
#define ARCH_VDSO_CLOCK "__vdso_clock_gettime"
#define ARCH_VDSO_GETCPU "__vdso_getcpu"

/* Pause for a moment in a loop that waits for another thread. */
static inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* The address of the running thread's control block: unique to the thread, never 0. */
static inline uintptr_t arch_thread_pointer(void)
{
	uintptr_t tp;

	__asm__("movq %%fs:0, %0" : "=r"(tp));
	return tp;
}

/*
 * Read a counter that grows at a constant rate. The fences keep the read between the
 * instructions before and after this function.
 */
static inline uint64_t arch_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence"
			 : "=a"(low), "=d"(high)
			 :
			 : "memory");
	return (uint64_t)high << 32 | low;
}

/*
 * Load a word. The thread's later reads and writes happen after the load, because an
 * x86-64 CPU keeps this order for every load.
 */
static inline uint64_t arch_load_acquire(const uint64_t *word)
{
	return *word;
}

/*
 * Make a system call without libc. So errno stays, the call is no cancellation point,
 * and no wrapper of another library runs and calls malloc. Returns -errno on failure.
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
		"\tendbr64\n"					\
		"\tpushq %rdx\n"				\
		"\t.cfi_adjust_cfa_offset 8\n"			\
		"\tpushq %rsi\n"				\
		"\t.cfi_adjust_cfa_offset 8\n"			\
		"\tpushq %rdi\n"				\
		"\t.cfi_adjust_cfa_offset 8\n"			\
		"\tmovq %rsp, %rdi\n"				\
		"\tcall " #target "\n"				\
		"\tpopq %rdi\n"					\
		"\t.cfi_adjust_cfa_offset -8\n"			\
		"\tpopq %rsi\n"					\
		"\t.cfi_adjust_cfa_offset -8\n"			\
		"\tpopq %rdx\n"					\
		"\t.cfi_adjust_cfa_offset -8\n"			\
		"\tjmp *%rax\n"					\
		"\t.cfi_endproc\n"				\
		"\t.size " #name ", . - " #name "\n"		\
		"\t.popsection\n")
