# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - for the tests of bench/compare and bench/ab; source it. Sets
# python, work (removed at the end) and stub: a build with a fake load, whose
# figures are known. Includes tests/ktap.sh.

# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh"

top_srcdir=$(cd "$top_srcdir" && pwd)
export top_builddir
top_builddir=$(cd "${top_builddir:-$top_srcdir}" && pwd)
unset LD_PRELOAD

python=/usr/bin/python3
[ -x "$python" ] || ktap_skip_all "no $python: install the package python3"

# need_python MODULE...: skip unless Debian's packages with these names are
# installed.
need_python() {
	local module

	for module; do
		"$python" -c "import $module" 2>/dev/null || ktap_skip_all \
			"no $module: install the package python3-$module"
	done
}

work=$(mktemp -d "${TMPDIR:-/tmp}/hakmem-bench.XXXXXX") || exit 1
trap 'cd / && rm -rf "$work"' EXIT
export MPLCONFIGDIR=$work/matplotlib

# The fake load prints figures as told by FAKE and by its last argument, and
# logs the turn. It ignores earlier arguments, such as bench/compare's -s.
stub=$work/stub
mkdir -p "$stub/bench/loads" "$stub/bench/programs" "$stub/.libs"
cat >"$stub/bench/loads/fake" <<'END'
#!/bin/bash
for what; do :; done
echo "$what ${FAKE:-10}" >>"${0%/*}/turns"
time=${FAKE:-10}
case $what:$time in
die:2*) echo "out of eggs" >&2; exit 3 ;;
kill:2*) kill -SEGV $$ ;;
hang:2*) sleep 30 ;;
mute:2*) exit 0 ;;
noise:*) # a different value each time, the same sequence in each run
	n=$(grep -c . "${0%/*}/turns")
	time=$((time * 100 + n * n * 37 % 19)) ;;
esac
case $what in
count)
	awk -v s="$([ "$1" = -s ] && echo "$2" || echo 1)" 'BEGIN {
		printf "hakmem counts: frees %d locks %d rmws %d runs %d blocks %d\n",
			5000 + s * 10000, 7 + s * 20, 99 + s * 140, s * 100, s * 450
	}' >&2 ;;
esac
case $LD_PRELOAD in *.ab/*) grep -q slow "$LD_PRELOAD" && time=20 ;; esac
printf 'time\t%s\tns/op\tlower\nrate\t%s\t1/s\thigher\n' "$time" "$time"
END
chmod +x "$stub/bench/loads/fake"
cat >"$work/rows" <<'END'
# row   sets        program      what
good    quick,full  fake good    figures that are known
die     bad         fake die     exit status 3 under some
kill    bad         fake kill    a signal under some
hang    bad         fake hang    no end under some
mute    bad         fake mute    no figure under some
count   counted     fake count   counters, as a library that counts prints
noise   wide        fake noise   a spread
END
if [ -x "$top_builddir/bench/programs/launch" ]; then
	cp "$top_builddir/bench/programs/launch" "$stub/bench/programs/launch"
else
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -o "$stub/bench/programs/launch" \
		"$top_srcdir/bench/programs/launch.c" || ktap_skip_all "no compiler"
fi

# tool NAME ARGUMENT...: run bench/NAME on the stub, with stderr in the output.
tool() {
	local name=$1

	shift
	top_builddir=$stub "$python" "$top_srcdir/bench/$name" \
		--table "$work/rows" -q "$@" 2>&1
}

# status_of COMMAND...: print the exit status; the output goes to $work/out.
status_of() {
	"$@" >"$work/out" 2>&1
	echo $?
}

# has NAME PATTERN FILE: pass if a line of the file matches (grep -E).
has() {
	if grep -qE -- "$2" "$3"; then
		ktap_ok "$1"
	else
		ktap_not_ok "$1"
		ktap_msg "wanted: $2"
		ktap_msg "$(tail -n 30 "$3")"
	fi
}
