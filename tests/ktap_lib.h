/* SPDX-License-Identifier: MIT */
/*
 * ktap_lib.h - finds the helper libraries of a test beside the program: in .libs
 * (libtool) or in the same directory (a manual compile).
 */
#pragma once

#include "ktap.h"

#define KTAP_PATH 4096

/* Write the path of the named library to text; false if there is no such file. */
static KTAP_UNUSED bool ktap_lib_path(char *text, size_t room,
				      const char *name)
{
	static const char *const place[] = { "/.libs/", "/" };
	char exe[KTAP_PATH];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (len <= 0)
		return false;
	exe[len] = '\0';
	slash = strrchr(exe, '/');
	*slash = '\0';
	for (int i = 0; i < 2; i++) {
		int need = snprintf(text, room, "%s%s%s", exe, place[i], name);

		if ((size_t)need < room && access(text, R_OK) == 0)
			return true;
	}
	return false;
}
