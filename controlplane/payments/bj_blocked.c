#include "controlplane/payments/bj_blocked.h"

static bool add(int64_t *sum, int64_t paise) {
    return paise >= 0 && !__builtin_add_overflow(*sum, paise, sum);
}

static bool add_worth(int64_t *sum, int64_t qty, int64_t price_paise) {
    int64_t worth;
    if (qty <= 0) return true;
    return price_paise > 0 && !__builtin_mul_overflow(qty, price_paise, &worth) && add(sum, worth);
}

/* Of the smallest there is no opposite. */
static bool add_size(int64_t *sum, int64_t paise) {
    return paise != INT64_MIN && add(sum, paise < 0 ? -paise : paise);
}

bool bj_blocked_trades(const bj_position_row_t *rows, size_t row_cnt, int64_t *paise) {
    *paise = 0;
    for (size_t i = 0; i < row_cnt; i++) {
        if (!add_size(paise, rows[i].cost_paise)) return false;
        if (rows[i].realised_paise < 0 && !add_size(paise, rows[i].realised_paise)) return false;
    }
    return true;
}

static bool buys(const bj_order_view_t *view) {
    return view->side == BJ_BUY;
}

/* What it may cost a share: a market order's, or a stop's that becomes one, is nobody's to know. */
static int64_t dearest(const bj_blocked_asks_t *asks, const bj_order_view_t *view) {
    bool market = view->order_type == BJ_MARKET || view->order_type == BJ_SL_M;
    if (market || view->price_paise <= 0) return asks->highest(asks->ctx, view->token);
    return view->price_paise;
}

static int64_t held(const bj_blocked_asks_t *asks, uint32_t token) {
    for (size_t i = 0; i < asks->row_cnt; i++) {
        if (asks->rows[i].token == token) {
            return asks->rows[i].open_qty > 0 ? asks->rows[i].open_qty : 0;
        }
    }
    return 0;
}

/* All sales of one share at once, at the first of its orders. */
static bool add_sales(const bj_blocked_asks_t *asks, size_t first, int64_t *paise) {
    uint32_t token = asks->open[first].token;
    int64_t qty = 0;
    for (size_t i = 0; i < asks->open_cnt; i++) {
        const bj_order_view_t *view = &asks->open[i];
        if (view->token != token || buys(view)) continue;
        if (i < first) return true;
        qty += view->leaves_qty;
    }
    qty -= held(asks, token);
    return add_worth(paise, qty, qty > 0 ? asks->highest(asks->ctx, token) : 0);
}

static bool add_unseen(const bj_blocked_asks_t *asks, int64_t *paise) {
    for (size_t i = 0; i < asks->recent_cnt; i++) {
        const bj_order_view_t *view = &asks->recent[i];
        if (view->event_seq <= asks->event_seq || view->filled_qty <= 0) continue;
        bool known = view->value_paise != BJ_VALUE_UNKNOWN;
        bool fits = known
                        ? add(paise, view->value_paise)
                        : add_worth(paise, view->filled_qty, asks->highest(asks->ctx, view->token));
        if (!fits) return false;
    }
    return true;
}

bool bj_blocked_orders(const bj_blocked_asks_t *asks, int64_t *paise) {
    *paise = 0;
    for (size_t i = 0; i < asks->open_cnt; i++) {
        const bj_order_view_t *view = &asks->open[i];
        bool fits = buys(view) ? add_worth(paise, view->leaves_qty, dearest(asks, view))
                               : add_sales(asks, i, paise);
        if (!fits) return false;
    }
    return add_unseen(asks, paise);
}
