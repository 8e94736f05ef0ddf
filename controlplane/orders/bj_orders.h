#ifndef BJ_ORDERS_H
#define BJ_ORDERS_H

/* bj_orders - place, modify, cancel and list orders; the operators' commands to the engine: the
 * gateway's session "control".
 *
 * Purpose    One way in: whatever a person asks becomes a request on the gateway's session, and the
 *            answer is the engine's durable report.
 * Owner      account ids are those that bj_http_act let through, never straight from a request.
 * Threads    any worker; blocks up to BJ_ORDERS_WAIT_MS.
 * Errors     BJ_ERR_UNAVAILABLE  no session with the gateway: nothing was sent
 *            BJ_ERR_FULL         too much under way: nothing was sent
 *            BJ_ERR_TIMEOUT      sent, outcome unknown
 *            BJ_ERR_NOT_FOUND    not an order of this account
 *            any BJ_REJ_*        refused by risk or engine; the order, if it is one, says so too */
#include <jansson.h>
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/notify/bj_notify.h"
#include "controlplane/orders/bj_order_view.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/wire/bj_oe_way.h"

enum { BJ_ORDERS_WAIT_MS = 3000, BJ_ORDERS_LIST_MAX = 500, BJ_REASON_MAX = 23 };

typedef struct bj_orders bj_orders_t;

typedef struct bj_orders_config {
    bj_db_pool_t     *db;
    bj_instruments_t *instruments;
    bj_notify_t       notify;
    bj_oe_way_t way; /* to the gateway */
    const char *session, *key;
} bj_orders_config_t;

typedef struct bj_new_order {
    uint32_t account_id, token;
    uint64_t client_order_id; /* 0: one is made */
    uint8_t  side, order_type, tif;
    uint8_t  flags; /* BJ_FLAG_STP_ACTIVE, BJ_FLAG_INTRADAY */
    int32_t  price_paise, qty, trigger_price_paise, disclosed_qty;
    uint32_t expiry_day; /* BJ_GTD: its last day; else 0 */
    uint32_t app_id; /* of the app that asks; 0: none */
} bj_new_order_t;

typedef struct bj_order_terms { /* of a modify: all as they shall be */
    int32_t price_paise, qty, trigger_price_paise, disclosed_qty;
} bj_order_terms_t;

bj_orders_t *bj_orders_new(const bj_orders_config_t *config); /* NULL: the log says why */
void bj_orders_free(bj_orders_t *orders);
bool bj_orders_up(bj_orders_t *orders); /* logged in at the gateway */
/* Up, and nothing is known to have happened that neither this process saw nor the database has.
 * Waits a second at most, once after a session has begun. */
bool bj_orders_whole(bj_orders_t *orders);

/* Who placed an order: ORDER's app of docs/protocols/api.md. */
json_t *bj_orders_app(bj_orders_t *orders, const bj_order_view_t *view);

/* One that nobody has had: random. */
uint64_t bj_client_order_id(void);
/* *view is the order after the answer, also when it was rejected. */
BJ_MUST_USE bj_status_t bj_orders_place(bj_orders_t *orders, const bj_new_order_t *order,
                                        bj_order_view_t *view);
/* The account's own order as it is now. */
BJ_MUST_USE bj_status_t bj_orders_find(bj_orders_t *orders, uint32_t account_id, uint64_t order_id,
                                       bj_order_view_t *view);
/* view: of bj_orders_find; then as the engine left it. */
BJ_MUST_USE bj_status_t bj_orders_modify(bj_orders_t *orders, const bj_order_terms_t *terms,
                                         bj_order_view_t *view);
BJ_MUST_USE bj_status_t bj_orders_cancel(bj_orders_t *orders, uint32_t account_id,
                                         uint64_t order_id, bj_order_view_t *view);

/* The account's orders, newest first, as the database and the live session together know them. */
BJ_MUST_USE bj_status_t bj_orders_list(bj_orders_t *orders, uint32_t account_id, bool open_only,
                                       bj_order_view_t *views, size_t views_max, size_t *view_cnt);

/* All the account's open ones, or BJ_ERR_FULL: there may be more than views_max - 1. */
BJ_MUST_USE bj_status_t bj_orders_open(bj_orders_t *orders, uint32_t account_id,
                                       bj_order_view_t *views, size_t views_max, size_t *view_cnt);
/* Those of any state that this process saw live, all that the database may lack among them;
 * BJ_ERR_FULL likewise. */
BJ_MUST_USE bj_status_t bj_orders_seen(bj_orders_t *orders, uint32_t account_id,
                                       bj_order_view_t *views, size_t views_max, size_t *view_cnt);
/* Admin: any command but that of accounts; author and reason, which go to the audit trail, are put
 * into it.  *report is the engine's answer to the command itself, not to the orders it ended; with
 * BJ_REJ_SECOND_PERSON it says what is in force.  command->how BJ_OE_HOW_TWO: two people stand
 * behind it. */
BJ_MUST_USE bj_status_t bj_orders_command(bj_orders_t *orders, const bj_oe_admin_t *command,
                                          uint64_t author, const char *reason,
                                          bj_oe_report_t *report);

/* About once a second: forgets what the database shows by now. */
void bj_orders_tidy(bj_orders_t *orders);

#endif /* BJ_ORDERS_H */
