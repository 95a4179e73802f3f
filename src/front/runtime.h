/* SPDX-License-Identifier: MIT */
/*
 * runtime.h - whose C++ exceptions a caller can catch.
 */
#pragma once

#include "base/compiler.h"

/*
 * The function of that name of the C++ runtime that `caller`, an address of code,
 * is linked with; of any that is loaded where that can't be known. NULL: there is
 * none. Takes no lock, unless the caller's is not known.
 */
HAK_COLD void *hak_runtime_find(const char *name, const void *caller);
