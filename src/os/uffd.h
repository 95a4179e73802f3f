/* SPDX-License-Identifier: MIT */
/*
 * uffd.h - userfaultfd: the kernel reports touches of armed memory.
 *
 * Addresses and lengths are multiples of the page size. All functions return 0
 * or -errno unless noted. Closing the descriptor, or the end of its descriptor
 * table, disarms all memory and wakes every waiting thread.
 */
#pragma once

#include "base/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hak_uffd_kind {
	HAK_UFFD_MISSING, /* touches of a missing page; Linux 4.14 */
	HAK_UFFD_WRITES,  /* writes; the writer waits for an answer; Linux 5.7 */
	HAK_UFFD_NOTES,	  /* writes, noted in the page tables; Linux 6.7 */
};

struct hak_uffd {
	int fd; /* -1: not open */
	enum hak_uffd_kind kind;
};

struct hak_touch {
	uintptr_t address; /* before Linux 5.18: the page's address */
	uint32_t thread;   /* thread id, as from gettid(2) */
	bool write;
};

/*
 * Returns the mode, or the reason for failure. The kernel itself touches memory
 * for a program, as in read(2), but reports these touches to privileged
 * processes only (CAP_SYS_PTRACE, the sysctl vm.unprivileged_userfaultfd, or
 * permission for /dev/userfaultfd). Such a process gets HAK_MODE_ON. Any other
 * process gets HAK_MODE_USER_ONLY, and its system calls that touch armed memory
 * fail with EFAULT. So HAK_UFFD_WRITES needs the privilege.
 */
enum hak_mode hak_uffd_open(enum hak_uffd_kind kind, struct hak_uffd *ret_uffd);
void hak_uffd_close(struct hak_uffd *uffd);

/* Report touches from now on; for present pages, writes. */
int hak_uffd_arm(const struct hak_uffd *uffd, void *address, size_t bytes);
int hak_uffd_disarm(const struct hak_uffd *uffd, void *address, size_t bytes);

/*
 * Let writes to the range continue, without a report, until the range is armed
 * again.
 */
int hak_uffd_release(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Fill missing pages with zeroes. */
int hak_uffd_zero(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Let the waiting threads touch the memory again. */
void hak_uffd_wake(const struct hak_uffd *uffd, void *address, size_t bytes);

/*
 * Read the next touches, at most `most` and at most 16. Returns 0 if there are
 * none now, -errno if no further touch will arrive.
 */
int hak_uffd_read(const struct hak_uffd *uffd, struct hak_touch *ret_touches,
		  unsigned most);
