#include "dataplane/engine/bj_engine_priv.h"

/* Client ids hash into chains through the orders themselves.  A chain's order decides nothing: it
 * is only ever asked whether an id is in it. */
static uint32_t *bucket_of(const bj_engine_t *engine, uint32_t account_id,
                           uint64_t client_order_id) {
    uint64_t h = (client_order_id ^ (uint64_t)account_id << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return &engine->bucket[(h >> 32) & engine->bucket_mask];
}

static uint32_t account_of(const bj_engine_t *engine, const order_t *order) {
    return engine->account_id[order->risk.account_idx];
}

bool bj_engine_client_id_used(const bj_engine_t *engine, uint32_t account_id,
                              uint64_t client_order_id) {
    for (uint32_t i = *bucket_of(engine, account_id, client_order_id); i != NIL;
         i = engine->order[i].chain_idx) {
        const order_t *o = &engine->order[i];
        if (o->client_order_id == client_order_id && account_of(engine, o) == account_id)
            return true;
    }
    return false;
}

void bj_engine_fetch_bucket(const bj_engine_t *engine, uint32_t account_id,
                            uint64_t client_order_id) {
    __builtin_prefetch(bucket_of(engine, account_id, client_order_id), 1);
}

void bj_engine_fetch_neighbours(const bj_engine_t *engine, const order_t *order) {
    bj_engine_fetch_bucket(engine, account_of(engine, order), order->client_order_id);
    bj_risk_fetch(engine->risk, &order->risk);
    if (order->earlier_idx != NIL) __builtin_prefetch(&engine->order[order->earlier_idx], 1);
    if (order->later_idx != NIL) __builtin_prefetch(&engine->order[order->later_idx], 1);
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

order_t *bj_engine_order_add(bj_engine_t *engine, uint32_t idx) {
    const bj_cmd_t *cmd = engine->cmd;
    uint32_t *bucket = bucket_of(engine, cmd->account_id, cmd->client_order_id);
    order_t *order = &engine->order[idx];
    *order = (order_t){.order_id = engine->order_id, .client_order_id = cmd->client_order_id,
                       .risk = engine->pending, .trigger_paise = cmd->trigger_price_paise,
                       .disclosed_qty = cmd->disclosed_qty, .session_id = cmd->session_id,
                       .day = cmd->tif == BJ_GTD ? (uint16_t)cmd->body.expiry_day : 0,
                       .order_type = cmd->order_type, .tif = cmd->tif, .flags = cmd->flags,
                       .chain_idx = *bucket};
    *bucket = idx;
    session_link(engine, order, idx);
    engine->live_cnt++;
    bj_engine_set_slices(engine, order);
    return order;
}

void bj_engine_order_drop(bj_engine_t *engine, order_t *order) {
    uint32_t idx = (uint32_t)(order - engine->order);
    uint32_t *link = bucket_of(engine, account_of(engine, order), order->client_order_id);
    while (*link != idx) link = &engine->order[*link].chain_idx;
    *link = order->chain_idx;
    session_unlink(engine, order);
    engine->live_cnt--;
    engine->slice_cnt -= order->slice_cnt;
}

/* --- slices: what bounds the events of one command, see bj_engine.h */

/* One more may come than these: the first may be used up in part already.  But the last one ends
 * the order. */
uint32_t bj_engine_slices(int32_t open_qty, int32_t disclosed_qty) {
    if (disclosed_qty <= 0 || open_qty <= 0) return 0;
    return ((uint32_t)open_qty + (uint32_t)disclosed_qty - 1) / (uint32_t)disclosed_qty;
}

bj_status_t bj_engine_check_slices(const bj_engine_t *engine, uint32_t old_cnt, uint32_t new_cnt) {
    if (BJ_LIKELY(new_cnt <= old_cnt)) return BJ_OK;
    if (new_cnt > BJ_ENGINE_SLICES_MAX) return BJ_REJ_DISCLOSED;
    bool room = engine->slice_cnt - old_cnt + new_cnt <= engine->config.order_max;
    return room ? BJ_OK : BJ_REJ_ENGINE_FULL;
}

static_assert(BJ_ENGINE_SLICES_MAX <= UINT8_MAX, "an order's count fits");
void bj_engine_set_slices(bj_engine_t *engine, order_t *order) {
    engine->slice_cnt -= order->slice_cnt;
    order->slice_cnt = (uint8_t)bj_engine_slices(order->risk.qty, order->disclosed_qty);
    engine->slice_cnt += order->slice_cnt;
}
