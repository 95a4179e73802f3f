/* SPDX-License-Identifier: MIT */
/*
 * demo.c - what a key/value server asks of malloc, in one process.
 *
 * Connections come and go with their buffers, values of many sizes are set,
 * read and dropped by whichever thread serves the request; then half of the
 * keys are dropped and the process idles. Prints one line of name=value.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	KEYS = 200000,
	STRIPES = 1024,
	CONNECTIONS = 64,	/* of each thread */
	READ_BUFFER = 16384,
	MAX_THREADS = 64,
	BUCKETS = 64 * 8,	/* of the latencies: eight per doubling */
};

struct value {
	uint32_t bytes;
	uint32_t key;
	char data[];
};

struct connection {
	char *read_buffer;
	char *name;
};

struct worker {
	pthread_t thread;
	uint64_t random;
	uint64_t operations;
	uint64_t latencies[BUCKETS];
	struct connection connections[CONNECTIONS];
};

static struct value *values[KEYS];
static pthread_mutex_t locks[STRIPES];
static struct worker workers[MAX_THREADS];
static uint64_t end_ns;

static void die(const char *what)
{
	fprintf(stderr, "demo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *need(void *p)
{
	if (!p)
		die("malloc");
	return p;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t next_random(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)(w->random >> 16);
}

/* Mostly small, now and then some KiB, as values in caches are. */
static uint32_t value_bytes(struct worker *w)
{
	uint32_t r = next_random(w), shift = r & 15;

	if (shift < 11)
		return 16 + (r >> 8) % 240;
	if (shift < 15)
		return 256 + (r >> 8) % 1792;
	return 2048 + (r >> 8) % 14336;
}

static void reconnect(struct worker *w)
{
	struct connection *c = &w->connections[next_random(w) % CONNECTIONS];
	char peer[32];

	free(c->read_buffer);
	free(c->name);
	c->read_buffer = need(malloc(READ_BUFFER));
	c->read_buffer[0] = 0;
	snprintf(peer, sizeof(peer), "peer:%u", next_random(w));
	c->name = need(strdup(peer));
}

static void set_value(struct worker *w, uint32_t key)
{
	uint32_t bytes = value_bytes(w);
	struct value *v = need(malloc(sizeof(*v) + bytes)), *old;

	v->bytes = bytes;
	v->key = key;
	memset(v->data, (int)key, bytes);
	pthread_mutex_lock(&locks[key % STRIPES]);
	old = values[key];
	values[key] = v;
	pthread_mutex_unlock(&locks[key % STRIPES]);
	free(old);
}

static void get_value(uint32_t key)
{
	char *reply = NULL;

	pthread_mutex_lock(&locks[key % STRIPES]);
	if (values[key]) {
		reply = need(malloc(values[key]->bytes + 32));
		memcpy(reply, values[key]->data, values[key]->bytes);
		if (values[key]->key != key)
			die("another key's value");
	}
	pthread_mutex_unlock(&locks[key % STRIPES]);
	free(reply);
}

static void drop_value(uint32_t key)
{
	struct value *old;

	pthread_mutex_lock(&locks[key % STRIPES]);
	old = values[key];
	values[key] = NULL;
	pthread_mutex_unlock(&locks[key % STRIPES]);
	free(old);
}

static void serve(struct worker *w)
{
	uint32_t what = next_random(w) % 100, key = next_random(w) % KEYS;

	if (what < 45)
		set_value(w, key);
	else if (what < 90)
		get_value(key);
	else if (what < 98)
		drop_value(key);
	else
		reconnect(w);
}

/* Eight buckets a doubling: a quantile is right to one part in eight. */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int log;

	if (ns < 8)
		return (unsigned int)ns;
	log = 63 - (unsigned int)__builtin_clzll(ns);
	return (log - 2) * 8 + (unsigned int)(ns >> (log - 3) & 7);
}

static uint64_t bucket_ns(unsigned int bucket)
{
	if (bucket < 8)
		return bucket;
	return (uint64_t)(8 + bucket % 8) << (bucket / 8 - 1);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t before = now_ns(), after;

	do {
		serve(w);
		after = now_ns();
		w->latencies[bucket_of(after - before)]++;
		w->operations++;
		before = after;
	} while (after < end_ns);
	return NULL;
}

static uint64_t quantile_ns(unsigned int threads, uint64_t total, double q)
{
	uint64_t sum = 0;
	unsigned int b, t;

	for (b = 0; b < BUCKETS; b++) {
		for (t = 0; t < threads; t++)
			sum += workers[t].latencies[b];
		if ((double)sum >= q * (double)total)
			return bucket_ns(b);
	}
	return 0;
}

/* A "Name:   N kB" line of a file in /proc/self. */
static unsigned long proc_kib(const char *file, const char *name)
{
	char path[64], line[256];
	unsigned long kib = 0;
	size_t len = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/%s", file);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ':')
			kib = strtoul(line + len + 1, NULL, 10);
	fclose(f);
	return kib;
}

static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n > max) {
		fprintf(stderr, "demo: %s: not a number up to %u\n",
			text, max);
		exit(2);
	}
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	unsigned int seconds = 10, idle = 15, threads = 2, t, k;
	uint64_t start, elapsed, total = 0;
	unsigned long rss, huge;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		puts("usage: demo [SECONDS [IDLE-SECONDS [THREADS]]]");
		return 0;
	}
	if (argc > 1)
		seconds = number(argv[1], 3600);
	if (argc > 2)
		idle = number(argv[2], 3600);
	if (argc > 3)
		threads = number(argv[3], MAX_THREADS);

	for (k = 0; k < STRIPES; k++)
		pthread_mutex_init(&locks[k], NULL);
	start = now_ns();
	end_ns = start + seconds * UINT64_C(1000000000);
	for (t = 0; t < threads; t++) {
		workers[t].random = 88172645463325252 + t * UINT64_C(7919);
		errno = pthread_create(&workers[t].thread, NULL, work,
				       &workers[t]);
		if (errno)
			die("pthread_create");
	}
	for (t = 0; t < threads; t++) {
		pthread_join(workers[t].thread, NULL);
		total += workers[t].operations;
	}
	elapsed = now_ns() - start;
	rss = proc_kib("smaps_rollup", "Rss");
	huge = proc_kib("smaps_rollup", "AnonHugePages");

	for (k = 0; k < KEYS; k += 2)
		drop_value(k);
	sleep(idle);

	printf("operations_per_second=%.0f p99_ns=%llu peak_rss_kib=%lu "
	       "idle_rss_kib=%lu huge_percent=%lu\n",
	       (double)total * 1e9 / (double)elapsed,
	       (unsigned long long)quantile_ns(threads, total, 0.99),
	       proc_kib("status", "VmHWM"), proc_kib("status", "VmRSS"),
	       rss ? huge * 100 / rss : 0);
	return 0;
}
