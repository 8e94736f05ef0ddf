/* The state as numbers: its hash, and a picture that can be loaded again. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/match/bj_match_priv.h"

#define PICTURE_MAGIC UINT64_C(0x31304354414d4a42) /* "BJMATC01" */

typedef struct picture_head {
    uint64_t magic, cmd_cnt, trade_cnt, traded_qty, reject_cnt;
    uint32_t instrument_cnt, order_cnt, arrival, today;
} picture_head_t;
BJ_WIRE_SIZE(picture_head_t, 56);

typedef struct picture_instrument {
    bj_match_instrument_t definition;
    uint32_t instrument_idx;
    int32_t last_paise, closing_paise, auction_paise, auction_lo_paise, auction_hi_paise;
    uint8_t phase, auction, reserved[2];
    int64_t window_qty;
    uint64_t window_low_paise; /* the value's two halves */
    int64_t window_high_paise;
} picture_instrument_t;
BJ_WIRE_SIZE(picture_instrument_t, 88);
BJ_WIRE_AT(picture_instrument_t, instrument_idx, 36);
BJ_WIRE_AT(picture_instrument_t, window_qty, 64);

enum { AT_LEVEL, AT_QUEUE, AT_STOPS };

typedef struct picture_order {
    uint64_t order_id;
    uint32_t instrument_idx, owner, account, arrival;
    int32_t price_paise, shown_qty, hidden_qty, cum_qty, trigger_paise, disclosed_qty;
    uint16_t desk, day;
    uint8_t side, type, tif, flags, place, reserved[7];
} picture_order_t;
BJ_WIRE_SIZE(picture_order_t, 64);
BJ_WIRE_AT(picture_order_t, price_paise, 24);
BJ_WIRE_AT(picture_order_t, side, 52);

static picture_instrument_t instrument_picture(const bj_match_t *m, uint32_t idx) {
    const instrument_t *i = &m->instrument[idx];
    return (picture_instrument_t){.definition = m->definition[idx],
                                  .instrument_idx = idx,
                                  .last_paise = i->last_paise,
                                  .closing_paise = i->closing_paise,
                                  .auction_paise = i->auction_paise,
                                  .auction_lo_paise = i->auction_lo_paise,
                                  .auction_hi_paise = i->auction_hi_paise,
                                  .phase = i->phase,
                                  .auction = i->auction,
                                  .window_qty = i->window_qty,
                                  .window_low_paise = (uint64_t)i->window_paise,
                                  .window_high_paise = (int64_t)(i->window_paise >> 64)};
}

static picture_order_t order_picture(const bj_match_t *m, const bj_match_order_t *view) {
    const bj_order_t *order = bj_order_of_handle(&m->ladders, view->handle);
    place_t place = place_of(m, order);
    return (picture_order_t){.order_id = view->order_id,
                             .instrument_idx = view->instrument_idx,
                             .owner = view->owner,
                             .account = view->account,
                             .arrival = cold_of(m, order)->arrival,
                             .price_paise = view->price_paise,
                             .shown_qty = order->qty,
                             .hidden_qty = view->leaves_qty - order->qty,
                             .cum_qty = view->cum_qty,
                             .trigger_paise = view->trigger_paise,
                             .disclosed_qty = view->disclosed_qty,
                             .desk = view->desk,
                             .day = view->day,
                             .side = view->side,
                             .type = view->type,
                             .tif = view->tif,
                             .flags = view->flags,
                             .place = place.waits    ? AT_STOPS
                                      : place.queued ? AT_QUEUE
                                                     : AT_LEVEL};
}

static picture_head_t head_picture(const bj_match_t *m) {
    picture_head_t head = {.magic = PICTURE_MAGIC,
                           .cmd_cnt = m->cmd_no,
                           .trade_cnt = m->stats.trade_cnt,
                           .traded_qty = m->stats.traded_qty,
                           .reject_cnt = m->stats.reject_cnt,
                           .order_cnt = bj_ladders_live(&m->ladders),
                           .arrival = m->arrival,
                           .today = m->today};
    for (uint32_t i = 0; i < m->config.instrument_max; i++)
        head.instrument_cnt += m->instrument[i].defined;
    return head;
}

/* --- what both need: the state as a run of bytes */

typedef struct pour {
    const bj_match_t *m;
    void (*take)(struct pour *pour, const void *data, size_t data_bytes);
    uint64_t hash;
    uint8_t *at; /* NULL: only counted and hashed */
    size_t bytes;
} pour_t;

static void pour_order(void *ctx, const bj_match_order_t *view) {
    pour_t *pour = ctx;
    picture_order_t order = order_picture(pour->m, view);
    pour->take(pour, &order, sizeof order);
}

static void pour_state(pour_t *pour) {
    const bj_match_t *m = pour->m;
    picture_head_t head = head_picture(m);
    pour->take(pour, &head, sizeof head);
    for (uint32_t i = 0; i < m->config.instrument_max; i++) {
        if (!m->instrument[i].defined) continue;
        picture_instrument_t instrument = instrument_picture(m, i);
        pour->take(pour, &instrument, sizeof instrument);
    }
    bj_match_each(m, BJ_MATCH_ALL, pour_order, pour);
}

static void take_hash(pour_t *pour, const void *data, size_t data_bytes) {
    pour->hash = bj_fnv1a(pour->hash, data, data_bytes);
}

static void take_bytes(pour_t *pour, const void *data, size_t data_bytes) {
    memcpy(pour->at + pour->bytes, data, data_bytes);
    pour->hash = bj_fnv1a(pour->hash, data, data_bytes);
    pour->bytes += data_bytes;
}

uint64_t bj_match_hash(const bj_match_t *match) {
    pour_t pour = {.m = match, .take = take_hash, .hash = BJ_FNV_OFFSET};
    pour_state(&pour);
    return pour.hash;
}

static size_t picture_bytes(const picture_head_t *head) {
    return sizeof *head + head->instrument_cnt * sizeof(picture_instrument_t) +
           head->order_cnt * sizeof(picture_order_t) + sizeof(uint64_t);
}

size_t bj_match_save(const bj_match_t *match, void *buf, size_t buf_bytes) {
    picture_head_t head = head_picture(match);
    size_t bytes = picture_bytes(&head);
    if (buf_bytes < bytes) return bytes;
    pour_t pour = {.m = match, .take = take_bytes, .hash = BJ_FNV_OFFSET, .at = buf};
    pour_state(&pour);
    memcpy(pour.at + pour.bytes, &pour.hash, sizeof pour.hash);
    return bytes;
}

/* --- and back */

static bool instrument_ok(const picture_instrument_t *p) {
    const int64_t window_high_max = INT64_C(1) << 61; /* so that twice of it still fits */
    bool collects = p->phase == BJ_PHASE_AUCTION || p->phase == BJ_PHASE_AUCTION_LIMIT;
    bool prices_ok = p->last_paise >= 0 && p->closing_paise >= 0 && p->auction_paise >= 0 &&
                     p->auction_lo_paise >= 0 && p->auction_hi_paise >= p->auction_lo_paise;
    bool window_ok =
        p->window_qty >= 0 && p->window_high_paise >= 0 && p->window_high_paise < window_high_max;
    return p->phase < BJ_PHASE_CNT && p->auction <= BJ_AUCTION_CLOSE && prices_ok && window_ok &&
           (p->auction || !collects);
}

static bool load_instrument(bj_match_t *m, const picture_instrument_t *p) {
    if (!instrument_ok(p)) return false;
    if (bj_match_define(m, p->instrument_idx, &p->definition) != BJ_OK) return false;
    instrument_t *i = &m->instrument[p->instrument_idx];
    i->last_paise = p->last_paise;
    i->closing_paise = p->closing_paise;
    i->auction_paise = p->auction_paise;
    i->auction_lo_paise = p->auction_lo_paise;
    i->auction_hi_paise = p->auction_hi_paise;
    i->phase = p->phase;
    tell_ladders(m, p->instrument_idx);
    i->auction = p->auction;
    i->window_paise = (wide_t)p->window_high_paise * ((wide_t)1 << 64) + p->window_low_paise;
    i->window_qty = p->window_qty;
    return true;
}

static bool push_at(bj_match_t *m, const picture_order_t *p, bj_order_t *order) {
    bool sell = is_sell(p->side), waits = p->place == AT_STOPS;
    uint32_t ref = bj_order_ref(&m->ladders, order);
    if (p->place == AT_QUEUE) {
        uint32_t queue_ref = queue_of(m, p->instrument_idx, sell);
        bj_list_push(&m->ladders, queue_ref, order, ref);
        order->where = (order->where & BJ_ORDER_MARK) | queue_ref;
        return true;
    }
    bj_ladder_t *ladder =
        waits ? stops_of(m, p->instrument_idx, sell) : ladder_of(m, p->instrument_idx, sell);
    int32_t price_paise = waits ? p->trigger_paise : p->price_paise;
    if (!bj_match_room(m, ladder, price_paise)) return false;
    bj_ladder_push(&m->ladders, ladder, bj_ladder_key(ladder, price_paise), order, ref);
    return true;
}

static bool order_ok(const picture_order_t *p) {
    int64_t qty = (int64_t)p->shown_qty + p->hidden_qty + p->cum_qty;
    bool qty_ok = p->shown_qty > 0 && p->hidden_qty >= 0 && p->cum_qty >= 0 &&
                  p->disclosed_qty >= 0 && qty <= INT32_MAX;
    bool price_ok = p->place == AT_LEVEL ? p->price_paise > 0 : p->price_paise >= 0;
    bool trigger_ok = p->place == AT_STOPS ? p->trigger_paise > 0 : p->trigger_paise >= 0;
    bool kind_ok = (p->side == BJ_BUY || p->side == BJ_SELL) && p->place <= AT_STOPS &&
                   (p->type == BJ_LIMIT || p->type == BJ_MARKET) && p->tif >= BJ_DAY &&
                   p->tif <= BJ_GTC && !(p->flags & ~BJ_MATCH_ORDER_FLAGS);
    return qty_ok && price_ok && trigger_ok && kind_ok;
}

static bj_status_t load_order(bj_match_t *m, const picture_order_t *p) {
    bool fresh =
        instrument_known(m, p->instrument_idx) && !bj_idmap_find(&m->ids, &m->ladders, p->order_id);
    if (!fresh || !order_ok(p)) return BJ_ERR_CORRUPT;
    bj_order_t *order = bj_order_take(&m->ladders);
    order->order_id = p->order_id;
    order->qty = p->shown_qty;
    order->user = p->owner;
    order->where = 0;
    bool waits = p->place == AT_STOPS;
    *cold_make(m, order) = (cold_t){.cum_qty = p->cum_qty,
                                    .hidden_qty = p->hidden_qty,
                                    .disclosed_qty = p->disclosed_qty,
                                    .other_paise = waits ? p->price_paise : p->trigger_paise,
                                    .account = p->account,
                                    .arrival = p->arrival,
                                    .desk = p->desk,
                                    .day = p->day,
                                    .type = p->type,
                                    .tif = p->tif,
                                    .flags = p->flags};
    bj_idmap_add(&m->ids, order, bj_order_ref(&m->ladders, order));
    if (!push_at(m, p, order)) return BJ_ERR_FULL;
    if (waits) bj_match_nearest(m, p->instrument_idx);
    return BJ_OK;
}

static bj_status_t load_all(bj_match_t *m, const picture_head_t *head, const uint8_t *at) {
    for (uint32_t i = 0; i < head->instrument_cnt; i++, at += sizeof(picture_instrument_t)) {
        picture_instrument_t instrument;
        memcpy(&instrument, at, sizeof instrument);
        if (instrument.instrument_idx >= m->config.instrument_max) return BJ_ERR_FULL;
        if (!load_instrument(m, &instrument)) return BJ_ERR_CORRUPT;
    }
    for (uint32_t i = 0; i < head->order_cnt; i++, at += sizeof(picture_order_t)) {
        picture_order_t order;
        memcpy(&order, at, sizeof order);
        bj_status_t status = load_order(m, &order);
        if (status != BJ_OK) return status;
    }
    return BJ_OK;
}

bj_status_t bj_match_load(bj_match_t *match, const void *buf, size_t buf_bytes) {
    picture_head_t head;
    uint64_t hash;
    if (buf_bytes < sizeof head) return BJ_ERR_TRUNCATED;
    memcpy(&head, buf, sizeof head);
    if (head.magic != PICTURE_MAGIC) return BJ_ERR_CORRUPT;
    size_t bytes = picture_bytes(&head);
    if (buf_bytes < bytes) return BJ_ERR_TRUNCATED;
    memcpy(&hash, (const uint8_t *)buf + bytes - sizeof hash, sizeof hash);
    if (bj_fnv1a(BJ_FNV_OFFSET, buf, bytes - sizeof hash) != hash) return BJ_ERR_CORRUPT;
    if (match->cmd_no || bj_ladders_live(&match->ladders)) return BJ_ERR_EXISTS;
    if (head.order_cnt > match->ladders.free_order_cnt) return BJ_ERR_FULL;
    match->cmd_no = head.cmd_cnt;
    match->stats.trade_cnt = head.trade_cnt;
    match->stats.traded_qty = head.traded_qty;
    match->stats.reject_cnt = head.reject_cnt;
    match->arrival = head.arrival;
    match->today = head.today;
    bj_status_t status = load_all(match, &head, (const uint8_t *)buf + sizeof head);
    if (status == BJ_OK && bj_match_broken(match)) status = BJ_ERR_CORRUPT;
    return status;
}
