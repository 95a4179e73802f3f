/* SPDX-License-Identifier: MIT */
/*
 * page.h - the statistics page of hakmem.h, as the library writes the page.
 *
 * Include this header before hakmem.h: the fields are atomic here.
 */
#pragma once

#include "base/compiler.h"
#include "base/stats.h"

#define HAKMEM_FIELD _Atomic
#define HAKMEM_CONST

/* Programs include hakmem.h, so hakmem.h itself has no attributes. */
#pragma GCC visibility push(default)
#include "base/hakmem.h"
#pragma GCC visibility pop

/* The library defines the symbol; programs have a macro for the symbol. */
#undef hakmem_stats_page

_Static_assert(_Generic(&((struct hakmem_stats *)0)->guard,
			_Atomic uint8_t * : 1, default : 0),
	       "hakmem.h was included before page.h");
_Static_assert(sizeof(((struct hakmem_stats *)0)->span) ==
		       HAK_SPANS_MAX * sizeof(void *),
	       "the page has no room for all spans");

extern struct hakmem_stats hak_stats_page HAK_HIDDEN;
