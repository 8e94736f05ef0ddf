/* /health, /status and /admin/orders; what changes something is in bj_admin_engine_http.c. */
#include <stdlib.h>
#include "controlplane/admin/bj_admin.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/orders/bj_orders_repo.h"
#include "controlplane/server/bj_routes.h"

static void get_health(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req;
    bj_http_ok(resp, 200, json_pack("{s:b}", "ok", 1));
}

/* Clients see names and states; staff also words and figures. */
static json_t *component_json(bj_part_t part, const bj_health_t *health, bool staff) {
    json_t *json = json_pack("{s:s, s:s, s:s}", "name", bj_part_name(part), "state",
                             bj_health_state_name(health->state), "text",
                             staff ? health->text : "");
    if (!json || !staff || !health->figure_cnt) return json;
    json_t *figures = json_object();
    for (size_t i = 0; i < health->figure_cnt; i++) {
        json_object_set_new(figures, health->figures[i].name,
                            json_integer(health->figures[i].value));
    }
    json_object_set_new(json, "figures", figures);
    return json;
}

/* How many instruments are in which phase, by the phase's name. */
static json_t *phases_json(bj_app_t *app) {
    size_t cnt[BJ_STATE_CNT] = {0};
    for (size_t i = 0; i < bj_instruments_cnt(app->instruments); i++) {
        const bj_universe_row_t *row = bj_instrument_at(app->instruments, i);
        cnt[bj_instrument_state(app->instruments, row->token)]++;
    }
    json_t *json = json_object();
    for (bj_instrument_state_t s = BJ_STATE_CLOSED; s < BJ_STATE_CNT; s++) {
        if (!cnt[s]) continue;
        json_object_set_new(json, bj_instrument_state_name(s), json_integer((json_int_t)cnt[s]));
    }
    return json;
}

static void get_status(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    const char *words[BJ_DEGRADED_MAX];
    bj_status_board_t *board = malloc(sizeof *board);
    if (!board) {
        bj_http_unavailable(resp, "memory");
        return;
    }
    bool staff = bj_access_check(BJ_POLICY_STATUS_DETAIL, req->caller, false, NULL, 0) == BJ_MAY;
    bj_admin_board(app->admin, board);
    size_t cnt = bj_degraded(board, words);
    json_t *degraded = json_array(), *components = json_array();
    for (size_t i = 0; i < cnt; i++) json_array_append_new(degraded, json_string(words[i]));
    for (bj_part_t p = 0; p < BJ_PART_CNT; p++) {
        json_array_append_new(components, component_json(p, &board->part[p], staff));
    }
    bj_http_ok(resp, 200, json_pack("{s:b, s:s, s:b, s:o, s:o, s:o}", "ok", cnt == 0, "venue",
                                    app->venue, "simulated", app->simulated, "degraded", degraded,
                                    "components", components, "phases", phases_json(app)));
    free(board);
}

static void get_all_orders(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bool open_only;
    int64_t limit;
    size_t view_cnt;
    uint32_t token = 0;
    if (!bj_orders_list_query(req, &open_only, &limit, resp)) return;
    const char *symbol = bj_query_str(req, "symbol");
    if (symbol && *symbol) {
        const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, symbol);
        if (!row) {
            bj_http_fail(resp, 404, "not_found", "symbol", "there is no such symbol");
            return;
        }
        token = row->token;
    }
    uint32_t branch_id = bj_access_branch(BJ_POLICY_ORDER_READ_ALL, req->caller);
    bj_order_view_t *views = calloc((size_t)limit, sizeof *views);
    bj_status_t status = !views ? BJ_ERR_FULL
                                : bj_orders_select_all(app->db, token, branch_id, open_only,
                                                       views, (size_t)limit, &view_cnt);
    if (status == BJ_OK) bj_orders_answer_list(app, resp, views, view_cnt);
    else bj_http_unavailable(resp, "order history");
    free(views);
}

const bj_route_t bj_admin_routes[] = {
    {"GET", "/health", BJ_POLICY_PUBLIC, get_health, BJ_LANE_READ, 0, NULL},
    {"GET", "/status", BJ_POLICY_MARKET_READ, get_status, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/orders", BJ_POLICY_ORDER_READ_ALL, get_all_orders, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
