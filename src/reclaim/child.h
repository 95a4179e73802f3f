/* SPDX-License-Identifier: MIT */
/*
 * child.h - what a fork child does with the work of the parent's other threads.
 *
 * In the child these threads do not exist. Superslabs that the threads were
 * decommitting have unknown contents, and belong to nobody.
 */
#pragma once

/* For a fork child: make the superslabs and units in the threads' hands free. */
void hak_child_recover(void);

/*
 * The same, if the process is a child without fork handlers. Call this before each
 * wait for another thread.
 */
void hak_child_look(void);
