/* SPDX-License-Identifier: MIT */
/*
 * mend.h - huge pages for split superslabs that are dense again.
 *
 * A sparse superslab gives units at the price of the huge page (sparse.h). If the
 * superslab is dense again, and memory is not short, the superslab gets a huge page
 * back.
 */
#pragma once

#include "os/self.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * For the keeper: make huge pages for a few superslabs, if memory was not short for
 * some seconds, and if the keeper is free to make new calls. Returns the
 * milliseconds until there may be more work; HAK_NEVER: call again when the keeper
 * has another reason to look.
 */
uint32_t hak_mend_tick(enum hak_self self);
