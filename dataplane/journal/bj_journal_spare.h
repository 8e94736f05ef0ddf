#ifndef BJ_JOURNAL_SPARE_H
#define BJ_JOURNAL_SPARE_H

/* bj_journal_spare - the journal's next file, made ready while this one is being written.
 *
 * Purpose    A block that was only set aside (fallocate) costs the file system an entry of its own
 *            when it is first written and synced; one that holds zeros already does not.  See
 *            docs/journal.md for what that saves a commit.
 * Shape      journal-spare.tmp in the journal's folder, all zeros, synced; piece by piece, with
 *            pauses, because the same disk is asked to commit meanwhile.
 * Threads    one of its own; begin, take and end are the journal's writer's.
 * Errors     none: without a spare the writer makes its file as it needs it. */
#include "dataplane/base/bj_base.h"

typedef struct bj_journal_spare bj_journal_spare_t;

/* NULL: no memory or no thread. */
bj_journal_spare_t *bj_journal_spare_begin(const char *dir, uint64_t file_bytes);
/* A descriptor of the ready file, the caller's now, and its name until it is renamed, which comes
 * before bj_journal_spare_next; -1: it is not ready. */
int bj_journal_spare_take(bj_journal_spare_t *spare, const char **path);
void bj_journal_spare_next(bj_journal_spare_t *spare);
void bj_journal_spare_end(bj_journal_spare_t *spare); /* NULL allowed */

/* Writes zeros over the whole file, in pieces; pause_us between two.  False: errno says why, or
 * *stop was set. */
bool bj_journal_zero(int fd, uint64_t file_bytes, uint32_t pause_us, const _Atomic bool *stop);

#endif /* BJ_JOURNAL_SPARE_H */
