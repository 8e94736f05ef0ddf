#ifndef BJ_JOURNAL_H
#define BJ_JOURNAL_H

/* bj_journal - the durable command log: the record of orders.
 *
 * Shape      a folder of files journal-NNNNNN.bjj, each preallocated, a 4096-byte header and then
 *            128-byte commands, each with its CRC32C (bj_cmd_t.check), sequence without holes.
 * Durability bj_journal_commit returns only when everything appended before it is on the disk
 *            (fdatasync).  Append many, commit once: group commit.
 * Recovery   bj_journal_open reads all of it, hands each command to replay in order, cuts a torn
 *            tail (what was never acknowledged), refuses a hole or a bad record in the middle
 *            (BJ_ERR_CORRUPT), and says in the log what it did.  A power loss may keep a later part
 *            of the last group and lose an earlier one: each record says how many before it share
 *            its fdatasync, so that this is told from a hole in what was acknowledged.
 *            bj_journal_open_after does the same behind a sequence that a snapshot has, and needs
 *            no file that lies wholly before it.
 * Venue      its commands mean something else where orders go to an exchange (docs/venue.md): each
 *            file says which it is, from the first one on.
 * Threads    one writer (the journal tile).
 * Errors     BJ_ERR_IO: the disk said no; the process must stop acknowledging. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_journal bj_journal_t;
typedef void bj_journal_replay_fn(void *ctx, const bj_cmd_t *cmd);

typedef struct bj_journal_report {
    uint64_t journal_id; /* random, made with the first file, in every file's header; never 0 */
    uint64_t cmd_cnt;    /* handed to replay */
    uint64_t last_seq, torn_bytes;
    uint32_t file_cnt; /* number of the last file */
    bool     venue;    /* its orders are at an exchange */
} bj_journal_report_t;

/* durable false is policy `memory`: nothing is synced; for benchmarks, said at start. */
BJ_MUST_USE bj_status_t bj_journal_open(const char *dir, bool durable, bj_journal_replay_fn *replay,
                                        void *ctx, bj_journal_report_t *report,
                                        bj_journal_t **journal);
/* One that is not there yet, and says whether its orders go to an exchange; bj_journal_open makes
 * one whose orders do not.  BJ_ERR_EXISTS: it is there. */
BJ_MUST_USE bj_status_t bj_journal_create(const char *dir, bool durable, bool venue,
                                          bj_journal_report_t *report, bj_journal_t **journal);
/* Only what comes after after_seq is handed to replay.  BJ_ERR_SEQUENCE: the journal begins after
 * it (files were taken away), or ends before it; 0: all of it. */
BJ_MUST_USE bj_status_t bj_journal_open_after(const char *dir, bool durable, uint64_t after_seq,
                                              bj_journal_replay_fn *replay, void *ctx,
                                              bj_journal_report_t *report,
                                              bj_journal_t **journal);
/* Read only, no writer may be needed: bijli-journal and the tests.  Cuts nothing. */
BJ_MUST_USE bj_status_t bj_journal_scan(const char *dir, bj_journal_replay_fn *replay, void *ctx,
                                        bj_journal_report_t *report);
BJ_MUST_USE bj_status_t bj_journal_scan_after(const char *dir, uint64_t after_seq,
                                              bj_journal_replay_fn *replay, void *ctx,
                                              bj_journal_report_t *report);
/* The same while a writer is at work: up to the last record that is there, whole. */
BJ_MUST_USE bj_status_t bj_journal_scan_live(const char *dir, uint64_t after_seq,
                                             bj_journal_replay_fn *replay, void *ctx,
                                             bj_journal_report_t *report);
/* One file, by its name alone: wherever it lies, whatever is beside it. */
BJ_MUST_USE bj_status_t bj_journal_scan_file(const char *file, bj_journal_replay_fn *replay,
                                             void *ctx, bj_journal_report_t *report);
/* The journal's number; BJ_ERR_NOT_FOUND: no folder, or no file in it. */
BJ_MUST_USE bj_status_t bj_journal_id(const char *dir, uint64_t *journal_id);
/* The same, and whether its orders are at an exchange. */
BJ_MUST_USE bj_status_t bj_journal_whose(const char *dir, uint64_t *journal_id, bool *venue);
/* Is there a whole record with this sequence?  Looks at headers and that one place: cheap. */
bool bj_journal_has(const char *dir, uint64_t seq);
bool bj_journal_record(const char *dir, uint64_t seq, bj_cmd_t *cmd); /* the same, and it is here */
/* Removes files that hold nothing after before_seq, never the last one.  Returns how many. */
uint32_t bj_journal_prune(const char *dir, uint64_t before_seq);
BJ_MUST_USE bj_status_t bj_journal_append(bj_journal_t *journal, const bj_cmd_t *cmd);
/* Everything appended before it is with the kernel: another may read it, and the end of this
 * process does not lose it; a power failure may.  For commands that a standby makes durable. */
BJ_MUST_USE bj_status_t bj_journal_write(bj_journal_t *journal);
BJ_MUST_USE bj_status_t bj_journal_commit(bj_journal_t *journal);
void bj_journal_close(bj_journal_t *journal);

#endif /* BJ_JOURNAL_H */
