#include "controlplane/orders/bj_orders_repo.h"

#include "dataplane/base/bj_time.h"

#define ORDER_COLUMNS                                                                              \
    "SELECT order_id, client_order_id, account_id, token, ascii(side::text), order_type, tif,"     \
    " state, price_paise, qty, cum_qty, leaves_qty, value_paise, reason,"                          \
    " (extract(epoch FROM created_at) * 1000000)::bigint,"                                         \
    " (extract(epoch FROM updated_at) * 1000000)::bigint, event_seq, trigger_price_paise,"         \
    " disclosed_qty, coalesce(expires_on - date '1970-01-01', 0), waiting,"                       \
    " coalesce(app_id, 0) FROM orders"
enum {
    COL_ID, COL_CLIENT_ID, COL_ACCOUNT, COL_TOKEN, COL_SIDE, COL_TYPE, COL_TIF, COL_STATE,
    COL_PRICE, COL_QTY, COL_CUM, COL_LEAVES, COL_VALUE, COL_REASON, COL_CREATED, COL_UPDATED,
    COL_EVENT, COL_TRIGGER, COL_DISCLOSED, COL_EXPIRY, COL_WAITING,
    COL_APP
};

static const char of_account_sql[] =
    ORDER_COLUMNS " WHERE account_id = $1 AND ($2 = 'all' OR state = 'open')"
                  " ORDER BY order_id DESC LIMIT $3";
static const char of_all_sql[] =
    ORDER_COLUMNS " WHERE ($1 = 0 OR token = $1) AND ($2 = 'all' OR state = 'open')"
                  " AND ($4 = 0 OR account_id IN (SELECT account_id FROM users"
                  "  WHERE branch_id = $4 AND role = 'client'))"
                  " ORDER BY order_id DESC LIMIT $3";
static const char one_sql[] = ORDER_COLUMNS " WHERE account_id = $1 AND order_id = $2";

static bool read_terms(const bj_db_result_t *rows, size_t i, bj_order_view_t *view) {
    return bj_db_get_i32(rows, i, COL_PRICE, &view->price_paise) &&
           bj_db_get_i32(rows, i, COL_TRIGGER, &view->trigger_price_paise) &&
           bj_db_get_i32(rows, i, COL_QTY, &view->qty) &&
           bj_db_get_i32(rows, i, COL_DISCLOSED, &view->disclosed_qty) &&
           bj_db_get_i32(rows, i, COL_CUM, &view->filled_qty) &&
           bj_db_get_i32(rows, i, COL_LEAVES, &view->leaves_qty) &&
           bj_db_get_u32(rows, i, COL_EXPIRY, &view->expiry_day) &&
           bj_db_get_bool(rows, i, COL_WAITING, &view->waiting);
}

static bool read_order(const bj_db_result_t *rows, size_t i, bj_order_view_t *view) {
    uint32_t side, type, tif, reason;
    int64_t created_us, updated_us;
    const char *state = bj_db_get_ref(rows, i, COL_STATE);
    if (!state || !bj_order_state_of(state, &view->state)) return false;
    if (!bj_db_get_u64(rows, i, COL_ID, &view->order_id) ||
        !bj_db_get_u64(rows, i, COL_CLIENT_ID, &view->client_order_id) ||
        !bj_db_get_u32(rows, i, COL_ACCOUNT, &view->account_id) ||
        !bj_db_get_u32(rows, i, COL_TOKEN, &view->token) ||
        !bj_db_get_u32(rows, i, COL_SIDE, &side) || !bj_db_get_u32(rows, i, COL_TYPE, &type) ||
        !bj_db_get_u32(rows, i, COL_TIF, &tif) ||
        !read_terms(rows, i, view) ||
        !bj_db_get_i64(rows, i, COL_VALUE, &view->value_paise) ||
        !bj_db_get_u32(rows, i, COL_REASON, &reason) ||
        !bj_db_get_i64(rows, i, COL_CREATED, &created_us) ||
        !bj_db_get_i64(rows, i, COL_UPDATED, &updated_us) ||
        !bj_db_get_u64(rows, i, COL_EVENT, &view->event_seq) ||
        !bj_db_get_u32(rows, i, COL_APP, &view->app_id)) {
        return false;
    }
    view->side = (uint8_t)side;
    view->order_type = (uint8_t)type;
    view->tif = (uint8_t)tif;
    view->reason = (uint16_t)reason;
    view->created_ns = created_us * BJ_NS_PER_US;
    view->updated_ns = updated_us * BJ_NS_PER_US;
    return true;
}

static bj_status_t read_list(const bj_db_result_t *rows, bj_order_view_t *views,
                             size_t *view_cnt) {
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (!read_order(rows, i, &views[i])) return BJ_ERR_BAD_FIELD;
    }
    *view_cnt = bj_db_rows(rows);
    return BJ_OK;
}

bj_status_t bj_orders_select(bj_db_pool_t *db, uint32_t account_id, bool open_only,
                             bj_order_view_t *views, size_t views_max, size_t *view_cnt) {
    BJ_DB_RESULT rows = NULL;
    *view_cnt = 0;
    bj_status_t status = bj_db_query(db, of_account_sql,
                                     BJ_DB_PARAMS(bj_db_u64(account_id).text,
                                                  open_only ? "open" : "all",
                                                  bj_db_u64(views_max).text),
                                     &rows);
    return status == BJ_OK ? read_list(rows, views, view_cnt) : status;
}

bj_status_t bj_orders_select_all(bj_db_pool_t *db, uint32_t token, uint32_t branch_id,
                                 bool open_only, bj_order_view_t *views, size_t views_max,
                                 size_t *view_cnt) {
    BJ_DB_RESULT rows = NULL;
    *view_cnt = 0;
    bj_status_t status = bj_db_query(db, of_all_sql,
                                     BJ_DB_PARAMS(bj_db_u64(token).text, open_only ? "open" : "all",
                                                  bj_db_u64(views_max).text,
                                                  bj_db_u64(branch_id).text),
                                     &rows);
    return status == BJ_OK ? read_list(rows, views, view_cnt) : status;
}

bj_status_t bj_orders_select_one(bj_db_pool_t *db, uint32_t account_id, uint64_t order_id,
                                 bj_order_view_t *view) {
    BJ_DB_RESULT rows = NULL;
    if (order_id > INT64_MAX) return BJ_ERR_NOT_FOUND;
    bj_status_t status = bj_db_query(
        db, one_sql, BJ_DB_PARAMS(bj_db_u64(account_id).text, bj_db_u64(order_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    return read_order(rows, 0, view) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static const char trades_sql[] =
    "SELECT match_id, order_id, token, ascii(side::text), maker, price_paise, qty,"
    " (extract(epoch FROM traded_at) * 1000000)::bigint, auction"
    " FROM trades WHERE account_id = $1 ORDER BY event_seq DESC LIMIT $2";

bj_status_t bj_trades_select(bj_db_pool_t *db, uint32_t account_id, bj_trade_view_t *trades,
                             size_t trades_max, size_t *trade_cnt) {
    BJ_DB_RESULT rows = NULL;
    *trade_cnt = 0;
    bj_status_t status =
        bj_db_query(db, trades_sql,
                    BJ_DB_PARAMS(bj_db_u64(account_id).text, bj_db_u64(trades_max).text), &rows);
    if (status != BJ_OK) return status;
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        bj_trade_view_t *t = &trades[i];
        uint32_t side;
        int64_t time_us;
        if (!bj_db_get_u64(rows, i, 0, &t->match_id) || !bj_db_get_u64(rows, i, 1, &t->order_id) ||
            !bj_db_get_u32(rows, i, 2, &t->token) || !bj_db_get_u32(rows, i, 3, &side) ||
            !bj_db_get_bool(rows, i, 4, &t->maker) ||
            !bj_db_get_i32(rows, i, 5, &t->price_paise) || !bj_db_get_i32(rows, i, 6, &t->qty) ||
            !bj_db_get_i64(rows, i, 7, &time_us) || !bj_db_get_bool(rows, i, 8, &t->auction)) {
            return BJ_ERR_BAD_FIELD;
        }
        t->account_id = account_id;
        t->side = (uint8_t)side;
        t->time_ns = time_us * BJ_NS_PER_US;
    }
    *trade_cnt = bj_db_rows(rows);
    return BJ_OK;
}

static const char offset_sql[] = "SELECT event_seq FROM relay_offset";

bj_status_t bj_relay_offset(bj_db_pool_t *db, uint64_t *event_seq) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, offset_sql, BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    return bj_db_get_u64(rows, 0, 0, event_seq) ? BJ_OK : BJ_ERR_NOT_FOUND;
}
