# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# common.sh - the start of the scripts of tests/qemu.
set -u

qemu_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
: "${top_srcdir:=$(cd "$qemu_dir/../.." && pwd)}"
: "${top_builddir:=$top_srcdir}"
: "${HAKMEM_LIB:=$top_builddir/.libs/libhakmem.so.0}"
export top_srcdir top_builddir HAKMEM_LIB LC_ALL=C
# shellcheck source=tests/ktap.sh
. "$top_srcdir/tests/ktap.sh"
# shellcheck source=tests/qemu/topology.sh
. "$top_srcdir/tests/qemu/topology.sh"

# need_tools: skip the whole script if a needed package is missing.
need_tools() {
	local row

	for row in qemu-system-x86_64:qemu-system-x86 cpio:cpio \
		busybox:busybox-static numactl:numactl; do
		command -v "${row%:*}" >/dev/null ||
			ktap_skip_all "no ${row%:*}: install the package ${row#*:}"
	done
	[ -s "$HAKMEM_LIB" ] || ktap_bail "there is no $HAKMEM_LIB: make it first"
	# The 19th byte of an ELF file is the processor's number.
	[ "$(od -An -tu1 -j18 -N1 "$HAKMEM_LIB" | tr -d ' ')" = 62 ] ||
		ktap_skip_all "the guests are x86_64, the library is not"
}

# relay PREFIX FILE STATUS: add the KTAP lines and the exit status of another
# test as results of this test. A wrong number of results is a further failure,
# and so is a bad exit status without a failure.
relay() {
	local prefix=$1 line text plan='' number=0 before=$ktap_failed

	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			number=$((number + 1))
			text=${line#not }
			text=${text#ok }
			text=${text#"${text%%[!0-9]*} "}
			relay_result "${line%%ok *}" "$prefix: ${text#- }" ;;
		1..[0-9]*) plan=${line#1..} ;;
		"Bail out!"*) ktap_not_ok "$prefix: $line" ;;
		"TAP version"* | '') ;;
		*) ktap_msg "$prefix: ${line#\# }" ;;
		esac
	done <"$2"
	[ "$number" = "$plan" ] || ktap_not_ok \
		"$prefix: ${plan:-no} results planned, $number printed"
	case $3 in
	0) ;;
	1)	[ "$ktap_failed" -gt "$before" ] ||
			ktap_not_ok "$prefix: exit status 1" ;;
	timeout) ktap_not_ok "$prefix: ends in time" ;;
	*) ktap_not_ok "$prefix: exit status $3" ;;
	esac
}

# relay_result NOT TEXT
relay_result() {
	case $1$2 in
	"not "*) ktap_not_ok "$2" ;;
	*"# SKIP"*) ktap_skip "${2%% \# SKIP*}" "${2##*\# SKIP }" ;;
	*) ktap_ok "$2" ;;
	esac
}

# on_kernel VERSION: boot every topology, or only $TOPOLOGY, on the kernel.
on_kernel() {
	local image topology output status

	need_tools
	image=$("$qemu_dir/kernel" "$1") || ktap_skip_all "no kernel $1: $image"
	output=$(mktemp) || exit 1
	# shellcheck disable=SC2064  # the file's name now
	trap "rm -f '$output'" EXIT
	for topology in ${TOPOLOGY:-$(topology_names)}; do
		SECONDS=0
		status=0
		bash "$qemu_dir/boot" "$1" "$topology" >"$output" || status=$?
		relay "$topology" "$output" "$status"
		ktap_msg "$topology: $SECONDS s"
	done
	ktap_done
}
