/* SPDX-License-Identifier: MIT */
/*
 * dlopen.c - hakmem's dlopen and dlmopen, which jump to the C library's.
 *
 * The C library uses the address of its caller for RUNPATH, $ORIGIN and the
 * namespace. So hakmem's functions jump to the C library's functions, and leave
 * no frame on the stack.
 *
 * Calls   deepbind.h, start.c.
 */
#include "front/front.h"

#include "front/deepbind.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "arch/arch.h"

#include <dlfcn.h>

/* Only the assembler code of ARCH_TAIL_CALL, below, calls these functions. */
void *hak_dlopen_target(uintptr_t arguments[3]) HAK_HIDDEN;
void *hak_dlmopen_target(uintptr_t arguments[3]) HAK_HIDDEN;

static void *refuse(void)
{
	return NULL;
}

/* Find the function `name` that the program would call without hakmem. */
static void *next(void *_Atomic *known, const char *name)
{
	void *function = hak_read_once(known);

	if (hak_likely(function))
		return function;
	function = dlsym(RTLD_NEXT, name);
	if (!function)
		return (void *)refuse; /* dlerror() returns dlsym's reason */
	hak_write_once(known, function);
	return function;
}

/* Open the heap first, because hak_init() reads the options for hak_deepbind_apply(). */
static void settle(uintptr_t file, uintptr_t *mode)
{
	if (hak_deepbind_concerns((const char *)file, *mode) && hak_init())
		hak_deepbind_apply(mode);
}

void *hak_dlopen_target(uintptr_t arguments[3])
{
	static void *_Atomic known;

	settle(arguments[0], &arguments[1]);
	return next(&known, "dlopen");
}

/*
 * A new namespace has its own C library, and so its own heap. So nothing has to be
 * redirected for a library that opens in a new namespace.
 */
void *hak_dlmopen_target(uintptr_t arguments[3])
{
	static void *_Atomic known;

	if ((Lmid_t)arguments[0] == LM_ID_BASE)
		settle(arguments[1], &arguments[2]);
	return next(&known, "dlmopen");
}

ARCH_TAIL_CALL(dlopen, hak_dlopen_target);
ARCH_TAIL_CALL(dlmopen, hak_dlmopen_target);
