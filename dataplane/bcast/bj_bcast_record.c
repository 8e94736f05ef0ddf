#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/bj_bcast_priv.h"

int64_t bj_bcast_time(bj_be32_t exch_s) {
    uint32_t s = (uint32_t)bj_be32_get(exch_s); /* to 2116 */
    return s ? bj_time_from_exch_ns(s * BJ_NS_PER_S) : 0;
}

/* --- market by price */

/* A level has a price and a quantity or neither; none lies behind one that is not there.  A bad
 * level costs the record: half a book is worse than the one of a second ago. */
static bool check_side(bj_market_level_t *level, int sign) {
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        if (!level[i].price_paise && !level[i].qty) {
            level[i].order_cnt = 0;
            continue;
        }
        if (level[i].price_paise <= 0 || level[i].qty <= 0) return false;
        if (i && !level[i - 1].qty) return false;
        if (i && sign * level[i].price_paise <= sign * level[i - 1].price_paise) return false;
        if (!level[i].order_cnt) level[i].order_cnt = 1; /* a level has an order, said or not */
    }
    return true;
}

static bool check_mbp(bj_bcast_mbp_t *mbp) {
    return mbp->token > 0 && mbp->token <= INT32_MAX && mbp->volume_qty >= 0 &&
           mbp->total_buy_qty >= 0 && mbp->total_sell_qty >= 0 && mbp->last_paise >= 0 &&
           mbp->last_qty >= 0 && mbp->average_paise >= 0 && mbp->open_paise >= 0 &&
           mbp->high_paise >= 0 && mbp->low_paise >= 0 && mbp->low_paise <= mbp->high_paise &&
           mbp->prev_close_paise >= 0 && mbp->indicative_close_paise >= 0 &&
           check_side(mbp->bid, -1) && check_side(mbp->ask, 1);
}

/* The fields that both segments have, whatever their place. */
#define COPY_MBP(mbp, w)                                            \
    do {                                                            \
        (mbp)->token = (uint32_t)bj_be32_get((w).token);            \
        (mbp)->book_type = (uint16_t)bj_be16_get((w).book_type);    \
        (mbp)->trading_status = (uint16_t)bj_be16_get((w).trading_status); \
        (mbp)->last_paise = bj_be32_get((w).last_paise);            \
        (mbp)->last_qty = bj_be32_get((w).last_qty);                \
        (mbp)->last_trade_ns = bj_bcast_time((w).last_exch_s);      \
        (mbp)->average_paise = bj_be32_get((w).average_paise);      \
        (mbp)->prev_close_paise = bj_be32_get((w).close_paise);     \
        (mbp)->open_paise = bj_be32_get((w).open_paise);            \
        (mbp)->high_paise = bj_be32_get((w).high_paise);            \
        (mbp)->low_paise = bj_be32_get((w).low_paise);              \
        (mbp)->bits = (w).bits[0];                                  \
    } while (0)

#define COPY_LEVEL(level, w, q)                                        \
    (*(level) = (bj_market_level_t){                                   \
         .price_paise = bj_be32_get((w).price_paise),                  \
         .order_cnt = (uint16_t)bj_be16_get((w).order_cnt), .qty = (q)})

bj_status_t bj_bcast_on_mbp_cm(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                               int64_t exch_ns) {
    bj_bcast_mbp_cm_t w;
    bj_bcast_mbp_t mbp = {.exch_ns = exch_ns, .segment = BJ_SEGMENT_CM};
    memcpy(&w, p, sizeof w);
    COPY_MBP(&mbp, w);
    mbp.volume_qty = bj_be64_get(w.volume_qty);
    mbp.total_buy_qty = bj_be64_get(w.total_buy_qty);
    mbp.total_sell_qty = bj_be64_get(w.total_sell_qty);
    mbp.indicative_close_paise = bj_be32_get(w.indicative_close_paise);
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        COPY_LEVEL(&mbp.bid[i], w.bid[i], bj_be64_get(w.bid[i].qty));
        COPY_LEVEL(&mbp.ask[i], w.ask[i], bj_be64_get(w.ask[i].qty));
    }
    if (!check_mbp(&mbp)) return BJ_ERR_BAD_FIELD;
    if (ops->mbp) ops->mbp(ctx, &mbp);
    return BJ_OK;
}

/* A double that must be a whole number in [0, 2^53); -1: it is not.  The compare comes first:
 * converting a NaN or anything past the range of the integer is undefined. */
static int64_t whole(bj_be64_t wire) {
    double value = bj_be64_get_double(wire);
    if (!(value >= 0 && value < 9007199254740992.0)) return -1;
    int64_t number = (int64_t)value;
    return (double)number == value ? number : -1;
}

bj_status_t bj_bcast_on_mbp_fo(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                               int64_t exch_ns) {
    bj_bcast_mbp_fo_t w;
    bj_bcast_mbp_t mbp = {.exch_ns = exch_ns, .segment = BJ_SEGMENT_FO};
    memcpy(&w, p, sizeof w);
    COPY_MBP(&mbp, w);
    mbp.volume_qty = (uint32_t)bj_be32_get(w.volume_qty);
    mbp.total_buy_qty = whole(w.total_buy_qty);
    mbp.total_sell_qty = whole(w.total_sell_qty);
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        COPY_LEVEL(&mbp.bid[i], w.bid[i], bj_be32_get(w.bid[i].qty));
        COPY_LEVEL(&mbp.ask[i], w.ask[i], bj_be32_get(w.ask[i].qty));
    }
    if (!check_mbp(&mbp)) return BJ_ERR_BAD_FIELD;
    if (ops->mbp) ops->mbp(ctx, &mbp);
    return BJ_OK;
}

/* --- indices */

static bool copy_name(char *out, const uint8_t *name, size_t bytes) {
    while (bytes && (name[bytes - 1] == ' ' || !name[bytes - 1])) bytes--;
    for (size_t i = 0; i < bytes; i++) {
        if (name[i] < ' ' || name[i] > '~') return false;
    }
    memcpy(out, name, bytes);
    return bytes > 0;
}

/* The change is sent without a sign of its own, or with one: the sign byte decides. */
static bool check_index(bj_bcast_index_t *index, uint8_t sign) {
    bool ok = index->value_x100 > 0 && index->open_x100 >= 0 && index->low_x100 >= 0 &&
              index->low_x100 <= index->high_x100 && index->prev_close_x100 >= 0 &&
              index->year_low_x100 >= 0 && index->year_high_x100 >= 0 && index->up_cnt >= 0 &&
              index->down_cnt >= 0 && index->change_x100 > INT32_MIN;
    if (!ok || (sign != '+' && sign != '-' && sign != ' ' && sign)) return false;
    if (sign == '-' && index->change_x100 > 0) index->change_x100 = -index->change_x100;
    return true;
}

#define INDEX_DECODER(function, wire_t, of_segment)                                       \
    bj_status_t function(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,          \
                         int64_t exch_ns) {                                               \
        wire_t w;                                                                         \
        memcpy(&w, p, sizeof w);                                                          \
        bj_bcast_index_t index = {.exch_ns = exch_ns, .segment = of_segment,              \
                                  .value_x100 = bj_be32_get(w.value_x100),                \
                                  .open_x100 = bj_be32_get(w.open_x100),                  \
                                  .high_x100 = bj_be32_get(w.high_x100),                  \
                                  .low_x100 = bj_be32_get(w.low_x100),                    \
                                  .prev_close_x100 = bj_be32_get(w.close_x100),           \
                                  .change_x100 = bj_be32_get(w.change_x100),              \
                                  .year_high_x100 = bj_be32_get(w.year_high_x100),        \
                                  .year_low_x100 = bj_be32_get(w.year_low_x100),          \
                                  .up_cnt = bj_be32_get(w.up_cnt),                        \
                                  .down_cnt = bj_be32_get(w.down_cnt)};                   \
        if (!copy_name(index.name, w.name, sizeof w.name)) return BJ_ERR_BAD_FIELD;       \
        if (!check_index(&index, w.sign)) return BJ_ERR_BAD_FIELD;                        \
        if (ops->index) ops->index(ctx, &index);                                          \
        return BJ_OK;                                                                     \
    }

INDEX_DECODER(bj_bcast_on_index_cm, bj_bcast_index_cm_t, BJ_SEGMENT_CM)
INDEX_DECODER(bj_bcast_on_index_fo, bj_bcast_index_fo_t, BJ_SEGMENT_FO)
