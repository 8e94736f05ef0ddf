#include <stdlib.h>
#include "sim/exchange/bj_model_priv.h"

/* --- what the book does not keep */
bool bj_model_owned_new(bj_model_t *model) {
    uint32_t max = model->config.member_order_max;
    model->free_idx = NO_IDX;
    if (!max) return true;
    model->owned = calloc(max, sizeof *model->owned);
    if (!model->owned) return false;
    for (uint32_t i = 0; i < max; i++) model->owned[i].next_idx = i + 1 < max ? i + 1 : NO_IDX;
    model->free_idx = 0;
    return true;
}

void bj_model_owned_drop(bj_model_t *model, const bj_order_t *order) {
    uint32_t idx = order->user & ~OWNED;
    instrument_of(model, order)->owned_cnt--;
    model->owned[idx].next_idx = model->free_idx;
    model->free_idx = idx;
}

bool bj_model_refill(bj_model_t *model, bj_order_t *order) {
    owned_t *owned = owned_of(model, order);
    if (!owned || !owned->hidden_qty) return false;
    int32_t qty = owned->hidden_qty < owned->slice_qty ? owned->hidden_qty : owned->slice_qty;
    owned->hidden_qty -= qty;
    /* Its price is in the book already: there is room. */
    if (bj_books_move(model->books, order, price_of(model, order), qty) != BJ_OK) {
        bj_books_set_qty(model->books, order, qty);
    }
    bj_model_tell_order(model, 'N', order); /* who follows the feed saw the last slice end */
    return true;
}

void bj_model_on_trade(bj_model_t *model, bj_model_trade_fn *fn, void *ctx) {
    model->on_trade = fn;
    model->trade_ctx = ctx;
}

/* --- in */
static bool reaches(const bj_model_entry_t *entry, int32_t price_paise) {
    return entry->side == BJ_BUY ? price_paise <= entry->limit_paise
                                 : price_paise >= entry->limit_paise;
}

/* Until qty is used up or nobody is left within the limit; taker: it is in the book, or NULL. */
static int32_t take(bj_model_t *model, const bj_model_entry_t *entry, bj_order_t *taker,
                    int32_t qty) {
    bj_side_t other = entry->side == BJ_BUY ? BJ_SELL : BJ_BUY;
    bj_level_t level;
    while (qty && bj_books_best(model->books, entry->row_idx, other, &level) &&
           reaches(entry, level.price_paise)) {
        bj_order_t *maker = bj_books_first(model->books, &level);
        int32_t part = maker->qty < qty ? maker->qty : qty;
        bj_model_trade(model, maker, entry->order_id, entry->ref, part);
        bj_model_reduce(model, maker, part);
        if (taker) bj_model_reduce(model, taker, part);
        qty -= part;
    }
    return qty;
}

static bj_order_t *rest(bj_model_t *model, const bj_model_entry_t *entry, int32_t qty) {
    bj_order_t *order;
    uint32_t idx = model->free_idx;
    int32_t shown = entry->slice_qty && entry->slice_qty < qty ? entry->slice_qty : qty;
    if (idx == NO_IDX || bj_books_add(model->books, entry->row_idx, entry->order_id, entry->side,
                                      entry->limit_paise, shown, OWNED | idx, &order) != BJ_OK) {
        return NULL;
    }
    owned_t *owned = &model->owned[idx];
    model->free_idx = owned->next_idx;
    owned->ref = entry->ref;
    owned->hidden_qty = qty - shown;
    owned->slice_qty = entry->slice_qty;
    model->instrument[entry->row_idx].owned_cnt++;
    bj_model_tell_order(model, 'N', order);
    return order;
}

/* All is shown and stays if it does not trade: N, then T, as the model's own come. */
static bool is_plain(const bj_model_entry_t *entry) { return entry->rests && !entry->slice_qty; }

static void set_time(bj_model_t *model, int64_t now_ns) {
    if (now_ns > model->now_ns) model->now_ns = now_ns;
}

bj_status_t bj_model_enter(bj_model_t *model, const bj_model_entry_t *entry, int64_t now_ns) {
    set_time(model, now_ns);
    if (is_plain(entry)) {
        bj_order_t *order = rest(model, entry, entry->qty);
        if (order) (void)take(model, entry, order, entry->qty);
        return order ? BJ_OK : BJ_ERR_FULL;
    }
    int32_t left = take(model, entry, NULL, entry->qty);
    return !left || !entry->rests || rest(model, entry, left) ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_model_reenter(bj_model_t *model, const bj_model_entry_t *entry, int64_t now_ns) {
    bj_order_t *order = bj_books_find(model->books, entry->order_id);
    assert(order && owned_of(model, order));
    owned_t *owned = owned_of(model, order);
    set_time(model, now_ns);
    if (!is_plain(entry) ||
        bj_books_move(model->books, order, entry->limit_paise, entry->qty) != BJ_OK) {
        bj_model_cancel(model, order);
        return bj_model_enter(model, entry, now_ns);
    }
    owned->hidden_qty = owned->slice_qty = 0;
    bj_model_tell_order(model, 'M', order);
    owned->placed_ns = bj_time_to_exch_ns(model->stamp_ns);
    (void)take(model, entry, order, entry->qty);
    return BJ_OK;
}

void bj_model_lessen(bj_model_t *model, uint64_t order_id, int32_t shown_qty, int32_t hidden_qty,
                     int32_t slice_qty, int64_t now_ns) {
    bj_order_t *order = bj_books_find(model->books, order_id);
    assert(order && owned_of(model, order) && shown_qty > 0 && shown_qty <= order->qty);
    owned_t *owned = owned_of(model, order);
    owned->hidden_qty = hidden_qty;
    owned->slice_qty = slice_qty;
    if (shown_qty == order->qty) return;
    set_time(model, now_ns);
    bj_books_set_qty(model->books, order, shown_qty);
    bj_model_tell_order(model, 'M', order);
}

void bj_model_withdraw(bj_model_t *model, uint64_t order_id, int64_t now_ns) {
    bj_order_t *order = bj_books_find(model->books, order_id);
    assert(order && owned_of(model, order));
    set_time(model, now_ns);
    bj_model_cancel(model, order);
}
