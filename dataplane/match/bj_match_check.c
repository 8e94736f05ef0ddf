/* Invariants, by looking at everything in the slowest way. */
#include "dataplane/match/bj_match_priv.h"

typedef struct looking {
    const bj_match_t *m;
    uint32_t instrument_idx, order_cnt;
    bool sell, waits, queued;
} looking_t;

static const char *order_broken(const looking_t *look, const bj_order_t *order, uint32_t list_ref) {
    const bj_match_t *m = look->m;
    const cold_t *cold = cold_of(m, order);
    place_t place = place_of(m, order);
    if (bj_order_where(order) != list_ref) return "an order is in another list than it says";
    if (place.instrument_idx != look->instrument_idx || place.sell != look->sell ||
        place.waits != look->waits || place.queued != look->queued)
        return "an order is in another place than it says";
    if (bj_idmap_find(&m->ids, &m->ladders, order->order_id) != order)
        return "an order is not found by its id";
    if (order->qty <= 0 || cold->hidden_qty < 0 || cold->cum_qty < 0)
        return "an order rests with nothing to show";
    bool in_level = !look->waits && !look->queued;
    if (in_level && order->qty > slice_of(cold->disclosed_qty, leaves_of(m, order)))
        return "an order shows more than it discloses";
    if (!in_level && cold->hidden_qty) return "an order hides something where nothing is shown";
    if (cold->tif == BJ_IOC && !look->waits) return "an IOC order rests";
    if (cold->type == BJ_MARKET && !look->waits && !look->queued) return "a market order rests";
    return NULL;
}

static const char *list_broken(looking_t *look, uint32_t list_ref) {
    const bj_ladders_t *l = &look->m->ladders;
    uint32_t last_ref = list_ref;
    for (uint32_t ref = bj_ladder_at(l, list_ref)->next; ref != list_ref;) {
        const bj_order_t *order = bj_ladder_order(l, ref);
        if (order->link.prev != last_ref) return "a list's links do not agree";
        const char *why = order_broken(look, order, list_ref);
        if (why) return why;
        look->order_cnt++;
        last_ref = ref;
        ref = order->link.next;
    }
    return bj_ladder_at(l, list_ref)->prev == last_ref ? NULL : "a list's end is lost";
}

static const char *ladder_broken(looking_t *look, const bj_ladder_t *ladder) {
    const bj_ladders_t *l = &look->m->ladders;
    uint32_t last_key = 0, ref = ladder->best_ref;
    if ((ref == BJ_NIL) != (ladder->root_idx == BJ_NIL)) return "a ladder lost its best level";
    if (ref != BJ_NIL && bj_level_key(l, ref) != ladder->best_key)
        return "a ladder's best price is not its best level's";
    for (bool first = true; ref != BJ_NIL; first = false) {
        uint32_t key = bj_level_key(l, ref);
        if (!first && key <= last_key) return "levels are not in the order of prices";
        if (bj_list_empty(l, ref)) return "a level without orders";
        const char *why = list_broken(look, ref);
        if (why) return why;
        last_key = key;
        ref = bj_ladder_worse(l, ladder, key);
    }
    return NULL;
}

static const char *prices_broken(const bj_match_t *m, uint32_t idx) {
    const instrument_t *instrument = &m->instrument[idx];
    const bj_ladder_t *bids = ladder_of(m, idx, false), *offers = ladder_of(m, idx, true);
    bool both = bids->best_ref != BJ_NIL && offers->best_ref != BJ_NIL;
    if (both && !instrument->auction &&
        bj_ladder_price(bids, bids->best_key) >= bj_ladder_price(offers, offers->best_key))
        return "a book is crossed";
    const bj_ladder_t *buys = stops_of(m, idx, false), *sells = stops_of(m, idx, true);
    int32_t buy_paise =
        buys->best_ref == BJ_NIL ? INT32_MAX : bj_ladder_price(buys, buys->best_key);
    int32_t sell_paise =
        sells->best_ref == BJ_NIL ? INT32_MIN : bj_ladder_price(sells, sells->best_key);
    if (buy_paise != instrument->wake_buy_paise || sell_paise != instrument->wake_sell_paise)
        return "the nearest trigger is not known";
    int32_t last_paise = instrument->last_paise;
    bool reached = last_paise && ((buys->best_ref != BJ_NIL && last_paise >= buy_paise) ||
                                  (sells->best_ref != BJ_NIL && last_paise <= sell_paise));
    if (reached && instrument->phase == BJ_PHASE_CONTINUOUS) return "a stop missed its trigger";
    return NULL;
}

static const char *instrument_broken(looking_t *look) {
    const bj_match_t *m = look->m;
    uint32_t idx = look->instrument_idx;
    const char *why = prices_broken(m, idx);
    for (int sell = 0; sell < 2 && !why; sell++) {
        look->sell = sell;
        look->waits = look->queued = false;
        why = ladder_broken(look, ladder_of(m, idx, sell));
        look->waits = true;
        if (!why) why = ladder_broken(look, stops_of(m, idx, sell));
        look->waits = false;
        look->queued = true;
        if (!why) why = list_broken(look, queue_of(m, idx, sell));
    }
    return why;
}

const char *bj_match_broken(const bj_match_t *match) {
    looking_t look = {.m = match};
    if (!bj_list_empty(&match->ladders, line_ref(match)))
        return "a woken stop was left in the line";
    for (uint32_t i = 0; i < match->config.instrument_max; i++) {
        look.instrument_idx = i;
        const char *why = instrument_broken(&look);
        if (why) return why;
    }
    if (look.order_cnt != bj_ladders_live(&match->ladders))
        return "orders are taken from the pool and in no list";
    return NULL;
}
