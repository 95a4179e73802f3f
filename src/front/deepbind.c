/* SPDX-License-Identifier: MIT */
/*
 * deepbind.c - libraries that look for malloc in the C library first.
 *
 * A library opened with RTLD_DEEPBIND, or a user of dlopen's handle of libc.so.6, would
 * pass hakmem's blocks to the C library's free. So hakmem redirects the C library's
 * malloc names to hakmem before the program opens the first library of this kind.
 *
 * Locks   SYMBOLS.   Calls  dynsym.h.
 */
#include "front/deepbind.h"

#include "front/foreign.h"
#include "os/dynsym.h"
#include "base/lock.h"
#include "base/options.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/lib-names.h>
#include <string.h>

/* Every function of hakmem that makes, takes or describes a block or a heap. */
static const char *const names[] = {
	/* clang-format off */
	"malloc", "calloc", "realloc", "free", "reallocarray",
	"posix_memalign", "aligned_alloc", "free_sized", "free_aligned_sized",
	"memalign", "valloc", "pvalloc", "cfree", "malloc_usable_size",
	"mallinfo", "mallinfo2", "malloc_info", "malloc_stats", "malloc_trim",
	"mallopt",
	/* The C library has no C++ operators, but another malloc may define them. */
	"_Znwm", "_ZnwmRKSt9nothrow_t",
	"_ZnwmSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
	"_Znam", "_ZnamRKSt9nothrow_t",
	"_ZnamSt11align_val_t", "_ZnamSt11align_val_tRKSt9nothrow_t",
	"_ZdlPv", "_ZdlPvm", "_ZdlPvRKSt9nothrow_t",
	"_ZdlPvSt11align_val_t", "_ZdlPvmSt11align_val_t",
	"_ZdlPvSt11align_val_tRKSt9nothrow_t",
	"_ZdaPv", "_ZdaPvm", "_ZdaPvRKSt9nothrow_t",
	"_ZdaPvSt11align_val_t", "_ZdaPvmSt11align_val_t",
	"_ZdaPvSt11align_val_tRKSt9nothrow_t",
	/* clang-format on */
};

enum { NAMES = sizeof(names) / sizeof(*names) };

static struct hak_lock lock;

static enum { NOT_YET, DONE, REFUSED } state HAK_GUARDED_BY(lock);

/*
 * Redirect the names of the C library, and of other mallocs that are linked into the
 * program behind hakmem. These lie between hakmem and the C library in the loader's list.
 * The loader never unloads them, so walking the list needs no lock.
 */
static int redirect_locked(const struct hak_dynsym *libc,
			   const struct hak_dynsym *own) HAK_REQUIRES(lock)
{
	const struct link_map *map = libc->map;
	struct hak_dynsym library;
	int err = 0;

	hak_lock_assert(&lock);
	for (; map && map != own->map && !err; map = map->l_prev)
		if (hak_dynsym_open(map->l_ld, &library) == 0 &&
		    hak_dynsym_find(&library, "malloc"))
			err = hak_dynsym_redirect(&library, own, names, NAMES);
	return err;
}

/* Redirect at the first call. True if the C library's names now lead to hakmem. */
static bool redirect(const struct hak_dynsym *libc,
		     const struct hak_dynsym *own)
{
	bool done;

	hak_foreign_find();
	hak_lock_take(&lock);
	if (state == NOT_YET)
		state = redirect_locked(libc, own) ? REFUSED : DONE;
	done = state == DONE;
	hak_lock_drop(&lock);
	return done;
}

void hak_deepbind_init(void)
{
	hak_lock_init(&lock, HAK_LOCK_SYMBOLS);
}

/* Redirect if necessary. True if the program may open a library with RTLD_DEEPBIND. */
static HAK_NOINLINE bool settle(enum hak_deepbind way)
{
	struct hak_dynsym libc, own;
	int err;

	/*
	 * Only the C library defines __errno_location, so this address finds
	 * the C library.
	 */
	err = hak_dynsym_open((const void *)__errno_location, &libc);
	if (!err)
		err = hak_dynsym_open((const void *)hak_deepbind_apply, &own);
	/*
	 * If the loader did not load hakmem before the C library, then hakmem is
	 * not the program's malloc, and the flag does no harm.
	 */
	if (!err && !hak_dynsym_is_before(&own, &libc))
		return true;
	return way == HAK_DEEPBIND_REDIRECT && !err && redirect(&libc, &own);
}

bool hak_deepbind_concerns(const char *file, uintptr_t mode)
{
	return file && (mode & RTLD_DEEPBIND || strstr(file, LIBC_SO));
}

void hak_deepbind_apply(uintptr_t *mode)
{
	enum hak_deepbind way =
		(enum hak_deepbind)hak_option(HAK_OPTION_DEEPBIND);

	if (way != HAK_DEEPBIND_KEEP && !settle(way))
		*mode &= ~(uintptr_t)RTLD_DEEPBIND;
}
