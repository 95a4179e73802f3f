/* SPDX-License-Identifier: MIT */
/*
 * guard_touch.c - each kind of access to guarded memory, and what the access must
 * leave behind.
 */
#include "guard_touch.h"

static const struct op_facts {
	const char *kind;
	size_t bytes;	/* that are touched */
	size_t written;
	int pages;
	bool by_kernel;
} facts[] = {
	[OP_READ] = { "read", 1, 0, 1, false },
	[OP_WRITE] = { "write", 1, 1, 1, false },
	[OP_COPY_FROM] = { "read", 64, 0, 1, false },
	[OP_COPY_TO] = { "write", 64, 64, 1, false },
	[OP_FILL] = { "write", 64, 64, 1, false },
	[OP_ADD] = { "write", 8, 8, 1, false },
	[OP_EXCHANGE] = { "write", 8, 8, 1, false },
	[OP_ACROSS] = { "read", 8, 0, 2, false },
	[OP_LENGTH] = { "read", 64, 0, 1, false },
	[OP_SYS_READ] = { "write", 64, 64, 1, true },
	[OP_SYS_WRITE] = { "read", 64, 0, 1, true },
};

/* By the kernel, from or into a pipe: the bytes that went, or -errno. */
static long by_kernel(enum guard_op op, char *at)
{
	char bytes[64];
	long done;
	int ends[2];

	memset(bytes, 0x77, sizeof(bytes));
	if (pipe2(ends, O_CLOEXEC))
		guard_give_up("no pipe");
	if (op == OP_SYS_READ) {
		if (write(ends[1], bytes, 64) != 64)
			guard_give_up("no room in a pipe");
		done = read(ends[0], at, 64);
	} else {
		done = write(ends[1], at, 64);
	}
	done = done < 0 ? -errno : done;
	close(ends[0]);
	close(ends[1]);
	return done;
}

static long touch(enum guard_op op, char *at)
{
	uint64_t all = 0x7777777777777777u, none = 0;
	char bytes[64];

	switch (op) {
	case OP_READ:
		return *(volatile char *)at;
	case OP_WRITE:
		*(volatile char *)at = 0x77;
		return 0;
	case OP_COPY_FROM:
		memcpy(ktap_opaque(&bytes[0]), at, 64);
		return ktap_opaque(&bytes[0])[63];
	case OP_COPY_TO:
		memset(bytes, 0x77, sizeof(bytes));
		memcpy(at, ktap_opaque(&bytes[0]), 64);
		return 0;
	case OP_FILL:
		memset(at, 0x77, 64);
		return 0;
	case OP_ADD:
		return (long)__atomic_fetch_add((uint64_t *)at, all,
						__ATOMIC_SEQ_CST);
	case OP_EXCHANGE:
		return !__atomic_compare_exchange_n((uint64_t *)at, &none, all,
						    false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST);
	case OP_ACROSS:
		memcpy(&all, ktap_opaque(at), sizeof(all));
		return (long)ktap_opaque(all);
	case OP_LENGTH:
		return (long)strlen(ktap_opaque(at));
	default:
		return by_kernel(op, at) != 64;
	}
}

char *guard_aim(const struct cold *cold, char *block, enum guard_place place)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *last = block + cold->usable - 1;

	switch (place) {
	case AT_START:
		return block;
	case AT_MIDDLE:
		return block + cold->size / 2 + 8;
	case AT_END:
		return last;
	case AT_SLAB_FIRST:
		return superslab_of(block);
	case AT_SLAB_LAST:
		return superslab_of(last) + SUPERSLAB - 1;
	default:
		block += cold->size / 2;
		return block + page - (uintptr_t)block % page - 4;
	}
}

/* what was written there and nothing else, and no page beside it */
static void look_at(const char *at, const struct op_facts *fact)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const char *from = at - (uintptr_t)at % page;
	const char *end = from + page * (size_t)fact->pages;
	const char *base = superslab_of(at);
	unsigned char there;

	for (const char *p = from; p < end; p++)
		if (*(const volatile char *)p !=
		    (p >= at && p < at + fact->written ? 0x77 : 0))
			guard_give_up("the page is not zero, but for what was "
				      "written");
	for (const char *p = base; p < base + SUPERSLAB; p += page)
		if (mincore((void *)(uintptr_t)p, page, &there) ||
		    (there & 1) != (p >= from && p < end))
			guard_give_up("other pages than that were let in");
}

static bool kernel_is_seen(void)
{
	return guard_mode() == HAK_MODE_ON;
}

void guard_touch(enum guard_op op, char *at)
{
	const struct op_facts *fact = &facts[op];
	long before = (long)ktap_stat(HAK_STAT_TOUCHED);

	if (fact->by_kernel && !kernel_is_seen()) {
		if (by_kernel(op, at) != -EFAULT)
			guard_give_up("the kernel reached what is guarded");
		if (!touched_is(before))
			guard_give_up("what the kernel did was counted");
		return;
	}
	for (int i = 0; i < fact->pages; i++)
		guard_announce(fact->kind, at, fact->bytes);
	if (touch(op, at))
		guard_give_up("what was read there is not zero");
	if (guard_traps())
		guard_give_up("it was let go on");
	look_at(at, fact);
	if (!ktap_await(touched_is, before + fact->pages, PATIENCE))
		guard_give_up("not counted as it should be");
}
