/* SPDX-License-Identifier: MIT */
/*
 * cxx_local_lib.cc - a C++ plugin: every form of operator new fails, and the
 * plugin catches the exception. Built with the shared C++ runtime, and with a
 * runtime inside.
 */
#include <cstddef>
#include <cstring>
#include <new>
#include <string>

#include "cxx_local.h"

namespace
{

int calls;

void handler()
{
	if (++calls == CXX_LOCAL_CALLS)
		std::set_new_handler(nullptr);
}

void *make(enum cxx_local_form form, std::size_t bytes)
{
	const std::align_val_t align{ 64 };

	switch (form) {
	case CXX_LOCAL_NEW:
		return ::operator new(bytes);
	case CXX_LOCAL_ARRAY:
		return ::operator new[](bytes);
	case CXX_LOCAL_ALIGNED:
		return ::operator new(bytes, align);
	case CXX_LOCAL_ALIGNED_ARRAY:
		return ::operator new[](bytes, align);
	case CXX_LOCAL_NOTHROW:
		return ::operator new(bytes, std::nothrow);
	case CXX_LOCAL_ARRAY_NOTHROW:
		return ::operator new[](bytes, std::nothrow);
	case CXX_LOCAL_ALIGNED_NOTHROW:
		return ::operator new(bytes, align, std::nothrow);
	case CXX_LOCAL_ALIGNED_ARRAY_NOTHROW:
		return ::operator new[](bytes, align, std::nothrow);
	case CXX_LOCAL_STRING:
		/* The runtime's own code asks for the memory of this string. */
		return new std::string(bytes, 'x');
	case CXX_LOCAL_FORMS:
		break;
	}
	return nullptr;
}

} // namespace

extern "C" enum cxx_local_end cxx_local_try(enum cxx_local_form form,
					    std::size_t bytes)
{
	void *block;

	try {
		block = make(form, bytes);
	} catch (const std::bad_alloc &) {
		return CXX_LOCAL_THROWN;
	} catch (...) {
		return CXX_LOCAL_STRANGE;
	}
	if (!block)
		return CXX_LOCAL_NULL;
	std::memset(block, 0, 1);
	return CXX_LOCAL_BLOCK;
}

/* Number of calls until the handler gives up. */
extern "C" int cxx_local_handled(enum cxx_local_form form, std::size_t bytes)
{
	calls = 0;
	std::set_new_handler(handler);
	cxx_local_try(form, bytes);
	std::set_new_handler(nullptr);
	return calls;
}
