/* SPDX-License-Identifier: MIT */
/*
 * deepbind.c - libraries that look for malloc in the C library first.
 *
 * Such are those opened with RTLD_DEEPBIND, and who looks for it in a handle of
 * libc.so.6. They would give blocks of ours to the C library's free. So, before the
 * first of them is opened, the C library's malloc names are made to lead here.
 *
 * Locks   SYMBOLS.   Calls  dynsym.h.   Called by  dlopen.c.
 */
#include "deepbind.h"

#include "front.h"

#include "dynsym.h"

#include "lock.h"
#include "options.h"

#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <string.h>
#include <sys/auxv.h>

/* Every function of the C library's that takes or tells of a block or a heap. */
static const char *const names[] = {
	"malloc",
	"calloc",
	"realloc",
	"free",
	"reallocarray",
	"posix_memalign",
	"aligned_alloc",
	"free_sized",
	"free_aligned_sized",
	"memalign",
	"valloc",
	"pvalloc",
	"cfree",
	"malloc_usable_size",
	"mallinfo",
	"mallinfo2",
	"malloc_info",
	"malloc_stats",
	"malloc_trim",
	"mallopt",
};

enum { NAMES = sizeof(names) / sizeof(*names) };

static struct hak_lock lock;

static enum { NOT_YET, DONE, REFUSED } state;

/* Once; true if the C library's names lead here. */
static bool redirect(const struct hak_dynsym *libc,
		     const struct hak_dynsym *own)
{
	bool done;

	hak_usable_foreign_find();
	hak_lock_take(&lock);
	if (state == NOT_YET)
		state = hak_dynsym_redirect(libc, own, names, NAMES) ? REFUSED :
								       DONE;
	done = state == DONE;
	hak_lock_drop(&lock);
	return done;
}

void hak_deepbind_init(void)
{
	hak_lock_init(&lock, HAK_LOCK_SYMBOLS);
}

/* May it be opened with RTLD_DEEPBIND, if that is what is wanted? */
static HAK_NOINLINE bool settle(enum hak_deepbind way)
{
	struct hak_dynsym libc, own;
	int err;

	/* A function of the C library that no other malloc has too. */
	err = hak_dynsym_open((const void *)getauxval, &libc);
	if (!err)
		err = hak_dynsym_open((const void *)hak_deepbind_settle, &own);
	/* Loaded later, by dlopen: the program's malloc is not ours. */
	if (!err && !hak_dynsym_is_before(&own, &libc))
		return true;
	return way == HAK_DEEPBIND_REDIRECT && !err && redirect(&libc, &own);
}

void hak_deepbind_settle(const char *file, uintptr_t *mode)
{
	bool deep = *mode & RTLD_DEEPBIND;
	enum hak_deepbind way;

	if (!file || (!deep && !strstr(file, LIBC_SO)) || !hak_init())
		return;
	way = (enum hak_deepbind)hak_option(HAK_OPTION_DEEPBIND);
	if (way != HAK_DEEPBIND_KEEP && !settle(way))
		*mode &= ~(uintptr_t)RTLD_DEEPBIND;
}
