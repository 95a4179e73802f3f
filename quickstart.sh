#!/bin/bash
# SPDX-License-Identifier: MIT
#
# quickstart.sh - from a fresh checkout to something to look at, in one command.
# `./quickstart.sh --help` says what it does. Run it again at will: what is
# installed and built already is left alone.
set -u
cd "$(dirname "$0")" || exit 1

build_packages="autoconf automake libtool make gcc libc6-dev binutils
	liburing-dev"
demo_packages="redis-server redis-tools"
# and the programs of tests/programs, from the list there
test_packages="g++ clang git mandoc codespell shellcheck spin strace procps
	gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
	python3-numpy python3-scipy python3-matplotlib
	qemu-system-x86 cpio busybox-static numactl libnuma-dev
	libmimalloc2.0 libjemalloc2 libtcmalloc-minimal4 libtbbmalloc2"

mode=demo
with_deps=yes
only_deps=no
dry=no

usage() {
	cat <<'TEXT'
usage: ./quickstart.sh [OPTION]... [demo | check]

  demo         (default) build, then load a redis-server on hakmem and one on
               glibc's malloc with the same redis-benchmark; print a table
  check        build, run `make check`, exit as it does

  --deps-only  only install the missing Debian packages
  --no-deps    install nothing
  --dry-run    print the commands, run none of them
  --help       this text

As root, or with sudo, missing packages are installed with apt-get. Otherwise
the apt line is printed and it goes on with what is there: without redis the
demo is the load in bench/programs/demo. Nothing else outside this directory and
a temporary one is touched.
TEXT
}

say() { printf '== %s\n' "$*"; }
die() { printf 'quickstart.sh: %s\n' "$*" >&2; exit 1; }

# run COMMAND...: the one way in which this script changes anything.
run() {
	if [ "$dry" = yes ]; then
		printf '  %s\n' "$*"
	else
		"$@"
	fi
}

have() { command -v "$1" >/dev/null 2>&1; }

# ---- packages -------------------------------------------------------------------------

wanted_packages() {
	local p words="$build_packages $demo_packages"

	if [ "$mode" = check ]; then
		words="$words $test_packages $(sed 's/#.*//' tests/programs/PACKAGES)"
	fi
	# A node or a java from elsewhere does as well.
	# shellcheck disable=SC2086  # a list of words
	printf '%s\n' $words | sort -u | while read -r p; do
		case $p in
		nodejs) have node ;;
		default-jdk-headless) have javac ;;
		*) false ;;
		esac || echo "$p"
	done
}

missing_packages() {
	local p there

	# shellcheck disable=SC2046
	there=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' \
		$(wanted_packages) 2>/dev/null) "
	for p in $(wanted_packages); do
		case $there in
		*" $p:installed "*) ;;
		*) echo "$p" ;;
		esac
	done
}

# Prints the words to put before a command that needs root, or fails.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		return 0
	fi
	have sudo || return 1
	if [ -t 0 ]; then
		echo sudo
	else
		sudo -n true 2>/dev/null && echo sudo -n
	fi
}

install_packages() {
	local missing root

	if ! have dpkg-query || ! have apt-get; then
		say "no apt-get here; going on with what is there"
		return 0
	fi
	missing=$(missing_packages | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || { say "packages: all there"; return 0; }
	if ! root=$(as_root); then
		say "missing packages, and neither root nor sudo to install them. As root:"
		echo
		echo "    apt-get install --no-install-recommends $missing"
		echo
		say "going on with what is there"
		return 0
	fi
	say "installing: $missing"
	# RUNLEVEL=1: do not start the services the packages bring.
	# shellcheck disable=SC2086
	run $root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
	run $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install \
		-q -y --no-install-recommends $missing && return 0
	say "apt-get failed; going on with what is there"
	return 1
}

# ---- build ----------------------------------------------------------------------------

build() {
	local log jobs options=()

	[ "${CI:-}" = true ] && options=(--enable-werror)
	jobs=$(nproc 2>/dev/null || echo 1)
	if [ "$dry" = yes ]; then
		run autoreconf -i
		run ./configure "${options[@]}"
		run make -j"$jobs"
		return 0
	fi
	log=$(mktemp) || return 1
	if [ ! -e configure ] || [ ! -e Makefile.in ]; then
		say "making the configure script"
		autoreconf -i >"$log" 2>&1 || { build_failed "$log"; return 1; }
	fi
	if [ ! -e Makefile ]; then
		say "configuring"
		./configure "${options[@]}" >"$log" 2>&1 ||
			{ build_failed "$log"; return 1; }
	fi
	say "building"
	make -j"$jobs" >"$log" 2>&1 || { build_failed "$log"; return 1; }
	rm -f "$log"
}

build_failed() {
	tail -n 40 "$1" >&2
	rm -f "$1"
}

# ---- demo -----------------------------------------------------------------------------

lib=$PWD/.libs/libhakmem.so.0
libc=
slice=${HAKMEM_DEMO_SECONDS:-5}	# seconds of load at a time; three times each
idle=15
work=
servers=()

# Only what this script started, and by its process id.
cleanup() {
	local pid

	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	[ -n "$work" ] && rm -rf "$work"
}

head_line() {
	printf '%-26s %12s %10s %12s %10s %9s\n' "" operations/s "peak RSS" \
		"RSS idle ${idle}s" "huge pages" p99
}

# row NAME OPS PEAK-KIB IDLE-KIB HUGE-PERCENT P99-MICROSECONDS
row() {
	printf '%-26s %12s %6d MiB %8d MiB %8s %% %6s us\n' "$1" "$2" \
		$(($3 / 1024)) $(($4 / 1024)) "$5" "$6"
}

# field FILE NAME: the kB of a "NAME: N kB" line of /proc.
field() {
	awk -v name="$2:" '$1 == name { print $2; found = 1 }
		END { if (!found) print 0 }' "$1"
}

free_port() {
	local port

	for port in $(seq 16379 16479); do
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return 0
		fi
	done
	return 1
}

# start_redis PRELOAD PORT: adds its process id to servers.
start_redis() {
	local pid

	LD_PRELOAD=$1 redis-server --port "$2" --bind 127.0.0.1 --dir "$work" \
		--save '' --appendonly no --daemonize no >"$work/out" 2>&1 &
	pid=$!
	servers+=("$pid")
	for _ in $(seq 100); do
		redis-cli -p "$2" ping 2>/dev/null | grep -q PONG && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	say "redis-server did not start"
	cat "$work/out" >&2
	return 1
}

# whose_malloc PRELOAD: the file that serves redis-server's malloc.
whose_malloc() {
	LD_PRELOAD=$1 LD_DEBUG=bindings redis-server --version 2>&1 |
		sed -n 's/.*binding file [^ ]*redis-[^ ]* .* to \([^ ]*\) .*: normal symbol .malloc.*/\1/p' |
		head -n 1
}

# bench PORT DB REQUESTS [OPTION]...
bench() {
	local port=$1 db=$2 requests=$3

	shift 3
	timeout 120 redis-benchmark -p "$port" --dbnum "$db" -n "$requests" \
		-c 50 -r 300000 --csv "$@" 2>/dev/null
}

# fill PORT: two databases at once, so that their values lie between each other.
fill() {
	local filler

	bench "$1" 0 600000 -P 16 -d 200 -t set >/dev/null &
	filler=$!
	bench "$1" 1 600000 -P 16 -d 600 -t set >/dev/null
	wait "$filler"
}

# measure PORT FILE: one slice; adds a line of operations/s and p99 in ms.
measure() {
	local requests

	# The speed of a short run says how many requests fill the slice.
	requests=$(bench "$1" 0 20000 -d 200 -t set |
		awk -F'"' -v s="$slice" 'NR == 2 { print int($4 * s / 2) }')
	bench "$1" 0 "${requests:-100000}" -d 200 -t set,get |
		awk -F'"' 'NR > 1 { time += 1 / $4; n++; if ($14 > p99) p99 = $14 }
			END { if (n) print n / time, p99 }' >>"$2"
}

# median: of the numbers on standard input, to the integer.
median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%d", v[int((NR + 1) / 2)] }'
}

# redis_row NAME PID FILE HUGE-PERCENT
redis_row() {
	row "$1" "$(cut -d' ' -f1 "$3" | median)" \
		"$(field "/proc/$2/status" VmHWM)" "$(field "/proc/$2/status" VmRSS)" \
		"$4" "$(awk '{ print $2 * 1000 }' "$3" | median)"
}

# huge_percent PID
huge_percent() {
	local rss

	rss=$(field "/proc/$1/smaps_rollup" Rss)
	echo $((rss ? $(field "/proc/$1/smaps_rollup" AnonHugePages) * 100 / rss : 0))
}

# serverload_row NAME PRELOAD
serverload_row() {
	local operations_per_second=0 p99_ns=0 peak_rss_kib=0 idle_rss_kib=0
	local huge_percent=0 pair

	for pair in $(LD_PRELOAD=$2 bench/programs/demo "$((slice * 2))" "$idle"); do
		case $pair in
		*_*=*) printf -v "${pair%%=*}" %s "${pair#*=}" ;;
		esac
	done
	[ "$operations_per_second" != 0 ] || return 1
	row "$1" "$operations_per_second" "$peak_rss_kib" "$idle_rss_kib" \
		"$huge_percent" "$(awk -v n="$p99_ns" 'BEGIN { printf "%.1f", n / 1000 }')"
}

demo_redis() {
	local plain port_a port_b huge_a huge_b

	case $(whose_malloc "$lib") in
	*libhakmem*) ;;
	*) die "redis-server does not take its malloc from $lib" ;;
	esac
	plain=$(whose_malloc "")
	libc=$(ldd "$(command -v redis-server)" | awk '$1 == "libc.so.6" { print $3 }')
	case $plain in
	*libc.so*) libc= ;;
	*)	case $(whose_malloc "$libc") in
		*libc.so*) ;;
		*) die "cannot give redis-server glibc's malloc" ;;
		esac ;;
	esac

	say "two redis-servers, one on hakmem and one on glibc's malloc"
	port_a=$(free_port) && start_redis "$lib" "$port_a" &&
		port_b=$(free_port) && start_redis "$libc" "$port_b" || return 1
	say "filling them"
	fill "$port_a"
	fill "$port_b"
	for turn in 1 2 3; do
		say "redis-benchmark, $slice s each, turn $turn of 3"
		measure "$port_a" "$work/a"
		measure "$port_b" "$work/b"
	done
	huge_a=$(huge_percent "${servers[0]}")
	huge_b=$(huge_percent "${servers[1]}")
	say "dropping one of two databases, and idling for $idle s"
	redis-cli -p "$port_a" -n 1 flushdb sync >/dev/null
	redis-cli -p "$port_b" -n 1 flushdb sync >/dev/null
	sleep "$idle"
	{
		head_line
		redis_row "redis on hakmem" "${servers[0]}" "$work/a" "$huge_a"
		redis_row "redis on glibc malloc" "${servers[1]}" "$work/b" "$huge_b"
		cat <<TEXT

SET of 200 bytes and GET by 50 clients, no pipelining; medians of three turns
each. p99: the slower of SET and GET. Huge pages: AnonHugePages in the
resident memory under load. Two databases were filled before, one of them is
dropped before the idle seconds.
TEXT
		[ -z "$libc" ] || cat <<TEXT
This redis-server is linked with $(basename "$plain"); for the glibc row
libc.so.6 is preloaded before it, which makes malloc glibc's (checked with
LD_DEBUG=bindings).
TEXT
	} >"$work/table"
}

demo_serverload() {
	local seconds=$((slice * 2))

	say "bench/programs/demo, about $((seconds + idle)) s each (redis is not here)"
	head_line >"$work/table"
	say "on hakmem"
	serverload_row "serverload on hakmem" "$lib" >>"$work/table" || return 1
	say "on glibc's malloc"
	serverload_row "serverload on glibc" "" >>"$work/table" || return 1
	cat >>"$work/table" <<TEXT

A key/value server's malloc load in two threads (bench/programs/demo.c); half of
the keys are dropped before the idle seconds.
TEXT
}

demo() {
	local which=demo_serverload

	have redis-server && have redis-benchmark && have redis-cli &&
		which=demo_redis
	if [ "$dry" = yes ]; then
		run "$which"
		return 0
	fi
	work=$(mktemp -d) || return 1
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	"$which" || { say "the demo failed"; return 1; }
	echo
	cat "$work/table"
}

# ---- main -----------------------------------------------------------------------------

for word; do
	case $word in
	demo | check) mode=$word ;;
	--deps-only) only_deps=yes ;;
	--no-deps) with_deps=no ;;
	--dry-run) dry=yes ;;
	--help | -h) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

if [ "$with_deps" = yes ]; then
	install_packages
	deps=$?
	[ "$only_deps" = no ] || exit "$deps"
fi
build || die "the build failed"
if [ "$mode" = check ]; then
	say "make check"
	run make --no-print-directory check
else
	demo
fi
