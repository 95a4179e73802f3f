/* SPDX-License-Identifier: MIT */
/*
 * sys.h - the system calls of the library, with typed arguments.
 *
 * Each call returns the kernel's value: a result, or -errno. A descriptor is a
 * long, as returned by the kernel. No other file makes a call by number;
 * tests/lint/only-here.sh lists the calls of each file.
 */
#pragma once

#include "base/compiler.h"
#include "arch/arch.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

struct iovec;
struct pollfd;
struct rlimit;
struct sysinfo;
struct timespec;

/* ---- Files --------------------------------------------------------------- */

HAK_INLINE long sys_open(const char *path, int how)
{
	return arch_syscall(SYS_openat, AT_FDCWD, (long)path, how, 0, 0, 0);
}

HAK_INLINE long sys_close(long fd)
{
	return arch_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_close_range(unsigned first, unsigned last, int how)
{
	return arch_syscall(SYS_close_range, first, last, how, 0, 0, 0);
}

HAK_INLINE long sys_dup(long fd)
{
	return arch_syscall(SYS_dup, fd, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_read(long fd, void *to, size_t bytes)
{
	return arch_syscall(SYS_read, fd, (long)to, (long)bytes, 0, 0, 0);
}

HAK_INLINE long sys_pread(long fd, void *to, size_t bytes, long offset)
{
	return arch_syscall(SYS_pread64, fd, (long)to, (long)bytes, offset, 0,
			    0);
}

HAK_INLINE long sys_write(long fd, const void *from, size_t bytes)
{
	return arch_syscall(SYS_write, fd, (long)from, (long)bytes, 0, 0, 0);
}

HAK_INLINE long sys_ioctl(long fd, unsigned long request, void *argument)
{
	return arch_syscall(SYS_ioctl, fd, (long)request, (long)argument, 0, 0,
			    0);
}

/*
 * NULL for `timeout` means no timeout. The kernel writes the remaining time to
 * `timeout`.
 */
HAK_INLINE long sys_poll(struct pollfd *fds, unsigned count,
			 struct timespec *timeout)
{
	return arch_syscall(SYS_ppoll, (long)fds, count, (long)timeout, 0, 0,
			    0);
}

HAK_INLINE long sys_eventfd(unsigned count, int how)
{
	return arch_syscall(SYS_eventfd2, count, how, 0, 0, 0, 0);
}

HAK_INLINE long sys_userfaultfd(int how)
{
	return arch_syscall(SYS_userfaultfd, how, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_pidfd_open(long process)
{
	return arch_syscall(SYS_pidfd_open, process, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_pidfd_getfd(long pidfd, long fd)
{
	return arch_syscall(SYS_pidfd_getfd, pidfd, fd, 0, 0, 0, 0);
}

/* ---- Threads and processes ----------------------------------------------- */

HAK_INLINE long sys_getpid(void)
{
	return arch_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_gettid(void)
{
	return arch_syscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

/*
 * At the end of the calling thread the kernel will clear the 32-bit word `*id`, and wake
 * the threads that sleep on this word by sys_futex_wait_shared().
 */
HAK_INLINE long sys_set_tid_address(void *id)
{
	return arch_syscall(SYS_set_tid_address, (long)id, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_tgkill(long process, uint32_t thread, int signal)
{
	return arch_syscall(SYS_tgkill, process, thread, signal, 0, 0, 0);
}

HAK_INLINE long sys_sigprocmask(int how, const uint64_t *signals,
				uint64_t *ret_before)
{
	return arch_syscall(SYS_rt_sigprocmask, how, (long)signals,
			    (long)ret_before, sizeof(*signals), 0, 0);
}

HAK_INLINE long sys_prctl(int option, long a, long b, long c, long d)
{
	return arch_syscall(SYS_prctl, option, a, b, c, d, 0);
}

/* Set or get the calling thread's name, of at most 16 bytes with the NUL. */
HAK_INLINE long sys_set_name(const char *name)
{
	return arch_syscall(SYS_prctl, PR_SET_NAME, (long)name, 0, 0, 0, 0);
}

HAK_INLINE long sys_get_name(char *ret_name)
{
	return arch_syscall(SYS_prctl, PR_GET_NAME, (long)ret_name, 0, 0, 0, 0);
}

HAK_INLINE long sys_sched_yield(void)
{
	return arch_syscall(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_sched_getaffinity(long thread, size_t bytes, void *ret_cpus)
{
	return arch_syscall(SYS_sched_getaffinity, thread, (long)bytes,
			    (long)ret_cpus, 0, 0, 0);
}

HAK_INLINE long sys_sched_setaffinity(long thread, size_t bytes,
				      const void *cpus)
{
	return arch_syscall(SYS_sched_setaffinity, thread, (long)bytes,
			    (long)cpus, 0, 0, 0);
}

HAK_INLINE long sys_sched_setscheduler(long thread, int policy,
				       const int *priority)
{
	return arch_syscall(SYS_sched_setscheduler, thread, policy,
			    (long)priority, 0, 0, 0);
}

HAK_INLINE long sys_membarrier(int command)
{
	return arch_syscall(SYS_membarrier, command, 0, 0, 0, 0, 0);
}

/* Sleep while the word at `at` equals `value`. NULL for `timeout` means no timeout. */
HAK_INLINE long sys_futex_wait(const void *at, uint32_t value,
			       const struct timespec *timeout)
{
	return arch_syscall(SYS_futex, (long)at, FUTEX_WAIT_PRIVATE, value,
			    (long)timeout, 0, 0);
}

/*
 * Like sys_futex_wait(), for a word whose sleepers the kernel itself wakes. The kernel
 * does this by a FUTEX_WAKE without FUTEX_PRIVATE_FLAG, which wakes no private sleeper.
 */
HAK_INLINE long sys_futex_wait_shared(const void *at, uint32_t value,
				      const struct timespec *timeout)
{
	return arch_syscall(SYS_futex, (long)at, FUTEX_WAIT, value,
			    (long)timeout, 0, 0);
}

HAK_INLINE long sys_futex_wake(const void *at, uint32_t most)
{
	return arch_syscall(SYS_futex, (long)at, FUTEX_WAKE_PRIVATE, most, 0, 0,
			    0);
}

/* ---- The system ---------------------------------------------------------- */

HAK_INLINE long sys_clock_gettime(int clock, struct timespec *ret_time)
{
	return arch_syscall(SYS_clock_gettime, clock, (long)ret_time, 0, 0, 0,
			    0);
}

HAK_INLINE long sys_sysinfo(struct sysinfo *ret_info)
{
	return arch_syscall(SYS_sysinfo, (long)ret_info, 0, 0, 0, 0, 0);
}

HAK_INLINE long sys_getrlimit(int resource, struct rlimit *ret_limit)
{
	return arch_syscall(SYS_prlimit64, 0, resource, 0, (long)ret_limit, 0,
			    0);
}

/* ---- Memory -------------------------------------------------------------- */

/* Returns the address of the mapping, or -errno. */
HAK_INLINE long sys_mmap(void *address, size_t bytes, int protection, int flags)
{
	return arch_syscall(SYS_mmap, (long)address, (long)bytes, protection,
			    flags, -1, 0);
}

HAK_INLINE long sys_munmap(void *address, size_t bytes)
{
	return arch_syscall(SYS_munmap, (long)address, (long)bytes, 0, 0, 0, 0);
}

/* Returns the new address of the mapping, or -errno. */
HAK_INLINE long sys_mremap(void *from, size_t bytes, size_t to_bytes, int flags,
			   void *to)
{
	return arch_syscall(SYS_mremap, (long)from, (long)bytes, (long)to_bytes,
			    flags, (long)to, 0);
}

HAK_INLINE long sys_mprotect(void *address, size_t bytes, int protection)
{
	return arch_syscall(SYS_mprotect, (long)address, (long)bytes,
			    protection, 0, 0, 0);
}

HAK_INLINE long sys_madvise(void *address, size_t bytes, int advice)
{
	return arch_syscall(SYS_madvise, (long)address, (long)bytes, advice, 0,
			    0, 0);
}

/* Returns the number of bytes for which the kernel took the advice, or -errno. */
HAK_INLINE long sys_process_madvise(int pidfd, const struct iovec *ranges,
				    unsigned count, int advice)
{
	return arch_syscall(SYS_process_madvise, pidfd, (long)ranges, count,
			    advice, 0, 0);
}

/*
 * Here and in the next two calls, the kernel uses only `bits` - 1 bits of the node set.
 */
HAK_INLINE long sys_get_mempolicy(int *ret_mode, void *ret_nodes, unsigned bits,
				  const void *address, int flags)
{
	return arch_syscall(SYS_get_mempolicy, (long)ret_mode, (long)ret_nodes,
			    bits, (long)address, flags, 0);
}

HAK_INLINE long sys_set_mempolicy(int mode, const void *nodes, unsigned bits)
{
	return arch_syscall(SYS_set_mempolicy, mode, (long)nodes, bits, 0, 0,
			    0);
}

HAK_INLINE long sys_mbind(void *address, size_t bytes, int mode,
			  const void *nodes, unsigned bits, unsigned flags)
{
	return arch_syscall(SYS_mbind, (long)address, (long)bytes, mode,
			    (long)nodes, bits, flags);
}

/*
 * With NULL for `ids` no page moves, and the kernel only returns the node of each page.
 */
HAK_INLINE long sys_move_pages(unsigned count, void *const *pages,
			       const int *ids, int *ret_status, int flags)
{
	return arch_syscall(SYS_move_pages, 0, count, (long)pages, (long)ids,
			    (long)ret_status, flags);
}
