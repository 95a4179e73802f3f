/* SPDX-License-Identifier: MIT */
/* version.c - which hakmem this is. */
#include "front/hakmem.h"

#include "base/compiler.h"

HAK_EXPORT const char *hakmem_version(void)
{
	return HAK_VERSION;
}
