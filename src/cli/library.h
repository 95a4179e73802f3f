/* SPDX-License-Identifier: MIT */
/*
 * library.h - finds the library that hakmem run preloads.
 */
#pragma once

#define HAK_LIBRARY_NAME "libhakmem.so.0"

/*
 * Write the absolute path of libhakmem.so.0 to ret_path (PATH_MAX bytes).
 * Returns 0, or -ENOENT with ret_path untouched. If HAKMEM_LIB is set, the
 * library is the file of this name, or none. Otherwise the function tries, in
 * this order: .libs beside the tool (a build tree); the library's directory
 * relative to the tool (a moved installation); the directory given to configure.
 */
int hak_library_find(char *ret_path);
