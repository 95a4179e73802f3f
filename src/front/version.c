/* SPDX-License-Identifier: MIT */
/* version.c - which hakmem this is. */
#include "hakmem.h"

#include "compiler.h"

HAK_EXPORT const char *hakmem_version(void)
{
	return HAK_VERSION;
}
