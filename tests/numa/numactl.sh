#!/bin/bash
# SPDX-License-Identifier: MIT
#
# numactl.sh - every policy that numactl can give a program, and every option of
# hakmem's for nodes: where its pages then lie, each asked of the kernel.
# Topologies: two four memory-only cpu-only gap far
set -u
# shellcheck source=tests/ktap.sh
. "${top_srcdir:-.}/tests/ktap.sh"

where=${top_builddir:-.}/tests/numa/where
# ids FIELD: the nodes of which that field is not 0, in one line.
ids() {
	echo "$TOPOLOGY_NODES" | tr , '\n' |
		awk -F: -v field="$1" '$field { printf "%s ", $1 }'
}
read -ra with_cpus <<<"$(ids 2)"
read -ra with_memory <<<"$(ids 3)"
# The first and the last of many.
on_cpus=("${with_cpus[0]}")
on_memory=("${with_memory[0]}")
[ "${#with_cpus[@]}" -eq 1 ] || on_cpus+=("${with_cpus[-1]}")
[ "${#with_memory[@]}" -eq 1 ] || on_memory+=("${with_memory[-1]}")

last=${with_memory[-1]}

# at NODE COMMAND...: on its processors, which have a node without memory too.
at() {
	local cpus

	cpus=$(<"/sys/devices/system/node/node$1/cpulist")
	shift
	run numactl --physcpubind="$cpus" "$@"
}

# on KIND NODES: do the pages of that kind lie on these nodes and no others?
# In bash alone, for a guest takes long to start a process.
on() {
	local kind at words

	while read -r kind words; do
		[ "$kind" = "$1" ] || continue
		for at in $words; do
			[[ " $2 " = *" ${at%:*} "* ]] || return 1
		done
		[ -n "$words" ]
		return
	done <<<"$seen"
	return 1
}

# lies NAME NODES KIND...: one result for the last run.
lies() {
	local name=$1 nodes=$2 kind bad=

	shift 2
	for kind; do
		on "$kind" "$nodes" || bad+=" $kind"
	done
	[ -z "$err" ] || bad+=" said: $err"
	[ "$status" -eq 0 ] || bad+=" exit status $status"
	if [ -z "$bad" ]; then
		ktap_ok "$name: on ${nodes// /, } alone"
	else
		ktap_not_ok "$name: on ${nodes// /, } alone"
		ktap_msg "not there:$bad" "$seen"
	fi
}

# run COMMAND...: sets seen, err and status.
run() {
	seen=$("$@" 2>/tmp/err)
	status=$?
	err=$(</tmp/err)
}

for cpu in "${on_cpus[@]}"; do
	# Where it has memory; else the nearest, which is 0 in all of these.
	home=0
	grep -qx "$cpu" <<<"$(printf '%s\n' "${with_memory[@]}")" && home=$cpu
	at "$cpu" "$where"
	lies "on the processors of $cpu" "$home" small medium large
	if [ "$home" = "$cpu" ]; then
		run numactl --cpunodebind="$cpu" "$where"
		lies "cpunodebind $cpu" "$home" small medium large
	fi
	at "$cpu" --localalloc "$where"
	lies "localalloc on $cpu" "$home" small medium large
	for node in "${on_memory[@]}"; do
		at "$cpu" --membind="$node" "$where"
		lies "membind $node on $cpu" "$node" small medium large records
		at "$cpu" --preferred="$node" "$where"
		lies "preferred $node on $cpu" "$node" small medium large records
	done
	HAKMEM_NODES=0 at "$cpu" "$where"
	lies "HAKMEM_NODES=0 on $cpu" 0 small medium
	for mode in bind preferred local; do
		HAKMEM_NUMA=$mode at "$cpu" "$where"
		lies "HAKMEM_NUMA=$mode on $cpu" "$home" small medium
	done
	HAKMEM_LARGE=local at "$cpu" "$where"
	lies "HAKMEM_LARGE=local on $cpu" "$home" small medium large
	at "$cpu" "$where" deny
	lies "forbidden to bind, on $cpu" "$home" small medium large
done

if [ "${#with_memory[@]}" -gt 1 ]; then
	all=$(IFS=,; echo "${with_memory[*]}")
	at "${on_cpus[-1]}" --membind="$all" "$where"
	lies "membind of all" "${with_memory[*]}" small medium large records
	# interleaved KIND: on every node, and on none more than twice its share.
	interleaved() {
		awk -v kind="$1" -v nodes="${#with_memory[@]}" '$1 == kind {
			for (i = 2; i <= NF; i++) {
				split($i, at, ":"); sum += at[2]; n++
				if (at[2] > most) most = at[2]
			}
		} END { exit !(n == nodes && most <= 2 * sum / nodes) }' <<<"$seen"
	}
	run numactl --interleave="$all" "$where"
	for kind in small medium large; do
		ktap_test "interleaved: $kind on all nodes alike" interleaved "$kind"
	done
	HAKMEM_LARGE=interleave at 0 "$where"
	lies "HAKMEM_LARGE=interleave" 0 small medium
	ktap_test "HAKMEM_LARGE=interleave: large on all nodes alike" \
		interleaved large
	HAKMEM_LARGE=interleave at "${on_cpus[-1]}" --membind="$all" "$where"
	ktap_test "the same under membind of all" interleaved large
	HAKMEM_NODES=$last at 0 "$where"
	lies "HAKMEM_NODES=$last" "$last" small medium
	HAKMEM_NUMA=off run numactl --membind="$last" "$where"
	lies "HAKMEM_NUMA=off under membind $last" "$last" small medium large records
fi
HAKMEM_NODES=63 run "$where"
ktap_is "a node that is not there: one line, and the program runs" \
	"$status $(wc -l <<<"$err")" "0 1"
ktap_done
