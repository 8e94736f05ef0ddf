/* /positions. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/market/bj_quotes.h"
#include "controlplane/portfolio/bj_portfolio.h"
#include "controlplane/server/bj_http_act.h"
#include "controlplane/server/bj_routes.h"

/* NULL: a number does not fit. */
static json_t *position_json(const bj_app_t *app, const bj_position_row_t *row) {
    const bj_universe_row_t *instrument = bj_instrument_by_token(app->instruments, row->token);
    int32_t last_paise = bj_quotes_last_paise(app->quotes, row->token);
    int64_t unrealised_paise;
    if (!last_paise && instrument) last_paise = instrument->prev_close_paise;
    if (!bj_position_unrealised(row, last_paise, &unrealised_paise)) return NULL;
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:I, s:I}", "symbol",
                     instrument ? instrument->symbol : "", "token", (json_int_t)row->token, "qty",
                     (json_int_t)row->open_qty, "buy_qty", (json_int_t)row->buy_qty,
                     "buy_value_paise", (json_int_t)row->buy_value_paise, "sell_qty",
                     (json_int_t)row->sell_qty, "sell_value_paise",
                     (json_int_t)row->sell_value_paise, "average_paise",
                     (json_int_t)bj_position_average_paise(row), "last_paise", last_paise,
                     "realised_paise", (json_int_t)row->realised_paise, "unrealised_paise",
                     (json_int_t)unrealised_paise);
}

static void get_positions(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    size_t row_cnt = 0;
    uint32_t account_id;
    if (!bj_http_account(app, req, BJ_POLICY_BOOK_READ, &account_id, resp)) return;
    bj_position_row_t *rows = calloc(BJ_POSITIONS_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_FULL
                               : bj_positions_of(app->db, account_id, rows,
                                                 BJ_POSITIONS_MAX, &row_cnt);
    if (status != BJ_OK) {
        bj_http_unavailable(resp, "order history");
        free(rows);
        return;
    }
    json_t *list = json_array();
    bool whole = true;
    for (size_t i = 0; i < row_cnt; i++) {
        whole &= json_array_append_new(list, position_json(app, &rows[i])) == 0;
    }
    if (whole) bj_http_ok(resp, 200, json_pack("{s:O}", "positions", list));
    else bj_http_fail(resp, 500, "internal", NULL, "a position is too large to be valued");
    json_decref(list);
    free(rows);
}

const bj_route_t bj_portfolio_routes[] = {
    {"GET", "/positions", BJ_POLICY_BOOK_READ, get_positions, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
