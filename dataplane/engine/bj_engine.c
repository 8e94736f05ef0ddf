#include "dataplane/engine/bj_engine.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/engine/bj_engine_priv.h"

enum { ORDER_MAX = 1 << 24 };

/* --- memory */

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static uint32_t or_else(uint32_t value, uint32_t other) { return value ? value : other; }

static bj_risk_config_t risk_config(const bj_engine_config_t *config) {
    return (bj_risk_config_t){
        .instrument_max = config->instrument_max, .account_max = config->account_max,
        .message_rate_per_s = or_else(config->message_rate_per_s, BJ_ENGINE_RATE_PER_S),
        .message_burst = or_else(config->message_burst, BJ_ENGINE_BURST),
        .desk_max = or_else(config->desk_max, BJ_ENGINE_DESKS),
        .underlying_max = or_else(config->underlying_max, BJ_ENGINE_UNDERLYINGS),
        .executions_ns = config->executions_ns ? config->executions_ns : BJ_ENGINE_EXECUTIONS_NS};
}

static bj_match_config_t match_config(const bj_engine_config_t *config) {
    return (bj_match_config_t){.instrument_max = config->instrument_max,
                               .order_max = config->order_max};
}

/* In one command each order ends at most once, in a cancel or in a fill, which is two events;
 * before that it wakes or is priced at most once.  A fill that ends no order uses up one of the
 * slices.  An instrument has two or three events of its own. */
static size_t event_max(const bj_engine_config_t *config) {
    return (size_t)config->order_max * (2 + 1 + 2) + (size_t)config->instrument_max * 3 + 64;
}

static uint32_t bucket_cnt(const bj_engine_config_t *config) {
    uint32_t cnt = 8;
    while (cnt < 2 * config->order_max) cnt *= 2;
    return cnt;
}

static size_t venue_bytes(const bj_engine_config_t *config) {
    return config->venue ? line_up(config->order_max * sizeof(venue_order_t)) +
                               line_up(bucket_cnt(config) * sizeof(uint32_t))
                         : 0;
}

size_t bj_engine_footprint(const bj_engine_config_t *config) {
    if (!config->order_max || config->order_max > ORDER_MAX) return 0;
    bj_risk_config_t risk = risk_config(config);
    bj_match_config_t match = match_config(config);
    size_t risk_bytes = bj_risk_footprint(&risk);
    size_t match_bytes = bj_match_footprint(&match);
    if (!risk_bytes || !match_bytes) return 0;
    return line_up(sizeof(bj_engine_t)) + line_up(risk_bytes) + line_up(match_bytes) +
           BJ_PAIR_BYTES + line_up(bj_match_ring_footprint(RING_DEPTH)) +
           line_up(config->order_max * sizeof(order_t)) + venue_bytes(config) +
           line_up(bucket_cnt(config) * sizeof(uint32_t)) +
           line_up(BJ_ENGINE_SESSION_MAX * sizeof(session_t)) +
           line_up(event_max(config) * sizeof(bj_event_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    *at += line_up(bytes);
    return mem;
}

static void *carve_zero(uint8_t **at, size_t bytes) {
    void *mem = carve(at, bytes);
    memset(mem, 0, bytes);
    return mem;
}

static void clear_lists(bj_engine_t *engine) {
    for (uint32_t i = 0; i <= engine->bucket_mask; i++) engine->bucket[i] = NIL;
    for (uint32_t i = 0; i < BJ_ENGINE_SESSION_MAX; i++)
        engine->session[i] = (session_t){NIL, NIL, 0};
}

static void make_match(bj_engine_t *engine, uint8_t **at) {
    bj_match_config_t match = match_config(&engine->config);
    engine->match = bj_match_new(carve(at, bj_match_footprint(&match)), &match);
    *at += (BJ_PAIR_BYTES - (uintptr_t)*at % BJ_PAIR_BYTES) % BJ_PAIR_BYTES;
    engine->ring =
        bj_match_ring_new(carve(at, bj_match_ring_footprint(RING_DEPTH)), RING_DEPTH);
    bj_match_out(engine->match, engine->ring, bj_engine_drain, engine);
}

/* Events are written whole before they are read: most of their pages are never touched. */
bj_engine_t *bj_engine_new(void *mem, const bj_engine_config_t *config) {
    if (!bj_engine_footprint(config)) return NULL;
    uint8_t *at = mem;
    bj_risk_config_t risk = risk_config(config);
    bj_engine_t *engine = carve_zero(&at, sizeof *engine);
    engine->config = *config;
    engine->event_max = event_max(config);
    engine->bucket_mask = bucket_cnt(config) - 1;
    engine->active_idx = NIL;
    engine->risk = bj_risk_new(carve(&at, bj_risk_footprint(&risk)), &risk);
    engine->account_id = bj_risk_account_ids(engine->risk);
    engine->token = bj_risk_tokens(engine->risk);
    make_match(engine, &at);
    engine->order = carve_zero(&at, config->order_max * sizeof(order_t));
    engine->bucket = carve(&at, bucket_cnt(config) * sizeof(uint32_t));
    engine->session = carve(&at, BJ_ENGINE_SESSION_MAX * sizeof(session_t));
    engine->event = carve(&at, engine->event_max * sizeof(bj_event_t));
    if (config->venue) {
        engine->venue = carve_zero(&at, config->order_max * sizeof(venue_order_t));
        engine->venue_bucket = carve(&at, bucket_cnt(config) * sizeof(uint32_t));
        bj_engine_venue_clear(engine);
    }
    clear_lists(engine);
    return engine;
}

/* --- events */

/* All 0, in two halves: the compiler clears as much at once with an instruction that is slow to
 * begin. */
static bj_event_t *next_event(bj_engine_t *engine) {
    assert(engine->event_cnt < engine->event_max);
    bj_event_t *event = &engine->event[engine->event_cnt++];
    memset(event, 0, sizeof *event / 2);
    memset((uint8_t *)event + sizeof *event / 2, 0, sizeof *event / 2);
    event->seq = ++engine->event_seq;
    event->cmd_seq = engine->cmd_seq;
    event->time_ns = engine->cmd->time_ns;
    return event;
}

bj_event_t *bj_engine_emit_answer(bj_engine_t *engine, bj_event_type_t type) {
    const bj_cmd_t *cmd = engine->cmd;
    bj_event_t *event = next_event(engine);
    event->type = (uint16_t)type;
    event->session_id = cmd->session_id;
    event->session_seq = cmd->session_seq;
    event->account_id = cmd->account_id;
    event->token = cmd->token;
    return event;
}

bj_event_t *bj_engine_emit_order(bj_engine_t *engine, bj_event_type_t type, const order_t *order) {
    bool asked = engine->active_idx != NIL && order == &engine->order[engine->active_idx];
    bool market = bj_engine_is_market(order->order_type);
    bj_event_t *event = next_event(engine);
    event->order_id = order->order_id;
    event->client_order_id = order->client_order_id;
    event->session_seq = asked ? engine->cmd->session_seq : 0;
    event->account_id = engine->account_id[order->risk.account_idx];
    event->token = engine->token[order->risk.instrument_idx];
    event->price_paise = market ? 0 : order->risk.price_paise;
    event->qty = order->risk.qty + order->cum_qty;
    event->leaves_qty = order->risk.qty;
    event->cum_qty = order->cum_qty;
    event->trigger_price_paise = order->trigger_paise;
    event->disclosed_qty = order->disclosed_qty;
    event->type = (uint16_t)type;
    event->session_id = order->session_id;
    event->side = order->risk.side;
    event->order_type = order->order_type;
    event->tif = order->tif;
    event->flags = order->flags & (uint8_t)~ORDER_WAITS;
    event->value = order->day;
    if (BJ_UNLIKELY(engine->venue)) bj_engine_venue_show(engine, order, event);
    return event;
}

bj_event_t *bj_engine_refuse(bj_engine_t *engine, bj_status_t reason, const order_t *order) {
    const bj_cmd_t *cmd = engine->cmd;
    bj_event_t *event = order ? bj_engine_emit_order(engine, BJ_EV_REQUEST_REJECTED, order)
                              : bj_engine_emit_answer(engine, BJ_EV_REQUEST_REJECTED);
    if (!order && cmd->type != BJ_CMD_ACCOUNT) { /* there lies its reason */
        event->order_id = cmd->order_id;
        event->client_order_id = cmd->client_order_id;
    }
    event->session_id = cmd->session_id;
    event->session_seq = cmd->session_seq;
    event->reason = (uint16_t)reason;
    engine->refused[reason]++;
    return event;
}

void bj_engine_reject(bj_engine_t *engine, bj_status_t reason) {
    const bj_cmd_t *cmd = engine->cmd;
    bj_event_t *event = bj_engine_emit_answer(engine, BJ_EV_REJECTED);
    event->order_id = engine->order_id;
    event->client_order_id = cmd->client_order_id;
    event->price_paise = cmd->price_paise;
    event->qty = cmd->qty;
    event->trigger_price_paise = cmd->trigger_price_paise;
    event->disclosed_qty = cmd->disclosed_qty;
    event->reason = (uint16_t)reason;
    event->side = cmd->side;
    event->order_type = cmd->order_type;
    event->tif = cmd->tif;
    event->flags = cmd->flags;
    event->value = cmd->tif == BJ_GTD ? cmd->body.expiry_day : 0;
    event->app = cmd->body.opened.app;
    engine->refused[reason]++;
}

/* --- a command */

static void (*const handlers[])(bj_engine_t *engine, const bj_cmd_t *cmd) = {
    [BJ_CMD_NEW] = bj_engine_on_new,
    [BJ_CMD_MODIFY] = bj_engine_on_modify,
    [BJ_CMD_CANCEL] = bj_engine_on_cancel,
    [BJ_CMD_MASS_CANCEL] = bj_engine_on_mass_cancel,
    [BJ_CMD_INSTRUMENT] = bj_engine_on_instrument,
    [BJ_CMD_INSTRUMENT_STATE] = bj_engine_on_instrument_state,
    [BJ_CMD_ACCOUNT] = bj_engine_on_account,
    [BJ_CMD_DISCONNECT] = bj_engine_on_disconnect,
    [BJ_CMD_PHASE] = bj_engine_on_phase,
    [BJ_CMD_UNCROSS] = bj_engine_on_uncross,
    [BJ_CMD_BAND] = bj_engine_on_band,
    [BJ_CMD_WINDOW] = bj_engine_on_window,
    [BJ_CMD_DAY_END] = bj_engine_on_day_end,
    [BJ_CMD_KILL] = bj_engine_on_kill,
    [BJ_CMD_LIMIT] = bj_engine_on_limit,
    [BJ_CMD_VENUE] = bj_engine_on_venue,
    [BJ_CMD_RELEASE] = bj_engine_on_release,
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
    bool one = cmd->flags & BJ_FLAG_ONE_PERSON; /* of an order: unknown, and refused there */
    if (BJ_UNLIKELY(one) && bj_engine_wants_second(engine, cmd)) return;
    handlers[cmd->type](engine, cmd);
}

const bj_event_t *bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt) {
    *event_cnt = 0;
    if (BJ_UNLIKELY(cmd->seq && cmd->seq != engine->cmd_seq + 1)) return NULL;
    cmd->seq = ++engine->cmd_seq;
    engine->cmd = cmd;
    engine->event_cnt = 0;
    engine->active_idx = NIL;
    engine->end_reason = BJ_OK;
    bj_risk_set_time(engine->risk, cmd->time_ns);
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
    hash = bj_fnv1a(hash, &order->risk.price_paise, sizeof order->risk.price_paise);
    hash = bj_fnv1a(hash, &order->order_type, sizeof order->order_type);
    return bj_fnv1a(hash, &order->flags, sizeof order->flags);
}

/* Orders by session and arrival, with what matching's hash does not have. */
static uint64_t session_hash(const bj_engine_t *engine, uint32_t session_id, uint64_t hash) {
    const session_t *session = &engine->session[session_id];
    if (!session->session_seq && session->first_idx == NIL) return hash;
    hash = bj_fnv1a(hash, &session_id, sizeof session_id);
    hash = bj_fnv1a(hash, &session->session_seq, sizeof session->session_seq);
    for (uint32_t i = session->first_idx; i != NIL; i = engine->order[i].later_idx) {
        hash = order_hash(&engine->order[i], hash);
        if (engine->venue) hash = bj_engine_venue_hash(engine, &engine->order[i], hash);
    }
    return hash;
}

uint64_t bj_engine_hash(const bj_engine_t *engine) {
    const uint64_t counters[] = {engine->cmd_seq, engine->event_seq, engine->match_id,
                                 engine->order_id};
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET, counters, sizeof counters);
    hash = bj_fnv1a(hash, engine->refused, sizeof engine->refused);
    hash = bj_risk_hash(engine->risk, hash);
    const uint64_t match_hash = bj_match_hash(engine->match);
    hash = bj_fnv1a(hash, &match_hash, sizeof match_hash);
    for (uint32_t i = 0; i < BJ_ENGINE_SESSION_MAX; i++) hash = session_hash(engine, i, hash);
    return hash;
}

bj_engine_stats_t bj_engine_stats(const bj_engine_t *engine) {
    return (bj_engine_stats_t){.cmd_seq = engine->cmd_seq, .event_seq = engine->event_seq,
                               .match_cnt = engine->match_id,
                               .live_orders = engine->live_cnt,
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

int64_t bj_engine_instrument_limit(const bj_engine_t *engine, uint32_t token, bj_limit_t limit) {
    return bj_risk_instrument_limit(engine->risk, token, limit);
}

uint64_t bj_engine_refused(const bj_engine_t *engine, bj_status_t reason) {
    return (unsigned)reason < REASON_MAX ? engine->refused[reason] : 0;
}
