/* SPDX-License-Identifier: MIT */
/* runtime.h - finds the C++ runtime of a caller. */
#pragma once

#include "base/compiler.h"

/*
 * Find the function `name` in the C++ runtime linked with `caller`, an address
 * of code. If the caller's runtime is unknown, use any loaded runtime. NULL if
 * there is none. Takes a lock only if the caller's runtime is unknown.
 */
HAK_COLD void *hak_runtime_find(const char *name, const void *caller);
