#include "controlplane/relay/bj_position.h"

#include <stdlib.h>

#include "dataplane/wire/bj_wire_cmd.h"

__extension__ typedef __int128 wide_t; /* cost * quantity, before it is divided */

static bool add(int64_t *sum, int64_t value) { return !__builtin_add_overflow(*sum, value, sum); }

static bool add_product(int64_t *sum, int64_t a, int64_t b) {
    int64_t product;
    return !__builtin_mul_overflow(a, b, &product) && add(sum, product);
}

/* signed_qty works against open_qty and closes at most all of it; returns false on overflow. */
static bool close_part(bj_position_t *p, int64_t open_qty, int64_t signed_qty,
                       int64_t price_paise) {
    /* C cuts towards 0, as the rule says. */
    int64_t closed_paise = (int64_t)((wide_t)p->cost_paise * -signed_qty / open_qty);
    return add_product(&p->realised_paise, -signed_qty, price_paise) &&
           add(&p->realised_paise, -closed_paise) && add(&p->cost_paise, -closed_paise);
}

bj_status_t bj_position_trade(bj_position_t *position, uint8_t side, int64_t qty,
                              int64_t price_paise) {
    if (qty <= 0 || price_paise <= 0 || (side != BJ_BUY && side != BJ_SELL)) {
        return BJ_ERR_BAD_FIELD;
    }
    bj_position_t next = *position;
    int64_t open_qty = bj_position_open_qty(position);
    int64_t left_qty = side == BJ_BUY ? qty : -qty;
    bool ok = side == BJ_BUY
                  ? add(&next.buy_qty, qty) && add_product(&next.buy_value_paise, qty, price_paise)
                  : add(&next.sell_qty, qty) &&
                        add_product(&next.sell_value_paise, qty, price_paise);
    if (ok && open_qty != 0 && (open_qty > 0) != (left_qty > 0)) {
        bool all = llabs(left_qty) >= llabs(open_qty);
        int64_t close_qty = all ? -open_qty : left_qty;
        ok = close_part(&next, open_qty, close_qty, price_paise);
        left_qty -= close_qty;
    }
    ok = ok && add_product(&next.cost_paise, left_qty, price_paise);
    if (!ok) return BJ_ERR_OVERFLOW;
    *position = next;
    return BJ_OK;
}
