/* /market/...: quotes and ladders from shared memory, candles from PostgreSQL, the edge's
 * ticket. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/market/bj_candles_repo.h"
#include "controlplane/market/bj_quotes.h"
#include "controlplane/market/bj_ticket.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { QUOTES_MAX = 100 };

static json_t *quote_json(const bj_market_row_t *row, bool stale, const char *state) {
    char time[BJ_TIME_TEXT_BYTES];
    return json_pack(
        "{s:I, s:s, s:i, s:i, s:i, s:I, s:i, s:I, s:i, s:i, s:i, s:i, s:I, s:s, s:b, s:s}", "token",
        (json_int_t)row->token, "symbol", row->symbol, "last_paise", row->last_price_paise,
        "last_qty", row->last_qty, "bid_paise", row->bid[0].price_paise, "bid_qty",
        (json_int_t)row->bid[0].qty, "ask_paise", row->ask[0].price_paise, "ask_qty",
        (json_int_t)row->ask[0].qty, "open_paise", row->open_paise, "high_paise", row->high_paise,
        "low_paise", row->low_paise, "prev_close_paise", row->prev_close_paise, "volume_qty",
        (json_int_t)row->volume_qty, "time", bj_time_text(row->exch_ns, time), "stale", stale,
        "state", state);
}

static bj_status_t add_quote(bj_app_t *app, const char *symbol, json_t *list) {
    bj_market_row_t row;
    bool stale = true;
    bj_status_t status = bj_quotes_read(app->quotes, symbol, &row, &stale);
    if (status != BJ_OK) return status;
    bj_instrument_state_t state = bj_instrument_state(app->instruments, row.token);
    json_array_append_new(list, quote_json(&row, stale, bj_instrument_state_name(state)));
    return status;
}

static bj_status_t add_all(bj_app_t *app, json_t *list) {
    for (size_t i = 0; i < bj_instruments_cnt(app->instruments); i++) {
        bj_status_t status = add_quote(app, bj_instrument_at(app->instruments, i)->symbol, list);
        if (status == BJ_ERR_UNAVAILABLE) return status;
    }
    return BJ_OK;
}

/* The named symbols; *wrong is the first that is none, cut to fit. */
static bj_status_t add_named(bj_app_t *app, const char *names, json_t *list, char wrong[16]) {
    for (const char *p = names; *p;) {
        size_t name_bytes = strcspn(p, ",");
        snprintf(wrong, 16, "%.*s", (int)(name_bytes > 15 ? 15 : name_bytes), p);
        if (json_array_size(list) == QUOTES_MAX) return BJ_ERR_FULL;
        bj_status_t status = name_bytes > 15 ? BJ_ERR_NOT_FOUND : add_quote(app, wrong, list);
        if (status != BJ_OK) return status;
        p += name_bytes;
        p += *p == ',';
    }
    return BJ_OK;
}

static void get_quotes(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char wrong[16] = "";
    json_t *list = json_array();
    const char *names = bj_query_str(req, "symbols");
    bj_status_t status = names ? add_named(app, names, list, wrong) : add_all(app, list);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:O}", "quotes", list));
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", "symbols", "there is no symbol %s", wrong);
    } else if (status == BJ_ERR_FULL) {
        bj_http_fail(resp, 400, "bad_request", "symbols", "at most %d symbols", QUOTES_MAX);
    } else {
        bj_http_unavailable(resp, "market data");
    }
    json_decref(list);
}

static json_t *levels_json(const bj_market_level_t *level, int64_t level_cnt) {
    json_t *list = json_array();
    for (int64_t i = 0; i < level_cnt && level[i].price_paise; i++) {
        json_array_append_new(list, json_pack("{s:i, s:I, s:I}", "price_paise",
                                              level[i].price_paise, "qty",
                                              (json_int_t)level[i].qty, "orders",
                                              (json_int_t)level[i].order_cnt));
    }
    return list;
}

static void get_book(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_market_row_t row;
    bool stale = true;
    int64_t level_cnt = 5;
    if (!bj_query_int(req, "levels", 1, BJ_MARKET_LEVELS, &level_cnt, resp)) return;
    bj_status_t status = bj_quotes_read(app->quotes, req->param, &row, &stale);
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such symbol");
    } else if (status != BJ_OK) {
        bj_http_unavailable(resp, "market data");
    } else {
        bj_http_ok(resp, 200,
                   json_pack("{s:s, s:o, s:o, s:b}", "symbol", row.symbol, "bids",
                             levels_json(row.bid, level_cnt), "asks",
                             levels_json(row.ask, level_cnt), "stale", stale));
    }
}

static json_t *candles_json(const bj_candle_t *candles, size_t candle_cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < candle_cnt; i++) {
        const bj_candle_t *c = &candles[i];
        json_array_append_new(list, json_pack("[I, i, i, i, i, I]", (json_int_t)c->start_s,
                                              c->open_paise, c->high_paise, c->low_paise,
                                              c->close_paise, (json_int_t)c->volume_qty));
    }
    return json_pack("{s:o}", "candles", list);
}

static void get_candles(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    static const char *const names[] = {"5s", "15s", "1m", "5m", "15m", NULL};
    static const int64_t lengths_s[] = {5, 15, 60, 300, 900};
    int64_t interval = 2, limit = 300;
    size_t candle_cnt;
    if (!bj_query_word(req, "interval", names, &interval, resp)) return;
    if (!bj_query_int(req, "limit", 1, BJ_CANDLES_MAX, &limit, resp)) return;
    const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, req->param);
    if (!row) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such symbol");
        return;
    }
    bj_candle_t *candles = calloc(BJ_CANDLES_MAX, sizeof *candles);
    bj_status_t status = !candles ? BJ_ERR_FULL
                                  : bj_candles_of(app->db, row->token, lengths_s[interval], limit,
                                                  candles, &candle_cnt);
    if (status == BJ_OK) bj_http_ok(resp, 200, candles_json(candles, candle_cnt));
    else bj_http_unavailable(resp, "price history");
    free(candles);
}

static void get_ticket(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char ticket[BJ_TICKET_BYTES];
    int64_t now_s = bj_clock_wall_ns() / BJ_NS_PER_S;
    bj_ticket_make(app->ticket_key, req->caller, now_s, ticket);
    bj_http_ok(resp, 200, json_pack("{s:s, s:s, s:i}", "url", app->edge_url, "ticket", ticket,
                                    "expires_s", BJ_TICKET_LIFE_S));
}

const bj_route_t bj_market_routes[] = {
    {"GET", "/market/quotes", BJ_POLICY_MARKET_READ, get_quotes, BJ_LANE_READ, 0, NULL},
    {"GET", "/market/book/*", BJ_POLICY_MARKET_READ, get_book, BJ_LANE_READ, 0, NULL},
    {"GET", "/market/candles/*", BJ_POLICY_MARKET_READ, get_candles, BJ_LANE_READ, 0, NULL},
    {"GET", "/market/ticket", BJ_POLICY_MARKET_READ, get_ticket, BJ_LANE_QUICK, 0, NULL},
    {.method = NULL},
};
