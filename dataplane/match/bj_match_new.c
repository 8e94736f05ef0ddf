/* New orders: what is checked, in the order of docs/matching.md section 2. */
#include "dataplane/match/bj_match_priv.h"

bj_status_t bj_match_check_form(const terms_t *terms) {
    bool side_ok = terms->side == BJ_BUY || terms->side == BJ_SELL;
    bool type_ok = terms->type == BJ_LIMIT || terms->type == BJ_MARKET;
    bool tif_ok = terms->tif >= BJ_DAY && terms->tif <= BJ_GTC;
    if (!side_ok || !type_ok || !tif_ok) return BJ_REJ_ORDER_TYPE;
    if (terms->qty <= 0) return BJ_REJ_QTY;
    if (terms->type == BJ_MARKET ? terms->price_paise != 0 : terms->price_paise <= 0)
        return BJ_REJ_PRICE;
    bool rest_ok = terms->trigger_paise >= 0 && terms->disclosed_qty >= 0 &&
                   !(terms->flags & ~BJ_MATCH_ORDER_FLAGS);
    return rest_ok ? BJ_OK : BJ_REJ_FIELD;
}

bj_status_t bj_match_check_phase(const instrument_t *instrument) {
    switch ((bj_phase_t)instrument->phase) {
    case BJ_PHASE_CLOSED:
        return BJ_REJ_SESSION_CLOSED;
    case BJ_PHASE_HALTED:
        return BJ_REJ_INSTRUMENT_HALTED;
    case BJ_PHASE_BUFFER:
        return BJ_REJ_PHASE;
    case BJ_PHASE_CONTINUOUS:
    case BJ_PHASE_AUCTION:
    case BJ_PHASE_AUCTION_LIMIT:
    case BJ_PHASE_POST_CLOSE:
    case BJ_PHASE_CNT:
        break;
    }
    return BJ_OK;
}

/* What only continuous trading takes. */
static bj_status_t check_kind(const instrument_t *instrument, const terms_t *terms) {
    if (instrument->phase == BJ_PHASE_CONTINUOUS) return BJ_OK;
    if (terms->tif == BJ_IOC || terms->is_stop || terms->disclosed_qty) return BJ_REJ_PHASE;
    bool limit_only = instrument->phase == BJ_PHASE_AUCTION_LIMIT;
    return limit_only && terms->type == BJ_MARKET ? BJ_REJ_PHASE : BJ_OK;
}

static bj_status_t check_stop(const bj_match_instrument_t *d, const terms_t *terms) {
    if (!terms->is_stop) return BJ_OK;
    if (terms->type == BJ_MARKET)
        return d->flags & BJ_MATCH_NO_STOP_MARKET ? BJ_REJ_TRIGGER : BJ_OK;
    int64_t gap_paise = (int64_t)terms->price_paise - terms->trigger_paise;
    if (terms->side == BJ_SELL) gap_paise = -gap_paise;
    if (gap_paise < 0) return BJ_REJ_TRIGGER;
    bool far = d->stop_gap_max_paise && gap_paise > d->stop_gap_max_paise;
    return far ? BJ_REJ_TRIGGER : BJ_OK;
}

static bool in_band(const instrument_t *instrument, int32_t price_paise) {
    bool auction =
        instrument->phase == BJ_PHASE_AUCTION || instrument->phase == BJ_PHASE_AUCTION_LIMIT;
    int32_t lo = auction ? auction_lo(instrument) : instrument->band_lo_paise;
    int32_t hi = auction ? auction_hi(instrument) : instrument->band_hi_paise;
    return price_paise >= lo && price_paise <= hi;
}

bj_status_t bj_match_check_terms(const bj_match_t *match, uint32_t instrument_idx,
                                 const terms_t *terms) {
    const instrument_t *instrument = &match->instrument[instrument_idx];
    const bj_match_instrument_t *d = &match->definition[instrument_idx];
    bool long_order = terms->tif == BJ_GTD || terms->tif == BJ_GTC;
    if (long_order && !(d->flags & BJ_MATCH_LONG_ORDERS)) return BJ_REJ_TIF;
    if (terms->tif == BJ_GTD && terms->day < match->today) return BJ_REJ_TIF;
    if (terms->is_new && (terms->flags & BJ_MATCH_INTRADAY) && (d->flags & BJ_MATCH_TRADE_TO_TRADE))
        return BJ_REJ_TRADE_TO_TRADE;
    bool post_close = instrument->phase == BJ_PHASE_POST_CLOSE;
    if (post_close && terms->price_paise && terms->price_paise != instrument->closing_paise)
        return BJ_REJ_CLOSING_PRICE;
    if (terms->price_paise && !in_band(instrument, terms->price_paise)) return BJ_REJ_PRICE_BAND;
    if (terms->is_stop && !in_band(instrument, terms->trigger_paise)) return BJ_REJ_PRICE_BAND;
    bj_status_t status = check_stop(d, terms);
    if (status != BJ_OK) return status;
    if (terms->check_disclosed && terms->disclosed_qty) {
        bool enough =
            (int64_t)terms->disclosed_qty * 100 >= (int64_t)terms->qty * d->disclosed_min_pct &&
            (int64_t)terms->disclosed_qty * BJ_MATCH_SLICE_MAX >= terms->qty;
        if (terms->disclosed_qty > terms->qty || !enough) return BJ_REJ_DISCLOSED;
    }
    bool blind = terms->type == BJ_MARKET && !terms->is_stop && !instrument->last_paise &&
                 instrument->phase == BJ_PHASE_CONTINUOUS && (d->flags & BJ_MATCH_NEEDS_LAST);
    return blind ? BJ_REJ_NO_REFERENCE : BJ_OK;
}

/* A page for where it will rest first, and an order for it. */
static bool has_room(bj_match_t *m, uint32_t instrument_idx, const terms_t *terms) {
    if (!m->ladders.free_order_cnt) return false;
    bool sell = is_sell(terms->side);
    if (terms->is_stop &&
        !bj_match_room(m, stops_of(m, instrument_idx, sell), terms->trigger_paise))
        return false;
    bool queues = terms->type == BJ_MARKET ||
                  m->instrument[instrument_idx].phase == BJ_PHASE_POST_CLOSE;
    return queues || bj_match_room(m, ladder_of(m, instrument_idx, sell), terms->price_paise);
}

static bj_status_t check_new(bj_match_t *m, const bj_match_cmd_t *cmd, const terms_t *terms) {
    if (!instrument_known(m, cmd->instrument_idx)) return BJ_REJ_INSTRUMENT_UNKNOWN;
    const instrument_t *instrument = &m->instrument[cmd->instrument_idx];
    bj_status_t status = bj_match_check_form(terms);
    if (status != BJ_OK) return status;
    if (bj_idmap_find(&m->ids, &m->ladders, cmd->order_id)) return BJ_REJ_DUPLICATE;
    if ((status = bj_match_check_phase(instrument)) != BJ_OK) return status;
    if ((status = check_kind(instrument, terms)) != BJ_OK) return status;
    if ((status = bj_match_check_terms(m, cmd->instrument_idx, terms)) != BJ_OK) return status;
    return has_room(m, cmd->instrument_idx, terms) ? BJ_OK : BJ_REJ_ENGINE_FULL;
}

void bj_match_on_new(bj_match_t *match, const bj_match_cmd_t *cmd) {
    terms_t terms = {.price_paise = cmd->price_paise,
                     .qty = cmd->qty,
                     .trigger_paise = cmd->trigger_paise,
                     .disclosed_qty = cmd->disclosed_qty,
                     .day = cmd->day,
                     .side = cmd->side,
                     .type = cmd->type,
                     .tif = cmd->tif,
                     .flags = cmd->flags,
                     .is_stop = cmd->trigger_paise > 0,
                     .is_new = true,
                     .check_disclosed = true};
    bj_status_t status = check_new(match, cmd, &terms);
    if (status != BJ_OK) {
        bj_match_say_rejected(match, cmd, status);
        return;
    }
    bj_order_t *order = bj_order_take(&match->ladders);
    incoming_t in = {.order_id = cmd->order_id,
                     .order = order,
                     .ref = bj_order_ref(&match->ladders, order),
                     .handle = bj_order_handle(&match->ladders, order),
                     .instrument_idx = cmd->instrument_idx,
                     .owner = cmd->owner,
                     .account = cmd->account,
                     .price_paise = cmd->price_paise,
                     .leaves_qty = cmd->qty,
                     .trigger_paise = cmd->trigger_paise,
                     .disclosed_qty = cmd->disclosed_qty,
                     .desk = cmd->desk,
                     .day = cmd->tif == BJ_GTD ? cmd->day : 0,
                     .side = cmd->side,
                     .type = cmd->type,
                     .tif = cmd->tif,
                     .flags = cmd->flags,
                     .event = BJ_MEV_ACCEPTED,
                     .waits = terms.is_stop,
                     .lo_paise = INT32_MAX};
    bj_match_enter(match, &in);
}
