/* SPDX-License-Identifier: MIT */
/*
 * vdso.h - finds functions of the vDSO, the kernel's code in every process.
 *
 * These functions answer without a system call. hakmem looks them up in the vDSO
 * itself, not through libc: other libraries may have replaced libc's names, and
 * libc sets its own pointers to the vDSO only after the loader is done.
 */
#pragma once

/* The address of the vDSO's function with the given name, or NULL. */
void *hak_vdso_find(const char *name);
