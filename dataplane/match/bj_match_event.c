/* What the engine says, and the ends of orders. */
#include "dataplane/match/bj_match_priv.h"

int32_t bj_match_price_of(const bj_match_t *match, const bj_order_t *order) {
    uint32_t where = bj_order_where(order);
    place_t place = place_of(match, order);
    if (place.waits) return cold_of(match, order)->other_paise;
    if (!place.queued) return bj_level_price(&match->ladders, where);
    const instrument_t *instrument = &match->instrument[place.instrument_idx];
    return cold_of(match, order)->type == BJ_MARKET ? 0 : instrument->closing_paise;
}

void bj_match_say_order(bj_match_t *match, const bj_order_t *order, uint8_t type, uint8_t flags,
                        int32_t shown_qty) {
    const cold_t *cold = cold_of(match, order);
    place_t place = place_of(match, order);
    int32_t leaves_qty = leaves_of(match, order);
    *emit(match) = (bj_match_event_t){
        .cmd_no = match->cmd_no,
        .order_id = order->order_id,
        .instrument_idx = place.instrument_idx,
        .price_paise = bj_match_price_of(match, order),
        .qty = leaves_qty,
        .leaves_qty = leaves_qty,
        .cum_qty = cold->cum_qty,
        .contra_leaves_qty = shown_qty,
        .contra_cum_qty = trigger_of(match, order),
        .handle = bj_order_handle(&match->ladders, order),
        .contra_handle = BJ_HANDLE_NONE,
        .type = type,
        .side = side_of(place.sell),
        .flags = flags};
}

void bj_match_say_incoming(bj_match_t *match, const incoming_t *in, uint8_t type, uint8_t flags,
                           int32_t shown_qty) {
    uint32_t price_paise = in->type == BJ_MARKET ? 0 : (uint32_t)in->price_paise;
    uint32_t leaves_qty = (uint32_t)in->leaves_qty;
    uint64_t word[4] = {two(in->instrument_idx, price_paise), two(leaves_qty, leaves_qty),
                        two((uint32_t)in->cum_qty, (uint32_t)shown_qty),
                        two((uint32_t)in->trigger_paise, in->handle)};
    say_words(match, in->order_id, 0, word, last_word(BJ_HANDLE_NONE, type, in->side, 0, flags));
}

void bj_match_say_rejected(bj_match_t *match, const bj_match_cmd_t *cmd, bj_status_t reason) {
    match->stats.reject_cnt++;
    *emit(match) = (bj_match_event_t){.cmd_no = match->cmd_no,
                                      .order_id = cmd->order_id,
                                      .instrument_idx = cmd->instrument_idx,
                                      .price_paise = cmd->price_paise,
                                      .qty = cmd->qty,
                                      .contra_cum_qty = cmd->trigger_paise,
                                      .handle = BJ_HANDLE_NONE,
                                      .contra_handle = BJ_HANDLE_NONE,
                                      .type = BJ_MEV_REJECTED,
                                      .side = cmd->side,
                                      .reason = (uint8_t)reason};
}

void bj_match_say_refused(bj_match_t *match, const bj_match_cmd_t *cmd, bj_status_t reason) {
    match->stats.reject_cnt++;
    bool names_order = cmd->op == BJ_OP_MODIFY || cmd->op == BJ_OP_CANCEL;
    const bj_order_t *order =
        names_order ? bj_idmap_find(&match->ids, &match->ladders, cmd->order_id) : NULL;
    if (order) {
        bj_match_say_order(match, order, BJ_MEV_REQUEST_REJECTED, 0, 0);
        bj_match_event_t *event = emitted(match);
        event->qty = event->contra_cum_qty = 0;
        event->reason = (uint8_t)reason;
        return;
    }
    *emit(match) = (bj_match_event_t){.cmd_no = match->cmd_no,
                                      .order_id = cmd->order_id,
                                      .instrument_idx = cmd->instrument_idx,
                                      .handle = BJ_HANDLE_NONE,
                                      .contra_handle = BJ_HANDLE_NONE,
                                      .type = BJ_MEV_REQUEST_REJECTED,
                                      .reason = (uint8_t)reason};
}

void bj_match_say_control(bj_match_t *match, uint8_t type, uint32_t instrument_idx,
                          int32_t price_paise, int32_t qty, int32_t leaves_qty, int32_t cum_qty,
                          uint8_t reason) {
    *emit(match) = (bj_match_event_t){.cmd_no = match->cmd_no,
                                      .instrument_idx = instrument_idx,
                                      .price_paise = price_paise,
                                      .qty = qty,
                                      .leaves_qty = leaves_qty,
                                      .cum_qty = cum_qty,
                                      .handle = BJ_HANDLE_NONE,
                                      .contra_handle = BJ_HANDLE_NONE,
                                      .type = type,
                                      .reason = reason};
}

/* --- ends */

void bj_match_nearest(bj_match_t *match, uint32_t instrument_idx) {
    const bj_ladder_t *buys = stops_of(match, instrument_idx, false);
    const bj_ladder_t *sells = stops_of(match, instrument_idx, true);
    instrument_t *instrument = &match->instrument[instrument_idx];
    instrument->wake_buy_paise =
        buys->best_ref == BJ_NIL ? INT32_MAX : bj_ladder_price(buys, buys->best_key);
    instrument->wake_sell_paise =
        sells->best_ref == BJ_NIL ? INT32_MIN : bj_ladder_price(sells, sells->best_key);
}

void bj_match_pull(bj_match_t *match, bj_order_t *order) {
    place_t place = place_of(match, order);
    if (place.queued) {
        bj_list_unlink(&match->ladders, order);
        return;
    }
    bj_ladder_pull(&match->ladders, order);
    if (place.waits) bj_match_nearest(match, place.instrument_idx);
}

void bj_match_end(bj_match_t *match, bj_order_t *order, bj_status_t reason) {
    bj_match_say_order(match, order, BJ_MEV_CANCELLED, 0, 0);
    bj_match_event_t *event = emitted(match);
    event->leaves_qty = 0;
    event->reason = (uint8_t)reason;
    bj_idmap_remove(&match->ids, order);
    bj_match_pull(match, order);
    bj_order_give(&match->ladders, order);
}

void bj_match_end_incoming(bj_match_t *match, const incoming_t *in, bj_status_t reason) {
    bj_match_say_incoming(match, in, BJ_MEV_CANCELLED, 0, 0);
    bj_match_event_t *event = emitted(match);
    event->leaves_qty = 0;
    event->reason = (uint8_t)reason;
    if (in->known) bj_idmap_remove(&match->ids, in->order);
    bj_order_give(&match->ladders, in->order);
}

void bj_match_lift(bj_match_t *match, bj_order_t *order, incoming_t *in) {
    const cold_t *cold = cold_of(match, order);
    place_t place = place_of(match, order);
    *in = (incoming_t){.order_id = order->order_id,
                       .order = order,
                       .ref = bj_order_ref(&match->ladders, order),
                       .handle = bj_order_handle(&match->ladders, order),
                       .instrument_idx = place.instrument_idx,
                       .owner = order->user,
                       .account = cold->account,
                       .price_paise = bj_match_price_of(match, order),
                       .leaves_qty = leaves_of(match, order),
                       .cum_qty = cold->cum_qty,
                       .trigger_paise = trigger_of(match, order),
                       .disclosed_qty = cold->disclosed_qty,
                       .desk = cold->desk,
                       .day = cold->day,
                       .side = side_of(place.sell),
                       .type = cold->type,
                       .tif = cold->tif,
                       .flags = cold->flags,
                       .known = true,
                       .waits = place.waits,
                       .lo_paise = INT32_MAX};
    bj_match_pull(match, order);
}
