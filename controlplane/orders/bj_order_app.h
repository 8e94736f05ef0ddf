#ifndef BJ_ORDER_APP_H
#define BJ_ORDER_APP_H

/* bj_order_app - what the API app is called that placed an order (sql/0011_apps.sql): an order has
 * its number only.
 *
 * Shape    the last BJ_ORDER_APPS_MAX that were asked for; neither key nor name ever changes.
 * Threads  any (one lock).
 * Cost     a statement the first time an app is asked for; while the database does not answer one
 *          each 10 s, since the thread that hears of orders asks too. */
#include <jansson.h>
#include "controlplane/store/bj_db.h"

enum { BJ_ORDER_APPS_MAX = 256 };

typedef struct bj_order_apps bj_order_apps_t;

bj_order_apps_t *bj_order_apps_new(bj_db_pool_t *db);
void bj_order_apps_free(bj_order_apps_t *apps); /* NULL is allowed */

/* Asks already now, where waiting keeps nobody else. */
void bj_order_apps_meet(bj_order_apps_t *apps, uint32_t app_id);

/* ORDER's app of docs/protocols/api.md: null for number 0; api_key and name are "" where there is
 * no such app any more, or nobody can say now. */
json_t *bj_order_apps_json(bj_order_apps_t *apps, uint32_t app_id);

#endif /* BJ_ORDER_APP_H */
