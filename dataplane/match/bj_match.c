#include "dataplane/match/bj_match.h"

#include "dataplane/match/bj_match_priv.h"

enum { INSTRUMENT_MAX = 1 << 18 };

/* --- memory */

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

/* Bids and offers of each instrument, then its waiting buys and sells; two queues each, and the
 * line of woken stops. */
static bj_ladders_config_t ladders_config(const bj_match_config_t *config) {
    return (bj_ladders_config_t){.ladder_cnt = 4 * config->instrument_max,
                                 .queue_cnt = 2 * config->instrument_max + 1,
                                 .order_max = config->order_max,
                                 .page_max = config->page_max};
}

size_t bj_match_footprint(const bj_match_config_t *config) {
    if (!config->instrument_max || config->instrument_max > INSTRUMENT_MAX) return 0;
    if (config->fetch_depth > DEPTH_LEVELS + 1) return 0;
    bj_ladders_config_t ladders = ladders_config(config);
    size_t ladders_bytes = bj_ladders_footprint(&ladders);
    if (!ladders_bytes) return 0;
    return line_up(sizeof(bj_match_t)) + ladders_bytes + bj_idmap_footprint(config->order_max) +
           line_up(config->instrument_max * sizeof(instrument_t)) +
           line_up(config->instrument_max * sizeof(bj_match_instrument_t)) +
           line_up(config->order_max * sizeof(cold_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    memset(mem, 0, line_up(bytes));
    *at += line_up(bytes);
    return mem;
}

/* What a second-level cache holds is as quick to wait for as to fetch ahead; what lies in the third
 * level or in memory is not. */
static enum depth depth_of(const bj_match_config_t *config) {
    if (config->fetch_depth) return (enum depth)(config->fetch_depth - 1);
    enum { NEAR_BYTES = 1 << 19, FAR_BYTES = 1 << 22 };
    size_t bytes = bj_idmap_footprint(config->order_max) + config->order_max * sizeof(bj_order_t);
    return bytes < NEAR_BYTES ? DEPTH_NONE : bytes < FAR_BYTES ? DEPTH_ORDERS : DEPTH_LEVELS;
}

bj_match_t *bj_match_new(void *mem, const bj_match_config_t *config) {
    if (!bj_match_footprint(config)) return NULL;
    uint8_t *at = mem;
    bj_match_t *m = carve(&at, sizeof *m);
    bj_ladders_config_t ladders = ladders_config(config);
    m->config = *config;
    m->depth = depth_of(config);
    bj_ladders_new(&m->ladders, at, &ladders);
    at += bj_ladders_footprint(&ladders);
    bj_idmap_new(&m->ids, at, config->order_max);
    at += bj_idmap_footprint(config->order_max);
    m->instrument = carve(&at, config->instrument_max * sizeof *m->instrument);
    m->definition = carve(&at, config->instrument_max * sizeof *m->definition);
    m->cold = carve(&at, config->order_max * sizeof *m->cold);
    for (uint32_t i = 0; i < config->instrument_max; i++) {
        bj_ladder_init(&m->ladders, 2 * i, true);
        bj_ladder_init(&m->ladders, 2 * i + 1, false);
        bj_ladder_init(&m->ladders, 2 * (config->instrument_max + i), false);
        bj_ladder_init(&m->ladders, 2 * (config->instrument_max + i) + 1, true);
        bj_match_nearest(m, i);
    }
    return m;
}

/* The ring and the place in it are its user's. */
void bj_match_parts(bj_match_t *match, bj_parts_t *parts) {
    const bj_match_config_t *c = &match->config;
    bj_parts_cover(parts, sizeof *match);
    bj_ladders_parts(&match->ladders, parts);
    bj_parts_table(parts, match->ids.bucket, bj_idmap_footprint(c->order_max));
    bj_parts_table(parts, match->instrument, c->instrument_max * sizeof *match->instrument);
    bj_parts_table(parts, match->definition, c->instrument_max * sizeof *match->definition);
    bj_parts_table(parts, match->cold, c->order_max * sizeof *match->cold);
    bj_parts_field(parts, &match->cmd_no, sizeof match->cmd_no);
    bj_parts_field(parts, &match->stats, sizeof match->stats);
    bj_parts_field(parts, &match->arrival, sizeof match->arrival);
    bj_parts_field(parts, &match->today, sizeof match->today);
}

void bj_match_out(bj_match_t *match, bj_match_ring_t *ring, void (*on_full)(void *ctx), void *ctx) {
    match->ring = ring;
    match->turn_head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    match->full_at = match->turn_head; /* not known yet */
    match->at = match->turn = &ring->slot[match->turn_head & ring->mask];
    match->on_full = on_full;
    match->on_full_ctx = ctx;
}

static uint64_t full_at(const bj_match_ring_t *ring) {
    return atomic_load_explicit(&ring->tail, memory_order_acquire) + ring->mask + 1;
}

static void wait_for_room(bj_match_t *match) {
    while ((match->full_at = full_at(match->ring)) == match->turn_head) {
        if (match->on_full)
            match->on_full(match->on_full_ctx);
        else
            bj_cpu_pause();
    }
}

/* A ring's depth is a multiple of AT_ONCE: its end is a turn. */
void bj_match_turn(bj_match_t *match) {
    enum { AT_ONCE = 64 };
    uint64_t head = match->turn_head;
    publish(match);
    if (head == match->full_at) wait_for_room(match);
    uint64_t next = (head | (AT_ONCE - 1)) + 1;
    match->turn_head = next < match->full_at ? next : match->full_at;
    match->at = &match->ring->slot[head & match->ring->mask];
    match->turn = match->at + (match->turn_head - head);
}

/* --- instruments */

static bool definition_ok(const bj_match_instrument_t *d) {
    enum { BP_MAX = 1000000 };
    const uint32_t known = 2 * BJ_MATCH_LONG_ORDERS - 1;
    return d->tick_paise > 0 && d->band_lo_paise > 0 && d->band_hi_paise >= d->band_lo_paise &&
           d->prev_close_paise > 0 && d->protection_bp <= BP_MAX && d->protection_min_paise >= 0 &&
           d->disclosed_min_pct <= 100 && d->stop_gap_max_paise >= 0 && !(d->flags & ~known);
}

/* All four ladders count in ticks.  One that has orders off the new tick counts in what fits both.
 */
static bool lay_out(bj_match_t *m, uint32_t instrument_idx, int32_t tick_paise) {
    for (int sell = 0; sell < 2; sell++) {
        if (!bj_ladder_fit(&m->ladders, ladder_of(m, instrument_idx, sell), (uint32_t)tick_paise) ||
            !bj_ladder_fit(&m->ladders, stops_of(m, instrument_idx, sell), (uint32_t)tick_paise))
            return false;
    }
    return true;
}

bj_status_t bj_match_define(bj_match_t *match, uint32_t instrument_idx,
                            const bj_match_instrument_t *definition) {
    if (instrument_idx >= match->config.instrument_max || !definition_ok(definition))
        return BJ_REJ_FIELD;
    if (!lay_out(match, instrument_idx, definition->tick_paise)) return BJ_ERR_FULL;
    instrument_t *instrument = &match->instrument[instrument_idx];
    if (!instrument->defined) instrument->phase = BJ_PHASE_CONTINUOUS;
    instrument->defined = true;
    instrument->band_lo_paise = definition->band_lo_paise;
    instrument->band_hi_paise = definition->band_hi_paise;
    match->definition[instrument_idx] = *definition;
    tell_ladders(match, instrument_idx);
    return BJ_OK;
}

/* --- looking */

bj_match_stats_t bj_match_stats(const bj_match_t *match) {
    bj_match_stats_t stats = match->stats;
    stats.cmd_cnt = match->cmd_no;
    stats.live_orders = bj_ladders_live(&match->ladders);
    return stats;
}

static int64_t shown_at(const bj_match_t *m, uint32_t list_ref) {
    int64_t qty = 0;
    for (uint32_t ref = bj_ladder_at(&m->ladders, list_ref)->next; ref != list_ref;) {
        const bj_order_t *order = bj_ladder_order(&m->ladders, ref);
        qty += order->qty;
        ref = order->link.next;
    }
    return qty;
}

bj_match_top_t bj_match_top(const bj_match_t *match, uint32_t instrument_idx) {
    bj_match_top_t top = {0};
    if (instrument_idx >= match->config.instrument_max) return top;
    const bj_ladder_t *bids = ladder_of(match, instrument_idx, false);
    const bj_ladder_t *offers = ladder_of(match, instrument_idx, true);
    if (bids->best_ref != BJ_NIL) {
        top.bid_paise = bj_ladder_price(bids, bids->best_key);
        top.bid_qty = shown_at(match, bids->best_ref);
    }
    if (offers->best_ref != BJ_NIL) {
        top.ask_paise = bj_ladder_price(offers, offers->best_key);
        top.ask_qty = shown_at(match, offers->best_ref);
    }
    return top;
}

bool bj_match_view(const bj_match_t *match, uint32_t instrument_idx, bj_match_view_t *view) {
    *view = (bj_match_view_t){0};
    if (!instrument_known(match, instrument_idx)) return false;
    const instrument_t *instrument = &match->instrument[instrument_idx];
    *view = (bj_match_view_t){match->definition[instrument_idx], (bj_phase_t)instrument->phase,
                              (bj_auction_t)instrument->auction, instrument->last_paise,
                              instrument->closing_paise};
    return true;
}

bool bj_match_band(const bj_match_t *match, uint32_t instrument_idx, int32_t *lo_paise,
                   int32_t *hi_paise) {
    if (!instrument_known(match, instrument_idx)) return false;
    const instrument_t *instrument = &match->instrument[instrument_idx];
    bool auction =
        instrument->phase == BJ_PHASE_AUCTION || instrument->phase == BJ_PHASE_AUCTION_LIMIT;
    *lo_paise = auction ? auction_lo(instrument) : instrument->band_lo_paise;
    *hi_paise = auction ? auction_hi(instrument) : instrument->band_hi_paise;
    return true;
}

bool bj_match_day_band(const bj_match_t *match, uint32_t instrument_idx, int32_t *lo_paise,
                       int32_t *hi_paise) {
    if (!instrument_known(match, instrument_idx)) return false;
    *lo_paise = match->instrument[instrument_idx].band_lo_paise;
    *hi_paise = match->instrument[instrument_idx].band_hi_paise;
    return true;
}

static bj_match_order_t order_view(const bj_match_t *m, const bj_order_t *order) {
    const cold_t *cold = cold_of(m, order);
    place_t place = place_of(m, order);
    return (bj_match_order_t){.order_id = order->order_id,
                              .instrument_idx = place.instrument_idx,
                              .owner = order->user,
                              .account = cold->account,
                              .handle = bj_order_handle(&m->ladders, order),
                              .price_paise = bj_match_price_of(m, order),
                              .shown_qty = place.waits ? 0 : order->qty,
                              .leaves_qty = leaves_of(m, order),
                              .cum_qty = cold->cum_qty,
                              .trigger_paise =
                                  trigger_of(m, order),
                              .disclosed_qty = cold->disclosed_qty,
                              .desk = cold->desk,
                              .day = cold->day,
                              .side = side_of(place.sell),
                              .type = cold->type,
                              .tif = cold->tif,
                              .flags = cold->flags,
                              .dormant = place.waits};
}

bool bj_match_find(const bj_match_t *match, uint64_t order_id, bj_match_order_t *order) {
    const bj_order_t *found = bj_idmap_find(&match->ids, &match->ladders, order_id);
    *order = (bj_match_order_t){0};
    if (found) *order = order_view(match, found);
    return found != NULL;
}

uint32_t bj_match_handle(const bj_match_t *match, uint64_t order_id) {
    const bj_order_t *found = bj_idmap_find(&match->ids, &match->ladders, order_id);
    return found ? bj_order_handle(&match->ladders, found) : BJ_HANDLE_NONE;
}

static void each_of_list(const bj_match_t *m, uint32_t list_ref,
                         void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx) {
    for (uint32_t ref = bj_ladder_at(&m->ladders, list_ref)->next; ref != list_ref;) {
        const bj_order_t *order = bj_ladder_order(&m->ladders, ref);
        bj_match_order_t view = order_view(m, order);
        ref = order->link.next;
        fn(ctx, &view);
    }
}

static void each_of_ladder(const bj_match_t *m, const bj_ladder_t *ladder,
                           void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx) {
    for (uint32_t ref = ladder->best_ref; ref != BJ_NIL;
         ref = bj_ladder_worse(&m->ladders, ladder, bj_level_key(&m->ladders, ref))) {
        each_of_list(m, ref, fn, ctx);
    }
}

void bj_match_each(const bj_match_t *match, uint32_t instrument_idx,
                   void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx) {
    if (instrument_idx == BJ_MATCH_ALL) {
        for (uint32_t i = 0; i < match->config.instrument_max; i++) {
            bj_match_each(match, i, fn, ctx);
        }
        return;
    }
    if (instrument_idx >= match->config.instrument_max) return;
    for (int sell = 0; sell < 2; sell++)
        each_of_ladder(match, ladder_of(match, instrument_idx, sell), fn, ctx);
    for (int sell = 0; sell < 2; sell++)
        each_of_list(match, queue_of(match, instrument_idx, sell), fn, ctx);
    for (int sell = 0; sell < 2; sell++)
        each_of_ladder(match, stops_of(match, instrument_idx, sell), fn, ctx);
}
