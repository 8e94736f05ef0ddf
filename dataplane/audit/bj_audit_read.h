#ifndef BJ_AUDIT_READ_H
#define BJ_AUDIT_READ_H

/* bj_audit_read - the audit log read back: one file, or all that match a question.
 *
 * Ownership  a record and its message are borrowed for the call they are handed to.
 * Threads    any number of readers beside the writer: a record that is not whole yet is the end.
 * Cost       by client order id or order id: two binary searches a file and the records found; the
 *            last file, and questions without an id, are read through. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_status.h"

/* One record of data, of which data_bytes are there.  *used_bytes is what it takes.
 *   BJ_ERR_TRUNCATED  it is not all there;  BJ_ERR_CORRUPT  check, kind or length is wrong */
BJ_MUST_USE bj_status_t bj_audit_parse(const uint8_t *data, size_t data_bytes,
                                       bj_audit_record_t *record, const uint8_t **msg,
                                       size_t *used_bytes);
/* The file's beginning; BJ_ERR_CORRUPT: it is none of ours. */
BJ_MUST_USE bj_status_t bj_audit_parse_file(const uint8_t *data, size_t data_bytes,
                                            bj_audit_file_t *file);
/* What a message of order entry names: ids and account, 0 where it names none. */
void bj_audit_keys(const uint8_t *msg, bj_audit_record_t *record);

/* NNF's client order id holds the client's own reference in its lower 32 bits: both find it. */
static inline bool bj_audit_names(const bj_audit_record_t *record, uint64_t client_order_id) {
    return record->client_order_id == client_order_id ||
           (record->dialect != BJ_AUDIT_ORDER_ENTRY &&
            (uint32_t)record->client_order_id == client_order_id);
}

typedef bool bj_audit_fn(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                         uint64_t at_bytes); /* false: no more */

typedef struct bj_audit_scan {
    uint64_t record_cnt, first_seq, last_seq; /* last_seq: first_seq - 1 if there are none */
    uint64_t good_bytes; /* whole records end here */
    uint64_t rest_bytes; /* after them: torn, or damaged if the file is not the last */
} bj_audit_scan_t;

/* Every whole record of a file, in order. BJ_ERR_IO: it cannot be read; BJ_ERR_CORRUPT: its
 * beginning is wrong, or a sequence is not the one that follows. */
BJ_MUST_USE bj_status_t bj_audit_scan(const char *file, bj_audit_fn *take, void *ctx,
                                      bj_audit_scan_t *scan);

/* A file as it is now; *data is NULL if it is empty. */
BJ_MUST_USE bj_status_t bj_audit_map(const char *file, const uint8_t **data, size_t *data_bytes);
void bj_audit_unmap(const uint8_t *data, size_t data_bytes);

/* The logs of a directory, oldest first; *paths and its strings are the caller's to free by
 * bj_audit_files_free. */
BJ_MUST_USE bj_status_t bj_audit_files(const char *dir, char ***paths, size_t *cnt);
void bj_audit_files_free(char **paths, size_t cnt);

typedef struct bj_audit_query { /* 0: any */
    uint64_t client_order_id; /* also finds what names only the order ids it got, and NNF's orders
                                 whose reference (its lower 32 bits) it is */
    uint64_t order_id;
    int32_t  session_id; /* -1: any */
    uint32_t account_id;
    int64_t  from_ns, to_ns; /* inclusive; to_ns 0: until now */
} bj_audit_query_t;

/* Every record that answers, oldest first.  *found_cnt may be NULL. */
BJ_MUST_USE bj_status_t bj_audit_find(const char *dir, const bj_audit_query_t *query,
                                      bj_audit_fn *take, void *ctx, uint64_t *found_cnt);

#endif /* BJ_AUDIT_READ_H */
