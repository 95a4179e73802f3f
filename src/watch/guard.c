/* SPDX-License-Identifier: MIT */
/*
 * guard.c - arms memory before the memory goes to the kernel.
 *
 * Owns    the methods of arming, the handler of SIGSEGV.
 * Locks   span->lock to change `armed` in records. No lock while the kernel arms,
 *         except in a fork child.
 * Calls   armed.h, os/uffd.h, os/map.h, os/task.h.
 */
#include "watch/guard.h"

#include "heap/armed.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/map.h"
#include "os/task.h"
#include "base/atomic.h"
#include "base/fault.h"
#include "base/page.h"
#include "base/sys.h"

#include <signal.h>
#include <string.h>

/* most reports of touches; hakmem only counts further touches */
enum { REPORTS_MAX = 1000 };

static struct hak_uffd uffd = { .fd = -1 };
static _Atomic uint32_t reports;

/*
 * Used by the watcher only: the thread to which the watcher has sent SIGABRT; 0: none.
 */
static uint32_t trapped;

static enum hak_mode mode(void)
{
	return hak_read_once(&hak_stats_page.guard);
}

static void set_mode(enum hak_mode now)
{
	hak_write_once(&hak_stats_page.guard, (uint8_t)now);
}

static bool by_uffd(enum hak_mode how)
{
	return how == HAK_MODE_ON || how == HAK_MODE_USER_ONLY;
}

static bool by_fence(enum hak_mode how)
{
	return how == HAK_MODE_MARKERS || how == HAK_MODE_PROTECTED;
}

const struct hak_uffd *hak_guard_uffd(void)
{
	return &uffd;
}

bool hak_guard_keepers(void)
{
	/*
	 * In mode OFF the keeper has not chosen between userfaultfd and the other
	 * methods yet.
	 */
	return by_uffd(mode()) || mode() == HAK_MODE_OFF;
}

/* ---- Reports of touches -------------------------------------------------- */

static void add_what(struct hak_text *detail,
		     const struct hak_superslab *superslab,
		     const struct hak_slab *slab)
{
	hak_text_add(detail, ", where ");
	if (superslab->large) {
		hak_text_add(detail, "a large block was");
	} else if (slab->class == HAK_CLASS_MEDIUM) {
		hak_text_add(detail, "a block of ");
		hak_text_add_number(detail,
				    (uint64_t)slab->units << HAK_UNIT_SHIFT);
		hak_text_add(detail, " bytes was");
	} else {
		hak_text_add(detail, "blocks of ");
		hak_text_add_number(detail, hak_sizeclass[slab->class].bytes);
		hak_text_add(detail, " bytes were");
	}
}

/*
 * Print a line about a touch of armed memory. The superslab may be lent again
 * meanwhile, so the line describes the old or the new use of the superslab.
 */
static void tell(const struct hak_touch *touch, const char *how,
		 const char *name)
{
	const void *address = (const void *)touch->address;
	const struct hak_spot spot = hak_window_spot(address);
	const struct hak_span *span = spot.span;
	const struct hak_superslab *superslab =
		&span->superslab[spot.superslab];
	struct hak_text detail = { 0 };

	hak_text_add(&detail, how);
	hak_text_add(&detail, " by thread ");
	hak_text_add_number(&detail, touch->thread);
	hak_text_add(&detail, " (");
	hak_text_add(&detail, name);
	hak_text_add(&detail, ")");
	add_what(&detail, superslab, hak_slab_of(address));
	hak_text_add(&detail, ", in superslab ");
	hak_text_add_number(&detail, spot.superslab);
	if (span->node < hak_topology_nodes()) {
		hak_text_add(&detail, " of node ");
		hak_text_add_number(&detail, hak_topology_id(span->node));
	} else {
		hak_text_add(&detail, " of no node");
	}
	hak_text_add(&detail, ", given back ");
	hak_text_add_number(&detail, hak_clock_ms() - superslab->given);
	hak_text_add(&detail, " ms ago");
	hak_fault_tell(HAK_FAULT_USE_AFTER_FREE, address, &detail);
}

static void report(const struct hak_touch *touch, const char *how,
		   const char *name)
{
	hak_stat_add(&hak_window_span((void *)touch->address)->stats,
		     HAK_STAT_TOUCHED, 1);
	if (hak_add_relaxed(&reports, 1) < REPORTS_MAX)
		tell(touch, how, name);
}

static bool traps(void)
{
	return hak_option(HAK_OPTION_GUARD) == HAK_GUARD_TRAP;
}

/*
 * End the process without the program's handler of SIGABRT. The handler would run in
 * the watcher, without the program's stack and descriptors.
 */
static HAK_NORETURN void end_here(void)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(SIGABRT, &usual, NULL);
	hak_fault_end();
}

/*
 * Fill the touched page with zeroes, so that the thread that touched the page
 * continues.
 */
static void let_in(void *page)
{
	/*
	 * If this fails, the superslab is lent and mapped anew, or another touch has
	 * filled the page. Then the waiting threads need only try again.
	 */
	if (hak_uffd_zero(&uffd, page, hak_window.page))
		hak_uffd_wake(&uffd, page, hak_window.page);
}

void hak_guard_touched(const struct hak_touch *touch)
{
	void *page = (void *)(touch->address & -hak_window.page);
	char name[HAK_TASK_NAME];

	/*
	 * Another process, for example a debugger or a collector of crash data, may
	 * read any memory. This is no use after free.
	 */
	if (!hak_task_is_ours(touch->thread)) {
		hak_stat_add(&hak_window_span(page)->stats,
			     HAK_STAT_TOUCHED_BY_OTHERS, 1);
		let_in(page);
		return;
	}
	/*
	 * This thread has got SIGABRT from the watcher before. A handler of SIGABRT may
	 * have returned, and now the thread touches the memory again.
	 */
	if (traps() && touch->thread == trapped)
		end_here();
	hak_task_name(touch->thread, name);
	hak_text_lender(touch->thread);
	report(touch, touch->write ? "write" : "read", name);
	if (traps() && hak_task_takes(touch->thread, SIGABRT)) {
		trapped = touch->thread;
		hak_task_signal(touch->thread, SIGABRT);
	} else if (traps()) {
		end_here();
	} else {
		let_in(page);
	}
}

/* ---- Without userfaultfd ------------------------------------------------- */

static bool is_armed(const void *address)
{
	struct hak_spot spot;

	if (!hak_window_has(address))
		return false;
	spot = hak_window_spot(address);
	return spot.superslab < spot.span->mapped &&
	       hak_armed_of(spot.span, spot.superslab);
}

/*
 * Restore the default action of SIGSEGV and return. Then the thread repeats the touch,
 * and the fault ends the process. If the signal came by kill(2) and not by a fault
 * (si_code <= 0), send the signal again.
 */
static void pass_on(const siginfo_t *info, uint32_t self)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(SIGSEGV, &usual, NULL);
	if (info->si_code <= 0)
		hak_task_signal(self, SIGSEGV);
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
	uint32_t self = (uint32_t)sys_gettid();
	struct hak_touch touch = { (uintptr_t)info->si_addr, self, false };
	size_t page = hak_window.page;
	bool marks = mode() == HAK_MODE_MARKERS;
	char name[HAK_TASK_NAME];

	(void)signal;
	(void)context;
	if (info->si_code <= 0 || !is_armed(info->si_addr)) {
		pass_on(info, self);
		return;
	}
	/*
	 * This runs in a thread of the program, so get the name without opening a
	 * descriptor.
	 */
	hak_task_own_name(name);
	report(&touch, "touch", name);
	if (traps())
		hak_fault_end();
	if (hak_map_unfence((void *)(touch.address & -page), page, marks))
		pass_on(info, self);
}

static bool handler_is(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction now;

	if (sigaction(SIGSEGV, NULL, &now))
		return false;
	if (!handler)
		return !(now.sa_flags & SA_SIGINFO) &&
		       now.sa_handler == SIG_DFL;
	return now.sa_flags & SA_SIGINFO && now.sa_sigaction == handler;
}

/*
 * Install hakmem's handler of SIGSEGV, unless the program has a handler. A handler of
 * the program would not know about armed memory. Then the function returns false, and
 * hakmem arms nothing.
 */
static bool take_handler(void)
{
	struct sigaction ours = {
		.sa_sigaction = on_segv,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};

	if (handler_is(on_segv))
		return true;
	return handler_is(NULL) && !sigaction(SIGSEGV, &ours, NULL);
}

/* Does the kernel have guard markers (Linux 6.13)? */
static bool has_marks(void)
{
	size_t bytes = hak_window.page;
	void *page;
	bool has;

	if (hak_map_new(bytes, &page))
		return false;
	has = !hak_map_fence(page, bytes, true);
	hak_unmap(page, bytes);
	return has;
}

/* ---- Arming -------------------------------------------------------------- */

static int arm(void *address, size_t bytes, enum hak_mode how)
{
	return by_uffd(how)
		       ? hak_uffd_arm(&uffd, address, bytes)
		       : hak_map_fence(address, bytes, how == HAK_MODE_MARKERS);
}

void hak_guard_arm(struct hak_span *span, uint32_t first, uint32_t count)
{
	enum hak_mode how = mode();

	if (hak_armed_of(span, first) != HAK_ARMED_MARKED)
		return;
	if (!by_uffd(how) && !(by_fence(how) && handler_is(on_segv)))
		return;
	if (!arm(hak_span_address(span, first),
		 (size_t)count << HAK_SUPERSLAB_SHIFT, how))
		hak_armed_set(span, first, count, HAK_ARMED_ARMED);
}

void hak_guard_landed_locked(struct hak_span *span, uint32_t first,
			     uint32_t count, bool gone)
{
	uint32_t guarded = 0;
	uint32_t i;

	hak_lock_assert(&span->lock);
	if (hak_armed_of(span, first) == HAK_ARMED_MARKED)
		hak_armed_unmark_locked(span, first, count);
	if (!gone)
		return;
	for (i = first; i < first + count; i++)
		guarded += hak_armed_of(span, i) == HAK_ARMED_ARMED;
	hak_stat_add(&span->stats, HAK_STAT_GUARDED, guarded);
	hak_stat_add(&span->stats, HAK_STAT_UNGUARDED, count - guarded);
}

/* ---- For the keeper ------------------------------------------------------ */

/*
 * Arm the decommitted superslabs that are marked or armed, as their records say. A fork
 * child inherits the records, but the kernel has not armed the memory of the child.
 */
static void arm_again(struct hak_span *span)
{
	uint32_t from = 0;
	uint32_t first, count;

	/*
	 * Hold the lock, so that no thread gets these superslabs before they are armed.
	 */
	hak_lock_take(&span->lock);
	while ((count = hak_armed_next(span, from, span->mapped, &first))) {
		for (from = first; from < first + count; from++)
			if (span->superslab[from].state == HAK_SUPERSLAB_DECOMMITTED)
				hak_uffd_arm(&uffd,
					     hak_span_address(span, from),
					     HAK_SUPERSLAB_BYTES);
	}
	hak_lock_drop(&span->lock);
}

void hak_guard_open(enum hak_self self)
{
	enum hak_mode how = HAK_MODE_FORBIDDEN;

	if (!hak_armed_wanted())
		return;
	if (self == HAK_SELF_FREE)
		how = hak_uffd_open(HAK_UFFD_MISSING, &uffd);
	if (!by_uffd(how) && take_handler())
		how = has_marks() ? HAK_MODE_MARKERS : HAK_MODE_PROTECTED;
	set_mode(how);
}

void hak_guard_arm_again(void)
{
	unsigned i;

	for (i = 0; by_uffd(mode()) && i < hak_window.spans; i++)
		arm_again(&hak_window.span[i]);
}

void hak_guard_close(enum hak_mode why)
{
	if (!by_uffd(mode()))
		return;
	hak_uffd_close(&uffd);
	set_mode(why);
}

void hak_guard_forget(enum hak_mode why)
{
	uffd.fd = -1;
	trapped = 0;
	if (by_uffd(mode()))
		set_mode(why);
}
