/* SPDX-License-Identifier: MIT */
/*
 * deepbind_cxx.cc - opened with RTLD_DEEPBIND by a C program, and libstdc++ with
 * it: what one half of the two allocates the other frees.
 */
#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

struct alignas(256) wide {
	char room[512];
};

static std::string made_early(300, 'x');

extern "C" void deep_delete(void *block)
{
	operator delete(block);
}

extern "C" void deep_delete_aligned(void *block)
{
	operator delete(block, std::align_val_t(256));
}

extern "C" void *deep_new(size_t bytes)
{
	return operator new(bytes);
}

extern "C" int deep_cxx(void)
{
	std::map<std::string, std::vector<std::string>> words;
	size_t sum = made_early.size();

	for (int i = 0; i < 2000; i++)
		words[std::to_string(i % 97)].push_back(std::string(i, 'a'));
	for (auto &word : words)
		sum += word.second.size();
	delete new wide;
	free(operator new(100));
	operator delete(malloc(100));
	try {
		throw std::runtime_error(std::string(1000, 'e'));
	} catch (const std::exception &error) {
		sum += error.what()[999] == 'e';
	}
	try {
		/* of a size that the compiler does not know to be silly */
		operator delete(operator new(SIZE_MAX / 2 - (sum & 1)));
	} catch (const std::bad_alloc &) {
		sum++;
	}
	return sum == 2302;
}
