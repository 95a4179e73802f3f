#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# keeper_calls.sh - once there is a keeper, no thread of the program makes a
# call that gives memory back, by whichever method the keeper does it; strace
# sees them all.
#
# Other advice (huge pages, populating) is the allocating side's and no matter
# here. strace must not filter: under seccomp the keeper only dares madvise.
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

work=${top_builddir:-.}/tests/kernel/work
lib=${HAKMEM_LIB:-}
[ -n "$lib" ] || ktap_skip_all "HAKMEM_LIB is not set"
command -v strace >/dev/null ||
	ktap_skip_all "no strace here: apt-get install strace"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
strace -f -o "$tmp/trace" true 2>/dev/null ||
	ktap_skip_all "strace may not trace here"

# traced SETTING...: memory is freed and goes back, silently, within a minute.
traced() {
	timeout 250 strace -f -q -o "$tmp/trace" \
		-e trace=madvise,process_madvise,io_uring_enter,prctl \
		-E LD_PRELOAD="$lib" -E HAKMEM_PROFILE=lean \
		-E HAKMEM_DECOMMIT_DELAY=0 "$@" "$work" give 24 2>&1
}

# callers: "keeper CALL TIMES" and "others CALL TIMES", of the calls that were
# begun while the program called itself "giving". Of one page it is a question,
# whether the kernel locks what is mapped (hak_map_locks).
callers() {
	awk -v one=", $(getconf PAGESIZE), MADV_DONTNEED" '
	/ prctl\(PR_SET_NAME, "hakmem-keeper"/ { keeper[$1] = 1 }
	/ prctl\(PR_SET_NAME, "giving"/ { on = 1 }
	/ prctl\(PR_SET_NAME, "given"/ { on = 0 }
	!on || index($0, one) { next }
	/ madvise\(.*MADV_(DONTNEED|FREE)/ || / (process_madvise|io_uring_enter)\(/ {
		sub(/\(.*/, "", $2)
		times[($1 in keeper ? "keeper " : "others ") $2]++
	}
	END { for (who in times) print who, times[who] }' "$tmp/trace" | sort
}

# of WHO CALLS: those of a list of callers that are WHO, on one line.
of() {
	grep "^$1 " <<<"$2" | cut -d' ' -f2- | paste -sd,
}

for via in auto vector madvise; do
	out=$(traced -E HAKMEM_DECOMMIT_VIA="$via")
	ktap_is "$via: memory goes back" "$? ${out:-silent}" "0 silent"
	seen=$(callers)
	ktap_msg "the keeper: $(of keeper "$seen")"
	ktap_test "$via: the keeper gives it" [ -n "$(of keeper "$seen")" ]
	ktap_is "$via: no other thread does" "$(of others "$seen")" ""
done

out=$(traced -E HAKMEM_KEEPER=off)
ktap_is "no keeper: memory goes back" "$? ${out:-silent}" "0 silent"
ktap_test "and the threads that free are seen to give it" \
	[ -n "$(of others "$(callers)")" ]
ktap_done
