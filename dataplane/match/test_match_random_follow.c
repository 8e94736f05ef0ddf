/* The book rebuilt from the events alone, as section 1 of docs/matching.md says it can be. */
#include "dataplane/match/test_match_random.h"

follow_order_t *follow_find(follow_t *f, uint64_t order_id) {
    for (size_t i = 0; i < BJ_COUNT(f->order); i++) {
        if (f->order[i].live && f->order[i].order_id == order_id) return &f->order[i];
    }
    return NULL;
}

static follow_order_t *follow_new(follow_t *f, const bj_match_event_t *e) {
    if (follow_find(f, e->order_id)) f->wrong = "accepted while it is live";
    if (e->handle == BJ_HANDLE_NONE) f->wrong = "an order without a handle";
    follow_order_t *o = f->order;
    for (size_t i = 0; i < BJ_COUNT(f->order); i++) {
        if (f->order[i].live && f->order[i].handle == e->handle) f->wrong = "handle of another";
        if (!f->order[i].live) o = &f->order[i];
    }
    *o = (follow_order_t){.order_id = e->order_id, .instrument_idx = e->instrument_idx,
                          .handle = e->handle, .side = e->side, .live = true};
    return o;
}

static void follow_priced(follow_t *f, follow_order_t *o) {
    uint64_t place = f->place;
    for (size_t i = 0; i < BJ_COUNT(f->order); i++) {
        const follow_order_t *it = &f->order[i];
        bool same = it->live && it->where == MODEL_LEVEL && it->side == o->side &&
                    it->instrument_idx == o->instrument_idx && it->price == o->price;
        if (same && it->arrival > o->arrival && it->place < place) place = it->place;
    }
    for (size_t i = 0; i < BJ_COUNT(f->order); i++) {
        if (f->order[i].live && f->order[i].place >= place) f->order[i].place++;
    }
    f->place++;
    o->where = MODEL_LEVEL;
    o->place = place;
}

/* What the event says of the order it names; TRADE apart. */
static void follow_state(follow_t *f, follow_order_t *o, const bj_match_event_t *e) {
    bool kept = e->flags & BJ_MEF_KEPT;
    bool comes = e->type == BJ_MEV_ACCEPTED || e->type == BJ_MEV_MODIFIED;
    if (!comes && e->leaves_qty != o->leaves) f->wrong = "open quantity changed of itself";
    if (e->cum_qty != o->cum) f->wrong = "traded quantity changed of itself";
    o->price = e->price_paise;
    o->leaves = e->leaves_qty;
    o->trigger = e->contra_cum_qty;
    if (kept) return;
    if (comes) o->arrival = is_auction_phase(f->phase[o->instrument_idx]) ? f->place : 0;
    if (e->type == BJ_MEV_PRICED) {
        follow_priced(f, o);
        return;
    }
    o->place = f->place++;
    o->where = e->flags & BJ_MEF_RESTS    ? MODEL_LEVEL
               : e->flags & BJ_MEF_QUEUED ? MODEL_QUEUE
               : e->flags & BJ_MEF_WAITS  ? MODEL_WAITING
                                          : MODEL_NOWHERE;
}

static void follow_fill(follow_t *f, uint64_t order_id, uint32_t handle, int32_t qty,
                        int32_t leaves, int32_t cum) {
    follow_order_t *o = follow_find(f, order_id);
    if (!o) {
        f->wrong = "a trade of an order that is not live";
        return;
    }
    o->leaves -= qty;
    o->cum += qty;
    if (o->leaves != leaves || o->cum != cum || leaves < 0 || qty <= 0) {
        f->wrong = "a trade's quantities do not add up";
    }
    if (o->handle != handle) f->wrong = "handle changed";
    if (!leaves) o->live = false;
}

static void follow_order_event(follow_t *f, const bj_match_event_t *e) {
    follow_order_t *o = follow_find(f, e->order_id);
    if (e->type == BJ_MEV_ACCEPTED) o = follow_new(f, e);
    if (!o) {
        f->wrong = "an event of an order that is not live";
        return;
    }
    if (o->handle != e->handle) f->wrong = "handle changed";
    if (o->side != e->side || o->instrument_idx != e->instrument_idx) f->wrong = "side changed";
    if (e->type != BJ_MEV_CANCELLED) {
        follow_state(f, o, e);
        return;
    }
    if (o->leaves != e->qty || o->cum != e->cum_qty) f->wrong = "ended with another quantity";
    o->live = false;
}

void follow_event(follow_t *f, const bj_match_event_t *e) {
    switch (e->type) {
    case BJ_MEV_TRADE:
        if (e->instrument_idx >= INSTRUMENT_MAX) f->wrong = "a trade of no instrument";
        follow_fill(f, e->order_id, e->handle, e->qty, e->leaves_qty, e->cum_qty);
        follow_fill(f, e->contra_id, e->contra_handle, e->qty, e->contra_leaves_qty,
                    e->contra_cum_qty);
        break;
    case BJ_MEV_PHASE:
        f->phase[e->instrument_idx] = (uint8_t)e->qty;
        break;
    case BJ_MEV_DONE:
        if (e->reason == BJ_END_DAY) memset(f->phase, BJ_PHASE_CLOSED, sizeof f->phase);
        break;
    case BJ_MEV_REJECTED:
    case BJ_MEV_REQUEST_REJECTED:
    case BJ_MEV_UNCROSSED:
    case BJ_MEV_BAND:
        break;
    default:
        follow_order_event(f, e);
    }
}

void follow_open(follow_t *f) {
    memset(f, 0, sizeof *f);
    f->place = 1;
    memset(f->phase, BJ_PHASE_CONTINUOUS, sizeof f->phase);
}
