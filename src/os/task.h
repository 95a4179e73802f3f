/* SPDX-License-Identifier: MIT */
/* task.h - reads a thread's name, processor and signals from /proc, and sends signals. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_TASK_NAME = 16 };

/*
 * Store the thread's name, with "?" for each unprintable character; "?" if the thread
 * is gone.
 */
void hak_task_name(uint32_t thread, char ret_name[HAK_TASK_NAME]);

/* Store the name of the running thread, without opening a file. */
void hak_task_own_name(char ret_name[HAK_TASK_NAME]);

/*
 * Would the thread receive the signal? False if the thread blocks or ignores the
 * signal, or is gone.
 */
bool hak_task_takes(uint32_t thread, int signal);

/* The number of the processor on which the thread runs or last ran, or -errno. */
int hak_task_cpu(uint32_t thread);

/*
 * Is `thread` a thread of this process? The kernel also reports touches of memory by
 * other processes that read or write this process's memory.
 */
bool hak_task_is_ours(uint32_t thread);

/* Send a signal to the thread. */
void hak_task_signal(uint32_t thread, int signal);
