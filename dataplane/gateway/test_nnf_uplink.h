/* test_nnf_uplink - a member and an exchange with a bad line between them: the client's state
 * machine, the server's, the real engine behind it, a fake clock, bytes that arrive in pieces and
 * connections that break anywhere.  One seed, one run. */
#ifndef TEST_NNF_UPLINK_H
#define TEST_NNF_UPLINK_H
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/engine/bj_engine.h"
#include "dataplane/nnf/bj_nnf_client.h"
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_server.h"

enum {
    UP_ORDERS_MAX = 64,
    UP_EVENTS_MAX = 4096,
    UP_CMDS_MAX = 1024,
    UP_WIRE_BYTES = 1 << 17,
    UP_SESSION = 21,
    UP_OTHER = 99, /* the market's other side goes straight into the engine */
};
static const int64_t up_delay_max_ns = 300 * BJ_NS_PER_MS; /* of the exchange's matching */

/* What has happened to an order, each thing once. */
typedef struct up_fills { int64_t cnt, qty, value, numbers, changes, wakes; } up_fills_t;

typedef struct up_order { /* what the member's back side knows: its journal */
    bj_cmd_t cmd, then;
    bj_nnf_answer_t last;
    bool     answered, asks, sent, ended;
    up_fills_t fills;
} up_order_t;

typedef struct up_pipe {
    uint8_t bytes[UP_WIRE_BYTES];
    size_t  at, cnt;
} up_pipe_t;

typedef struct up {
    uint64_t dice;
    bj_now_t now;
    /* the exchange */
    bj_nnf_server_t *server;
    bj_nnf_config_t  server_config;
    bj_engine_t *engine;
    void    *engine_mem;
    bj_cmd_t cmds[UP_CMDS_MAX];
    int64_t  cmd_ns[UP_CMDS_MAX];
    size_t   cmd_cnt, applied_cnt;
    bj_event_t events[UP_EVENTS_MAX];
    size_t   event_cnt, told_cnt;
    uint64_t other_cnt;
    /* the line */
    bj_nnf_want_t line; /* which connection there is */
    uint32_t conn;
    up_pipe_t up, down;
    size_t   cut_at, passed; /* bytes, both ways; cut_at 0: never */
    bool     cut_keeps_up;   /* what the member sent before the cut arrives all the same */
    uint64_t cut_cnt;
    /* the member */
    bj_nnf_client_t *client;
    bj_nnf_client_config_t client_config;
    up_order_t orders[UP_ORDERS_MAX];
    size_t   order_cnt;
    uint64_t kind_cnt[BJ_NNF_ANSWER_CNT];
    int64_t  place[BJ_NNF_STREAMS_MAX];
    uint32_t full_pct; /* how often the back side is full */
    bj_nnf_client_counters_t before; /* of clients that were restarted */
} up_t;

static uint32_t up_any(up_t *up, uint32_t below) {
    up->dice = up->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((up->dice >> 33) % below);
}

/* --- the exchange --- */
static bj_status_t up_server_order(void *ctx, const bj_cmd_t *cmd) {
    up_t *up = (up_t *)ctx;
    assert(up->cmd_cnt < UP_CMDS_MAX);
    up->cmd_ns[up->cmd_cnt] = up->now.mono_ns;
    up->cmds[up->cmd_cnt++] = *cmd;
    return BJ_OK;
}

static bool up_server_event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    const up_t *up = (const up_t *)ctx;
    if (!event_seq || event_seq > up->event_cnt) return false;
    *event = up->events[event_seq - 1];
    return true;
}

static void up_server_random(void *ctx, uint8_t *out, size_t out_bytes) {
    for (size_t i = 0; i < out_bytes; i++)
        out[i] = (uint8_t)up_any((up_t *)ctx, 256);
}

static void up_apply(up_t *up, bj_cmd_t cmd) {
    size_t cnt;
    if (!cmd.time_ns) cmd.time_ns = up->now.wall_ns;
    const bj_event_t *events = bj_engine_apply(up->engine, &cmd, &cnt);
    assert(events && up->event_cnt + cnt <= UP_EVENTS_MAX);
    memcpy(&up->events[up->event_cnt], events, cnt * sizeof *events);
    up->event_cnt += cnt;
}

static void up_match(up_t *up, size_t cmd_max) {
    while (up->applied_cnt < up->cmd_cnt && cmd_max--)
        up_apply(up, up->cmds[up->applied_cnt++]);
}

static void up_tell(up_t *up, size_t event_max) {
    while (up->told_cnt < up->event_cnt && event_max--)
        bj_nnf_server_event(up->server, &up->events[up->told_cnt++], up->now);
}

/* Time goes on, and no command waits longer than up_delay_max_ns. */
static void up_time(up_t *up, int64_t ns) {
    up->now.mono_ns += ns, up->now.wall_ns += ns;
    if (up->applied_cnt < up->cmd_cnt &&
        up->now.mono_ns - up->cmd_ns[up->applied_cnt] >= up_delay_max_ns)
        up_match(up, UP_CMDS_MAX);
    if (up->applied_cnt == up->cmd_cnt) up_tell(up, UP_EVENTS_MAX);
}

static void up_other(up_t *up, uint8_t side, int32_t qty, int32_t price_paise, uint32_t token) {
    up_apply(up, (bj_cmd_t){.type = BJ_CMD_NEW, .session_id = UP_OTHER, .account_id = 2,
                            .session_seq = ++up->other_cnt, .client_order_id = up->other_cnt,
                            .token = token, .side = side, .qty = qty, .price_paise = price_paise,
                            .order_type = BJ_LIMIT, .tif = BJ_DAY});
}

static void up_engine_new(up_t *up) {
    static const bj_engine_config_t config = {.instrument_max = 4, .account_max = 8,
                                              .order_max = 512};
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .time_ns = 1,
                           .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                               .band_lo_paise = 9000, .band_hi_paise = 11000,
                                               .prev_close_paise = 10000, .freeze_qty = 1000}};
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .time_ns = 1,
                        .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                         .open_value_max_paise = INT64_MAX / 4,
                                         .position_max_qty = 1000000, .open_orders_max = 500}};
    up->engine_mem = aligned_alloc(64, (bj_engine_footprint(&config) + 63) / 64 * 64);
    up->engine = bj_engine_new(up->engine_mem, &config);
    assert(up->engine);
    for (instrument.token = 101; instrument.token <= 102; instrument.token++)
        up_apply(up, instrument);
    for (account.account_id = 1; account.account_id <= 2; account.account_id++)
        up_apply(up, account);
    up_apply(up, (bj_cmd_t){.type = BJ_CMD_PHASE, .time_ns = 1,
                            .body.phase = {.phase = BJ_STATE_OPEN}});
}

/* --- the member's back side --- */
static up_order_t *up_find(up_t *up, uint64_t order_id) {
    for (size_t i = 0; i < up->order_cnt; i++) {
        if (up->orders[i].cmd.order_id == order_id) return &up->orders[i];
    }
    return NULL;
}

static void up_fill(up_fills_t *fills, int64_t qty, int64_t price_paise, int64_t number) {
    fills->cnt++, fills->qty += qty, fills->value += qty * price_paise, fills->numbers += number;
}

static bj_status_t up_answer(void *ctx, const bj_nnf_answer_t *answer) {
    up_t *up = (up_t *)ctx;
    if (up_any(up, 100) < up->full_pct) return BJ_ERR_FULL;
    if (answer->place > up->place[answer->stream]) up->place[answer->stream] = answer->place;
    up_order_t *order = answer->order_id ? up_find(up, answer->order_id) : NULL;
    up->kind_cnt[answer->kind]++;
    if (!order) return BJ_OK;
    assert(!order->ended || answer->kind == BJ_NNF_FILLED || answer->kind == BJ_NNF_FOREIGN);
    order->last = *answer;
    order->answered = true;
    order->ended = answer->kind == BJ_NNF_REJECTED || !answer->leaves_qty;
    if (answer->kind == BJ_NNF_MODIFY_REFUSED || answer->kind == BJ_NNF_CANCEL_REFUSED ||
        (answer->kind == BJ_NNF_CHANGED_TERMS && answer->asked) || order->ended)
        order->asks = false;
    order->fills.changes += answer->kind == BJ_NNF_CHANGED_TERMS;
    order->fills.wakes += answer->kind == BJ_NNF_WOKE;
    if (answer->kind == BJ_NNF_FILLED)
        up_fill(&order->fills, answer->fill_qty, answer->fill_price_paise, answer->fill_number);
    return BJ_OK;
}

static const bj_nnf_client_ops_t up_client_ops = {up_answer};
static const bj_nnf_ops_t up_server_ops = {up_server_order, up_server_event_at, up_server_random};
static const bj_nnf_box_t up_boxes[] = {{.id = 7, .broker_id = "12345", .rate_per_s = 100}};
static bj_nnf_user_t up_users[] = {{.id = 501, .box_id = 7, .broker_id = "12345", .name = "FIRST",
                                    .session_id = UP_SESSION, .account_id = 1,
                                    .account = "CLIENT1"}};
static const bj_nnf_party_t up_parties[] = {{.account_id = 1, .account = "CLIENT1",
                                             .pan = "ABCDE1234F", .pro_client = BJ_NNF_CLIENT,
                                             .nnf_id = 111111111111100, .open_close = 'O'}};
static const bj_nnf_instrument_t up_cm[] = {{.token = 101, .symbol = "DEMO", .series = "EQ"},
                                            {.token = 102, .symbol = "DEMO", .series = "BE"}};
static const bj_nnf_instrument_t up_fo[] = {
    {.token = 101, .symbol = "DEMO", .instrument = "FUTSTK", .option_type = "XX",
     .expiry_s = 1500000000, .strike_paise = -1},
    {.token = 102, .symbol = "DEMO", .instrument = "OPTSTK", .option_type = "CE",
     .expiry_s = 1500000000, .strike_paise = 10000}};

static void up_server_new(up_t *up, bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    const char *error;
    bool made = bj_nnf_password_hash(up_users[0].id, "Secret1", up_users[0].password_hash);
    assert(made), (void)made;
    up->server_config = (bj_nnf_config_t){
        .segment = segment, .cipher = cipher, .iv_bytes = 12, .boxes = up_boxes, .box_cnt = 1,
        .users = up_users, .user_cnt = 1, .instruments = segment == BJ_NNF_CM ? up_cm : up_fo,
        .instrument_cnt = 2, .order_max = 512, .report_max = 4096, .ip = "127.0.0.1",
        .port = 9602, .settings = bj_nnf_settings_usual, .ops = &up_server_ops, .ctx = up};
    up->server = bj_nnf_server_new(&up->server_config, &error);
    if (!up->server) fprintf(stderr, "no server: %s\n", error);
    assert(up->server);
}

static void up_client_new(up_t *up) {
    const char *error;
    up->client = bj_nnf_client_new(&up->client_config, &error);
    if (!up->client) fprintf(stderr, "no client: %s\n", error);
    assert(up->client);
}

static up_t *up_open(uint64_t seed, bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    up_t *up = calloc(1, sizeof *up);
    assert(up);
    up->dice = seed;
    up->now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = INT64_C(1767249000) * BJ_NS_PER_S};
    up_engine_new(up);
    up_server_new(up, segment, cipher);
    up->client_config = (bj_nnf_client_config_t){
        .segment = segment, .iv_bytes = 12, .box_id = 7, .user_id = 501, .broker_id = "12345",
        .password = "Secret1", .router_ip = "127.0.0.1", .router_port = 9601,
        .parties = up_parties, .party_cnt = 1, .instruments = up->server_config.instruments,
        .instrument_cnt = 2, .order_max = 256, .settings = bj_nnf_client_settings_usual,
        .ops = &up_client_ops, .ctx = up};
    up->client_config.settings.settle_ns = 2 * up_delay_max_ns;
    up_client_new(up);
    bj_nnf_client_start(up->client, up->now);
    return up;
}

static void up_close(up_t *up) {
    bj_nnf_client_free(up->client);
    bj_nnf_server_free(up->server);
    free(up->engine_mem);
    free(up);
}

/* --- the line --- */
static void pipe_put(up_pipe_t *pipe, const uint8_t *data, size_t n) {
    if (pipe->at == pipe->cnt) pipe->at = pipe->cnt = 0;
    assert(pipe->cnt + n <= UP_WIRE_BYTES);
    memcpy(pipe->bytes + pipe->cnt, data, n);
    pipe->cnt += n;
}

static void up_disconnect(up_t *up) {
    if (up->line == BJ_NNF_WANT_NONE) return;
    bj_nnf_server_disconnect(up->server, up->conn, up->now);
    bj_nnf_client_disconnected(up->client, up->now);
    up->line = BJ_NNF_WANT_NONE;
    up->up.at = up->up.cnt = up->down.at = up->down.cnt = 0;
}

static void up_arrive_up(up_t *up, size_t n) {
    size_t have = up->up.cnt - up->up.at;
    if (n > have) n = have;
    up->up.at += bj_nnf_server_input(up->server, up->conn, up->up.bytes + up->up.at, n, up->now);
}

static void up_cut(up_t *up) {
    if (up->line == BJ_NNF_WANT_NONE) return;
    if (up->cut_keeps_up) up_arrive_up(up, UP_WIRE_BYTES);
    up->cut_cnt++;
    up_disconnect(up);
}

/* How many of n bytes pass before the line breaks. */
static size_t up_pass(up_t *up, size_t n, bool *breaks) {
    *breaks = up->cut_at && up->passed + n >= up->cut_at;
    if (*breaks) n = up->cut_at - up->passed;
    up->passed += n;
    return n;
}

static void up_line(up_t *up, size_t up_max, size_t down_max) {
    const uint8_t *data;
    bool breaks = false, breaks_down = false;
    const char *ip;
    uint16_t port;
    bj_nnf_want_t want = bj_nnf_client_want(up->client, &ip, &port);
    if (up->line == BJ_NNF_WANT_NONE && want != BJ_NNF_WANT_NONE) {
        assert(port == (want == BJ_NNF_WANT_ROUTER ? 9601 : 9602));
        up->conn = bj_nnf_server_connect(
            up->server, want == BJ_NNF_WANT_ROUTER ? BJ_NNF_PORT_ROUTER : BJ_NNF_PORT_BOX, up->now);
        assert(up->conn != BJ_NNF_NONE);
        up->line = want;
        bj_nnf_client_connected(up->client, up->now);
    }
    if (up->line == BJ_NNF_WANT_NONE) return;
    size_t n = bj_nnf_client_output(up->client, &data);
    pipe_put(&up->up, data, n);
    bj_nnf_client_sent(up->client, n, up->now);
    up_arrive_up(up, up_pass(up, up_max < up->up.cnt - up->up.at ? up_max
                                                                 : up->up.cnt - up->up.at,
                             &breaks));
    n = bj_nnf_server_output(up->server, up->conn, &data);
    if (n > down_max) n = down_max;
    n = breaks ? 0 : up_pass(up, n, &breaks_down);
    pipe_put(&up->down, data, n);
    bj_nnf_server_sent(up->server, up->conn, n, up->now);
    n = up->down.cnt - up->down.at;
    up->down.at += bj_nnf_client_input(up->client, up->down.bytes + up->down.at, n, up->now);
    if (breaks || breaks_down) {
        up->cut_at = 0;
        up_cut(up);
        return;
    }
    bool over = bj_nnf_server_finished(up->server, up->conn, up->now);
    if (bj_nnf_client_finished(up->client) || (over && up->down.at == up->down.cnt))
        up_disconnect(up);
}

/* --- the member asks --- */
static inline up_order_t *up_new(up_t *up, bj_cmd_t cmd) {
    assert(up->order_cnt < UP_ORDERS_MAX);
    up_order_t *order = &up->orders[up->order_cnt++];
    cmd.type = BJ_CMD_NEW, cmd.account_id = 1, cmd.order_id = 1000 + up->order_cnt;
    *order = (up_order_t){.cmd = cmd};
    bj_status_t status = bj_nnf_client_order(up->client, &cmd);
    assert(status == BJ_OK), (void)status;
    return order;
}

static inline bj_status_t up_change(up_t *up, up_order_t *order, uint16_t type, int32_t qty,
                             int32_t price_paise) {
    bj_cmd_t cmd = {.type = type, .order_id = order->cmd.order_id, .qty = qty,
                    .price_paise = price_paise};
    if (!order->last.woke) cmd.trigger_price_paise = order->cmd.trigger_price_paise;
    bj_status_t status = bj_nnf_client_order(up->client, &cmd);
    if (status != BJ_OK) return status;
    if (!order->asks || type == BJ_CMD_CANCEL) order->then = cmd;
    order->asks = true;
    return BJ_OK;
}

/* The member's process dies and comes back with what its journal has. */
static inline void up_restart(up_t *up) {
    up_disconnect(up);
    const bj_nnf_client_counters_t *now = bj_nnf_client_counters(up->client);
#define X(field, text) up->before.field += now->field;
    BJ_NNF_CLIENT_COUNTER_LIST(X)
#undef X
    bj_nnf_client_free(up->client);
    up_client_new(up);
    for (size_t i = 0; i < up->order_cnt; i++) {
        up_order_t *order = &up->orders[i];
        bool modifies = order->asks && order->then.type == BJ_CMD_MODIFY;
        bj_status_t status = bj_nnf_client_recover(
            up->client, &order->cmd, order->answered ? &order->last : NULL,
            modifies ? &order->then : NULL, order->asks && !modifies);
        assert(status == BJ_OK), (void)status;
    }
    for (uint32_t i = 0; i < BJ_NNF_STREAMS_MAX; i++)
        bj_nnf_client_recover_place(up->client, (uint8_t)i, up->place[i]);
    bj_nnf_client_start(up->client, up->now);
}

static bool up_quiet(const up_t *up) {
    return bj_nnf_client_state(up->client) == BJ_NNF_READY && !bj_nnf_client_pending(up->client) &&
           up->applied_cnt == up->cmd_cnt && up->told_cnt == up->event_cnt &&
           up->down.at == up->down.cnt && up->up.at == up->up.cnt;
}

/* The line holds; everything comes to its end. */
static inline bool up_finish(up_t *up) {
    uint32_t quiet = 0;
    up->cut_at = 0, up->full_pct = 0;
    for (int i = 0; i < 5000 && quiet < 3; i++) {
        up_line(up, UP_WIRE_BYTES, 4096);
        up_match(up, UP_CMDS_MAX);
        up_tell(up, UP_EVENTS_MAX);
        up_time(up, 20 * BJ_NS_PER_MS);
        (void)bj_nnf_server_step(up->server, up->now);
        (void)bj_nnf_client_step(up->client, up->now);
        quiet = up_quiet(up) ? quiet + 1 : 0;
    }
    return quiet == 3;
}

#endif /* TEST_NNF_UPLINK_H */
