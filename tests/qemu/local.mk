# SPDX-License-Identifier: MIT
# tests/qemu: guests with more nodes than one. `make check-numa` runs these.

tests_qemu = \
	tests/qemu/kernel-6.1.sh \
	tests/qemu/kernel-6.12.sh

check_PROGRAMS += tests/qemu/init
dist_check_SCRIPTS += $(tests_qemu)
CHECK_NUMA += $(tests_qemu)
EXTRA_DIST += tests/qemu/boot tests/qemu/initramfs tests/qemu/kernel \
	tests/qemu/kernels tests/qemu/topologies tests/qemu/common.sh \
	tests/qemu/topology.sh tests/qemu/srat.sh

# The kernels stay over a `make clean`: they are long to fetch.
mostlyclean-local:
	rm -rf tests/qemu/run tests/qemu/*.log tests/qemu/*.trs
distclean-local:
	rm -rf tests/qemu/cache
