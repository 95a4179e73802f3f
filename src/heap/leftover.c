/* SPDX-License-Identifier: MIT */
/*
 * leftover.c - finds and clears a program's settings on the mapping of a freed
 * block.
 *
 * The kernel joins neighbouring memory with equal settings to one mapping. So a
 * block has unchanged settings if its mapping also contains memory that no
 * program can change, a witness: a free superslab, or a page at the edge of the
 * span (step.h).
 *
 * Locks   span->lock, to find free superslabs.
 * Calls   step.h, os/map.h.
 */
#include "heap/leftover.h"

#include "heap/step.h"
#include "heap/window.h"
#include "os/map.h"
#include "base/atomic.h"

enum { WITNESSES = 4 };

/*
 * The part of a freed block with one kind of pages, small or huge: the superslabs
 * [first, end). All superslabs of the span with this kind of pages are [low, high).
 */
struct part {
	uint32_t first, end;
	uint32_t low, high;
};

/*
 * Ranges of addresses. Each range contains the part, and a page of a witness at one
 * end.
 */
struct witnesses {
	struct iovec stretch[WITNESSES];
	unsigned count;
};

static void add(struct witnesses *witnesses, char *from, const char *to)
{
	witnesses->stretch[witnesses->count++] =
		(struct iovec){ from, (size_t)(to - from) };
}

/* Is the superslab free and unchanged? An armed superslab has other settings. */
static bool is_witness(const struct hak_superslab *superslab)
{
	return hak_superslab_free(superslab) &&
	       !hak_read_once(&superslab->armed);
}

static struct witnesses find_locked(const struct hak_span *span,
				    const struct part *part)
	HAK_REQUIRES(span->lock)
{
	struct witnesses found = { .count = 0 };
	char *from = hak_span_address(span, part->first);
	char *to = hak_span_address(span, part->end);
	uint32_t high = part->high < span->mapped ? part->high : span->mapped;
	size_t page = hak_window.page;

	hak_lock_assert(&span->lock);
	if (part->end < high && is_witness(&span->superslab[part->end]))
		add(&found, from, to + page);
	if (part->first > part->low &&
	    is_witness(&span->superslab[part->first - 1]))
		add(&found, from - page, to);
	if (high == span->mapped && span->edge_high)
		add(&found, from, hak_span_address(span, high) + page);
	if (part->low == 0 && span->edge_low)
		add(&found, span->base - page, to);
	/* Without a witness, check the part alone. */
	if (!found.count)
		add(&found, from, to);
	return found;
}

/*
 * Is the range one mapping? A hole may follow the range, now or soon, because a
 * realloc may move a block away. So the check needs memory that stays mapped:
 * the table of spans, behind all superslabs.
 */
static bool is_one(void *address, size_t bytes)
{
	return hak_map_is_one(address, bytes,
			      (const char *)hak_window.span + hak_window.page);
}

static bool differs(struct hak_span *span, const struct part *part)
{
	struct witnesses found;
	unsigned i;

	hak_lock_take(&span->lock);
	found = find_locked(span, part);
	hak_lock_drop(&span->lock);
	for (i = 0; i < found.count; i++)
		if (is_one(found.stretch[i].iov_base, found.stretch[i].iov_len))
			return false;
	return true;
}

/*
 * Does a superslab of the run come from the kernel's pool of huge pages? Such
 * memory has separate mappings, even if no program has changed the settings.
 */
static bool pooled(const struct hak_run *run)
{
	uint32_t i;

	for (i = run->first; i < run->first + run->count; i++)
		if (run->span->superslab[i].pooled)
			return true;
	return false;
}

static bool any_differs(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t border = hak_step_border();
	uint32_t end = run->first + run->count;
	struct part small = { run->first, end, 0, border };
	struct part rest = { run->first, end, border, UINT32_MAX };

	if (run->first >= border)
		return differs(span, &rest);
	if (end <= border)
		return differs(span, &small);
	small.end = border;
	rest.first = border;
	return differs(span, &small) || differs(span, &rest);
}

bool hak_leftover(const struct hak_run *run)
{
	/*
	 * Under mlockall, do not map anew. The kernel would populate each new
	 * mapping at once, and would never join the mapping with its
	 * neighbours. And a program that locks all memory wants to keep its
	 * pages.
	 */
	return !pooled(run) && any_differs(run) &&
	       !hak_map_locks(hak_window.page);
}

static bool are_one(const struct hak_span *span, uint32_t first, uint32_t count)
{
	return is_one(hak_span_address(span, first),
		      (size_t)count << HAK_SUPERSLAB_SHIFT);
}

void hak_leftover_clear(struct hak_span *span, uint32_t first, uint32_t count)
{
	uint32_t i;

	/*
	 * hakmem itself may have mapped each superslab apart. Borders between
	 * superslabs do not show that the program has changed a mapping.
	 */
	if (are_one(span, first, count))
		return;
	for (i = first; i < first + count; i++)
		if (!are_one(span, i, 1))
			hak_leftover_renew(span, i);
}

bool hak_leftover_renew(struct hak_span *span, uint32_t index)
{
	struct hak_superslab *superslab = &span->superslab[index];
	char *address = hak_span_address(span, index);

	/*
	 * Set `lost` before mapping anew, because a child that is forked meanwhile
	 * may have no mapping at this address.
	 */
	superslab->lost = true;
	if (hak_map_again(address, HAK_SUPERSLAB_BYTES)) {
		superslab->lost =
			hak_map_writable(address, HAK_SUPERSLAB_BYTES) != 0;
		return false;
	}
	hak_step_advise(span, index, 1);
	superslab->lost = false;
	return true;
}

bool hak_leftover_lost_locked(struct hak_span *span, uint32_t index)
{
	struct hak_superslab *superslab = &span->superslab[index];

	hak_lock_assert(&span->lock);
	if (hak_likely(!superslab->lost))
		return false;
	superslab->lost = false;
	hak_superslab_set(superslab, HAK_SUPERSLAB_NONE);
	return true;
}
