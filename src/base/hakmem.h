/* SPDX-License-Identifier: MIT */
/*
 * hakmem.h - the calls that hakmem has beyond the malloc of the C library.
 *
 * A program needs none of these calls: the library takes over malloc and the
 * related functions under the usual names. All symbols here have the version
 * HAKMEM_0.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * For the fields of the statistics page. A program only reads the page, while the library
 * changes the page. The library defines the two macros differently, because it writes.
 */
#ifndef HAKMEM_FIELD
#define HAKMEM_FIELD volatile
#define HAKMEM_CONST const
#endif

/*
 * hakmem_version - the version of the loaded library, as "0.1.0".
 *
 * Returns a string that is never freed. Thread-safe, async-signal-safe.
 */
const char *hakmem_version(void);

/*
 * The observations of one superslab, which is 2 MiB of a heap; see HAKMEM_OBSERVE in
 * hakmem(7). A reader gets each field whole, but not all fields of one instant.
 */
struct hakmem_history {
	/* time of the last observed write, as the page's `seconds`; 0: none */
	HAKMEM_FIELD uint32_t written;
	/* index of the node with most writes, valid if `lead` is above 0; 65535: none */
	HAKMEM_FIELD uint16_t writer;
	/* how soon after the beginning of an observation the first write came, on average.
	   9: within 1 ms, 8: 2 ms, ... 1: 256 ms; 0: not in 256 ms; 255: the superslab
	   is not in use, or not observed yet */
	HAKMEM_FIELD uint8_t heat;
	/* the number of samples by which `writer` is ahead of all other nodes */
	HAKMEM_FIELD uint8_t lead;
};

/* The observations of one span, the range of addresses for a node or for large blocks. */
struct hakmem_view {
	uint64_t base; /* address of the first superslab */
	uint32_t node; /* the kernel's number of the node; UINT32_MAX: large blocks */
	HAKMEM_FIELD uint32_t superslabs; /* number of superslabs so far */
	/* one element for each superslab, in the order of addresses */
	HAKMEM_CONST struct hakmem_history *history;
};

/*
 * hakmem_stats - the page with the library's counters.
 *
 * The page lies at the symbol hakmem_stats_page; other processes read the page
 * there with process_vm_readv(2).
 *
 * magic is "hakmem\0\0". version is the version of the layout, here 2. A later version
 * adds fields at the end. span holds `spans` addresses, one for each
 * memory node and a last one for large blocks, which belong to no node. At each
 * address lie `counters` 64-bit counters, in the order of the list in hakmem(7).
 * A counter never decreases. A reader gets each counter whole, but not all
 * counters of one instant. spans is 0 until the first allocation.
 *
 * guard, heat and locality are modes, by the numbers in hakmem(7). Version 1
 * had 0 in these fields, and ended with span.
 *
 * While the library observes something, nodes is the number of nodes; seconds is
 * the time of the last sample, in seconds of CLOCK_MONOTONIC; view has the
 * observations of each span; and writes[w * nodes + m] counts the samples in
 * which a thread on node w wrote to memory of node m. w and m are indices: node i
 * is the node of view[i]. Otherwise nodes is 0, and view and writes are NULL. The
 * library never frees view or writes.
 *
 * Returns the page, never NULL. The library never frees or moves the page.
 * Thread-safe, async-signal-safe; any thread may read the page, also in a signal
 * handler.
 */
struct hakmem_stats {
	char magic[8];
	uint32_t version;
	uint32_t counters;
	uint32_t spans;
	HAKMEM_FIELD uint8_t guard;
	HAKMEM_FIELD uint8_t heat;
	HAKMEM_FIELD uint8_t locality;
	uint8_t reserved;
	HAKMEM_CONST HAKMEM_FIELD uint64_t *span[1025];
	uint32_t nodes;
	HAKMEM_FIELD uint32_t seconds;
	HAKMEM_CONST struct hakmem_view *view;
	HAKMEM_CONST HAKMEM_FIELD uint64_t *writes;
};

const struct hakmem_stats *hakmem_stats(void);

/*
 * A program, too, reads the page by this name. The name is a macro, not a variable:
 * the linker would copy a variable into the program with the length that the page
 * has then, and the copy would never change.
 */
#define hakmem_stats_page (*hakmem_stats())

/*
 * Memory nodes. `node` is always the kernel's number, as numactl(8) shows it.
 *
 * A node has a heap if the process was allowed to use the node's memory at the
 * first allocation: by the cpuset, by numactl and by HAKMEM_NODES. With one heap
 * for all nodes (HAKMEM_NUMA=off, numactl --interleave), the lowest node has the
 * heap. Any thread may call the functions below, but no signal handler may.
 */

/*
 * hakmem_alloc_on_node - as malloc(3), from the heap of a node.
 *
 * bytes is from 0 to PTRDIFF_MAX. While the node has room, a block of more than
 * 2 MiB lies on the node too, even if a thread on another node touches the block
 * first. Free the block with free(3).
 *
 * Returns NULL with errno EINVAL if the node has no heap, and with ENOMEM if
 * there is no memory.
 */
void *hakmem_alloc_on_node(int node, size_t bytes);

/*
 * hakmem_node_of - the node for which memory is meant.
 *
 * For a block of up to 2 MiB, the answer is the node of the block's heap. For any
 * other address, as in a larger block, the kernel tells on which node the page at
 * `pointer` lies. The kernel knows the node once a thread has written to the page.
 *
 * Returns -1 with errno EFAULT if nothing is mapped at `pointer`, and with ENOSYS
 * or EPERM if the kernel does not tell.
 */
int hakmem_node_of(const void *pointer);

/*
 * hakmem_bind_thread - bind the calling thread to the heap of a node.
 *
 * The thread then allocates from this heap on any processor. With -1 for node, the
 * thread allocates from the heap of the node on which the thread runs, as before the
 * first call.
 * The free blocks in the thread's cache that are from another heap go back there. The
 * call does not change the place of blocks of more than 2 MiB.
 *
 * Returns 0, or -1 with errno EINVAL if the node has no heap.
 */
int hakmem_bind_thread(int node);

/*
 * hakmem_node_totals - the memory of a node's heap, in bytes.
 *
 * Each figure is true by itself; the figures together are not of one instant.
 * `small` includes the free blocks in the caches of threads. Each other thread may
 * have up to 256 KiB more or less than `small` tells.
 *
 * Returns 0, or -1 with errno EINVAL if the node has no heap.
 */
struct hakmem_totals {
	uint64_t mapped;    /* bytes of address space for blocks */
	uint64_t lent;	  /* bytes in superslabs that have blocks */
	uint64_t small;	  /* bytes in blocks of up to 512 KiB */
	uint64_t larger;  /* bytes in larger blocks */
	uint64_t misplaced; /* bytes in superslabs found on another node so far */
};

int hakmem_node_totals(int node, struct hakmem_totals *ret_totals);

#ifdef __cplusplus
}
#endif

#endif
