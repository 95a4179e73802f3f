#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Where run finds the library: HAKMEM_LIB, beside a build, in an installation
# also when it was moved as a whole; and what it says when there is none.
# shellcheck disable=SC2012,SC2016,SC2154,SC2317
set -u
# shellcheck source=tests/cli/common.sh
. "${top_srcdir:-.}/tests/cli/common.sh" || exit 1

show='printf "%s\n" "$LD_PRELOAD"'

# The tool may be a build with any prefix: ask it where it looks.
mkdir -p alone
cp "$hakmem" alone/hakmem
if alone/hakmem version | grep -q 'library: not found'; then
	ktap_is "no library: 125" "$(status alone/hakmem run -- true)" 125
	says "and what to do" HAKMEM_LIB "$(errors alone/hakmem run -- true)"
else
	ktap_skip "no library: 125" "one is installed"
	ktap_skip "and what to do" "one is installed"
fi

mkdir -p alone/.libs
cp "$lib" alone/.libs/libhakmem.so.0
ktap_is "beside the tool" "$(alone/hakmem run -- sh -c "$show")" \
	"$(realpath alone)/.libs/libhakmem.so.0"
mkdir -p links && ln -s ../alone/hakmem links/hakmem
ktap_is "a link to the tool finds the tool's" \
	"$(links/hakmem run -- sh -c "$show")" \
	"$(realpath alone)/.libs/libhakmem.so.0"

cp "$lib" named.so.0
ktap_is "HAKMEM_LIB comes first" \
	"$(HAKMEM_LIB=$work/named.so.0 alone/hakmem run -- sh -c "$show")" \
	"$work/named.so.0"
ktap_is "and is made absolute" \
	"$(HAKMEM_LIB=named.so.0 alone/hakmem run -- sh -c "$show")" \
	"$(realpath named.so.0)"
ktap_is "HAKMEM_LIB that is not there: 125" \
	"$(HAKMEM_LIB=/nothing status alone/hakmem run -- true)" 125

mkdir -p "moved/a b"
cp -r alone/. "moved/a b"
ktap_is "a blank in its path: 125" \
	"$(status "moved/a b/hakmem" run -- true)" 125
says "and why" "blank" "$(errors "moved/a b/hakmem" run -- true)"

# An installation under a root of its own, as DESTDIR makes it.
dirs=$(make -s -C "$top_builddir" --eval \
	'where: ; @echo $(bindir) $(libdir)' where 2>/dev/null)
if [ -n "$dirs" ]; then
	root=$work/root
	mkdir -p "$root${dirs% *}" "$root${dirs#* }"
	cp "$hakmem" "$root${dirs% *}/hakmem"
	cp "$lib" "$root${dirs#* }/libhakmem.so.0"
	ktap_is "in a moved installation" \
		"$("$root${dirs% *}/hakmem" run -- sh -c "$show")" \
		"$(realpath "$root")${dirs#* }/libhakmem.so.0"
else
	ktap_skip "in a moved installation" "no Makefile"
fi
ktap_done
