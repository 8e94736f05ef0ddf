#ifndef BJ_JOURNAL_H
#define BJ_JOURNAL_H

/* bj_journal - the durable command log: the record of orders.
 *
 * Shape      a folder of files journal-NNNNNN.bjj, each preallocated, a 4096-byte header and then
 *            128-byte commands, each with its CRC32C (bj_cmd_t.check), sequence without holes.
 * Durability bj_journal_commit returns only when everything appended before it is on the disk
 *            (fdatasync).  Append many, commit once: group commit.
 * Recovery   bj_journal_open reads all of it, hands each command to replay in order, cuts a torn
 *            tail (bytes after the last whole record that were never acknowledged), refuses a hole
 *            or a bad record in the middle (BJ_ERR_CORRUPT), and says in the log what it did.
 * Threads    one writer (the journal tile).
 * Errors     BJ_ERR_IO: the disk said no; the process must stop acknowledging. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_journal bj_journal_t;
typedef void bj_journal_replay_fn(void *ctx, const bj_cmd_t *cmd);

typedef struct bj_journal_report {
    uint64_t journal_id; /* random, made with the first file, in every file's header; never 0 */
    uint64_t cmd_cnt, last_seq, torn_bytes;
    uint32_t file_cnt;
} bj_journal_report_t;

/* durable false is policy `memory`: nothing is synced; for benchmarks, said at start. */
BJ_MUST_USE bj_status_t bj_journal_open(const char *dir, bool durable, bj_journal_replay_fn *replay,
                                        void *ctx, bj_journal_report_t *report,
                                        bj_journal_t **journal);
/* Read only, no writer may be needed: bijli-journal and the tests.  Cuts nothing. */
BJ_MUST_USE bj_status_t bj_journal_scan(const char *dir, bj_journal_replay_fn *replay, void *ctx,
                                        bj_journal_report_t *report);
BJ_MUST_USE bj_status_t bj_journal_append(bj_journal_t *journal, const bj_cmd_t *cmd);
BJ_MUST_USE bj_status_t bj_journal_commit(bj_journal_t *journal);
void bj_journal_close(bj_journal_t *journal);

#endif /* BJ_JOURNAL_H */
