#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every row of bench/rows runs, at a hundredth of its length, and prints what
# bench/compare reads; and a load fails under a malloc that is broken.
# shellcheck disable=SC2317
set -u
# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh"

loads=$(cd "${top_builddir:=.}/bench/loads" && pwd) || ktap_skip_all "no loads"
rows=$top_srcdir/bench/rows
work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-loads.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

table() {
	grep -v '^#' "$rows" | sed -E 's/ {2,}|\t+/\t/g'
}

# run PROGRAM [ARGUMENT]...: at a hundredth, under the library.
run() {
	local program=$1

	shift
	ktap_under_lib timeout 60 "$loads/$program" "$@" -s 0.01
}

# form FILE: each line a figure, the first one the time.
form() {
	awk -F '\t' '
	NF != 4 { bad = "not four fields" }
	$2 !~ /^[0-9]+(\.[0-9]+)?$/ { bad = "not a number" }
	$4 != "lower" && $4 != "higher" { bad = "neither lower nor higher" }
	seen[$1]++ { bad = "said twice" }
	NR == 1 && ($1 != "time" || $2 <= 0 || $4 != "lower") { bad = "no time" }
	NR == 1 && $3 != "ns/op" && $3 != "ms" { bad = "unit of time" }
	bad { print "line " NR ": " bad ": " $0; exit }
	END { if (!NR) print "no output"; exit bad != "" || !NR }' "$1"
}

# row PROGRAM ARGUMENTS: a row that waits for seconds waits for moments here.
row() {
	# shellcheck disable=SC2086
	run ${1/% 0,2,15/ 0,0.1} >"$work/out" && form "$work/out"
}

# status COMMAND...: its exit status as text, its output thrown away.
status() {
	"$@" >/dev/null 2>&1
	echo $?
}

ktap_is "rows have four fields" "$(table | awk -F '\t' 'NF != 4')" ""
ktap_is "no two rows of one name" "$(table | cut -f1 | sort | uniq -d)" ""
ktap_is "no sets but these" "$(table | cut -f2 | tr , '\n' | sort -u |
	paste -sd' ')" "full memory mixed quick scaling watch"
# soak is driven by bench/soak, and has a test of its own
programs=$(cd "$top_srcdir/bench/loads" && printf '%s\n' *.c | sed 's/\.c$//' |
	grep -vxE 'load|memory|soak')
ktap_is "every load has a row" "$(grep -vxFf \
	<(table | cut -f3 | cut -d' ' -f1) <<<"$programs")" ""

while IFS=$'\t' read -r name _ command _; do
	ktap_test "$name" row "$command"
done < <(table)

for program in $programs; do
	ktap_is "$program: a wrong variant is refused" \
		"$(status "$loads/$program" nothing)" 2
	ktap_is "$program: a wrong option is refused" \
		"$(status "$loads/$program" -x) $(status "$loads/$program" -s 0)" \
		"2 2"
done

# One block for everybody: what a load has to see.
cat >"$work/one.c" <<'END'
#include <stddef.h>
static char block[1 << 25] __attribute__((aligned(4096)));
void *malloc(size_t n) { return n ? block : NULL; }
void *realloc(void *p, size_t n) { return p ? p : malloc(n); }
void *calloc(size_t n, size_t m)
{
	volatile char *p = block;

	for (size_t i = 0; i < n * m; i++)
		p[i] = 0;
	return block;
}
void free(void *p) { (void)p; }
END
if ${CC:-cc} -O1 -fno-builtin -shared -fPIC -o "$work/one.so" "$work/one.c"; then
	for command in randmix fill "churn batch64" burst "massfree random" pins \
		append powerlaw "large bare" \
		"zero small" latency; do
		# shellcheck disable=SC2086
		ktap_is "$command: a broken malloc is seen" \
			"$(status timeout 60 env LD_PRELOAD="$work/one.so" \
				"$loads"/$command -s 0.01)" 1
	done
else
	ktap_skip "a broken malloc is seen" "no compiler ${CC:-cc}"
fi
ktap_done
