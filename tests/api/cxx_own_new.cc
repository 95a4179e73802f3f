/* SPDX-License-Identifier: MIT */
/*
 * cxx_own_new.cc - a program which replaces only operator new(size_t) and
 * operator delete(void *): the standard says that the array, nothrow and
 * sized forms then go through them, whatever is preloaded.
 */
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include "../ktap.h"

/* clang declares the sized forms only on request; gcc wants them replaced. */
void operator delete(void *, size_t) noexcept;
void operator delete[](void *, size_t) noexcept;
void operator delete[](void *, size_t, std::align_val_t) noexcept;
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif

static unsigned long news, deletes, wrong;

struct header {
	uint64_t magic, size;
};

static const uint64_t magic = 0x6f776e206e657721;

/* A header before each block: a delete that misses ours frees its middle. */
void *operator new(size_t size)
{
	header *block = static_cast<header *>(malloc(size + sizeof(header)));

	if (!block)
		throw std::bad_alloc();
	news++;
	block->magic = magic;
	block->size = size;
	return block + 1;
}

void operator delete(void *p) noexcept
{
	header *block = static_cast<header *>(p) - 1;

	if (!p)
		return;
	deletes++;
	if (block->magic != magic) {
		wrong++;
		return;
	}
	block->magic = 0;
	free(block);
}

/* One more block of ours made, and one more ended. */
template <typename New, typename Delete>
static void form(const char *name, New get, Delete end)
{
	unsigned long made = news, ended = deletes;
	void *p = ktap_opaque(get());
	bool ours = news == made + 1 &&
		    (static_cast<header *>(p) - 1)->magic == magic;

	if (!ours) {
		ksft_test_result_fail("%s: new is not the program's", name);
		return;		/* its delete would not be safe */
	}
	end(p);
	ksft_test_result(deletes == ended + 1 && !wrong, "%s", name);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(9);
	form("new, delete", [] { return ::operator new(50); },
	     [](void *p) { ::operator delete(p); });
	form("new[], delete[]", [] { return ::operator new[](50); },
	     [](void *p) { ::operator delete[](p); });
	form("new nothrow", [] { return ::operator new(50, std::nothrow); },
	     [](void *p) { ::operator delete(p, std::nothrow); });
	form("new[] nothrow",
	     [] { return ::operator new[](50, std::nothrow); },
	     [](void *p) { ::operator delete[](p, std::nothrow); });
	form("sized delete", [] { return ::operator new(50); },
	     [](void *p) { ::operator delete(p, size_t(50)); });
	form("sized delete[]", [] { return ::operator new[](50); },
	     [](void *p) { ::operator delete[](p, size_t(50)); });

	/* Aligned forms have their own default, and stay apart. */
	unsigned long made = news;
	void *p = ::operator new(100, std::align_val_t(128));
	::operator delete(p, std::align_val_t(128));
	p = ::operator new[](100, std::align_val_t(128));
	::operator delete[](p, size_t(100), std::align_val_t(128));
	ksft_test_result(made == news && !wrong, "aligned forms stay apart");

	{
		std::vector<std::string> names;

		for (size_t i = 0; i < 1000; i++)
			names.push_back(std::string(i, 'a'));
	}
	ksft_test_result(!wrong, "libstdc++'s own code uses them in pairs");

	delete[] new std::string[3]{ "a", "b", std::string(100, 'c') };
	ksft_test_result(!wrong && news == deletes,
			 "what was made was ended (%lu, %lu)", news, deletes);
	return ksft_finished();
}
