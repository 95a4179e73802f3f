/* SPDX-License-Identifier: MIT */
/*
 * hakmem.h - what hakmem offers beyond the malloc of the C library.
 *
 * Programs need none of it: malloc and its relatives are taken over by the
 * names they have always had. All of these symbols have version HAKMEM_0.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * hakmem_version - the version of the loaded library, as "0.1.0".
 *
 * Returns a string that is never freed. Thread-safe, async-signal-safe.
 */
const char *hakmem_version(void);

/*
 * What has been observed of one superslab of 2 MiB; see HAKMEM_OBSERVE in
 * hakmem(7). Each field is read whole, but not all at one instant.
 */
struct hakmem_glance {
	uint32_t written; /* page's seconds when last seen so; 0: never */
	uint16_t writer;  /* index of the node of most writes, if lead is not 0;
			     65535: none */
	uint8_t heat;	  /* 9: written within 1 ms, 8: 2 ms, ... 1: 256 ms;
			     0: not in 256 ms; 255: not live, or not seen yet */
	uint8_t lead;	  /* samples that the writer is ahead by */
};

/* What has been observed of one span: its superslabs, by their addresses. */
struct hakmem_view {
	uint64_t base;	     /* address of the first */
	uint32_t node;	     /* the kernel's number; UINT32_MAX: large blocks */
	uint32_t superslabs; /* how many, so far */
	const volatile struct hakmem_glance *glance; /* of each */
};

/*
 * hakmem_stats - where the library's counters lie: the page at the symbol
 * hakmem_stats_page, which other processes read with process_vm_readv(2).
 *
 * magic is "hakmem\0\0". version says how to read the rest: here 2; a later
 * one has more behind it. span holds `spans` addresses, one for each memory
 * node and a last one for large blocks, which belong to none; at each there
 * are `counters` 64-bit counters, in the order that hakmem(7) lists them.
 * Counters only grow; each is read whole, but not all at one instant. spans is
 * 0 until the first allocation.
 *
 * guard, heat and locality are modes, by the numbers in hakmem(7). Version 1
 * had 0 there, and ended with span. Where something is observed, nodes is how
 * many nodes there are, seconds is when the last sample was taken, in
 * seconds of CLOCK_MONOTONIC, view has what was seen of each of the spans, and
 * writes[w * nodes + m] counts the samples in which a thread on node w wrote
 * memory of node m, both by index: node i is the one of view[i]. Elsewhere
 * nodes is 0, and both pointers are NULL. Neither is ever freed.
 *
 * Returns a page that is never freed nor moved, and is never NULL. Thread-safe,
 * async-signal-safe; the page may be read by any thread, and in signal handlers.
 */
struct hakmem_stats {
	char magic[8];
	uint32_t version;
	uint32_t counters;
	uint32_t spans;
	volatile uint8_t guard;
	volatile uint8_t heat;
	volatile uint8_t locality;
	uint8_t reserved;
	const volatile uint64_t *span[1025];
	uint32_t nodes;
	volatile uint32_t seconds;
	const volatile struct hakmem_view *view;
	const volatile uint64_t *writes;
};

const struct hakmem_stats *hakmem_stats(void);

/*
 * In a program, too, by that name. Not as a variable: the linker would copy that
 * into the program, as long as it is now, and the copy would never change.
 */
#define hakmem_stats_page (*hakmem_stats())

/*
 * Memory nodes. `node` is always the kernel's number, as numactl(8) shows it.
 * A node has a heap if its memory was allowed to the process when it made its
 * first allocation: by its cpuset, by numactl and by HAKMEM_NODES. Where there
 * is one heap for all (HAKMEM_NUMA=off, numactl --interleave), that is the
 * lowest node's. All of these may be called by any thread, but in no signal
 * handler.
 */

/*
 * hakmem_alloc_on_node - as malloc(3), from the heap of a node.
 *
 * bytes is from 0 to PTRDIFF_MAX. Blocks of more than 2 MiB lie on the node
 * too, whoever touches them, while it has room. To be freed with free(3).
 *
 * Returns NULL with errno EINVAL where the node has no heap, and ENOMEM where
 * there is no memory.
 */
void *hakmem_alloc_on_node(int node, size_t bytes);

/*
 * hakmem_node_of - the node that memory is meant for.
 *
 * A block of up to 2 MiB belongs to a node's heap; elsewhere, as in larger
 * blocks, the kernel is asked where the page lies at `pointer`, which has an
 * answer once it was written to.
 *
 * Returns -1 with errno EFAULT where nothing is mapped, and ENOSYS or EPERM
 * where the kernel won't tell.
 */
int hakmem_node_of(const void *pointer);

/*
 * hakmem_bind_thread - the calling thread allocates from the heap of a node,
 * wherever it runs; -1 for node: from that of where it runs, as at first.
 *
 * What it holds of another heap goes back there. Larger blocks than 2 MiB are
 * placed as before.
 *
 * Returns 0, or -1 with errno EINVAL where the node has no heap.
 */
int hakmem_bind_thread(int node);

/*
 * hakmem_node_totals - what a node's heap has and has lent, in bytes.
 *
 * Each figure is true for itself; together they are not of one instant.
 * Blocks that wait in a thread's cache count as small.
 *
 * Returns 0, or -1 with errno EINVAL where the node has no heap.
 */
struct hakmem_totals {
	uint64_t mapped;  /* address space claimed */
	uint64_t lent;	  /* in superslabs that blocks lie in */
	uint64_t small;	  /* in blocks of up to 512 KiB */
	uint64_t larger;  /* in larger blocks */
	uint64_t spilled; /* in superslabs that lay elsewhere, ever */
};

int hakmem_node_totals(int node, struct hakmem_totals *ret_totals);

#ifdef __cplusplus
}
#endif

#endif
