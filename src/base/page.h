/* SPDX-License-Identifier: MIT */
/*
 * page.h - the statistics page of hakmem.h, for the library, which writes the page.
 *
 * Include this header in place of hakmem.h, because here the page's fields are atomic.
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

/* In hakmem.h the name is a macro for programs. The library defines the symbol itself. */
#undef hakmem_stats_page

_Static_assert(_Generic(&((struct hakmem_stats *)0)->guard,
			_Atomic uint8_t * : 1, default : 0),
	       "hakmem.h was included before page.h");
_Static_assert(sizeof(((struct hakmem_stats *)0)->span) ==
		       HAK_SPANS_MAX * sizeof(void *),
	       "the page has no room for all spans");

extern struct hakmem_stats hak_stats_page HAK_HIDDEN;
