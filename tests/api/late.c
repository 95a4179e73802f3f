/* SPDX-License-Identifier: MIT */
/*
 * late.c - malloc before main (static constructors) and after it: atexit,
 * on_exit, at_quick_exit, ELF destructors, exit from a thread, _exit.
 */
#include <malloc.h>
#include <pthread.h>

#include "../ktap.h"
#include "../ktap_run.h"

static char *kept[100];
static int early;

static void say(char letter)
{
	if (write(STDOUT_FILENO, &letter, 1) != 1)
		_exit(9);
}

static void work(char letter)
{
	for (int i = 0; i < 100; i++) {
		char *block;

		free(kept[i]);
		kept[i] = malloc((size_t)i * 401 + 1);
		block = realloc(calloc(1, 100), 3000 + (size_t)i);
		if (!kept[i] || !block || block[50])
			_exit(8);
		memset(kept[i], letter, (size_t)i * 401 + 1);
		free(block);
	}
	free(malloc(5 << 20));
	say(letter);
}

__attribute__((constructor(101))) static void before_main(void)
{
	for (int i = 0; i < 100; i++)
		kept[i] = malloc((size_t)i * 401 + 1);
	free(calloc(1, 1 << 20));
	early = kept[99] != NULL;
}

static const char *mode = "";

__attribute__((destructor(101))) static void elf_fini(void)
{
	if (*mode)
		work('f');
}

static void by_atexit(void) { work('a'); }
static void by_quick(void) { work('q'); }

static void by_on_exit(int status, void *arg)
{
	(void)status;
	free(arg);
	work('o');
}

static void *exits(void *arg)
{
	work('t');
	exit(*(int *)arg);
}

static void *goes_on(void *arg)
{
	for (;;)
		free(malloc((size_t)rand() % 5000));
	return arg;
}

static void *outlives(void *arg)
{
	pthread_join(*(pthread_t *)arg, NULL);
	work('t');
	exit(0);
}

static int child(const char *word)
{
	static pthread_t self;
	pthread_t thread;
	static int status;

	mode = word;
	atexit(by_atexit);
	at_quick_exit(by_quick);
	on_exit(by_on_exit, malloc(77));
	work('m');
	if (!strcmp(word, "quick"))
		quick_exit(0);
	if (!strcmp(word, "thread")) {
		pthread_create(&thread, NULL, exits, &status);
		pthread_join(thread, NULL);
	}
	if (!strcmp(word, "others"))
		for (int i = 0; i < 3; i++)
			pthread_create(&thread, NULL, goes_on, NULL);
	if (!strcmp(word, "leader")) {
		self = pthread_self();
		pthread_create(&thread, NULL, outlives, &self);
		pthread_exit(NULL);
	}
	return 0;
}

static void expect(const char *word, const char *letters, const char *name)
{
	struct ktap_run run;
	bool ok;

	ktap_run_self(&run, word, NULL, NULL, 30);
	ok = ktap_run_ok(&run) && !run.err[0] && !strcmp(run.out, letters);
	ksft_test_result(ok, "%s", name);
	if (!ok)
		ktap_run_print(&run);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argv[1]);
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(6);
	ksft_test_result(early, "malloc in a static constructor");
	expect("return", "moaf", "on_exit, atexit and ELF destructors");
	expect("quick", "mq", "quick_exit");
	expect("thread", "mtoaf", "exit called by a thread");
	expect("others", "moaf", "exit while other threads allocate");
	expect("leader", "mtoaf", "exit after the first thread is gone");
	return ksft_finished();
}
