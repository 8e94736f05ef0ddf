/* The day: phases, bands, windows, its end. */
#include "dataplane/match/bj_match_priv.h"

static bool is_auction(uint8_t phase) {
    return phase == BJ_PHASE_AUCTION || phase == BJ_PHASE_AUCTION_LIMIT;
}

/* The window's average, to the nearest tick, half up; 0: nothing traded in it. */
static int32_t window_average(const bj_match_t *m, uint32_t instrument_idx) {
    const instrument_t *instrument = &m->instrument[instrument_idx];
    wide_t tick = m->definition[instrument_idx].tick_paise;
    if (instrument->window_qty <= 0) return 0;
    wide_t ticks = instrument->window_paise / instrument->window_qty / tick;
    /* The quotient drops a rest: compare value with (n + 1/2) ticks in whole numbers. */
    wide_t middle = (2 * ticks + 1) * tick * instrument->window_qty;
    wide_t average_paise = (ticks + (2 * instrument->window_paise >= middle)) * tick;
    return average_paise > INT32_MAX ? INT32_MAX : (int32_t)average_paise;
}

static int32_t closing_of(const bj_match_t *m, uint32_t instrument_idx, int32_t stated_paise) {
    int32_t average_paise = window_average(m, instrument_idx);
    if (stated_paise > 0) return stated_paise;
    if (average_paise > 0) return average_paise;
    int32_t last_paise = m->instrument[instrument_idx].last_paise;
    return last_paise ? last_paise : m->definition[instrument_idx].prev_close_paise;
}

/* --- phases */

int32_t bj_match_reference(const bj_match_t *match, uint32_t instrument_idx, uint32_t auction) {
    if (auction == BJ_AUCTION_CLOSE) return closing_of(match, instrument_idx, 0);
    return match->definition[instrument_idx].prev_close_paise;
}

void bj_match_auction_band(int32_t reference_paise, uint32_t band_bp, int32_t *lo_paise,
                           int32_t *hi_paise) {
    int64_t reference = reference_paise, bp = band_bp;
    int64_t lo = (reference * (10000 - bp) + 9999) / 10000, hi = reference * (10000 + bp) / 10000;
    *lo_paise = lo < 1 ? 1 : (int32_t)lo;
    *hi_paise = hi > INT32_MAX ? INT32_MAX : (int32_t)hi;
}

static void begin_auction(bj_match_t *m, uint32_t idx, const bj_match_cmd_t *cmd) {
    instrument_t *instrument = &m->instrument[idx];
    instrument->auction = cmd->auction;
    instrument->auction_paise =
        cmd->price_paise > 0 ? cmd->price_paise : bj_match_reference(m, idx, cmd->auction);
    instrument->auction_lo_paise = instrument->auction_hi_paise = 0;
    if (!cmd->band_bp) return;
    bj_match_auction_band(instrument->auction_paise, cmd->band_bp, &instrument->auction_lo_paise,
                          &instrument->auction_hi_paise);
}

static bj_status_t check_phase(const bj_match_t *m, uint32_t idx, const bj_match_cmd_t *cmd) {
    const instrument_t *instrument = &m->instrument[idx];
    if (is_auction(cmd->phase) && !instrument->auction) {
        bool kind_ok = cmd->auction >= BJ_AUCTION_OPEN && cmd->auction <= BJ_AUCTION_CLOSE;
        if (!kind_ok) return BJ_REJ_FIELD;
    }
    if (cmd->phase == BJ_PHASE_POST_CLOSE && instrument->auction) return BJ_REJ_PHASE;
    return BJ_OK;
}

static bj_status_t in_queue(const bj_match_t *m, const bj_order_t *order, const void *ctx) {
    (void)ctx;
    return place_of(m, order).queued ? BJ_END_DAY : BJ_OK;
}

static void say_phase(bj_match_t *m, uint32_t idx) {
    const instrument_t *instrument = &m->instrument[idx];
    int32_t price_paise =
        is_auction(instrument->phase) ? instrument->auction_paise : instrument->closing_paise;
    bj_match_say_control(m, BJ_MEV_PHASE, idx, price_paise, instrument->phase, instrument->auction,
                         0, 0);
}

/* The phase itself, after whatever the one before needed to end. */
static void set_phase(bj_match_t *m, uint32_t idx, const bj_match_cmd_t *cmd) {
    instrument_t *instrument = &m->instrument[idx];
    if (instrument->phase == BJ_PHASE_POST_CLOSE && cmd->phase != BJ_PHASE_POST_CLOSE)
        bj_match_end_each(m, idx, in_queue, NULL);
    bool closes = cmd->phase == BJ_PHASE_CLOSED || cmd->phase == BJ_PHASE_POST_CLOSE;
    if (closes && !instrument->closing_paise)
        instrument->closing_paise = closing_of(m, idx, cmd->price_paise);
    instrument->phase = cmd->phase;
    tell_ladders(m, idx);
    say_phase(m, idx);
    if (cmd->phase != BJ_PHASE_CONTINUOUS || !instrument->last_paise) return;
    bj_match_wake(m, idx, instrument->last_paise, instrument->last_paise);
    bj_match_run_line(m);
}

static void change_phase(bj_match_t *m, uint32_t idx, const bj_match_cmd_t *cmd) {
    instrument_t *instrument = &m->instrument[idx];
    bj_status_t status = check_phase(m, idx, cmd);
    if (status != BJ_OK) {
        bj_match_cmd_t one = *cmd;
        one.instrument_idx = idx;
        bj_match_say_refused(m, &one, status);
        return;
    }
    if (is_auction(cmd->phase) && !instrument->auction) begin_auction(m, idx, cmd);
    if (cmd->phase == BJ_PHASE_CONTINUOUS && instrument->auction) bj_match_uncross(m, idx, false);
    set_phase(m, idx, cmd);
}

void bj_match_on_phase(bj_match_t *match, const bj_match_cmd_t *cmd) {
    enum { BP_MAX = 10000 };
    uint32_t idx = cmd->instrument_idx, cnt = 0;
    if (idx != BJ_MATCH_ALL && !instrument_known(match, idx)) {
        bj_match_say_refused(match, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
    } else if (cmd->phase >= BJ_PHASE_CNT || cmd->price_paise < 0 || cmd->band_bp > BP_MAX) {
        bj_match_say_refused(match, cmd, BJ_REJ_FIELD);
    } else if (idx != BJ_MATCH_ALL) {
        change_phase(match, idx, cmd);
    } else {
        for (uint32_t i = 0; i < match->config.instrument_max; i++) {
            if (!instrument_known(match, i)) continue;
            change_phase(match, i, cmd);
            cnt++;
        }
        bj_match_say_control(match, BJ_MEV_DONE, BJ_MATCH_ALL, 0, (int32_t)cnt, 0, 0, 0);
    }
}

static void uncross_one(bj_match_t *m, uint32_t idx, const bj_match_cmd_t *cmd) {
    bj_match_uncross(m, idx, cmd->market_first);
    set_phase(m, idx, cmd);
}

void bj_match_on_uncross(bj_match_t *match, const bj_match_cmd_t *cmd) {
    uint32_t idx = cmd->instrument_idx, cnt = 0;
    bool all = idx == BJ_MATCH_ALL;
    if (!all && !instrument_known(match, idx)) {
        bj_match_say_refused(match, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
    } else if (cmd->phase >= BJ_PHASE_CNT || is_auction(cmd->phase) || cmd->market_first > 1 ||
               cmd->price_paise < 0) {
        bj_match_say_refused(match, cmd, BJ_REJ_FIELD);
    } else if (!all && !match->instrument[idx].auction) {
        bj_match_say_refused(match, cmd, BJ_REJ_PHASE);
    } else if (!all) {
        uncross_one(match, idx, cmd);
    } else {
        for (uint32_t i = 0; i < match->config.instrument_max; i++) {
            if (!instrument_known(match, i) || !match->instrument[i].auction) continue;
            uncross_one(match, i, cmd);
            cnt++;
        }
        bj_match_say_control(match, BJ_MEV_DONE, BJ_MATCH_ALL, 0, (int32_t)cnt, 0, 0, 0);
    }
}

/* --- bands */

static bj_status_t outside(const bj_match_t *m, const bj_order_t *order, const void *ctx) {
    const bj_match_cmd_t *cmd = ctx;
    int32_t price_paise = bj_match_price_of(m, order);
    place_t place = place_of(m, order);
    int32_t trigger_paise =
        place.waits ? bj_level_price(&m->ladders, bj_order_where(order)) : cmd->lo_paise;
    bool inside =
        (!price_paise || (price_paise >= cmd->lo_paise && price_paise <= cmd->hi_paise)) &&
        trigger_paise >= cmd->lo_paise && trigger_paise <= cmd->hi_paise;
    return inside ? BJ_OK : BJ_END_BAND;
}

void bj_match_on_band(bj_match_t *match, const bj_match_cmd_t *cmd) {
    uint32_t idx = cmd->instrument_idx;
    if (!instrument_known(match, idx)) {
        bj_match_say_refused(match, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (cmd->lo_paise <= 0 || cmd->hi_paise < cmd->lo_paise) {
        bj_match_say_refused(match, cmd, BJ_REJ_FIELD);
        return;
    }
    match->instrument[idx].band_lo_paise = match->definition[idx].band_lo_paise = cmd->lo_paise;
    match->instrument[idx].band_hi_paise = match->definition[idx].band_hi_paise = cmd->hi_paise;
    tell_ladders(match, idx);
    bj_match_say_control(match, BJ_MEV_BAND, idx, cmd->lo_paise, cmd->hi_paise, 0, 0, 0);
    bj_match_end_each(match, idx, outside, cmd);
}

/* --- the window, the day's end */

void bj_match_on_window(bj_match_t *match, const bj_match_cmd_t *cmd) {
    uint32_t idx = cmd->instrument_idx;
    bool all = idx == BJ_MATCH_ALL;
    if (!all && !instrument_known(match, idx)) {
        bj_match_say_refused(match, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    for (uint32_t i = all ? 0 : idx; i < (all ? match->config.instrument_max : idx + 1); i++)
        match->instrument[i].window_paise = 0, match->instrument[i].window_qty = 0;
    bj_match_say_control(match, BJ_MEV_DONE, idx, 0, 0, 0, 0, 0);
}

static bj_status_t due(const bj_match_t *m, const bj_order_t *order, const void *ctx) {
    const bj_match_cmd_t *cmd = ctx;
    const cold_t *cold = cold_of(m, order);
    if (place_of(m, order).queued || cold->tif == BJ_DAY || cold->tif == BJ_IOC) return BJ_END_DAY;
    return cold->tif == BJ_GTD && cold->day <= cmd->day ? BJ_END_EXPIRED : BJ_OK;
}

bool bj_match_is_crossed(const bj_match_t *match, uint32_t instrument_idx) {
    const bj_ladder_t *bids = ladder_of(match, instrument_idx, false);
    const bj_ladder_t *offers = ladder_of(match, instrument_idx, true);
    return bids->best_ref != BJ_NIL && offers->best_ref != BJ_NIL &&
           bj_ladder_price(bids, bids->best_key) >= bj_ladder_price(offers, offers->best_key);
}

static void end_day(bj_match_t *m, uint32_t idx) {
    instrument_t *instrument = &m->instrument[idx];
    if (instrument->closing_paise) m->definition[idx].prev_close_paise = instrument->closing_paise;
    instrument->last_paise = instrument->closing_paise = 0;
    instrument->window_paise = 0;
    instrument->window_qty = 0;
    if (instrument->auction && !bj_match_is_crossed(m, idx)) instrument->auction = 0;
    instrument->phase = BJ_PHASE_CLOSED;
    tell_ladders(m, idx);
}

void bj_match_on_day_end(bj_match_t *match, const bj_match_cmd_t *cmd) {
    uint32_t cnt = 0;
    if (cmd->day < match->today) {
        bj_match_say_refused(match, cmd, BJ_REJ_FIELD);
        return;
    }
    for (uint32_t i = 0; i < match->config.instrument_max; i++) {
        if (!instrument_known(match, i)) continue;
        cnt += bj_match_end_each(match, i, due, cmd);
        end_day(match, i);
    }
    match->today = (uint32_t)cmd->day + 1;
    bj_match_say_control(match, BJ_MEV_DONE, BJ_MATCH_ALL, 0, (int32_t)cnt, 0, 0, BJ_END_DAY);
}
