/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h - how much memory the process's cgroup may have, and all above it.
 */
#pragma once

#include "base/text.h"

#include <stdint.h>

enum { HAK_CGROUP_FILES = 32 };

/* Files that say it, open. One thread's: the descriptors are in its table. */
struct hak_cgroup {
	unsigned count;
	int fd[HAK_CGROUP_FILES];
};

/* What is read on the way: too much for small stacks. */
struct hak_cgroup_text {
	char lines[4096];
	struct hak_text path;
	struct hak_text cut;
};

/*
 * The least of memory.max and memory.high of the cgroup and of each above it that
 * can be seen; of version 1 the least limit of them all. In bytes; UINT64_MAX:
 * any. The files stay open if `ret_files` is not NULL. `text` is the caller's own.
 */
uint64_t hak_cgroup_limit(struct hak_cgroup *ret_files,
			  struct hak_cgroup_text *text);

/* What they say now. No file is opened. */
uint64_t hak_cgroup_limit_now(const struct hak_cgroup *files);

void hak_cgroup_close(struct hak_cgroup *files);
