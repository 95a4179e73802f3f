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
the apt line is printed, and the script goes on with what is there. bench/demo is
the demo: without redis it runs a load of its own. Nothing else outside this
directory and a temporary one is touched.
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
		[ "$mode" != check ] || run make -j"$jobs" check TESTS=
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
	if [ "$mode" = check ]; then
		say "building the tests"
		make -j"$jobs" check TESTS= >"$log" 2>&1 ||
			{ build_failed "$log"; return 1; }
	fi
	rm -f "$log"
}

build_failed() {
	tail -n 40 "$1" >&2
	rm -f "$1"
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
	run bench/demo
fi
