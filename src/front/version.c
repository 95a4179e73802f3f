/* SPDX-License-Identifier: MIT */
/* version.c - the version of hakmem. */
#include "front/exported.h"

const char *hakmem_version(void)
{
	return HAK_VERSION;
}
