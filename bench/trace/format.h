/* SPDX-License-Identifier: MIT */
/*
 * format.h - allocation traces: what the recorder leaves, and what is kept.
 *
 * Raw     struct raw_header, then raw_events in the order they happened.
 * Kept    compressed by xz, and drawn below.
 * Used by recorder.c (writes raw), pack.c (raw to kept), read.c (reads kept).
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/*
 * A kept trace is TRACE_MAGIC, two numbers (how many records follow, how many
 * blocks they make), and the records. A number is LEB128: seven bits a byte,
 * the lowest first, the top bit set in all bytes but the last. A record is a
 * byte of enum trace_kind and its numbers:
 *
 *	MALLOC bytes
 *	CALLOC bytes		the product
 *	ALIGNED shift bytes	aligned to 1 << shift
 *	REALLOC age bytes	at least 1 byte, and a block that lives
 *	FREE age
 *	THREAD index		whose the following records are; 0 at first
 *
 * Blocks are numbered as they are made. The age of one is how many were made
 * after it, so what programs do over and over is the same bytes over and over.
 * free(NULL) and calls that failed are not kept; realloc(NULL, n) is MALLOC.
 */
#define TRACE_MAGIC "hakmem trace 1\n"
#define RAW_MAGIC   0x31776172746b6168ull

#define TRACE_MAX_BYTES 0xffffffffull

enum trace_kind {
	TRACE_NONE, /* raw only: the thread was ended while it wrote */
	TRACE_MALLOC,
	TRACE_CALLOC,
	TRACE_ALIGNED,
	TRACE_REALLOC, /* raw: it has returned this address */
	TRACE_FREE,
	TRACE_THREAD, /* kept only */
	TRACE_MOVING, /* raw only: realloc is called with this address */
	TRACE_KINDS,
};

struct raw_header {
	uint64_t magic;
	uint64_t room;		 /* events there is room for */
	_Atomic uint64_t events; /* that wanted to be written */
};

struct raw_event {
	uint64_t address;
	uint64_t bytes;
	uint32_t thread;
	uint8_t shift;
	uint8_t kind;
	uint16_t unused;
};

_Static_assert(sizeof(struct raw_event) == 24, "the raw file has no holes");
