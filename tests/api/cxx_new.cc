/* SPDX-License-Identifier: MIT */
/*
 * cxx_new.cc - every form of operator new and delete: aligned, crossing with
 * each other as the standard allows, and on failure the new_handler's loop.
 */
#include <sys/resource.h>

#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "../ktap.h"
#include "../ktap_run.h"

/* clang declares the sized forms only on request. */
void operator delete(void *, size_t) noexcept;
void operator delete[](void *, size_t) noexcept;
void operator delete(void *, size_t, std::align_val_t) noexcept;
void operator delete[](void *, size_t, std::align_val_t) noexcept;

static const std::align_val_t wide{256};

struct form {
	const char *name;
	void *(*get)(size_t size);
	bool nothrow, aligned;
};

static const form forms[] = {
	{ "new", [](size_t n) { return ::operator new(n); }, false, false },
	{ "new[]", [](size_t n) { return ::operator new[](n); }, false, false },
	{ "new nothrow",
	  [](size_t n) { return ::operator new(n, std::nothrow); }, true,
	  false },
	{ "new[] nothrow",
	  [](size_t n) { return ::operator new[](n, std::nothrow); }, true,
	  false },
	{ "new aligned", [](size_t n) { return ::operator new(n, wide); },
	  false, true },
	{ "new[] aligned", [](size_t n) { return ::operator new[](n, wide); },
	  false, true },
	{ "new aligned nothrow",
	  [](size_t n) { return ::operator new(n, wide, std::nothrow); },
	  true, true },
	{ "new[] aligned nothrow",
	  [](size_t n) { return ::operator new[](n, wide, std::nothrow); },
	  true, true },
};

/* For each pair of forms of new (plain, aligned) its legal deletes. */
static void release(const form &f, size_t way, void *p, size_t n)
{
	bool array = strstr(f.name, "[]") != nullptr;

	if (f.aligned && array) {
		if (way == 0)
			::operator delete[](p, wide);
		else if (way == 1)
			::operator delete[](p, n, wide);
		else
			::operator delete[](p, wide, std::nothrow);
	} else if (f.aligned) {
		if (way == 0)
			::operator delete(p, wide);
		else if (way == 1)
			::operator delete(p, n, wide);
		else
			::operator delete(p, wide, std::nothrow);
	} else if (array) {
		if (way == 0)
			::operator delete[](p);
		else if (way == 1)
			::operator delete[](p, n);
		else
			::operator delete[](p, std::nothrow);
	} else {
		if (way == 0)
			::operator delete(p);
		else if (way == 1)
			::operator delete(p, n);
		else
			::operator delete(p, std::nothrow);
	}
}

static void works(const form &f)
{
	size_t bad = 0;

	for (size_t n = 0; n < 5000000; n = n * 2 + 1)
		for (size_t way = 0; way < 3; way++)
			for (int i = 0; i < 20; i++) {
				void *p = f.get(n), *q = f.get(n);
				size_t align = f.aligned ? 256 : 16;

				bad += !p || p == q || (uintptr_t)p % align;
				memset(p, 1, n);
				memset(q, 2, n);
				release(f, way, p, n);
				release(f, 2 - way, q, n);
			}
	release(f, 0, nullptr, 0);
	release(f, 1, nullptr, 0);
	release(f, 2, nullptr, 0);
	ksft_test_result(!bad, "%s and its three deletes", f.name);
}

/* Failure, each in a child under a limit of address space. */
struct job {
	const form *f;
	int (*run)(const form &f);
};

static int called;
static void *ballast;
static const size_t much = (size_t)600 << 20;

static void *get(const form &f, size_t n)
{
	return f.get(ktap_opaque(n));
}

static int says_bad_alloc(const form &f)
{
	static const size_t sizes[] = { much * 2, (size_t)PTRDIFF_MAX,
					SIZE_MAX / 2 + 10, SIZE_MAX };

	for (size_t n : sizes)
		try {
			void *p = get(f, n);

			if (p || !f.nothrow)
				return 2;
		} catch (const std::bad_alloc &) {
			if (f.nothrow)
				return 3;
		}
	return 0;
}

static int handler_frees(const form &f)
{
	ballast = ktap_opaque(malloc(much + (100 << 20)));
	std::set_new_handler([] {
		called++;
		free(ballast);
		ballast = nullptr;
		std::set_new_handler(nullptr);
	});
	void *p = get(f, much);

	if (!p || called != 1)
		return 2;
	static_cast<char *>(p)[much - 1] = 1;
	release(f, 1, p, much);
	return 0;
}

static int handler_throws(const form &f)
{
	std::set_new_handler([] {
		if (++called == 3)
			throw std::bad_alloc();
	});
	try {
		if (get(f, much * 3) || !f.nothrow)
			return 2;
	} catch (const std::bad_alloc &) {
		if (f.nothrow)
			return 3;
	}
	return called == 3 ? 0 : 4;
}

static int handler_exits(const form &f)
{
	std::set_new_handler([] { _exit(0); });
	get(f, much * 3);
	return 2;
}

static int limited(void *arg)
{
	const job *todo = static_cast<const job *>(arg);
	struct rlimit limit = { 1 << 30, 1 << 30 };

	return setrlimit(RLIMIT_AS, &limit) ? 9 : todo->run(*todo->f);
}

static void fails(const char *name, int (*run)(const form &f))
{
	for (const form &f : forms) {
		std::string text = std::string(f.name) + ": " + name;
		struct ktap_run result;
		job todo = { &f, run };

		ktap_run_fork(&result, limited, &todo, 30);
		ktap_run_result(&result, text.c_str());
	}
}

struct alignas(64) line { char bytes[64]; };
struct alignas(4 << 20) vast { char bytes[100]; };

static void library(void)
{
	std::vector<line> lines;
	std::map<std::string, std::unique_ptr<int>> map;
	size_t bad = 0;

	for (int i = 0; i < 1000; i++) {
		lines.push_back({});
		bad += (uintptr_t)lines.data() % 64 != 0;
		map[std::string(i, 'x')] = std::make_unique<int>(i);
		delete new vast;
	}
	for (int i = 0; i < 100; i++) {
		vast *many = new vast[2];

		bad += (uintptr_t)many % (4 << 20) != 0;
		delete[] many;
	}
	auto *resource = std::pmr::new_delete_resource();
	for (size_t n = 1; n < 100000; n *= 3)
		for (size_t align = 1; align < 100000; align *= 4) {
			void *p = resource->allocate(n, align);

			bad += (uintptr_t)p % align != 0;
			resource->deallocate(p, n, align);
		}
	std::thread([&map] { map.clear(); }).join();
	ksft_test_result(!bad, "containers and over-aligned types");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(8 * 5 + 1);
	for (const form &f : forms)
		works(f);
	fails("bad_alloc or NULL", says_bad_alloc);
	fails("the new_handler frees and it succeeds", handler_frees);
	fails("the new_handler throws at its third call", handler_throws);
	fails("the new_handler does not return", handler_exits);
	library();
	return ksft_finished();
}
