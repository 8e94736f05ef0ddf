#include "controlplane/orders/bj_order_check.h"

static bool has_limit(uint8_t order_type) { return order_type == BJ_LIMIT || order_type == BJ_SL; }
static bool is_stop(uint8_t order_type) { return order_type == BJ_SL || order_type == BJ_SL_M; }

/* A stop's limit lies behind its trigger price, or it would wake and find nobody. */
static const char *check_stop(uint8_t side, const bj_order_terms_t *terms, const char **text) {
    bool buy = side == BJ_BUY;
    if (buy ? terms->price_paise >= terms->trigger_price_paise
            : terms->price_paise <= terms->trigger_price_paise) {
        return NULL;
    }
    *text = buy ? "price_paise of a BUY SL order must be trigger_price_paise or above"
                : "price_paise of a SELL SL order must be trigger_price_paise or below";
    return "price_paise";
}

static const char *check_prices(const bj_new_order_t *order, const char **text) {
    if (has_limit(order->order_type) != (order->price_paise != 0)) {
        *text = order->price_paise ? "price_paise must be absent: a MARKET or SL-M order has none"
                                   : "price_paise is missing: a LIMIT or SL order needs one";
        return "price_paise";
    }
    if (is_stop(order->order_type) != (order->trigger_price_paise != 0)) {
        *text = order->trigger_price_paise
                    ? "trigger_price_paise must be absent: only an SL or SL-M order has one"
                    : "trigger_price_paise is missing: an SL or SL-M order needs one";
        return "trigger_price_paise";
    }
    const bj_order_terms_t terms = {.price_paise = order->price_paise,
                                    .trigger_price_paise = order->trigger_price_paise};
    return order->order_type == BJ_SL ? check_stop(order->side, &terms, text) : NULL;
}

static const char *check_expiry(const bj_new_order_t *order, uint32_t today, const char **text) {
    bool wanted = order->tif == BJ_GTD;
    if (wanted == (order->expiry_day != 0) && (!wanted || order->expiry_day >= today)) return NULL;
    *text = !wanted              ? "expiry must be absent: only a GTD order has one"
            : order->expiry_day  ? "expiry must be today or later"
                                 : "expiry is missing: a GTD order needs its last day";
    return "expiry";
}

static const char *check_disclosed(int32_t disclosed_qty, int32_t qty, const char **text) {
    if (disclosed_qty <= qty) return NULL;
    *text = "disclosed_qty must be at most qty";
    return "disclosed_qty";
}

const char *bj_order_check_new(const bj_new_order_t *order, uint32_t today, const char **text) {
    const char *field = check_prices(order, text);
    if (!field) field = check_disclosed(order->disclosed_qty, order->qty, text);
    return field ? field : check_expiry(order, today, text);
}

static bool is_empty(const bj_order_change_t *change) {
    return !change->price_paise && !change->qty && !change->trigger_price_paise &&
           change->disclosed_qty < 0;
}

static int32_t or_as_it_was(int64_t wish, int32_t now) { return wish ? (int32_t)wish : now; }

const char *bj_order_check_change(const bj_order_view_t *view, const bj_order_change_t *change,
                                  bj_order_terms_t *terms, const char **text) {
    if (is_empty(change)) {
        *text = "qty or another field to change is missing";
        return "qty";
    }
    if (change->price_paise && !has_limit(view->order_type)) {
        *text = "price_paise must be absent: a MARKET or SL-M order has none";
        return "price_paise";
    }
    if (change->trigger_price_paise && !view->waiting) {
        *text = "trigger_price_paise must be absent: this order does not wait for one";
        return "trigger_price_paise";
    }
    *terms = (bj_order_terms_t){
        .price_paise = or_as_it_was(change->price_paise, view->price_paise),
        .qty = or_as_it_was(change->qty, view->qty),
        .trigger_price_paise = or_as_it_was(change->trigger_price_paise, view->trigger_price_paise),
    };
    /* Nobody asked for less to be shown: an order that shrinks takes it along. */
    int32_t open_qty = terms->qty - view->filled_qty, shown_qty = view->disclosed_qty;
    if (shown_qty > open_qty) shown_qty = open_qty > 0 ? open_qty : 0;
    terms->disclosed_qty = change->disclosed_qty < 0 ? shown_qty : (int32_t)change->disclosed_qty;
    if (view->waiting && view->order_type == BJ_SL) {
        const char *field = check_stop(view->side, terms, text);
        if (field) return field;
    }
    return check_disclosed(terms->disclosed_qty, terms->qty, text);
}
