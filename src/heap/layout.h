/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the sizes of units and superslabs, and the entries of the slab map.
 *
 * A unit need not be a multiple of the page size. If pages are larger than a
 * unit, hakmem gives back whole superslabs only.
 */
#pragma once

enum {
	HAK_UNIT_SHIFT = 14,
	HAK_UNIT_BYTES = 1 << HAK_UNIT_SHIFT,
	HAK_SUPERSLAB_SHIFT = 21,
	HAK_SUPERSLAB_BYTES = 1 << HAK_SUPERSLAB_SHIFT,
	HAK_UNITS = HAK_SUPERSLAB_BYTES / HAK_UNIT_BYTES,
	HAK_ALIGN = 16, /* of every block, in bytes */
};

/*
 * An entry of the slab map has the owner of a unit and the class of the unit's
 * blocks:
 *
 *     31            7 6       0
 *    [   owner id   |  class   ]
 *
 * Entry 0 means that no block begins here. Owner id 0 means no owner. The two classes
 * without a bin, medium and large, have owner id 0.
 */
enum {
	HAK_CLASSES = 57, /* the size classes are 1..56; 0 means no class */
	HAK_CLASS_MEDIUM = 57,
	HAK_CLASS_LARGE = 58,
	HAK_CLASS_MAX = 64, /* above all numbers of classes; a power of two */
	HAK_OWNER_SHIFT = 7,
	HAK_OWNERS_MAX = 1 << (32 - HAK_OWNER_SHIFT),
};
