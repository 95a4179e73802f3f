/* SPDX-License-Identifier: MIT */
/*
 * tcache.h - the memory of one thread: hot free blocks by class, and slabs.
 *
 * Each class has a bin: a list of blocks, the last freed block first. free
 * pushes while the bin has room, and malloc pops. If the bin is empty, malloc
 * draws some blocks from a slab. If the bin has no room, free sends the block
 * straight home.
 *
 * A free block's first word links to the next block: an offset into the window,
 * minus a secret. An overwritten link leads out of the window and the window's
 * records, so the fault shows before anybody follows the link. A pop spoils the
 * block's first word, so a block freed twice shows before malloc returns the
 * block again. A list ends with a word of the tcache with the value of a spoilt
 * block: one compare finds an empty bin and a broken list.
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
	HAK_OUTGOING = 16, /* slabs for which foreign frees are gathered */
};

/* A word in a block of any type. */
typedef uint64_t __attribute__((may_alias)) hak_word;

/* No link: with a key added, from 2^62 to 2^63, the sum is no offset. */
#define HAK_SPOILT ((hak_word)0xfffffffffeedf00dUL)
/* No link either: the first word of a block sent home past a list or from a list. */
#define HAK_SENT_HOME ((hak_word)0xfffffffffeed80e5UL)

/*
 * The sum of a link and the key is an offset into the window; constant after
 * start.
 */
struct hak_link {
	uint64_t key;
	uint64_t zero;	/* the key and the window's base: makes an address */
	uint64_t bytes; /* above all offsets */
};

extern struct hak_link hak_link HAK_HIDDEN;

/* Foreign blocks of one bitmap word of one slab, on their way home. */
struct hak_outgoing {
	struct hak_slab *slab;
	uint64_t blocks;
	uint32_t word;
};

/*
 * The fast path touches these fields. A slot (HAK_SLOTS + class) is the place of
 * a class's room and of a class's list: both arrays begin at offset 0, to save
 * an addition. The other words fill the space below the arrays' first slots.
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
			uint32_t outgoing_bytes; /* since the last full delivery */
			uint32_t delivered;
			uint32_t sent; /* bytes, since the last notes for all nodes */
			uint32_t slabs_lent;
			uint8_t away; /* refills on another node, in a row */
			/* See claim.h */
			_Atomic uint32_t work; /* odd: at work at slabs */
			_Atomic uint32_t asked;
			uint64_t bytes_out; /* not yet in the node's statistics */
			uint8_t refills[HAK_CLASSES]; /* from slabs, up to a few */
		};
		int32_t room[2 * HAK_SLOTS]; /* to push; -1 after a push too many */
		void *list[2 * HAK_SLOTS];
	};
	/*
	 * Constant after birth: hak_tiny_slot, copied to spare the table's
	 * address
	 */
	uint8_t tiny_slot[HAK_TINY_MAX + 1];
	/* Owner thread */
	uint32_t refused[HAK_CLASSES]; /* blocks, since the bin was empty */
	struct hak_outgoing outgoing[HAK_OUTGOING];
	/* node->park, while parked */
	struct hak_list parked;
	/* Constant after birth */
	struct hak_tcache *older; /* made for the node before this tcache */
	/* Keeper: the value of `work` at the last look, and at the last tending */
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

/* Take the first block off a slot's list; NULL if the list is empty, or broken. */
HAK_INLINE void *hak_tcache_pop(struct hak_tcache *tcache, size_t slot)
{
	hak_word *block = tcache->list[slot];
	uint64_t next = *block + hak_link.key;

	if (hak_unlikely(next >= hak_link.bytes))
		return NULL;
	/* Unlink the block first: a signal handler may call exit(). */
	tcache->list[slot] = (void *)(next + hak_window_base);
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
	*(hak_word *)block = (hak_word)tcache->list[slot] - hak_link.zero;
	atomic_signal_fence(memory_order_acq_rel);
	tcache->list[slot] = block;
	return true;
}

/*
 * Find a block of the class in the bin, in slabs or on the node; NULL if none is
 * left.
 */
void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class);

/* After a refused push: the block goes home. */
void hak_tcache_push_slow(void *block, size_t slot, struct hak_tcache *tcache);

/* Return an own block to the slab, past the bin. */
void hak_tcache_put(struct hak_tcache *tcache, void *block);

/* How many blocks a class's bin has; a shrinking bin has fewer. */
static inline unsigned hak_tcache_length(const struct hak_tcache *tcache,
					 unsigned class)
{
	int32_t room = tcache->room[HAK_SLOTS + class];

	return hak_sizeclass[class].cached - (unsigned)(room < 0 ? 0 : room);
}

/* Fault if a block on the tcache's lists must not have been freed. */
void hak_tcache_check(struct hak_tcache *tcache);

/* The program may make blocks of this size or more unreadable. */
enum { HAK_OWN_PAGE = 4096 };

/* Does the block's first word look like a link, as in each block of a list? */
static inline bool hak_tcache_looks_listed(const hak_word *block)
{
	return *block + hak_link.key < hak_link.bytes;
}

/*
 * Is the pointer the start of a lent block? The pointer leads into a lent slab
 * with this entry of the slab map. A block that another thread freed, but has
 * not delivered yet, passes for lent. `read` allows reading the block's
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
	hak_word *block = tcache->list[HAK_SLOTS + class];

	return block == &tcache->nil ? NULL : block;
}

/* The next block of the list, or NULL; faults if the link is broken. */
void *hak_tcache_next(const struct hak_tcache *tcache, unsigned class,
		      const hak_word *block);

/* Send all blocks home to the slabs: the bins' blocks and the outgoing blocks. */
void hak_tcache_flush(struct hak_tcache *tcache);

/*
 * hak_tcache_tidy() collects remote frees and returns idle slabs to the node.
 * Each remaining slab queues itself at the next remote free. So for a parked
 * tcache hak_tcache_drain(), a read of the queue, is enough from then on.
 */
void hak_tcache_tidy(struct hak_tcache *tcache);
void hak_tcache_drain(struct hak_tcache *tcache);

/* Keeper: deliver and tidy for another thread, in a claimed tcache. */
void hak_tcache_tend(struct hak_tcache *tcache);

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key);

/*
 * Call this once, before any tcache exists. `link_key`: the key of links, from
 * 2^62 to 2^63; `none`: the key of hak_tcache_none, which no slab has.
 */
void hak_tcache_start(uint64_t link_key, uint32_t none);
