/* SPDX-License-Identifier: MIT */
/*
 * tcache.h - what one thread holds: hot free blocks by class, and its slabs.
 *
 * Each class has a bin: a list of blocks, the last freed first. free pushes as
 * long as there is room, malloc pops; when the bin is empty some blocks are
 * drawn from a slab, when there is no room a block goes straight home.
 *
 * A free block's first word links it to the next: it is an offset into the
 * window less a secret. One that was written over leads out of the window and
 * its records, and shows before it is followed. A popped block's word is
 * spoilt, so a block that was freed twice shows when it would be handed out
 * again. A list ends with a word of the tcache that reads as such a spoilt
 * block: an empty bin and a broken one are the same compare.
 */
#pragma once

#include "heap/layout.h"
#include "heap/node.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HAK_OUTGOING = 16, /* slabs that foreign frees are gathered for */
};

/* A word in a block of any type. */
typedef uint64_t __attribute__((may_alias)) hak_word;

/* No link: added to a key, which is from 2^62 to 2^63, it is no offset. */
#define HAK_SPOILT ((hak_word)0xfffffffffeedf00dUL)
/* No link either: what goes home past a list, or from one, has this. */
#define HAK_SENT_HOME ((hak_word)0xfffffffffeed80e5UL)

/* A link and the key make an offset into the window; constant after start. */
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
 * What the fast path touches. A slot (HAK_SLOTS + class) is at once the place
 * of a class's room, and of its list: the arrays both begin at offset 0, which
 * spares an addition, and what is below their first slot holds the rest.
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
			struct hak_node *node; /* NULL: none at all */
			/* Owner thread */
			uint32_t outgoing_bytes; /* since all were delivered */
			uint32_t delivered;
			uint32_t sent; /* bytes, since the parked were looked at */
			uint32_t slabs_lent;
			uint8_t away; /* refills on another node, in a row */
			/* See claim.h */
			_Atomic uint32_t work; /* odd: at its slabs */
			_Atomic uint32_t asked;
			uint64_t bytes_out; /* not yet in the node's statistics */
			uint64_t bytes_in;
			uint8_t refills[HAK_CLASSES]; /* from slabs, up to a few */
		};
		int32_t room[2 * HAK_SLOTS]; /* to push; -1 after one too many */
		void *list[2 * HAK_SLOTS];
	};
	/* Constant after birth: hak_tiny_slot, where no address is needed */
	uint8_t tiny_slot[HAK_TINY_MAX + 1];
	/* Owner thread */
	uint32_t refused[HAK_CLASSES]; /* blocks, since the bin was empty */
	struct hak_list slabs[HAK_CLASSES]; /* owned, with free blocks */
	struct hak_outgoing outgoing[HAK_OUTGOING];
	/* node->park, while parked */
	struct hak_list parked;
	/* Constant after birth */
	struct hak_tcache *older; /* that was made for the node before */
	/* Keeper: of `work`, when it looked last, and when it tended it */
	uint32_t seen;
	uint32_t tended;
	uint32_t idle; /* looks in a row that found no change */
	/* atomic */
	struct hak_owner owner HAK_ALIGNED(HAK_CACHE_LINE);
};

_Static_assert(offsetof(struct hak_tcache, refills) + HAK_CLASSES <=
		       HAK_SLOTS * sizeof(int32_t),
	       "words below the first slot");

/*
 * The running thread's tcache. Never NULL: before a thread's first slow call
 * and after its death it points at an empty one whose key no slab has.
 */
extern __thread struct hak_tcache *hak_tls HAK_HIDDEN HAK_INITIAL_EXEC;

extern struct hak_tcache hak_tcache_none HAK_HIDDEN;

HAK_INLINE bool hak_tcache_real(const struct hak_tcache *tcache)
{
	return tcache->node;
}

/* Takes the first block off a slot's list; NULL if it is empty, or broken. */
HAK_INLINE void *hak_tcache_pop(struct hak_tcache *tcache, size_t slot)
{
	hak_word *block = tcache->list[slot];
	uint64_t next = *block + hak_link.key;

	if (hak_unlikely(next >= hak_link.bytes))
		return NULL;
	/* Off the list first: a signal handler may call exit(). */
	tcache->list[slot] = (void *)(next + hak_window_base);
	atomic_signal_fence(memory_order_acq_rel);
	tcache->room[slot]++;
	*block = HAK_SPOILT;
	return block;
}

/* Puts a block on its slot's list; false when there is no room. */
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

/* A block of the class from wherever there is one, or NULL. */
void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class);

/* After a push that was refused: the block goes home. */
void hak_tcache_push_slow(void *block, size_t slot, struct hak_tcache *tcache);

/* An own block goes home to its slab, past the bin. */
void hak_tcache_put(struct hak_tcache *tcache, void *block);

/* How many blocks are in the bin of a class; fewer, if it is shrinking. */
static inline unsigned hak_tcache_length(const struct hak_tcache *tcache,
					 unsigned class)
{
	int32_t room = tcache->room[HAK_SLOTS + class];

	return hak_sizeclass[class].cached - (unsigned)(room < 0 ? 0 : room);
}

/* Faults if a block on its lists was not to be freed. */
void hak_tcache_check(struct hak_tcache *tcache);

/* Blocks from here on may be forbidden to be read, by who has them. */
enum { HAK_OWN_PAGE = 4096 };

/* Does a link lead there: to a place for blocks, or the end of a list? */
static inline bool hak_tcache_is_link(const struct hak_tcache *tcache,
				      uintptr_t there)
{
	return (hak_window_has((void *)there) && there % HAK_ALIGN == 0) ||
	       (void *)there == &tcache->nil;
}

/*
 * Is a pointer into a lent slab, with its entry of the slab map, the start of a block
 * that is lent? A block that another thread freed, but has not delivered yet, passes
 * for lent. `read` allows reading the block's contents, even if the block has pages of
 * its own.
 */
bool hak_tcache_is_lent(const struct hak_tcache *tcache, const void *pointer,
			uint32_t entry, bool read);

/*
 * The same in short, for a block that may be read: false if a closer look is needed.
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
	       !hak_tcache_is_link(tcache, *(const hak_word *)pointer +
						   hak_link.zero);
}


/* The first block of a class's list, or NULL. */
static inline hak_word *hak_tcache_first(const struct hak_tcache *tcache,
					 unsigned class)
{
	hak_word *block = tcache->list[HAK_SLOTS + class];

	return block == &tcache->nil ? NULL : block;
}

/* Its next block, or NULL; faults if the link is broken. */
void *hak_tcache_next(const struct hak_tcache *tcache, unsigned class,
		      const hak_word *block);

/* All blocks go home to their slabs: own ones, and what is outgoing. */
void hak_tcache_flush(struct hak_tcache *tcache);

/*
 * What has come home is collected, and idle slabs go back to the node. The
 * others tell the queue of what comes next, so that a parked tcache need only
 * be drained from then on.
 */
void hak_tcache_tidy(struct hak_tcache *tcache);
void hak_tcache_drain(struct hak_tcache *tcache);

/* The keeper's: another thread's, which it has claimed, delivers and is tidied. */
void hak_tcache_tend(struct hak_tcache *tcache);

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key);

/*
 * Once, before there is any: the key of links, from 2^62 to 2^63, and of
 * hak_tcache_none, which no slab has.
 */
void hak_tcache_start(uint64_t link_key, uint32_t none);
