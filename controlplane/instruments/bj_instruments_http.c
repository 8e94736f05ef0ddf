/* /instruments and /watchlist. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/server/bj_routes.h"

static void get_instruments(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)req;
    bj_status_t status = bj_instruments_refresh(app->instruments, app->db);
    (void)status; /* away: the states as last known */
    json_t *list = json_array();
    for (size_t i = 0; i < bj_instruments_cnt(app->instruments); i++) {
        const bj_universe_row_t *row = bj_instrument_at(app->instruments, i);
        bj_instrument_state_t state = bj_instrument_state(app->instruments, row->token);
        bj_band_now_t band = bj_instrument_band(app->instruments, row);
        json_array_append_new(
            list, json_pack("{s:I, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "token",
                            (json_int_t)row->token, "symbol", row->symbol, "tick_paise",
                            row->tick_paise, "lot_qty", row->lot_qty, "prev_close_paise",
                            row->prev_close_paise, "band_lo_paise", band.lo_paise,
                            "band_hi_paise", band.hi_paise, "freeze_qty", row->freeze_qty,
                            "state", bj_instrument_state_name(state)));
    }
    bj_http_ok(resp, 200, json_pack("{s:o}", "instruments", list));
}

static void answer_list(bj_http_resp_t *resp, char symbols[][16], size_t symbol_cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < symbol_cnt; i++) json_array_append_new(list, json_string(symbols[i]));
    bj_http_ok(resp, 200, json_pack("{s:o}", "symbols", list));
}

static bool refused(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_OK) return false;
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "you have no watchlist");
    } else {
        bj_http_unavailable(resp, "the user database");
    }
    return true;
}

static void get_watchlist(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char symbols[BJ_WATCHLIST_MAX][16];
    size_t symbol_cnt;
    bj_status_t status = bj_watchlist_get(app->db, req->caller->user_id, symbols, &symbol_cnt);
    if (!refused(resp, status)) answer_list(resp, symbols, symbol_cnt);
}

/* False: an unknown symbol, or one twice. */
static bool read_symbols(const bj_app_t *app, json_t *list, char symbols[][16],
                         bj_http_resp_t *resp) {
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const bj_universe_row_t *row =
            bj_instrument_by_symbol(app->instruments, json_string_value(item));
        if (!row) {
            bj_http_fail(resp, 400, "bad_request", "symbols", "symbols has an unknown symbol");
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(symbols[k], row->symbol) != 0) continue;
            bj_http_fail(resp, 400, "bad_request", "symbols", "%s is there twice", row->symbol);
            return false;
        }
        memcpy(symbols[i], row->symbol, 16);
    }
    return true;
}

static void put_watchlist(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char symbols[BJ_WATCHLIST_MAX][16];
    json_t *list = NULL;
    const bj_field_t fields[] = {{.name = "symbols", .kind = BJ_FIELD_LIST,
                                  .max = BJ_WATCHLIST_MAX, .out = &list}};
    if (bj_http_body(req, fields, BJ_COUNT(fields), resp) &&
        read_symbols(app, list, symbols, resp)) {
        size_t symbol_cnt = json_array_size(list);
        bj_trail_who_t who = bj_trail_who(req->caller, req->client);
        bj_status_t status =
            bj_watchlist_put(app->db, &who, req->caller->user_id, symbols, symbol_cnt);
        if (!refused(resp, status)) answer_list(resp, symbols, symbol_cnt);
    }
    json_decref(list);
}

const bj_route_t bj_instruments_routes[] = {
    {"GET", "/instruments", BJ_POLICY_MARKET_READ, get_instruments, BJ_LANE_READ, 0, NULL},
    {"GET", "/watchlist", BJ_POLICY_SELF, get_watchlist, BJ_LANE_READ, 0, NULL},
    {"PUT", "/watchlist", BJ_POLICY_SELF, put_watchlist, BJ_LANE_READ, 0, "watchlist.put"},
    {.method = NULL},
};
