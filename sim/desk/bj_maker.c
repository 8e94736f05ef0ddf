#include "sim/desk/bj_maker.h"

#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { SIDES = 2, SLOTS = SIDES * BJ_MAKER_LEVELS, SLOT_BITS = 20 };
static const int64_t round_ns = BJ_NS_PER_S, rest_ns = 5 * BJ_NS_PER_S;

typedef enum slot_state { EMPTY, ASKED, LIVE } slot_state_t;

/* One quote.  client_order_id carries the slot's number, so each report finds its slot. */
typedef struct slot {
    uint8_t  state; /* slot_state_t */
    bool     changing; /* a modify or cancel is under way */
    uint64_t order_id, request_seq;
    uint32_t generation;
    int32_t  price_paise;   /* where it is to be */
    int32_t  resting_paise; /* where the engine has it, as far as it said */
    int32_t  leaves_qty, cum_qty;
} slot_t;

typedef struct instrument {
    slot_t   slot[SLOTS]; /* bids, then asks */
    uint32_t token;
    int64_t  next_ns;
    int32_t  mid_paise; /* twice the middle of the last round: which way it goes */
    bool     withdrawn; /* its books are stale: nothing stands */
} instrument_t;

typedef enum phase { WAITING, CLEARING, QUOTING, WITHDRAWN } phase_t;

struct bj_maker {
    uint32_t instrument_cnt, account_id, messages_per_s;
    phase_t  phase;
    bj_maker_send_fn *send;
    void    *ctx;
    uint64_t clear_seq; /* the mass cancel under way */
    int64_t  tokens_micro, filled_ns;
    bj_maker_stats_t stats;
    instrument_t instrument[];
};

bj_maker_t *bj_maker_new(uint32_t instrument_cnt, uint32_t account_id, uint32_t messages_per_s,
                         bj_maker_send_fn *send, void *ctx) {
    bj_maker_t *maker = calloc(1, sizeof *maker + instrument_cnt * sizeof maker->instrument[0]);
    if (!maker) return NULL;
    maker->instrument_cnt = instrument_cnt;
    maker->account_id = account_id;
    maker->messages_per_s = messages_per_s;
    maker->send = send;
    maker->ctx = ctx;
    return maker;
}

void bj_maker_free(bj_maker_t *maker) { free(maker); }

bj_maker_stats_t bj_maker_stats(const bj_maker_t *maker) {
    bj_maker_stats_t stats = maker->stats;
    stats.open_quotes = 0;
    for (uint32_t i = 0; i < maker->instrument_cnt; i++) {
        for (int s = 0; s < SLOTS; s++)
            stats.open_quotes += maker->instrument[i].slot[s].state == LIVE;
    }
    return stats;
}

/* --- clearing --- */
static bool clear_all(bj_maker_t *maker) {
    bj_oe_mass_cancel_t msg = {.account_id = maker->account_id};
    return maker->send(maker->ctx, BJ_OE_MASS_CANCEL, &msg, &maker->clear_seq);
}

void bj_maker_restart(bj_maker_t *maker) {
    for (uint32_t i = 0; i < maker->instrument_cnt; i++) {
        instrument_t *instrument = &maker->instrument[i];
        for (int s = 0; s < SLOTS; s++) {
            instrument->slot[s] = (slot_t){.generation = instrument->slot[s].generation};
        }
        instrument->next_ns = 0;
        instrument->withdrawn = false;
    }
    maker->phase = clear_all(maker) ? CLEARING : WAITING;
}

void bj_maker_withdraw(bj_maker_t *maker) {
    if (maker->phase != QUOTING || !clear_all(maker)) return;
    maker->phase = WITHDRAWN;
    maker->stats.withdrawals++;
}

/* --- slots and requests --- */
static uint64_t client_id_of(uint32_t instrument_idx, int s, uint32_t generation) {
    uint64_t number = (uint64_t)instrument_idx * SLOTS + (uint64_t)s + 1;
    return (uint64_t)generation << SLOT_BITS | number;
}

static slot_t *slot_of(bj_maker_t *maker, uint64_t client_order_id) {
    uint64_t number = (client_order_id & ((1u << SLOT_BITS) - 1)) - 1;
    if (number >= (uint64_t)maker->instrument_cnt * SLOTS) return NULL;
    slot_t *slot = &maker->instrument[number / SLOTS].slot[number % SLOTS];
    return slot->generation == client_order_id >> SLOT_BITS ? slot : NULL;
}

static bool spend(bj_maker_t *maker, int64_t now_ns) {
    if (!maker->filled_ns) maker->filled_ns = now_ns;
    int64_t cap = maker->messages_per_s * INT64_C(1000000);
    maker->tokens_micro += (now_ns - maker->filled_ns) / 1000 * maker->messages_per_s;
    maker->filled_ns = now_ns;
    if (maker->tokens_micro > cap) maker->tokens_micro = cap;
    if (maker->tokens_micro < 1000000) return false;
    maker->tokens_micro -= 1000000;
    return true;
}

static bool is_bid(int s) { return s < BJ_MAKER_LEVELS; }

static bool quote_new(bj_maker_t *maker, uint32_t idx, int s, int32_t price_paise, int32_t qty) {
    slot_t *slot = &maker->instrument[idx].slot[s];
    bj_oe_new_t msg = {.client_order_id = client_id_of(idx, s, slot->generation + 1),
                       .account_id = maker->account_id, .token = maker->instrument[idx].token,
                       .price_paise = price_paise, .qty = qty,
                       .side = is_bid(s) ? BJ_BUY : BJ_SELL, .order_type = BJ_LIMIT, .tif = BJ_DAY,
                       .flags = BJ_FLAG_CANCEL_ON_DISCONNECT};
    uint64_t seq;
    if (!maker->send(maker->ctx, BJ_OE_NEW, &msg, &seq)) return false;
    *slot = (slot_t){.state = ASKED, .changing = true, .request_seq = seq,
                     .generation = slot->generation + 1, .price_paise = price_paise,
                     .leaves_qty = qty};
    maker->stats.news++;
    return true;
}

static bool quote_move(bj_maker_t *maker, uint32_t idx, int s, int32_t price_paise, int32_t qty) {
    slot_t *slot = &maker->instrument[idx].slot[s];
    bj_oe_modify_t msg = {.order_id = slot->order_id, .account_id = maker->account_id,
                          .token = maker->instrument[idx].token, .price_paise = price_paise,
                          .qty = slot->cum_qty + qty};
    if (!maker->send(maker->ctx, BJ_OE_MODIFY, &msg, &slot->request_seq)) return false;
    slot->changing = true;
    slot->price_paise = price_paise;
    maker->stats.modifies++;
    return true;
}

/* --- one round of an instrument --- */
typedef struct wish {
    int32_t price_paise, qty; /* price 0: nothing is wanted there */
    bool    held; /* a quote stands there already */
} wish_t;

static void wishes_of(const bj_market_level_t *levels, wish_t wish[BJ_MAKER_LEVELS]) {
    for (int i = 0; i < BJ_MAKER_LEVELS; i++) {
        int64_t qty = levels[i].qty < BJ_MAKER_QTY_MAX ? levels[i].qty : BJ_MAKER_QTY_MAX;
        wish[i] = (wish_t){.price_paise = qty > 0 ? levels[i].price_paise : 0, .qty = (int32_t)qty};
    }
}

static void match_held(const instrument_t *instrument, int first, wish_t wish[BJ_MAKER_LEVELS],
                       bool held[BJ_MAKER_LEVELS]) {
    for (int s = 0; s < BJ_MAKER_LEVELS; s++) {
        const slot_t *slot = &instrument->slot[first + s];
        held[s] = slot->changing;
        for (int i = 0; i < BJ_MAKER_LEVELS && slot->state != EMPTY; i++) {
            if (wish[i].held || wish[i].price_paise != slot->price_paise) continue;
            wish[i].held = true;
            bool thin = slot->state == LIVE && slot->leaves_qty < wish[i].qty / 2;
            if (thin && !slot->changing) wish[i].held = false; /* fill it up again */
            else held[s] = true;
            break;
        }
    }
}

/* The feed shows less than there was: what nobody wishes for any more must not stay behind. */
static bool drop_unwished(bj_maker_t *maker, instrument_t *instrument, int first,
                          const bool held[BJ_MAKER_LEVELS], int64_t now_ns) {
    for (int s = 0; s < BJ_MAKER_LEVELS; s++) {
        slot_t *slot = &instrument->slot[first + s];
        if (held[s] || slot->state != LIVE) continue;
        bj_oe_cancel_t msg = {.order_id = slot->order_id, .account_id = maker->account_id,
                              .token = instrument->token};
        if (!spend(maker, now_ns)) return false;
        if (!maker->send(maker->ctx, BJ_OE_CANCEL, &msg, &slot->request_seq)) return false;
        slot->changing = true;
    }
    return true;
}

/* What is under way arrives before what is sent now; what was refused still stands where it
 * stood. */
static bool meets_itself(const instrument_t *instrument, int first, int32_t price_paise) {
    int other = first ? 0 : BJ_MAKER_LEVELS;
    for (int s = other; s < other + BJ_MAKER_LEVELS; s++) {
        const slot_t *slot = &instrument->slot[s];
        int32_t against = slot->changing ? slot->price_paise : slot->resting_paise;
        if (slot->state == EMPTY || !against) continue;
        if (first ? price_paise <= against : price_paise >= against) return true;
    }
    return false;
}

/* DONE, or: BLOCKED a quote has to wait for the other side to move; SPENT no budget or no door. */
typedef enum round_end { DONE, BLOCKED, SPENT } round_end_t;

static round_end_t side_round(bj_maker_t *maker, uint32_t idx, int first,
                              const bj_market_level_t *levels, int64_t now_ns) {
    instrument_t *instrument = &maker->instrument[idx];
    wish_t wish[BJ_MAKER_LEVELS];
    bool held[BJ_MAKER_LEVELS];
    wishes_of(levels, wish);
    match_held(instrument, first, wish, held);
    round_end_t end = DONE;
    for (int i = 0; i < BJ_MAKER_LEVELS; i++) {
        if (!wish[i].price_paise || wish[i].held) continue;
        int s = 0;
        while (s < BJ_MAKER_LEVELS && held[s]) s++;
        if (s == BJ_MAKER_LEVELS) return end; /* all are under way */
        if (meets_itself(instrument, first, wish[i].price_paise)) {
            end = BLOCKED;
            continue;
        }
        if (!spend(maker, now_ns)) return SPENT;
        bool sent = instrument->slot[first + s].state == LIVE
                        ? quote_move(maker, idx, first + s, wish[i].price_paise, wish[i].qty)
                        : quote_new(maker, idx, first + s, wish[i].price_paise, wish[i].qty);
        if (!sent) return SPENT;
        held[s] = true;
    }
    if (end == DONE && !drop_unwished(maker, instrument, first, held, now_ns)) return SPENT;
    return end;
}

/* One instrument's books are not to be trusted: its quotes go, once. */
static void withdraw_one(bj_maker_t *maker, instrument_t *instrument) {
    bj_oe_mass_cancel_t msg = {.account_id = maker->account_id, .token = instrument->token};
    uint64_t seq;
    if (instrument->withdrawn || !instrument->token) return;
    if (!maker->send(maker->ctx, BJ_OE_MASS_CANCEL, &msg, &seq)) return;
    instrument->withdrawn = true;
    maker->stats.withdrawals++;
}

void bj_maker_quote(bj_maker_t *maker, uint32_t instrument_idx, const bj_market_row_t *row,
                    int64_t now_ns) {
    if (maker->phase == WAITING && clear_all(maker)) maker->phase = CLEARING;
    if (maker->phase == WITHDRAWN) bj_maker_restart(maker);
    if (maker->phase != QUOTING || instrument_idx >= maker->instrument_cnt) return;
    instrument_t *instrument = &maker->instrument[instrument_idx];
    int32_t bid = row->bid[0].price_paise, ask = row->ask[0].price_paise;
    if (row->flags & BJ_MARKET_STALE) {
        withdraw_one(maker, instrument);
        return;
    }
    if (now_ns < instrument->next_ns || !bid || !ask || bid >= ask) return;
    instrument->token = row->token;
    instrument->withdrawn = false;
    bool rising = bid + ask >= instrument->mid_paise;
    const bj_market_level_t *levels[SIDES] = {row->bid, row->ask};
    int order[SIDES] = {rising, !rising}; /* 0 the bids, 1 the asks */
    bool whole = true;
    for (int i = 0; i < SIDES; i++) {
        round_end_t end = side_round(maker, instrument_idx, order[i] * BJ_MAKER_LEVELS,
                                     levels[order[i]], now_ns);
        if (end == SPENT) return;
        whole = whole && end == DONE;
    }
    if (!whole) return;
    instrument->mid_paise = bid + ask;
    instrument->next_ns = now_ns + round_ns;
}

/* --- answers --- */
static void slot_empty(slot_t *slot) {
    *slot = (slot_t){.generation = slot->generation};
}

void bj_maker_report(bj_maker_t *maker, const bj_oe_report_t *report, int64_t now_ns) {
    uint8_t type = report->header.type;
    if (type == 'k' && report->request_seq == maker->clear_seq && maker->phase == CLEARING) {
        maker->phase = QUOTING;
        return;
    }
    if (type == 'q') {
        bj_maker_refused(maker, report->request_seq, now_ns);
        return;
    }
    slot_t *slot = slot_of(maker, report->client_order_id);
    if (!slot) return;
    if (type == 'r') {
        bj_maker_refused(maker, report->request_seq, now_ns);
        return;
    }
    if (report->request_seq == slot->request_seq) slot->changing = false;
    slot->order_id = report->order_id;
    slot->leaves_qty = report->leaves_qty;
    slot->cum_qty = report->cum_qty;
    slot->state = LIVE;
    if (type == 't') maker->stats.trades++;
    if (type == 'c') maker->stats.cancels++;
    if (!slot->changing) slot->price_paise = report->price_paise;
    slot->resting_paise = report->price_paise;
    if (type == 'c' || (type == 't' && report->leaves_qty == 0)) slot_empty(slot);
}

/* A refused modify: the order is gone or the instrument halted.  Either way it is looked at anew,
 * but not at once. */
void bj_maker_refused(bj_maker_t *maker, uint64_t request_seq, int64_t now_ns) {
    maker->stats.refusals++;
    for (uint32_t i = 0; i < maker->instrument_cnt; i++) {
        for (int s = 0; s < SLOTS; s++) {
            slot_t *slot = &maker->instrument[i].slot[s];
            if (slot->state == EMPTY || slot->request_seq != request_seq) continue;
            slot->changing = false;
            slot->price_paise = 0; /* not where it wanted to be: to be moved again */
            if (slot->state == ASKED) slot_empty(slot);
            maker->instrument[i].next_ns = now_ns + rest_ns;
        }
    }
}
