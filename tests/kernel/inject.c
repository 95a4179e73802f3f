/* SPDX-License-Identifier: MIT */
/*
 * inject.c - every memory call fails with every errno: NULL and ENOMEM or
 * success, contents and zeroes right, errno kept by free, and once the calls
 * work again, so does malloc.
 *
 * Hazards 40, 45, 46, 48, 59.
 */
#include "bpf.h"
#include "mix.h"

#include <malloc.h>
#include <pthread.h>

#define ANY	-1

static const struct call {
	long nr;
	const char *name;
} calls[] = {
	{ SYS_mmap, "mmap" }, { SYS_munmap, "munmap" },
	{ SYS_madvise, "madvise" }, { SYS_mprotect, "mprotect" },
	{ SYS_mremap, "mremap" }, { ANY, "all five" },
};

static const struct error {
	int nr;
	const char *name;
} errors[] = {
	{ ENOMEM, "ENOMEM" }, { EINVAL, "EINVAL" }, { EPERM, "EPERM" },
	{ EAGAIN, "EAGAIN" }, { ENOSYS, "ENOSYS" },
};

#define NR_CALLS ((long)(sizeof(calls) / sizeof(*calls)))
#define NR_ERRORS ((long)(sizeof(errors) / sizeof(*errors)))

static bool deny(const struct call *call, const struct error *error)
{
	struct bpf f;

	bpf_begin(&f);
	for (const struct call *c = calls; c->nr != ANY; c++)
		if (call->nr == ANY || call->nr == c->nr)
			bpf_errno(&f, c->nr, error->nr);
	bpf_errno(&f, SYS_process_madvise, error->nr);
	return bpf_install(&f, SECCOMP_RET_ALLOW, 0);
}

/* large blocks alone: growth by mremap, and its failure */
static int large(void)
{
	size_t bytes = 24 * MIB;
	char *block = malloc(bytes), *more;
	int bad = 0;

	for (int i = 0; block && i < 6; i++) {
		block[0] = block[bytes - 1] = 42;
		errno = 0;
		more = realloc(block, bytes + 12 * MIB);
		if (!more && errno != ENOMEM)
			bad = 1;
		if (!more)
			break;
		block = more;
		bad |= block[0] != 42 || block[bytes - 1] != 42;
		bytes += 12 * MIB;
	}
	if (block && (block[0] != 42 || bad))
		bad = 1;
	more = realloc(block, block ? MIB : 1);
	if (more)
		block = more;
	errno = SENTINEL;
	free(block);
	bad |= errno != SENTINEL;
	malloc_trim(0);
	return bad;
}

struct job {
	const struct call *call;
	const struct error *error;
	struct mix mix;
	int ret;
};

static void *suffer(void *arg)
{
	struct job *job = arg;

	if (!deny(job->call, job->error)) {
		job->ret = SKIPPED;
		return NULL;
	}
	mix_run(&job->mix, 2500);
	if (large()) {
		ksft_print_msg("large block lost, or errno");
		job->ret = 1;
	}
	return NULL;
}

/* the thread suffers, the main thread recovers, with the blocks of both */
static int one(long which)
{
	static struct job job;
	static struct mix mine;
	pthread_t thread;

	job.call = &calls[which / NR_ERRORS];
	job.error = &errors[which % NR_ERRORS];
	mix_run(&mine, 300);
	if (pthread_create(&thread, NULL, suffer, &job))
		return SKIPPED;
	pthread_join(thread, NULL);
	if (job.ret)
		return job.ret;
	mix_run(&mine, 1500);
	return mix_end(&job.mix, true) | mix_end(&mine, false);
}

/* the same without any thread: the empties go at the free that made them */
static int alone(long which)
{
	static struct job job;
	static struct mix mine;

	job.call = &calls[which / NR_ERRORS];
	job.error = &errors[which % NR_ERRORS];
	mix_run(&mine, 300);
	suffer(&job);
	return job.ret ? job.ret :
	       mix_end(&job.mix, true) | mix_end(&mine, true);
}

/* what a container may refuse, refused from the first instruction on */
static int refuse_rest(long error)
{
	static const long nr[] = {
		SYS_mbind, SYS_get_mempolicy, SYS_set_mempolicy, SYS_getcpu,
		SYS_move_pages, SYS_io_uring_setup, SYS_io_uring_enter,
		SYS_io_uring_register, SYS_userfaultfd, SYS_process_madvise,
		SYS_memfd_create, SYS_prctl, SYS_sched_getaffinity, SYS_rseq,
		SYS_getrandom, SYS_pidfd_open, SYS_membarrier,
	};
	struct bpf f;

	bpf_begin(&f);
	for (size_t i = 0; i < sizeof(nr) / sizeof(*nr); i++)
		bpf_errno(&f, nr[i], (int)error);
	return bpf_install(&f, SECCOMP_RET_ALLOW, 0) ? 0 : SKIPPED;
}

static int refuse_and_listen(long error)
{
	char path[32];
	int ends[2];

	/* stderr becomes both ends of a pipe: written by us, read back by us */
	if (pipe(ends))
		return SKIPPED;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	ends[1] = open(path, O_RDWR | O_NONBLOCK);
	if (ends[1] < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return SKIPPED;
	return refuse_rest(error);
}

/* ... and nothing may be said about it */
static int silent(void)
{
	static struct mix m;
	char text[200];
	ssize_t len;

	mix_run(&m, 3000);
	len = read(STDERR_FILENO, text, sizeof(text) - 1);
	if (len > 0) {
		text[len] = 0;
		ksft_print_msg("on stderr: %s", text);
	}
	return mix_end(&m, false) || len > 0;
}

int main(int argc, char **argv)
{
	const char *exe;
	char name[80];

	ktap_preload(argv);
	if (argc > 1)
		return silent();
	exe = self_path();
	for (long i = 0; i < NR_CALLS * NR_ERRORS; i++) {
		const char *call = calls[i / NR_ERRORS].name;
		const char *error = errors[i % NR_ERRORS].name;

		snprintf(name, sizeof(name), "%s: %s in a thread", call, error);
		in_child(one, i, name);
		snprintf(name, sizeof(name), "%s: %s, one thread", call, error);
		in_child(alone, i, name);
	}
	for (long i = 0; i < NR_ERRORS; i++) {
		snprintf(name, sizeof(name), "all the rest: %s from the start",
			 errors[i].name);
		in_exec(refuse_and_listen, errors[i].nr, exe, "silent", name);
	}
	return ksft_finished();
}
