#include "dataplane/audit/bj_audit_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/wire/bj_oe_codec.h"

enum { PATH_BYTES = 1024, PAD_BYTES = 8 };

/* --- one record --- */
static bool kind_known(uint8_t kind) {
    switch (kind) {
#define X(name, value, word, text) case name:
        BJ_AUDIT_KIND_LIST(X)
#undef X
        return true;
    }
    return false;
}

bj_status_t bj_audit_parse(const uint8_t *data, size_t data_bytes, bj_audit_record_t *record,
                           const uint8_t **msg, size_t *used_bytes) {
    if (data_bytes < sizeof *record) return BJ_ERR_TRUNCATED;
    memcpy(record, data, sizeof *record);
    if (record->msg_bytes > BJ_AUDIT_MESSAGE_MAX_BYTES || !kind_known(record->kind) ||
        record->dialect >= BJ_AUDIT_DIALECT_CNT)
        return BJ_ERR_CORRUPT;
    size_t whole = sizeof *record + (record->msg_bytes + PAD_BYTES - 1u) / PAD_BYTES * PAD_BYTES;
    if (data_bytes < whole) return BJ_ERR_TRUNCATED;
    uint32_t check = bj_crc32c(0, data, offsetof(bj_audit_record_t, check));
    check = bj_crc32c(check, data + sizeof *record, record->msg_bytes);
    if (check != record->check) return BJ_ERR_CORRUPT;
    *msg = data + sizeof *record;
    *used_bytes = whole;
    return BJ_OK;
}

bj_status_t bj_audit_parse_file(const uint8_t *data, size_t data_bytes, bj_audit_file_t *file) {
    if (data_bytes < sizeof *file) return BJ_ERR_CORRUPT;
    memcpy(file, data, sizeof *file);
    bool ours = memcmp(file->magic, BJ_AUDIT_MAGIC, sizeof file->magic) == 0 &&
                file->version && file->version <= BJ_AUDIT_VERSION && file->first_seq &&
                file->check == bj_crc32c(0, file, offsetof(bj_audit_file_t, check));
    return ours ? BJ_OK : BJ_ERR_CORRUPT;
}

/* Where a message has what can be asked for; NONE: it has not. */
enum { NONE = 0 };
typedef struct places {
    uint8_t client_order_id, order_id, account_id;
} places_t;

static const places_t places_in[256] = {
    [BJ_OE_NEW] = {offsetof(bj_oe_new_t, client_order_id), NONE, offsetof(bj_oe_new_t, account_id)},
    [BJ_OE_MODIFY] = {offsetof(bj_oe_modify_t, client_order_id), offsetof(bj_oe_modify_t, order_id),
                      offsetof(bj_oe_modify_t, account_id)},
    [BJ_OE_CANCEL] = {NONE, offsetof(bj_oe_cancel_t, order_id),
                      offsetof(bj_oe_cancel_t, account_id)},
    [BJ_OE_MASS_CANCEL] = {NONE, NONE, offsetof(bj_oe_mass_cancel_t, account_id)},
    [BJ_OE_ADMIN] = {NONE, NONE, offsetof(bj_oe_admin_t, account_id)},
};
static const places_t places_out[256] = {
    [BJ_OE_SESSION_REJECT] = {offsetof(bj_oe_session_reject_t, client_order_id), NONE, NONE},
#define X(name, value, letter, text)                                                              \
    [letter] = {offsetof(bj_oe_report_t, client_order_id), offsetof(bj_oe_report_t, order_id),     \
                offsetof(bj_oe_report_t, account_id)},
    BJ_EVENT_LIST(X)
#undef X
};

void bj_audit_keys(const uint8_t *msg, bj_audit_record_t *record) {
    size_t bytes;
    if (record->dialect != BJ_AUDIT_ORDER_ENTRY) return; /* its producer has said them */
    bool in = record->kind == BJ_AUDIT_IN && bj_oe_frame(msg, record->msg_bytes, &bytes) == BJ_OK;
    bool out =
        record->kind == BJ_AUDIT_OUT && bj_oe_frame_out(msg, record->msg_bytes, &bytes) == BJ_OK;
    record->client_order_id = record->order_id = record->account_id = 0;
    if (!in && !out) return;
    places_t at = (in ? places_in : places_out)[msg[offsetof(bj_oe_header_t, type)]];
    if (at.client_order_id) memcpy(&record->client_order_id, msg + at.client_order_id, 8);
    if (at.order_id) memcpy(&record->order_id, msg + at.order_id, 8);
    if (at.account_id) memcpy(&record->account_id, msg + at.account_id, 4);
}

/* --- one file --- */
bj_status_t bj_audit_map(const char *file, const uint8_t **data, size_t *data_bytes) {
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return BJ_ERR_IO;
    bool ok = fstat(fd, &st) == 0;
    *data_bytes = ok ? (size_t)st.st_size : 0;
    *data = NULL;
    if (ok && *data_bytes) {
        void *mem = mmap(NULL, *data_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = mem != MAP_FAILED;
        if (ok) *data = (const uint8_t *)mem;
    }
    close(fd);
    return ok ? BJ_OK : BJ_ERR_IO;
}

void bj_audit_unmap(const uint8_t *data, size_t data_bytes) {
    if (data) munmap((void *)(uintptr_t)data, data_bytes);
}

static bj_status_t records_take(const uint8_t *data, size_t data_bytes, bj_audit_fn *take,
                                void *ctx, bj_audit_scan_t *scan) {
    size_t at = sizeof(bj_audit_file_t), used;
    bj_audit_record_t record;
    const uint8_t *msg;
    bool more = true;
    while (more && bj_audit_parse(data + at, data_bytes - at, &record, &msg, &used) == BJ_OK) {
        if (record.seq != scan->last_seq + 1) return BJ_ERR_CORRUPT;
        if (take) more = take(ctx, &record, msg, at);
        scan->record_cnt++, scan->last_seq++;
        at += used;
        scan->good_bytes = at, scan->rest_bytes = data_bytes - at;
    }
    return BJ_OK;
}

bj_status_t bj_audit_scan(const char *file, bj_audit_fn *take, void *ctx, bj_audit_scan_t *scan) {
    const uint8_t *data;
    size_t data_bytes;
    bj_audit_file_t head;
    *scan = (bj_audit_scan_t){0};
    bj_status_t status = bj_audit_map(file, &data, &data_bytes);
    if (status != BJ_OK) return status;
    scan->rest_bytes = data_bytes;
    status = bj_audit_parse_file(data, data_bytes, &head);
    if (status == BJ_OK) {
        scan->first_seq = head.first_seq, scan->last_seq = head.first_seq - 1;
        scan->good_bytes = sizeof head, scan->rest_bytes = data_bytes - sizeof head;
        status = records_take(data, data_bytes, take, ctx, scan);
    }
    bj_audit_unmap(data, data_bytes);
    return status;
}

/* --- all files --- */
static bool is_log(const char *name) {
    int digits = 0, end = 0;
    unsigned long long seq;
    if (sscanf(name, "audit-%n%16llx%n", &digits, &seq, &end) != 1) return false;
    return end - digits == 16 && strcmp(name + end, ".log") == 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bj_status_t bj_audit_files(const char *dir, char ***paths, size_t *cnt) {
    struct dirent *entry;
    char path[PATH_BYTES];
    DIR *open_dir = opendir(dir);
    *paths = NULL, *cnt = 0;
    if (!open_dir) return BJ_ERR_IO;
    bool ok = true;
    while (ok && (entry = readdir(open_dir))) {
        if (!is_log(entry->d_name)) continue;
        char **more = realloc(*paths, (*cnt + 1) * sizeof **paths);
        ok = more && snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) < PATH_BYTES;
        if (more) *paths = more;
        if (ok) ok = ((*paths)[*cnt] = strdup(path)) != NULL;
        if (ok) ++*cnt;
    }
    closedir(open_dir);
    if (*cnt) qsort(*paths, *cnt, sizeof **paths, by_name);
    return ok ? BJ_OK : BJ_ERR_FULL;
}

void bj_audit_files_free(char **paths, size_t cnt) {
    for (size_t i = 0; i < cnt; i++)
        free(paths[i]);
    free(paths);
}
