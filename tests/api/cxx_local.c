/* SPDX-License-Identifier: MIT */
/*
 * cxx_local.c - a program in C that opens plugins in C++ for themselves alone, as
 * python, perl and nginx do. What they cannot have ends as C++ says: bad_alloc of
 * the plugin's own runtime, its own new_handler, or a null pointer.
 */
#include <dlfcn.h>
#include <pthread.h>

#include "../ktap.h"
#include "../ktap_lib.h"
#include "../ktap_run.h"
#include "cxx_local.h"

static const size_t too_much = (size_t)1 << 60;

struct plugin {
	void *handle;
	__typeof__(cxx_local_try) *try;
	__typeof__(cxx_local_handled) *handled;
};

static bool plug(struct plugin *plugin, const char *name)
{
	char path[KTAP_PATH];

	if (!ktap_lib_path(path, sizeof(path), name))
		return false;
	plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!plugin->handle)
		ksft_exit_fail_msg("%s", dlerror());
	plugin->try = (__typeof__(cxx_local_try) *)dlsym(plugin->handle,
							 "cxx_local_try");
	plugin->handled = (__typeof__(cxx_local_handled) *)dlsym(
		plugin->handle, "cxx_local_handled");
	return plugin->try && plugin->handled;
}

/* How many forms end otherwise than they have to. */
static int wrong(const struct plugin *plugin)
{
	int n = 0;

	for (int i = 0; i < CXX_LOCAL_FORMS; i++) {
		enum cxx_local_form form = (enum cxx_local_form)i;

		n += plugin->try(form, too_much) !=
		     (form < CXX_LOCAL_NOTHROW ? CXX_LOCAL_THROWN
					       : CXX_LOCAL_NULL);
		n += plugin->try(form, 1000) != CXX_LOCAL_BLOCK;
		n += plugin->handled(form, too_much) != CXX_LOCAL_CALLS;
	}
	return n;
}

static int alone(void *name)
{
	struct plugin plugin;

	return plug(&plugin, name) ? wrong(&plugin) : 99;
}

static int reloaded(void *name)
{
	struct plugin plugin;
	int n = 0;

	for (int i = 0; i < 5; i++) {
		if (!plug(&plugin, name))
			return 99;
		n += wrong(&plugin);
		dlclose(plugin.handle);
	}
	return n;
}

/* Each has a new_handler of its own, which the other must not call. */
static int together(void *name)
{
	struct plugin one, other;
	int n = 0;

	if (!plug(&one, "cxx_local_lib.so") || !plug(&other, name))
		return 99;
	for (int i = 0; i < 3; i++)
		n += wrong(&one) + wrong(&other);
	dlclose(one.handle);
	return n + wrong(&other);
}

static void *fail_often(void *arg)
{
	const struct plugin *plugin = arg;
	size_t n = 0;

	for (int i = 0; i < 2000; i++)
		n += plugin->try(CXX_LOCAL_NEW, too_much) != CXX_LOCAL_THROWN;
	return (void *)n;
}

static int threads(void *name)
{
	struct plugin plugin[2];
	pthread_t thread[4];
	size_t n = 0;
	void *ret;

	if (!plug(&plugin[0], "cxx_local_lib.so") || !plug(&plugin[1], name))
		return 99;
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, fail_often,
				   &plugin[i & 1]))
			return 98;
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &ret);
		n += (size_t)ret;
	}
	return n != 0;
}

/* The operators are there, and nobody to throw. */
static int without(void *unused)
{
	void *(*nothrow)(size_t, const void *) =
		(void *(*)(size_t, const void *))dlsym(
			RTLD_DEFAULT, "_ZnwmRKSt9nothrow_t");
	void *(*throwing)(size_t) =
		(void *(*)(size_t))dlsym(RTLD_DEFAULT, "_Znwm");

	(void)unused;
	if (!nothrow || !throwing || nothrow(too_much, NULL))
		return 1;
	throwing(too_much);
	return 2;
}

static void test(int (*fn)(void *), const char *name, const char *what)
{
	char path[KTAP_PATH];
	struct ktap_run run;

	if (!ktap_lib_path(path, sizeof(path), name)) {
		ksft_test_result_skip("it was not built", "%s", what);
		return;
	}
	ktap_run_fork(&run, fn, (void *)name, 60);
	ktap_run_result(&run, what);
}

int main(int argc, char **argv)
{
	static const char dynamic[] = "cxx_local_lib.so";
	static const char inside[] = "cxx_local_static_lib.so";
	struct ktap_run run;

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(7);
	test(alone, dynamic, "a plugin with the shared runtime");
	test(alone, inside, "a plugin with a runtime inside");
	test(reloaded, dynamic, "a plugin that is closed and opened again");
	test(reloaded, inside, "the same with a runtime inside");
	test(together, inside, "two runtimes at once");
	test(threads, inside, "two runtimes, from four threads");
	if (ktap_is_hakmem()) {
		ktap_run_fork(&run, without, NULL, 60);
		ksft_test_result(WIFSIGNALED(run.status) &&
					 WTERMSIG(run.status) == SIGABRT &&
					 strstr(run.err, "no C++ runtime"),
				 "no runtime at all is told");
	} else {
		ksft_test_result_skip("not hakmem", "no runtime at all");
	}
	return ksft_finished();
}
