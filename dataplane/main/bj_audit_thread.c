#include "dataplane/main/bj_audit_thread.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_pages.h"

enum { MB_BYTES = 1 << 20 };
static const struct timespec idle = {.tv_nsec = 5000000};

bool bj_audit_thread_new(bj_audit_thread_t *audit, const bj_config_t *config) {
    const char *dir = bj_config_str_or(config, "audit.dir", NULL);
    int n = dir ? snprintf(audit->dir, sizeof audit->dir, "%s", dir)
                : snprintf(audit->dir, sizeof audit->dir, "%s/audit",
                           bj_config_str(config, "data_dir"));
    audit->rotate_bytes =
        (uint64_t)bj_config_int_or(config, "audit.rotate_mb", 1, 4096, 128) * MB_BYTES;
    audit->sync_ns = bj_config_int_or(config, "audit.sync_ms", 1, 60000, 1000) * BJ_NS_PER_MS;
    uint64_t depth = UINT64_C(1) << bj_config_int_or(config, "audit.ring_log2", 4, 20, 16);
    size_t bytes = bj_ring_footprint(depth, sizeof(bj_audit_slot_t));
    audit->ring_mem = bj_pages_new(bytes);
    if (audit->ring_mem) audit->ring = bj_ring_new(audit->ring_mem, depth, sizeof(bj_audit_slot_t));
    bool ok = audit->ring && n < (int)sizeof audit->dir;
    if (!ok) BJ_ERROR("audit.dir is too long, or there is no memory for the audit's ring");
    return ok;
}

static void *thread_main(void *arg) {
    bj_audit_thread_t *audit = (bj_audit_thread_t *)arg;
    while (!atomic_load_explicit(&audit->stop, memory_order_acquire)) {
        if (!bj_audit_writer_step(audit->writer, bj_clock_now())) nanosleep(&idle, NULL);
    }
    return NULL;
}

bool bj_audit_thread_start(bj_audit_thread_t *audit) {
    bj_audit_writer_config_t config = {.dir = audit->dir, .rotate_bytes = audit->rotate_bytes,
                                       .sync_ns = audit->sync_ns, .ring = audit->ring};
    audit->writer = bj_audit_writer_new(&config);
    if (!audit->writer) return false;
    audit->started = pthread_create(&audit->thread, NULL, thread_main, audit) == 0;
    if (!audit->started) BJ_ERROR("no thread for the audit log");
    return audit->started;
}

void bj_audit_thread_stop(bj_audit_thread_t *audit) {
    atomic_store_explicit(&audit->stop, true, memory_order_release);
    if (audit->started) pthread_join(audit->thread, NULL);
    audit->started = false;
    bj_audit_writer_free(audit->writer);
    audit->writer = NULL;
    free(audit->ring_mem);
    audit->ring_mem = NULL;
}
