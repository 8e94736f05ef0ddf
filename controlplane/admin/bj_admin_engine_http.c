/* /admin/instruments/..., /admin/kill, /admin/limit and /admin/day-end: what an operator tells the
 * engine.  Each names its author and a reason; both go to the journal with the command, to the
 * log, and before all that to the audit trail. */
#include <inttypes.h>
#include "controlplane/admin/bj_admin_act_http.h"
#include "controlplane/admin/bj_admin_msg.h"
#include "controlplane/admin/bj_admin_second_http.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"

enum { REASON_MAX = 200, BAND_BP_MAX = 10000 };

#define REASON_FIELD(to)                                                                       \
    {.name = "reason", .kind = BJ_FIELD_TEXT, .min = 1, .max = REASON_MAX, .out = (to),        \
     .out_bytes = sizeof(to)}

static bool is_auction(int64_t phase) {
    return phase == BJ_STATE_AUCTION || phase == BJ_STATE_AUCTION_LIMIT;
}

/* The path's symbol into msg; ALL, where that may be, is token 0. */
static bool read_symbol(const bj_app_t *app, const bj_http_req_t *req, bool may_be_all,
                        bj_oe_admin_t *msg, bj_http_resp_t *resp) {
    if (may_be_all && strcmp(req->param, "ALL") == 0) return true;
    const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, req->param);
    if (row) msg->token = row->token;
    else bj_http_fail(resp, 404, "not_found", NULL, "there is no such symbol");
    return row != NULL;
}

/* BJ_ERR_IO: the audit trail does not take it. */
static bj_status_t tell(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                        const char *reason, bj_oe_report_t *report) {
    bj_admin_act_t act;
    if (bj_admin_act_ask(app, req, msg, reason, &act) != BJ_OK) return BJ_ERR_IO;
    bj_status_t status =
        bj_orders_command(app->orders, msg, req->caller->user_id, reason, report);
    bj_admin_act_answer(app, &act, status, report);
    return status;
}

/* False: refused, or it waits for a second person, and the answer says so. */
static bool command(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                    const char *reason, bj_oe_report_t *report, bj_http_resp_t *resp) {
    bj_status_t status = tell(app, req, msg, reason, report);
    if (status == BJ_REJ_SECOND_PERSON && bj_admin_stands_for_two(app, req->caller)) {
        bj_oe_admin_t for_two = *msg;
        for_two.how = BJ_OE_HOW_TWO;
        status = tell(app, req, &for_two, reason, report);
    }
    if (status == BJ_OK) {
        BJ_INFO("user %llu: %s: %s", (unsigned long long)req->caller->user_id, req->path, reason);
    } else if (status == BJ_ERR_IO) {
        bj_http_unavailable(resp, "the audit trail");
    } else if (status == BJ_REJ_SECOND_PERSON && bj_admin_msg_what(msg)) {
        bj_admin_second_ask(app, req, msg, reason, report, resp);
    } else {
        bj_orders_refuse(resp, status);
    }
    return status == BJ_OK;
}

static void answer_state(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                         const char *reason, bj_http_resp_t *resp) {
    bj_oe_report_t report;
    if (!command(app, req, msg, reason, &report, resp)) return;
    bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "symbol", req->param, "state",
                                    bj_instrument_state_words[msg->value]));
}

static void set_state(bj_app_t *app, const bj_http_req_t *req, bj_instrument_state_t state,
                      bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_INSTRUMENT_STATE, .value = state};
    const bj_field_t fields[] = {REASON_FIELD(reason)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!read_symbol(app, req, false, &msg, resp)) return;
    answer_state(app, req, &msg, reason, resp);
}

static void post_halt(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    set_state(app, req, BJ_STATE_HALTED, resp);
}

static void post_resume(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    set_state(app, req, BJ_STATE_OPEN, resp);
}

/* What a phase may be told besides its name. */
static bool check_phase(int64_t phase, const bj_oe_admin_t *msg, bj_http_resp_t *resp) {
    bool closing = phase == BJ_STATE_CLOSED || phase == BJ_STATE_POST_CLOSE;
    const char *field = !is_auction(phase) && msg->auction   ? "auction"
                        : !is_auction(phase) && msg->band_bp ? "band_bp"
                                                             : NULL;
    if (field) {
        bj_http_fail(resp, 400, "bad_request", field,
                     "%s must be absent: only phase auction or auction_limit has one", field);
    } else if (!is_auction(phase) && !closing && msg->reference_paise) {
        field = "reference_paise";
        bj_http_fail(resp, 400, "bad_request", field,
                     "reference_paise must be absent: only an auction or a close has one");
    }
    return field == NULL;
}

static void post_phase(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    static const char *const auctions[] = {"open", "resume", "close", NULL};
    char reason[REASON_MAX + 1];
    int64_t phase, auction = -1, reference_paise = 0, band_bp = 0;
    const bj_field_t fields[] = {
        {.name = "phase", .kind = BJ_FIELD_WORD, .words = bj_instrument_state_words, .out = &phase},
        {.name = "auction", .kind = BJ_FIELD_WORD, .optional = true, .words = auctions,
         .out = &auction},
        {.name = "reference_paise", .kind = BJ_FIELD_INT, .optional = true, .min = 1,
         .max = INT32_MAX, .out = &reference_paise},
        {.name = "band_bp", .kind = BJ_FIELD_INT, .optional = true, .min = 1, .max = BAND_BP_MAX,
         .out = &band_bp},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_PHASE, .value = (uint32_t)phase,
                         .auction = (uint8_t)(auction + 1), .band_bp = (uint32_t)band_bp,
                         .reference_paise = (int32_t)reference_paise};
    if (!read_symbol(app, req, true, &msg, resp)) return;
    if (check_phase(phase, &msg, resp)) answer_state(app, req, &msg, reason, resp);
}

static void post_uncross(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    int64_t phase;
    bool market_first = false;
    const bj_field_t fields[] = {
        {.name = "then", .kind = BJ_FIELD_WORD, .words = bj_instrument_state_words, .out = &phase},
        {.name = "market_first", .kind = BJ_FIELD_BOOL, .optional = true, .out = &market_first},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (is_auction(phase)) {
        bj_http_fail(resp, 400, "bad_request", "then", "then must be closed, open, halted, buffer "
                     "or post_close: the auction is over");
        return;
    }
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_UNCROSS, .value = (uint32_t)phase,
                         .market_first = market_first};
    if (!read_symbol(app, req, true, &msg, resp)) return;
    bj_oe_report_t report;
    if (!command(app, req, &msg, reason, &report, resp)) return;
    json_t *json = json_pack("{s:s, s:s}", "symbol", req->param, "state",
                             bj_instrument_state_words[msg.value]);
    /* For all, the answer is only the first instrument's. */
    if (json && msg.token && report.header.type == 'e') {
        json_object_set_new(json, "price_paise", json_integer(report.last_price_paise));
        json_object_set_new(json, "qty", json_integer(report.last_qty));
    }
    bj_http_ok(resp, 200, json);
}

static void post_band(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    int64_t lo_paise, hi_paise;
    bj_oe_report_t report;
    const bj_field_t fields[] = {
        {.name = "lo_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .out = &lo_paise},
        {.name = "hi_paise", .kind = BJ_FIELD_INT, .min = 1, .max = INT32_MAX, .out = &hi_paise},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (hi_paise < lo_paise) {
        bj_http_fail(resp, 400, "bad_request", "hi_paise", "hi_paise must be lo_paise or above");
        return;
    }
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_BAND, .reference_paise = (int32_t)lo_paise,
                         .hi_paise = (int32_t)hi_paise};
    if (!read_symbol(app, req, false, &msg, resp)) return;
    if (!command(app, req, &msg, reason, &report, resp)) return;
    bj_http_ok(resp, 200, json_pack("{s:s, s:I, s:I}", "symbol", req->param, "lo_paise",
                                    (json_int_t)lo_paise, "hi_paise", (json_int_t)hi_paise));
}

/* Commands that end orders: how many. */
/* The average price, which may become the closing price, counts from here. */
static void post_window(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    bj_oe_report_t report;
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_WINDOW};
    const bj_field_t fields[] = {REASON_FIELD(reason)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!read_symbol(app, req, true, &msg, resp)) return;
    if (!command(app, req, &msg, reason, &report, resp)) return;
    bj_http_ok(resp, 200, json_pack("{s:s}", "symbol", req->param));
}

static void answer_ended(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                         const char *reason, bj_http_resp_t *resp) {
    bj_oe_report_t report;
    if (!command(app, req, msg, reason, &report, resp)) return;
    bj_http_ok(resp, 200, json_pack("{s:I}", "ended", (json_int_t)report.value));
}

static void post_day_end(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], date[BJ_DAY_TEXT_BYTES];
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_DAY_END};
    const bj_field_t fields[] = {
        {.name = "date", .kind = BJ_FIELD_TEXT, .min = 10, .max = 10, .out = date,
         .out_bytes = sizeof date},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    uint32_t day;
    if (!bj_parse_day(date, &day)) {
        bj_http_fail(resp, 400, "bad_request", "date", "date must be a date, as 2026-08-03");
        return;
    }
    msg.value = day;
    answer_ended(app, req, &msg, reason, resp);
}

static bool put_account(uint64_t account_id, bj_oe_admin_t *msg, bj_http_resp_t *resp) {
    msg->account_id = (uint32_t)account_id;
    if (account_id <= UINT32_MAX) return true;
    bj_http_fail(resp, 400, "bad_request", "account_id", "account_id is not an account");
    return false;
}

static bool put_symbol(const bj_app_t *app, const char *symbol, bj_oe_admin_t *msg,
                       bj_http_resp_t *resp) {
    const bj_universe_row_t *row = bj_instrument_by_symbol(app->instruments, symbol);
    msg->token = row ? row->token : 0;
    if (row || !*symbol) return true;
    bj_http_fail(resp, 400, "bad_request", "symbol", "there is no symbol %s", symbol);
    return false;
}

/* What is wrong names a field of the wire's; here it has the API's name. */
static bool check_limit(const bj_oe_admin_t *msg, bj_http_resp_t *resp) {
    static const struct {
        const char *on_wire, *here;
    } names[] = {{"account_id", "account_id"}, {"desk", "session_id"}, {"token", "symbol"},
                 {"limit", "limit"}, {"value", "value"}};
    const bj_cmd_limit_t limit = {.limit = msg->limit, .level = msg->level, .desk = msg->value,
                                  .value = msg->order_value_max_paise};
    const char *wrong = bj_limit_wrong(&limit, msg->account_id, msg->token), *rest, *field = NULL;
    if (!wrong) return true;
    rest = strchr(wrong, ' ');
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        size_t cnt = strlen(names[i].on_wire);
        if (strncmp(wrong, names[i].on_wire, cnt) == 0 && wrong + cnt == rest)
            field = names[i].here;
    }
    bj_http_fail(resp, 400, "bad_request", field, "%s%s", field ? field : "limit", rest);
    return false;
}

static const char *const sides[] = {"BUY", "SELL", NULL};

static uint8_t side_of(int64_t word) { return word == 0 ? BJ_BUY : word == 1 ? BJ_SELL : 0; }

/* Everybody's: a right of its own. */
static void post_kill_member(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    int64_t side = -1;
    bool block = false;
    const bj_field_t fields[] = {
        {.name = "side", .kind = BJ_FIELD_WORD, .optional = true, .words = sides, .out = &side},
        {.name = "block", .kind = BJ_FIELD_BOOL, .optional = true, .out = &block},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_KILL, .how = block, .side = side_of(side)};
    if (block && msg.side) {
        bj_http_fail(resp, 400, "bad_request", "block", "block is without side");
    } else {
        answer_ended(app, req, &msg, reason, resp);
    }
}

static void post_kill(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], symbol[16] = "";
    int64_t side = -1, session_id = 0;
    uint64_t account_id = 0;
    bool block = false;
    const bj_field_t fields[] = {
        {.name = "account_id", .kind = BJ_FIELD_ID, .optional = true, .out = &account_id},
        {.name = "session_id", .kind = BJ_FIELD_INT, .optional = true, .min = 1, .max = UINT16_MAX,
         .out = &session_id},
        {.name = "symbol", .kind = BJ_FIELD_TEXT, .optional = true, .min = 1, .max = 15,
         .out = symbol, .out_bytes = sizeof symbol},
        {.name = "side", .kind = BJ_FIELD_WORD, .optional = true, .words = sides, .out = &side},
        {.name = "block", .kind = BJ_FIELD_BOOL, .optional = true, .out = &block},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_KILL, .value = (uint32_t)session_id, .how = block,
                         .side = side_of(side)};
    if (!account_id && !session_id && !*symbol) {
        bj_http_fail(resp, 400, "bad_request", "account_id",
                     "name account_id, session_id or symbol; "
                     "everybody's orders end by POST /admin/kill/member");
    } else if (block && (msg.side || (session_id && (account_id || *symbol)))) {
        bj_http_fail(resp, 400, "bad_request", "block", "block is for one of account_id, "
                     "session_id and symbol, or for an account in a symbol; without side");
    } else if (put_account(account_id, &msg, resp) && put_symbol(app, symbol, &msg, resp)) {
        answer_ended(app, req, &msg, reason, resp);
    }
}

/* lift: by an elevation, which two stand behind; the body has no value. */
static void tell_limit(bj_app_t *app, const bj_http_req_t *req, bool lift, bj_http_resp_t *resp) {
    static const char *const levels[] = {BJ_LEVEL_WORDS, NULL};
    char reason[REASON_MAX + 1], symbol[16] = "", word[32];
    int64_t level, value = BJ_LIMIT_NONE, session_id = 0;
    uint64_t account_id = 0;
    const bj_field_t fields[] = {
        {.name = "level", .kind = BJ_FIELD_WORD, .words = levels, .out = &level},
        {.name = "limit", .kind = BJ_FIELD_TEXT, .min = 1, .max = sizeof word - 1, .out = word,
         .out_bytes = sizeof word},
        {.name = "account_id", .kind = BJ_FIELD_ID, .optional = true, .out = &account_id},
        {.name = "session_id", .kind = BJ_FIELD_INT, .optional = true, .min = 1, .max = UINT16_MAX,
         .out = &session_id},
        {.name = "symbol", .kind = BJ_FIELD_TEXT, .optional = true, .min = 1, .max = 15,
         .out = symbol, .out_bytes = sizeof symbol},
        REASON_FIELD(reason),
        {.name = "value", .kind = BJ_FIELD_INT, .min = BJ_LIMIT_NONE, .max = INT64_MAX,
         .out = &value},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields) - lift, resp)) return;
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_LIMIT, .level = (uint8_t)(level + 1),
                         .limit = (uint8_t)bj_limit_by_word(word), .value = (uint32_t)session_id,
                         .order_value_max_paise = value, .how = lift ? BJ_OE_HOW_TWO : 0};
    if (!put_account(account_id, &msg, resp) || !put_symbol(app, symbol, &msg, resp)) return;
    if (!check_limit(&msg, resp)) return;
    bj_oe_report_t report;
    if (!command(app, req, &msg, reason, &report, resp)) return;
    bj_http_ok(resp, 200, json_pack("{s:s, s:s, s:I}", "level", levels[level], "limit", word,
                                    "value", (json_int_t)value));
}

static void post_limit(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    tell_limit(app, req, false, resp);
}

static void post_lift(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    tell_limit(app, req, true, resp);
}

/* An order at the exchange whose trades are missing; whether they are, the venue's line knows. */
static void post_release(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], id[24];
    uint64_t order_id = 0;
    const bj_field_t fields[] = {{.name = "order_id", .kind = BJ_FIELD_ID, .out = &order_id},
                                 REASON_FIELD(reason)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (order_id == 0 || order_id > INT64_MAX) {
        bj_http_fail(resp, 400, "bad_request", "order_id", "order_id is not an order");
        return;
    }
    bj_oe_admin_t msg = {.kind = BJ_OE_ADMIN_RELEASE, .how = BJ_OE_HOW_TWO,
                         .order_value_max_paise = (int64_t)order_id};
    bj_oe_report_t report;
    if (!command(app, req, &msg, reason, &report, resp)) return;
    snprintf(id, sizeof id, "%" PRIu64, order_id);
    bj_http_ok(resp, 202, json_pack("{s:s}", "asked", id));
}

const bj_route_t bj_admin_engine_routes[] = {
    {"POST", "/admin/instruments/*/halt", BJ_POLICY_MARKET_SET, post_halt, BJ_LANE_ORDER, 0,
     "instrument.halt"},
    {"POST", "/admin/instruments/*/resume", BJ_POLICY_MARKET_SET, post_resume, BJ_LANE_ORDER, 0,
     "instrument.resume"},
    {"POST", "/admin/instruments/*/phase", BJ_POLICY_MARKET_SET, post_phase, BJ_LANE_ORDER, 0,
     "instrument.phase"},
    {"POST", "/admin/instruments/*/uncross", BJ_POLICY_MARKET_SET, post_uncross, BJ_LANE_ORDER, 0,
     "instrument.uncross"},
    {"POST", "/admin/instruments/*/band", BJ_POLICY_MARKET_SET, post_band, BJ_LANE_ORDER, 0,
     "instrument.band"},
    {"POST", "/admin/instruments/*/window", BJ_POLICY_MARKET_SET, post_window, BJ_LANE_ORDER, 0,
     "instrument.window"},
    {"POST", "/admin/day-end", BJ_POLICY_DAY_END, post_day_end, BJ_LANE_ORDER, 0, "day.end"},
    {"POST", "/admin/kill", BJ_POLICY_KILL, post_kill, BJ_LANE_ORDER, 0, "orders.kill"},
    {"POST", "/admin/kill/member", BJ_POLICY_KILL_MEMBER, post_kill_member, BJ_LANE_ORDER, 0,
     "orders.kill"},
    {"POST", "/admin/limit", BJ_POLICY_LIMIT_SET, post_limit, BJ_LANE_ORDER, 0, "limit.set"},
    {"POST", "/admin/limit/lift", BJ_POLICY_LIMIT_LIFT, post_lift, BJ_LANE_ORDER, 0, "limit.lift"},
    {"POST", "/admin/orders/release", BJ_POLICY_LIMIT_LIFT, post_release, BJ_LANE_ORDER, 0,
     "order.release"},
    {.method = NULL},
};
