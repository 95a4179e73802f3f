# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# srat.sh - an ACPI table of our own that says which processors and memory
# belong to which node; source it. The kernel numbers the nodes as they come
# up in it, so an id stays free where a processor that does not exist names
# it. QEMU itself refuses gaps, and makes no such table without -numa.

# le VALUE BYTES: a little-endian number, in the words of printf.
le() {
	local i

	for ((i = 0; i < $2; i++)); do
		printf '\\x%02x' $(($1 >> 8 * i & 255))
	done
}

# srat_head: what comes behind the header that all tables have.
srat_head() {
	le 1 4; le 0 8
}

# srat_cpu NODE APIC-ID: a processor, enabled
srat_cpu() {
	le 0 1; le 16 1; le "$1" 1; le "$2" 1; le 1 4; le 0 8
}

# srat_memory NODE MIB-FROM MIB: memory, enabled
srat_memory() {
	le 1 1; le 40 1; le "$1" 4; le 0 2
	le $(($2 << 20)) 8; le $(($3 << 20)) 8; le 0 4; le 1 4; le 0 8
}

# srat NODE...: the table for nodes as tests/qemu/topologies has them.
srat() {
	local id=0 cpu=0 from=0 i node processors='' memory=''

	for node; do
		if [ "$node" = - ]; then
			# above all that can be there
			processors+=$(srat_cpu "$id" $((254 - id)))
			node=0:0
		fi
		for ((i = 0; i < ${node%:*}; i++, cpu++)); do
			processors+=$(srat_cpu "$id" "$cpu")
		done
		if [ "${node#*:}" -gt 0 ]; then
			memory+=$(srat_memory "$id" "$from" "${node#*:}")
			from=$((from + ${node#*:}))
		fi
		id=$((id + 1))
	done
	# shellcheck disable=SC2059  # made of escapes
	printf "$(srat_head)$processors$memory"
}
