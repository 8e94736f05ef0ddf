/* A question about a client order id is asked twice: first for the order ids that its reports name,
 * then for everything that names it or one of these, so that a cancel by order id is found too. */
#include <stdlib.h>
#include "dataplane/audit/bj_audit_index.h"
#include "dataplane/audit/bj_audit_read.h"

typedef struct finding {
    bj_audit_query_t query;
    bj_audit_fn *take;
    void     *ctx;
    uint64_t *orders; /* sorted at the end of the first round */
    size_t    order_cnt, order_room;
    uint64_t  found_cnt;
    bool      collecting, stopped, full;
} finding_t;

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool order_known(const finding_t *f, uint64_t order_id) {
    return order_id && f->order_cnt &&
           bsearch(&order_id, f->orders, f->order_cnt, sizeof *f->orders, by_number);
}

static bool whose(const bj_audit_query_t *q, const bj_audit_record_t *record) {
    bool by_id = q->client_order_id || q->order_id;
    /* What names no account, a refusal of the gateway, belongs to whoever's id it names. */
    bool account = !q->account_id || record->account_id == q->account_id ||
                   (by_id && !record->account_id);
    return account && (q->session_id < 0 || record->session_id == q->session_id);
}

static bool answers(const finding_t *f, const bj_audit_record_t *record) {
    const bj_audit_query_t *q = &f->query;
    if (!whose(q, record) || record->time_ns < q->from_ns) return false;
    if (q->to_ns && record->time_ns > q->to_ns) return false;
    if (q->order_id && record->order_id != q->order_id) return false;
    return !q->client_order_id || bj_audit_names(record, q->client_order_id) ||
           order_known(f, record->order_id);
}

static bool order_collect(finding_t *f, uint64_t order_id) {
    if (f->order_cnt == f->order_room) {
        size_t room = f->order_room ? f->order_room * 2 : 64;
        uint64_t *more = realloc(f->orders, room * sizeof *more);
        if (!more) return false;
        f->orders = more, f->order_room = room;
    }
    f->orders[f->order_cnt++] = order_id;
    return true;
}

static bool record_visit(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                         uint64_t at_bytes) {
    finding_t *f = (finding_t *)ctx;
    if (f->collecting) {
        bool names = record->kind == BJ_AUDIT_OUT && record->order_id &&
                     bj_audit_names(record, f->query.client_order_id) &&
                     whose(&f->query, record);
        f->full |= names && !order_collect(f, record->order_id);
        return !f->full;
    }
    if (!answers(f, record)) return true;
    f->found_cnt++;
    f->stopped = !f->take(f->ctx, record, msg, at_bytes);
    return !f->stopped;
}

/* --- a file with an index --- */
static bool may_answer(const bj_audit_query_t *q, const bj_audit_index_head_t *head) {
    uint32_t session = (uint32_t)q->session_id % (BJ_AUDIT_INDEX_SESSION_WORDS * 64);
    if (q->session_id >= 0 && !(head->sessions[session / 64] >> session % 64 & 1)) return false;
    return head->last_ns >= q->from_ns && (!q->to_ns || head->first_ns <= q->to_ns);
}

typedef struct places {
    uint64_t *at_bytes;
    size_t cnt;
    bool   full;
} places_t;

static void places_add(places_t *places, const bj_audit_entry_t *entries, uint64_t entry_cnt,
                       uint64_t key) {
    uint64_t cnt;
    const bj_audit_entry_t *entry = bj_audit_index_find(entries, entry_cnt, key, &cnt);
    if (!cnt || places->full) return;
    uint64_t *more = realloc(places->at_bytes, (places->cnt + cnt) * sizeof *more);
    places->full = !more;
    if (!more) return;
    places->at_bytes = more;
    for (uint64_t i = 0; i < cnt; i++)
        places->at_bytes[places->cnt++] = entry[i].at_bytes;
}

static bj_status_t places_visit(finding_t *f, const char *path, const places_t *places) {
    const uint8_t *data, *msg;
    size_t data_bytes, used;
    bj_audit_record_t record;
    bj_status_t status = bj_audit_map(path, &data, &data_bytes);
    for (size_t i = 0; status == BJ_OK && i < places->cnt && !f->stopped; i++) {
        uint64_t at = places->at_bytes[i];
        if (i && at == places->at_bytes[i - 1]) continue; /* by both of its ids */
        status = at < data_bytes ? bj_audit_parse(data + at, data_bytes - at, &record, &msg, &used)
                                 : BJ_ERR_CORRUPT;
        if (status == BJ_OK) (void)record_visit(f, &record, msg, at);
    }
    bj_audit_unmap(data, data_bytes);
    return status;
}

static bj_status_t indexed_visit(finding_t *f, const char *path, const bj_audit_index_t *index) {
    const bj_audit_index_head_t *head = &index->head;
    const bj_audit_query_t *q = &f->query;
    places_t places = {0};
    if (q->client_order_id)
        places_add(&places, index->client, head->client_cnt, q->client_order_id);
    else
        places_add(&places, index->order, head->order_cnt, q->order_id);
    for (size_t i = 0; !f->collecting && i < f->order_cnt; i++) {
        if (i && f->orders[i] == f->orders[i - 1]) continue;
        places_add(&places, index->order, head->order_cnt, f->orders[i]);
    }
    if (places.cnt) qsort(places.at_bytes, places.cnt, sizeof *places.at_bytes, by_number);
    bj_status_t status = places.full  ? BJ_ERR_FULL
                         : places.cnt ? places_visit(f, path, &places)
                                      : BJ_OK;
    free(places.at_bytes);
    return status;
}

static bj_status_t file_visit(finding_t *f, const char *path) {
    bj_audit_index_t index;
    bj_audit_scan_t scan;
    const bj_audit_query_t *q = &f->query;
    bj_status_t status = bj_audit_index_load(path, &index);
    bool known = status == BJ_OK;
    if (known && !f->collecting && !may_answer(q, &index.head))
        status = BJ_OK;
    else if (known && (q->client_order_id || q->order_id))
        status = indexed_visit(f, path, &index);
    else
        status = bj_audit_scan(path, record_visit, f, &scan);
    bj_audit_index_free(&index);
    return status;
}

bj_status_t bj_audit_find(const char *dir, const bj_audit_query_t *query, bj_audit_fn *take,
                          void *ctx, uint64_t *found_cnt) {
    finding_t f = {.query = *query, .take = take, .ctx = ctx};
    char **paths;
    size_t path_cnt;
    bj_status_t worst = bj_audit_files(dir, &paths, &path_cnt);
    if (query->client_order_id) { /* ids first; a file that cannot be read is said below */
        f.collecting = true;
        for (size_t i = 0; i < path_cnt; i++)
            (void)!file_visit(&f, paths[i]);
        if (f.order_cnt) qsort(f.orders, f.order_cnt, sizeof *f.orders, by_number);
        f.collecting = false;
    }
    for (size_t i = 0; i < path_cnt && !f.stopped; i++) {
        bj_status_t status = file_visit(&f, paths[i]);
        if (status != BJ_OK) worst = status; /* what else there is, is still shown */
    }
    if (f.full) worst = BJ_ERR_FULL;
    if (found_cnt) *found_cnt = f.found_cnt;
    free(f.orders);
    bj_audit_files_free(paths, path_cnt);
    return worst;
}
