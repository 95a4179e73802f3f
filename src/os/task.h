/* SPDX-License-Identifier: MIT */
/*
 * task.h - what the kernel knows of a thread of this process, from /proc.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_TASK_NAME = 16 };

/* Its name; "?" if it is gone. Only what can be printed. */
void hak_task_name(uint32_t thread, char ret_name[HAK_TASK_NAME]);

/* The running thread's. */
void hak_task_own_name(char ret_name[HAK_TASK_NAME]);

/* Would a signal reach it: neither blocked nor ignored? */
bool hak_task_takes(uint32_t thread, int signal);

/* The processor it is on, or was on last; -errno. */
int hak_task_cpu(uint32_t thread);

/* Is it a thread of this process, and not of one that reaches into its memory? */
bool hak_task_is_ours(uint32_t thread);

/* Sends it a signal. */
void hak_task_signal(uint32_t thread, int signal);
