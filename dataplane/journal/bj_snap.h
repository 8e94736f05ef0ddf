#ifndef BJ_SNAP_H
#define BJ_SNAP_H

/* bj_snap - the engine's whole state after one command of the journal, in a file.
 *
 * Purpose    Recovery need not begin with the first command.  The engine is deterministic: whoever
 *            reads the journal beside it makes a snapshot, and trading never waits for one.
 * Shape      snapshot-SSSSSSSSSSSSSSSSSSSS.bjs in the journal's folder, S the command's sequence: a
 *            256-byte header, then runs of bytes in which the parts of the engine (bj_parts.h)
 *            differ from those of a new one.  CRC32C over all of it, and the state's hash.
 * Bound to   the journal and its command of that sequence, the engine's config, and the build: its
 *            layout is in the header, and a snapshot of another one is refused.  A snapshot may
 *            always be thrown away: the journal has it all, as long as its files are kept.
 * Threads    any; the engines are the caller's.
 * Errors     saving: bj_status_t, a sentence in the log.  Loading: NULL, or why it is not taken. */
#include "dataplane/engine/bj_engine.h"

enum {
    BJ_SNAP_KEPT = 2,   /* the newest, and one should that be bad */
    BJ_SNAP_TYPES = 16, /* command types whose times are kept: all below that */
    BJ_SNAP_LIST_MAX = 64,
};

typedef struct bj_snap_info {
    uint64_t journal_id, cmd_seq, event_seq, state_hash;
    int64_t  last_time_ns;                   /* the last command's */
    int64_t  internal_ns[BJ_SNAP_TYPES]; /* session 0's last one of each type; 0: none */
    uint32_t last_check; /* of the last command, as it stands in the journal; 0: not known */
    uint32_t reserved;
} bj_snap_info_t;

/* Notes of a command what the engine does not keep. */
void bj_snap_note(bj_snap_info_t *info, const bj_cmd_t *cmd);

/* Saves the engine, as it is, under info's sequences (made right here, the hash too): another name,
 * fdatasync, rename, fsync of the folder.  blank: a new engine of the same config, elsewhere. */
BJ_MUST_USE bj_status_t bj_snap_save(const char *dir, bj_engine_t *engine, bj_engine_t *blank,
                                         const bj_engine_config_t *config,
                                         bj_snap_info_t *info);

/* Looks at the header alone. */
const char *bj_snap_look(const char *dir, uint64_t cmd_seq, bj_snap_info_t *info);
/* engine: a new one of this config.  Not NULL: why not; the engine must be made anew. */
const char *bj_snap_load(const char *dir, uint64_t cmd_seq, uint64_t journal_id,
                             const bj_engine_config_t *config, bj_engine_t *engine,
                             bj_snap_info_t *info);

/* Sequences of what lies there by name, newest first; at most BJ_SNAP_LIST_MAX.  How many. */
size_t bj_snap_list(const char *dir, uint64_t cmd_seq[BJ_SNAP_LIST_MAX]);
/* Removes all but the BJ_SNAP_KEPT newest; returns the sequence of the oldest one kept, 0 if
 * there are fewer. */
uint64_t bj_snap_thin(const char *dir);

#endif /* BJ_SNAP_H */
