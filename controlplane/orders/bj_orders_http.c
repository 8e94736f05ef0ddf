/* /orders and /trades. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/orders/bj_order_check.h"
#include "controlplane/orders/bj_order_json.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/orders/bj_orders_repo.h"
#include "controlplane/server/bj_http_act.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

void bj_orders_refuse(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_ERR_UNAVAILABLE:
    case BJ_ERR_FULL: bj_http_unavailable(resp, "the order gateway"); return;
    case BJ_ERR_TIMEOUT:
        bj_http_fail(resp, 504, "unknown_outcome", NULL,
                     "sent, but no answer came in time: look the order up before you try again");
        return;
    case BJ_ERR_NOT_FOUND:
        bj_http_fail(resp, 404, "not_found", NULL, "you have no such order");
        return;
    default: break;
    }
    bj_http_fail(resp, 422, "rejected", NULL, "%s", bj_status_text(status));
    json_object_set_new(json_object_get(resp->json, "error"), "reason",
                        json_string(bj_status_name(status)));
}

static json_t *view_json(const bj_app_t *app, const bj_order_view_t *view) {
    const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, view->token);
    return bj_order_json(view, row ? row->symbol : "", bj_orders_app(app->orders, view));
}

static void answer_order(bj_app_t *app, bj_http_resp_t *resp, int code, bj_status_t status,
                         const bj_order_view_t *view) {
    if (status == BJ_OK) bj_http_ok(resp, code, json_pack("{s:o}", "order", view_json(app, view)));
    else bj_orders_refuse(resp, status);
}

static bool refused(bj_http_resp_t *resp, const char *field, const char *text) {
    if (field) bj_http_fail(resp, 400, "bad_request", field, "%s", text);
    return field != NULL;
}

/* "" is none: the field was absent. */
static bool read_expiry(const char *text, uint32_t *expiry_day, bj_http_resp_t *resp) {
    *expiry_day = 0;
    if (!*text || bj_parse_day(text, expiry_day)) return true;
    return !refused(resp, "expiry", "expiry must be a date, as 2026-08-03");
}

/* What has a word or a number; the rest is read straight into the order. */
typedef struct order_words {
    char    symbol[16], expiry[BJ_DAY_TEXT_BYTES];
    int64_t side, type, tif, qty, price_paise, trigger_price_paise, disclosed_qty, product,
        self_trade;
} order_words_t;

static bool read_words(const bj_http_req_t *req, order_words_t *w, uint64_t *client_order_id,
                       uint64_t *account_id, bj_http_resp_t *resp) {
    static const char *const sides[] = {"BUY", "SELL", NULL};
    static const char *const products[] = {"DELIVERY", "INTRADAY", NULL};
    static const char *const self_trades[] = {"CANCEL_RESTING", "CANCEL_NEW", NULL};
    const bj_field_t fields[] = {
        {.name = "symbol", .kind = BJ_FIELD_TEXT, .min = 1, .max = 15, .out = w->symbol,
         .out_bytes = sizeof w->symbol},
        {.name = "side", .kind = BJ_FIELD_WORD, .words = sides, .out = &w->side},
        {.name = "type", .kind = BJ_FIELD_WORD, .words = bj_order_type_words, .out = &w->type},
        {.name = "tif", .kind = BJ_FIELD_WORD, .words = bj_order_tif_words, .out = &w->tif},
        {.name = "qty", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .out = &w->qty},
        {.name = "price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .optional = true,
         .out = &w->price_paise},
        {.name = "trigger_price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX,
         .optional = true, .out = &w->trigger_price_paise},
        {.name = "disclosed_qty", .kind = BJ_FIELD_INT, .max = INT32_MAX, .optional = true,
         .out = &w->disclosed_qty},
        {.name = "expiry", .kind = BJ_FIELD_TEXT, .min = 10, .max = 10, .optional = true,
         .out = w->expiry, .out_bytes = sizeof w->expiry},
        {.name = "product", .kind = BJ_FIELD_WORD, .optional = true, .words = products,
         .out = &w->product},
        {.name = "self_trade", .kind = BJ_FIELD_WORD, .optional = true, .words = self_trades,
         .out = &w->self_trade},
        {.name = "client_order_id", .kind = BJ_FIELD_ID, .optional = true, .out = client_order_id},
        {.name = "account_id", .kind = BJ_FIELD_ID, .optional = true, .out = account_id},
    };
    *w = (order_words_t){.side = 0};
    return bj_http_body(req, fields, BJ_COUNT(fields), resp);
}

/* A market order is worth what it can cost at most. */
static int64_t worth_paise(bj_app_t *app, const bj_universe_row_t *row,
                           const bj_new_order_t *order) {
    int32_t price_paise = order->price_paise ? order->price_paise
                                             : bj_instrument_band(app->instruments, row).hi_paise;
    return (int64_t)price_paise * order->qty;
}

/* True: the caller may place it for that account; where it is another's, the trail says so. */
static bool may_place(bj_app_t *app, const bj_http_req_t *req, const bj_universe_row_t *row,
                      bj_new_order_t *order, bj_http_resp_t *resp) {
    bj_object_t object = {.account_id = order->account_id, .segment = BJ_TRADES_CM,
                          .value_paise = worth_paise(app, row, order)};
    if (!bj_http_act(app, req, BJ_POLICY_ORDER_PLACE, &object, resp)) return false;
    order->account_id = object.account_id;
    if (!order->client_order_id) order->client_order_id = bj_client_order_id();
    return bj_http_act_note(app, req, "order.place", order->account_id,
                            json_pack("{s:s, s:s, s:i, s:i, s:s}", "symbol", row->symbol, "side",
                                      order->side == BJ_BUY ? "BUY" : "SELL", "qty", order->qty,
                                      "price_paise", order->price_paise, "client_order_id",
                                      bj_db_u64(order->client_order_id).text),
                            resp);
}

static void post_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    order_words_t w;
    bj_order_view_t view;
    bj_new_order_t order = {.account_id = 0};
    uint64_t account_id = req->caller->account_id;
    const char *text;
    if (!read_words(req, &w, &order.client_order_id, &account_id, resp)) return;
    if (account_id > UINT32_MAX) {
        refused(resp, "account_id", "account_id is a number of at most 4294967295");
        return;
    }
    order.account_id = (uint32_t)account_id;
    order.app_id = (uint32_t)req->caller->app_id; /* 0 for a person */
    if (!read_expiry(w.expiry, &order.expiry_day, resp)) return;
    order.side = w.side == 0 ? BJ_BUY : BJ_SELL;
    order.order_type = (uint8_t)(w.type + 1);
    order.tif = (uint8_t)(w.tif + 1);
    order.flags = (uint8_t)((w.product ? BJ_FLAG_INTRADAY : 0) |
                            (w.self_trade ? BJ_FLAG_STP_ACTIVE : 0));
    order.price_paise = (int32_t)w.price_paise;
    order.qty = (int32_t)w.qty;
    order.trigger_price_paise = (int32_t)w.trigger_price_paise;
    order.disclosed_qty = (int32_t)w.disclosed_qty;
    const char *field = bj_order_check_new(&order, bj_day_of(bj_clock_wall_ns()), &text);
    if (refused(resp, field, text)) return;
    const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, w.symbol);
    if (!row) {
        bj_http_fail(resp, 400, "bad_request", "symbol", "there is no symbol %s", w.symbol);
        return;
    }
    order.token = row->token;
    if (!may_place(app, req, row, &order, resp)) return;
    bj_status_t status = bj_orders_place(app->orders, &order, &view);
    answer_order(app, resp, 201, status, &view);
}

static bool read_order_id(const bj_http_req_t *req, uint64_t *order_id, bj_http_resp_t *resp) {
    if (bj_parse_u64(req->param, order_id) && *order_id > 0) return true;
    bj_http_fail(resp, 404, "not_found", NULL, "you have no such order");
    return false;
}

static bool note_by_id(bj_app_t *app, const bj_http_req_t *req, const char *act,
                       uint32_t account_id, uint64_t order_id, bj_http_resp_t *resp) {
    return bj_http_act_note(app, req, act, account_id,
                            json_pack("{s:s}", "order_id", bj_db_u64(order_id).text), resp);
}

/* What a change makes of it is worth as much as an order placed anew. */
static bool may_change(bj_app_t *app, const bj_http_req_t *req, const bj_order_view_t *view,
                       const bj_order_terms_t *terms, bj_http_resp_t *resp) {
    bj_new_order_t order = {.price_paise = terms->price_paise, .qty = terms->qty};
    const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, view->token);
    bj_object_t object = {.account_id = view->account_id, .segment = BJ_TRADES_CM,
                          .value_paise = row ? worth_paise(app, row, &order) : 0};
    return bj_http_act(app, req, BJ_POLICY_ORDER_PLACE, &object, resp) &&
           note_by_id(app, req, "order.change", view->account_id, view->order_id, resp);
}

static void patch_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t order_id;
    uint32_t account_id;
    bj_order_change_t change = {.disclosed_qty = -1};
    bj_order_terms_t terms;
    bj_order_view_t view;
    const char *text;
    const bj_field_t fields[] = {
        {.name = "price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .optional = true,
         .out = &change.price_paise},
        {.name = "qty", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .optional = true,
         .out = &change.qty},
        {.name = "trigger_price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX,
         .optional = true, .out = &change.trigger_price_paise},
        {.name = "disclosed_qty", .kind = BJ_FIELD_INT, .max = INT32_MAX, .optional = true,
         .out = &change.disclosed_qty},
    };
    if (!read_order_id(req, &order_id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_http_account(app, req, BJ_POLICY_ORDER_PLACE, &account_id, resp)) return;
    bj_status_t status = bj_orders_find(app->orders, account_id, order_id, &view);
    if (status == BJ_OK) {
        const char *field = bj_order_check_change(&view, &change, &terms, &text);
        if (refused(resp, field, text)) return;
        if (!may_change(app, req, &view, &terms, resp)) return;
        status = bj_orders_modify(app->orders, &terms, &view);
    }
    answer_order(app, resp, 200, status, &view);
}

static void delete_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t order_id;
    uint32_t account_id;
    bj_order_view_t view;
    if (!read_order_id(req, &order_id, resp)) return;
    if (!bj_http_account(app, req, BJ_POLICY_ORDER_PLACE, &account_id, resp)) return;
    if (!note_by_id(app, req, "order.cancel", account_id, order_id, resp)) return;
    bj_status_t status = bj_orders_cancel(app->orders, account_id, order_id, &view);
    answer_order(app, resp, 200, status, &view);
}

bool bj_orders_list_query(const bj_http_req_t *req, bool *open_only, int64_t *limit,
                          bj_http_resp_t *resp) {
    static const char *const states[] = {"all", "open", NULL};
    int64_t state = 0;
    *limit = 100;
    if (!bj_query_word(req, "state", states, &state, resp)) return false;
    *open_only = state == 1;
    return bj_query_int(req, "limit", 1, BJ_ORDERS_LIST_MAX, limit, resp);
}

void bj_orders_answer_list(bj_app_t *app, bj_http_resp_t *resp, const bj_order_view_t *views,
                           size_t view_cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < view_cnt; i++) json_array_append_new(list, view_json(app, &views[i]));
    bj_http_ok(resp, 200, json_pack("{s:o}", "orders", list));
}

static void get_orders(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bool open_only;
    int64_t limit;
    size_t view_cnt;
    uint32_t account_id;
    if (!bj_orders_list_query(req, &open_only, &limit, resp)) return;
    if (!bj_http_account(app, req, BJ_POLICY_BOOK_READ, &account_id, resp)) return;
    bj_order_view_t *views = calloc((size_t)limit, sizeof *views);
    bj_status_t status = !views ? BJ_ERR_FULL
                                : bj_orders_list(app->orders, account_id, open_only,
                                                 views, (size_t)limit, &view_cnt);
    if (status == BJ_OK) bj_orders_answer_list(app, resp, views, view_cnt);
    else bj_http_unavailable(resp, "order history");
    free(views);
}

static void get_trades(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t limit = 100;
    size_t trade_cnt = 0;
    uint32_t account_id;
    if (!bj_query_int(req, "limit", 1, BJ_ORDERS_LIST_MAX, &limit, resp)) return;
    if (!bj_http_account(app, req, BJ_POLICY_BOOK_READ, &account_id, resp)) return;
    bj_trade_view_t *trades = calloc((size_t)limit, sizeof *trades);
    bj_status_t status = !trades ? BJ_ERR_FULL
                                 : bj_trades_select(app->db, account_id, trades,
                                                    (size_t)limit, &trade_cnt);
    json_t *list = json_array();
    for (size_t i = 0; i < trade_cnt; i++) {
        const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, trades[i].token);
        json_array_append_new(list, bj_trade_json(&trades[i], row ? row->symbol : ""));
    }
    if (status == BJ_OK) bj_http_ok(resp, 200, json_pack("{s:O}", "trades", list));
    else bj_http_unavailable(resp, "order history");
    json_decref(list);
    free(trades);
}

const bj_route_t bj_orders_routes[] = {
    {"POST", "/orders", BJ_POLICY_ORDER_PLACE, post_order, BJ_LANE_ORDER, 0, BJ_ACT_ORDER},
    {"GET", "/orders", BJ_POLICY_BOOK_READ, get_orders, BJ_LANE_READ, 0, NULL},
    {"PATCH", "/orders/*", BJ_POLICY_ORDER_PLACE, patch_order, BJ_LANE_ORDER, 0, BJ_ACT_ORDER},
    {"DELETE", "/orders/*", BJ_POLICY_ORDER_PLACE, delete_order, BJ_LANE_ORDER, 0, BJ_ACT_ORDER},
    {"GET", "/trades", BJ_POLICY_BOOK_READ, get_trades, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
