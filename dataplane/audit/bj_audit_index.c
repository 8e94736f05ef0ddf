#include "dataplane/audit/bj_audit_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/base/bj_hash.h"

enum { PATH_BYTES = 1024 };

typedef struct list {
    bj_audit_entry_t *entry;
    size_t cnt, room;
} list_t;

typedef struct making {
    bj_audit_index_head_t head;
    list_t client, order;
    bool   full; /* no memory */
} making_t;

static bool list_add(list_t *list, uint64_t key, uint64_t at_bytes) {
    if (list->cnt == list->room) {
        size_t room = list->room ? list->room * 2 : 4096;
        bj_audit_entry_t *more = realloc(list->entry, room * sizeof *more);
        if (!more) return false;
        list->entry = more, list->room = room;
    }
    list->entry[list->cnt++] = (bj_audit_entry_t){key, at_bytes};
    return true;
}

static bool record_add(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                       uint64_t at_bytes) {
    making_t *m = (making_t *)ctx;
    (void)msg;
    if (!m->head.record_cnt++ || record->time_ns < m->head.first_ns)
        m->head.first_ns = record->time_ns;
    if (m->head.record_cnt == 1 || record->time_ns > m->head.last_ns)
        m->head.last_ns = record->time_ns;
    uint32_t session = record->session_id % (BJ_AUDIT_INDEX_SESSION_WORDS * 64);
    m->head.sessions[session / 64] |= UINT64_C(1) << session % 64;
    uint32_t reference = (uint32_t)record->client_order_id; /* see bj_audit_names */
    bool by_reference = record->dialect != BJ_AUDIT_ORDER_ENTRY && reference &&
                        reference != record->client_order_id;
    bool ok = (!record->client_order_id ||
               list_add(&m->client, record->client_order_id, at_bytes)) &&
              (!by_reference || list_add(&m->client, reference, at_bytes)) &&
              (!record->order_id || list_add(&m->order, record->order_id, at_bytes));
    m->full |= !ok;
    return ok;
}

static int by_key(const void *a, const void *b) {
    const bj_audit_entry_t *x = (const bj_audit_entry_t *)a, *y = (const bj_audit_entry_t *)b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->at_bytes > y->at_bytes) - (x->at_bytes < y->at_bytes);
}

static void list_close(list_t *list, uint32_t *check) {
    if (!list->cnt) return;
    qsort(list->entry, list->cnt, sizeof *list->entry, by_key);
    *check = bj_crc32c(*check, list->entry, list->cnt * sizeof *list->entry);
}

static bool list_write(FILE *out, const list_t *list) {
    return !list->cnt || fwrite(list->entry, sizeof *list->entry, list->cnt, out) == list->cnt;
}

static bool index_write(const char *path, const making_t *m) {
    char fresh[PATH_BYTES + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *out = fopen(fresh, "we");
    if (!out) return false;
    bool ok = fwrite(&m->head, sizeof m->head, 1, out) == 1 && list_write(out, &m->client) &&
              list_write(out, &m->order);
    ok = fclose(out) == 0 && ok;
    if (ok && rename(fresh, path) == 0) return true;
    unlink(fresh);
    return false;
}

static bool index_path(const char *log_path, char path[PATH_BYTES]) {
    size_t cnt = strlen(log_path);
    if (cnt < 4 || cnt >= PATH_BYTES || strcmp(log_path + cnt - 4, ".log") != 0) return false;
    memcpy(path, log_path, cnt + 1);
    memcpy(path + cnt - 3, "idx", 4);
    return true;
}

bj_status_t bj_audit_index_make(const char *log_path) {
    char path[PATH_BYTES];
    making_t m = {.head = {.magic = BJ_AUDIT_INDEX_MAGIC}};
    bj_audit_scan_t scan;
    if (!index_path(log_path, path)) return BJ_ERR_BAD_FIELD;
    bj_status_t status = bj_audit_scan(log_path, record_add, &m, &scan);
    if (status == BJ_OK && m.full) status = BJ_ERR_FULL;
    m.head.log_bytes = scan.good_bytes;
    m.head.client_cnt = m.client.cnt, m.head.order_cnt = m.order.cnt;
    list_close(&m.client, &m.head.entries_check);
    list_close(&m.order, &m.head.entries_check);
    m.head.check = bj_crc32c(0, &m.head, offsetof(bj_audit_index_head_t, check));
    if (status == BJ_OK && !index_write(path, &m)) status = BJ_ERR_IO;
    free(m.client.entry), free(m.order.entry);
    return status;
}

static bool head_good(const bj_audit_index_head_t *head, size_t data_bytes, size_t log_bytes) {
    uint64_t room = (data_bytes - sizeof *head) / sizeof(bj_audit_entry_t);
    return memcmp(head->magic, BJ_AUDIT_INDEX_MAGIC, sizeof head->magic) == 0 &&
           head->check == bj_crc32c(0, head, offsetof(bj_audit_index_head_t, check)) &&
           head->log_bytes == log_bytes && head->client_cnt <= room &&
           head->order_cnt == room - head->client_cnt &&
           (data_bytes - sizeof *head) % sizeof(bj_audit_entry_t) == 0;
}

static bj_status_t entries_copy(bj_audit_index_t *index, const uint8_t *data) {
    size_t cnt = (size_t)(index->head.client_cnt + index->head.order_cnt);
    const uint8_t *at = data + sizeof index->head;
    if (bj_crc32c(0, at, cnt * sizeof *index->client) != index->head.entries_check)
        return BJ_ERR_NOT_FOUND;
    index->client = malloc((cnt + 1) * sizeof *index->client);
    if (!index->client) return BJ_ERR_FULL;
    memcpy(index->client, at, cnt * sizeof *index->client);
    index->order = index->client + index->head.client_cnt;
    return BJ_OK;
}

bj_status_t bj_audit_index_load(const char *log_path, bj_audit_index_t *index) {
    char path[PATH_BYTES];
    const uint8_t *log, *data;
    size_t log_bytes, data_bytes;
    *index = (bj_audit_index_t){0};
    if (!index_path(log_path, path)) return BJ_ERR_BAD_FIELD;
    if (bj_audit_map(log_path, &log, &log_bytes) != BJ_OK) return BJ_ERR_NOT_FOUND;
    bj_audit_unmap(log, log_bytes);
    if (bj_audit_map(path, &data, &data_bytes) != BJ_OK) return BJ_ERR_NOT_FOUND;
    bj_status_t status = BJ_ERR_NOT_FOUND;
    if (data_bytes >= sizeof index->head) {
        memcpy(&index->head, data, sizeof index->head);
        if (head_good(&index->head, data_bytes, log_bytes)) status = entries_copy(index, data);
    }
    bj_audit_unmap(data, data_bytes);
    return status;
}

void bj_audit_index_free(bj_audit_index_t *index) {
    free(index->client); /* the other list lies behind it */
    *index = (bj_audit_index_t){0};
}

const bj_audit_entry_t *bj_audit_index_find(const bj_audit_entry_t *entries, uint64_t entry_cnt,
                                            uint64_t key, uint64_t *cnt) {
    uint64_t lo = 0, hi = entry_cnt;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (entries[mid].key < key) lo = mid + 1;
        else hi = mid;
    }
    *cnt = 0;
    while (lo + *cnt < entry_cnt && entries[lo + *cnt].key == key)
        ++*cnt;
    return entries + lo;
}
