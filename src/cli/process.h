/* SPDX-License-Identifier: MIT */
/*
 * process.h - a running process as another one sees it: its name, its memory,
 * and where in that its library keeps the stats page.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HAK_PROCESS_NAME_BYTES = 32 };

/* The command's name, as ps(1) has it; '?' for what is not printable. */
void hak_process_name(pid_t process,
		      char ret_name[static HAK_PROCESS_NAME_BYTES]);

/*
 * The address of hakmem_stats_page in a process that has libhakmem.so.0
 * loaded. Returns 0, or -errno with the reason printed.
 */
int hak_process_find_page(pid_t process, uint64_t *ret_page);

/*
 * Read exactly `bytes` of its memory. Returns 0; -ESRCH when the process has
 * ended, -EFAULT when not all of that is mapped, or another -errno.
 */
int hak_process_read(pid_t process, uint64_t address, void *ret_bytes,
		     size_t bytes);

/* Say why a process could not be read, by the -errno of it. Returns that. */
int hak_process_complain(pid_t process, int result);
