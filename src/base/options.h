/* SPDX-License-Identifier: MIT */
/*
 * options.h - the options from the environment; constant after start.
 *
 * A setuid program (AT_SECURE) reads no option. For a bad value hakmem prints a
 * line on descriptor 2 and uses the default.
 */
#pragma once

#include <stdint.h>

enum hak_option {
#define HAK_CHOICE(id, name, value, choices, doc) HAK_OPTION_##id,
#define HAK_NUMBER(id, name, value, minimum, maximum, doc) HAK_OPTION_##id,
#define HAK_LIST(id, name, doc) HAK_OPTION_##id,
#include "base/options.def"
#undef HAK_CHOICE
#undef HAK_NUMBER
#undef HAK_LIST
	HAK_OPTIONS
};

enum hak_profile {
	HAK_PROFILE_SPEED,
	HAK_PROFILE_BALANCED,
	HAK_PROFILE_LEAN,
};

enum hak_decommit {
	HAK_DECOMMIT_OFF,
	HAK_DECOMMIT_DONTNEED,
	HAK_DECOMMIT_FREE
};

enum hak_via { HAK_VIA_AUTO, HAK_VIA_URING, HAK_VIA_VECTOR, HAK_VIA_MADVISE };

enum hak_keeper { HAK_KEEPER_AUTO, HAK_KEEPER_ON, HAK_KEEPER_OFF };

enum { HAK_BATCH_MAX = 512 };

enum hak_numa {
	HAK_NUMA_AUTO,
	HAK_NUMA_BIND,
	HAK_NUMA_PREFERRED,
	HAK_NUMA_LOCAL,
	HAK_NUMA_OFF,
};

enum hak_large {
	HAK_LARGE_FIRST_TOUCH,
	HAK_LARGE_LOCAL,
	HAK_LARGE_INTERLEAVE,
};

enum hak_guard { HAK_GUARD_OFF, HAK_GUARD_REPORT, HAK_GUARD_TRAP };

enum hak_observe { HAK_OBSERVE_OFF, HAK_OBSERVE_HEAT, HAK_OBSERVE_LOCALITY };

enum hak_rebalance { HAK_REBALANCE_OFF, HAK_REBALANCE_ON };

enum hak_cold { HAK_COLD_KEEP, HAK_COLD_COLD, HAK_COLD_PAGEOUT };

enum hak_deepbind {
	HAK_DEEPBIND_REDIRECT,
	HAK_DEEPBIND_DROP,
	HAK_DEEPBIND_KEEP,
};

enum hak_huge { HAK_HUGE_THP, HAK_HUGE_OFF, HAK_HUGE_HUGETLB };

/* Call this once, on the initialising thread. */
void hak_options_read(void);

uint64_t hak_option(enum hak_option option);

/* The unparsed list; NULL if the option is not set. */
const char *hak_option_list(enum hak_option option);
