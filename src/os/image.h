/* SPDX-License-Identifier: MIT */
/* image.h - the library's own variables as memory mappings. */
#pragma once

/*
 * Make every page of the variables resident, so that no first write happens when
 * the node has no free memory. Returns 0 or an error of madvise(2).
 */
int hak_image_populate(void);
