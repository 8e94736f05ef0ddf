#ifndef BJ_DAYLOG_H
#define BJ_DAYLOG_H

/* bj_daylog - the events of one trading day in one file: what members were told stays true.
 *
 * Shape      a header of 128 bytes, then events of 128 bytes (bj_wire_cmd.h), seq from 1; event n
 *            is at 128 * n.  Each has its CRC32C; reserved[0]: 1 a group's first event, 2 its last.
 * Groups     what is appended together is there whole or not at all: open cuts a group that was
 *            begun and not finished.  An event that is damaged further in is an error.
 * Errors     BJ_ERR_CORRUPT, BJ_ERR_IO, with the file and the reason in the log.  After a failed
 *            append nothing more is taken: what the disk has is not known.
 * Threads    one.
 * Cost       append: a write and an fdatasync; read: a pread. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_daylog bj_daylog_t;
typedef void bj_daylog_fn(void *ctx, const bj_event_t *event);

/* Opens or makes `dir`/nnf-YYYYMMDD.events; the folder is made if it is not there.  day: since
 * 1970-01-01, IST.  each: every event that is there, in sequence.  NULL: see the log. */
bj_daylog_t *bj_daylog_open(const char *dir, uint32_t day, bj_daylog_fn *each, void *ctx);
void bj_daylog_close(bj_daylog_t *daylog);
/* Sequences go on from the last one.  Durable when it returns BJ_OK. */
BJ_MUST_USE bj_status_t bj_daylog_append(bj_daylog_t *daylog, const bj_event_t *events,
                                         size_t event_cnt);
BJ_MUST_USE bool bj_daylog_read(const bj_daylog_t *daylog, uint64_t seq, bj_event_t *event);
uint64_t bj_daylog_last(const bj_daylog_t *daylog); /* seq; 0: none */

#endif /* BJ_DAYLOG_H */
