#ifndef BJ_ORDER_CHECK_H
#define BJ_ORDER_CHECK_H

/* bj_order_check - what the terms of an order must say together, before anything is sent: each
 * field is in its own range already, and 0 is "absent".
 *
 * Answer  NULL: nothing is wrong.  Else the field to blame, and *text says what it may be; both
 *         live for ever. */
#include "controlplane/orders/bj_orders.h"

/* today: bj_day_of now. */
const char *bj_order_check_new(const bj_new_order_t *order, uint32_t today, const char **text);

/* What a modify asks for: 0 is "as it was"; disclosed_qty -1 is. */
typedef struct bj_order_change {
    int64_t price_paise, qty, trigger_price_paise, disclosed_qty;
} bj_order_change_t;

/* view: the order as it is.  *terms: as it shall be. */
const char *bj_order_check_change(const bj_order_view_t *view, const bj_order_change_t *change,
                                  bj_order_terms_t *terms, const char **text);

#endif /* BJ_ORDER_CHECK_H */
