#include "dataplane/engine/bj_engine_priv.h"

/* Client ids hash into chains through the orders themselves.  A chain's order decides nothing: it
 * is only ever asked whether an id is in it. */
static uint32_t *bucket_of(const bj_engine_t *engine, uint32_t account_id,
                           uint64_t client_order_id) {
    uint64_t h = (client_order_id ^ (uint64_t)account_id << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return &engine->bucket[(h >> 32) & engine->bucket_mask];
}

bool bj_engine_client_id_used(const bj_engine_t *engine, uint32_t account_id,
                              uint64_t client_order_id) {
    for (uint32_t i = *bucket_of(engine, account_id, client_order_id); i != NIL;
         i = engine->order[i].chain_idx) {
        const order_t *o = &engine->order[i];
        if (o->client_order_id == client_order_id && o->account_id == account_id) return true;
    }
    return false;
}

static void session_link(bj_engine_t *engine, order_t *order, uint32_t idx) {
    session_t *session = &engine->session[order->session_id];
    order->earlier_idx = session->last_idx;
    order->later_idx = NIL;
    if (session->last_idx != NIL) engine->order[session->last_idx].later_idx = idx;
    else session->first_idx = idx;
    session->last_idx = idx;
}

static void session_unlink(bj_engine_t *engine, const order_t *order) {
    session_t *session = &engine->session[order->session_id];
    if (order->earlier_idx != NIL) engine->order[order->earlier_idx].later_idx = order->later_idx;
    else session->first_idx = order->later_idx;
    if (order->later_idx != NIL) engine->order[order->later_idx].earlier_idx = order->earlier_idx;
    else session->last_idx = order->earlier_idx;
}

order_t *bj_engine_order_add(bj_engine_t *engine, const bj_cmd_t *cmd,
                             const bj_risk_order_t *risk) {
    uint32_t idx = engine->free_idx;
    uint32_t *bucket = bucket_of(engine, cmd->account_id, cmd->client_order_id);
    order_t *order = &engine->order[idx];
    engine->free_idx = order->chain_idx;
    *order = (order_t){.order_id = engine->order_id, .client_order_id = cmd->client_order_id,
                       .risk = *risk, .account_id = cmd->account_id, .token = cmd->token,
                       .qty = cmd->qty, .session_id = cmd->session_id, .tif = cmd->tif,
                       .order_type = cmd->order_type, .flags = cmd->flags, .chain_idx = *bucket};
    *bucket = idx;
    session_link(engine, order, idx);
    return order;
}

void bj_engine_order_drop(bj_engine_t *engine, order_t *order) {
    uint32_t idx = (uint32_t)(order - engine->order);
    uint32_t *link = bucket_of(engine, order->account_id, order->client_order_id);
    while (*link != idx) link = &engine->order[*link].chain_idx;
    *link = order->chain_idx;
    session_unlink(engine, order);
    order->chain_idx = engine->free_idx;
    engine->free_idx = idx;
}
