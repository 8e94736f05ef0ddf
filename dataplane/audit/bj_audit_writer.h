#ifndef BJ_AUDIT_WRITER_H
#define BJ_AUDIT_WRITER_H

/* bj_audit_writer - takes records off the ring and writes them; no tile, no loop: a thread of its
 * own that may wait for the disk.
 *
 * Start      the last file's torn end, left by a killed process, is kept beside it as
 *            audit-SEQ.torn and cut off; files without an index get one; a new file begins.
 * Rotation   a file that has reached rotate_bytes gets its index, and a new one begins.
 * Disk       written as it comes, synced every sync_ns.  If the disk refuses, records are missed
 *            and counted; a new file is tried each second, and begins with a MISSED record.
 * Threads    step, drain and free from one; the counters from any.
 * Cost       of a record: one copy and a CRC, a write for up to 1 MB of them. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"

typedef struct bj_audit_writer bj_audit_writer_t;

typedef struct bj_audit_writer_config {
    const char *dir; /* made if it is not there */
    uint64_t rotate_bytes;
    int64_t  sync_ns;
    bj_ring_t *ring; /* of bj_audit_slot_t */
} bj_audit_writer_config_t;

typedef struct bj_audit_counters {
    uint64_t records, bytes, files; /* written since start */
    uint64_t missed;    /* by the gateway or for want of a disk, since start */
    uint64_t failing;   /* 1: the disk refuses */
    uint64_t missed_ns; /* wall clock of the last miss; 0: none */
    uint64_t torn_bytes; /* cut off at start */
} bj_audit_counters_t;

/* NULL: the directory cannot be used; the log says why. */
bj_audit_writer_t *bj_audit_writer_new(const bj_audit_writer_config_t *config);
/* Writes what is there, up to a megabyte; returns how many records. */
uint32_t bj_audit_writer_step(bj_audit_writer_t *writer, bj_now_t now);
/* Writes all that is there, syncs, closes. */
void bj_audit_writer_free(bj_audit_writer_t *writer);
void bj_audit_writer_counters(const bj_audit_writer_t *writer, bj_audit_counters_t *counters);

#endif /* BJ_AUDIT_WRITER_H */
