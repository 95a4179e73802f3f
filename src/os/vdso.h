/* SPDX-License-Identifier: MIT */
/*
 * vdso.h - kernel code mapped into every process: answers without a system call.
 *
 * hakmem reads the vDSO directly and not through libc: other libraries may have
 * replaced libc's names, and libc sets its own pointers only after the loader is
 * done.
 */
#pragma once

/* The function with the given name, or NULL. */
void *hak_vdso_find(const char *name);
