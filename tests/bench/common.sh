# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - what the tests of bench/compare and bench/ab share; source it.
# Sets python, work (removed at the end) and stub: a build with a load of its
# own, whose figures are known. Functions come from tests/ktap.sh.

# shellcheck source-path=SCRIPTDIR/../..
. "${top_srcdir:=.}/tests/ktap.sh"

top_srcdir=$(cd "$top_srcdir" && pwd)
export top_builddir
top_builddir=$(cd "${top_builddir:-$top_srcdir}" && pwd)
unset LD_PRELOAD

python=/usr/bin/python3
[ -x "$python" ] || ktap_skip_all "no $python: install the package python3"

# need_python MODULE...: Debian's package of each is named like it.
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

# The load says what FAKE and what its argument have it say, and its turn. The
# arguments that bench/compare puts before it (-s) do not matter to it.
stub=$work/stub
mkdir -p "$stub/bench/loads" "$stub/.libs"
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
noise:*) # a value of its own each time, the same ones each time
	n=$(grep -c . "${0%/*}/turns")
	time=$((time * 100 + n * n * 37 % 19)) ;;
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
noise   wide        fake noise   a spread
END
if [ -x "$top_builddir/bench/launch" ]; then
	cp "$top_builddir/bench/launch" "$stub/bench/launch"
else
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -o "$stub/bench/launch" \
		"$top_srcdir/bench/launch.c" || ktap_skip_all "no compiler"
fi

# tool NAME ARGUMENT...: bench/NAME on the stub, its errors with its output.
tool() {
	local name=$1

	shift
	top_builddir=$stub "$python" "$top_srcdir/bench/$name" \
		--table "$work/rows" -q "$@" 2>&1
}

# status_of COMMAND...: its exit status as text, its output in $work/out.
status_of() {
	"$@" >"$work/out" 2>&1
	echo $?
}

# has NAME PATTERN FILE: passes if a line of the file matches (grep -E).
has() {
	if grep -qE -- "$2" "$3"; then
		ktap_ok "$1"
	else
		ktap_not_ok "$1"
		ktap_msg "wanted: $2"
		ktap_msg "$(tail -n 30 "$3")"
	fi
}
