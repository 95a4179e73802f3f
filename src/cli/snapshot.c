/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - copies a running process's observations of its own memory.
 *
 * Owns    the checks: each size may be wrong, and each pointer may be invalid.
 * Calls   process.h, say.h.
 */
#include "cli/snapshot.h"

#include "cli/process.h"
#include "cli/say.h"
#include "base/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	bool works;
	const char *words;
} mode_table[HAK_MODES] = {
#define HAK_MODE(id, works, words) [HAK_MODE_##id] = { works, words },
#include "base/modes.def"
#undef HAK_MODE
};

const char *hak_snapshot_mode_words(uint8_t mode)
{
	return mode < HAK_MODES ? mode_table[mode].words
				: "not known to this hakmem, which is too old";
}

bool hak_snapshot_mode_works(uint8_t mode)
{
	return mode < HAK_MODES && mode_table[mode].works;
}

int64_t hak_snapshot_node(const struct hak_snapshot *snapshot, uint32_t index)
{
	if (!snapshot->view || index >= snapshot->page.nodes)
		return HAK_SNAPSHOT_NO_NODE;
	return snapshot->view[index].node;
}

void hak_snapshot_label(uint32_t node,
			char ret_label[static HAK_SNAPSHOT_LABEL_BYTES])
{
	if (node == UINT32_MAX)
		strcpy(ret_label, "large");
	else
		snprintf(ret_label, HAK_SNAPSHOT_LABEL_BYTES, "node %u",
			 (unsigned int)node);
}

void hak_snapshot_free(struct hak_snapshot *snapshot)
{
	for (uint32_t i = 0; snapshot->view && i < snapshot->page.spans; i++)
		free((void *)(uintptr_t)snapshot->view[i].history);
	free(snapshot->view);
	free(snapshot->writes);
	snapshot->view = NULL;
	snapshot->writes = NULL;
}

/*
 * An older stats page is shorter, so read the version first, and then the whole page.
 */
static int read_stats_page(pid_t process, uint64_t address,
			   struct hakmem_stats *page)
{
	const size_t head = offsetof(struct hakmem_stats, counters);
	int result = hak_process_read(process, address, page, head);

	if (result)
		return hak_process_complain(process, result);
	if (memcmp(page->magic, "hakmem\0\0", sizeof(page->magic)))
		return hak_process_complain(process, -EFAULT);
	if (page->version < 2) {
		hak_cli_say("heat: %d runs an older hakmem: version %u of the "
			    "stats page has no heat",
			    process, (unsigned int)page->version);
		return -ENODATA;
	}
	result = hak_process_read(process, address, page, sizeof(*page));
	return result ? hak_process_complain(process, result) : 0;
}

static int check_stats_page(pid_t process, const struct hakmem_stats *page)
{
	if (page->spans > HAK_SPANS_MAX || page->nodes > page->spans)
		return hak_process_complain(process, -ERANGE);
	if (hak_snapshot_mode_works(page->heat) ||
	    hak_snapshot_mode_works(page->locality))
		return 0;
	if (page->locality != HAK_MODE_OFF)
		hak_cli_say("heat: %d: locality is %s", process,
			    hak_snapshot_mode_words(page->locality));
	if (page->locality == HAK_MODE_OFF || page->heat != HAK_MODE_OFF)
		hak_cli_say("heat: %d: heat is %s%s", process,
			    hak_snapshot_mode_words(page->heat),
			    page->heat == HAK_MODE_OFF
				    ? "; run the program with "
				      "HAKMEM_OBSERVE=heat"
				    : "");
	return -ENODATA;
}

static int read_historys(pid_t process, struct hakmem_view *view,
			uint64_t address)
{
	struct hakmem_history *history;
	int result;

	if (!view->superslabs)
		return 0;
	history = malloc(view->superslabs * sizeof(*history));
	if (!history)
		return -ENOMEM;
	view->history = history;
	result = hak_process_read(process, address, history,
				  view->superslabs * sizeof(*history));
	return result;
}

/*
 * Before each read, the function replaces the process's pointer by NULL or by the
 * address of the tool's copy. So hak_snapshot_free() frees only the tool's memory, even
 * after a failure.
 */
static int read_views(pid_t process, struct hak_snapshot *snapshot)
{
	uint32_t spans = snapshot->page.spans;
	uint32_t left = HAK_SNAPSHOT_SUPERSLABS_MAX;
	struct hakmem_view *views = calloc(spans, sizeof(*views));
	int result;

	if (!views)
		return -ENOMEM;
	snapshot->view = views;
	for (uint32_t i = 0; i < spans; i++) {
		struct hakmem_view view;

		result = hak_process_read(process,
					  (uintptr_t)snapshot->page.view +
						  i * sizeof(view),
					  &view, sizeof(view));
		if (result)
			return result;
		if (view.superslabs > left)
			return -ERANGE;
		left -= view.superslabs;
		views[i] = view;
		views[i].history = NULL;
		result = read_historys(process, &views[i],
				      (uintptr_t)view.history);
		if (result)
			return result;
	}
	return 0;
}

static int read_writes(pid_t process, struct hak_snapshot *snapshot)
{
	size_t cells = (size_t)snapshot->page.nodes * snapshot->page.nodes;

	snapshot->writes = malloc(cells * sizeof(*snapshot->writes));
	if (!snapshot->writes)
		return -ENOMEM;
	return hak_process_read(process, (uintptr_t)snapshot->page.writes,
				snapshot->writes,
				cells * sizeof(*snapshot->writes));
}

int hak_snapshot_take(pid_t process, uint64_t page,
		      struct hak_snapshot *ret_snapshot)
{
	struct hak_snapshot snapshot = { .view = NULL };
	int result;

	result = read_stats_page(process, page, &snapshot.page);
	if (!result)
		result = check_stats_page(process, &snapshot.page);
	if (result)
		return result;
	/*
	 * Until the process first observes its memory, there are no views and counts.
	 */
	if (snapshot.page.view && snapshot.page.spans)
		result = read_views(process, &snapshot);
	if (!result && snapshot.page.writes && snapshot.page.nodes)
		result = read_writes(process, &snapshot);
	if (result) {
		hak_snapshot_free(&snapshot);
		return hak_process_complain(process, result);
	}
	*ret_snapshot = snapshot;
	return 0;
}
