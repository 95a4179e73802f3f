# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# redis_server.sh - what the tests of redis share: a server on a unix socket,
# with its data in $work/data, and what is said to it.
#
# Owns    $pid, the last server started.
# Calls   lib.sh.
# shellcheck disable=SC2154	# lib.sh has them

need redis-server redis-server
need redis-cli redis-tools
need redis-benchmark redis-tools

cli() {
	timeout "$limit" redis-cli -s "$work/redis.sock" "$@"
}

# start MODE OPTION...: a server; its output is in MODE.log and MODE.err.
start() {
	local mode=$1 how=() n

	shift
	[ "$mode" = plain ] || how=("${preload[@]}")
	mkdir -p "$work/data"
	"${how[@]}" redis-server --port 0 --unixsocket "$work/redis.sock" \
		--dir "$work/data" --save '' --enable-debug-command local "$@" \
		>"$work/$mode.log" 2>"$work/$mode.err" &
	pid=$!
	servers+=("$pid")
	for ((n = 0; n < 1200; n++)); do
		[ "$(cli ping 2>/dev/null)" = PONG ] && return
		sleep 0.1
	done
	note "$work/$mode.log"
	note "$work/$mode.err"
	ktap_bail "redis-server did not start"
}

# finish: end it by SHUTDOWN; the status is the server's.
finish() {
	cli shutdown nosave
	await "$pid"
	echo "status $?"
	servers=()
}

# saved: until no BGSAVE is under way; the last one ended well.
saved() {
	local n

	for ((n = 0; n < 3000; n++)); do
		cli info persistence | grep -q 'bgsave_in_progress:0' && break
		sleep 0.1
	done
	cli info persistence | grep -q last_bgsave_status:ok
}
