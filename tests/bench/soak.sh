#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench/soak: sides take turns at the same work, and who makes system calls is
# seen; bench/soak-report: the verdicts of soaks that are made up.
# shellcheck disable=SC2154,SC2317
set -u
# shellcheck source=tests/bench/common.sh
. "${top_srcdir:-.}/tests/bench/common.sh" || exit 1
need_python numpy matplotlib

out=$work/out
load=$top_builddir/bench/loads/soak

soak() {
	"$python" "$top_srcdir/bench/soak" -q -e 0.05 "$@"
}

report() {
	"$python" "$top_srcdir/bench/soak-report" "$@"
}

# ---- The load ---------------------------------------------------------------

[ -x "$load" ] || ktap_skip_all "no bench/loads/soak in this build"
ktap_is "the load answers each command" \
	"$(printf 'run 5\nrun 7\n' | "$load" | cut -d' ' -f1 | xargs)" "5 7"
ktap_is "it refuses others" "$(status_of "$load" <<<"run no")" 1

# ---- Soaks ------------------------------------------------------------------

# in_turn FILE: the sides of the first epochs, and how many ops they had.
in_turn() {
	awk -F '\t' '$2 == "epoch" && NF > 2 { print $3 >"/dev/stderr"
		print $4 }' "$1" 2>"$work/turns" | sort -u | wc -l
}

# counted FILE LEG SIDE COLUMN
counted() {
	awk -F '\t' -v leg="$2" -v side="$3" -v column="$4" \
		'$2 == leg && $3 == side { print $column }' "$1"
}

if [ -e "$top_builddir/.libs/libhakmem.so.0" ]; then
	ktap_is "a soak" "$(status_of soak -m 0.1 -a hakmem,glibc \
		-o "$work/real.tsv")" 0
	ktap_is "all epochs have the same work" "$(in_turn "$work/real.tsv")" 1
	ktap_is "the sides take turns" \
		"$(paste -d' ' - - <"$work/turns" | sort -u)" "hakmem glibc"
	ktap_test "for some rounds" test "$(grep -c . "$work/turns")" -ge 6
	ktap_test "its report has a verdict, of whatever kind" test \
		"$(status_of report "$work/real.tsv")" -le 1
	has "and it is small" \
		'^ +yes +hakmem: RSS <= 33 MB' "$out"
else
	ktap_skip "a soak" "no library in this build"
fi

# An allocator that ends after a megabyte, and one with a thread that does not
# sleep for long and a system call at every millionth block.
cat >"$work/ends.c" <<'END'
#include <stddef.h>
static _Alignas(16) char memory[1 << 20];
static size_t used;
void *malloc(size_t n)
{
	n = (n + 15) & ~15ul;
	return n > sizeof(memory) - used ? NULL : memory + (used += n) - n;
}
void *calloc(size_t n, size_t m) { return malloc(n * m); }
void *realloc(void *p, size_t n) { (void)p; return malloc(n); }
void free(void *p) { (void)p; }
END
cat >"$work/calls.c" <<'END'
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
extern void *__libc_malloc(size_t);
static void *keep(void *arg)
{
	prctl(PR_SET_NAME, "hakmem-keeper");
	for (;;)
		usleep(20000);
	return arg;
}
__attribute__((constructor)) static void start(void)
{
	pthread_t keeper;
	pthread_create(&keeper, NULL, keep, NULL);
}
void *malloc(size_t n)
{
	static unsigned int count;
	if (!(++count & 0xfffff))
		syscall(SYS_getppid);
	return __libc_malloc(n);
}
END
if ${CC:-cc} -O1 -fno-builtin -shared -fPIC -o "$work/ends.so" \
	"$work/ends.c" && ${CC:-cc} -O1 -D_GNU_SOURCE -shared -fPIC -pthread \
	-o "$work/libhakmem-calls.so" "$work/calls.c"; then
	ktap_is "a side that ends is an error" "$(status_of soak -m 0.05 \
		-a "$work/ends.so" -o "$work/ends.tsv")" 2
	has "and says so" '^soak: ends: the load ended, status 1$' "$out"
	soak -m 0.05 -a "calls=$work/libhakmem-calls.so" -o "$work/calls.tsv"
	if [ -n "$(counted "$work/calls.tsv" idle calls 3)" ]; then
		ktap_test "calls of the application are counted" test \
			"$(counted "$work/calls.tsv" traced calls 12)" -gt 4
		ktap_is "and not at rest" \
			"$(counted "$work/calls.tsv" idle calls 12)" 0
		ktap_test "those of the keeper are counted apart" test \
			"$(counted "$work/calls.tsv" idle calls 13)" -gt 2
		ktap_is "neither goes unnoticed" \
			"$(status_of report "$work/calls.tsv")" 1
		has "not the first" '^ +no +calls: system calls <= 1e-08 ' "$out"
		has "nor the second" '^ +no +calls: no system calls of the k' "$out"
	else
		ktap_skip "calls are counted" "strace is missing or not allowed"
	fi
else
	ktap_skip "a side that ends is an error" "no compiler ${CC:-cc}"
fi

# What strace writes: a call that was there before, two of a thread of which the
# second has that of another in it, a signal, an end, and one that goes on.
cat >"$work/log" <<'END'
7 pause( <unfinished ...>
8 restart_syscall(<... resuming interrupted read ...>) = 0
8 futex(0x7f, FUTEX_WAIT, 1, NULL <unfinished ...>
9 madvise(0x7f, 4096, MADV_DONTNEED) = 0
8 <... futex resumed>)              = -1 EAGAIN (Try again)
9 --- SIGCHLD {si_signo=SIGCHLD} ---
9 +++ exited with 0 +++
8 read(0,  <detached ...>
END
ktap_is "a call is one that returned" "$("$python" -c '
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from watch import CALL
print(*(seen[1] for line in open(sys.argv[2]) if (seen := CALL.match(line))))
' "$top_srcdir/bench/lib" "$work/log")" "8 9 8"

# ---- Verdicts ---------------------------------------------------------------

# made NAME=VALUE...: an hour of a side and of mimalloc, 100 epochs each.
#   slots   8192
#   rss     KiB of the side at the start
#   early   growth until minute 5 in %, slow: after it in all, step: at the end
#   wide    the side's throughput is 100 +- so much; mimalloc's 100 +- 5
#   calls   in 1e9 operations; none: there was no strace
#   keeper  system calls at rest; -: no such thread
made() {
	local -A is=([slots]=8192 [rss]=8000 [early]=0 [slow]=0 [step]=0
		[wide]=4 [calls]=0 [keeper]=0)
	local one args=()

	for one; do
		is[${one%%=*}]=${one#*=}
	done
	for one in "${!is[@]}"; do
		args+=(-v "$one=${is[$one]}")
	done
	awk "${args[@]}" -v OFS='\t' 'function epoch(at, side, wide, kib) {
		print at, "epoch", side, 1000, 1, 1, \
			100 + wide * (at / 36 % 2 ? 1 : -1), \
			sprintf("%d", kib), 0, 1, 0, "-", "-"
	}
	BEGIN {
		print "# slots", slots
		print "# side", "ours", "hakmem", "1"
		print "# side", "mimalloc", "mimalloc", "2"
		print "time", "leg", "side", "ops", "cpu", "wall", "mops", \
			"rss_kib", "huge_kib", "threads", "faults", \
			"calls", "keeper_calls"
		for (at = 36; at <= 3600; at += 36) {
			grown = at < 300 ? early * at / 300 : \
				early + slow * (at - 300) / 3300
			if (at == 3600)
				grown += step
			epoch(at, "ours", wide, rss * (1 + grown / 100))
			epoch(at, "mimalloc", 5, 8000 + at)
		}
		if (calls == "none")
			exit
		print 3601, "traced", "ours", 1e9, 1, 1, \
			"-", "-", "-", "-", "-", calls, "-"
		print 3602, "idle", "ours", 0, 0, 9, \
			"-", "-", "-", "-", "-", 0, keeper
	}' >"$work/made.tsv"
}

# judged NAME STATUS BROKEN [NAME=VALUE]...: BROKEN is the promises that are not
# kept, two words of each.
judged() {
	local name=$1 status=$2 broken=$3

	shift 3
	made "$@"
	ktap_is "$name" "$(status_of report "$work/made.tsv"):$(sed -n \
		's/^ *no *ours: \(.*[^ ]\)  .*/\1/p' "$out" | cut -d' ' -f1-2 | xargs)" \
		"$status:$broken"
}

judged "all is well" 0 ""
has "and is said to be" '^ +yes +ours: RSS drift <= 0\.5%' "$out"
ktap_is "every promise" "$(grep -c '^ *yes ' "$out")" 5
judged "a leak of 0.7 % an hour" 1 "RSS drift" slow=0.7
judged "one of 0.4 %" 0 "" slow=0.4
judged "growth in the first minutes" 0 "" early=20
ktap_is "or not, if that is said to be steady" \
	"$(status_of report --steady 1 "$work/made.tsv")" 1
judged "a late step" 1 "RSS drift" step=1
judged "giving back" 0 "" slow=-10
judged "more than 33 MB" 1 "RSS <=" rss=32300
judged "less" 0 "" rss=32200
judged "more of other slots" 0 "" rss=99999 slots=400000
judged "less even than mimalloc" 1 "CV of" wide=6
judged "too many system calls" 1 "system calls" calls=11
judged "as many as there may be" 0 "" calls=10
judged "a keeper that does not rest" 1 "no system" keeper=1
judged "no keeper" 0 "" keeper=-
has "is no promise kept" '^ +- +ours: no system calls of the keeper' "$out"
judged "no strace" 0 "" calls=none
has "neither" '^ +- +ours: system calls <= 1e-08 an operation +not co' "$out"

# 1 to 101: each percentile is a number of its own.
made wide=0
awk -v OFS='\t' '$2 != "epoch" { print }
	$2 == "epoch" && $3 == "ours" && !n { for (; n < 101; n++) {
		$1++; $7 = n + 1; print } }' "$work/made.tsv" >"$work/known.tsv"
report "$work/known.tsv" >"$out"
has "percentiles" '^ours +101 +51\.0 +11\.0 +2\.0 +1\.0 +51\.0 +57\.45%$' "$out"

made
ktap_test "a plot" report "$work/made.tsv" -o "$work/made.svg"
ktap_test "names the sides" "$python" -c '
import sys, xml.etree.ElementTree
text = "".join(xml.etree.ElementTree.parse(sys.argv[1]).getroot().itertext())
sys.exit(not ("ours" in text and "mimalloc" in text))' "$work/made.svg"
ktap_is "no blanks at the ends of lines" "$(grep -E '[ 	]$' "$work/made.svg")" ""

ktap_is "no such file" "$(status_of report "$work/nothing")" 2
echo "something" >"$work/other"
ktap_is "not a soak" "$(status_of report "$work/other")" 2
has "and where" '/other:1: this is not what bench/soak writes$' "$out"
sed '/epoch/d' "$work/made.tsv" >"$work/other"
ktap_is "a soak of no epoch" "$(status_of report "$work/other")" 2
ktap_done
