/* SPDX-License-Identifier: MIT */
/*
 * map.c - address space from the kernel, by raw system calls.
 *
 * Owns    every mmap, munmap, mremap, mprotect and madvise of the library.
 */
#include "os/map.h"

#include "base/sys.h"

#include <errno.h>
#include <linux/mman.h>
#include <sys/mman.h>

enum {
	/* PIDFD_SELF and three values of MADV_..., which older kernel headers lack */
	SELF = -10000,
	COLLAPSE = 25,
	GUARD_INSTALL = 102,
	GUARD_REMOVE = 103,
	TRIES_MAX = 8, /* repetitions of a call that fails with -EAGAIN */
	/* most bytes for a process_madvise(2); the kernel takes a little less than 2 GiB */
	TOGETHER_MAX = 1 << 30,
};

static int advise(void *address, size_t bytes, int advice)
{
	return (int)sys_madvise(address, bytes, advice);
}

static int map(void *address, size_t bytes, int protection, int flags)
{
	long got;

	flags |= MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	got = sys_mmap(address, bytes, protection, flags);
	if (got < 0 && got > -4096)
		return (int)got;
	if ((void *)got != address) {
		/*
		 * A kernel before 4.17 does not know MAP_FIXED_NOREPLACE, and takes the
		 * address only as a hint.
		 */
		hak_unmap((void *)got, bytes);
		return -EEXIST;
	}
	return 0;
}

static int map_anywhere(size_t bytes, void **ret_address)
{
	long got = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);

	if (got < 0 && got > -4096)
		return (int)got;
	*ret_address = (void *)got;
	return 0;
}

int hak_map_zeroes_at(void *address, size_t bytes)
{
	return map(address, bytes, PROT_READ, MAP_FIXED_NOREPLACE);
}

int hak_map_new(size_t bytes, void **ret_address)
{
	return map_anywhere(bytes, ret_address);
}

bool hak_map_might(size_t bytes)
{
	long got = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS);

	if (got < 0 && got > -4096)
		return false;
	hak_unmap((void *)got, bytes);
	return true;
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

int hak_map_protect(void *address, size_t bytes, int protection)
{
	return (int)sys_mprotect(address, bytes, protection);
}

int hak_map_writable(void *address, size_t bytes)
{
	int err = hak_map_protect(address, bytes, PROT_READ | PROT_WRITE);

	/*
	 * If mprotect(2) fails, mapping the range anew has the same effect. The
	 * exception is -ENOMEM: if the kernel has no memory for the new mapping, a
	 * kernel before 6.12 leaves the range unmapped.
	 */
	return err && err != -ENOMEM ? hak_map_again(address, bytes) : err;
}

int hak_map_move(void *to, size_t to_bytes, void *from, size_t bytes)
{
	/*
	 * For several pages the callers pass more `to_bytes` than `bytes`. Then the
	 * kernel moves a single mapping only. With equal lengths Linux 6.17 moves
	 * several mappings one after the other, and may stop half way.
	 */
	long got = sys_mremap(from, bytes, to_bytes,
			      MREMAP_MAYMOVE | MREMAP_FIXED, to);

	return got < 0 && got > -4096 ? (int)got : 0;
}

int hak_map_grow(void *address, size_t bytes, size_t more)
{
	long got = sys_mremap(address, bytes, bytes + more, 0, NULL);

	return got < 0 && got > -4096 ? (int)got : 0;
}

int hak_unmap(void *address, size_t bytes)
{
	return (int)sys_munmap(address, bytes);
}

bool hak_map_is_one(void *address, size_t bytes, const void *beyond)
{
	/*
	 * Ask the kernel to grow the range up to `beyond`. The kernel first checks that
	 * the range lies in one mapping, and returns -EFAULT if not. The growth itself
	 * always fails, because another mapping lies before `beyond`.
	 */
	long got = sys_mremap(address, bytes,
			      (const char *)beyond - (char *)address, 0, NULL);

	return got != -EFAULT;
}

int hak_map_populate(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_POPULATE_WRITE);
}

int hak_map_decommit(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_DONTNEED);
}

bool hak_map_locks(size_t page)
{
	void *address;
	bool locks;
	int err = hak_map_new(page, &address);

	/*
	 * After mlockall(2), mmap fails with -EAGAIN if the process may not lock more
	 * memory. For locked memory MADV_DONTNEED fails with -EINVAL.
	 */
	if (err)
		return err == -EAGAIN;
	locks = hak_map_decommit(address, page) == -EINVAL;
	hak_unmap(address, page);
	return locks;
}

static int advice_of(bool lazily)
{
	return lazily ? MADV_FREE : MADV_DONTNEED;
}

int hak_map_give_one(void *address, size_t bytes, bool lazily)
{
	unsigned tries = TRIES_MAX;
	int err;

	do
		err = advise(address, bytes, advice_of(lazily));
	while (err == -EAGAIN && tries--);
	return err;
}

int hak_map_give(const struct hak_ranges *ranges, unsigned i)
{
	return hak_map_give_one(ranges->range[i].iov_base,
				ranges->range[i].iov_len, ranges->lazily);
}

/*
 * The number of ranges, from range i on, that one call may give back: all are marked
 * HAK_TO_GIVE, and together they have at most TOGETHER_MAX bytes.
 */
static unsigned row(const struct hak_ranges *ranges, unsigned i)
{
	size_t room = TOGETHER_MAX;
	unsigned n = 0;

	for (; i + n < ranges->count && ranges->err[i + n] == HAK_TO_GIVE;
	     n++) {
		if (ranges->range[i + n].iov_len > room)
			break;
		room -= ranges->range[i + n].iov_len;
	}
	return n;
}

static long give_row(const struct iovec *range, unsigned n, int advice)
{
	return sys_process_madvise(SELF, range, n, advice);
}

/*
 * Give back as much as one call may, from byte `done` of range i on. Returns the number
 * of bytes given back, or -errno if the kernel refused the first range.
 */
static long give_some(const struct hak_ranges *ranges, unsigned i, size_t done)
{
	struct iovec piece = ranges->range[i];
	unsigned n = done ? 0 : row(ranges, i);

	if (n)
		return give_row(&ranges->range[i], n,
				advice_of(ranges->lazily));
	piece.iov_base = (char *)piece.iov_base + done;
	piece.iov_len -= done;
	if (piece.iov_len > TOGETHER_MAX)
		piece.iov_len = TOGETHER_MAX;
	return give_row(&piece, 1, advice_of(ranges->lazily));
}

/*
 * The kernel has taken `bytes` more, from byte *done of range *i on. Set the results of
 * the ranges that the kernel has now taken whole, and advance *i and *done to the first
 * byte left.
 */
static void went(struct hak_ranges *ranges, size_t bytes, unsigned *i,
		 size_t *done)
{
	*done += bytes;
	while (*i < ranges->count && ranges->err[*i] == HAK_TO_GIVE &&
	       *done >= ranges->range[*i].iov_len) {
		*done -= ranges->range[*i].iov_len;
		ranges->err[(*i)++] = 0;
	}
}

int hak_map_give_together(struct hak_ranges *ranges)
{
	unsigned tries = TRIES_MAX;
	size_t done = 0; /* bytes of range i that the kernel has taken */
	bool asked = false;
	unsigned i = 0;
	long got;
	int err;

	while (i < ranges->count) {
		if (ranges->err[i] != HAK_TO_GIVE) {
			i++;
			continue;
		}
		got = give_some(ranges, i, done);
		if (got > 0) {
			went(ranges, (size_t)got, &i, &done);
			tries = TRIES_MAX;
		} else if (!got || got == -EAGAIN || got == -EINTR) {
			if (!tries--)
				return -EAGAIN;
		} else {
			/*
			 * Does the kernel refuse this range, or process_madvise(2) as
			 * such? Make the call without a range to find out, but only
			 * once.
			 */
			err = asked ? 0
				    : (int)give_row(NULL, 0,
						    advice_of(ranges->lazily));
			if (err)
				return err;
			asked = true;
			ranges->err[i++] = (int)got;
			done = 0;
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
	return marks ? advise(address, bytes, GUARD_INSTALL)
		     : hak_map_protect(address, bytes, PROT_NONE);
}

int hak_map_unfence(void *address, size_t bytes, bool marks)
{
	return marks ? advise(address, bytes, GUARD_REMOVE)
		     : hak_map_protect(address, bytes, PROT_READ | PROT_WRITE);
}

int hak_map_cool(void *address, size_t bytes, bool out)
{
	return advise(address, bytes, out ? MADV_PAGEOUT : MADV_COLD);
}

int hak_map_wiped_in_child(void *address, size_t bytes)
{
	return advise(address, bytes, MADV_WIPEONFORK);
}
