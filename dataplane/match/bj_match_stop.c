/* Stops: they wait by trigger price, wake by trades, and come to the book one after the other. */
#include "dataplane/match/bj_match_priv.h"

/* In the line, a woken order's cold half keeps its limit where its hidden quantity will be: a
 * waiting stop hides nothing. */
static void to_line(bj_match_t *m, bj_order_t *order) {
    cold_t *cold = cold_make(m, order);
    place_t place = place_of(m, order);
    int32_t trigger_paise = bj_level_price(&m->ladders, bj_order_where(order));
    bj_match_say_order(m, order, BJ_MEV_TRIGGERED, 0, 0);
    bj_ladder_pull(&m->ladders, order);
    cold->hidden_qty = cold->other_paise;
    cold->other_paise = trigger_paise;
    /* The line serves one instrument at a time; which, and the side, is kept with the order. */
    cold->reserved = place.sell;
    cold->arrival = place.instrument_idx;
    bj_list_push(&m->ladders, line_ref(m), order, bj_order_ref(&m->ladders, order));
}

static void wake_all(bj_match_t *m, bj_ladder_t *stops, uint32_t last_key) {
    while (stops->best_key <= last_key) {
        to_line(m, bj_ladder_order(&m->ladders, bj_ladder_at(&m->ladders, stops->best_ref)->next));
    }
}

void bj_match_wake(bj_match_t *match, uint32_t instrument_idx, int32_t lo_paise, int32_t hi_paise) {
    bj_ladder_t *buys = stops_of(match, instrument_idx, false);
    bj_ladder_t *sells = stops_of(match, instrument_idx, true);
    if (hi_paise > 0) wake_all(match, buys, bj_ladder_limit_key(buys, hi_paise));
    if (lo_paise < INT32_MAX) wake_all(match, sells, bj_ladder_limit_key(sells, lo_paise));
    bj_match_nearest(match, instrument_idx);
}

/* The first of the line, out of it. */
static void take_first(bj_match_t *m, incoming_t *in) {
    bj_order_t *order = bj_ladder_order(&m->ladders, bj_ladder_at(&m->ladders, line_ref(m))->next);
    cold_t *cold = cold_make(m, order);
    bj_list_unlink(&m->ladders, order);
    *in = (incoming_t){.order_id = order->order_id,
                       .order = order,
                       .ref = bj_order_ref(&m->ladders, order),
                       .handle = bj_order_handle(&m->ladders, order),
                       .instrument_idx = cold->arrival,
                       .owner = order->user,
                       .account = cold->account,
                       .price_paise = cold->hidden_qty,
                       .leaves_qty = order->qty,
                       .cum_qty = cold->cum_qty,
                       .trigger_paise = cold->other_paise,
                       .disclosed_qty = cold->disclosed_qty,
                       .desk = cold->desk,
                       .day = cold->day,
                       .side = side_of(cold->reserved),
                       .type = cold->type,
                       .tif = cold->tif,
                       .flags = cold->flags,
                       .known = true,
                       .lo_paise = INT32_MAX};
    cold->hidden_qty = 0;
    cold->arrival = 0;
    cold->reserved = 0;
}

void bj_match_run_line(bj_match_t *match) {
    while (BJ_UNLIKELY(!bj_list_empty(&match->ladders, line_ref(match)))) {
        incoming_t in;
        take_first(match, &in);
        const instrument_t *instrument = &match->instrument[in.instrument_idx];
        bool outside = in.type == BJ_LIMIT && (in.price_paise < instrument->band_lo_paise ||
                                               in.price_paise > instrument->band_hi_paise);
        if (outside)
            bj_match_end_incoming(match, &in, BJ_END_BAND);
        else
            bj_match_trade_in(match, &in);
    }
}

void bj_match_hold(bj_match_t *match, incoming_t *in) {
    bool sell = is_sell(in->side);
    bj_ladder_t *stops = stops_of(match, in->instrument_idx, sell);
    bj_order_t *order = in->order;
    bj_match_say_incoming(match, in, in->event, BJ_MEF_WAITS, 0);
    if (!in->known) {
        order->order_id = in->order_id;
        bj_idmap_add(&match->ids, order, in->ref);
    }
    order->qty = in->leaves_qty;
    order->user = in->owner;
    order->where = 0;
    *cold_make(match, order) = (cold_t){.cum_qty = in->cum_qty,
                                        .disclosed_qty = in->disclosed_qty,
                                        .other_paise = in->type == BJ_MARKET ? 0 : in->price_paise,
                                        .account = in->account,
                                        .desk = in->desk,
                                        .day = in->day,
                                        .type = in->type,
                                        .tif = in->tif,
                                        .flags = in->flags};
    bj_ladder_push(&match->ladders, stops, bj_ladder_key(stops, in->trigger_paise), order, in->ref);
    bj_match_nearest(match, in->instrument_idx);
    int32_t last_paise = match->instrument[in->instrument_idx].last_paise;
    bool reached =
        last_paise && (sell ? last_paise <= in->trigger_paise : last_paise >= in->trigger_paise);
    if (reached) bj_match_wake(match, in->instrument_idx, last_paise, last_paise);
}
