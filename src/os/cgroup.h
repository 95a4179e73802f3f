/* SPDX-License-Identifier: MIT */
/* cgroup.h - memory limits of the process's cgroup and of all cgroups above. */
#pragma once

#include "base/text.h"

#include <stdint.h>

enum { HAK_CGROUP_FILES = 32 };

/*
 * The open limit files. The descriptors belong to the descriptor table of one thread,
 * the keeper, and only the keeper uses the files.
 */
struct hak_cgroup {
	unsigned count;
	int fd[HAK_CGROUP_FILES];
};

/* Buffers for hak_cgroup_limit(). They are too large for a small stack. */
struct hak_cgroup_text {
	char lines[4096];
	struct hak_text path;
	struct hak_text cut;
};

/*
 * Find the lowest memory limit of the process in bytes, UINT64_MAX if there is none. In
 * version 2 the limits are memory.max and memory.high of the process's cgroup and of
 * every visible cgroup above; in version 1 memory.limit_in_bytes. If `ret_files` is not
 * NULL, the files stay open there. `text` is only buffer space.
 */
uint64_t hak_cgroup_limit(struct hak_cgroup *ret_files,
			  struct hak_cgroup_text *text);

/*
 * Read these files again. Returns the lowest limit in bytes, UINT64_MAX if there is
 * none. Opens no file.
 */
uint64_t hak_cgroup_limit_now(const struct hak_cgroup *files);

void hak_cgroup_close(struct hak_cgroup *files);
