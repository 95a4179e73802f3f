/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - one look at what a running process has observed of its memory.
 *
 * All figures are the other process's, cut down to what is plausible.
 */
#pragma once

#include "hakmem.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	HAK_SNAPSHOT_SUPERSLAB_BYTES = 2 << 20,
	HAK_SNAPSHOT_SUPERSLABS_MAX = 1 << 24, /* in all spans: 32 TiB */
	HAK_SNAPSHOT_NO_NODE = -1,
	HAK_SNAPSHOT_HEATS = 10,
};

/* One span; view.glance is in our memory, of view.superslabs. */
struct hak_snapshot {
	struct hakmem_stats page;
	struct hakmem_view *view; /* of each of page.spans; may be NULL */
	uint64_t *writes;	  /* page.nodes rows of as many; may be NULL */
};

/*
 * Look into a process whose page lies at an address. Returns 0, or -errno with
 * the reason printed: -ESRCH when it has ended, -ENODATA when it observes
 * nothing. What is got is to be freed.
 */
int hak_snapshot_take(pid_t process, uint64_t page,
		      struct hak_snapshot *ret_snapshot);

void hak_snapshot_free(struct hak_snapshot *snapshot);

/* How a mode fares, in the words of modes.def. */
const char *hak_snapshot_mode_words(uint8_t mode);

bool hak_snapshot_mode_works(uint8_t mode);

/* The kernel's number of the node with an index, or HAK_SNAPSHOT_NO_NODE. */
int64_t hak_snapshot_node(const struct hak_snapshot *snapshot, uint32_t index);

/* Write "node 3" for a span, or "large" for that of no node. */
enum { HAK_SNAPSHOT_LABEL_BYTES = 16 };
void hak_snapshot_label(uint32_t node,
			char ret_label[static HAK_SNAPSHOT_LABEL_BYTES]);
