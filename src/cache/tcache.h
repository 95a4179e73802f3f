/* SPDX-License-Identifier: MIT */
/*
 * tcache.h - the memory of a thread: hot free blocks by class, and slabs.
 *
 * Each class has a bin: a stack of free blocks. free pushes while the bin has room,
 * and malloc pops. If the bin is empty, malloc draws some blocks from a slab. If the
 * bin has no room, free first puts some of the bin's blocks back into the slabs.
 *
 * A bin is an array of cells, and a cell points to a block. So malloc does not wait
 * for the memory of one block to find the next block. A push also writes a mark into
 * the block's first word, and a pop replaces the mark. So hakmem detects a block that
 * was freed twice, or written to while free, before malloc returns the block. The
 * lowest cell points to a word of the tcache without the mark: so a single comparison
 * finds an empty bin and an overwritten block.
 */
#pragma once

#include "heap/layout.h"
#include "heap/node.h"
#include "heap/owner.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HAK_OUTGOING = 16,  /* slabs for which a tcache gathers remote frees */
	HAK_OWN_CELLS = 64, /* of each bin, in the tcache's record */
};

/* A word in a block of any type. */
typedef uint64_t __attribute__((may_alias)) hak_word;

/* A place in a bin: points to a block. */
typedef void *hak_cell;

/* The first word of a block in a bin, of a popped block, of a block sent home. */
#define HAK_FREED     ((hak_word)0xfffffffffeedf4eeUL)
#define HAK_SPOILT    ((hak_word)0xfffffffffeedf00dUL)
#define HAK_SENT_HOME ((hak_word)0xfffffffffeed80e5UL)

/*
 * Gathered remote frees: blocks of a slab, all in the same word of the slab's
 * bitmap.
 */
struct hak_outgoing {
	struct hak_slab *slab;
	uint64_t blocks;
	uint32_t word;
};

struct hak_tcache {
	/* The fast path touches the fields up to `tiny_class`. */
	/* Owner thread */
	hak_cell *top[HAK_CLASS_MAX];	/* the cell above the last block */
	hak_cell *limit[HAK_CLASS_MAX]; /* `top` of a full bin */
	/* Constant after birth */
	uint32_t key;
	hak_word nil;	 /* not HAK_FREED: the lowest cells point here */
	hak_cell bottom; /* points to `nil`: a bin without cells */
	uint8_t tiny_class[HAK_TINY_MAX + 1]; /* a copy of hak_tiny_class */
	struct hak_node *node;		      /* NULL: no real tcache */
	/* Owner thread */
	uint32_t outgoing_bytes; /* since the last full delivery */
	uint32_t delivered;
	uint32_t sent; /* bytes, since the last notes for all nodes */
	uint32_t lends;
	uint32_t charged; /* bytes: the capacity of all bins, see bin.h */
	uint32_t credit;  /* bytes: see credit.h */
	uint8_t victim;	  /* class of the bin last made smaller */
	bool idle_lack;	  /* idle slabs went since the last lending */
	uint8_t away;	  /* refills on another node, in a row */
	/* See claim.h */
	_Atomic uint32_t work; /* odd: at work behind bins */
	_Atomic uint32_t asked;
	/* Not yet in the node's statistics */
	uint64_t bytes_out;
	uint32_t remote_frees;
	uint8_t refills[HAK_CLASSES];  /* from slabs, up to a few */
	uint32_t refused[HAK_CLASSES]; /* blocks, since the last refill */
	struct hak_outgoing outgoing[HAK_OUTGOING];
	/* node->park, while parked */
	struct hak_list parked;
	/* Constant after birth */
	struct hak_tcache *older; /* made for the node before this tcache */
	uint32_t fork;		  /* see inherit.c */
	/*
	 * Keeper: `work` at the last look, and `work` when the keeper last tended
	 * the tcache
	 */
	uint32_t seen;
	uint32_t tended;
	uint32_t idle; /* looks in a row without a change of `work` */
	struct hak_owner owner;
	/* Owner thread; see bin.h */
	hak_cell *cells[HAK_CLASSES]; /* the lowest cell of each bin */
	uint32_t nr_cells[HAK_CLASSES];
	hak_cell own_cells[HAK_CLASSES][HAK_OWN_CELLS];
};

/*
 * The running thread's tcache. Never NULL: before a thread's first slow call and
 * after the thread's death the pointer leads to an empty tcache with a key that
 * no slab has.
 */
extern __thread struct hak_tcache *hak_tls HAK_HIDDEN HAK_INITIAL_EXEC;

extern struct hak_tcache hak_tcache_none HAK_HIDDEN;

HAK_INLINE bool hak_tcache_real(const struct hak_tcache *tcache)
{
	return tcache->node;
}

/* Take the last block off a class's bin; NULL if the bin is empty, or overwritten. */
HAK_INLINE void *hak_tcache_pop(struct hak_tcache *tcache, size_t class)
{
	hak_cell *top = tcache->top[class];
	hak_word *block = top[-1];

	if (hak_unlikely(*block != HAK_FREED))
		return NULL;
	/* First the bin, then the block: a signal handler may call exit(). */
	tcache->top[class] = top - 1;
	atomic_signal_fence(memory_order_acq_rel);
	*block = HAK_SPOILT;
	return block;
}

/* Put a block into a class's bin; false if there is no room. */
HAK_INLINE bool hak_tcache_push(struct hak_tcache *tcache, size_t class,
				void *block)
{
	hak_cell *top = tcache->top[class];

	if (hak_unlikely(top >= tcache->limit[class]))
		return false;
	*top = block;
	*(hak_word *)block = HAK_FREED;
	atomic_signal_fence(memory_order_acq_rel);
	tcache->top[class] = top + 1;
	return true;
}

/* Find a block of the class in the bin, in slabs or on the node; NULL without memory. */
void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class);

/*
 * Free a block after a refused push: make room in the bin, or put the block into
 * the slab.
 */
void hak_tcache_push_slow(void *block, unsigned class,
			  struct hak_tcache *tcache);

/* Return an own block to the slab, past the bin. */
void hak_tcache_put(struct hak_tcache *tcache, void *block);

/* Fault if a block freed by the thread is no block, or is free twice. */
void hak_tcache_check(struct hak_tcache *tcache);

/* The program may make blocks of this size or more unreadable. */
enum { HAK_OWN_PAGE = 4096 };

/* Has the block's first word the mark of a block in a bin? */
static inline bool hak_tcache_looks_freed(const hak_word *block)
{
	return *block == HAK_FREED;
}

/*
 * Is the pointer the start of a lent block? The pointer leads into a lent slab,
 * with this entry of the slab map. A block that another thread has freed passes for
 * lent until the block is back in the slab. `read` allows reading the block's
 * contents, even if the block has own pages.
 */
bool hak_tcache_is_lent(const struct hak_tcache *tcache, const void *pointer,
			uint32_t entry, bool read);

/* A quick check of a readable block; false if hak_tcache_is_lent() must check. */
static inline bool hak_tcache_lent_for_sure(const struct hak_tcache *tcache,
					    const void *pointer, uint32_t entry)
{
	const struct hak_slab *slab;
	unsigned index;

	if (hak_entry_key(entry) != tcache->key)
		return false;
	index = hak_slab_start(pointer, hak_entry_class(entry), &slab);
	return index != HAK_SLAB_BLOCKS_MAX && !hak_slab_has(slab, index) &&
	       !hak_tcache_looks_freed(pointer);
}

/* Put the tcache on the keeper's list. Under node->park, or in a fork child. */
static inline void hak_tcache_enlist(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;

	tcache->older = hak_read_once(&node->youngest);
	/* pairs with ask_node() and tend_node() */
	hak_store_release(&node->youngest, tcache);
}

/*
 * Return all blocks of the bins, and all gathered remote frees, to their slabs. Not in a
 * signal handler amid other work in the tcache.
 */
void hak_tcache_flush(struct hak_tcache *tcache);

/*
 * hak_tcache_tidy() collects remote frees and returns idle slabs to the node. Each
 * remaining slab goes on the owner's queue at the next remote free. So a parked
 * tcache later needs only hak_tcache_drain(), which reads the queue and not each
 * slab.
 */
void hak_tcache_tidy(struct hak_tcache *tcache);

/* Add the thread's counts to the node's statistics. */
void hak_tcache_publish(struct hak_tcache *tcache);

static inline void hak_tcache_publish_own(void)
{
	if (hak_tcache_real(hak_tls))
		hak_tcache_publish(hak_tls);
}
void hak_tcache_drain(struct hak_tcache *tcache);

/* Keeper: deliver and tidy for another thread, in a claimed tcache. */
void hak_tcache_tend(struct hak_tcache *tcache);

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key);

/*
 * Call once, before any tcache exists. `none`: the key of hak_tcache_none, a key that
 * no slab has.
 */
void hak_tcache_start(uint32_t none);
