/* Whatever bytes a log and its index consist of: the reader stays inside them, and a file that it
 * takes apart adds up to its length. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/audit/bj_audit_index.h"
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/base/bj_hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static void must(bool holds) {
    if (!holds) abort();
}

static bool look(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                 uint64_t at_bytes) {
    (void)ctx, (void)at_bytes;
    bj_audit_record_t keys = *record;
    must(record->msg_bytes <= BJ_AUDIT_MESSAGE_MAX_BYTES);
    bj_audit_keys(msg, &keys);
    return true;
}

static void file_put(const char *path, const uint8_t *data, size_t data_bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, data, data_bytes) == (ssize_t)data_bytes);
    close(fd);
}

/* Mends the checks of the first record, so that what comes behind them is reached. */
static void mend(uint8_t *data, size_t data_bytes) {
    bj_audit_file_t file;
    if (data_bytes < sizeof file + sizeof(bj_audit_record_t)) return;
    memcpy(&file, data, sizeof file);
    memcpy(file.magic, BJ_AUDIT_MAGIC, sizeof file.magic);
    file.version = BJ_AUDIT_VERSION;
    file.check = bj_crc32c(0, &file, offsetof(bj_audit_file_t, check));
    memcpy(data, &file, sizeof file);
    for (size_t at = sizeof file; at + sizeof(bj_audit_record_t) <= data_bytes;) {
        bj_audit_record_t record;
        memcpy(&record, data + at, sizeof record);
        record.seq = file.first_seq++;
        record.kind = (uint8_t)(1 + record.kind % 7);
        record.dialect %= BJ_AUDIT_DIALECT_CNT;
        record.msg_bytes %= BJ_AUDIT_MESSAGE_MAX_BYTES + 1;
        size_t whole = sizeof record + (record.msg_bytes + 7u) / 8 * 8;
        if (at + whole > data_bytes) return;
        record.check = bj_crc32c(0, &record, offsetof(bj_audit_record_t, check));
        record.check = bj_crc32c(record.check, data + at + sizeof record, record.msg_bytes);
        memcpy(data + at, &record, sizeof record);
        at += whole;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static char dir[64], log_path[128], idx_path[128];
    if (!dir[0]) {
        snprintf(dir, sizeof dir, "/tmp/fuzz_bj_audit_XXXXXX");
        must(mkdtemp(dir) != NULL);
        snprintf(log_path, sizeof log_path, "%s/audit-0000000000000001.log", dir);
        snprintf(idx_path, sizeof idx_path, "%s/audit-0000000000000001.idx", dir);
    }
    if (data_bytes < 2) return 0;
    uint8_t *copy = malloc(data_bytes - 1);
    memcpy(copy, data + 1, data_bytes - 1);
    if (data[0] & 1) mend(copy, data_bytes - 1);
    size_t log_bytes = data[0] & 2 ? (data_bytes - 1) / 2 : data_bytes - 1;
    file_put(log_path, copy, log_bytes);
    file_put(idx_path, copy + log_bytes, data_bytes - 1 - log_bytes);
    bj_audit_scan_t scan;
    if (bj_audit_scan(log_path, look, NULL, &scan) == BJ_OK)
        must(scan.good_bytes + scan.rest_bytes == log_bytes);
    if (data[0] & 4) (void)!bj_audit_index_make(log_path);
    bj_audit_query_t query = {.session_id = data[0] & 8 ? 3 : -1,
                              .client_order_id = data[0] & 16 ? 42 : 0,
                              .order_id = data[0] & 32 ? 1 : 0};
    (void)!bj_audit_find(dir, &query, look, NULL, NULL);
    free(copy);
    return 0;
}
