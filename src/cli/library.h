/* SPDX-License-Identifier: MIT */
/*
 * library.h - where the library is that run preloads.
 */
#pragma once

#define HAK_LIBRARY_NAME "libhakmem.so.0"

/*
 * Write the absolute path of libhakmem.so.0 to ret_path (PATH_MAX bytes).
 * Returns 0, or -ENOENT with nothing written. Looked for in this order:
 * what HAKMEM_LIB names; .libs beside the tool (a build tree); the installed
 * place as seen from the tool (also of a moved installation); the installed
 * place.
 */
int hak_library_find(char *ret_path);
