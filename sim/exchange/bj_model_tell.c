#include "sim/exchange/bj_model_priv.h"

/* --- messages out */
static int64_t stamp(bj_model_t *model) {
    model->stamp_ns = model->now_ns > model->stamp_ns ? model->now_ns : model->stamp_ns + 1;
    return bj_time_to_exch_ns(model->stamp_ns);
}

static uint8_t type_of(const instrument_t *instrument, uint8_t type) {
    if (!instrument->of.spread) return type;
    return type == 'N' ? 'G' : type == 'M' ? 'H' : type == 'X' ? 'J' : 'K';
}

static void tell(bj_model_t *model, const instrument_t *instrument, const void *wire,
                 size_t wire_bytes) {
    model->config.sink(model->config.ctx, instrument->of.stream_idx, wire, wire_bytes);
}

int64_t *bj_model_placed(bj_model_t *model, const bj_order_t *order) {
    owned_t *owned = owned_of(model, order);
    return owned ? &owned->placed_ns : &instrument_of(model, order)->placed_ns[order->user];
}

void bj_model_tell_order(bj_model_t *model, uint8_t type, const bj_order_t *order) {
    instrument_t *instrument = instrument_of(model, order);
    stream_t *stream = &model->stream[instrument->of.stream_idx];
    if (!stream->open) return;
    bj_mtbt_order_t wire = {
        .header = {sizeof wire, instrument->row.stream, ++stream->seq},
        .type = type_of(instrument, type), .exch_ts_ns = stamp(model),
        .order_id = (double)order->order_id, .token = (int32_t)instrument->row.token,
        .side = (uint8_t)bj_books_side_of(model->books, order),
        .price_paise = price_of(model, order) - instrument->of.bias_paise, .qty = order->qty};
    uint64_t *count = type == 'N' ? &model->stats.news
                      : type == 'M' ? &model->stats.modifies : &model->stats.cancels;
    ++*count;
    if (type == 'N') *bj_model_placed(model, order) = wire.exch_ts_ns;
    tell(model, instrument, &wire, sizeof wire);
}

/* One of the last trades of the stream, each at most once. */
static void cancel_trade(bj_model_t *model, const instrument_t *instrument) {
    stream_t *stream = &model->stream[instrument->of.stream_idx];
    if (!(model->config.cancel_streams >> instrument->of.stream_idx & 1) || !stream->recent_cnt ||
        below(model, 10000) >= model->config.cancel_per_10000) {
        return;
    }
    uint32_t at = below(model, stream->recent_cnt);
    bj_mtbt_trade_t wire = stream->recent[at];
    stream->recent[at] = stream->recent[--stream->recent_cnt];
    wire.header.seq = ++stream->seq;
    wire.type = 'C';
    wire.exch_ts_ns = stamp(model);
    model->stats.trade_cancels++;
    tell(model, instrument, &wire, sizeof wire);
}

static void remember_trade(bj_model_t *model, stream_t *stream, const bj_mtbt_trade_t *wire) {
    if (wire->type != 'T') return; /* C does not say whether its trade was a spread's */
    if (stream->recent_cnt < RECENT_MAX) stream->recent[stream->recent_cnt++] = *wire;
    else stream->recent[model->stats.trades % RECENT_MAX] = *wire;
}

static void tell_trade(bj_model_t *model, const instrument_t *instrument, uint64_t buy_id,
                       uint64_t sell_id, int32_t price_paise, int32_t qty) {
    stream_t *stream = &model->stream[instrument->of.stream_idx];
    if (!stream->open) return;
    bj_mtbt_trade_t wire = {
        .header = {sizeof wire, instrument->row.stream, ++stream->seq},
        .type = type_of(instrument, 'T'), .exch_ts_ns = stamp(model),
        .buy_order_id = (double)buy_id, .sell_order_id = (double)sell_id,
        .token = (int32_t)instrument->row.token,
        .price_paise = price_paise - instrument->of.bias_paise, .qty = qty};
    model->stats.trades++;
    tell(model, instrument, &wire, sizeof wire);
    if (!model->config.cancel_per_10000) return;
    cancel_trade(model, instrument);
    remember_trade(model, stream, &wire);
}

void bj_model_trade(bj_model_t *model, const bj_order_t *maker, uint64_t taker_id,
                    uint32_t taker_ref, int32_t qty) {
    const instrument_t *instrument = instrument_of(model, maker);
    const owned_t *owned = owned_of(model, maker);
    bool buys = bj_books_side_of(model->books, maker) == BJ_SELL; /* the taker does */
    int32_t price_paise = price_of(model, maker);
    tell_trade(model, instrument, buys ? taker_id : maker->order_id,
               buys ? maker->order_id : taker_id, price_paise, qty);
    if (!model->on_trade) return;
    model->on_trade(model->trade_ctx, &(bj_model_trade_t){
        .row_idx = (uint32_t)(instrument - model->instrument), .taker_ref = taker_ref,
        .maker_ref = owned ? owned->ref : BJ_MODEL_NOBODY, .taker_id = taker_id,
        .maker_id = maker->order_id, .taker_side = buys ? BJ_BUY : BJ_SELL,
        .price_paise = price_paise, .qty = qty});
}

/* --- the book and the list beside it */
/* Sixteen digits as the exchange makes them: two for the stream, fourteen that count. */
uint64_t bj_model_next_id(bj_model_t *model, const instrument_t *instrument) {
    uint64_t count = ++model->stream[instrument->of.stream_idx].order_cnt;
    return (11 + instrument->of.stream_idx) * UINT64_C(100000000000000) + count;
}

bj_order_t *bj_model_add(bj_model_t *model, uint32_t idx, bj_side_t side, int32_t price_paise,
                       int32_t qty) {
    instrument_t *instrument = &model->instrument[idx];
    bj_order_t *order;
    if (instrument->list_cnt == LIST_MAX) return NULL;
    if (bj_books_add(model->books, idx, bj_model_next_id(model, instrument), side, price_paise, qty,
                     instrument->list_cnt, &order) != BJ_OK) {
        return NULL;
    }
    instrument->list[instrument->list_cnt++] = order;
    bj_model_tell_order(model, 'N', order);
    return order;
}

static void unlist(bj_model_t *model, const bj_order_t *order) {
    if (owned_of(model, order)) {
        bj_model_owned_drop(model, order);
        return;
    }
    instrument_t *instrument = instrument_of(model, order);
    bj_order_t *last = instrument->list[--instrument->list_cnt];
    instrument->placed_ns[order->user] = instrument->placed_ns[last->user];
    last->user = order->user;
    instrument->list[last->user] = last;
}

void bj_model_cancel(bj_model_t *model, bj_order_t *order) {
    bj_model_tell_order(model, 'X', order);
    unlist(model, order);
    bj_books_remove(model->books, order);
}

void bj_model_reduce(bj_model_t *model, bj_order_t *order, int32_t qty) {
    if (order->qty == qty) {
        if (bj_model_refill(model, order)) return;
        unlist(model, order);
    }
    bj_books_set_qty(model->books, order, order->qty - qty);
}
