/* SPDX-License-Identifier: MIT */
/*
 * tls_static_lib.c - a library using a little of the loader's small reserve of
 * static thread-local storage, like an allocator.
 */
static __thread long word __attribute__((tls_model("initial-exec")));

int tls_touch(int value)
{
	word += value;
	return word == value;
}
