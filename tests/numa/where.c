/* SPDX-License-Identifier: MIT */
/*
 * where.c - allocates on the calling thread, touches, and prints where it all
 * lies, page by page: small, medium and large blocks, and the library's own
 * records. Run under numactl by numactl.sh.
 *
 * Usage: where [deny]; deny: the kernel refuses mbind and get_mempolicy.
 */
#include <dlfcn.h>

#include "numa/pages.h"

#include "kernel/bpf.h"

#define SMALL_MIB 10
#define MEDIUMS	  12
#define LARGES	  2

/* Small blocks come in rows: one of 32 is asked for, which is every page. */
static void add_blocks(struct pages *pages, size_t bytes, int count)
{
	for (int i = 0; i < count; i++) {
		char *block = malloc(bytes);

		if (!block)
			ksft_exit_fail_msg("no memory");
		memset(block, 1, bytes);
		if (bytes > 4096 || i % 32 == 0)
			pages_count(pages, block, bytes);
	}
}

/* Of the records, those of the nodes' spans, which the counters lead to. */
static void add_records(struct pages *pages)
{
	struct page {
		char magic[8];
		uint32_t version, counters, spans, reserved;
		char *span[1025];
	} *page = dlsym(RTLD_DEFAULT, "hakmem_stats_page");

	if (!page)
		return;
	for (uint32_t i = 0; i + 1 < page->spans; i++)
		pages_count(pages, page->span[i], 8);
}

static void deny(void)
{
	struct bpf filter;

	bpf_begin(&filter);
	bpf_errno(&filter, SYS_mbind, EPERM);
	bpf_errno(&filter, SYS_get_mempolicy, EPERM);
	if (!bpf_install(&filter, SECCOMP_RET_ALLOW, 0))
		ksft_exit_fail_msg("no filter: %s", strerror(errno));
	execl("/proc/self/exe", "where", (char *)NULL);
}

int main(int argc, char **argv)
{
	struct pages small = { 0 }, medium = { 0 }, large = { 0 };
	struct pages records = { 0 };

	ktap_preload(argv);
	if (argc > 1 && !strcmp(argv[1], "deny"))
		deny();
	add_blocks(&small, 100, SMALL_MIB * 10000);
	add_blocks(&medium, 1 << 20, MEDIUMS);
	add_blocks(&large, 6 << 20, LARGES);
	add_records(&records);
	pages_print("small", &small);
	pages_print("medium", &medium);
	pages_print("large", &large);
	pages_print("records", &records);
	return 0;
}
