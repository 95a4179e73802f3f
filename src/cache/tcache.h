/* SPDX-License-Identifier: MIT */
/*
 * tcache.h - the memory of a thread: hot free blocks by class, and slabs.
 *
 * Each class has a bin: a list of blocks, the last freed block first. free
 * pushes while the bin has room, and malloc pops. If the bin is empty, malloc
 * draws some blocks from a slab. If the bin has no room, free first puts some of
 * the bin's blocks back into the slabs.
 *
 * The first word of a free block is the link to the next block: an offset into the
 * window, minus a secret. If the program overwrites a link, the link leads out of
 * the window and the records, so hakmem detects the fault before following the
 * link. A pop overwrites the block's first word with a special value, so hakmem
 * detects a block freed twice before malloc returns the block again. A list ends
 * with a word of the tcache, also with the special value: so a single comparison
 * finds an empty bin and a broken list.
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
	HAK_OUTGOING = 16, /* slabs for which a tcache gathers remote frees */
};

/* A word in a block of any type. */
typedef uint64_t __attribute__((may_alias)) hak_word;

/* No link: with a key added, from 2^62 to 2^63, the sum is no offset. */
#define HAK_SPOILT    ((hak_word)0xfffffffffeedf00dUL)
/* No link either: the first word of a block sent home. */
#define HAK_SENT_HOME ((hak_word)0xfffffffffeed80e5UL)

/*
 * The sum of a link and the key is an offset into the window; constant after
 * start.
 */
struct hak_link {
	uint64_t key;
	uint64_t zero;	/* key + window's base: link + zero is an address */
	uint64_t bytes; /* above all offsets */
};

extern struct hak_link hak_link HAK_HIDDEN;

/*
 * Gathered remote frees: blocks of a slab, all in the same word of the slab's
 * bitmap.
 */
struct hak_outgoing {
	struct hak_slab *slab;
	uint64_t blocks;
	uint32_t word;
};

/*
 * The fast path touches the fields up to `tiny_slot`. A slot (HAK_SLOTS + class) is
 * the place of a class's room and of a class's list: both arrays begin at offset 0,
 * to save an addition. The other words fill the space below the arrays' first
 * slots.
 *
 *     0        256           512           1024
 *     | words  | room[slot]  | list[slot]  |
 */
struct hak_tcache {
	union {
		struct {
			/* Constant after birth */
			hak_word nil HAK_ALIGNED(HAK_ALIGN); /* ends lists */
			uint32_t key;
			struct hak_node *node; /* NULL: no real tcache */
			/* Owner thread */
			uint32_t
				outgoing_bytes; /* since the last full delivery */
			uint32_t delivered;
			uint32_t
				sent; /* bytes, since the last notes for all nodes */
			uint32_t lends;
			uint32_t charged; /* bytes: the capacity of all bins */
			uint32_t credit;  /* bytes: see credit.h */
			uint8_t victim; /* class of the bin last made smaller */
			bool idle_lack; /* idle slabs went since the last lending */
			uint8_t away; /* refills on another node, in a row */
			/* See claim.h */
			_Atomic uint32_t work; /* odd: at work behind bins */
			_Atomic uint32_t asked;
			/* Not yet in the node's statistics */
			uint64_t bytes_out;
			uint32_t remote_frees;
			uint8_t refills
				[HAK_CLASSES]; /* from slabs, up to a few */
		};
		int32_t room[2 *
			     HAK_SLOTS]; /* to push; -1 after a push too many */
		hak_word list[2 * HAK_SLOTS]; /* link to the first block */
	};
	/*
	 * Constant after birth: hak_tiny_slot, copied to spare the table's
	 * address
	 */
	uint8_t tiny_slot[HAK_TINY_MAX + 1];
	/* Owner thread */
	uint32_t refused[HAK_CLASSES];	/* blocks, since the last refill */
	uint32_t capacity[HAK_CLASSES]; /* of the bin, in blocks */
	struct hak_outgoing outgoing[HAK_OUTGOING];
	/* node->park, while parked */
	struct hak_list parked;
	/* Constant after birth */
	struct hak_tcache *older; /* made for the node before this tcache */
	uint32_t fork; /* see inherit.c */
	/*
	 * Keeper: `work` at the last look, and `work` when the keeper last tended
	 * the tcache
	 */
	uint32_t seen;
	uint32_t tended;
	uint32_t idle; /* looks in a row without a change of `work` */
	struct hak_owner owner;
};

_Static_assert(offsetof(struct hak_tcache, refills) + HAK_CLASSES <=
		       HAK_SLOTS * sizeof(int32_t),
	       "words below the first slot");

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

/* The link to a block, and the block of a link. */
HAK_INLINE hak_word hak_tcache_link(const void *block)
{
	return (hak_word)block - hak_link.zero;
}

HAK_INLINE hak_word *hak_tcache_block(hak_word link)
{
	return (hak_word *)(link + hak_link.zero);
}

/* Is the word a link, and not the end of a list? */
HAK_INLINE bool hak_tcache_is_link(hak_word word)
{
	return word + hak_link.key < hak_link.bytes;
}

/* Take the first block off a slot's list; NULL if the list is empty, or broken. */
HAK_INLINE void *hak_tcache_pop(struct hak_tcache *tcache, size_t slot)
{
	hak_word *block = hak_tcache_block(tcache->list[slot]);
	hak_word next = *block;

	if (hak_unlikely(!hak_tcache_is_link(next)))
		return NULL;
	/* Unlink the block first: a signal handler may call exit(). */
	tcache->list[slot] = next;
	atomic_signal_fence(memory_order_acq_rel);
	tcache->room[slot]++;
	*block = HAK_SPOILT;
	return block;
}

/* Put a block on a slot's list; false if there is no room. */
HAK_INLINE bool hak_tcache_push(struct hak_tcache *tcache, size_t slot,
				void *block)
{
	if (hak_unlikely(--tcache->room[slot] < 0))
		return false;
	*(hak_word *)block = tcache->list[slot];
	atomic_signal_fence(memory_order_acq_rel);
	tcache->list[slot] = hak_tcache_link(block);
	return true;
}

/*
 * Find a block of the class in the bin, in slabs or on the node; NULL without
 * memory.
 */
void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class);

/*
 * Free a block after a refused push: make room in the bin, or put the block into
 * the slab.
 */
void hak_tcache_push_slow(void *block, size_t slot, struct hak_tcache *tcache);

/* Return an own block to the slab, past the bin. */
void hak_tcache_put(struct hak_tcache *tcache, void *block);

/* The number of blocks in a class's bin. */
static inline unsigned hak_tcache_length(const struct hak_tcache *tcache,
					 unsigned class)
{
	int32_t room = tcache->room[HAK_SLOTS + class];

	return tcache->capacity[class] - (unsigned)room;
}

/* Fault if a block freed by the thread is no block, or is free twice. */
void hak_tcache_check(struct hak_tcache *tcache);

/* Fault if the address is no block's start, or if the slab has the block. */
void hak_tcache_check_block(const hak_word *block);

/* The program may make blocks of this size or more unreadable. */
enum { HAK_OWN_PAGE = 4096 };

/* Does the block's first word look like a link, as in each block of a list? */
static inline bool hak_tcache_looks_listed(const hak_word *block)
{
	return hak_tcache_is_link(*block);
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
	       !hak_tcache_looks_listed(pointer);
}

/* The first block of a class's list, or NULL. */
static inline hak_word *hak_tcache_first(const struct hak_tcache *tcache,
					 unsigned class)
{
	hak_word *block = hak_tcache_block(tcache->list[HAK_SLOTS + class]);

	return block == &tcache->nil ? NULL : block;
}

/* End the process: the block's link is broken. */
HAK_COLD HAK_NORETURN void hak_tcache_broken(const struct hak_tcache *tcache,
					     unsigned class,
					     const hak_word *block);

/* The next block of the list, or NULL; faults if the link is broken. */
static inline void *hak_tcache_next(const struct hak_tcache *tcache,
				    unsigned class, const hak_word *block)
{
	hak_word *next = hak_tcache_block(*block);

	if (next == &tcache->nil)
		return NULL;
	if (hak_unlikely(!hak_window_has(next) ||
			 (uintptr_t)next % HAK_ALIGN != 0))
		hak_tcache_broken(tcache, class, block);
	return next;
}

/* Put the tcache on the keeper's list. Under node->park, or in a fork child. */
static inline void hak_tcache_enlist(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;

	tcache->older = hak_read_once(&node->youngest);
	/* pairs with ask_node() and tend_node() */
	hak_store_release(&node->youngest, tcache);
}

/* Return all blocks of the bins, and all gathered remote frees, to their slabs. */
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
 * Call once, before any tcache exists. `link_key`: the key of links, from 2^62 to
 * 2^63; `none`: the key of hak_tcache_none, a key that no slab has.
 */
void hak_tcache_start(uint64_t link_key, uint32_t none);
