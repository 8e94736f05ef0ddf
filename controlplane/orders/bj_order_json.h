#ifndef BJ_ORDER_JSON_H
#define BJ_ORDER_JSON_H

/* ORDER and TRADE of docs/protocols/api.md.  NULL if there is no memory; the caller's to
 * json_decref. */
#include <jansson.h>
#include "controlplane/orders/bj_order_view.h"

/* app: who placed it (bj_order_app.h); taken. */
json_t *bj_order_json(const bj_order_view_t *view, const char *symbol, json_t *app);
json_t *bj_trade_json(const bj_trade_view_t *trade, const char *symbol);

#endif /* BJ_ORDER_JSON_H */
