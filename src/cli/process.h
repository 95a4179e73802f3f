/* SPDX-License-Identifier: MIT */
/*
 * process.h - reads from another process: its name, its memory, and the address
 * of the library's stats page in this memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { HAK_PROCESS_NAME_BYTES = 32 };

/*
 * Write the name of the process's command as ps(1) shows the name. Each character
 * that is not printable becomes '?'.
 */
void hak_process_name(pid_t process,
		      char ret_name[static HAK_PROCESS_NAME_BYTES]);

/*
 * Find the address of hakmem_stats_page in a process that has loaded
 * libhakmem.so.0. Returns 0, or -errno with the reason printed.
 */
int hak_process_find_page(pid_t process, uint64_t *ret_page);

/*
 * Read exactly `bytes` of the process's memory. Returns 0, -ESRCH when the
 * process has ended, -EFAULT when a part of the memory is not mapped, or another
 * -errno.
 */
int hak_process_read(pid_t process, uint64_t address, void *ret_bytes,
		     size_t bytes);

/*
 * Print why the tool could not read a process. `result` is the -errno of the failed
 * read. The function returns `result`.
 */
int hak_process_complain(pid_t process, int result);
