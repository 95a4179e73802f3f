/* SPDX-License-Identifier: MIT */
/*
 * vdso.h - the kernel's code in every process: calls that are none.
 *
 * Asked directly and not through libc, whose names others may have taken, and
 * whose own pointers there are not set until the loader is done.
 */
#pragma once

/* The function of this name, or NULL where there is none. */
void *hak_vdso_find(const char *name);
