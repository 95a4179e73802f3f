#!/bin/bash
# SPDX-License-Identifier: MIT
#
# redis.sh - redis-server: the same commands plain and under the library give
# the same data; a dump saved by a forked child while clients write, loaded
# again, has the same digest. Unix sockets only.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# shellcheck source=redis_server.sh disable=SC1091
. "$here/redis_server.sh"

# fill: the same data always; strings that grow, small and large collections.
fill() {
	awk 'BEGIN { for (i = 0; i < 12000; i++) {
		k = i * 7919 % 4001
		print "APPEND str" k " " substr("0123456789abcdef", i % 9)
		print "HSET hash" k % 50 " f" i % 900 " value" i
		print "ZADD set" k % 20 " " i " member" i * 31 % 2003
		print "RPUSH list" k % 9 " element" i
		if (i % 5 == 0) print "DEL str" k + 1
		if (i % 7 == 0) print "SETRANGE big" k % 3 " " i * 37 " end"
	} }' | cli --pipe | grep -o 'errors: 0'
	cli xadd stream '1-1' a b
	cli debug digest
}

# save_and_load: BGSAVE under load, then the dump must load to the digest.
save_and_load() {
	local before

	timeout "$limit" redis-benchmark -q -s "$work/redis.sock" -n 40000 -r 5000 -d 200 -P 8 \
		-t set,lpush,hset,zadd,spop >"$work/bench" 2>&1 &
	sleep 0.3
	cli bgsave >"$work/bgsave"
	wait $! || return 1
	saved || return 1
	cli memory purge >"$work/purge"
	cli save >"$work/save" && before=$(cli debug digest)
	cli debug reload >"$work/reload"
	[ "$(cli debug digest)" = "$before" ] || return 1
	finish >"$work/status"
	grep -q 'status 0' "$work/status" || return 1
	[ ! -s "$work/hak.err" ] || return 1
	start hak --io-threads 2
	[ "$(cli debug digest)" = "$before" ]
}

for mode in plain hak; do
	start "$mode"
	if [ "$mode" = hak ]; then
		mapped "$pid"
		verdict $? "redis-server: library loaded"
	fi
	{
		fill
		cli flushall
		fill
		[ "$mode" = hak ] || finish
	} >"$work/$mode.out"
done
echo "status 0" >>"$work/hak.out"
agree out
verdict $? "the same data by the same commands"
save_and_load
verdict $? "BGSAVE under load, SHUTDOWN, the dump loads to the same digest"
finish >"$work/status"
ktap_is "nothing on standard error" "$(cat "$work/hak.err" "$work/status")" \
	"status 0"
ktap_done
