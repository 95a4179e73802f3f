/* SPDX-License-Identifier: MIT */
/*
 * child.h - what a fork child does with the work of the parent's other threads.
 *
 * The child does not have these threads. Superslabs that the threads were
 * decommitting have unknown contents and no owner.
 */
#pragma once

/*
 * For a fork child: make the superslabs and units free that missing threads
 * were giving back.
 */
void hak_child_recover(void);

/*
 * The same in a child without fork handlers; in other processes nothing. Call
 * this before each wait for another thread.
 */
void hak_child_look(void);
