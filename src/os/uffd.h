/* SPDX-License-Identifier: MIT */
/*
 * uffd.h - userfaultfd: memory of which the kernel tells who touches it.
 *
 * Addresses and lengths are multiples of the page size. All return 0 or
 * -errno unless they say otherwise. A descriptor that is closed, or whose
 * table of descriptors ends, disarms all and wakes everyone who waits.
 */
#pragma once

#include "base/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hak_uffd_kind {
	HAK_UFFD_MISSING, /* a page that is not there is touched; Linux 4.14 */
	HAK_UFFD_WRITES,  /* a page is written, by who waits for us; 5.7 */
	HAK_UFFD_NOTES,	  /* a page is written: the page tables know; 6.7 */
};

struct hak_uffd {
	int fd; /* -1: not open */
	enum hak_uffd_kind kind;
};

struct hak_touch {
	uintptr_t address; /* before Linux 5.18: of its page */
	uint32_t thread;   /* its id, as gettid(2) has it */
	bool write;
};

/*
 * Whether it works, or why it does not. What the kernel touches for a program,
 * as in read(2), is told to the privileged only (CAP_SYS_PTRACE, the sysctl
 * vm.unprivileged_userfaultfd, or permission for /dev/userfaultfd): HAK_MODE_ON.
 * Others have HAK_MODE_USER_ONLY, and their program EFAULT from such calls. So
 * HAK_UFFD_WRITES is for the privileged alone.
 */
enum hak_mode hak_uffd_open(enum hak_uffd_kind kind, struct hak_uffd *ret_uffd);
void hak_uffd_close(struct hak_uffd *uffd);

/* From now on touches are told; of pages that are there, writes. */
int hak_uffd_arm(const struct hak_uffd *uffd, void *address, size_t bytes);
int hak_uffd_disarm(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Writes go on, until it is armed again. */
int hak_uffd_release(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Missing pages are zeroes now. */
int hak_uffd_zero(const struct hak_uffd *uffd, void *address, size_t bytes);

/* Who waits there tries again. */
void hak_uffd_wake(const struct hak_uffd *uffd, void *address, size_t bytes);

/* The next touches, up to `most` (16 at most); 0: none now. -errno: none ever. */
int hak_uffd_read(const struct hak_uffd *uffd, struct hak_touch *ret_touches,
		  unsigned most);
