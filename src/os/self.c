/* SPDX-License-Identifier: MIT */
/*
 * self.c - which system calls the keeper may make, and its descriptor table.
 *
 * Owns    the keeper's table of descriptors, and the status file in the table.
 * Calls   file.h, filter.h, status.h.
 */
#include "os/self.h"

#include "os/file.h"
#include "os/filter.h"
#include "os/status.h"
#include "base/atomic.h"
#include "base/sys.h"
#include "arch/arch.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdint.h>

enum { RESERVED = 3 }; /* descriptors 0, 1 and 2, all of the status file */

/* Used by the keeper only: the status file's descriptor, and the last known state */
static int own = -1;
static enum hak_self state;

static _Atomic bool came;	 /* see hak_self_filter_came() */
static _Atomic uintptr_t keeper; /* the keeper's thread pointer; 0: no keeper */

static void note_keeper(uintptr_t thread)
{
	hak_write_once(&keeper, thread);
}

bool hak_self_is_keeper(void)
{
	return hak_read_once(&keeper) == arch_thread_pointer();
}

int hak_self_status(void)
{
	return hak_file_open("/proc/thread-self/status", O_RDONLY);
}

/*
 * Is the thread of the status file `fd` under a seccomp filter? If the file is
 * unreadable, assume a filter.
 */
bool hak_self_filtered(int fd)
{
	char text[HAK_STATUS_BYTES];
	struct hak_status status = { fd, text, sizeof(text) };

	return hak_status_seccomp(&status) != 0;
}

enum hak_self hak_self_open(void)
{
	long twin;

	note_keeper(arch_thread_pointer());
	own = -1;
	state = HAK_SELF_SHARED;
	/* If there is a seccomp filter already, it may forbid close_range(2). */
	if (hak_filter_here() || sys_close_range(0, ~0U, CLOSE_RANGE_UNSHARE))
		return state;
	state = HAK_SELF_UNSEEN;
	own = hak_self_status();
	if (own < 0)
		return state;
	state = hak_self_filtered(own) ? HAK_SELF_FILTERED : HAK_SELF_FREE;
	if (state == HAK_SELF_FILTERED)
		return state;
	do
		twin = sys_dup(own);
	while (twin >= 0 && twin < RESERVED - 1);
	return state;
}

enum hak_self hak_self_look(void)
{
	if (state == HAK_SELF_FREE && own >= 0 && hak_self_filtered(own)) {
		state = HAK_SELF_FILTERED;
		hak_write_once(&came, true);
		hak_filter_note(HAK_FILTER_IN_FORCE);
	}
	return state;
}

unsigned hak_self_threads(void)
{
	char text[HAK_STATUS_BYTES];
	struct hak_status status = { own, text, sizeof(text) };
	long threads = own < 0 ? -1 : hak_status_threads(&status);

	return threads < 0 ? UINT_MAX : (unsigned)threads;
}

void hak_self_close(void)
{
	note_keeper(0);
	own = -1;
	state = HAK_SELF_FREE;
}

bool hak_self_filter_came(void)
{
	return hak_read_once(&came);
}
