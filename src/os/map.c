/* SPDX-License-Identifier: MIT */
/*
 * map.c - address space from the kernel, by raw system calls.
 *
 * Owns    every mmap, munmap, mremap, mprotect and madvise of the library.
 * Called by  give.c, numa/, heap/.
 */
#include "map.h"

#include "arch.h"

#include <errno.h>
#include <linux/mman.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum {
	SELF = -10000, /* PIDFD_SELF, of Linux 6.14 */
	COLLAPSE = 25, /* MADV_COLLAPSE; older headers lack these */
	GUARD_INSTALL = 102,
	GUARD_REMOVE = 103,
	TRIES_MAX = 8, /* when the kernel says to try again */
};

static int advise(void *address, size_t bytes, int advice)
{
	return (int)arch_syscall(SYS_madvise, (long)address, (long)bytes,
				 advice, 0, 0, 0);
}

static int map(void *address, size_t bytes, int protection, int flags)
{
	long got;

	flags |= MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	got = arch_syscall(SYS_mmap, (long)address, (long)bytes, protection,
			   flags, -1, 0);
	if (got < 0 && got > -4096)
		return (int)got;
	if ((void *)got != address) {
		/* A kernel before 4.17 takes the address as a mere wish. */
		hak_unmap((void *)got, bytes);
		return -EEXIST;
	}
	return 0;
}

static int map_anywhere(size_t bytes, int protection, void **ret_address)
{
	long got = arch_syscall(SYS_mmap, 0, (long)bytes, protection,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
				-1, 0);

	if (got < 0 && got > -4096)
		return (int)got;
	*ret_address = (void *)got;
	return 0;
}

int hak_map_zeroes(size_t bytes, void **ret_address)
{
	return map_anywhere(bytes, PROT_READ, ret_address);
}

int hak_map_new(size_t bytes, void **ret_address)
{
	return map_anywhere(bytes, PROT_READ | PROT_WRITE, ret_address);
}

int hak_map_at(void *address, size_t bytes)
{
	return map(address, bytes, PROT_READ | PROT_WRITE,
		   MAP_FIXED_NOREPLACE);
}

int hak_map_hugetlb_at(void *address, size_t bytes)
{
	return map(address, bytes, PROT_READ | PROT_WRITE,
		   MAP_FIXED_NOREPLACE | MAP_HUGETLB | MAP_HUGE_2MB);
}

int hak_map_again(void *address, size_t bytes)
{
	return map(address, bytes, PROT_READ | PROT_WRITE, MAP_FIXED);
}

void hak_map_pages(void *address, size_t bytes, enum hak_pages pages)
{
	advise(address, bytes,
	       pages == HAK_PAGES_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

static int protect(void *address, size_t bytes, int protection)
{
	return (int)arch_syscall(SYS_mprotect, (long)address, (long)bytes,
				 protection, 0, 0, 0);
}

int hak_map_writable(void *address, size_t bytes)
{
	int err = protect(address, bytes, PROT_READ | PROT_WRITE);

	/*
	 * A new mapping does as well, but kernels before 6.12 leave a hole if
	 * they find no memory for it: not where that is what is missing.
	 */
	return err && err != -ENOMEM ? hak_map_again(address, bytes) : err;
}

int hak_map_move(void *to, size_t to_bytes, void *from, size_t bytes)
{
	/*
	 * With a greater length the kernel takes only what is one mapping:
	 * several that it moves one by one may get stuck half way (6.17).
	 */
	long got = arch_syscall(SYS_mremap, (long)from, (long)bytes,
				(long)to_bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
				(long)to, 0);

	return got < 0 && got > -4096 ? (int)got : 0;
}

int hak_unmap(void *address, size_t bytes)
{
	return (int)arch_syscall(SYS_munmap, (long)address, (long)bytes, 0, 0,
				 0, 0);
}

int hak_map_populate(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_POPULATE_WRITE);
}

int hak_map_decommit(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_DONTNEED);
}

static int advice_of(const struct hak_ranges *ranges)
{
	return ranges->lazily ? MADV_FREE : MADV_DONTNEED;
}

int hak_map_give(const struct hak_ranges *ranges, unsigned i)
{
	return advise(ranges->range[i].iov_base, ranges->range[i].iov_len,
		      advice_of(ranges));
}

/* How many from the i-th on are to give, in a row. */
static unsigned row(const struct hak_ranges *ranges, unsigned i)
{
	unsigned n = 0;

	while (i + n < ranges->count && ranges->err[i + n] == HAK_TO_GIVE)
		n++;
	return n;
}

int hak_map_give_together(struct hak_ranges *ranges)
{
	unsigned tries = TRIES_MAX;
	unsigned i = 0;
	unsigned n;
	long done;

	while (i < ranges->count) {
		n = row(ranges, i);
		if (!n) {
			i++;
			continue;
		}
		done = arch_syscall(SYS_process_madvise, SELF,
				    (long)&ranges->range[i], n,
				    advice_of(ranges), 0, 0);
		if (done < 0 && ((done != -EAGAIN && done != -EINVAL) ||
				 !tries--))
			return (int)done;
		if (done == -EINVAL)
			ranges->err[i++] = -EINVAL;
		/* It stops at a range that it refuses: that comes first next. */
		for (; n && done >= (long)ranges->range[i].iov_len; n--) {
			done -= (long)ranges->range[i].iov_len;
			ranges->err[i++] = 0;
		}
	}
	return 0;
}

int hak_map_collapse(void *address, size_t bytes)
{
	return advise(address, bytes, COLLAPSE);
}

int hak_map_fence(void *address, size_t bytes, bool marks)
{
	return marks ? advise(address, bytes, GUARD_INSTALL) :
		       protect(address, bytes, PROT_NONE);
}

int hak_map_unfence(void *address, size_t bytes, bool marks)
{
	return marks ? advise(address, bytes, GUARD_REMOVE) :
		       protect(address, bytes, PROT_READ | PROT_WRITE);
}

int hak_map_cool(void *address, size_t bytes, bool out)
{
	return advise(address, bytes, out ? MADV_PAGEOUT : MADV_COLD);
}

int hak_map_wiped_in_child(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_WIPEONFORK);
}
