/* SPDX-License-Identifier: MIT */
/*
 * uffd.h - userfaultfd: the kernel reports touches of memory that hakmem chooses.
 *
 * Addresses and lengths are multiples of the page size. Functions with an int
 * result return 0 or -errno, except hak_uffd_read(). If hakmem closes the
 * descriptor, or if its descriptor table ends, the kernel reports no more touches
 * and wakes every thread that waits for an answer.
 */
#pragma once

#include "base/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hak_uffd_kind {
	HAK_UFFD_MISSING, /* touches of a missing page; the thread waits; Linux 4.14 */
	HAK_UFFD_WRITES,  /* writes; the writer waits for an answer; Linux 5.7 */
	HAK_UFFD_NOTES,	  /* writes, as marks in the page tables; nobody waits; Linux 6.7 */
};

struct hak_uffd {
	int fd; /* -1: not open */
	enum hak_uffd_kind kind;
};

struct hak_touch {
	uintptr_t address; /* the touched byte; before Linux 5.18 only its page */
	uint32_t thread;   /* thread id, as from gettid(2) */
	bool write;	   /* the thread writes; otherwise it reads */
};

/*
 * Open a descriptor of the given kind. Returns the mode, or the reason for failure. The
 * kernel itself touches memory for a program, as in read(2), but reports these touches
 * to privileged processes only (CAP_SYS_PTRACE, the sysctl vm.unprivileged_userfaultfd,
 * or permission for /dev/userfaultfd). Such a process gets HAK_MODE_ON. Any other
 * process gets HAK_MODE_USER_ONLY, and its system calls that touch armed memory fail
 * with EFAULT. So HAK_UFFD_WRITES needs the privilege.
 */
enum hak_mode hak_uffd_open(enum hak_uffd_kind kind, struct hak_uffd *ret_uffd);
void hak_uffd_close(struct hak_uffd *uffd);

/*
 * Let the kernel report touches of missing pages in the range (HAK_UFFD_MISSING), or
 * write-protect the present pages and report writes (the other kinds).
 * hak_uffd_disarm() ends the reports.
 */
int hak_uffd_arm(const struct hak_uffd *uffd, void *address, size_t bytes);
int hak_uffd_disarm(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Let threads write to the range without a report, until the next hak_uffd_arm(). */
int hak_uffd_release(const struct hak_uffd *uffd, void *address, size_t bytes);

/*
 * Fill missing pages of the range with zeroes, and wake the threads that wait for them.
 */
int hak_uffd_zero(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Wake the threads that wait for an answer. Each repeats its touch of the range. */
void hak_uffd_wake(const struct hak_uffd *uffd, void *address, size_t bytes);

/*
 * Read the next touches, at most `most` and at most 16. Returns their number, 0 if
 * there are none now, -errno if no further touch will arrive.
 */
int hak_uffd_read(const struct hak_uffd *uffd, struct hak_touch *ret_touches,
		  unsigned most);
