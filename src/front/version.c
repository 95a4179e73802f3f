/* SPDX-License-Identifier: MIT */
/* version.c - which hakmem this is. */
#include "front/exported.h"

const char *hakmem_version(void)
{
	return HAK_VERSION;
}
