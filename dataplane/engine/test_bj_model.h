#ifndef TEST_BJ_MODEL_H
#define TEST_BJ_MODEL_H

/* The plainest model of the engine's rules, for tests only: one array of orders searched from end
 * to end, exposure counted again for each check, nothing shared with the engine but the wire
 * records. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { TOKENS = 3, ACCOUNTS = 4, SESSIONS = 4, ORDERS = 20 };
enum { RATE_PER_S = 80, BURST = 10, EVENTS = 2 * ORDERS + 64 };

typedef struct plain { /* an open order */
    uint64_t order_id, client_order_id, place; /* place: who came first to the price */
    uint32_t account_id, token;
    uint16_t session_id;
    uint8_t  side, order_type, tif, flags;
    int32_t  price_paise, limit_paise, qty, cum_qty; /* price as sent; limit it may trade to */
} plain_t;

typedef struct model {
    bool known_token[TOKENS + 1], known_account[ACCOUNTS + 1];
    uint32_t state[TOKENS + 1];
    bj_cmd_instrument_t instrument[TOKENS + 1];
    bj_cmd_account_t account[ACCOUNTS + 1];
    int64_t net_qty[ACCOUNTS + 1][TOKENS + 1];
    int64_t paid_ns[ACCOUNTS + 1]; /* rate: the moment up to which messages are paid for */
    plain_t order[ORDERS]; /* in order of arrival */
    uint32_t order_cnt;
    uint64_t cmd_seq, event_seq, match_id, order_id, place;
    bj_event_t event[EVENTS];
    size_t event_cnt;
    const bj_cmd_t *cmd;
} model_t;

/* The events of the command are then in m->event[0 .. m->event_cnt). */
void model_apply(model_t *m, const bj_cmd_t *c);

#endif /* TEST_BJ_MODEL_H */
