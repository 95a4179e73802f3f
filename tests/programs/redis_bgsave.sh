#!/bin/bash
# SPDX-License-Identifier: MIT
#
# redis_bgsave.sh - redis-server, lean, BGSAVE again and again while clients
# write and delete: forks amid decommits leave a child that saves well and a
# server that goes on, gives memory back and ends.

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=redis_server.sh disable=SC1091
. "$here/redis_server.sh"
need redis-check-rdb redis-tools

saves=5
export HAKMEM_PROFILE=lean HAKMEM_DECOMMIT_DELAY=0 HAKMEM_BATCH=1

# resident FIELD: MiB of the server, by that line of its status.
resident() {
	awk -v field="$1:" '$1 == field { print int($2 / 1024) }' \
		"/proc/$pid/status"
}

# fill: some 120 MiB of small values, and those that no client touches. One is
# freed by a thread of the server's: with two that allocate, the keeper is quick.
fill() {
	cli debug populate 250000 key 100
	cli debug populate 50000 middle 500
	cli debug populate 15000 long 2000
	awk 'BEGIN { for (i = 0; i < 6000; i++) {
		print "SET known:" i " " i * 7919 substr("0123456789abcdef", i % 9)
		print "HSET known:hash" i % 40 " field" i " value" i * 31
		print "RPUSH known:list" i % 30 " element" i
		print "ZADD known:set" i % 20 " " i " member" i
	} }' | cli --pipe | grep -o 'errors: 0'
	cli sadd gone {a..z}{a..z}
	cli unlink gone
}

# known: what the untouched ones hold.
known() {
	{
		seq -f 'known:%g' 0 5999
		seq -f 'known:hash%g' 0 39
		seq -f 'known:list%g' 0 29
		seq -f 'known:set%g' 0 19
	} | xargs redis-cli -s "$work/redis.sock" debug digest-value | sort
}

# client COMMAND...: the same with random numbers, for ever.
client() {
	timeout "$limit" redis-benchmark -q -l -s "$work/redis.sock" -c 1 "$@" \
		>"$work/client" 2>&1 &
	servers+=($!)
}

# clients: small values come and go; larger ones are superslabs of their own,
# so that there is always something on its way to the kernel.
clients() {
	client -r 300000 -d 150 -t set,lpush,hset,spop
	client -r 300000 del key:__rand_int__
	client -r 12 setrange large:__rand_int__ 3000000 end
	client -r 12 unlink large:__rand_int__
}

keeper_there() {
	local n

	for ((n = 0; n < 600; n++)); do
		grep -qs hakmem-keeper "/proc/$pid"/task/*/comm && return
		sleep 0.1
	done
	return 1
}

# fork TENTHS: what is freed so many tenths of a millisecond before, 16 values of
# 4 MiB, is on its way then.
fork() {
	{
		printf 'SETRANGE mass:%d 4000000 end\n' {1..16}
		echo DEL mass:{1..16}
		echo "DEBUG SLEEP 0.000$1"
		echo BGSAVE
	} | cli --pipe | grep -q 'errors: 0'
}

# bgsave TENTHS: one more, under load, that ends well, and whose file can be read.
bgsave() {
	local before

	before=$(cli info persistence | grep rdb_saves:)
	fork "$1" && saved || return 1
	[ "$(cli info persistence | grep rdb_saves:)" != "$before" ] || return 1
	redis-check-rdb "$work/data/dump.rdb" >"$work/check"
}

# goes_down FROM: to a third of it, within a minute
goes_down() {
	local n

	for ((n = 0; n < 600; n++)); do
		[ "$(resident VmRSS)" -lt $(($1 / 3)) ] && return
		sleep 0.1
	done
	return 1
}

start hak
server=$pid
fill >"$work/filled"
ktap_is "filled" "$(paste -sd' ' "$work/filled")" \
	"OK OK OK errors: 0 676 1"
known >"$work/before"
clients
sleep 1
if [ -z "$lib" ]; then
	ktap_skip "there is a keeper" "HAKMEM_LIB is not set"
else
	mapped "$pid" && keeper_there
	verdict $? "there is a keeper"
fi
for ((i = 1; i <= saves; i++)); do
	bgsave "$i"
	verdict $? "BGSAVE $i of $saves, under load"
	sleep "0.$((i % 4))"
done
for client in "${servers[@]}"; do
	[ "$client" = "$server" ] || { kill "$client" && await "$client"; }
done 2>/dev/null
servers=("$server")

peak=$(resident VmHWM)
full=$(resident VmRSS)
cli flushall sync >"$work/reply"
goes_down "$peak"
verdict $? "FLUSHALL: what is resident goes down"
ktap_msg "$peak MiB at most, $full before, $(resident VmRSS) after"
finish >"$work/status"
ktap_is "it ends as it should, and silently" \
	"$(cat "$work/status" "$work/hak.err")" "status 0"

start plain
known >"$work/after"
ktap_is "the last file holds what no client touched" \
	"$(wc -l <"$work/before") $(cmp "$work/before" "$work/after" 2>&1)" "6090 "
finish >"$work/status"
ktap_done
