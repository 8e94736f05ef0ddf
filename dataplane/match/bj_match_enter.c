/* An order comes to its book: by the phase, it trades, rests, queues or waits. */
#include "dataplane/match/bj_match_priv.h"

/* --- resting */

static bool is_plain(const incoming_t *in) {
    return !in->account && !in->desk && !in->cum_qty && !in->disclosed_qty && !in->trigger_paise &&
           in->tif == BJ_DAY && in->type == BJ_LIMIT && !in->flags;
}

/* Both halves of the order as it will rest, shown for now as a whole. */
static void write_down(bj_match_t *m, const incoming_t *in, int32_t shown_qty, uint32_t arrival) {
    bj_order_t *order = in->order;
    if (!in->known) {
        order->order_id = in->order_id;
        bj_idmap_add(&m->ids, order, in->ref);
    }
    order->qty = shown_qty;
    order->user = in->owner;
    order->where = 0;
    if (is_plain(in) && shown_qty == in->leaves_qty && !arrival) return;
    *cold_make(m, order) = (cold_t){.cum_qty = in->cum_qty,
                                    .hidden_qty = in->leaves_qty - shown_qty,
                                    .disclosed_qty = in->disclosed_qty,
                                    .other_paise = in->trigger_paise,
                                    .account = in->account,
                                    .arrival = arrival,
                                    .desk = in->desk,
                                    .day = in->day,
                                    .type = in->type,
                                    .tif = in->tif,
                                    .flags = in->flags};
}

void bj_match_rest(bj_match_t *match, incoming_t *in, bool tell) {
    bj_ladder_t *ladder = ladder_of(match, in->instrument_idx, is_sell(in->side));
    /* New and changed orders have asked for their page before; what they free is enough for it. */
    if (BJ_UNLIKELY(!in->event && !bj_match_room(match, ladder, in->price_paise))) {
        bj_match_end_incoming(match, in, BJ_REJ_ENGINE_FULL);
        return;
    }
    int32_t shown_qty = slice_of(in->disclosed_qty, in->leaves_qty);
    write_down(match, in, shown_qty, 0);
    bj_ladder_push(&match->ladders, ladder, bj_ladder_key(ladder, in->price_paise), in->order,
                   in->ref);
    if (tell) bj_match_say_incoming(match, in, BJ_MEV_RESTED, BJ_MEF_RESTS, shown_qty);
}

static void push_queue(bj_match_t *m, const incoming_t *in, uint32_t arrival) {
    uint32_t queue_ref = queue_of(m, in->instrument_idx, is_sell(in->side));
    write_down(m, in, in->leaves_qty, arrival);
    bj_list_push(&m->ladders, queue_ref, in->order, in->ref);
    in->order->where = (in->order->where & BJ_ORDER_MARK) | queue_ref;
}

/* --- trading */

int32_t bj_match_market_limit(const bj_match_t *match, uint32_t instrument_idx, bool sell) {
    const instrument_t *instrument = &match->instrument[instrument_idx];
    const bj_match_instrument_t *d = &match->definition[instrument_idx];
    int64_t far = sell ? instrument->band_lo_paise : instrument->band_hi_paise;
    if (!d->protection_bp) return (int32_t)far;
    int64_t middle = instrument->last_paise ? instrument->last_paise : d->prev_close_paise;
    int64_t reach = middle * d->protection_bp / 10000;
    if (reach < d->protection_min_paise) reach = d->protection_min_paise;
    int64_t limit = sell ? middle - reach : middle + reach;
    if (sell) return (int32_t)(limit > far ? limit : far);
    return (int32_t)(limit < far ? limit : far);
}

typedef struct trading {
    bj_match_t *m;
    incoming_t *in;
    int32_t price_paise;
    uint8_t flags;
} trading_t;

static inline void say_trade(const trading_t *t, const bj_order_t *maker, int32_t qty,
                             int32_t leaves_qty, int32_t cum_qty, uint8_t flags) {
    const incoming_t *in = t->in;
    uint64_t word[4] = {two(in->instrument_idx, (uint32_t)t->price_paise),
                        two((uint32_t)qty, (uint32_t)leaves_qty),
                        two((uint32_t)cum_qty, (uint32_t)in->leaves_qty),
                        two((uint32_t)in->cum_qty, bj_order_handle(&t->m->ladders, maker))};
    say_words(t->m, maker->order_id, in->order_id, word,
              last_word(in->handle, BJ_MEV_TRADE, side_of(!is_sell(in->side)), 0,
                        t->flags | flags));
}

/* The maker's shown quantity is used up and there is more: to the back with the next slice. */
static void replenish(const trading_t *t, bj_order_t *maker, cold_t *cold, uint32_t list_ref) {
    bj_ladders_t *l = &t->m->ladders;
    int32_t slice_qty = slice_of(cold->disclosed_qty, cold->hidden_qty);
    bj_list_unlink(l, maker);
    bj_list_push(l, list_ref, maker, bj_order_ref(l, maker));
    maker->qty = slice_qty;
    cold->hidden_qty -= slice_qty;
    bj_match_say_order(t->m, maker, BJ_MEV_REPLENISHED, BJ_MEF_RESTS, slice_qty);
}

/* A fill of an order that has traded before, hides something, or keeps something.  True: it is
 * still in the list. */
static bool fill_in_part(const trading_t *t, bj_order_t *maker, int32_t qty, uint32_t list_ref) {
    bj_match_t *m = t->m;
    cold_t *cold = cold_make(m, maker);
    maker->qty -= qty;
    cold->cum_qty += qty;
    bool more = !maker->qty && cold->hidden_qty;
    say_trade(t, maker, qty, maker->qty + cold->hidden_qty, cold->cum_qty, more ? BJ_MEF_MORE : 0);
    if (more) replenish(t, maker, cold, list_ref);
    return maker->qty;
}

static void say_self_trade(const trading_t *t, const bj_order_t *maker) {
    bj_match_say_order(t->m, maker, BJ_MEV_CANCELLED, 0, 0);
    bj_match_event_t *event = emitted(t->m);
    event->leaves_qty = 0;
    event->reason = BJ_END_SELF_TRADE;
}

/* What happens between the incoming order and the first of a list.  True: that one is still there.
 */
static inline bool meet_first(const trading_t *t, bj_order_t *maker, uint32_t list_ref) {
    incoming_t *in = t->in;
    if (BJ_UNLIKELY(in->owner && maker->user == in->owner)) {
        in->self_ended = in->flags & BJ_MATCH_STP_ACTIVE;
        if (!in->self_ended) say_self_trade(t, maker);
        return in->self_ended;
    }
    int32_t qty = maker->qty < in->leaves_qty ? maker->qty : in->leaves_qty;
    in->leaves_qty -= qty;
    in->cum_qty += qty;
    in->trade_cnt++;
    if (BJ_UNLIKELY(is_marked(maker)) || qty != maker->qty)
        return fill_in_part(t, maker, qty, list_ref);
    say_trade(t, maker, qty, 0, qty, 0);
    return false;
}

/* The incoming order meets a list, first in first out, all at one price. */
static void meet_list(const trading_t *t, uint32_t list_ref) {
    bj_ladders_t *l = &t->m->ladders;
    incoming_t *in = t->in;
    bj_link_t *list = bj_ladder_at(l, list_ref);
    for (uint32_t ref = list->next; ref != list_ref && in->leaves_qty && !in->self_ended;) {
        bj_order_t *maker = bj_ladder_order(l, ref);
        uint32_t next_ref = maker->link.next;
        __builtin_prefetch(bj_ladder_at(l, next_ref), 1);
        if (BJ_UNLIKELY(meet_first(t, maker, list_ref))) {
            ref = list->next; /* it is filled in part, or behind the others with its next slice */
            continue;
        }
        list->next = next_ref;
        bj_ladder_at(l, next_ref)->prev = list_ref;
        bj_idmap_remove(&t->m->ids, maker);
        bj_order_give(l, maker);
        ref = next_ref;
    }
}

/* What trading leaves behind in the instrument. */
void bj_match_note_trades(bj_match_t *match, uint32_t instrument_idx, int32_t price_paise,
                          int64_t qty) {
    instrument_t *instrument = &match->instrument[instrument_idx];
    instrument->last_paise = price_paise;
    instrument->window_paise += (wide_t)price_paise * qty;
    instrument->window_qty += qty;
    match->stats.traded_qty += (uint64_t)qty;
}

static void meet_book(bj_match_t *m, incoming_t *in, bj_ladder_t *other, uint32_t limit_key) {
    trading_t t = {m, in, 0, trade_flags(m, in->instrument_idx)};
    while (in->leaves_qty && other->best_key <= limit_key && !in->self_ended) {
        uint32_t level_ref = other->best_ref;
        int32_t before_qty = in->leaves_qty;
        t.price_paise = bj_ladder_price(other, other->best_key);
        meet_list(&t, level_ref);
        if (bj_list_empty(&m->ladders, level_ref)) bj_ladder_emptied(&m->ladders, level_ref);
        if (before_qty == in->leaves_qty) continue;
        bj_match_note_trades(m, in->instrument_idx, t.price_paise, before_qty - in->leaves_qty);
        if (t.price_paise < in->lo_paise) in->lo_paise = t.price_paise;
        if (t.price_paise > in->hi_paise) in->hi_paise = t.price_paise;
    }
}

/* The order is in no book and has nothing left. */
static void drop(bj_match_t *m, const incoming_t *in) {
    if (in->known) bj_idmap_remove(&m->ids, in->order);
    bj_order_give(&m->ladders, in->order);
}

static void settle(bj_match_t *m, incoming_t *in, const bj_ladder_t *other, bool rests) {
    if (!in->leaves_qty) {
        drop(m, in);
    } else if (in->self_ended) {
        bj_match_end_incoming(m, in, BJ_END_SELF_TRADE);
    } else if (in->type == BJ_MARKET) {
        bool somebody = other->best_ref != BJ_NIL;
        bj_match_end_incoming(m, in, somebody ? BJ_END_PROTECTION : BJ_END_NO_LIQUIDITY);
    } else if (in->tif == BJ_IOC) {
        bj_match_end_incoming(m, in, BJ_END_IOC);
    } else {
        bj_match_rest(m, in, !rests);
    }
}

void bj_match_trade_in(bj_match_t *match, incoming_t *in) {
    const bj_ladder_t *other = ladder_of(match, in->instrument_idx, !is_sell(in->side));
    int32_t limit_paise = in->type == BJ_MARKET
                              ? bj_match_market_limit(match, in->instrument_idx, is_sell(in->side))
                              : in->price_paise;
    bj_match_trade_to(match, in, bj_ladder_limit_key(other, limit_paise));
}

void bj_match_trade_to(bj_match_t *match, incoming_t *in, uint32_t limit_key) {
    bj_ladder_t *other = ladder_of(match, in->instrument_idx, !is_sell(in->side));
    bool rests =
        in->event && in->type == BJ_LIMIT && in->tif != BJ_IOC && other->best_key > limit_key;
    if (in->event) {
        int32_t shown_qty = rests ? slice_of(in->disclosed_qty, in->leaves_qty) : 0;
        bj_match_say_incoming(match, in, in->event, rests ? BJ_MEF_RESTS : 0, shown_qty);
    }
    meet_book(match, in, other, limit_key);
    match->stats.trade_cnt += in->trade_cnt;
    settle(match, in, other, rests);
    const instrument_t *instrument = &match->instrument[in->instrument_idx];
    if (in->hi_paise >= instrument->wake_buy_paise || in->lo_paise <= instrument->wake_sell_paise)
        bj_match_wake(match, in->instrument_idx, in->lo_paise, in->hi_paise);
}

/* --- the other phases */

static void enter_auction(bj_match_t *m, incoming_t *in) {
    uint32_t arrival = ++m->arrival;
    if (in->type == BJ_MARKET) {
        bj_match_say_incoming(m, in, in->event, BJ_MEF_QUEUED, in->leaves_qty);
        push_queue(m, in, arrival);
        return;
    }
    bj_ladder_t *ladder = ladder_of(m, in->instrument_idx, is_sell(in->side));
    int32_t shown_qty = slice_of(in->disclosed_qty, in->leaves_qty);
    bj_match_say_incoming(m, in, in->event, BJ_MEF_RESTS, shown_qty);
    write_down(m, in, shown_qty, arrival);
    bj_ladder_push(&m->ladders, ladder, bj_ladder_key(ladder, in->price_paise), in->order, in->ref);
}

static void enter_post_close(bj_match_t *m, incoming_t *in) {
    const instrument_t *instrument = &m->instrument[in->instrument_idx];
    uint32_t other_ref = queue_of(m, in->instrument_idx, !is_sell(in->side));
    bool alone = bj_list_empty(&m->ladders, other_ref);
    in->price_paise = instrument->closing_paise;
    in->type = BJ_LIMIT;
    bj_match_say_incoming(m, in, in->event, alone ? BJ_MEF_QUEUED : 0, alone ? in->leaves_qty : 0);
    trading_t t = {m, in, instrument->closing_paise, trade_flags(m, in->instrument_idx)};
    int32_t before_qty = in->leaves_qty;
    meet_list(&t, other_ref);
    if (before_qty != in->leaves_qty)
        bj_match_note_trades(m, in->instrument_idx, t.price_paise, before_qty - in->leaves_qty);
    m->stats.trade_cnt += in->trade_cnt;
    if (!in->leaves_qty) {
        drop(m, in);
    } else if (in->self_ended) {
        bj_match_end_incoming(m, in, BJ_END_SELF_TRADE);
    } else {
        if (!alone) bj_match_say_incoming(m, in, BJ_MEV_RESTED, BJ_MEF_QUEUED, in->leaves_qty);
        push_queue(m, in, 0);
    }
}

void bj_match_enter(bj_match_t *match, incoming_t *in) {
    switch ((bj_phase_t)match->instrument[in->instrument_idx].phase) {
    case BJ_PHASE_AUCTION:
    case BJ_PHASE_AUCTION_LIMIT:
        enter_auction(match, in);
        return;
    case BJ_PHASE_POST_CLOSE:
        enter_post_close(match, in);
        return;
    case BJ_PHASE_CONTINUOUS:
    case BJ_PHASE_CLOSED:
    case BJ_PHASE_HALTED:
    case BJ_PHASE_BUFFER:
    case BJ_PHASE_CNT:
        break; /* the checks let in CONTINUOUS alone */
    }
    if (in->waits)
        bj_match_hold(match, in);
    else
        bj_match_trade_in(match, in);
    bj_match_run_line(match);
}
