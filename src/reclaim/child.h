/* SPDX-License-Identifier: MIT */
/*
 * child.h - a fork child takes back memory that other threads were decommitting.
 *
 * The child does not have the parent's other threads. The superslabs that these
 * threads were decommitting have unknown contents and no owner.
 */
#pragma once

/*
 * For a fork child: superslabs and units that missing threads were giving to the
 * kernel become free.
 */
void hak_child_recover(void);

/*
 * The same in a child in which no fork handler ran; in other processes nothing.
 * Call hak_child_look() before each wait for another thread.
 */
void hak_child_look(void);
