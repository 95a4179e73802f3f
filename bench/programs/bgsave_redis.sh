#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bgsave_redis.sh - redis-server under the allocator that is preloaded, saved by
# BGSAVE while clients write: the figures of one run, as a load prints them.
#
#   bench/programs/bgsave_redis.sh [KEYS]          for bench/bgsave; needs Debian's redis
#
# disable-thp is off: where THP is `always', redis would have none. Only
# the server is preloaded, if with nothing then with the C library itself, as
# Debian's redis is linked with jemalloc. Each phase is 6,000 SETs of 400 bytes.
set -u

keys=${1:-400000}
preload=${LD_PRELOAD:-}
unset LD_PRELOAD
[ -n "$preload" ] || preload=$(ldd "$(command -v redis-server)" |
	awk '$1 == "libc.so.6" { print $3 }')
work=$(mktemp -d) || exit 1
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cli() {
	redis-cli -s "$work/socket" "$@"
}

# info FIELD
info() {
	cli info | tr -d '\r' | sed -n "s/^$1://p"
}

# figure NAME VALUE UNIT lower|higher
figure() {
	printf '%s\t%s\t%s\t%s\n' "$@"
}

# huge: MiB of the server
huge() {
	awk '/^AnonHugePages:/ { print $2 / 1024 }' "/proc/$server/smaps_rollup"
}

# writes PHASE: requests a second, and how long they took
writes() {
	local test rps avg min p50 p95 p99 max

	IFS=, read -r test rps avg min p50 p95 p99 max < <(
		redis-benchmark -s "$work/socket" -t set -n 6000 -c 8 \
			-r "$keys" -d 400 --csv | tail -n 1 | tr -d '"')
	: "$test" "$avg" "$min" "$p95"
	figure "$1_rate" "$rps" 1/s higher
	figure "$1_p50" "$p50" ms lower
	figure "$1_p99" "$p99" ms lower
	figure "$1_max" "$max" ms lower
}

env LD_PRELOAD="$preload" redis-server --port 0 \
	--unixsocket "$work/socket" --dir "$work" --save '' \
	--disable-thp no >"$work/log" 2>&1 &
server=$!
for ((n = 0; n < 100; n++)); do
	[ "$(cli ping 2>/dev/null)" = PONG ] && break
	sleep 0.1
done
# by the names that redis-benchmark has for them
awk -v keys="$keys" 'BEGIN {
	value = sprintf("%400s", ""); gsub(" ", "x", value)
	for (i = 0; i < keys; i++)
		printf "SET key:%012d %s\n", i, value
}' | cli --pipe >"$work/reply" || {
	cat "$work/log" >&2
	exit 1
}
writes warm >"$work/reply"
before=$(writes before)
huge_before=$(huge)
cli bgsave >"$work/reply"
during=$(writes during)
under_way=$(info rdb_bgsave_in_progress)
for ((n = 0; n < 300 && $(info rdb_bgsave_in_progress); n++)); do
	sleep 0.1
done
[ "$(info rdb_last_bgsave_status)" = ok ] || exit 1
figure time "$(info latest_fork_usec)" us lower
figure cow "$(info rdb_last_cow_size | awk '{ print $1 / 1048576 }')" MiB lower
figure under_way "$under_way" saves higher
printf '%s\n%s\n' "$before" "$during"
writes after
figure huge_before "$huge_before" MiB higher
figure huge_after "$(huge)" MiB higher
