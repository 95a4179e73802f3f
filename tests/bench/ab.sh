#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/ab: the verdicts of experiments whose outcome is known, their exit
# statuses, and that a revision is built once. judged.py has the statistics.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy scipy

out=$work/out
while read -r result name; do
	case $result in
	ok) ktap_ok "$name" ;;
	not) ktap_not_ok "${name#ok }" ;;
	*) ktap_msg "$result $name" ;;
	esac
done < <("$python" "$top_srcdir/tests/bench/judged.py" 2>&1 ||
	echo not ok judged.py)

# experiment NAME STATUS PATTERN ARGUMENT...
experiment() {
	local name=$1 wanted=$2 pattern=$3

	shift 3
	ktap_is "$name: status" "$(status_of tool ab -n 7 "$@")" "$wanted"
	has "$name: line" "$pattern" "$out"
}

experiment "+25 % is GO" 0 \
	'^ab: B/A 1\.250 \[1\.250, 1\.250\] over 7 pairs, CV .*: GO \(rows good\)$' \
	-l good glibc:FAKE=10 glibc:FAKE=8
experiment "-20 % is NO-GO" 1 '^ab: B/A 0\.800 .*: NO-GO ' \
	-l good glibc:FAKE=8 glibc:FAKE=10
experiment "no difference is NO-GO" 1 '^ab: B/A 1\.000 .*: NO-GO ' \
	-l good glibc:FAKE=8 glibc:FAKE=8
rm "$stub/bench/loads/turns"
experiment "noise is UNDECIDED" 3 '^ab: .*: UNDECIDED, ' \
	-l noise -w 0 glibc:FAKE=1 glibc:FAKE=1
experiment "more is better where the load says so" 1 \
	'^ab: B/A rate 0\.800 .*: NO-GO ' \
	-l good --figure rate glibc:FAKE=10 glibc:FAKE=8
experiment "a run that fails ends it" 2 \
	'^ab: die under B: exit status 3: out of eggs' \
	-l die glibc:FAKE=10 glibc:FAKE=20
experiment "two rows: their geometric mean" 0 \
	'^ab: B/A 2\.000 .* \(2 rows, quick\)$' glibc:FAKE=20 glibc:FAKE=10 \
	--table <(cat "$work/rows"; echo "also  quick  fake also  the same")

rm "$stub/bench/loads/turns"
tool ab -n 7 -w 1 -l good glibc:FAKE=10 glibc:FAKE=8 -o "$work/runs" >/dev/null
ktap_is "pairs there and back" \
	"$(cut -d' ' -f2 "$stub/bench/loads/turns" | xargs)" \
	"10 8 10 8 8 10 10 8 8 10 10 8 8 10 10 8"
ktap_is "every run is kept" "$(grep -c '	time	' "$work/runs")" 14
ktap_is "six pairs are too few" \
	"$(status_of tool ab -n 6 glibc glibc)" 2
ktap_is "what is neither revision nor library" \
	"$(status_of tool ab nothing glibc)" 2

# A repository with two commits, of which the first is slow.
if command -v git >/dev/null && command -v "${CC:-cc}" >/dev/null; then
	repo=$work/repo
	mkdir -p "$repo/src" "$work/bin"
	cp -r "$top_srcdir/bench" "$repo/bench"
	printf '#!/bin/sh\n' >"$work/bin/autoreconf"
	cat >"$repo/configure" <<-'END'
		#!/bin/sh
		echo built >>"$BUILDS"
		printf 'libhakmem.la:\n\tmkdir -p .libs\n' >Makefile
		printf '\t%s -shared -o .libs/libhakmem.so.0 src/a.c\n' \
			"${CC:-cc}" >>Makefile
	END
	chmod +x "$repo/configure" "$work/bin/autoreconf"
	git=(git -C "$repo" -c user.name=x -c user.email=x@example.org)
	"${git[@]}" init -q
	echo 'const char *speed(void) { return "slow"; }' >"$repo/src/a.c"
	"${git[@]}" add configure src && "${git[@]}" commit -qm slow
	echo 'const char *speed(void) { return "fast"; }' >"$repo/src/a.c"
	"${git[@]}" commit -qam fast

	# revisions ARGUMENT...: bench/ab of that repository
	revisions() {
		BUILDS=$work/builds PATH=$work/bin:$PATH top_builddir=$stub \
			"$python" "$repo/bench/ab" -q --table "$work/rows" \
			-n 7 -l good "$@"
	}

	ktap_is "revisions" "$(status_of revisions HEAD~1 HEAD)" 0
	has "are built, and differ" '^ab: B/A 2\.000 .*: GO ' "$out"
	ktap_is "a revision and a setting" \
		"$(status_of revisions HEAD:FAKE=8 HEAD~1)" 1
	ktap_is "each is built once" "$(grep -c built "$work/builds")" 2
	if command -v size >/dev/null; then
		ktap_is "--code" "$(status_of revisions --code HEAD HEAD)" 1
		has "says how much" ', \+0 bytes of text, \+0 lines: NO-GO' "$out"
	else
		ktap_skip "--code" "install the package binutils"
	fi
else
	ktap_skip "revisions" "install the packages git and gcc"
fi
ktap_done
