/* SPDX-License-Identifier: MIT */
/*
 * image.h - the library's own variables, as the kernel sees them.
 */
#pragma once

/*
 * Makes every page of them resident, so that none is first written to when there
 * is no memory left for it. An error of madvise(2), or 0.
 */
int hak_image_populate(void);
