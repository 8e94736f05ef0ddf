#ifndef BJ_ORDERS_REPO_H
#define BJ_ORDERS_REPO_H

/* bj_orders_repo - orders and trades as the relay wrote them (sql/0002_trading.sql,
 * sql/0004_stops.sql). */
#include "controlplane/orders/bj_order_view.h"
#include "controlplane/store/bj_db.h"

/* One account's, newest first. */
BJ_MUST_USE bj_status_t bj_orders_select(bj_db_pool_t *db, uint32_t account_id, bool open_only,
                                         bj_order_view_t *views, size_t views_max,
                                         size_t *view_cnt);
/* Everybody's, for staff.  token 0: of all instruments; branch_id 0: of all branches. */
BJ_MUST_USE bj_status_t bj_orders_select_all(bj_db_pool_t *db, uint32_t token,
                                             uint32_t branch_id, bool open_only,
                                             bj_order_view_t *views, size_t views_max,
                                             size_t *view_cnt);
/* BJ_ERR_NOT_FOUND: no such order of this account (yet). */
BJ_MUST_USE bj_status_t bj_orders_select_one(bj_db_pool_t *db, uint32_t account_id,
                                             uint64_t order_id, bj_order_view_t *view);
BJ_MUST_USE bj_status_t bj_trades_select(bj_db_pool_t *db, uint32_t account_id,
                                         bj_trade_view_t *trades, size_t trades_max,
                                         size_t *trade_cnt);
/* How far the relay is. */
BJ_MUST_USE bj_status_t bj_relay_offset(bj_db_pool_t *db, uint64_t *event_seq);

#endif /* BJ_ORDERS_REPO_H */
