#ifndef BJ_AUDIT_INDEX_H
#define BJ_AUDIT_INDEX_H

/* bj_audit_index - where in a finished log an id stands: audit-SEQ.idx beside audit-SEQ.log.
 *
 * Form       a bj_audit_index_head_t, then two lists of bj_audit_entry_t, by client order id and by
 *            order id, each sorted by key, then place.
 * Truth      the log is the record; an index that is missing, damaged or of another length of log
 *            is not used, and can be made again.
 * Threads    any; one maker of an index at a time.  Errors  bj_status_t.
 * Cost       made once, by reading the log: some 0.1 s for 128 MB in the page cache. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_status.h"

enum { BJ_AUDIT_INDEX_SESSION_WORDS = 16 };

typedef struct bj_audit_index_head {
    char     magic[8]; /* BJ_AUDIT_INDEX_MAGIC */
    uint64_t log_bytes, record_cnt;
    int64_t  first_ns, last_ns; /* earliest and latest time in it */
    uint64_t client_cnt, order_cnt; /* entries */
    uint64_t sessions[BJ_AUDIT_INDEX_SESSION_WORDS]; /* a bit for each that is in it */
    uint32_t entries_check; /* CRC32C of the lists */
    uint32_t check;         /* CRC32C of all before it */
} bj_audit_index_head_t;
BJ_WIRE_SIZE(bj_audit_index_head_t, 192);

typedef struct bj_audit_entry {
    uint64_t key, at_bytes;
} bj_audit_entry_t;

#define BJ_AUDIT_INDEX_MAGIC "BJAUDIX1"

typedef struct bj_audit_index {
    bj_audit_index_head_t head;
    bj_audit_entry_t *client, *order;
} bj_audit_index_t;

/* log_path ends in .log. */
BJ_MUST_USE bj_status_t bj_audit_index_make(const char *log_path);
/* BJ_ERR_NOT_FOUND: there is none that may be used. */
BJ_MUST_USE bj_status_t bj_audit_index_load(const char *log_path, bj_audit_index_t *index);
void bj_audit_index_free(bj_audit_index_t *index);
/* The first entry with key; *cnt of them follow each other. */
const bj_audit_entry_t *bj_audit_index_find(const bj_audit_entry_t *entries, uint64_t entry_cnt,
                                            uint64_t key, uint64_t *cnt);

#endif /* BJ_AUDIT_INDEX_H */
