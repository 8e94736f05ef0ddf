#include "controlplane/orders/bj_order_view.h"

const char *const bj_order_type_words[] = {"LIMIT", "MARKET", "SL", "SL-M", NULL};
const char *const bj_order_tif_words[] = {"DAY", "IOC", "GTD", "GTC", NULL};

static const char *const state_names[] = {"open", "filled", "cancelled", "rejected"};

const char *bj_order_state_name(bj_order_state_t state) {
    return (size_t)state < BJ_COUNT(state_names) ? state_names[state] : "?";
}

const char *bj_order_state_word(const bj_order_view_t *view) {
    return view->waiting ? "trigger_pending" : bj_order_state_name(view->state);
}

bool bj_order_state_of(const char *name, bj_order_state_t *state) {
    for (size_t i = 0; i < BJ_COUNT(state_names); i++) {
        if (strcmp(state_names[i], name) == 0) {
            *state = (bj_order_state_t)i;
            return true;
        }
    }
    return false;
}

bool bj_report_touches(const bj_oe_report_t *report) {
    return report->order_id && strchr("armctw", report->header.type) && report->header.type;
}

static bj_order_state_t state_after(const bj_oe_report_t *report) {
    switch (report->header.type) {
    case 'r': return BJ_ORDER_REJECTED;
    case 'c': return BJ_ORDER_CANCELLED;
    default: return report->leaves_qty > 0 ? BJ_ORDER_OPEN : BJ_ORDER_FILLED;
    }
}

static int64_t last_value(const bj_oe_report_t *report) {
    return report->header.type == 't' ? (int64_t)report->last_price_paise * report->last_qty : 0;
}

/* Does the order wait for its trigger price, given whether it did before?  One that has woken never
 * waits again, and its trigger price is only remembered. */
static bool waits_after(const bj_oe_report_t *report, bool waited) {
    bool stop = report->order_type == BJ_SL || report->order_type == BJ_SL_M;
    if (!stop || report->trigger_price_paise == 0 || report->leaves_qty <= 0) return false;
    return report->header.type == 'a' || (report->header.type == 'm' && waited);
}

static void follow(const bj_oe_report_t *report, bj_order_view_t *view) {
    view->state = state_after(report);
    view->waiting = waits_after(report, view->waiting);
    view->order_type = report->order_type; /* an auction makes limit orders of market orders */
    view->tif = report->tif;
    view->price_paise = report->price_paise;
    view->trigger_price_paise = report->trigger_price_paise;
    view->disclosed_qty = report->disclosed_qty;
    if (report->tif != BJ_GTD) view->expiry_day = 0;
    else if (report->value) view->expiry_day = report->value;
    view->qty = report->qty;
    view->filled_qty = report->cum_qty;
    view->leaves_qty = view->state == BJ_ORDER_OPEN ? report->leaves_qty : 0;
    view->reason = report->reason;
    view->updated_ns = report->time_ns;
    view->event_seq = report->event_seq;
}

void bj_order_begin(const bj_oe_report_t *report, bj_order_view_t *view) {
    int32_t filled_now = report->header.type == 't' ? report->last_qty : 0;
    *view = (bj_order_view_t){
        .order_id = report->order_id,
        .client_order_id = report->client_order_id,
        .account_id = report->account_id,
        .token = report->token,
        .side = report->side,
        .waiting = report->cum_qty == 0, /* nobody saw it before: what has traded has woken */
        .created_ns = report->time_ns,
        .app_id = report->app,
        .value_paise = report->cum_qty == filled_now ? last_value(report) : BJ_VALUE_UNKNOWN,
    };
    follow(report, view);
}

void bj_order_apply(const bj_oe_report_t *report, bj_order_view_t *view) {
    if (report->event_seq <= view->event_seq) return;
    int32_t filled_now = report->header.type == 't' ? report->last_qty : 0;
    /* A fill between the two that was never seen: the sum would be wrong, so there is none. */
    if (view->filled_qty + filled_now != report->cum_qty) view->value_paise = BJ_VALUE_UNKNOWN;
    if (view->value_paise != BJ_VALUE_UNKNOWN) view->value_paise += last_value(report);
    follow(report, view);
}

void bj_trade_of(const bj_oe_report_t *report, bj_trade_view_t *trade) {
    *trade = (bj_trade_view_t){
        .match_id = report->match_id,
        .order_id = report->order_id,
        .account_id = report->account_id,
        .token = report->token,
        .side = report->side,
        .maker = (report->flags & BJ_FLAG_MAKER) != 0,
        .auction = (report->flags & BJ_FLAG_AUCTION) != 0,
        .price_paise = report->last_price_paise,
        .qty = report->last_qty,
        .time_ns = report->time_ns,
    };
}

int64_t bj_order_average_paise(const bj_order_view_t *view) {
    if (view->filled_qty <= 0 || view->value_paise < 0) return 0;
    return (view->value_paise * 2 + view->filled_qty) / (2 * (int64_t)view->filled_qty);
}
