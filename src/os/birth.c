/* SPDX-License-Identifier: MIT */
/*
 * birth.c - creates hakmem's own threads: the keeper and the watcher.
 *
 * Owns    the keeper's stack; the addresses of the C library's thread functions.
 * Locks   none; the caller holds none.
 * Calls   os/dynsym.h, os/map.h.
 */
#include "os/birth.h"

#include "os/dynsym.h"
#include "os/limits.h"
#include "os/map.h"
#include "base/bits.h"
#include "base/compiler.h"
#include "base/sys.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>

enum {
	STACK_BYTES = 256 << 10,    /* room on a stack; a thread touches few of its pages */
	STACK_BYTES_MAX = 64 << 20, /* largest stack to try after EINVAL */
};

/*
 * Signals 32 and 33, which the C library uses for thread cancellation and for setuid in
 * all threads.
 */
#define OWN_SIGNALS (3UL << 31)

/*
 * Only glibc 2.35 and later has this function. It finds the loaded library that
 * contains an address, and takes no lock.
 */
extern int _dl_find_object(void *, struct dl_find_object *)
	__attribute__((weak));
extern void *__tls_get_addr(void *) __attribute__((weak));
void __libc_free(void *) __attribute__((weak));

/*
 * Written by hak_birth_init(), and then constant. `wrapped` is true if the C library's
 * calls of malloc for a new thread may reach another library before hakmem.
 */
static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		     void *) = pthread_create;
static size_t (*least_stack)(const pthread_attr_t *);
static bool wrapped;

static char *stack; /* the keeper's stack; an inaccessible page lies below */
static size_t stack_bytes;

/* ---- Safe places for a birth --------------------------------------------- */

/*
 * Does a library or program loaded before hakmem define a function called `name`?
 * `found` is the address to which the loader resolved `name` for hakmem. If this is not
 * the address of hakmem's own function, that is no proof: in a program without
 * position-independent code the address may be that of a stub in the program. True also
 * if a symbol table is unreadable.
 */
static bool is_wrapped(const struct hak_dynsym *own, const char *name,
		       const void *found)
{
	const struct link_map *map = own->map->l_prev;
	struct hak_dynsym other;

	if (hak_dynsym_find(own, name) == found)
		return false;
	for (; map; map = map->l_prev)
		if (map->l_ld &&
		    (hak_dynsym_read(map->l_addr, map->l_ld, &other) ||
		     hak_dynsym_find(&other, name)))
			return true;
	return false;
}

/*
 * A library may wrap pthread_create, and call the C library's function under a
 * lock. If a thread frees a block under the same lock, and hakmem then creates
 * a thread through the wrapper, the thread waits for itself. So hakmem calls
 * the C library's function directly. That function calls calloc for the records
 * of the new thread. If calloc or a related function is wrapped too, free
 * creates no thread.
 */
void hak_birth_init(const struct hak_birth_name *names, unsigned count)
{
	struct hak_dynsym libc, own;
	unsigned i;
	void *found;

	if (hak_dynsym_open((const void *)__libc_free, &libc))
		return;
	found = hak_dynsym_find(&libc, "pthread_create");
	if (found)
		*(void **)&create = found;
	*(void **)&least_stack =
		hak_dynsym_find(&libc, "__pthread_get_minstack");
	if (hak_dynsym_open((const void *)hak_birth_init, &own))
		return;
	/*
	 * If hakmem was loaded after the C library, other libraries call the C
	 * library's malloc and not hakmem's. Treat this like a wrapper.
	 */
	wrapped = !hak_dynsym_is_before(&own, &libc);
	for (i = 0; !wrapped && i < count; i++)
		wrapped = is_wrapped(&own, names[i].name, names[i].found);
}

static bool is_in(const struct dl_find_object *object, const void *address)
{
	return (const char *)address >= (const char *)object->dlfo_map_start &&
	       (const char *)address < (const char *)object->dlfo_map_end;
}

bool hak_birth_is_ours(void)
{
	return !wrapped;
}

/*
 * The C library also frees blocks while it holds locks that a new thread needs. So the
 * answer is true only if `caller` lies neither in the C library, nor in the loader, nor
 * in hakmem, which the C library may have called.
 */
bool hak_birth_is_safe(const void *caller)
{
	struct dl_find_object object;

	return !wrapped && &_dl_find_object && caller &&
	       _dl_find_object((void *)caller, &object) == 0 &&
	       !is_in(&object, (const void *)__libc_free) &&
	       !is_in(&object, (const void *)__tls_get_addr) &&
	       !is_in(&object, (const void *)hak_birth_is_safe);
}

/* ---- The birth ----------------------------------------------------------- */

static int create_calmly(pthread_t *thread, const pthread_attr_t *how,
			 void *(*body)(void *))
{
	uint64_t all = ~OWN_SIGNALS;
	uint64_t before;
	int err;

	sys_sigprocmask(SIG_SETMASK, &all, &before);
	err = create(thread, how, body, NULL);
	sys_sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

/*
 * The size of a stack. The C library places the program's thread-local variables in the
 * stack of each thread. least_stack() returns their size.
 */
static size_t bytes_for(const pthread_attr_t *how)
{
	size_t least = least_stack ? least_stack(how) : 0;

	return hak_round_up(least + STACK_BYTES, hak_limits_page());
}

static int have_stack(size_t bytes)
{
	size_t page = hak_limits_page();
	size_t was;
	void *address;
	int err;

	if (bytes <= stack_bytes)
		return 0;
	address = stack;
	was = stack_bytes;
	/*
	 * Clear both variables before unmapping the old stack. A child forked in
	 * between must find either no stack or a whole stack in the variables.
	 */
	stack_bytes = 0;
	stack = NULL;
	if (address)
		hak_unmap((char *)address - page, was + page);
	err = hak_map_new(bytes + page, &address);
	if (err)
		return -err;
	hak_map_fence(address, page, false);
	stack = (char *)address + page;
	stack_bytes = bytes;
	return 0;
}

/*
 * A C library without __pthread_get_minstack does not tell how large a stack must be.
 * So after EINVAL, try again with a stack of twice the size.
 */
int hak_birth_of_keeper(void *(*body)(void *))
{
	pthread_attr_t how;
	pthread_t thread;
	size_t bytes;
	int err = pthread_attr_init(&how);

	if (err)
		return err;
	pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
	bytes = bytes_for(&how);
	do {
		err = have_stack(bytes);
		if (err)
			break;
		pthread_attr_setstack(&how, stack, stack_bytes);
		err = create_calmly(&thread, &how, body);
		bytes *= 2;
	} while (err == EINVAL && bytes <= STACK_BYTES_MAX);
	pthread_attr_destroy(&how);
	return err;
}

int hak_birth_of_watcher(void *(*body)(void *), pthread_t *ret_thread)
{
	pthread_attr_t how;
	size_t bytes;
	int err = pthread_attr_init(&how);

	if (err)
		return err;
	bytes = bytes_for(&how);
	do {
		pthread_attr_setstacksize(&how, bytes);
		err = create_calmly(ret_thread, &how, body);
		bytes *= 2;
	} while (err == EINVAL && bytes <= STACK_BYTES_MAX);
	pthread_attr_destroy(&how);
	return err;
}
