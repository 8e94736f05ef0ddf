/* Call auctions: the equilibrium price, and everything that trades at it. */
#include "dataplane/match/bj_match_priv.h"

/* --- the equilibrium: one walk over both sides, prices ascending */

/* A side's levels from the lowest price up: offers from best to worst, bids the other way. */
typedef struct climb {
    const bj_ladder_t *ladder;
    uint32_t ref; /* BJ_NIL: at the top */
    bool sell;
} climb_t;

static climb_t climb_from_bottom(const bj_match_t *m, uint32_t instrument_idx, bool sell) {
    const bj_ladder_t *ladder = ladder_of(m, instrument_idx, sell);
    return (climb_t){ladder,
                     sell ? ladder->best_ref : bj_ladder_better(&m->ladders, ladder, BJ_NIL), sell};
}

static int32_t climb_price(const bj_match_t *m, const climb_t *climb) {
    return bj_level_price(&m->ladders, climb->ref);
}

static void climb_step(const bj_match_t *m, climb_t *climb) {
    uint32_t key = bj_level_key(&m->ladders, climb->ref);
    climb->ref = climb->sell ? bj_ladder_worse(&m->ladders, climb->ladder, key)
                             : bj_ladder_better(&m->ladders, climb->ladder, key);
}

/* Whole open quantities. */
static int64_t list_qty(const bj_match_t *m, uint32_t list_ref) {
    int64_t qty = 0;
    for (uint32_t ref = bj_ladder_at(&m->ladders, list_ref)->next; ref != list_ref;) {
        const bj_order_t *order = bj_ladder_order(&m->ladders, ref);
        qty += leaves_of(m, order);
        ref = order->link.next;
    }
    return qty;
}

static int64_t side_qty(const bj_match_t *m, uint32_t instrument_idx, bool sell) {
    int64_t qty = 0;
    for (climb_t c = climb_from_bottom(m, instrument_idx, sell); c.ref != BJ_NIL;
         climb_step(m, &c)) {
        qty += list_qty(m, c.ref);
    }
    return qty;
}

typedef struct search {
    int32_t reference_paise;
    bj_match_equilibrium_t best;
    bool both_ways; /* two prices equally near the reference */
} search_t;

static int64_t distance(int64_t a, int64_t b) {
    return a < b ? b - a : a - b;
}

/* Rules 1 to 3 of SEBI's circular: below 0, 0 or above. */
static int compare(const search_t *s, const bj_match_equilibrium_t *a) {
    const bj_match_equilibrium_t *b = &s->best;
    if (a->qty != b->qty) return a->qty < b->qty ? -1 : 1;
    int64_t a_left = distance(a->buy_qty, a->sell_qty), b_left = distance(b->buy_qty, b->sell_qty);
    if (a_left != b_left) return a_left < b_left ? 1 : -1;
    int64_t a_far = distance(a->price_paise, s->reference_paise);
    int64_t b_far = distance(b->price_paise, s->reference_paise);
    return a_far == b_far ? 0 : a_far < b_far ? 1 : -1;
}

static void consider(search_t *s, int32_t price_paise, int64_t buy_qty, int64_t sell_qty) {
    bj_match_equilibrium_t candidate = {price_paise, buy_qty < sell_qty ? buy_qty : sell_qty,
                                        buy_qty, sell_qty};
    if (!candidate.qty) return;
    int better = s->best.qty ? compare(s, &candidate) : 1;
    if (better > 0) s->best = candidate;
    if (better >= 0) s->both_ways = better == 0 && price_paise != s->best.price_paise;
}

static int32_t into_band(const instrument_t *instrument, int32_t price_paise) {
    if (price_paise < auction_lo(instrument)) return auction_lo(instrument);
    if (price_paise > auction_hi(instrument)) return auction_hi(instrument);
    return price_paise;
}

/* The next candidate from two climbs: the lower price, moved into the band. */
static int32_t next_candidate(const bj_match_t *m, climb_t *a, climb_t *b,
                              const instrument_t *instrument) {
    climb_t *c = a->ref == BJ_NIL                         ? b
                 : b->ref == BJ_NIL                       ? a
                 : climb_price(m, a) <= climb_price(m, b) ? a
                                                          : b;
    int32_t price = climb_price(m, c);
    climb_step(m, c);
    return into_band(instrument, price);
}

static bj_match_equilibrium_t willing_at(const bj_match_t *m, uint32_t instrument_idx,
                                         int32_t price_paise) {
    int64_t qty[2];
    for (int sell = 0; sell < 2; sell++) {
        qty[sell] = list_qty(m, queue_of(m, instrument_idx, sell));
        for (climb_t c = climb_from_bottom(m, instrument_idx, sell); c.ref != BJ_NIL;
             climb_step(m, &c)) {
            int32_t price = climb_price(m, &c);
            if (sell ? price <= price_paise : price >= price_paise) qty[sell] += list_qty(m, c.ref);
        }
    }
    return (bj_match_equilibrium_t){price_paise, qty[0] < qty[1] ? qty[0] : qty[1], qty[0], qty[1]};
}

bj_match_equilibrium_t bj_match_equilibrium(const bj_match_t *match, uint32_t instrument_idx) {
    if (!instrument_known(match, instrument_idx) || !match->instrument[instrument_idx].auction)
        return (bj_match_equilibrium_t){0};
    const instrument_t *instrument = &match->instrument[instrument_idx];
    climb_t bid = climb_from_bottom(match, instrument_idx, false), bid_seen = bid;
    climb_t offer = climb_from_bottom(match, instrument_idx, true), offer_seen = offer;
    int64_t buy_qty = list_qty(match, queue_of(match, instrument_idx, false)) +
                      side_qty(match, instrument_idx, false);
    int64_t sell_qty = list_qty(match, queue_of(match, instrument_idx, true));
    search_t search = {.reference_paise = into_band(instrument, instrument->auction_paise)};
    while (bid.ref != BJ_NIL || offer.ref != BJ_NIL) {
        int32_t price = next_candidate(match, &bid, &offer, instrument);
        for (; bid_seen.ref != BJ_NIL && climb_price(match, &bid_seen) < price;
             climb_step(match, &bid_seen))
            buy_qty -= list_qty(match, bid_seen.ref);
        for (; offer_seen.ref != BJ_NIL && climb_price(match, &offer_seen) <= price;
             climb_step(match, &offer_seen))
            sell_qty += list_qty(match, offer_seen.ref);
        consider(&search, price, buy_qty, sell_qty);
    }
    if (search.both_ways) return willing_at(match, instrument_idx, search.reference_paise);
    return search.best;
}

/* --- matching at it */

typedef struct cross {
    bj_match_t *m;
    uint32_t instrument_idx;
    int32_t price_paise; /* 0: the market orders alone, at the reference */
    int32_t at_paise;
    bool market_first;
    int64_t traded_qty;
} cross_t;

static bj_order_t *first_of(const bj_match_t *m, uint32_t list_ref) {
    uint32_t ref = bj_ladder_at(&m->ladders, list_ref)->next;
    return ref == list_ref ? NULL : bj_ladder_order(&m->ladders, ref);
}

/* The head of a side's line; NULL: the line is empty. */
static bj_order_t *head_of(const cross_t *x, bool sell) {
    const bj_match_t *m = x->m;
    const bj_ladder_t *ladder = ladder_of(m, x->instrument_idx, sell);
    bj_order_t *market = first_of(m, queue_of(m, x->instrument_idx, sell));
    bool limits = x->price_paise && ladder->best_key <= bj_ladder_limit_key(ladder, x->price_paise);
    if (market && (x->market_first || !limits)) return market;
    return limits ? first_of(m, ladder->best_ref) : NULL;
}

/* What a fill takes from an order; what is left keeps its place.  False: nothing is left. */
static bool take_from(bj_match_t *m, bj_order_t *order, int32_t qty) {
    int32_t leaves_qty = leaves_of(m, order) - qty;
    if (!leaves_qty) {
        bj_idmap_remove(&m->ids, order);
        bj_match_pull(m, order);
        bj_order_give(&m->ladders, order);
        return false;
    }
    cold_t *cold = cold_make(m, order);
    bool queued = place_of(m, order).queued;
    order->qty = queued ? leaves_qty : slice_of(cold->disclosed_qty, leaves_qty);
    cold->hidden_qty = leaves_qty - order->qty;
    cold->cum_qty += qty;
    return true;
}

/* A disclosed order of a level shows anew, in its place. */
static void say_slice(bj_match_t *m, const bj_order_t *order) {
    if (!cold_of(m, order)->disclosed_qty || place_of(m, order).queued) return;
    bj_match_say_order(m, order, BJ_MEV_REPLENISHED, BJ_MEF_RESTS | BJ_MEF_KEPT, order->qty);
}

static void trade(cross_t *x, bj_order_t *buy, bj_order_t *sell) {
    bj_match_t *m = x->m;
    int32_t buy_qty = leaves_of(m, buy), sell_qty = leaves_of(m, sell);
    int32_t qty = buy_qty < sell_qty ? buy_qty : sell_qty;
    bool gross = m->definition[x->instrument_idx].flags & BJ_MATCH_TRADE_TO_TRADE;
    *emit(m) = (bj_match_event_t){.cmd_no = m->cmd_no,
                                  .order_id = buy->order_id,
                                  .contra_id = sell->order_id,
                                  .instrument_idx = x->instrument_idx,
                                  .price_paise = x->at_paise,
                                  .qty = qty,
                                  .leaves_qty = buy_qty - qty,
                                  .cum_qty = cold_of(m, buy)->cum_qty + qty,
                                  .contra_leaves_qty = sell_qty - qty,
                                  .contra_cum_qty = cold_of(m, sell)->cum_qty + qty,
                                  .handle = bj_order_handle(&m->ladders, buy),
                                  .contra_handle = bj_order_handle(&m->ladders, sell),
                                  .type = BJ_MEV_TRADE,
                                  .side = BJ_BUY,
                                  .flags = BJ_MEF_AUCTION | (gross ? BJ_MEF_TRADE_TO_TRADE : 0)};
    if (take_from(m, buy, qty)) say_slice(m, buy);
    if (take_from(m, sell, qty)) say_slice(m, sell);
    m->stats.trade_cnt++;
    x->traded_qty += qty;
}

static void cross(cross_t *x) {
    bj_order_t *buy, *sell;
    while ((buy = head_of(x, false)) && (sell = head_of(x, true)))
        trade(x, buy, sell);
}

/* --- self-trades, before anything trades: who would meet whom at the price */

typedef struct walk {       /* along a side's line */
    uint32_t list_ref, ref; /* ref == list_ref: the list is done */
    bool sell, in_queue, queue_done;
    int64_t left_qty; /* of the order at ref */
} walk_t;

static uint32_t next_level(const cross_t *x, const walk_t *w) {
    const bj_ladders_t *l = &x->m->ladders;
    const bj_ladder_t *ladder = ladder_of(x->m, x->instrument_idx, w->sell);
    bool fresh = !bj_ref_is_level(l, w->list_ref);
    uint32_t ref =
        fresh ? ladder->best_ref : bj_ladder_worse(l, ladder, bj_level_key(l, w->list_ref));
    bool satisfied = x->price_paise && ref != BJ_NIL &&
                     bj_level_key(l, ref) <= bj_ladder_limit_key(ladder, x->price_paise);
    return satisfied ? ref : BJ_NIL;
}

/* To the first order of the next list that has one; false: the line is at its end. */
static bool next_list(const cross_t *x, walk_t *w) {
    const bj_ladders_t *l = &x->m->ladders;
    uint32_t queue_ref = queue_of(x->m, x->instrument_idx, w->sell);
    bool queue_now = x->market_first && !w->queue_done;
    if (w->queue_done && !x->market_first) return false;
    uint32_t level_ref = queue_now ? BJ_NIL : next_level(x, w);
    if (level_ref == BJ_NIL && w->queue_done) return false;
    if (level_ref == BJ_NIL) w->queue_done = true;
    w->list_ref = level_ref == BJ_NIL ? queue_ref : level_ref;
    w->ref = bj_ladder_at(l, w->list_ref)->next;
    return true;
}

static bj_order_t *walk_on(const cross_t *x, walk_t *w) {
    const bj_ladders_t *l = &x->m->ladders;
    if (w->left_qty) return bj_ladder_order(l, w->ref);
    w->ref = bj_ladder_at(l, w->ref)->next;
    while (w->ref == w->list_ref) {
        if (!next_list(x, w)) return NULL;
    }
    bj_order_t *order = bj_ladder_order(l, w->ref);
    w->left_qty = leaves_of(x->m, order);
    return order;
}

static walk_t walk_from_head(const cross_t *x, bool sell) {
    uint32_t queue_ref = queue_of(x->m, x->instrument_idx, sell);
    uint32_t last_ref = bj_ladder_at(&x->m->ladders, queue_ref)->prev;
    return (walk_t){.list_ref = queue_ref, .ref = last_ref, .sell = sell};
}

/* The later arrival of the first two that would meet and have one owner; NULL: there are none. */
static bj_order_t *self_trade(const cross_t *x) {
    walk_t buys = walk_from_head(x, false), sells = walk_from_head(x, true);
    bj_order_t *buy, *sell;
    while ((buy = walk_on(x, &buys)) && (sell = walk_on(x, &sells))) {
        if (buy->user && buy->user == sell->user) {
            bool buy_later = cold_of(x->m, buy)->arrival > cold_of(x->m, sell)->arrival;
            return buy_later ? buy : sell;
        }
        int64_t qty = buys.left_qty < sells.left_qty ? buys.left_qty : sells.left_qty;
        buys.left_qty -= qty;
        sells.left_qty -= qty;
    }
    return NULL;
}

/* --- what is left */

/* Before the first order of the level that arrived later in an auction.  They come in order of
 * arrival, so each looks on from the one before it. */
static void rest_by_arrival(bj_match_t *m, bj_order_t *order, bj_ladder_t *ladder, uint32_t key,
                            uint32_t *before_ref) {
    bj_ladders_t *l = &m->ladders;
    uint32_t ref = bj_order_ref(l, order), arrival = cold_of(m, order)->arrival;
    bj_ladder_push(l, ladder, key, order, ref);
    uint32_t from = *before_ref == BJ_NIL ? bj_order_where(order) : *before_ref;
    uint32_t at = bj_ladder_at(l, from)->next;
    *before_ref = ref;
    while (at != ref && cold_of(m, bj_ladder_order(l, at))->arrival <= arrival)
        at = bj_ladder_at(l, at)->next;
    if (at == ref) return;
    bj_list_unlink(l, order);
    order->link = (bj_link_t){at, bj_ladder_at(l, at)->prev};
    bj_ladder_at(l, order->link.prev)->next = ref;
    bj_ladder_at(l, at)->prev = ref;
}

static void price_market_orders(cross_t *x, bool sell) {
    bj_match_t *m = x->m;
    bj_ladder_t *ladder = ladder_of(m, x->instrument_idx, sell);
    bj_order_t *order;
    uint32_t before_ref = BJ_NIL;
    while ((order = first_of(m, queue_of(m, x->instrument_idx, sell)))) {
        if (BJ_UNLIKELY(!bj_match_room(m, ladder, x->at_paise))) {
            bj_match_end(m, order, BJ_REJ_ENGINE_FULL);
            continue;
        }
        cold_t *cold = cold_make(m, order);
        int32_t leaves_qty = order->qty;
        cold->type = BJ_LIMIT;
        bj_list_unlink(&m->ladders, order);
        order->qty = slice_of(cold->disclosed_qty, leaves_qty);
        cold->hidden_qty = leaves_qty - order->qty;
        rest_by_arrival(m, order, ladder, bj_ladder_key(ladder, x->at_paise), &before_ref);
        bj_match_say_order(m, order, BJ_MEV_PRICED, BJ_MEF_RESTS, order->qty);
    }
}

static void end_after_close(cross_t *x, bool sell) {
    bj_match_t *m = x->m;
    const bj_ladder_t *ladder = ladder_of(m, x->instrument_idx, sell);
    bj_order_t *order;
    while ((order = first_of(m, queue_of(m, x->instrument_idx, sell))))
        bj_match_end(m, order, BJ_END_AUCTION);
    for (uint32_t level = ladder->best_ref; level != BJ_NIL;) {
        uint32_t next_level =
            bj_ladder_worse(&m->ladders, ladder, bj_level_key(&m->ladders, level));
        for (uint32_t ref = bj_ladder_at(&m->ladders, level)->next; ref != level;) {
            order = bj_ladder_order(&m->ladders, ref);
            ref = order->link.next;
            if (cold_of(m, order)->tif == BJ_DAY) bj_match_end(m, order, BJ_END_AUCTION);
        }
        level = next_level;
    }
}

/* Orders outside the band are the only ones that can be left crossed: no price lets them meet. */
static bj_status_t outside_auction(const bj_match_t *m, const bj_order_t *order, const void *ctx) {
    (void)ctx;
    place_t place = place_of(m, order);
    if (place.waits || place.queued) return BJ_OK;
    int32_t price_paise = bj_match_price_of(m, order);
    return price_paise == into_band(&m->instrument[place.instrument_idx], price_paise)
               ? BJ_OK
               : BJ_END_BAND;
}

/* The price that nobody's self-trade has a part in. */
static cross_t find_cross(bj_match_t *m, uint32_t instrument_idx, bool market_first) {
    const instrument_t *instrument = &m->instrument[instrument_idx];
    for (;;) {
        int32_t price_paise = bj_match_equilibrium(m, instrument_idx).price_paise;
        cross_t x = {m,
                     instrument_idx,
                     price_paise,
                     price_paise ? price_paise : into_band(instrument, instrument->auction_paise),
                     market_first,
                     0};
        bj_order_t *later = self_trade(&x);
        if (!later) return x;
        bj_match_end(m, later, BJ_END_SELF_TRADE);
    }
}

void bj_match_uncross(bj_match_t *match, uint32_t instrument_idx, bool market_first) {
    instrument_t *instrument = &match->instrument[instrument_idx];
    uint8_t kind = instrument->auction;
    cross_t x = find_cross(match, instrument_idx, market_first);
    cross(&x);
    if (x.traded_qty) bj_match_note_trades(match, instrument_idx, x.at_paise, x.traded_qty);
    if (bj_match_is_crossed(match, instrument_idx))
        bj_match_end_each(match, instrument_idx, outside_auction, NULL);
    for (int sell = 0; sell < 2; sell++) {
        if (kind == BJ_AUCTION_CLOSE)
            end_after_close(&x, sell);
        else
            price_market_orders(&x, sell);
    }
    if (kind == BJ_AUCTION_CLOSE) instrument->closing_paise = x.at_paise;
    instrument->auction = 0;
    int32_t said_paise = x.price_paise || x.traded_qty ? x.at_paise : 0;
    int32_t said_qty = x.traded_qty < INT32_MAX ? (int32_t)x.traded_qty : INT32_MAX;
    bj_match_say_control(match, BJ_MEV_UNCROSSED, instrument_idx, said_paise, said_qty, kind,
                         kind == BJ_AUCTION_CLOSE ? x.at_paise : 0, 0);
}
