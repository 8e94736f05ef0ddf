#ifndef BJ_ENGINE_PRIV_H
#define BJ_ENGINE_PRIV_H

/* What the files of the engine share: its state, and the handlers its table names. */
#include "dataplane/book/bj_book.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/match/bj_match.h"
#include "dataplane/risk/bj_risk.h"

#define NIL UINT32_MAX /* no index */
enum { REASON_MAX = 256 };

/* An open order.  Its book entry points here by `user`. */
typedef struct order {
    uint64_t order_id, client_order_id;
    bj_risk_order_t risk; /* limit and open quantity live here */
    uint32_t account_id, token;
    int32_t  qty, cum_qty;
    uint16_t session_id;
    uint8_t  order_type, tif, flags;
    uint32_t earlier_idx, later_idx; /* of the same session, in order of arrival */
    uint32_t chain_idx;              /* same bucket of client ids; or next free */
} order_t;

typedef struct session {
    uint32_t first_idx, last_idx;
    uint64_t session_seq;
} session_t;

struct bj_engine {
    bj_engine_config_t config;
    uint64_t cmd_seq, event_seq, match_id, order_id; /* last ones given */
    uint64_t refused[REASON_MAX];
    uint32_t free_idx, bucket_mask;
    size_t   event_cnt, event_max;
    const bj_cmd_t *cmd; /* the one being applied */
    bj_risk_t  *risk;
    bj_books_t *books;
    order_t    *order;
    uint32_t   *bucket; /* of (account, client order id) */
    session_t  *session;
    bj_event_t *event;
};

/* bj_engine_orders.c */
void bj_engine_on_new(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_modify(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_cancel(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_mass_cancel(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_disconnect(bj_engine_t *engine, const bj_cmd_t *cmd);

/* bj_engine_table.c: open orders by session and by client id */
order_t *bj_engine_order_add(bj_engine_t *engine, const bj_cmd_t *cmd, const bj_risk_order_t *risk);
void bj_engine_order_drop(bj_engine_t *engine, order_t *order);
bool bj_engine_client_id_used(const bj_engine_t *engine, uint32_t account_id,
                              uint64_t client_order_id);

/* bj_engine.c: events.  Fields not set by these are 0. */
bj_event_t *bj_engine_emit(bj_engine_t *engine, bj_event_type_t type);
bj_event_t *bj_engine_emit_order(bj_engine_t *engine, bj_event_type_t type, const order_t *order);
/* The command is refused: REQUEST_REJECTED, with what is known of the order if it is his. */
void bj_engine_refuse(bj_engine_t *engine, bj_status_t reason, const order_t *order);

#endif /* BJ_ENGINE_PRIV_H */
