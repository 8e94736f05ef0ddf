#include "dataplane/match/bj_match.h"

static bool crosses(const bj_taker_t *taker, int32_t price_paise) {
    return taker->side == BJ_BUY ? price_paise <= taker->limit_paise
                                 : price_paise >= taker->limit_paise;
}

int32_t bj_match_take(bj_books_t *books, const bj_taker_t *taker, const bj_match_ops_t *ops,
                      void *ctx) {
    bj_side_t other = taker->side == BJ_BUY ? BJ_SELL : BJ_BUY;
    int32_t left_qty = taker->qty;
    const bj_level_t *level;
    while (left_qty > 0 && (level = bj_books_best(books, taker->book_idx, other)) &&
           crosses(taker, level->price_paise)) {
        bj_order_t *maker = bj_books_first(books, level);
        if (ops->owner(ctx, maker) == taker->owner) {
            ops->self(ctx, maker);
            bj_books_remove(books, maker);
            continue;
        }
        int32_t qty = maker->qty < left_qty ? maker->qty : left_qty;
        ops->fill(ctx, maker, maker->price_paise, qty);
        left_qty -= qty;
        bj_books_set_qty(books, maker, maker->qty - qty);
    }
    return left_qty;
}

int32_t bj_match_limit(bj_order_type_t type, bj_side_t side, int32_t price_paise,
                       int32_t band_lo_paise, int32_t band_hi_paise) {
    if (type != BJ_MARKET) return price_paise;
    return side == BJ_BUY ? band_hi_paise : band_lo_paise;
}

bj_status_t bj_match_rest(bj_order_type_t type, bj_tif_t tif) {
    if (type == BJ_MARKET) return BJ_END_NO_LIQUIDITY;
    return tif == BJ_IOC ? BJ_END_IOC : BJ_OK;
}
