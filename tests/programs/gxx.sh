#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gxx.sh - g++: deep templates and the large standard headers; the assembly
# must be the same, and the program made runs the same.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

need g++ g++

cat >"$work/t.cc" <<'CC'
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct node {
	std::map<std::string, std::vector<std::tuple<int, node<N - 1> *>>> m;
	std::variant<int, double, std::unique_ptr<node<N - 1>>> v;
	int walk(int x) {
		m["k" + std::to_string(x)].emplace_back(x, nullptr);
		v = std::make_unique<node<N - 1>>();
		return N + std::get<2>(v)->walk(x + 1) + int(m.size());
	}
};
template <> struct node<0> { int walk(int x) { return x; } };

template <std::size_t... I> auto squares(std::index_sequence<I...>)
{
	return std::make_tuple((I * I)...);
}

int main()
{
	std::vector<std::thread> pool;
	std::vector<long> sums(8);

	for (int t = 0; t < 8; t++)
		pool.emplace_back([t, &sums] {
			std::unordered_map<std::string, std::shared_ptr<node<5>>> h;
			for (int i = 0; i < 800; i++) {
				auto &p = h[std::to_string(i * 7 % 100)];
				p = std::make_shared<node<5>>();
				sums[t] += p->walk(i);
			}
		});
	for (auto &t : pool)
		t.join();
	std::cout << std::accumulate(sums.begin(), sums.end(), 0l) << '\n'
		<< std::apply([](auto... x) { return (x + ...); },
			squares(std::make_index_sequence<50>())) << '\n';
	try {
		std::vector<char> v(std::size_t(1) << 62);
	} catch (const std::bad_alloc &e) {
		std::cout << "bad_alloc\n";
	}
}
CC

build() {
	g++ -std=c++17 -S "$work/t.cc" -o t.s && cksum <t.s &&
		g++ -pthread t.s -o t && ./t
}

echo 'int x;' >"$work/small.cc"
loads "g++ cc1plus" g++ -fsyntax-only "$work/small.cc"
same "templates, compiled, linked and run" build
ktap_done
