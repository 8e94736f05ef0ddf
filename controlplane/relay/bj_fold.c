#include "controlplane/relay/bj_fold.h"

#include "dataplane/base/bj_hash.h"

static const char *const state_names[] = {"open", "filled", "cancelled", "rejected"};
const char *bj_row_state_name(bj_row_state_t state) { return state_names[state]; }

static uint64_t hash_of(uint64_t key) { return bj_fnv1a(BJ_FNV_OFFSET, &key, sizeof key); }

/* Declares slot: where key is or would be, key_at being the key of what *slot names.  Linear
 * probing; never full, there are thrice as many slots as events in a batch. */
#define FIND_SLOT(slots, key, key_at)                                     \
    uint32_t *slot = &(slots)[hash_of(key) % BJ_FOLD_SLOTS];              \
    while (*slot && (key_at) != (key)) {                                  \
        slot = slot + 1 == (slots) + BJ_FOLD_SLOTS ? (slots) : slot + 1;  \
    }

static bj_fold_order_t *order_of(bj_fold_t *fold, const bj_event_t *ev) {
    FIND_SLOT(fold->slots, ev->order_id, fold->orders[*slot - 1].last.order_id)
    if (*slot) return &fold->orders[*slot - 1];
    bj_fold_order_t *order = &fold->orders[fold->order_cnt++];
    *slot = (uint32_t)fold->order_cnt;
    *order = (bj_fold_order_t){.last = *ev, .created_ns = ev->time_ns, .waiting = true};
    return order;
}

static void note_account(bj_fold_t *fold, const bj_event_t *ev) {
    FIND_SLOT(fold->account_slots, ev->account_id, fold->accounts[*slot - 1].account_id)
    if (!*slot) {
        *slot = (uint32_t)++fold->account_cnt;
        fold->accounts[*slot - 1].account_id = ev->account_id;
    }
    fold->accounts[*slot - 1].event_seq = ev->seq;
}

static void note_instrument(bj_fold_t *fold, const bj_event_t *ev) {
    FIND_SLOT(fold->instrument_slots, ev->token, fold->instruments[*slot - 1]->token)
    if (!*slot) *slot = (uint32_t)++fold->instrument_cnt;
    fold->instruments[*slot - 1] = ev;
}

static bj_row_state_t state_after(const bj_event_t *ev) {
    if (ev->type == BJ_EV_REJECTED) return BJ_ROW_REJECTED;
    if (ev->type == BJ_EV_CANCELLED) return BJ_ROW_CANCELLED;
    return ev->leaves_qty > 0 ? BJ_ROW_OPEN : BJ_ROW_FILLED;
}

static bool is_order(const bj_event_t *ev) {
    return ev->account_id > 0 && ev->order_id > 0 && ev->order_id <= INT64_MAX &&
           (ev->side == BJ_BUY || ev->side == BJ_SELL) &&
           ev->order_type >= BJ_LIMIT && ev->order_type <= BJ_SL_M && ev->tif >= BJ_DAY &&
           ev->tif <= BJ_GTC && ev->price_paise >= 0 && ev->trigger_price_paise >= 0;
}

/* What an order that sleeps looks like; only TRIGGERED and TRADE say that it woke. */
static bool may_wait(const bj_event_t *ev, bj_row_state_t state) {
    return state == BJ_ROW_OPEN && (ev->order_type == BJ_SL || ev->order_type == BJ_SL_M) &&
           ev->trigger_price_paise > 0 && ev->type != BJ_EV_TRIGGERED && ev->type != BJ_EV_TRADE;
}

/* What the table's constraints say: one bad event is named here, not found in a batch. */
static bool is_consistent(const bj_event_t *ev, bj_row_state_t state) {
    if (state == BJ_ROW_REJECTED) return ev->cum_qty == 0;
    return ev->qty > 0 && ev->cum_qty >= 0 && ev->cum_qty <= ev->qty && ev->disclosed_qty >= 0 &&
           ev->disclosed_qty <= ev->qty &&
           (state != BJ_ROW_FILLED || ev->cum_qty == ev->qty);
}

static bool is_trade(const bj_event_t *ev) {
    return ev->match_id > 0 && ev->match_id <= INT64_MAX && ev->last_qty > 0 &&
           ev->last_price_paise > 0 &&
           !(ev->flags & BJ_FLAG_AUCTION && ev->flags & BJ_FLAG_MAKER);
}

static bj_status_t fold_order(bj_fold_t *fold, const bj_event_t *ev) {
    bj_row_state_t state = state_after(ev);
    if (!is_order(ev) || !is_consistent(ev, state)) return BJ_ERR_BAD_FIELD;
    bool trade = ev->type == BJ_EV_TRADE;
    if (trade && !is_trade(ev)) return BJ_ERR_BAD_FIELD;

    bj_fold_order_t *order = order_of(fold, ev);
    order->last = *ev;
    order->state = state;
    order->waiting = order->waiting && may_wait(ev, state);
    if (ev->tif != BJ_GTD) order->expiry_day = 0;
    else if (ev->value) order->expiry_day = ev->value;
    if (ev->app) order->app = ev->app;
    if (state != BJ_ROW_OPEN) order->last.leaves_qty = 0;
    note_account(fold, ev);
    if (!trade) return BJ_OK;
    fold->trades[fold->trade_cnt++] = ev;
    int64_t value_paise = (int64_t)ev->last_qty * ev->last_price_paise;
    return __builtin_add_overflow(order->value_paise, value_paise, &order->value_paise)
               ? BJ_ERR_OVERFLOW
               : BJ_OK;
}

static bj_status_t fold_one(bj_fold_t *fold, const bj_event_t *ev) {
    switch (ev->type) {
    case BJ_EV_ACCEPTED:
    case BJ_EV_REJECTED:
    case BJ_EV_MODIFIED:
    case BJ_EV_CANCELLED:
    case BJ_EV_TRADE:
    case BJ_EV_TRIGGERED: return fold_order(fold, ev);
    case BJ_EV_INSTRUMENT:
        if (ev->value >= BJ_STATE_CNT) return BJ_ERR_BAD_FIELD;
        note_instrument(fold, ev);
        return BJ_OK;
    case BJ_EV_BAND:
        if (ev->price_paise <= 0 || ev->last_price_paise < ev->price_paise) return BJ_ERR_BAD_FIELD;
        fold->bands[fold->band_cnt++] = ev;
        return BJ_OK;
    case BJ_EV_REQUEST_REJECTED: /* change no row */
    case BJ_EV_ACCOUNT:
    case BJ_EV_MASS_DONE:
    case BJ_EV_LIMIT:
    case BJ_EV_TO_VENUE:
    case BJ_EV_UNCROSSED: return BJ_OK; /* what it did has events of its own */
    default: return BJ_ERR_UNKNOWN_TYPE;
    }
}

bj_status_t bj_fold_batch(bj_fold_t *fold, const bj_event_t *events, size_t event_cnt) {
    assert(event_cnt <= BJ_FOLD_EVENTS_MAX);
    fold->order_cnt = fold->trade_cnt = fold->instrument_cnt = fold->account_cnt = 0;
    fold->band_cnt = 0;
    memset(fold->slots, 0, sizeof fold->slots);
    memset(fold->account_slots, 0, sizeof fold->account_slots);
    memset(fold->instrument_slots, 0, sizeof fold->instrument_slots);
    for (size_t i = 0; i < event_cnt; i++) {
        if (events[i].seq != events[0].seq + i) return BJ_ERR_SEQUENCE;
        bj_status_t status = fold_one(fold, &events[i]);
        if (status != BJ_OK) return status;
    }
    return BJ_OK;
}
