# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# topology.sh - reads a row of tests/qemu/topologies, and says it in QEMU's
# words and in the kernel's; source it.
# Owns    nodes, the words of the row; distances, from each id to each.

# shellcheck source=tests/qemu/srat.sh
. "${top_srcdir:=.}/tests/qemu/srat.sh"

nodes=()
declare -A distances=()

topology_names() {
	awk '!/^#/ && NF { print $1 }' "$top_srcdir/tests/qemu/topologies"
}

# topology_read NAME
topology_read() {
	local name words table rows row from to

	while read -r name words table; do
		[ "$name" != "$1" ] || break
	done < <(awk '!/^#/ && NF' "$top_srcdir/tests/qemu/topologies")
	[ "$name" = "$1" ] || return 1
	IFS=, read -ra nodes <<<"$words"
	IFS=/ read -ra rows <<<"$table"
	for from in "${!nodes[@]}"; do
		IFS=, read -ra row <<<"${rows[from]:-}"
		for to in "${!nodes[@]}"; do
			[ "$table" != - ] ||
				row[to]=$((from == to ? 10 : 20))
			distances[$from,$to]=${row[to]}
		done
	done
}

cpus_of() { [ "${nodes[$1]}" = - ] && echo 0 || echo "${nodes[$1]%:*}"; }
mib_of() { [ "${nodes[$1]}" = - ] && echo 0 || echo "${nodes[$1]#*:}"; }

# online: the ids of nodes that are there
online() {
	local id

	for id in "${!nodes[@]}"; do
		[ "${nodes[id]}" = - ] || echo "$id"
	done
}

# topology_qemu SRAT: QEMU's options, one word a line; SRAT is a file to write
# to if the topology needs it.
topology_qemu() {
	local id other cpus mib cpu=0 total=0 numa=() dist=()

	for id in "${!nodes[@]}"; do
		cpus=$(cpus_of "$id") mib=$(mib_of "$id")
		numa+=(-numa "node,nodeid=$id")
		[ "$cpus" -eq 0 ] ||
			numa[-1]+=,cpus=$cpu-$((cpu + cpus - 1))
		[ "$mib" -eq 0 ] || {
			numa[-1]+=,memdev=memory$id
			numa+=(-object
				"memory-backend-ram,id=memory$id,size=${mib}M")
		}
		for other in "${!nodes[@]}"; do
			dist+=(-numa
				"dist,src=$id,dst=$other,val=${distances[$id,$other]}")
		done
		cpu=$((cpu + cpus)) total=$((total + mib))
	done
	# A socket for each processor: nodes do not share one.
	printf '%s\n' -smp "$cpu,sockets=$cpu" -m "${total}M"
	case " ${nodes[*]} " in
	*" - "*)
		srat "${nodes[@]}" >"$1"
		printf '%s\n' -acpitable "sig=SRAT,rev=3,data=$1" ;;
	*)	printf '%s\n' "${numa[@]}" "${dist[@]}" ;;
	esac
}

# as_list ID...: as the kernel prints them, "0-2,4"
as_list() {
	local id first='' last=-2 list=''

	for id in "$@" end; do
		if [ "$id" != end ] && [ "$id" -eq $((last + 1)) ]; then
			last=$id
			continue
		fi
		[ -z "$first" ] || list+=,$first
		[ -z "$first" ] || [ "$first" = "$last" ] || list+=-$last
		first=$id last=$id
	done
	echo "${list#,}"
}

# topology_seen: what init.c prints in such a guest
topology_seen() {
	local id other memory=() cpus=() all

	mapfile -t all < <(online)
	for id in "${all[@]}"; do
		[ "$(mib_of "$id")" -eq 0 ] || memory+=("$id")
		[ "$(cpus_of "$id")" -eq 0 ] || cpus+=("$id")
	done
	echo "possible $(as_list "${!nodes[@]}")"
	echo "online $(as_list "${all[@]}")"
	echo "has_memory $(as_list "${memory[@]}")"
	echo "has_cpu $(as_list "${cpus[@]}")"
	for id in "${all[@]}"; do
		echo "node$id/distance$(for other in "${all[@]}"; do
			printf ' %s' "${distances[$id,$other]}"
		done)"
	done
}

# topology_environment: the same for the guest's tests, NAME=VALUE a line;
# tests/numa/topology.c reads it.
topology_environment() {
	local id other words='' table=''

	for id in $(online); do
		words+=,$id:${nodes[id]}
		for other in $(online); do
			table+=,${distances[$id,$other]}
		done
	done
	echo "TOPOLOGY_NODES=${words#,}"
	echo "TOPOLOGY_DISTANCES=${table#,}"
}
