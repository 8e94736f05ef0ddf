#ifndef BJ_SNAPSHOTTER_H
#define BJ_SNAPSHOTTER_H

/* bj_snapshotter - makes snapshots of a journal that somebody else may be writing.
 *
 * Purpose    A second engine that follows the journal's files: it begins with the newest good
 *            snapshot, applies what came after it, and saves.  The writer knows nothing of it.
 * Durable    the journal's last group is left out: only the next one proves that the disk has it.
 *            No snapshot is ahead of its journal, whatever fails.
 * Memory     one engine of the config, and a second one while it saves.
 * Threads    one; meant for a process of its own, of low priority. */
#include "dataplane/journal/bj_snap.h"

typedef struct bj_snapshotter bj_snapshotter_t;

/* NULL: no such engine, no memory.  The journal may not be there yet. */
bj_snapshotter_t *bj_snapshotter_new(const char *dir, const bj_engine_config_t *config);
void bj_snapshotter_free(bj_snapshotter_t *snapshotter);

/* If at least every commands (>= 1) came after the newest snapshot: follows the journal to its last
 * group, saves, and removes all but the BJ_SNAP_KEPT newest.  *info: the snapshot's, or where the
 * engine stands; *saved: whether a file was made.
 *   BJ_ERR_NOT_FOUND   no journal there yet
 *   BJ_ERR_SEQUENCE    a command that the engine does not take, or a pruned journal without a
 *                      snapshot
 *   BJ_ERR_CONFIG      the journal is of another venue than the config
 *   BJ_ERR_FULL        no memory
 *   BJ_ERR_IO, BJ_ERR_CORRUPT  with a sentence in the log */
BJ_MUST_USE bj_status_t bj_snapshotter_step(bj_snapshotter_t *snapshotter, uint64_t every,
                                            bj_snap_info_t *info, bool *saved);

#endif /* BJ_SNAPSHOTTER_H */
