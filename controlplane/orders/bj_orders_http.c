/* /orders and /trades. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/orders/bj_order_json.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/orders/bj_orders_repo.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

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
    return bj_order_json(view, row ? row->symbol : "");
}

static void answer_order(bj_app_t *app, bj_http_resp_t *resp, int code, bj_status_t status,
                         const bj_order_view_t *view) {
    if (status == BJ_OK) bj_http_ok(resp, code, json_pack("{s:o}", "order", view_json(app, view)));
    else bj_orders_refuse(resp, status);
}

/* The fields each on its own are in range; what they say together is judged here. */
static bool check_price(int64_t type, bool price_given, bj_http_resp_t *resp) {
    bool is_limit = type == 0;
    if (is_limit == price_given) return true;
    bj_http_fail(resp, 400, "bad_request", "price_paise", "%s",
                 is_limit ? "price_paise is missing: a limit order needs one"
                          : "price_paise must be absent: a market order has none");
    return false;
}

static void post_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    static const char *const sides[] = {"BUY", "SELL", NULL}, *const tifs[] = {"DAY", "IOC", NULL},
                             *const types[] = {"LIMIT", "MARKET", NULL};
    char symbol[16];
    int64_t side, type, tif, qty, price_paise = 0;
    bj_order_view_t view;
    uint64_t client_order_id = 0;
    const bj_field_t fields[] = {
        {.name = "symbol", .kind = BJ_FIELD_TEXT, .min = 1, .max = 15, .out = symbol,
         .out_bytes = sizeof symbol},
        {.name = "side", .kind = BJ_FIELD_WORD, .words = sides, .out = &side},
        {.name = "type", .kind = BJ_FIELD_WORD, .words = types, .out = &type},
        {.name = "tif", .kind = BJ_FIELD_WORD, .words = tifs, .out = &tif},
        {.name = "qty", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .out = &qty},
        {.name = "price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .optional = true,
         .out = &price_paise},
        {.name = "client_order_id", .kind = BJ_FIELD_ID, .optional = true, .out = &client_order_id},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!check_price(type, price_paise != 0, resp)) return;
    const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, symbol);
    if (!row) {
        bj_http_fail(resp, 400, "bad_request", "symbol", "there is no symbol %s", symbol);
        return;
    }
    bj_new_order_t order = {.account_id = req->caller->account_id,
                            .token = row->token,
                            .client_order_id = client_order_id,
                            .side = side == 0 ? BJ_BUY : BJ_SELL,
                            .order_type = type == 0 ? BJ_LIMIT : BJ_MARKET,
                            .tif = tif == 0 ? BJ_DAY : BJ_IOC,
                            .price_paise = (int32_t)price_paise,
                            .qty = (int32_t)qty};
    bj_status_t status = bj_orders_place(app->orders, &order, &view);
    answer_order(app, resp, 201, status, &view);
}

static bool read_order_id(const bj_http_req_t *req, uint64_t *order_id, bj_http_resp_t *resp) {
    if (bj_parse_u64(req->param, order_id) && *order_id > 0) return true;
    bj_http_fail(resp, 404, "not_found", NULL, "you have no such order");
    return false;
}

static void patch_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t order_id;
    int64_t price_paise, qty;
    bj_order_view_t view;
    const bj_field_t fields[] = {
        {.name = "price_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX,
         .out = &price_paise},
        {.name = "qty", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .out = &qty},
    };
    if (!read_order_id(req, &order_id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_status_t status = bj_orders_modify(app->orders, req->caller->account_id, order_id,
                                          (int32_t)price_paise, (int32_t)qty, &view);
    answer_order(app, resp, 200, status, &view);
}

static void delete_order(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t order_id;
    bj_order_view_t view;
    if (!read_order_id(req, &order_id, resp)) return;
    bj_status_t status = bj_orders_cancel(app->orders, req->caller->account_id, order_id, &view);
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
    if (!bj_orders_list_query(req, &open_only, &limit, resp)) return;
    bj_order_view_t *views = calloc((size_t)limit, sizeof *views);
    bj_status_t status = !views ? BJ_ERR_FULL
                                : bj_orders_list(app->orders, req->caller->account_id, open_only,
                                                 views, (size_t)limit, &view_cnt);
    if (status == BJ_OK) bj_orders_answer_list(app, resp, views, view_cnt);
    else bj_http_unavailable(resp, "order history");
    free(views);
}

static void get_trades(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t limit = 100;
    size_t trade_cnt = 0;
    if (!bj_query_int(req, "limit", 1, BJ_ORDERS_LIST_MAX, &limit, resp)) return;
    bj_trade_view_t *trades = calloc((size_t)limit, sizeof *trades);
    bj_status_t status = !trades ? BJ_ERR_FULL
                                 : bj_trades_select(app->db, req->caller->account_id, trades,
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
    {"POST", "/orders", BJ_WHO_TRADER, post_order, BJ_LANE_ORDER, 0},
    {"GET", "/orders", BJ_WHO_USER, get_orders, BJ_LANE_READ, 0},
    {"PATCH", "/orders/*", BJ_WHO_TRADER, patch_order, BJ_LANE_ORDER, 0},
    {"DELETE", "/orders/*", BJ_WHO_TRADER, delete_order, BJ_LANE_ORDER, 0},
    {"GET", "/trades", BJ_WHO_USER, get_trades, BJ_LANE_READ, 0},
    {.method = NULL},
};
