/* SPDX-License-Identifier: MIT */
/*
 * trees.c - binary trees are built and freed, small ones and large ones.
 *
 * Models  a language's objects that hang together; a large tree lives all the
 *         time beside trees of 31 to 131,071 nodes, as many nodes of each size.
 * Honest  every node of 24 bytes is written and read back; a node is freed after
 *         the trees below it, as a destructor does.
 */
#include "load.h"

enum { DEEP = 16, SHALLOW = 4, DEEPER = 4 };

struct node {
	uint64_t tag;
	struct node *left;
	struct node *right;
};

static struct node *build(int depth)
{
	struct node *node = load_get(sizeof(*node), depth);

	node->left = depth ? build(depth - 1) : NULL;
	node->right = depth ? build(depth - 1) : NULL;
	return node;
}

static void fell(struct node *node, int depth)
{
	if (depth) {
		fell(node->left, depth - 1);
		fell(node->right, depth - 1);
	}
	load_put(node, depth);
}

/* Trees of DEPTH with about NR nodes together; returns the nodes. */
static long grow(int depth, long nr)
{
	long each = (2L << depth) - 1, nodes = 0;

	do {
		fell(build(depth), depth);
		nodes += each;
	} while (nodes < nr);
	return nodes;
}

static long forest(long nr)
{
	long nodes = 0;

	for (int depth = SHALLOW; depth <= DEEP; depth += DEEPER)
		nodes += grow(depth, nr / (1 + (DEEP - SHALLOW) / DEEPER));
	return nodes;
}

static void work(struct load_thread *self)
{
	struct node *lasting = build(DEEP);
	long nr = load_ops(self->args, 8e6);

	forest(nr / 16);
	load_begin(self);
	load_end(self, forest(nr));
	fell(lasting, DEEP);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
