#include "dataplane/engine/bj_engine.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/engine/bj_engine_priv.h"

enum { ORDER_MAX = 1 << 24 };

/* --- memory */

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static bj_risk_config_t risk_config(const bj_engine_config_t *config) {
    return (bj_risk_config_t){
        config->instrument_max, config->account_max,
        config->message_rate_per_s ? config->message_rate_per_s : BJ_ENGINE_RATE_PER_S,
        config->message_burst ? config->message_burst : BJ_ENGINE_BURST};
}

/* A command fills or cancels each live order once at most, two events a fill, and little more. */
static size_t event_max(const bj_engine_config_t *config) {
    return (size_t)config->order_max * 2 + 64;
}

static uint32_t bucket_cnt(const bj_engine_config_t *config) {
    uint32_t cnt = 8;
    while (cnt < 2 * config->order_max) cnt *= 2;
    return cnt;
}

size_t bj_engine_footprint(const bj_engine_config_t *config) {
    if (!config->order_max || config->order_max > ORDER_MAX) return 0;
    bj_risk_config_t risk = risk_config(config);
    size_t risk_bytes = bj_risk_footprint(&risk);
    size_t books_bytes = bj_books_footprint(config->instrument_max, config->order_max);
    if (!risk_bytes || !books_bytes) return 0;
    return line_up(sizeof(bj_engine_t)) + line_up(risk_bytes) + line_up(books_bytes) +
           line_up(config->order_max * sizeof(order_t)) +
           line_up(bucket_cnt(config) * sizeof(uint32_t)) +
           line_up(BJ_ENGINE_SESSION_MAX * sizeof(session_t)) +
           line_up(event_max(config) * sizeof(bj_event_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    *at += line_up(bytes);
    return mem;
}

static void clear_lists(bj_engine_t *engine) {
    uint32_t order_max = engine->config.order_max;
    for (uint32_t i = 0; i < order_max; i++) {
        engine->order[i].chain_idx = i + 1 < order_max ? i + 1 : NIL;
    }
    for (uint32_t i = 0; i <= engine->bucket_mask; i++) engine->bucket[i] = NIL;
    for (uint32_t i = 0; i < BJ_ENGINE_SESSION_MAX; i++)
        engine->session[i] = (session_t){NIL, NIL, 0};
}

bj_engine_t *bj_engine_new(void *mem, const bj_engine_config_t *config) {
    size_t bytes = bj_engine_footprint(config);
    if (!bytes) return NULL;
    memset(mem, 0, bytes);
    uint8_t *at = mem;
    bj_risk_config_t risk = risk_config(config);
    bj_engine_t *engine = carve(&at, sizeof *engine);
    engine->config = *config;
    engine->event_max = event_max(config);
    engine->bucket_mask = bucket_cnt(config) - 1;
    engine->risk = bj_risk_new(carve(&at, bj_risk_footprint(&risk)), &risk);
    engine->books =
        bj_books_new(carve(&at, bj_books_footprint(config->instrument_max, config->order_max)),
                     config->instrument_max, config->order_max);
    engine->order = carve(&at, config->order_max * sizeof(order_t));
    engine->bucket = carve(&at, bucket_cnt(config) * sizeof(uint32_t));
    engine->session = carve(&at, BJ_ENGINE_SESSION_MAX * sizeof(session_t));
    engine->event = carve(&at, engine->event_max * sizeof(bj_event_t));
    clear_lists(engine);
    return engine;
}

/* --- events */

bj_event_t *bj_engine_emit(bj_engine_t *engine, bj_event_type_t type) {
    assert(engine->event_cnt < engine->event_max);
    bj_event_t *event = &engine->event[engine->event_cnt++];
    *event = (bj_event_t){.seq = ++engine->event_seq, .cmd_seq = engine->cmd_seq,
                          .time_ns = engine->cmd->time_ns, .type = (uint16_t)type};
    return event;
}

bj_event_t *bj_engine_emit_order(bj_engine_t *engine, bj_event_type_t type, const order_t *order) {
    bj_event_t *event = bj_engine_emit(engine, type);
    event->order_id = order->order_id;
    event->client_order_id = order->client_order_id;
    event->account_id = order->account_id;
    event->token = order->token;
    event->price_paise = order->order_type == BJ_MARKET ? 0 : order->risk.price_paise;
    event->qty = order->qty;
    event->leaves_qty = order->risk.qty;
    event->cum_qty = order->cum_qty;
    event->session_id = order->session_id;
    event->side = order->risk.side;
    event->order_type = order->order_type;
    event->tif = order->tif;
    event->flags = order->flags;
    return event;
}

void bj_engine_refuse(bj_engine_t *engine, bj_status_t reason, const order_t *order) {
    const bj_cmd_t *cmd = engine->cmd;
    bj_event_t *event = order ? bj_engine_emit_order(engine, BJ_EV_REQUEST_REJECTED, order)
                              : bj_engine_emit(engine, BJ_EV_REQUEST_REJECTED);
    if (!order) {
        event->order_id = cmd->order_id;
        event->client_order_id = cmd->client_order_id;
        event->account_id = cmd->account_id;
        event->token = cmd->token;
    }
    event->session_id = cmd->session_id;
    event->session_seq = cmd->session_seq;
    event->reason = (uint16_t)reason;
    engine->refused[reason]++;
}

/* --- instruments and accounts */

static void answer(bj_engine_t *engine, bj_event_type_t type, bj_status_t status, uint32_t value) {
    const bj_cmd_t *cmd = engine->cmd;
    if (status != BJ_OK) {
        bj_engine_refuse(engine, status, NULL);
        return;
    }
    bj_event_t *event = bj_engine_emit(engine, type);
    event->session_id = cmd->session_id;
    event->session_seq = cmd->session_seq;
    event->account_id = cmd->account_id;
    event->token = cmd->token;
    event->value = value;
}

static void on_instrument(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_cmd_instrument_t definition;
    bj_instrument_state_t state = BJ_STATE_CLOSED;
    bj_status_t status = bj_risk_set_instrument(engine->risk, cmd->token, &cmd->body.instrument);
    (void)bj_risk_instrument(engine->risk, cmd->token, &definition, &state);
    answer(engine, BJ_EV_INSTRUMENT, status, state);
}

static void on_instrument_state(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_status_t status = bj_risk_set_state(engine->risk, cmd->token, cmd->body.state);
    answer(engine, BJ_EV_INSTRUMENT, status, cmd->body.state);
}

static void on_account(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_status_t status = bj_risk_set_account(engine->risk, cmd->account_id, &cmd->body.account);
    answer(engine, BJ_EV_ACCOUNT, status, cmd->body.account.blocked);
}

/* --- a command */

static void (*const handlers[])(bj_engine_t *engine, const bj_cmd_t *cmd) = {
    [BJ_CMD_NEW] = bj_engine_on_new,
    [BJ_CMD_MODIFY] = bj_engine_on_modify,
    [BJ_CMD_CANCEL] = bj_engine_on_cancel,
    [BJ_CMD_MASS_CANCEL] = bj_engine_on_mass_cancel,
    [BJ_CMD_INSTRUMENT] = on_instrument,
    [BJ_CMD_INSTRUMENT_STATE] = on_instrument_state,
    [BJ_CMD_ACCOUNT] = on_account,
    [BJ_CMD_DISCONNECT] = bj_engine_on_disconnect,
};

static void dispatch(bj_engine_t *engine, const bj_cmd_t *cmd) {
    if (BJ_UNLIKELY(cmd->session_id >= BJ_ENGINE_SESSION_MAX)) {
        bj_engine_refuse(engine, BJ_REJ_NOT_PERMITTED, NULL);
        return;
    }
    session_t *session = &engine->session[cmd->session_id];
    if (cmd->session_seq > session->session_seq) session->session_seq = cmd->session_seq;
    if (BJ_UNLIKELY(cmd->type >= BJ_COUNT(handlers) || !handlers[cmd->type])) {
        bj_engine_refuse(engine, BJ_ERR_UNKNOWN_TYPE, NULL);
        return;
    }
    handlers[cmd->type](engine, cmd);
}

const bj_event_t *bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt) {
    *event_cnt = 0;
    if (BJ_UNLIKELY(cmd->seq && cmd->seq != engine->cmd_seq + 1)) return NULL;
    cmd->seq = ++engine->cmd_seq;
    engine->cmd = cmd;
    engine->event_cnt = 0;
    dispatch(engine, cmd);
    engine->cmd = NULL;
    *event_cnt = engine->event_cnt;
#ifdef BJ_CHECK_INVARIANTS
    assert(!bj_engine_broken(engine));
#endif
    return engine->event;
}

/* --- looking */

static uint64_t order_hash(const order_t *order, uint64_t hash) {
    hash = bj_fnv1a(hash, &order->order_id, sizeof order->order_id);
    hash = bj_fnv1a(hash, &order->client_order_id, sizeof order->client_order_id);
    hash = bj_fnv1a(hash, &order->account_id, sizeof order->account_id);
    hash = bj_fnv1a(hash, &order->qty, sizeof order->qty);
    hash = bj_fnv1a(hash, &order->cum_qty, sizeof order->cum_qty);
    hash = bj_fnv1a(hash, &order->order_type, sizeof order->order_type);
    hash = bj_fnv1a(hash, &order->tif, sizeof order->tif);
    return bj_fnv1a(hash, &order->flags, sizeof order->flags);
}

/* Orders by session and arrival; price, open quantity and side of each are in the books' hash. */
static uint64_t session_hash(const bj_engine_t *engine, uint32_t session_id, uint64_t hash) {
    const session_t *session = &engine->session[session_id];
    if (!session->session_seq && session->first_idx == NIL) return hash;
    hash = bj_fnv1a(hash, &session_id, sizeof session_id);
    hash = bj_fnv1a(hash, &session->session_seq, sizeof session->session_seq);
    for (uint32_t i = session->first_idx; i != NIL; i = engine->order[i].later_idx) {
        hash = order_hash(&engine->order[i], hash);
    }
    return hash;
}

uint64_t bj_engine_hash(const bj_engine_t *engine) {
    const uint64_t counters[] = {engine->cmd_seq, engine->event_seq, engine->match_id,
                                 engine->order_id};
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET, counters, sizeof counters);
    hash = bj_fnv1a(hash, engine->refused, sizeof engine->refused);
    hash = bj_risk_hash(engine->risk, hash);
    hash = bj_books_hash(engine->books, hash);
    for (uint32_t i = 0; i < BJ_ENGINE_SESSION_MAX; i++) hash = session_hash(engine, i, hash);
    return hash;
}

bj_engine_stats_t bj_engine_stats(const bj_engine_t *engine) {
    return (bj_engine_stats_t){.cmd_seq = engine->cmd_seq, .event_seq = engine->event_seq,
                               .match_cnt = engine->match_id,
                               .live_orders = bj_books_order_cnt(engine->books),
                               .instruments = bj_risk_instrument_cnt(engine->risk),
                               .accounts = bj_risk_account_cnt(engine->risk)};
}

uint64_t bj_engine_session_seq(const bj_engine_t *engine, uint16_t session_id) {
    return session_id < BJ_ENGINE_SESSION_MAX ? engine->session[session_id].session_seq : 0;
}

bool bj_engine_instrument(const bj_engine_t *engine, uint32_t token,
                          bj_cmd_instrument_t *instrument, bj_instrument_state_t *state) {
    return bj_risk_instrument(engine->risk, token, instrument, state);
}

uint64_t bj_engine_refused(const bj_engine_t *engine, bj_status_t reason) {
    return (unsigned)reason < REASON_MAX ? engine->refused[reason] : 0;
}
