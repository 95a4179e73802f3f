/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - a copy of a process's observations of its own memory.
 *
 * All figures come from the other process. The tool has checked the sizes only.
 */
#pragma once

#include "base/hakmem.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	HAK_SNAPSHOT_SUPERSLAB_BYTES = 2 << 20,
	HAK_SNAPSHOT_SUPERSLABS_MAX = 1 << 24, /* of all spans together: 32 TiB */
	HAK_SNAPSHOT_NO_NODE = -1,
	HAK_SNAPSHOT_HEATS = 10,
};

/*
 * In each view, `history` points to the tool's copy of view.superslabs records.
 */
struct hak_snapshot {
	struct hakmem_stats page;
	struct hakmem_view *view; /* one for each of page.spans; may be NULL */
	/* Counts: writer's node * page.nodes + memory's node; may be NULL */
	uint64_t *writes;
};

/*
 * Take a snapshot of a process whose stats page is at the address page. Returns
 * 0, and the caller calls hak_snapshot_free() later; or -errno with the reason
 * printed: -ESRCH when the process has ended, -ENODATA when the process does not
 * observe its memory.
 */
int hak_snapshot_take(pid_t process, uint64_t page,
		      struct hak_snapshot *ret_snapshot);

void hak_snapshot_free(struct hak_snapshot *snapshot);

/* Return the text of an observation mode, from modes.def. */
const char *hak_snapshot_mode_words(uint8_t mode);

bool hak_snapshot_mode_works(uint8_t mode);

/* Return the kernel's id of the process's node `index`, or HAK_SNAPSHOT_NO_NODE. */
int64_t hak_snapshot_node(const struct hak_snapshot *snapshot, uint32_t index);

/* Write "node 3" for node 3, or "large" for the span that has no node. */
enum { HAK_SNAPSHOT_LABEL_BYTES = 16 };
void hak_snapshot_label(uint32_t node,
			char ret_label[static HAK_SNAPSHOT_LABEL_BYTES]);
