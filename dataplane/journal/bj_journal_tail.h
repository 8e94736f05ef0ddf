#ifndef BJ_JOURNAL_TAIL_H
#define BJ_JOURNAL_TAIL_H

/* bj_journal_tail - commands out of a journal that somebody is still writing, and the first file of
 * a journal that is a copy of another.
 *
 * Use        bj_journal_tail_read asks only for what the writer said that it has written.
 * Ownership  _open allocates, _close frees; at most one file is open.
 * Threads    one; the writer may be another one, or another process.
 * Cost       a read of at most `max` records out of the page cache; opening a file once in half a
 *            million commands. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_journal_tail bj_journal_tail_t;

/* NULL: the name is too long, or no memory. */
bj_journal_tail_t *bj_journal_tail_open(const char *dir);
void bj_journal_tail_close(bj_journal_tail_t *tail);

/* bj_journal_tail_read gives 1 to max commands from from_seq (>= 1) on; the end of a file may come
 * before max.
 *   BJ_ERR_NOT_FOUND no file has it (any more)
 *   BJ_ERR_CORRUPT   a header, a sequence or a checksum is not what was written
 *   BJ_ERR_IO        the disk said no */
BJ_MUST_USE bj_status_t bj_journal_tail_read(bj_journal_tail_t *tail, uint64_t from_seq,
                                             bj_cmd_t *cmds, uint32_t max, uint32_t *cnt);

/* bj_journal_seed makes dir and in it a journal's first file, empty, with this id and venue:
 * bj_journal_open goes on there.  BJ_ERR_EXISTS: there is a journal, or snapshots of one. */
BJ_MUST_USE bj_status_t bj_journal_seed(const char *dir, uint64_t journal_id, bool venue);

#endif /* BJ_JOURNAL_TAIL_H */
