#ifndef BJ_ORDER_TABLE_H
#define BJ_ORDER_TABLE_H

/* bj_order_table - the orders this process saw live, so that a client reads what it has just
 * written.
 *
 * Purpose    The database follows the engine by some milliseconds, or by minutes when it was away.
 *            Orders seen on the gateway's session lie here until the database shows them: open ones
 *            for as long as they are open, ended ones until bj_order_table_prune passes them.
 * Shape      at most BJ_ORDER_TABLE_MAX; beyond that new ones are not kept (the database has them).
 * Threads    any (one lock).
 * Cost       a walk over the account's orders here. */
#include "controlplane/orders/bj_order_view.h"

enum { BJ_ORDER_TABLE_MAX = 65536 };

typedef struct bj_order_table bj_order_table_t;

bj_order_table_t *bj_order_table_new(void);
void bj_order_table_free(bj_order_table_t *table);

BJ_MUST_USE bool bj_order_table_get(bj_order_table_t *table, uint32_t account_id,
                                    uint64_t order_id, bj_order_view_t *view);
/* Puts view there, or over the older view of the same order. */
void bj_order_table_put(bj_order_table_t *table, const bj_order_view_t *view);

/* bj_order_table_merge lays the account's orders over `views` (newest order first, room for
 * views_max): a newer view replaces its row, orders the rows lack are added; what is not open goes
 * if open_only. */
size_t bj_order_table_merge(bj_order_table_t *table, uint32_t account_id, bool open_only,
                            bj_order_view_t *views, size_t view_cnt, size_t views_max);

/* Ended orders up to event_seq are in the database. */
void bj_order_table_prune(bj_order_table_t *table, uint64_t event_seq);
/* After a lost session nobody knows what was missed. */
void bj_order_table_clear(bj_order_table_t *table);
size_t bj_order_table_cnt(bj_order_table_t *table);

#endif /* BJ_ORDER_TABLE_H */
