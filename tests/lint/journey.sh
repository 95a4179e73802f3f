#!/bin/bash
# SPDX-License-Identifier: MIT
# The call graph below free, of files compiled with -O0, so that each inline
# function is there.
#
# A file is a .c file together with the header of the same name. The files of
# base/, arch/ and os/ do not count. A function that names another function
# calls the other: also by a pointer, and through a table.
#
# No file is entered again: no path of calls leaves a file and comes back to the
# same file further down. This holds for the whole graph below free, with the
# threads that a free may start, and with the ends of programs that misuse the
# heap.
#
# The way of a block is shorter than the graph. A reader who follows a freed block
# need not go further down than front/slow.c, which acts on notes about other
# memory after the block is home, and not into functions that never return.
. "$(dirname "$0")/common.sh"
need_tool "$CC" gcc

most=30 # files on a block's way

assembly=$(mktemp -d) || exit 1
trap 'rm -rf "$assembly"' EXIT

# compile FILE...: the assembly of files of the current directory.
compile() {
	local file

	rm -f "$assembly"/*.s
	for file in "$@"; do
		# always_inline would hide calls.
		"$CC" -O0 -g1 "${compile_flags[@]}" -fPIC -w -fno-builtin \
			-Dalways_inline=unused \
			-S "$file" -o "$assembly/${file//\//-}.s" ||
			ktap_bail "$file does not compile"
	done
}

# journey DYING: the ways down, by journey.awk. DYING are names, with | between.
journey() {
	awk -v root="$PWD" -v last='^src/front/slow[.]c$' -v dying="^($1)\$" \
		-f "$lint_dir/journey.awk" "$assembly"/*.s
}

# files WAY: the number of files on a line of $ways.
files() {
	sed -n "s/^$1: \([0-9]*\) files.*/\1/p" <<<"$ways"
}

# ---- A small tree -----------------------------------------------------------

sample=$assembly/sample
mkdir -p "$sample"/src/{base,front}
cd "$sample" || exit 1
cat >src/base/list.h <<'END'
void again(void);
static inline void exempt(void) { again(); }
END
cat >src/middle.h <<'END'
#include "base/list.h"
void low(void);
static inline __attribute__((always_inline)) void middle(void) { low(); }
END
cat >src/top.c <<'END'
#include "middle.h"
void hak_slow_act(void);
void dies(void);
void again(void) { }
void free(void *block) { middle(); exempt(); hak_slow_act(); dies(); }
END
cat >src/low.c <<'END'
void again(void);
static void (*const table[])(void) = { again };
void low(void) { table[0](); }
END
cat >src/front/slow.c <<'END'
void beyond(void);
void hak_slow_act(void) { beyond(); }
END
echo 'void beyond(void) { }' >src/beyond.c
echo 'void dies(void) { }' >src/end.c
compile src/top.c src/low.c src/front/slow.c src/beyond.c src/end.c
ktap_is "the way, the graph and an entry are found" "$(journey dies)" \
	"way: 4 files, 5 functions, 4 calls between files: \
src/top src/middle src/front/slow src/low
graph: 6 files, 7 functions, 6 calls between files: \
src/top src/middle src/front/slow src/end src/low src/beyond
again: free (src/top.c) > middle (src/middle.h) > low (src/low.c) > again (src/top.c)"

# ---- The library ------------------------------------------------------------

cd "$top_srcdir" || exit 1
mapfile -t sources < <(library_sources | grep '\.c$' |
	grep -v -e ^arch/ -e ^src/base/ -e ^src/os/)
dying=$(library_sources | code_of_list | grep 'HAK_NORETURN ' | grep -v '#define' |
	sed -n 's/.*[ *]\([a-z_]*\)(.*/\1/p' | sort -u | paste -sd'|')
compile "${sources[@]}"
ways=$(journey "$dying")
ktap_msg "never return: $dying"
ktap_msg "$(grep -v '^again: ' <<<"$ways")"

ktap_test "a block's way enters at most $most files" \
	test "$(files way)" -gt 1 -a "$(files way)" -le "$most"
ktap_test "the graph goes on behind the way" \
	test "$(files graph)" -gt "$(files way)"
lint_empty "no file is entered again after it was left" \
	"$(grep '^again: ' <<<"$ways")"

ktap_done
