/* SPDX-License-Identifier: MIT */
/*
 * inherit.c - a fork child takes over the tcaches of the parent's other threads.
 *
 * Owns    the number of forks before this process, and the tcaches of missing
 *         threads until park_locked() parks them.
 * Locks   hak_missing; under hak_missing also node->park and node->lock.
 * Calls   parked.h, bin.h, tcache.h, heap/missing.h.
 */
#include "cache/inherit.h"

#include "cache/bin.h"
#include "cache/credit.h"
#include "cache/parked.h"
#include "cache/tcache.h"
#include "heap/callers.h"
#include "heap/missing.h"
#include "heap/node.h"
#include "numa/topology.h"
#include "base/atomic.h"
#include "base/bits.h"

/*
 * The number of forks from the first process to this process. If a tcache's field
 * `fork` has another number, the tcache's thread is missing.
 */
static uint32_t forks;

/* ---- At the fork ----------------------------------------------------------- */

void hak_inherit_mark(struct hak_tcache *tcache)
{
	tcache->fork = forks;
}

/*
 * The child goes on with this tcache. If the forking thread may have been inside
 * hakmem's code (`outside` is false), begin_node() has emptied the node's list of all
 * tcaches; so put the tcache on this list again.
 */
static void list_again(struct hak_tcache *tcache, bool outside)
{
	hak_inherit_mark(tcache);
	if (!outside)
		hak_tcache_enlist(tcache);
	/* begin_node() has emptied the list of callers: clear the owner's mark too. */
	hak_callers_next(&tcache->owner);
}

/* Take no lock: after a bare _Fork() a missing thread may hold the lock. */
static void begin_node(struct hak_node *node, struct hak_tcache *own,
		       bool outside)
{
	struct hak_tcache *tcache;
	struct hak_list *link;

	if (!outside)
		hak_write_once(&node->youngest, NULL);
	/*
	 * A signal handler forked while this thread held the lock. So the list of
	 * parked tcaches may be half changed.
	 */
	if (hak_lock_is_mine(&node->park))
		return;
	hak_write_once(&node->callers.first, NULL);
	hak_list_for_each(link, &node->parked)
	{
		tcache = hak_container_of(link, struct hak_tcache, parked);
		list_again(tcache, outside);
		hak_owner_park(&tcache->owner);
	}
	if (own->node == node)
		list_again(own, outside);
}

/* Find a tcache with a missing thread in the list that begins with `tcache`. */
static struct hak_tcache *first_missing(struct hak_tcache *tcache)
{
	while (tcache && tcache->fork == forks)
		tcache = tcache->older;
	return tcache;
}

#define for_each_missing(tcache, node)                                         \
	for (tcache = first_missing(hak_read_once(&(node)->youngest)); tcache; \
	     tcache = first_missing(tcache->older))

void hak_inherit_begin(struct hak_tcache *own, bool outside)
{
	bool here = false;
	unsigned i;

	forks++;
	for (i = 0; i < hak_topology_nodes(); i++) {
		begin_node(hak_nodes[i], own, outside);
		here |= outside &&
			first_missing(hak_read_once(&hak_nodes[i]->youngest));
	}
	hak_kin_set_misses(here);
}

/* ---- Later, if the child needs memory -------------------------------------- */

/*
 * The slab of the block to which a cell points: a slab of the tcache, or a shared slab
 * of the node. NULL if no block of the class begins at the pointer, or if the slab has
 * the block as free.
 */
static struct hak_slab *find_block(const struct hak_tcache *tcache,
				   unsigned class, const void *pointer,
				   unsigned *ret_index)
{
	struct hak_slab *slab;
	uint32_t entry;

	if (!hak_window_has(pointer) || (uintptr_t)pointer % HAK_ALIGN)
		return NULL;
	entry = hak_window_entry(pointer);
	if (entry != hak_entry(tcache->key, class) &&
	    entry != hak_entry(tcache->node->shared.key, class))
		return NULL;
	slab = hak_slab_of(pointer);
	*ret_index = hak_slab_index(slab, pointer);
	if (*ret_index == HAK_SLAB_BLOCKS_MAX || hak_slab_has(slab, *ret_index))
		return NULL;
	return slab;
}

static void free_block(struct hak_slab *slab, unsigned index)
{
	hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
}

/* The slab of the block that has the bin's cells; NULL if there is no such block. */
static struct hak_slab *find_cells(const struct hak_tcache *tcache,
				   unsigned class, unsigned *ret_index)
{
	size_t bytes = tcache->nr_cells[class] * sizeof(hak_cell);

	return find_block(tcache, hak_sizeclass_of(bytes),
			  tcache->cells[class], ret_index);
}

/*
 * Free all blocks in a bin of a missing thread. At the fork all cells below `top` were
 * valid: a push writes the cell before `top`, and a pop changes `top` before the block.
 * Nevertheless trust no cell: free a block only if the block has the mark, and if the
 * slab does not have the block as free yet. If the bin was closed at the fork (bin.h),
 * `top` points elsewhere; then the blocks of the bin are lost.
 */
static void free_bin(struct hak_tcache *tcache, unsigned class)
{
	hak_cell *cells = tcache->cells[class];
	bool own = cells == tcache->own_cells[class] ||
		   cells == &tcache->bottom;
	unsigned at, index, cells_index;
	struct hak_slab *cells_slab = NULL, *slab;
	size_t end = ((uintptr_t)tcache->top[class] - (uintptr_t)cells) /
		     sizeof(*cells);

	if (!own)
		cells_slab = find_cells(tcache, class, &cells_index);
	if ((!own && !cells_slab) || end > tcache->nr_cells[class])
		end = 0;
	for (at = 1; at < end; at++) {
		slab = find_block(tcache, class, cells[at], &index);
		if (slab && hak_tcache_looks_freed(cells[at]))
			free_block(slab, index);
	}
	if (cells_slab)
		free_block(cells_slab, cells_index);
	hak_bin_reset(tcache, class);
	tcache->refused[class] = 0;
	tcache->refills[class] = 0;
}

/*
 * Does the pointer point to the record of a lent slab? The pointer may be wrong, so
 * first look for the records' span.
 */
static bool is_slab(const struct hak_slab *slab)
{
	const struct hak_span *span = hak_window.span;
	const struct hak_span *end = span + hak_window.spans;
	uint32_t entry;
	size_t unit;

	while (span < end &&
	       (slab < span->slab ||
		slab >= span->slab + (size_t)span->mapped * HAK_UNITS))
		span++;
	if (span == end)
		return false;
	unit = (size_t)(slab - span->slab);
	entry = hak_window_entry(hak_span_unit(span, 0, 0) +
				 (unit << HAK_UNIT_SHIFT));
	return &span->slab[unit] == slab && hak_entry_key(entry) &&
	       slab->owner && slab->owner->key == hak_entry_key(entry);
}

static void free_outgoing(struct hak_outgoing *out)
{
	uint64_t bits = out->blocks;
	unsigned index;

	out->blocks = 0;
	if (!bits || !is_slab(out->slab))
		return;
	for (; bits; bits &= bits - 1) {
		index = out->word * 64 + hak_lowest_bit(bits);
		if (index < out->slab->blocks &&
		    !hak_slab_has(out->slab, index))
			hak_slab_return_remote(out->slab, out->word,
					       1UL << (index & 63));
	}
}

/* Free the blocks in the bins, and the gathered remote frees. */
static void free_blocks(struct hak_tcache *tcache)
{
	unsigned class, i;

	for (class = 1; class < HAK_CLASSES; class++)
		free_bin(tcache, class);
	for (i = 0; i < HAK_OUTGOING; i++)
		free_outgoing(&tcache->outgoing[i]);
}

/*
 * The fork may have interrupted the missing thread in a change of a list. So make all
 * lists of the tcache empty; hak_missing_rebuild_locked() then lists the slabs again.
 */
static void forget_slabs_locked(struct hak_tcache *tcache)
	HAK_REQUIRES(hak_missing)
{
	struct hak_owner *owner = &tcache->owner;
	unsigned class;

	hak_lock_assert(&hak_missing);
	owner->missing = true;
	owner->next = NULL;
	hak_write_once(&owner->called, false);
	hak_write_once(&owner->queue, NULL);
	hak_write_once(&owner->queued, 0);
	for (class = 0; class < HAK_CLASSES; class++) {
		hak_list_init(&owner->slabs[class]);
		owner->used[class] = 0;
	}
	hak_list_init(&owner->idle);
	owner->idle_units = 0;
	hak_credit_forget(tcache);
}

/* Park the tcache of a missing thread, as at the end of a thread. */
static void park_locked(struct hak_tcache *tcache) HAK_REQUIRES(hak_missing)
{
	hak_lock_assert(&hak_missing);
	tcache->owner.missing = false;
	hak_inherit_mark(tcache);
	tcache->away = 0;
	tcache->outgoing_bytes = 0;
	hak_write_once(&tcache->asked, 0);
	hak_write_once(&tcache->work, (hak_read_once(&tcache->work) | 1) + 1);
	hak_tcache_tidy(tcache);
	hak_stat_add(tcache->node->stats, HAK_STAT_TCACHES_INHERITED, 1);
	hak_parked_put(tcache);
}

static void inherit_locked(void) HAK_REQUIRES(hak_missing)
{
	struct hak_tcache *tcache;
	unsigned nodes = hak_topology_nodes();
	unsigned i;

	hak_lock_assert(&hak_missing);
	for (i = 0; i < nodes; i++)
		for_each_missing(tcache, hak_nodes[i]) free_blocks(tcache);
	for (i = 0; i < nodes; i++)
		for_each_missing(tcache, hak_nodes[i])
			forget_slabs_locked(tcache);
	hak_missing_rebuild_locked();
	for (i = 0; i < nodes; i++)
		for_each_missing(tcache, hak_nodes[i]) park_locked(tcache);
	hak_kin_set_misses(false);
}

void hak_inherit_slow(void)
{
	if (hak_lock_any_is_mine())
		return;
	hak_lock_take(&hak_missing);
	if (hak_kin_misses())
		inherit_locked();
	hak_lock_drop(&hak_missing);
}
