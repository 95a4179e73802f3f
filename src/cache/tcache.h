/* SPDX-License-Identifier: MIT */
/*
 * tcache.h - the memory of a thread: a bin of free blocks for each class, and slabs.
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
	HAK_OUTGOING = 16,  /* places of a tcache for gathered remote frees */
	HAK_OWN_CELLS = 64, /* cells of each bin in the tcache's record */
};

/* A word of a block, whatever type the program stores there. */
typedef uint64_t __attribute__((may_alias)) hak_word;

/* A place in a bin: points to a block. */
typedef void *hak_cell;

/*
 * Marks that hakmem writes into a block's first word: while the block is in a bin; when
 * malloc takes the block; when the block goes back into its slab.
 */
#define HAK_FREED     ((hak_word)0xfffffffffeedf4eeUL)
#define HAK_SPOILT    ((hak_word)0xfffffffffeedf00dUL)
#define HAK_SENT_HOME ((hak_word)0xfffffffffeed80e5UL)

/*
 * A place for gathered remote frees: blocks of a slab, all in the same word of the
 * slab's bitmap.
 */
struct hak_outgoing {
	struct hak_slab *slab;
	uint64_t blocks; /* a bit for each gathered block; 0: the place is empty */
	uint32_t word;	 /* index of the word in the slab's bitmap */
};

struct hak_tcache {
	/* The fast path of malloc and free uses only the fields up to `tiny_class`. */
	/* Owner thread */
	hak_cell *top[HAK_CLASS_MAX];	/* the cell above the last block */
	hak_cell *limit[HAK_CLASS_MAX]; /* `top` of a full bin; NULL: closed, see bin.h */
	/* Constant after birth */
	uint32_t key;	 /* the owner's id as in slab map entries: see layout.h */
	hak_word nil;	 /* never HAK_FREED: each bin's lowest cell points here */
	hak_cell bottom; /* points to `nil`: the only cell of a bin without others */
	uint8_t tiny_class[HAK_TINY_MAX + 1]; /* a copy of hak_tiny_class */
	struct hak_node *node;		      /* NULL: this is hak_tcache_none */
	/* Owner thread */
	uint32_t outgoing_bytes; /* gathered since the last hak_remote_deliver() */
	uint32_t delivered;	 /* number of deliveries of a place: see remote.c */
	uint32_t sent;	  /* bytes delivered since the last notes for all nodes */
	uint32_t lends;	  /* the number of requests to the node for slabs: see slabs.c */
	uint32_t charged; /* bytes: the capacity of all bins, see hak_bin_cost() */
	uint32_t credit;  /* bytes taken from the cache limit: see credit.h */
	uint8_t victim;	  /* the class whose bin last lost room to another bin */
	bool idle_lack;	  /* flag: idle slabs over the limit went since the last lend */
	uint8_t away;	  /* number of refills in a row while on another node */
	/* See claim.h */
	_Atomic uint32_t work;	/* odd: a thread is at work between bins and slabs */
	_Atomic uint32_t asked; /* HAK_ASKED_ flags */
	/* Owner thread; not yet in the node's statistics */
	uint64_t bytes_out;    /* bytes of blocks drawn */
	uint32_t remote_frees; /* number of blocks delivered */
	/* Owner thread */
	uint8_t refills[HAK_CLASSES];  /* number since the last flush, 255 at most */
	uint32_t refused[HAK_CLASSES]; /* blocks without room since the last refill */
	struct hak_outgoing outgoing[HAK_OUTGOING];
	/* Under node->park */
	struct hak_list parked; /* link in the node's list of parked tcaches */
	/* Constant after birth, except in a fork child */
	struct hak_tcache *older; /* the node's tcache made before this tcache */
	uint32_t fork;		  /* the number of forks before: see inherit.c */
	/* Keeper */
	uint32_t seen;	 /* `work` at the keeper's last look */
	uint32_t tended; /* `work` when the keeper last tended the tcache */
	uint32_t idle;	 /* number of looks in a row that found `work` unchanged */
	struct hak_owner owner;
	/* Owner thread; see bin.h */
	hak_cell *cells[HAK_CLASSES];	/* the lowest cell of each bin */
	uint32_t nr_cells[HAK_CLASSES]; /* the number of cells of each bin */
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

/*
 * Take the last block off a class's bin. NULL if the bin is empty, or if the program
 * has overwritten the block's mark.
 */
HAK_INLINE void *hak_tcache_pop(struct hak_tcache *tcache, size_t class)
{
	hak_cell *top = tcache->top[class];
	hak_word *block = top[-1];

	if (hak_unlikely(*block != HAK_FREED))
		return NULL;
	/*
	 * Take the block off the bin before changing the mark: a signal handler may
	 * call exit(), which checks the marks of all blocks in bins.
	 */
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

/*
 * Find a block of the class in the bin, in slabs or on the node; NULL without memory.
 */
void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class);

/*
 * Free a block after a refused push: make room in the bin, or put the block into
 * the slab.
 */
void hak_tcache_push_slow(void *block, unsigned class,
			  struct hak_tcache *tcache);

/*
 * Free a block of the tcache's own slab: put the block into the slab, not into the bin.
 */
void hak_tcache_put(struct hak_tcache *tcache, void *block);

/*
 * Fault if the thread has freed a pointer to no block, or a block twice, and the block
 * is not back in its slab yet.
 */
void hak_tcache_check(struct hak_tcache *tcache);

/*
 * Blocks from this size on may have pages of their own, and programs may make these
 * unreadable.
 */
enum { HAK_OWN_PAGE = 4096 };

/* Has the block's first word the mark of a block in a bin? */
static inline bool hak_tcache_looks_freed(const hak_word *block)
{
	return *block == HAK_FREED;
}

/*
 * Is the pointer the start of a block in use, that is, of a block that malloc has
 * returned and the program has not freed? The pointer points into a lent slab with this
 * entry of the slab map. For a block that another thread has freed, the answer is yes
 * until the block is back in the slab. With `read` the function may read even blocks of
 * HAK_OWN_PAGE bytes or more.
 */
bool hak_tcache_is_lent(const struct hak_tcache *tcache, const void *pointer,
			uint32_t entry, bool read);

/*
 * A quick check whether the pointer is the start of a block in use. The memory must be
 * readable. If the answer is false, the caller has to ask hak_tcache_is_lent().
 */
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

/*
 * Put the tcache on the node's list of all tcaches, which the keeper reads. The caller
 * holds node->park, or is the only thread of a fork child.
 */
static inline void hak_tcache_enlist(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;

	tcache->older = hak_read_once(&node->youngest);
	/* pairs with ask_node() and tend_node() */
	hak_store_release(&node->youngest, tcache);
}

/*
 * Flush the bins, and deliver all gathered remote frees. A signal handler that has
 * interrupted work in the tcache (hak_claim_at_work()) must not call this function.
 */
void hak_tcache_flush(struct hak_tcache *tcache);

/*
 * hak_tcache_tidy() collects the remote frees of all slabs and returns the idle slabs
 * to the node. The next remote free puts each remaining slab on the owner's queue. So a
 * parked tcache later needs only hak_tcache_drain(), which reads the queue and not each
 * slab.
 */
void hak_tcache_tidy(struct hak_tcache *tcache);

/* Add the tcache's counts to the node's statistics. */
void hak_tcache_publish(struct hak_tcache *tcache);

static inline void hak_tcache_publish_own(void)
{
	if (hak_tcache_real(hak_tls))
		hak_tcache_publish(hak_tls);
}
void hak_tcache_drain(struct hak_tcache *tcache);

/* For the keeper: deliver and tidy, in a tcache that the keeper has claimed. */
void hak_tcache_tend(struct hak_tcache *tcache);

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key);

/*
 * Call once, before any tcache exists. `none`: the key of hak_tcache_none, a key that
 * no slab has.
 */
void hak_tcache_start(uint32_t none);
