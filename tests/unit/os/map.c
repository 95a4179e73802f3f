/* SPDX-License-Identifier: MIT */
/* map.c - what each call to the kernel gives, and what it refuses. */
#include "os/map.h"

#include "unit/unit.h"

#include <pthread.h>
#include <sys/mman.h>

#define BYTES (1UL << 21)

static int map_zeroes(size_t bytes, void **ret_address)
{
	int err = hak_map_new(bytes, ret_address);

	if (err)
		return err;
	hak_unmap(*ret_address, bytes);
	return hak_map_zeroes_at(*ret_address, bytes);
}

static size_t page;

/* A place with nothing there, and nothing behind it for as long again. */
static char *free_place(void)
{
	void *place = NULL;

	unit_need(map_zeroes(2 * BYTES, &place) == 0);
	unit_need(hak_unmap(place, 2 * BYTES) == 0);
	return place;
}

static bool reads_zero(const char *from, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i += 8)
		if (*(const volatile uint64_t *)(from + i))
			return false;
	return true;
}

static bool is_mapped(const void *address)
{
	unsigned char there;

	return mincore((void *)address, page, &there) == 0;
}

static int write_there(void *arg)
{
	*(volatile char *)arg = 1;
	return 0;
}

static bool is_writable(void *address)
{
	struct ktap_run run;

	unit_no_core();
	ktap_run_fork(&run, write_there, address, 10);
	return ktap_run_ok(&run);
}

static void zeroes(void)
{
	void *place = NULL;

	unit_expect(map_zeroes(BYTES, &place) == 0);
	unit_expect(place && reads_zero(place, BYTES));
	unit_expect(!is_writable(place));
	unit_expect(hak_map_again((char *)place + page, page) == 0);
	unit_expect(!is_writable(place));
	unit_expect(is_writable((char *)place + page));
	unit_expect(!is_writable((char *)place + 2 * page));
	unit_expect(hak_unmap(place, BYTES) == 0);
	unit_expect(!is_mapped(place));
	unit_result("zeroes are readable, and writable where mapped again");

	place = &place;
	unit_expect(map_zeroes(1UL << 62, &place) == -ENOMEM);
	unit_expect(place == &place);
	unit_expect(map_zeroes(0, &place) == -EINVAL);
	unit_expect(place == &place);
	unit_result("zeroes that cannot be leave the result untouched");
}

static void at(void)
{
	char *place = free_place();

	unit_expect(hak_map_at(place, BYTES) == 0);
	unit_expect(reads_zero(place, BYTES));
	memset(place, 'a', BYTES);
	unit_expect(!is_mapped(place + BYTES));
	unit_result("memory just there");

	unit_expect(hak_map_at(place, BYTES) == -EEXIST);
	unit_expect(hak_map_at(place + BYTES - page, BYTES) == -EEXIST);
	unit_expect(hak_map_at(place + page, page) == -EEXIST);
	unit_expect(place[0] == 'a' && place[BYTES - 1] == 'a');
	unit_expect(!is_mapped(place + BYTES));
	unit_expect(hak_map_at(place + BYTES + 1, page) == -EINVAL);
	unit_result("a place that is taken is refused, and left alone");

	unit_expect(hak_map_again(place, BYTES / 2) == 0);
	unit_expect(reads_zero(place, BYTES / 2));
	unit_expect(place[BYTES / 2] == 'a' && place[BYTES - 1] == 'a');
	memset(place, 'b', BYTES / 2);
	unit_expect(hak_unmap(place, BYTES) == 0);
	unit_expect(!is_mapped(place) && !is_mapped(place + BYTES - page));
	unit_expect(hak_map_at(place, BYTES) == 0);
	unit_expect(reads_zero(place, BYTES));
	unit_expect(hak_unmap(place, BYTES) == 0);
	unit_result("mapped again is fresh");
}

static void decommit(void)
{
	char *place = free_place();

	unit_expect(hak_map_at(place, BYTES) == 0);
	hak_map_pages(place, BYTES, HAK_PAGES_SMALL);
	memset(place, 'c', BYTES);
	unit_expect(hak_map_decommit(place + page, BYTES - 2 * page) == 0);
	unit_expect(reads_zero(place + page, BYTES - 2 * page));
	unit_expect(place[page - 1] == 'c' && place[BYTES - page] == 'c');
	place[page] = 'd';
	unit_expect(place[page] == 'd');
	unit_expect(hak_unmap(place, BYTES) == 0);
	unit_expect(hak_map_decommit(place, BYTES) == -ENOMEM);
	unit_result("decommitted pages read as zero, others are kept");
}

static void move(void)
{
	char *from = free_place(), *to;

	unit_expect(hak_map_at(from, 2 * BYTES) == 0);
	to = free_place();
	unit_expect(hak_map_at(to, 2 * BYTES) == 0);
	memset(from, 'e', 2 * BYTES);
	memset(to, 'f', 2 * BYTES);
	unit_need(hak_map_move(to, 2 * BYTES - page, from, BYTES) == 0);
	unit_expect(to[0] == 'e' && to[BYTES - 1] == 'e');
	unit_expect(reads_zero(to + BYTES, BYTES - page));
	unit_expect(to[2 * BYTES - page] == 'f' && to[2 * BYTES - 1] == 'f');
	to[BYTES] = 'g';
	/* What moved has left a hole; the rest is where it was. */
	unit_expect(!is_mapped(from) && !is_mapped(from + BYTES - page));
	unit_expect(from[BYTES] == 'e' && from[2 * BYTES - 1] == 'e');
	unit_expect(hak_map_again(from, BYTES) == 0);
	unit_expect(reads_zero(from, BYTES));
	from[0] = 'g';
	unit_expect(to[0] == 'e');
	unit_expect(hak_unmap(from, 2 * BYTES) == 0);
	unit_expect(hak_unmap(to, 2 * BYTES) == 0);
	unit_result("pages move to the start of a longer place");
}

/* Two mappings: either all of it moves, or nothing does. */
static void move_nothing(void)
{
	char *from = free_place(), *to;

	unit_expect(hak_map_at(from, 2 * BYTES) == 0);
	to = free_place();
	unit_expect(hak_map_at(to, 2 * BYTES) == 0);
	memset(from, 'h', 2 * BYTES);
	unit_expect(mprotect(from + BYTES, BYTES, PROT_READ) == 0);
	unit_expect(hak_map_move(to, 2 * BYTES, from, BYTES + page) < 0);
	unit_expect(from[0] == 'h' && from[BYTES - 1] == 'h');
	unit_expect(from[BYTES] == 'h' && from[BYTES + page] == 'h');
	/* The place may be gone: its owner maps it again. */
	unit_expect(hak_map_again(to, 2 * BYTES) == 0);
	unit_expect(hak_unmap(from, 2 * BYTES) == 0);
	unit_expect(hak_map_move(to, 2 * BYTES, from, BYTES) == -EFAULT);
	hak_unmap(to, 2 * BYTES);
	unit_result("what is not one mapping stays, whole");
}

static void writable(void)
{
	void *place = NULL;
	char *bytes;

	unit_need(map_zeroes(BYTES, &place) == 0);
	bytes = place;
	unit_expect(hak_map_writable(bytes + page, page) == 0);
	unit_expect(reads_zero(bytes, BYTES));
	unit_expect(!is_writable(bytes) && !is_writable(bytes + 2 * page));
	memset(bytes + page, 'w', page);
	unit_expect(hak_map_writable(bytes, BYTES) == 0);
	unit_expect(bytes[page] == 'w' && bytes[2 * page - 1] == 'w');
	unit_expect(reads_zero(bytes + 2 * page, BYTES - 2 * page));
	bytes[BYTES - 1] = 'w';
	unit_expect(hak_unmap(place, BYTES) == 0);
	unit_expect(hak_map_writable(place, BYTES) == -ENOMEM);
	unit_expect(!is_mapped(place));
	unit_result("zeroes become writable, and keep what was written");
}

static int without_data(void *arg)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_DATA, &none))
		return 1;
	if (hak_map_writable(arg, BYTES) != -ENOMEM)
		return 2;
	return is_mapped(arg) && reads_zero(arg, BYTES) ? 0 : 3;
}

static void writable_at_limit(void)
{
	const char *name = "no memory to write to: the zeroes stay";
	struct ktap_run run;
	void *place = NULL;

#ifdef __SANITIZE_ADDRESS__
	ksft_test_result_skip("a sanitizer needs memory itself", "%s", name);
	return;
#endif
	unit_need(map_zeroes(BYTES, &place) == 0);
	ktap_run_fork(&run, without_data, place, 10);
	unit_need(hak_unmap(place, BYTES) == 0);
	ktap_run_result(&run, name);
}

/* What the kernel has noted for the mapping: "hg", "nh" or "". */
static void page_advice(const void *address, char *ret_flag)
{
	unsigned long low, high;
	bool here = false;
	char line[512];
	FILE *maps = fopen("/proc/self/smaps", "r");

	ret_flag[0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
			here = low <= (uintptr_t)address &&
			       (uintptr_t)address < high;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			strcpy(ret_flag, strstr(line, " hg") ? "hg" :
					 strstr(line, " nh") ? "nh" : "");
	}
	if (maps)
		fclose(maps);
}

static void pages(void)
{
	const char *name = "advice on pages reaches the kernel";
	char *place = free_place();
	char flag[4];

	unit_expect(hak_map_at(place, BYTES) == 0);
	hak_map_pages(place, BYTES, HAK_PAGES_HUGE);
	page_advice(place, flag);
	if (access("/sys/kernel/mm/transparent_hugepage", F_OK) || !flag[0]) {
		ksft_test_result_skip("no transparent huge pages here", "%s",
				      name);
	} else {
		unit_expect(strcmp(flag, "hg") == 0);
		hak_map_pages(place, BYTES, HAK_PAGES_SMALL);
		page_advice(place, flag);
		unit_expect(strcmp(flag, "nh") == 0);
		unit_result(name);
	}
	unit_need(hak_unmap(place, BYTES) == 0);
}

static void refusals(void)
{
	char *place = free_place();

	errno = 77;
	unit_expect(hak_map_decommit(place + 1, page) == -EINVAL);
	unit_expect(hak_map_again(place + 1, page) == -EINVAL);
	unit_expect(hak_unmap(place + 1, page) == -EINVAL);
	unit_expect(hak_map_writable(place + 1, page) == -EINVAL);
	hak_map_pages(place, page, HAK_PAGES_HUGE);
	unit_expect(errno == 77);
	unit_result("refusals come as -errno, and errno is never touched");
}

static void populated(void)
{
	unsigned char there[BYTES / 4096] = { 0 };
	char *place = free_place();
	size_t i;

	unit_need(hak_map_at(place, 2 * BYTES) == 0);
	unit_expect(mincore(place, BYTES, there) == 0 && !(there[0] & 1));
	hak_map_populate(place, BYTES);
	unit_expect(mincore(place, BYTES, there) == 0);
	for (i = 0; i < BYTES / page; i++)
		unit_expect(there[i] & 1);
	unit_expect(mincore(place + BYTES, page, there) == 0 &&
		    !(there[0] & 1));
	unit_expect(reads_zero(place, BYTES));
	unit_need(hak_unmap(place, 2 * BYTES) == 0);
	unit_result("populated as far as asked, and zero");
}

/* A place of BYTES, a hole as long, and a page behind it: its end. */
static char *place_and_end(char **ret_place)
{
	char *place = free_place();
	char *last = place + 2 * BYTES - page;

	unit_need(hak_map_at(place, BYTES) == 0);
	unit_need(hak_map_at(last, page) == 0);
	*ret_place = place;
	return last + page;
}

static void one(void)
{
	char *place, *end = place_and_end(&place);

	unit_expect(hak_map_is_one(place, BYTES, end));
	/* It was asked to grow where there is a hole, and has not. */
	unit_expect(!is_mapped(place + BYTES));
	unit_expect(hak_map_is_one(place + page, BYTES / 2, end));
	unit_need(mprotect(place + BYTES / 2, page, PROT_READ) == 0);
	unit_expect(!hak_map_is_one(place, BYTES, end));
	unit_expect(!hak_map_is_one(place, BYTES / 2 + page, end));
	unit_expect(hak_map_is_one(place, BYTES / 2, end));
	unit_expect(hak_map_is_one(place + BYTES / 2, page, end));
	unit_need(hak_unmap(place, BYTES) == 0);
	unit_expect(!hak_map_is_one(place, page, end));
	unit_need(hak_unmap(end - page, page) == 0);
	unit_result("several mappings are told from one");
}

static char *asked_place, *asked_end;
static _Atomic bool asked_enough;

static void *ask(void *unused)
{
	(void)unused;
	while (!asked_enough)
		unit_expect(hak_map_is_one(asked_place, BYTES, asked_end));
	return NULL;
}

/* What another thread maps behind it, while it is asked, is there and stays. */
static void one_beside(void)
{
	pthread_t thread;
	char *hole;
	int i;

	asked_end = place_and_end(&asked_place);
	hole = asked_place + BYTES;
	unit_need(pthread_create(&thread, NULL, ask, NULL) == 0);
	for (i = 0; i < 30000; i++) {
		unit_expect(hak_map_at(hole, page) == 0);
		unit_expect(is_mapped(hole));
		hak_unmap(hole, page);
	}
	asked_enough = true;
	pthread_join(thread, NULL);
	unit_need(hak_unmap(asked_place, 2 * BYTES) == 0);
	unit_result("to ask is nothing to who maps what lies behind");
}

int main(void)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	ksft_print_header();
	ksft_set_plan(15);
	zeroes();
	at();
	decommit();
	move();
	move_nothing();
	writable();
	writable_at_limit();
	pages();
	refusals();
	populated();
	one();
	one_beside();
	return ksft_finished();
}
