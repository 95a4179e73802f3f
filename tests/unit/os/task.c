/* SPDX-License-Identifier: MIT */
/* task.c - a thread's name, processor, and whether a signal reaches it. */
#include "os/task.h"

#include "unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>

static sem_t here, go;
static uint32_t other;

static void *run(void *name)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_NAME, name);
	other = (uint32_t)gettid();
	sem_post(&here);
	while (sem_wait(&go))
		;
	return NULL;
}

static bool is_named(uint32_t thread, const char *want)
{
	char name[HAK_TASK_NAME];

	hak_task_name(thread, name);
	return !strcmp(name, want);
}

static void named(const char *given, const char *told)
{
	pthread_t thread;

	unit_need(!pthread_create(&thread, NULL, run, (void *)given));
	while (sem_wait(&here))
		;
	unit_expect(is_named(other, told));
	unit_expect(hak_task_cpu(other) >= 0);
	sem_post(&go);
	pthread_join(thread, NULL);
}

static void signals(void)
{
	pthread_t thread;

	unit_need(!pthread_create(&thread, NULL, run, (void *)"signals"));
	while (sem_wait(&here))
		;
	unit_expect(!hak_task_takes(other, SIGUSR1));
	unit_expect(hak_task_takes(other, SIGUSR2));
	unit_expect(hak_task_takes((uint32_t)gettid(), SIGUSR1));
	signal(SIGUSR2, SIG_IGN);
	unit_expect(!hak_task_takes(other, SIGUSR2));
	sem_post(&go);
	pthread_join(thread, NULL);
	unit_result("blocked and ignored signals do not reach it");
}

static void processor(void)
{
	cpu_set_t one, all;

	unit_need(!sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < 64; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		unit_need(!sched_setaffinity(0, sizeof(one), &one));
		unit_expect(hak_task_cpu((uint32_t)gettid()) == cpu);
	}
	sched_setaffinity(0, sizeof(all), &all);
	unit_result("the processor it runs on");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	unit_need(!sem_init(&here, 0, 0) && !sem_init(&go, 0, 0));
	named("worker", "worker");
	named("a) R 1 2 3 (b", "a) R 1 2 3 (b");
	named("fifteen letters", "fifteen letters");
	named("bell\a\nx", "bell?");
	unit_result("names, as they can be printed");
	signals();
	processor();
	unit_expect(is_named(0x7ffffffe, "?"));
	unit_expect(hak_task_cpu(0x7ffffffe) < 0);
	unit_expect(!hak_task_takes(0x7ffffffe, SIGUSR1));
	unit_result("one that is gone");
	ksft_finished();
}
