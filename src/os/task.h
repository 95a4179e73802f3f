/* SPDX-License-Identifier: MIT */
/* task.h - facts about a thread of this process, from /proc. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_TASK_NAME = 16 };

/* The thread's name, printable; "?" if the thread is gone. */
void hak_task_name(uint32_t thread, char ret_name[HAK_TASK_NAME]);

/* The name of the running thread. */
void hak_task_own_name(char ret_name[HAK_TASK_NAME]);

/* Would the thread receive the signal? False if blocked or ignored. */
bool hak_task_takes(uint32_t thread, int signal);

/* The thread's current or last processor; -errno. */
int hak_task_cpu(uint32_t thread);

/*
 * Is `thread` a thread of this process? A fault may also come from another
 * process that reads or writes this process's memory.
 */
bool hak_task_is_ours(uint32_t thread);

/* Send a signal to the thread. */
void hak_task_signal(uint32_t thread, int signal);
