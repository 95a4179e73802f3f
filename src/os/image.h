/* SPDX-License-Identifier: MIT */
/* image.h - makes the pages of the library's own variables resident. */
#pragma once

/*
 * Make every page of the library's variables resident now. So no first write to a page
 * can come later, when the process's nodes have no free memory and the kernel would
 * kill the process. Returns 0 or an error of madvise(2).
 */
int hak_image_populate(void);
