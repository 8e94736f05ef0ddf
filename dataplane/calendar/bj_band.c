#include "dataplane/calendar/bj_band.h"

#include "dataplane/base/bj_time.h"

enum { ONE_BP = 10000, DAY_S = 86400 };

bj_status_t bj_band_edges(int32_t prev_close_paise, int32_t lo_bp, int32_t hi_bp,
                          int32_t tick_paise, int32_t *lo_paise, int32_t *hi_paise) {
    if (prev_close_paise < 1 || tick_paise < 1) return BJ_ERR_BAD_FIELD;
    if (lo_bp < -ONE_BP || lo_bp > hi_bp || hi_bp > BJ_BAND_BP_MAX) return BJ_ERR_BAD_FIELD;
    int64_t unit = (int64_t)ONE_BP * tick_paise;
    int64_t lo = ((int64_t)prev_close_paise * (ONE_BP + lo_bp) + unit - 1) / unit * tick_paise;
    int64_t hi = (int64_t)prev_close_paise * (ONE_BP + hi_bp) / unit * tick_paise;
    if (lo < tick_paise) lo = tick_paise; /* a price is above 0 */
    if (hi > INT32_MAX) return BJ_ERR_OVERFLOW;
    if (lo > hi) return BJ_ERR_BAD_FIELD;
    *lo_paise = (int32_t)lo;
    *hi_paise = (int32_t)hi;
    return BJ_OK;
}

static bool rung_ok(const bj_band_rung_t *rung) {
    return rung->step_bp > 0 && rung->step_bp <= ONE_BP && rung->cooling_s >= 0 &&
           rung->cooling_s <= DAY_S && rung->late_cooling_s >= 0 && rung->late_cooling_s <= DAY_S;
}

static bool rule_ok(const bj_band_rule_t *rule) {
    if (rule->first_bp < 1 || rule->first_bp >= ONE_BP) return false;
    if (rule->near_bp < 1 || rule->near_bp > ONE_BP || rule->trade_cnt < 1) return false;
    if (rule->client_cnt > BJ_BAND_KEY_MAX || rule->member_cnt > BJ_BAND_KEY_MAX) return false;
    if (rule->late_from_s < 0 || rule->late_from_s > DAY_S) return false;
    if (rule->rung_cnt < 1 || rule->rung_cnt > BJ_BAND_RUNG_MAX) return false;
    for (uint32_t i = 0; i < rule->rung_cnt; i++) {
        if (!rung_ok(&rule->rung[i])) return false;
    }
    return true;
}

static void count_anew(bj_band_t *band) {
    band->direction = 0;
    band->due_ns = BJ_BAND_NEVER_NS;
    memset(&band->up, 0, sizeof band->up);
    memset(&band->down, 0, sizeof band->down);
}

bj_status_t bj_band_begin(bj_band_t *band, const bj_band_rule_t *rule, int32_t prev_close_paise,
                          int32_t tick_paise) {
    memset(band, 0, sizeof *band);
    if (!rule_ok(rule)) return BJ_ERR_BAD_FIELD;
    band->rule = *rule;
    band->prev_close_paise = prev_close_paise;
    band->tick_paise = tick_paise;
    band->lo_bp = -rule->first_bp;
    band->hi_bp = rule->first_bp;
    count_anew(band);
    return bj_band_edges(prev_close_paise, band->lo_bp, band->hi_bp, tick_paise, &band->lo_paise,
                         &band->hi_paise);
}

/* +1: near the upper edge, -1: near the lower, 0: neither.  Near is near_bp of the way from the
 * middle to the edge.  The band slides, so its width stays: 10 % and 99 % make 9.90 % at first,
 * then 14.90 %.  The edge itself always counts: rounding inwards may have put it before that point.
 * All over 2 * 10000 * 10000: at most 2^31 * 1.2e9, below 2^62. */
static int32_t near_edge(const bj_band_t *band, int32_t price_paise) {
    int64_t scale = INT64_C(2) * ONE_BP * ONE_BP;
    int64_t middle = (int64_t)ONE_BP * (band->lo_bp + band->hi_bp);
    int64_t reach = (int64_t)band->rule.near_bp * (band->hi_bp - band->lo_bp);
    int64_t price = price_paise * scale, prev = band->prev_close_paise;
    if (price_paise >= band->hi_paise || price >= prev * (scale + middle + reach)) return 1;
    if (price_paise <= band->lo_paise || price <= prev * (scale + middle - reach)) return -1;
    return 0;
}

static void keys_add(bj_band_keys_t *keys, uint64_t key, uint32_t needed) {
    if (keys->cnt >= needed) return; /* enough: who else came is of no matter */
    for (uint32_t i = 0; i < keys->cnt; i++) {
        if (keys->key[i] == key) return;
    }
    keys->key[keys->cnt++] = key;
}

static bool edge_add(bj_band_edge_t *edge, const bj_band_rule_t *rule,
                     const bj_band_trade_t *trade) {
    if (edge->trade_cnt < rule->trade_cnt) edge->trade_cnt++;
    keys_add(&edge->buy_client, trade->buy_client, rule->client_cnt);
    keys_add(&edge->sell_client, trade->sell_client, rule->client_cnt);
    keys_add(&edge->buy_member, trade->buy_member, rule->member_cnt);
    keys_add(&edge->sell_member, trade->sell_member, rule->member_cnt);
    return edge->trade_cnt >= rule->trade_cnt && edge->buy_client.cnt >= rule->client_cnt &&
           edge->sell_client.cnt >= rule->client_cnt && edge->buy_member.cnt >= rule->member_cnt &&
           edge->sell_member.cnt >= rule->member_cnt;
}

/* The rung the next flex is on; NULL: the ladder has ended, the band stays. */
static const bj_band_rung_t *rung_now(const bj_band_t *band) {
    uint32_t left = band->flex_cnt;
    for (uint32_t i = 0; i < band->rule.rung_cnt; i++) {
        const bj_band_rung_t *rung = &band->rule.rung[i];
        if (rung->times == 0 || left < rung->times) return rung;
        left -= rung->times;
    }
    return NULL;
}

static int64_t second_of_day(int64_t at_ns) {
    return (at_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S) % DAY_S;
}

void bj_band_trade(bj_band_t *band, const bj_band_trade_t *trade) {
    if (band->direction) return;
    int32_t direction = near_edge(band, trade->price_paise);
    if (!direction) return;
    if (!edge_add(direction > 0 ? &band->up : &band->down, &band->rule, trade)) return;
    const bj_band_rung_t *rung = rung_now(band);
    if (!rung) return;
    bool late = second_of_day(trade->at_ns) >= band->rule.late_from_s;
    band->direction = direction;
    band->due_ns = trade->at_ns + (late ? rung->late_cooling_s : rung->cooling_s) * BJ_NS_PER_S;
}

bool bj_band_flex(bj_band_t *band, int64_t now_ns, uint32_t instrument_idx, bj_match_cmd_t *cmd) {
    if (!band->direction || now_ns < band->due_ns) return false;
    int32_t move_bp = band->direction * rung_now(band)->step_bp;
    int32_t lo_bp = band->lo_bp + move_bp, hi_bp = band->hi_bp + move_bp, lo_paise, hi_paise;
    count_anew(band);
    if (lo_bp <= -ONE_BP) return false; /* no price is left below */
    if (bj_band_edges(band->prev_close_paise, lo_bp, hi_bp, band->tick_paise, &lo_paise,
                      &hi_paise) != BJ_OK) {
        return false;
    }
    band->lo_bp = lo_bp;
    band->hi_bp = hi_bp;
    band->lo_paise = lo_paise;
    band->hi_paise = hi_paise;
    band->flex_cnt++;
    *cmd = bj_band_cmd(band, instrument_idx);
    return true;
}

/* A distance from the previous close as basis points, never beyond the edge it is of. */
static int32_t inner_bp(const bj_band_t *band, int32_t price_paise, bool lower) {
    int64_t prev = band->prev_close_paise, parts = (price_paise - prev) * ONE_BP;
    int64_t bp = parts / prev;
    if (lower && bp * prev < parts) bp++;
    if (!lower && bp * prev > parts) bp--;
    if (bp > BJ_BAND_BP_MAX) bp = BJ_BAND_BP_MAX;
    return (int32_t)bp;
}

void bj_band_moved(bj_band_t *band, int32_t lo_paise, int32_t hi_paise) {
    assert(0 < lo_paise && lo_paise <= hi_paise);
    count_anew(band);
    band->lo_paise = lo_paise;
    band->hi_paise = hi_paise;
    band->lo_bp = inner_bp(band, lo_paise, true);
    band->hi_bp = inner_bp(band, hi_paise, false);
    if (band->hi_bp < band->lo_bp) band->hi_bp = band->lo_bp; /* less than a basis point wide */
}

bj_match_cmd_t bj_band_cmd(const bj_band_t *band, uint32_t instrument_idx) {
    return (bj_match_cmd_t){.op = BJ_OP_BAND,
                            .instrument_idx = instrument_idx,
                            .lo_paise = band->lo_paise,
                            .hi_paise = band->hi_paise};
}
