/* SPDX-License-Identifier: MIT */
/*
 * run.c - a span's free superslabs as runs, binned by length.
 *
 * Owns    the bins, and `link` and `run` of each run's first and last superslab.
 * Locks   span->lock.
 */
#include "heap/run.h"

#include "base/bits.h"
#include "base/fault.h"

enum { EXACT_BINS = 32 };

static unsigned bin_of(uint32_t count)
{
	return count <= EXACT_BINS ? count - 1 : EXACT_BINS - 5 + hak_log2(count);
}

static struct hak_superslab *record(const struct hak_span *span, uint32_t i)
{
	return &span->superslab[i];
}

static uint32_t index_of(const struct hak_span *span,
			 const struct hak_list *link)
{
	return (uint32_t)(hak_container_of(link, struct hak_superslab, link) -
			  span->superslab);
}

enum hak_run_kind hak_run_kind_of(const struct hak_superslab *superslab)
{
	if (hak_superslab_nonresident(superslab))
		return HAK_RUN_NONRESIDENT;
	if (superslab->pooled)
		return HAK_RUN_POOL;
	return superslab->held ? HAK_RUN_HELD : HAK_RUN_WARM;
}

static void insert(struct hak_span *span, uint32_t first, uint32_t count)
{
	struct hak_superslab *head = record(span, first);
	struct hak_runs *runs = &span->runs[hak_run_kind_of(head)];
	unsigned bin = bin_of(count);

	head->run = count;
	record(span, first + count - 1)->run = count;
	if (!(runs->used >> bin & 1))
		hak_list_init(&runs->bin[bin]);
	hak_list_push(&runs->bin[bin], &head->link);
	runs->used |= 1UL << bin;
}

static void remove_run(struct hak_span *span, uint32_t first)
{
	struct hak_superslab *head = record(span, first);
	struct hak_runs *runs = &span->runs[hak_run_kind_of(head)];
	unsigned bin = bin_of(head->run);

	hak_list_remove(&head->link);
	if (hak_list_empty(&runs->bin[bin]))
		runs->used &= ~(1UL << bin);
}

/*
 * Add a row of free superslabs of the same kind. Join the row with the runs of this
 * kind that lie right before and right behind.
 */
static void add_row(struct hak_span *span, uint32_t first, uint32_t count)
{
	struct hak_superslab *self = record(span, first);
	struct hak_superslab *near;

	if (first > 0) {
		near = record(span, first - 1);
		if (hak_superslab_free(near) &&
		    hak_run_kind_of(near) == hak_run_kind_of(self)) {
			first -= near->run;
			count += near->run;
			remove_run(span, first);
		}
	}
	if (first + count < span->mapped) {
		near = record(span, first + count);
		if (hak_superslab_free(near) &&
		    hak_run_kind_of(near) == hak_run_kind_of(self)) {
			remove_run(span, first + count);
			count += near->run;
		}
	}
	insert(span, first, count);
}

void hak_run_add_locked(struct hak_span *span, uint32_t first, uint32_t count)
{
	uint32_t end = first + count;
	uint32_t next;

	hak_lock_assert(&span->lock);
	for (; first < end; first = next) {
		enum hak_run_kind kind = hak_run_kind_of(record(span, first));

		next = first + 1;
		while (next < end &&
		       hak_run_kind_of(record(span, next)) == kind)
			next++;
		add_row(span, first, next - first);
	}
}

void hak_run_cut_locked(struct hak_span *span, uint32_t head, uint32_t first,
			uint32_t count)
{
	uint32_t end = head + record(span, head)->run;

	hak_lock_assert(&span->lock);
	hak_assert(head <= first && first + count <= end, "cut off its run");
	remove_run(span, head);
	if (head < first)
		insert(span, head, first - head);
	if (first + count < end)
		insert(span, first + count, end - first - count);
}

uint32_t hak_run_find_locked(const struct hak_span *span,
			     enum hak_run_kind kind, uint32_t count,
			     uint32_t align, uint32_t *ret_first)
{
	const struct hak_runs *runs = &span->runs[kind];
	uint64_t bins = runs->used & ~hak_low_mask(bin_of(count));
	uintptr_t base = (uintptr_t)span->base >> HAK_SUPERSLAB_SHIFT;
	const struct hak_list *anchor, *link;
	uint32_t head, skip;

	hak_lock_assert(&span->lock);
	for (; bins; bins &= bins - 1) {
		anchor = &runs->bin[hak_lowest_bit(bins)];
		hak_list_for_each(link, anchor) {
			head = index_of(span, link);
			skip = (uint32_t)(-(base + head) & (align - 1));
			if (record(span, head)->run >= (size_t)skip + count) {
				*ret_first = head + skip;
				return head;
			}
		}
	}
	return HAK_NO_RUN;
}

bool hak_run_joined_locked(const struct hak_span *span, uint32_t count,
			   uint32_t align)
{
	uintptr_t base = (uintptr_t)span->base >> HAK_SUPERSLAB_SHIFT;
	uint32_t first = 0; /* first superslab of the free row that ends before i */
	uint32_t i = 0;

	hak_lock_assert(&span->lock);
	if (count > span->mapped - span->lent)
		return false;
	while (i < span->mapped) {
		if (!hak_superslab_free(record(span, i))) {
			first = ++i;
			continue;
		}
		i += record(span, i)->run;
		if (i - first >= (-(base + first) & (align - 1)) + count)
			return true;
	}
	return false;
}

uint32_t hak_run_longest_locked(const struct hak_span *span,
				enum hak_run_kind kind)
{
	const struct hak_runs *runs = &span->runs[kind];

	hak_lock_assert(&span->lock);
	if (!runs->used)
		return HAK_NO_RUN;
	return index_of(span, runs->bin[hak_log2(runs->used)].next);
}
