#ifndef BJ_AUDIT_THREAD_H
#define BJ_AUDIT_THREAD_H

/* bj_audit_thread - the audit writer on a thread of its own, which sleeps when there is nothing: it
 * may wait for the disk, and nobody waits for it.
 *
 *   audit.dir        absent: data_dir/audit
 *   audit.rotate_mb  a file's size, [1, 4096]; absent: 128
 *   audit.sync_ms    how much of it a loss of power may take, [1, 60000]; absent: 1000
 *   audit.ring_log2  records that the ring holds, [4, 20]; absent: 16, which is 12 MB
 *
 * Errors  false after a sentence in the log. */
#include <pthread.h>
#include "dataplane/audit/bj_audit_writer.h"
#include "dataplane/base/bj_config.h"

typedef struct bj_audit_thread {
    bj_ring_t *ring;
    void      *ring_mem;
    char       dir[512];
    uint64_t   rotate_bytes;
    int64_t    sync_ns;
    bj_audit_writer_t *writer;
    pthread_t  thread;
    bool       started;
    _Atomic bool stop;
} bj_audit_thread_t;

/* The ring, for the gateway; then the files and the thread. */
bool bj_audit_thread_new(bj_audit_thread_t *audit, const bj_config_t *config);
bool bj_audit_thread_start(bj_audit_thread_t *audit);
/* What is in the ring is written first: call it when the gateway has said its last. */
void bj_audit_thread_stop(bj_audit_thread_t *audit);

#endif /* BJ_AUDIT_THREAD_H */
