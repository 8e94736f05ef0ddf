#include "sim/exchange/bj_members_priv.h"

/* What can be said without the instrument. */
static bj_status_t form_wrong(const terms_t *terms) {
    bool market = terms->type == BJ_MARKET || terms->type == BJ_SL_M;
    if (terms->side != BJ_BUY && terms->side != BJ_SELL) return BJ_REJ_ORDER_TYPE;
    if (terms->type < BJ_LIMIT || terms->type > BJ_SL_M) return BJ_REJ_ORDER_TYPE;
    if (terms->tif < BJ_DAY || terms->tif > BJ_GTC) return BJ_REJ_ORDER_TYPE;
    if (terms->tif != BJ_DAY && terms->tif != BJ_IOC) return BJ_REJ_TIF;
    if (terms->qty <= 0) return BJ_REJ_QTY;
    if (market ? terms->price_paise != 0 : terms->price_paise <= 0) return BJ_REJ_PRICE;
    if (terms->disclosed_qty < 0 || terms->trigger_paise < 0) return BJ_REJ_FIELD;
    return terms->stop && !terms->trigger_paise ? BJ_REJ_TRIGGER : BJ_OK;
}

static bool outside(const bj_universe_row_t *row, int32_t price_paise) {
    return price_paise && (price_paise < row->band_lo_paise || price_paise > row->band_hi_paise);
}

static bool worse_than_trigger(const terms_t *terms) {
    if (!terms->stop || !terms->price_paise) return false;
    return terms->side == BJ_BUY ? terms->price_paise < terms->trigger_paise
                                 : terms->price_paise > terms->trigger_paise;
}

static bool disclosed_wrong(const bj_members_t *members, const terms_t *terms) {
    int64_t least = (int64_t)terms->qty * members->config.disclosed_min_pct;
    if (!terms->disclosed_qty) return false;
    return terms->disclosed_qty > terms->qty || (int64_t)terms->disclosed_qty * 100 < least;
}

bj_status_t members_check(const bj_members_t *members, const terms_t *terms) {
    if (terms->row_idx == NO_ROW) return BJ_REJ_INSTRUMENT_UNKNOWN;
    bj_status_t status = form_wrong(terms);
    if (status != BJ_OK) return status;
    const bj_universe_row_t *row = &members->rows[terms->row_idx].of;
    int32_t trigger_paise = terms->stop ? terms->trigger_paise : 0;
    if (terms->price_paise % row->tick_paise || trigger_paise % row->tick_paise)
        return BJ_REJ_TICK;
    if (terms->qty % row->lot_qty || terms->disclosed_qty % row->lot_qty) return BJ_REJ_LOT;
    if (outside(row, terms->price_paise) || outside(row, trigger_paise)) return BJ_REJ_PRICE_BAND;
    if (terms->qty > row->freeze_qty) return BJ_REJ_FREEZE_QTY;
    if (worse_than_trigger(terms)) return BJ_REJ_TRIGGER;
    return disclosed_wrong(members, terms) ? BJ_REJ_DISCLOSED : BJ_OK;
}
