/* SPDX-License-Identifier: MIT */
/* runtime.h - finds the C++ runtime of a caller. */
#pragma once

#include "base/compiler.h"

/*
 * Find the function `name` in the C++ runtime of the library that contains `caller`, an
 * address of code. If this runtime is unknown, take any loaded runtime; only then the
 * function may take the loader's lock. NULL if no runtime is loaded.
 */
HAK_COLD void *hak_runtime_find(const char *name, const void *caller);
