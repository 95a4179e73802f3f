/* SPDX-License-Identifier: MIT */
/*
 * pack.c - a raw trace, as recorder.c leaves it, to a kept one on stdout.
 *
 * Run     pack RAW        says on stderr what it kept and what it had to drop
 * Drops   what is done to blocks that were made before the recording, and ends
 *         a block whose address comes back without a free that was seen.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format.h"

#define NO_BLOCK UINT32_MAX

/* Which block lives at an address. Addresses stay when their block goes. */
struct place {
	uint64_t address;
	uint32_t block;
};

static struct place *places;
static size_t mask;
static uint32_t *moving; /* by thread: the block that realloc has */

static uint64_t records, blocks, dropped;
static uint32_t thread;	   /* of the record before */
static unsigned char *out; /* grows; written behind the header at the end */
static size_t out_bytes, out_room;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "pack: %s\n", what);
	exit(1);
}

static void *need(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

static void put(uint64_t number)
{
	if (out_room - out_bytes < 16)
		out = need(realloc(out, out_room += 1 << 20));
	for (; number > 127; number >>= 7)
		out[out_bytes++] = number | 128;
	out[out_bytes++] = number;
}

static void put_record(enum trace_kind kind)
{
	put(kind);
	records++;
}

static void put_bytes(uint64_t bytes)
{
	if (bytes > TRACE_MAX_BYTES)
		die("a block of 4 GiB or more: no trace holds that");
	put(bytes);
}

static void put_known(enum trace_kind kind, uint32_t block)
{
	put_record(kind);
	put(blocks - 1 - block);
}

static struct place *place_of(uint64_t address)
{
	size_t i = (address >> 4) * 0x9e3779b97f4a7c15u >> 20 & mask;

	while (places[i].address && places[i].address != address)
		i = (i + 1) & mask;
	if (!places[i].address)
		places[i] = (struct place){ address, NO_BLOCK };
	return &places[i];
}

/* A block comes to an address; one that we think is there must have gone. */
static struct place *arrive(uint64_t address)
{
	struct place *place = place_of(address);

	if (place->block != NO_BLOCK) {
		put_known(TRACE_FREE, place->block);
		dropped++;
	}
	return place;
}

static void make(const struct raw_event *e)
{
	struct place *place = arrive(e->address);

	put_record(e->kind);
	if (e->kind == TRACE_ALIGNED)
		put(e->shift);
	put_bytes(e->bytes);
	place->block = blocks++;
}

static uint32_t leave(const struct raw_event *e)
{
	struct place *place = place_of(e->address);
	uint32_t block = place->block;

	place->block = NO_BLOCK;
	dropped += block == NO_BLOCK;
	return block;
}

static void move(const struct raw_event *e)
{
	uint32_t block = moving[e->thread];
	struct place *place;

	if (block == NO_BLOCK)
		return;
	place = arrive(e->address);
	place->block = block;
	if (e->bytes == UINT64_MAX) /* it failed, and nothing has moved */
		return;
	put_known(TRACE_REALLOC, block);
	put_bytes(e->bytes ? e->bytes : 1);
}

static void event(const struct raw_event *e)
{
	uint32_t block;

	if (e->kind != TRACE_NONE && e->thread != thread) {
		put_record(TRACE_THREAD);
		put(thread = e->thread);
	}
	switch (e->kind) {
	case TRACE_MALLOC:
	case TRACE_CALLOC:
	case TRACE_ALIGNED:
		make(e);
		break;
	case TRACE_FREE:
		block = leave(e);
		if (block != NO_BLOCK)
			put_known(TRACE_FREE, block);
		break;
	case TRACE_MOVING:
		/* 0 bytes: a free, unless what comes back is a block */
		block = leave(e);
		if (block != NO_BLOCK && !e->bytes)
			put_known(TRACE_FREE, block);
		moving[e->thread] = e->bytes ? block : NO_BLOCK;
		break;
	case TRACE_REALLOC:
		move(e);
		break;
	}
}

static void write_out(uint64_t asked, uint64_t room)
{
	unsigned char *body = out;
	size_t body_bytes = out_bytes;

	out = NULL;
	out_bytes = out_room = 0;
	put(records);
	put(blocks);
	if (fputs(TRACE_MAGIC, stdout) == EOF ||
	    fwrite(out, 1, out_bytes, stdout) != out_bytes ||
	    fwrite(body, 1, body_bytes, stdout) != body_bytes || fflush(stdout))
		die("cannot write");
	fprintf(stderr, "pack: %lu records, %lu blocks, %lu dropped%s\n",
		(unsigned long)records, (unsigned long)blocks,
		(unsigned long)dropped,
		asked > room ? "; cut, there was more" : "");
}

int main(int argc, char **argv)
{
	struct raw_header *raw = MAP_FAILED;
	const struct raw_event *events;
	uint64_t nr = 0, threads = 0;
	struct stat st;
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > (off_t)sizeof(*raw))
		raw = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (raw == MAP_FAILED)
		die("usage: pack RAW");
	if (raw->magic != RAW_MAGIC)
		die("nothing was recorded: is the program static, or set-uid?");
	events = (const struct raw_event *)(raw + 1);
	nr = raw->events < raw->room ? raw->events : raw->room;
	for (uint64_t i = 0; i < nr; i++)
		if (events[i].thread >= threads)
			threads = events[i].thread + 1;
	for (mask = 1; mask < 2 * nr; mask *= 2)
		;
	places = need(calloc(mask--, sizeof(*places)));
	moving = need(malloc((threads + 1) * sizeof(*moving)));
	memset(moving, 0xff, (threads + 1) * sizeof(*moving));
	for (uint64_t i = 0; i < nr; i++)
		event(&events[i]);
	write_out(raw->events, raw->room);
	return 0;
}
